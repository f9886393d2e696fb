//! Resolves references and functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    error::{Place, TemplateError},
    stack::GeneratedSecret,
};

/// How far references may refer on to references; more is a circle.
pub(crate) const MAX_REFERENCES: usize = 20;

/// What CloudFormation knows without being told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pseudo {
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::AccountId`.
    pub account_id: String,
    /// `AWS::Partition`.
    pub partition: String,
    /// `AWS::URLSuffix`.
    pub url_suffix: String,
}

impl Pseudo {
    /// A stack on this machine: the account number that emulators use.
    pub fn local(stack_name: impl Into<String>) -> Self {
        Self {
            stack_name: stack_name.into(),
            region: "us-east-1".to_owned(),
            account_id: "000000000000".to_owned(),
            partition: "aws".to_owned(),
            url_suffix: "amazonaws.com".to_owned(),
        }
    }

    pub(crate) fn arn(&self, service: &str, resource: &str) -> String {
        let Self {
            partition,
            region,
            account_id,
            ..
        } = self;
        format!("arn:{partition}:{service}:{region}:{account_id}:{resource}")
    }
}

/// What only the place where the stack runs can say.
pub trait Resolver {
    /// The URL of the queue of this name (not logical id).
    fn queue_url(&self, queue: &str) -> String;
    /// The name of a table to which the template gives none.
    fn table_name(&self, logical_id: &str) -> String;
    /// The value of a generated secret. It must be the same each time.
    fn secret(&self, secret: &GeneratedSecret) -> String;
}

/// Everything that a reference may refer to.
pub(crate) struct Scope<'a> {
    pub(crate) parameters: BTreeMap<String, Value>,
    pub(crate) pseudo: &'a Pseudo,
    pub(crate) conditions: &'a Map<String, Value>,
    pub(crate) resources: &'a Map<String, Value>,
    pub(crate) secrets: Vec<GeneratedSecret>,
    pub(crate) resolver: &'a dyn Resolver,
}

impl Scope<'_> {
    /// Resolves a value to its leaves. `None` is `AWS::NoValue`.
    pub(crate) fn resolve(
        &self,
        value: &Value,
        place: &Place,
    ) -> Result<Option<Value>, TemplateError> {
        self.value(value, place, 0)
    }

    /// Resolves a function, and leaves anything else as it is: what stands in a
    /// property that is not modelled need not be resolvable.
    pub(crate) fn resolve_outermost(
        &self,
        value: &Value,
        place: &Place,
    ) -> Result<Option<Value>, TemplateError> {
        match call(value) {
            Some(("Fn::If", argument)) => {
                let chosen = self.branch(argument, place, 0)?;
                let nothing = matches!(call(chosen), Some(("Ref", name)) if is_no_value(name));
                Ok((!nothing).then(|| chosen.clone()))
            }
            Some(_) => self.resolve(value, place),
            None => Ok(Some(value.clone())),
        }
    }

    /// Whether a resource with this `Condition` is made.
    pub(crate) fn holds(&self, name: &str, place: &Place) -> Result<bool, TemplateError> {
        self.condition(name, place, 0)
    }

    pub(crate) fn value(
        &self,
        value: &Value,
        place: &Place,
        depth: usize,
    ) -> Result<Option<Value>, TemplateError> {
        if depth > MAX_REFERENCES {
            return Err(TemplateError::TooDeep {
                place: place.clone(),
                limit: MAX_REFERENCES,
            });
        }
        if let Some((name, argument)) = call(value) {
            return self.function(name, argument, place, depth + 1);
        }
        Ok(Some(match value {
            Value::Object(entries) => {
                let mut resolved = Map::new();
                for (key, entry) in entries {
                    if let Some(entry) = self.value(entry, &place.child(key), depth + 1)? {
                        resolved.insert(key.clone(), entry);
                    }
                }
                Value::Object(resolved)
            }
            Value::Array(elements) => {
                let mut resolved = Vec::new();
                for (number, element) in elements.iter().enumerate() {
                    resolved.extend(self.value(element, &place.child(number), depth + 1)?);
                }
                Value::Array(resolved)
            }
            Value::String(text) => Value::String(self.secrets_in(text, place)?),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }))
    }

    fn function(
        &self,
        name: &str,
        argument: &Value,
        place: &Place,
        depth: usize,
    ) -> Result<Option<Value>, TemplateError> {
        match name {
            "Ref" if is_no_value(argument) => Ok(None),
            "Ref" => self
                .reference(text(argument, place)?, place, depth)
                .map(Some),
            "Fn::GetAtt" => match argument.as_array().map(Vec::as_slice) {
                Some([Value::String(resource), Value::String(attribute)]) => {
                    self.attribute(resource, attribute, place, depth).map(Some)
                }
                _ => Err(shape(place, "a resource and an attribute")),
            },
            "Fn::Sub" => {
                let filled = self.substitute(argument, place, depth)?;
                Ok(Some(Value::String(self.secrets_in(&filled, place)?)))
            }
            "Fn::If" => self.value(self.branch(argument, place, depth)?, place, depth),
            _ => Err(TemplateError::UnknownFunction {
                place: place.clone(),
                name: name.to_owned(),
            }),
        }
    }

    fn branch<'v>(
        &self,
        argument: &'v Value,
        place: &Place,
        depth: usize,
    ) -> Result<&'v Value, TemplateError> {
        match argument.as_array().map(Vec::as_slice) {
            Some([Value::String(condition), then, otherwise]) => {
                let holds = self.condition(condition, place, depth)?;
                Ok(if holds { then } else { otherwise })
            }
            _ => Err(shape(place, "a condition and two values")),
        }
    }

    fn reference(&self, name: &str, place: &Place, depth: usize) -> Result<Value, TemplateError> {
        if let Some(value) = self.parameters.get(name) {
            return Ok(value.clone());
        }
        let pseudo = match name {
            "AWS::StackName" => Some(&self.pseudo.stack_name),
            "AWS::Region" => Some(&self.pseudo.region),
            "AWS::AccountId" => Some(&self.pseudo.account_id),
            "AWS::Partition" => Some(&self.pseudo.partition),
            "AWS::URLSuffix" => Some(&self.pseudo.url_suffix),
            _ => None,
        };
        if let Some(value) = pseudo {
            return Ok(Value::String(value.clone()));
        }
        let (kind, resource) = self.resource(name, place, depth)?;
        let physical = match kind {
            "AWS::SQS::Queue" => {
                let queue = self.name(name, resource, "QueueName", depth)?;
                self.resolver.queue_url(&queue)
            }
            "AWS::DynamoDB::Table" => self.table_name(name, resource, depth)?,
            "AWS::SecretsManager::Secret" => self.secret_arn(name),
            "AWS::Serverless::HttpApi" => name.to_owned(),
            _ => return Err(unknown(place, name)),
        };
        Ok(Value::String(physical))
    }

    fn attribute(
        &self,
        name: &str,
        attribute: &str,
        place: &Place,
        depth: usize,
    ) -> Result<Value, TemplateError> {
        let (kind, resource) = self.resource(name, place, depth)?;
        let value = match (kind, attribute) {
            ("AWS::SQS::Queue", "QueueName") => self.name(name, resource, "QueueName", depth)?,
            ("AWS::SQS::Queue", "Arn") => {
                let queue = self.name(name, resource, "QueueName", depth)?;
                self.pseudo.arn("sqs", &queue)
            }
            ("AWS::DynamoDB::Table", "Arn") => {
                let table = self.table_name(name, resource, depth)?;
                self.pseudo.arn("dynamodb", &format!("table/{table}"))
            }
            _ => return Err(unknown(place, &format!("{name}.{attribute}"))),
        };
        Ok(Value::String(value))
    }

    /// The type and body of a resource that is made.
    fn resource(
        &self,
        name: &str,
        place: &Place,
        depth: usize,
    ) -> Result<(&str, &Value), TemplateError> {
        let resource = self
            .resources
            .get(name)
            .ok_or_else(|| unknown(place, name))?;
        if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
            && !self.condition(condition, place, depth)?
        {
            return Err(unknown(place, name));
        }
        let kind = resource.get("Type").and_then(Value::as_str);
        Ok((kind.ok_or_else(|| unknown(place, name))?, resource))
    }

    fn table_name(
        &self,
        logical_id: &str,
        resource: &Value,
        depth: usize,
    ) -> Result<String, TemplateError> {
        match resource.pointer("/Properties/TableName") {
            Some(_) => self.name(logical_id, resource, "TableName", depth),
            None => Ok(self.resolver.table_name(logical_id)),
        }
    }

    fn name(
        &self,
        logical_id: &str,
        resource: &Value,
        property: &str,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let place = Place::of(logical_id).child(property);
        let raw = resource.pointer(&format!("/Properties/{property}"));
        let raw = raw.ok_or_else(|| TemplateError::MissingProperty {
            place: place.clone(),
        })?;
        match self.value(raw, &place, depth + 1)? {
            Some(Value::String(name)) => Ok(name),
            _ => Err(shape(&place, "a name")),
        }
    }

    /// `"a ${B.C} ${!d}"`, or such a text with values for its own names.
    fn substitute(
        &self,
        argument: &Value,
        place: &Place,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let empty = Map::new();
        let (pattern, own) = match argument {
            Value::String(pattern) => (pattern, &empty),
            Value::Array(pair) => match pair.as_slice() {
                [Value::String(pattern), Value::Object(own)] => (pattern, own),
                _ => return Err(shape(place, "a text and its values")),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                return Err(shape(place, "a text"));
            }
        };
        let mut filled = String::new();
        let mut rest = pattern.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| shape(place, "a closing brace"))?;
            filled.push_str(before);
            rest = after;
            let value = match (name.strip_prefix('!'), own.get(name), name.split_once('.')) {
                (Some(literal), ..) => {
                    filled.push_str(&format!("${{{literal}}}"));
                    continue;
                }
                (None, Some(own), _) => self.value(own, place, depth)?,
                (None, None, Some((resource, attribute))) => {
                    Some(self.attribute(resource, attribute, place, depth)?)
                }
                (None, None, None) => Some(self.reference(name, place, depth)?),
            };
            match value {
                Some(Value::String(value)) => filled.push_str(&value),
                Some(Value::Number(value)) => filled.push_str(&value.to_string()),
                _ => return Err(shape(place, "values that are text")),
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// Puts secrets where a text refers to them dynamically.
    fn secrets_in(&self, text: &str, place: &Place) -> Result<String, TemplateError> {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{resolve:") {
            let Some((reference, after)) = after.split_once("}}") else {
                return Err(shape(place, "a closed dynamic reference"));
            };
            let secret = self.secrets.iter().find(|secret| {
                let arn = self.secret_arn(&secret.logical_id);
                reference == format!("secretsmanager:{arn}:SecretString")
            });
            let secret = secret.ok_or_else(|| unknown(place, "a secret of another stack"))?;
            filled.push_str(before);
            filled.push_str(&self.resolver.secret(secret));
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    fn secret_arn(&self, logical_id: &str) -> String {
        self.pseudo
            .arn("secretsmanager", &format!("secret:{logical_id}"))
    }
}

/// The function's name and argument, where a value is a function's call.
pub(crate) fn call(value: &Value) -> Option<(&str, &Value)> {
    let entries = value.as_object().filter(|entries| entries.len() == 1)?;
    let (name, argument) = entries.iter().next()?;
    let called =
        name.starts_with("Fn::") || name == "Ref" || (name == "Condition" && argument.is_string());
    called.then_some((name, argument))
}

fn is_no_value(argument: &Value) -> bool {
    argument == "AWS::NoValue"
}

fn text<'v>(value: &'v Value, place: &Place) -> Result<&'v str, TemplateError> {
    value.as_str().ok_or_else(|| shape(place, "a text"))
}

pub(crate) fn shape(place: &Place, expected: &'static str) -> TemplateError {
    TemplateError::Shape {
        place: place.clone(),
        expected,
    }
}

pub(crate) fn unknown(place: &Place, name: &str) -> TemplateError {
    TemplateError::UnknownReference {
        place: place.clone(),
        name: name.to_owned(),
    }
}
