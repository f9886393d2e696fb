//! The vocabulary's JSON Schema, made from the structures that read it.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Value, json};

use crate::cloudevents::about::About;
use crate::cloudevents::{MAX_BATCH, VOCABULARY, Word};

/// The JSON Schema (2020-12) of what a sender writes: one CloudEvent of the vocabulary, or an array of them.
///
/// It describes how to write. Reading is wider in places: nulls and empty texts count as absent, and types that
/// do not begin with `cornerstore.` are passed over.
///
/// ```
/// let schema = sources::cloudevents::schema();
/// assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
/// ```
#[must_use]
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12()
        .for_deserialize()
        .into_generator();
    let about = generator.subschema_for::<About>();
    let rules: Vec<Value> = VOCABULARY
        .iter()
        .map(|word| rule(word, &about, &mut generator))
        .collect();
    let mut definitions = generator.take_definitions(true);
    for definition in definitions.values_mut() {
        without_origins(definition);
    }
    definitions.insert("CloudEvent".to_owned(), event(rules));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:cornerstore:cloudevents:1",
        "title": "Cornerstore's vocabulary in CloudEvents 1.0, structured mode",
        "description": "One event, or several in an array.",
        "anyOf": [
            { "$ref": "#/$defs/CloudEvent" },
            {
                "type": "array",
                "minItems": 1,
                "maxItems": MAX_BATCH,
                "items": { "$ref": "#/$defs/CloudEvent" }
            }
        ],
        "$defs": definitions
    })
}

/// What the `data` of one kind of event holds.
fn rule(word: &Word, about: &Schema, generator: &mut SchemaGenerator) -> Value {
    let mut parts = vec![about.clone()];
    parts.extend((word.schemas)(generator));
    json!({
        "if": {
            "properties": { "type": { "enum": types(word) } },
            "required": ["type"]
        },
        "then": {
            "properties": { "data": { "description": word.meaning, "allOf": parts } }
        }
    })
}

fn types(word: &Word) -> Vec<String> {
    word.channels
        .iter()
        .map(|channel| word.type_in(*channel))
        .collect()
}

/// The attributes that CloudEvents 1.0 gives to every event.
fn event(rules: Vec<Value>) -> Value {
    let all: Vec<String> = VOCABULARY.iter().flat_map(types).collect();
    json!({
        "description": "A CloudEvent of the vocabulary.",
        "type": "object",
        "required": ["specversion", "id", "source", "type"],
        "anyOf": [{ "required": ["data"] }, { "required": ["data_base64"] }],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": {
                "description": "The event's own id, the same when it is sent again. With `source` it is unique.",
                "type": "string",
                "minLength": 1
            },
            "source": {
                "description": "The system that sends: a URI reference without spaces, such as `shop-widget`. \
                                Interactions are kept apart by it.",
                "type": "string",
                "minLength": 1,
                "format": "uri-reference"
            },
            "type": { "description": "What happened: `cornerstore.<channel>.<kind>`.", "enum": all },
            "time": {
                "description": "When it happened, by the sender's clock.",
                "type": "string",
                "format": "date-time"
            },
            "subject": {
                "description": "Whom it is about. An identity's URI here is the customer when `data` names none.",
                "type": "string"
            },
            "datacontenttype": {
                "description": "JSON, which is also meant when it is absent.",
                "type": "string"
            },
            "dataschema": { "description": "Not looked at.", "type": "string" },
            "data": { "description": "What is said.", "type": "object" },
            "data_base64": { "description": "The same as base64 of its JSON.", "type": "string" }
        },
        "allOf": rules
    })
}

/// Takes out of the descriptions where the timeline's fields stand in some provider's payload, which is nothing to
/// a sender of the vocabulary.
fn without_origins(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            if let Some(Value::String(description)) = fields.get_mut("description")
                && let Some(origin) = description.find(" Source: ")
            {
                description.truncate(origin);
            }
            fields.values_mut().for_each(without_origins);
        }
        Value::Array(items) => items.iter_mut().for_each(without_origins),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
