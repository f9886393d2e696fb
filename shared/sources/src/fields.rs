//! Reads fields of a provider's JSON with errors that name the field's path.

use serde_json::{Map, Value};
use timeline::Timestamp;

use crate::reading::Rejection;

/// An object within a payload, and where it stands there.
///
/// Names are compared without case, since providers change it between their own systems; nulls and empty strings
/// count as absent.
#[derive(Clone, Copy)]
pub struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    path: Path<'a>,
}

#[derive(Clone, Copy)]
enum Path<'a> {
    Root,
    Child(&'a Fields<'a>, &'static str),
}

impl<'a> Fields<'a> {
    /// The fields of a whole payload.
    #[must_use]
    pub fn of(value: &'a Value) -> Self {
        Self {
            object: value.as_object(),
            path: Path::Root,
        }
    }

    /// The object under `name`; without fields when there is none.
    #[must_use]
    pub fn object(&'a self, name: &'static str) -> Self {
        Self {
            object: self.get(name).and_then(Value::as_object),
            path: Path::Child(self, name),
        }
    }

    /// Whether there is an object here at all.
    #[must_use]
    pub fn is_present(&self) -> bool {
        self.object.is_some()
    }

    /// The value under `name`: exactly so, else without case. `None` for null and the empty string.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        let object = self.object?;
        let value = object.get(name).or_else(|| {
            object
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value)
        })?;
        match value {
            Value::Null => None,
            Value::String(text) if text.is_empty() => None,
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => Some(value),
        }
    }

    /// The text under `name`, if it is one.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Value::as_str)
    }

    /// The text or number under `name`, as text: ids come as either.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<String> {
        match self.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The whole number under `name`, also when it is written as text.
    #[must_use]
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// The items of the list under `name`; none when it is absent or no list.
    #[must_use]
    pub fn items(&self, name: &str) -> &'a [Value] {
        self.get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The text under `name`.
    ///
    /// # Errors
    /// When it is missing or not a text.
    pub fn required_text(&self, name: &'static str) -> Result<&'a str, Rejection> {
        match self.get(name) {
            None => Err(Rejection::missing(self.path_of(name))),
            Some(value) => value
                .as_str()
                .ok_or_else(|| Rejection::malformed(self.path_of(name), "is not a text")),
        }
    }

    /// The text or number under `name`, as text.
    ///
    /// # Errors
    /// When it is missing or neither.
    pub fn required_id(&self, name: &'static str) -> Result<String, Rejection> {
        match self.get(name) {
            None => Err(Rejection::missing(self.path_of(name))),
            Some(_) => self
                .id(name)
                .ok_or_else(|| Rejection::malformed(self.path_of(name), "is not an id")),
        }
    }

    /// The RFC 3339 time under `name`, `None` when it is absent.
    ///
    /// # Errors
    /// When it is there and no time.
    pub fn time(&self, name: &'static str) -> Result<Option<Timestamp>, Rejection> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value
            .as_str()
            .ok_or_else(|| Rejection::malformed(self.path_of(name), "is not a time"))?;
        text.parse()
            .map(Some)
            .map_err(|error: timeline::TimeError| {
                Rejection::malformed(self.path_of(name), error.to_string())
            })
    }

    /// The RFC 3339 time under `name`.
    ///
    /// # Errors
    /// When it is missing or no time.
    pub fn required_time(&self, name: &'static str) -> Result<Timestamp, Rejection> {
        self.time(name)?
            .ok_or_else(|| Rejection::missing(self.path_of(name)))
    }

    /// The path of the field `name` of this object in the payload, such as `detail.contactId`.
    #[must_use]
    pub fn path_of(&self, name: &str) -> String {
        match self.path {
            Path::Root => name.to_owned(),
            Path::Child(parent, here) => format!("{}.{name}", parent.path_of(here)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_missing_field_is_named_by_its_path() {
        let payload = json!({"detail": {"contactId": "", "N": 7}});
        let root = Fields::of(&payload);
        let detail = root.object("detail");
        assert_eq!(
            detail.required_text("contactId"),
            Err(Rejection::missing("detail.contactId"))
        );
        assert_eq!(
            detail.object("agentInfo").required_text("agentArn"),
            Err(Rejection::missing("detail.agentInfo.agentArn"))
        );
        assert_eq!(detail.required_id("n"), Ok("7".into()));
    }

    #[test]
    fn an_error_never_holds_the_value() {
        let payload = json!({"time": "+14155550123"});
        let error = Fields::of(&payload)
            .required_time("time")
            .unwrap_err()
            .to_string();
        assert_eq!(error, "the field `time` is not an RFC 3339 time");
    }
}
