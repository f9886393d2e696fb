//! Reads the vocabulary's structures from JSON, with errors that name the field and never hold its value.

use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::Segment;
use timeline::{IdError, TimeError};

use crate::reading::Rejection;

/// Names whose emptiness says something: a customer with an empty number is one that is withheld.
const KEEP_BLANK: [&str; 2] = ["customer", "participants"];
/// The maps whose keys are the sender's own. They are personal as likely as their values.
const OWN_KEYS: [&str; 2] = ["attributes", "traits"];

/// One structure of the vocabulary, read from an event's `data`. Unknown fields are passed over.
pub(super) fn decode<T: DeserializeOwned>(data: &Value) -> Result<T, Rejection> {
    serde_path_to_error::deserialize(data).map_err(|error| rejection(&error))
}

/// An object without its nulls and empty texts, which count as absent, and with the scalar values of its
/// attributes as texts.
pub(super) fn without_blanks(data: &Value) -> Value {
    let Value::Object(fields) = data else {
        return data.clone();
    };
    let kept = fields
        .iter()
        .filter(|(_, value)| !value.is_null())
        .filter_map(|(name, value)| match name.as_str() {
            name if KEEP_BLANK.contains(&name) => Some((name.to_owned(), value.clone())),
            name if OWN_KEYS.contains(&name) => Some((name.to_owned(), texts(value))),
            _ => Some((name.clone(), filled(value)?)),
        })
        .collect();
    Value::Object(kept)
}

fn filled(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(filled).collect())),
        Value::Object(fields) => Some(Value::Object(
            fields
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), filled(value)?)))
                .collect(),
        )),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => Some(value.clone()),
    }
}

fn texts(attributes: &Value) -> Value {
    let Value::Object(fields) = attributes else {
        return attributes.clone();
    };
    let as_text = |value: &Value| match value {
        Value::Number(number) => Value::String(number.to_string()),
        Value::Bool(flag) => Value::String(flag.to_string()),
        Value::Null | Value::String(_) | Value::Array(_) | Value::Object(_) => value.clone(),
    };
    let texts: Map<String, Value> = fields
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), as_text(&filled(value)?))))
        .collect();
    Value::Object(texts)
}

fn rejection(error: &serde_path_to_error::Error<serde_json::Error>) -> Rejection {
    let mut path = "data".to_owned();
    for segment in error.path() {
        match segment {
            Segment::Seq { index } => {
                // Writing to a String never fails.
                let _ = write!(path, "[{index}]");
            }
            Segment::Map { key } => {
                path.push('.');
                path.push_str(key);
                if OWN_KEYS.contains(&key.as_str()) {
                    break;
                }
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let said = error.inner().to_string();
    let missing = said
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    match missing {
        Some(name) => Rejection::missing(format!("{path}.{name}")),
        None => Rejection::malformed(path, problem(&said)),
    }
}

/// What serde says, without the value: what it expected stands last and is part of this program.
fn problem(said: &str) -> String {
    if let Some((_, expected)) = said.rsplit_once(", expected ") {
        let expected = match expected {
            "a string" => "a text",
            "a boolean" => "true or false",
            "i32" | "i64" | "u64" => "a whole number in its range",
            "a sequence" => "a list",
            "a map" => "an object",
            other if other.starts_with("struct ") => "an object",
            other => other,
        };
        return format!("is not {expected}");
    }
    [TimeError::Unreadable, TimeError::OutOfRange]
        .map(|error| error.to_string())
        .into_iter()
        .chain([IdError::NotAPromise.to_string()])
        .find(|known| known == said)
        .unwrap_or_else(|| "cannot be read".to_owned())
}
