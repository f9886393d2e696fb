//! The template, read for rules.

use std::collections::BTreeMap;

use sam_template::{GeneratedSecret, Pseudo, Resolver, Stack, Template};
use serde_json::{Map, Value};

pub(crate) const TEMPLATE: &str = include_str!("../../../template.yaml");

struct Nowhere;

impl Resolver for Nowhere {
    fn queue_url(&self, queue: &str) -> String {
        queue.to_owned()
    }

    fn table_name(&self, logical_id: &str) -> String {
        logical_id.to_owned()
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        secret.logical_id.clone()
    }
}

/// The template twice: as a stack, and as it is written.
pub(crate) struct Reading {
    pub(crate) stack: Stack,
    pub(crate) document: Map<String, Value>,
    pub(crate) resources: Map<String, Value>,
}

impl Reading {
    pub(crate) fn of(text: &str) -> Self {
        let parameters = BTreeMap::from([
            (
                "JwtIssuer".to_owned(),
                "https://issuer.example.com/".to_owned(),
            ),
            ("JwtAudience".to_owned(), "desk".to_owned()),
        ]);
        let template = Template::parse(text).expect("the template is read");
        Self {
            stack: template
                .resolve(&parameters, &Pseudo::local("dev"), &Nowhere)
                .expect("the template is understood"),
            document: template.document().clone(),
            resources: template.document()["Resources"]
                .as_object()
                .expect("resources are a mapping")
                .clone(),
        }
    }

    pub(crate) fn of_type(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
    }

    /// Every statement of every policy: resource, Sid, statement.
    pub(crate) fn statements(&self) -> Vec<(&str, &str, &Value)> {
        let mut found = Vec::new();
        for (id, resource) in &self.resources {
            let mut statements = Vec::new();
            collect_statements(resource, &mut statements);
            found.extend(statements.into_iter().map(|statement| {
                let sid = statement["Sid"].as_str().unwrap_or("without Sid");
                (id.as_str(), sid, statement)
            }));
        }
        found
    }

    /// The role that a function takes, where it says so as it should.
    pub(crate) fn role_of(&self, function: &str) -> Option<&str> {
        match self.resources[function]["Properties"]["Role"]["Fn::GetAtt"].as_array()?[..] {
            [Value::String(ref role), Value::String(ref attribute)] if attribute == "Arn" => {
                Some(role)
            }
            _ => None,
        }
    }
}

/// Says what breaks a rule.
pub(crate) type Rule = fn(&Reading) -> Vec<String>;

/// Holds a rule on the template, and shows for each break (a piece of the text
/// and what is put in its first place) that the rule sees it.
pub(crate) fn hold(rule: Rule, breaks: &[(&str, &str)]) {
    assert_eq!(rule(&Reading::of(TEMPLATE)), Vec::<String>::new());
    assert!(!breaks.is_empty());
    for (piece, broken) in breaks {
        assert!(TEMPLATE.contains(piece), "nothing to break: {piece}");
        let template = TEMPLATE.replacen(piece, broken, 1);
        let complaints = rule(&Reading::of(&template));
        assert!(!complaints.is_empty(), "not seen: {piece} -> {broken}");
    }
}

fn collect_statements<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(entries) if entries.contains_key("Effect") => found.push(value),
        Value::Object(entries) => entries
            .values()
            .for_each(|entry| collect_statements(entry, found)),
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| collect_statements(element, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Every text in a value, however deep.
pub(crate) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(elements) => elements.iter().flat_map(texts).collect(),
        Value::Object(entries) => entries.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
