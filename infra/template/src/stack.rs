//! The template as a whole and the stack that it describes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    document,
    error::{Place, TemplateError},
    fields::{CloudOnly, Fields},
    function::Function,
    http::{Api, JwtAuthorizer},
    parameters,
    queue::{self, Queue},
    role::TablePermissions,
    scope::{self, Pseudo, Resolver, Scope, shape},
    table::Table,
};

/// Types of resources that have no counterpart in the local stack, each with
/// the reason.
pub const CLOUD_ONLY: &[(&str, &str)] = &[
    ("AWS::CloudWatch::Alarm", "nobody is woken by a laptop"),
    (
        "AWS::Connect::IntegrationAssociation",
        "locally, functions are called by name",
    ),
    (
        "AWS::Events::Rule",
        "locally, events are sent to their queue itself",
    ),
    (
        "AWS::IAM::Role",
        "read with the functions for what they may do with the table; tests hold the rest",
    ),
    ("AWS::KMS::Alias", "nothing rests encrypted locally"),
    ("AWS::KMS::Key", "nothing rests encrypted locally"),
    ("AWS::Lambda::Permission", "there is no IAM locally"),
    ("AWS::Logs::LogGroup", "local logs go to the terminal"),
    (
        "AWS::Pipes::Pipe",
        "locally, records are sent to their queue itself",
    ),
    (
        "AWS::SNS::Subscription",
        "locally, envelopes are sent to their queue itself",
    ),
    (
        "AWS::SNS::Topic",
        "locally, envelopes are sent to their queue itself",
    ),
    ("AWS::SNS::TopicPolicy", "there is no IAM locally"),
    ("AWS::SQS::QueuePolicy", "there is no IAM locally"),
];

const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Globals",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
];

const ATTRIBUTES: [&str; 7] = [
    "Condition",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdateReplacePolicy",
];

const SECRET_CLOUD_ONLY: CloudOnly = &[("Description", "a text for people")];
const GENERATION_CLOUD_ONLY: CloudOnly = &[(
    "ExcludePunctuation",
    "what a local secret is made of is the resolver's choice",
)];
/// Secrets Manager's own default where the template is silent.
const DEFAULT_SECRET_LENGTH: u32 = 32;

/// A template that has been read and not yet resolved.
#[derive(Clone, Debug)]
pub struct Template {
    document: Map<String, Value>,
}

/// What a template describes, with everything resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stack {
    /// `AWS::StackName`.
    pub name: String,
    /// The one table.
    pub table: Table,
    /// All queues, by logical id.
    pub queues: Vec<Queue>,
    /// All functions, by logical id.
    pub functions: Vec<Function>,
    /// All authorizers of all APIs.
    pub authorizers: Vec<JwtAuthorizer>,
    /// All secrets that are generated with the stack.
    pub secrets: Vec<GeneratedSecret>,
}

/// A secret that is generated with the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeneratedSecret {
    /// Its name in the template.
    pub logical_id: String,
    /// How many characters it has.
    pub length: usize,
}

impl Template {
    /// Reads the text of a template.
    ///
    /// # Errors
    /// When it is not one YAML document, or holds a section or a function that
    /// is not understood.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let Value::Object(document) = document::parse(text)? else {
            return Err(shape(&Place::of("template"), "a mapping"));
        };
        if let Some(name) = document
            .keys()
            .find(|name| !SECTIONS.contains(&name.as_str()))
        {
            return Err(TemplateError::UnknownSection { name: name.clone() });
        }
        Ok(Self { document })
    }

    /// The document with CloudFormation's functions in their long form, for
    /// rules about what is not modelled.
    #[must_use]
    pub fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    /// Makes the stack of it.
    ///
    /// # Errors
    /// When the parameters do not fit, or when there is anything in the
    /// template that is not understood.
    pub fn resolve(
        &self,
        parameters: &BTreeMap<String, String>,
        pseudo: &Pseudo,
        resolver: &dyn Resolver,
    ) -> Result<Stack, TemplateError> {
        let resources = self.section("Resources")?;
        let mut scope = Scope {
            parameters: parameters::values(self.section("Parameters")?, parameters)?,
            pseudo,
            conditions: self.section("Conditions")?,
            resources,
            secrets: Vec::new(),
            resolver,
        };
        let globals = self.section("Globals")?;
        if let Some(name) = globals.keys().find(|name| *name != "Function") {
            return Err(TemplateError::UnknownProperty {
                place: Place::of("Globals").child(name),
            });
        }
        scope.secrets = secrets(&scope)?;
        let mut queues = each(&scope, "AWS::SQS::Queue", |id, resource| {
            Queue::read(id, properties(&scope, id, resource)?, &scope)
        })?;
        queue::point_at_logical_ids(&mut queues)?;
        let apis = each(&scope, "AWS::Serverless::HttpApi", |id, resource| {
            Api::read(id, properties(&scope, id, resource)?)
        })?;
        let functions = each(&scope, "AWS::Serverless::Function", |id, resource| {
            let own = resource.get("Properties").cloned().unwrap_or_default();
            let merged = merge(globals.get("Function"), own);
            let fields = Fields::new(&scope, Place::of(id), &merged)?;
            let function = Function::read(
                id,
                resource.get("Metadata"),
                fields,
                &scope,
                (&queues, &apis),
            )?;
            Ok(Function {
                table: TablePermissions::of(resource, resources),
                ..function
            })
        })?;
        let tables = each(&scope, "AWS::DynamoDB::Table", |id, resource| {
            Table::read(id, properties(&scope, id, resource)?, &scope)
        })?;
        let found = tables.len();
        let [table] = <[Table; 1]>::try_from(tables)
            .map_err(|_tables| TemplateError::NotOneTable { found })?;
        check_types(resources)?;
        Ok(Stack {
            name: pseudo.stack_name.clone(),
            table,
            queues,
            functions,
            authorizers: apis.into_iter().flat_map(|api| api.authorizers).collect(),
            secrets: scope.secrets,
        })
    }

    fn section(&self, name: &str) -> Result<&Map<String, Value>, TemplateError> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        match self.document.get(name) {
            None => Ok(&EMPTY),
            Some(Value::Object(section)) => Ok(section),
            Some(_) => Err(shape(&Place::of(name), "a mapping")),
        }
    }
}

impl Stack {
    /// The queue of this logical id.
    #[must_use]
    pub fn queue(&self, logical_id: &str) -> Option<&Queue> {
        self.queues
            .iter()
            .find(|queue| queue.logical_id == logical_id)
    }
}

fn secrets(scope: &Scope<'_>) -> Result<Vec<GeneratedSecret>, TemplateError> {
    let secrets = each(scope, "AWS::SecretsManager::Secret", |id, resource| {
        let mut fields = properties(scope, id, resource)?;
        if fields.optional_text("SecretString")?.is_some() {
            // Made with a text and filled by hand: it is read when it is needed, and is part of nothing here.
            fields.finish(SECRET_CLOUD_ONLY)?;
            return Ok(None);
        }
        let mut generation = fields
            .nested("GenerateSecretString")?
            .ok_or_else(|| fields.missing("GenerateSecretString"))?;
        let length = generation
            .optional_number("PasswordLength")?
            .unwrap_or(DEFAULT_SECRET_LENGTH);
        generation.finish(GENERATION_CLOUD_ONLY)?;
        fields.finish(SECRET_CLOUD_ONLY)?;
        Ok(Some(GeneratedSecret {
            logical_id: id.to_owned(),
            length: length as usize,
        }))
    })?;
    Ok(secrets.into_iter().flatten().collect())
}

/// Reads every resource of a type that is made.
fn each<T>(
    scope: &Scope<'_>,
    kind: &str,
    mut read: impl FnMut(&str, &Value) -> Result<T, TemplateError>,
) -> Result<Vec<T>, TemplateError> {
    let mut all = Vec::new();
    for (id, resource) in scope.resources {
        if resource.get("Type").and_then(Value::as_str) != Some(kind) {
            continue;
        }
        let made = match resource.get("Condition").and_then(Value::as_str) {
            None => true,
            Some(condition) => scope.holds(condition, &Place::of(id).child("Condition"))?,
        };
        if made {
            all.push(read(id, resource)?);
        }
    }
    Ok(all)
}

fn properties<'a>(
    scope: &'a Scope<'a>,
    id: &str,
    resource: &Value,
) -> Result<Fields<'a>, TemplateError> {
    let empty = Value::Object(Map::new());
    let properties = resource.get("Properties").unwrap_or(&empty);
    Fields::new(scope, Place::of(id), properties)
}

/// Refuses types of resources, and attributes of them, that nobody reads.
fn check_types(resources: &Map<String, Value>) -> Result<(), TemplateError> {
    const MODELLED: [&str; 5] = [
        "AWS::DynamoDB::Table",
        "AWS::SQS::Queue",
        "AWS::SecretsManager::Secret",
        "AWS::Serverless::Function",
        "AWS::Serverless::HttpApi",
    ];
    for (id, resource) in resources {
        let place = Place::of(id);
        let attributes = resource
            .as_object()
            .ok_or_else(|| shape(&place, "a mapping"))?;
        if let Some(name) = attributes
            .keys()
            .find(|name| !ATTRIBUTES.contains(&name.as_str()))
        {
            return Err(TemplateError::UnknownProperty {
                place: place.child(name),
            });
        }
        let kind = attributes.get("Type").and_then(Value::as_str);
        let kind = kind.ok_or_else(|| shape(&place.child("Type"), "a text"))?;
        if !MODELLED.contains(&kind) && !CLOUD_ONLY.iter().any(|(listed, _)| *listed == kind) {
            return Err(TemplateError::UnknownResourceType {
                logical_id: id.clone(),
                kind: kind.to_owned(),
            });
        }
    }
    Ok(())
}

/// SAM's rule for `Globals`: mappings are merged, lists are joined, and of
/// anything else the resource's own wins.
fn merge(global: Option<&Value>, own: Value) -> Value {
    let Some(global) = global else { return own };
    if scope::call(global).is_some() || scope::call(&own).is_some() {
        return own;
    }
    match (global, own) {
        (Value::Object(global), Value::Object(mut own)) => {
            for (key, value) in global {
                let merged = match own.remove(key) {
                    None => value.clone(),
                    Some(own) => merge(Some(value), own),
                };
                own.insert(key.clone(), merged);
            }
            Value::Object(own)
        }
        (Value::Array(global), Value::Array(own)) => global.iter().cloned().chain(own).collect(),
        (_, own) => own,
    }
}
