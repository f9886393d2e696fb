//! What a function's role allows it to do with the table.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// What a role allows with the table and with its indexes, as names of actions such as `dynamodb:Query`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TablePermissions {
    /// On the table itself.
    pub table: BTreeSet<String>,
    /// On its indexes.
    pub index: BTreeSet<String>,
}

impl TablePermissions {
    /// Those of the role that a function names. What is written in another form than this template's allows nothing.
    pub(crate) fn of(function: &Value, resources: &Map<String, Value>) -> Self {
        let mut permissions = Self::default();
        let role = function["Properties"]["Role"]["Fn::GetAtt"][0].as_str();
        let role = role.and_then(|role| resources.get(role));
        let policies = role.map(|role| &role["Properties"]["Policies"]);
        for policy in policies.and_then(Value::as_array).into_iter().flatten() {
            let statements = policy["PolicyDocument"]["Statement"].as_array();
            for statement in statements.into_iter().flatten() {
                permissions.add(statement, resources);
            }
        }
        permissions
    }

    fn add(&mut self, statement: &Value, resources: &Map<String, Value>) {
        if statement["Effect"] != "Allow" {
            return;
        }
        let is_table = |id: &str| {
            resources
                .get(id)
                .is_some_and(|resource| resource["Type"] == "AWS::DynamoDB::Table")
        };
        let resource = &statement["Resource"];
        let whole = resource["Fn::GetAtt"][0].as_str().is_some_and(is_table);
        let index = resource["Fn::Sub"].as_str().is_some_and(|arn| {
            let (id, rest) = arn
                .trim_start_matches("${")
                .split_once('.')
                .unwrap_or_default();
            is_table(id) && rest.starts_with("Arn}/index/")
        });
        let actions = match &statement["Action"] {
            Value::String(action) => vec![action.clone()],
            Value::Array(actions) => actions
                .iter()
                .filter_map(|action| action.as_str().map(str::to_owned))
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
        };
        if whole {
            self.table.extend(actions);
        } else if index {
            self.index.extend(actions);
        }
    }
}
