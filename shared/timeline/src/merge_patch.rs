//! What a JSON merge patch changes of a customer. Source: RFC 7396.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::personal::Personal;
use crate::trait_value::TraitValueError;
use crate::traits::{MAX_TRAITS, TraitName};

/// Under which name the preferences stand, as an object of their own.
const PREFERENCES: &str = "preferences";
/// Longest name of a field that is told back.
const MAX_NAME: usize = 40;

/// Changes of a customer's traits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraitChanges {
    /// The new value by name; none to remove it.
    pub fields: BTreeMap<TraitName, Option<Personal>>,
    /// Whether every preference goes: the patch says `"preferences": null`.
    pub no_preferences: bool,
}

/// What is wrong with a field of a patch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldProblem {
    /// Which field: its name, where that can be one of ours, else `*`.
    pub field: String,
    /// What is wrong with it.
    pub error: FieldError,
}

/// What can be wrong with a field. Never quotes its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FieldError {
    /// Something else stands where an object is needed.
    #[error("is not an object")]
    NotAnObject,
    /// No such field.
    #[error(
        "is no field of a customer: name, company, language, time_zone, address, lifecycle_stage or preferences"
    )]
    Unknown,
    /// No key of a preference.
    #[error("is no key of a preference: up to 40 lower-case letters, digits and underscores")]
    NotAKey,
    /// A number, a list …
    #[error("is neither a text nor null")]
    NotAText,
    /// More than a customer can have.
    #[error("has more than {MAX_TRAITS} fields")]
    TooMany,
    /// A text that this field cannot have.
    #[error(transparent)]
    Value(#[from] TraitValueError),
}

impl TraitChanges {
    /// What a patch changes.
    ///
    /// # Errors
    /// The fields that are wrong, at most [`MAX_TRAITS`]; a patch with one of them changes nothing.
    pub fn of_merge_patch(patch: &Value) -> Result<Self, Vec<FieldProblem>> {
        let Value::Object(fields) = patch else {
            return Err(vec![problem("body", FieldError::NotAnObject)]);
        };
        let mut changes = Self::default();
        let mut problems = Vec::new();
        for (field, value) in fields {
            match (field.as_str(), value) {
                (PREFERENCES, Value::Null) => changes.no_preferences = true,
                (PREFERENCES, Value::Object(preferences)) => {
                    for (key, value) in preferences {
                        let name = TraitName::preference(key).map_err(|_| FieldError::NotAKey);
                        let taken = name.and_then(|name| changes.take(name, value));
                        problems.extend(taken.err().map(|error| {
                            problem(&format!("{PREFERENCES}.{}", known_name(key)), error)
                        }));
                    }
                }
                (PREFERENCES, _) => problems.push(problem(PREFERENCES, FieldError::NotAnObject)),
                (field, value) => {
                    let taken = own_field(field).and_then(|name| changes.take(name, value));
                    problems.extend(taken.err().map(|error| problem(known_name(field), error)));
                }
            }
        }
        if changes.fields.len() > MAX_TRAITS {
            problems.push(problem("body", FieldError::TooMany));
        }
        problems.truncate(MAX_TRAITS);
        if problems.is_empty() {
            Ok(changes)
        } else {
            Err(problems)
        }
    }

    /// Whether nothing is to be changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty() && !self.no_preferences
    }

    fn take(&mut self, name: TraitName, value: &Value) -> Result<(), FieldError> {
        let value = match value {
            Value::Null => None,
            Value::String(text) => Some(name.read(text)?),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
                return Err(FieldError::NotAText);
            }
        };
        self.fields.insert(name, value);
        Ok(())
    }
}

/// A field that stands by itself: not a preference written with a point.
fn own_field(name: &str) -> Result<TraitName, FieldError> {
    if TraitName::ALL.contains(&name) {
        name.parse().map_err(|_| FieldError::Unknown)
    } else {
        Err(FieldError::Unknown)
    }
}

fn problem(field: &str, error: FieldError) -> FieldProblem {
    FieldProblem {
        field: field.to_owned(),
        error,
    }
}

/// The name, if it can be one of ours: letters and underscores. Numbers and addresses are none.
fn known_name(name: &str) -> &str {
    let ours = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    if name.len() <= MAX_NAME && name.bytes().all(ours) {
        name
    } else {
        "*"
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(patch: &Value) -> Vec<String> {
        let problems = TraitChanges::of_merge_patch(patch).unwrap_err();
        let told = problems.iter().map(|p| format!("{} {}", p.field, p.error));
        told.collect()
    }

    #[test]
    fn a_patch_sets_what_it_names_and_null_removes() {
        let patch = json!({
            "name": " Ada Example ",
            "company": null,
            "preferences": {"channel": "email", "newsletter": null}
        });
        let changes = TraitChanges::of_merge_patch(&patch).unwrap();
        let told: Vec<_> = changes
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_ref().map(Personal::expose)))
            .collect();
        assert_eq!(
            told,
            [
                ("company", None),
                ("name", Some("Ada Example")),
                ("preferences.channel", Some("email")),
                ("preferences.newsletter", None),
            ]
        );
        assert!(!changes.no_preferences);
        let all = TraitChanges::of_merge_patch(&json!({"preferences": null})).unwrap();
        assert!(all.no_preferences && all.fields.is_empty() && !all.is_empty());
        assert!(TraitChanges::of_merge_patch(&json!({})).unwrap().is_empty());
    }

    #[test]
    fn every_wrong_field_is_named_and_no_value_is_quoted() {
        let patch = json!({
            "colour": "red",
            "name": 7,
            "language": "speaks German",
            "preferences": {"Size": "1", "fit": ["a"], "+14155550123": "x"},
            "preferences.fit": "loose",
            "+14155550123": "x"
        });
        insta::assert_snapshot!(problems(&patch).join("\n"), @r"
        * is no field of a customer: name, company, language, time_zone, address, lifecycle_stage or preferences
        colour is no field of a customer: name, company, language, time_zone, address, lifecycle_stage or preferences
        language is not a language's tag as BCP 47 has it, such as en or pt-BR
        name is neither a text nor null
        preferences.* is no key of a preference: up to 40 lower-case letters, digits and underscores
        preferences.* is no key of a preference: up to 40 lower-case letters, digits and underscores
        preferences.fit is neither a text nor null
        * is no field of a customer: name, company, language, time_zone, address, lifecycle_stage or preferences
        ");
        assert_eq!(problems(&json!([])), ["body is not an object"]);
        assert_eq!(
            problems(&json!({"preferences": 1})),
            ["preferences is not an object"]
        );
    }

    #[test]
    fn a_patch_has_no_more_fields_than_a_customer() {
        let many = (0..=MAX_TRAITS).map(|n| (format!("p{n}"), json!("x")));
        let patch = json!({"preferences": Value::Object(many.collect())});
        assert_eq!(problems(&patch), ["body has more than 64 fields"]);
    }
}
