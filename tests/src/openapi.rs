//! The OpenAPI document of the HTTP API: the frame into which each function's own part is put, so that functions need
//! not know each other.

use lambda_kit::http::MAX_FIELD_ERRORS;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

/// The name of the security scheme, which holds for each operation that says nothing else.
const AGENT: &str = "Agent";

/// Descriptions that speak to readers of the code, and what readers of the API are told instead.
const RETOLD: &[(&str, &str)] = &[
    (
        "Personal",
        "A text about a person. Show it to the agent, never write it into a log.",
    ),
    (
        "Text",
        "What somebody wrote: its first 32 KiB, with its true length.",
    ),
];

/// Collects the schemas and the paths of a document.
#[derive(Debug)]
pub struct Document {
    /// For what is answered: a field that is always written is required.
    pub answers: SchemaGenerator,
    /// For what is asked: a field that may be left out is not required.
    pub requests: SchemaGenerator,
    paths: Map<String, Value>,
    components: Map<String, Value>,
}

impl Default for Document {
    fn default() -> Self {
        let settings = |settings: SchemaSettings| {
            settings.with(|settings| settings.definitions_path = "/components/schemas".into())
        };
        let answers = settings(SchemaSettings::draft2020_12().for_serialize());
        let requests = settings(SchemaSettings::draft2020_12().for_deserialize());
        Self {
            answers: answers
                .with_transform(RecursiveTransform(without_nulls))
                .with_transform(RecursiveTransform(for_callers))
                .into_generator(),
            requests: requests
                .with_transform(RecursiveTransform(for_callers))
                .into_generator(),
            paths: Map::new(),
            components: Map::new(),
        }
    }
}

impl Document {
    /// Adds the paths of a function. Functions may share a path, each with methods of its own.
    ///
    /// # Panics
    /// When they are no JSON objects, or a method of a path is there already.
    pub fn add_paths(&mut self, paths: Value) {
        add_each(&mut self.paths, paths);
    }

    /// Adds what paths refer to, sort by sort.
    ///
    /// # Panics
    /// When they are no JSON objects, or a name of a sort is there already.
    pub fn add_components(&mut self, components: Value) {
        add_each(&mut self.components, components);
    }

    /// The whole document. The same code always gives the same JSON.
    ///
    /// # Panics
    /// When two schemas that differ share a name.
    #[must_use]
    pub fn finish(mut self) -> Value {
        let mut schemas = self.answers.take_definitions(true);
        for (name, asked) in self.requests.take_definitions(true) {
            // What is written and read alike, such as the name of a channel, stands once.
            let answered = schemas.entry(name.clone()).or_insert_with(|| asked.clone());
            assert_eq!(*answered, asked, "{name} is asked and answered otherwise");
        }
        for (name, told) in RETOLD {
            if let Some(schema) = schemas.get_mut(*name) {
                schema["description"] = Value::from(*told);
            }
        }
        add(
            &mut schemas,
            json!({ "Problem": problem(), "GatewayMessage": gateway_message() }),
        );
        let mut components = self.components;
        add(
            &mut components,
            json!({ "schemas": schemas, "securitySchemes": security_schemes() }),
        );
        let mut document = json!({
            "openapi": "3.1.1",
            "info": {
                "title": "Cornerstore",
                "summary": "The customer timeline of a contact centre.",
                "description": "Agents' desktops ask it who is calling, providers and websites tell it what happened. \
                                What desktops are answered holds personal data and is never to be cached. Fields may \
                                be added; a field that is not known is to be passed over.",
                "version": env!("CARGO_PKG_VERSION"),
                "license": { "name": "Apache License 2.0", "identifier": "Apache-2.0" }
            },
            "servers": servers(),
            "tags": tags(),
            "security": [{ AGENT: [] }],
            "paths": self.paths,
            "components": components
        });
        // A map keeps the order of insertion as soon as any crate of the build asks serde_json for that.
        document.sort_all_objects();
        document
    }
}

/// Adds named parts to others.
fn add(to: &mut Map<String, Value>, parts: Value) {
    let Value::Object(parts) = parts else {
        panic!("parts have names");
    };
    for (name, part) in parts {
        assert!(!to.contains_key(&name), "{name} is there twice");
        to.insert(name, part);
    }
}

/// Adds named parts to groups of others.
fn add_each(to: &mut Map<String, Value>, groups: Value) {
    let Value::Object(groups) = groups else {
        panic!("groups have names");
    };
    for (name, parts) in groups {
        let group = to.entry(name).or_insert_with(|| json!({}));
        add(group.as_object_mut().expect("a group of parts"), parts);
    }
}

fn servers() -> Value {
    json!([
        {
            "url": "https://{api}.execute-api.{region}.amazonaws.com",
            "description": "A deployed stack: its output ApiUrl.",
            "variables": {
                "api": { "default": "api-id", "description": "The id of the HTTP API." },
                "region": { "default": "us-east-1", "description": "The region of the stack." }
            }
        },
        { "url": "http://127.0.0.1:8787", "description": "The local stack." }
    ])
}

fn tags() -> Value {
    json!([
        { "name": "Desktop", "description": "What an agent's desktop asks, with the agent's token." },
        {
            "name": "Customers",
            "description": "What agents and CRMs say of a customer: which identities are one person's, and who it is."
        },
        { "name": "Interactions", "description": "What agents say of an interaction." },
        {
            "name": "Webhooks",
            "description": "What connected systems tell. Each delivery is proven as its system proves it."
        },
        {
            "name": "Widget",
            "description": "What the widget on a website tells. Only pages of configured origins may."
        }
    ])
}

fn security_schemes() -> Value {
    json!({ AGENT: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token of the stack's issuer, meant for the stack's audience."
    } })
}

/// [`lambda_kit::http::Problem`] as it is written. A test compares it with written ones.
fn problem() -> Value {
    json!({
        "description": "What went wrong, as RFC 9457 has it. Never quotes what was sent.",
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            "type": {
                "description": "What sort of problem it is. `about:blank`: what its status says.",
                "type": "string",
                "format": "uri-reference"
            },
            "title": { "description": "The sort of problem, for people.", "type": "string" },
            "status": {
                "description": "The response's status.",
                "type": "integer",
                "minimum": 400,
                "maximum": 599
            },
            "detail": { "description": "What happened this time.", "type": "string" },
            "errors": {
                "description": "What is wrong with single parameters.",
                "type": "array",
                "maxItems": MAX_FIELD_ERRORS,
                "items": {
                    "type": "object",
                    "required": ["name", "reason"],
                    "properties": {
                        "name": { "description": "The parameter.", "type": "string" },
                        "reason": { "description": "What is wrong with it.", "type": "string" }
                    }
                }
            }
        }
    })
}

fn gateway_message() -> Value {
    json!({
        "description": "What API Gateway answers itself.",
        "type": "object",
        "required": ["message"],
        "properties": { "message": { "description": "The reason, for people.", "type": "string" } }
    })
}

/// Takes the null out of fields that are left out when there is nothing to say. The generator makes every optional
/// field nullable, but a field that is not required is one that is skipped, and so is never written as null.
fn without_nulls(schema: &mut Schema) {
    let required: Vec<Value> = match schema.get("required") {
        Some(Value::Array(names)) => names.clone(),
        _ => Vec::new(),
    };
    let Some(Value::Object(properties)) = schema.get_mut("properties") else {
        return;
    };
    let skipped = properties
        .iter_mut()
        .filter(|(name, _)| !required.contains(&Value::from(name.as_str())));
    for (_, property) in skipped {
        if let Value::Object(property) = property {
            without_null(property);
        }
    }
}

fn without_null(property: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = property.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            property.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(choices)) = property.get_mut("anyOf") {
        choices.retain(|choice| choice["type"] != "null");
        if let [Value::Object(only)] = choices.as_slice() {
            let only = only.clone();
            property.remove("anyOf");
            property.extend(only);
        }
    }
}

/// Takes out what says nothing to callers: where fields stand in providers' payloads, and Rust's names for types.
fn for_callers(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        if let Some(origin) = description.find("Source: ") {
            description.truncate(origin);
        }
        *description = description
            .trim_end()
            .replace('\n', " ")
            .replace("`None`", "absent");
    }
    // What readers of a stored form put in for a missing field. In an answer, such a field is always there.
    schema.remove("default");
    // Not in OpenAPI's registry of formats; the minimum of 0 says what there is to say.
    if schema.get("format").is_some_and(|format| format == "uint") {
        schema.remove("format");
    }
}
