//! Checks the parameters' values and fills in defaults.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    error::{Place, TemplateError},
    scope::shape,
};

/// What a parameter's definition may hold without effect here.
const CLOUD_ONLY: [(&str, &str); 3] = [
    (
        "AllowedPattern",
        "checked by CloudFormation when it deploys",
    ),
    ("ConstraintDescription", "a text for people"),
    ("Description", "a text for people"),
];

/// The parameters' values as references see them.
///
/// # Errors
/// For a value that the template does not allow, a name that it does not have,
/// and for those without value and default, all of which are named at once.
pub(crate) fn values(
    definitions: &Map<String, Value>,
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, Value>, TemplateError> {
    if let Some(name) = given.keys().find(|name| !definitions.contains_key(*name)) {
        return Err(TemplateError::UnknownParameter { name: name.clone() });
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, definition) in definitions {
        let place = Place::of("Parameters").child(name);
        let definition = definition
            .as_object()
            .ok_or_else(|| shape(&place, "a mapping"))?;
        known(definition, &place)?;
        let given = given.get(name).cloned();
        match given.or_else(|| definition.get("Default").and_then(plain)) {
            None => missing.push(name.clone()),
            Some(value) => {
                allowed(name, definition, &value)?;
                values.insert(name.clone(), typed(name, definition, value)?);
            }
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(TemplateError::MissingParameters { names: missing })
}

fn known(definition: &Map<String, Value>, place: &Place) -> Result<(), TemplateError> {
    const READ: [&str; 6] = [
        "AllowedValues",
        "Default",
        "MaxValue",
        "MinValue",
        "NoEcho",
        "Type",
    ];
    let unknown = definition.keys().find(|key| {
        !READ.contains(&key.as_str()) && !CLOUD_ONLY.iter().any(|(listed, _)| listed == key)
    });
    match unknown {
        None => Ok(()),
        Some(key) => Err(TemplateError::UnknownProperty {
            place: place.child(key),
        }),
    }
}

fn allowed(name: &str, definition: &Map<String, Value>, value: &str) -> Result<(), TemplateError> {
    let bad = |expected: String| {
        Err(TemplateError::BadParameter {
            name: name.to_owned(),
            expected,
        })
    };
    if let Some(Value::Array(choices)) = definition.get("AllowedValues") {
        let choices: Vec<_> = choices.iter().filter_map(plain).collect();
        if !choices.iter().any(|choice| choice == value) {
            return bad(format!("one of {}", choices.join(", ")));
        }
    }
    let number = value.parse::<i64>().ok();
    let least = definition.get("MinValue").and_then(Value::as_i64);
    let most = definition.get("MaxValue").and_then(Value::as_i64);
    if least.is_some_and(|least| number.is_none_or(|number| number < least)) {
        return bad(format!("at least {}", least.unwrap_or_default()));
    }
    if most.is_some_and(|most| number.is_none_or(|number| number > most)) {
        return bad(format!("at most {}", most.unwrap_or_default()));
    }
    Ok(())
}

fn typed(
    name: &str,
    definition: &Map<String, Value>,
    value: String,
) -> Result<Value, TemplateError> {
    match definition.get("Type").and_then(Value::as_str) {
        Some("String") => Ok(Value::String(value)),
        Some("Number") if value.parse::<i64>().is_ok() => Ok(Value::String(value)),
        Some("Number") => Err(TemplateError::BadParameter {
            name: name.to_owned(),
            expected: "a whole number".to_owned(),
        }),
        Some("CommaDelimitedList") => Ok(value.split(',').map(str::trim).collect()),
        _ => Err(shape(
            &Place::of("Parameters").child(name).child("Type"),
            "String, Number or CommaDelimitedList",
        )),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
