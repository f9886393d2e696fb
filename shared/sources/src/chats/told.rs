//! What the parsers of chat systems tell in the same way: changes beside a conversation's words, files, typed addresses.

use serde_json::Value;
use timeline::{Attachment, Fact, Identity, Personal, Plan, Region, Updated, cut};

use crate::address::Address;
use crate::fields::Fields;
use crate::parts::kept_name;
use crate::reading::Rejection;

/// Longest value of an attribute that is kept, in bytes.
const MAX_VALUE: usize = 4096;

/// Something has changed; what is absent is left out.
pub(super) fn updated(attributes: &[(&str, Option<&str>)]) -> Fact {
    let kept = attributes.iter().filter_map(|(name, value)| {
        let value = cut(value.as_ref()?.trim(), MAX_VALUE);
        (!value.is_empty()).then(|| ((*name).to_owned(), Personal::new(value)))
    });
    Fact::Updated(Updated {
        attributes: kept.collect(),
    })
}

/// A file by its name, or by what sort of file it is where it has none.
pub(super) fn file(name: Option<&str>, sort: &str, media_type: Option<&str>) -> Attachment {
    let name = name
        .and_then(kept_name)
        .or_else(|| kept_name(sort))
        .unwrap_or_default();
    Attachment {
        name: name.into(),
        bytes: None,
        media_type: media_type.and_then(kept_name),
    }
}

/// The text or number under `name`, an id that its system always sends. `path` is the field's place in the payload.
pub(super) fn required_id(
    fields: &Fields<'_>,
    name: &str,
    path: &'static str,
) -> Result<String, Rejection> {
    match fields.get(name) {
        None => Err(Rejection::missing(path)),
        Some(_) => fields
            .id(name)
            .ok_or_else(|| Rejection::malformed(path, "is not an id")),
    }
}

/// An email address that somebody typed: a claim that moves nothing, so for participants only.
pub(super) fn typed_email(raw: Option<&str>) -> Option<Identity> {
    Address::email(raw?).known()
}

/// A telephone number that somebody typed, as they would dial it in `region`: for participants only.
pub(super) fn typed_phone(raw: Option<&str>, region: Option<Region>) -> Option<Identity> {
    Address::caller(raw?, Plan::National(region)).known()
}

/// A text, number or truth value as text.
pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
