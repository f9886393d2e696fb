//! Items as they stand in the table.
//!
//! Content is JSON text in one attribute: it costs no more than its bytes, and old shapes stay readable by `serde`'s
//! defaults. What the table itself works with (keys, `rev`, `at`, `expires_at`) stands in attributes of its own.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use serde::de::DeserializeOwned;
use timeline::{CustomerId, Event, IdentityUri, Interaction, Summary, Timestamp};

use crate::error::StoreError;
use crate::schema;

pub(crate) type Item = HashMap<String, AttributeValue>;

/// An interaction as it was read, and how many events it is the fold of.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) rev: u64,
    pub(crate) interaction: Interaction,
    /// When it may be removed, in seconds since 1970.
    pub(crate) expires_at: Option<i64>,
}

/// By which an event is told from another one under its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Digest {
    /// Of the event's content.
    pub(crate) hash: String,
    /// As which version of the parsers, under which configuration, it was read; empty when nobody said.
    pub(crate) reading: String,
}

impl Digest {
    pub(crate) fn of(event: &Event, reading: &str) -> Self {
        Self {
            hash: event.content_hash(),
            reading: reading.to_owned(),
        }
    }
}

pub(crate) fn text(value: impl Into<String>) -> AttributeValue {
    AttributeValue::S(value.into())
}

pub(crate) fn number(value: impl ToString) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

/// The keys of an item.
pub(crate) fn key(pk: String, sk: impl Into<String>) -> Item {
    HashMap::from([
        (schema::PK.to_owned(), text(pk)),
        (schema::SK.to_owned(), text(sk)),
    ])
}

pub(crate) fn event_item(
    event: &Event,
    digest: &Digest,
    json: String,
    retention: Option<Duration>,
) -> Item {
    let mut item = key(
        schema::interaction_pk(&event.interaction_id),
        schema::event_sk(&event.id),
    );
    item.insert(schema::VERSION.to_owned(), number(schema::SHAPE));
    item.insert(schema::SOURCE.to_owned(), text(event.source.as_str()));
    item.insert(
        schema::RECEIVED_AT.to_owned(),
        text(event.received_at.to_string()),
    );
    if let Some(at) = event.occurred_at {
        item.insert(schema::OCCURRED_AT.to_owned(), text(at.to_string()));
    }
    item.insert(schema::HASH.to_owned(), text(&digest.hash));
    if !digest.reading.is_empty() {
        item.insert(schema::READING.to_owned(), text(&digest.reading));
    }
    item.insert(schema::EVENT.to_owned(), text(json));
    expire(&mut item, event.received_at, retention);
    item
}

pub(crate) fn interaction_item(stored: &Stored) -> Result<Item, StoreError> {
    let interaction = &stored.interaction;
    let summary = interaction.summary();
    let json = |value: Result<String, serde_json::Error>| {
        value.map_err(|error| StoreError::unreadable("interaction", &error))
    };
    let mut item = key(
        schema::interaction_pk(interaction.id()),
        schema::INTERACTION_SK,
    );
    item.insert(schema::VERSION.to_owned(), number(schema::SHAPE));
    item.insert(schema::REV.to_owned(), number(stored.rev));
    item.insert(schema::AT.to_owned(), text(summary.started_at.to_string()));
    if let Some(customer) = interaction.customer() {
        item.insert(schema::IK.to_owned(), text(customer.uri.expose()));
    }
    item.insert(
        schema::SUMMARY.to_owned(),
        text(json(serde_json::to_string(&summary))?),
    );
    item.insert(
        schema::FOLD.to_owned(),
        text(json(serde_json::to_string(interaction))?),
    );
    if let Some(at) = stored.expires_at {
        item.insert(schema::EXPIRES_AT.to_owned(), number(at));
    }
    Ok(item)
}

/// The attributes of a customer's entry beside its keys.
pub(crate) fn customer_keys(customer: &CustomerId) -> Item {
    key(schema::customer_pk(customer), schema::CUSTOMER_SK)
}

/// When an item that was last touched then may be removed, in seconds since 1970.
pub(crate) fn expiry(touched: Timestamp, retention: Option<Duration>) -> Option<i64> {
    retention
        .map(|keep| touched.millis() / 1000 + i64::try_from(keep.as_secs()).unwrap_or(i64::MAX / 2))
}

pub(crate) fn expire(item: &mut Item, touched: Timestamp, retention: Option<Duration>) {
    if let Some(at) = expiry(touched, retention) {
        item.insert(schema::EXPIRES_AT.to_owned(), number(at));
    }
}

/// The same for what has lived on until `before`: events arrive in any order, and none shortens a life.
pub(crate) fn expire_after(
    item: &mut Item,
    touched: Timestamp,
    before: Option<i64>,
    retention: Option<Duration>,
) {
    if let Some(at) = expiry(touched, retention).max(before.filter(|_| retention.is_some())) {
        item.insert(schema::EXPIRES_AT.to_owned(), number(at));
    }
}

/// A text attribute of an item that was read.
pub(crate) fn read_text<'a>(
    item: &'a Item,
    name: &str,
    kind: &'static str,
) -> Result<&'a str, StoreError> {
    item.get(name)
        .and_then(|value| value.as_s().ok())
        .map(String::as_str)
        .ok_or_else(|| StoreError::unreadable(kind, &format!("`{name}` is missing")))
}

pub(crate) fn read_json<T: DeserializeOwned>(
    item: &Item,
    name: &str,
    kind: &'static str,
) -> Result<T, StoreError> {
    serde_json::from_str(read_text(item, name, kind)?).map_err(|error| {
        // The error's own text may quote the content, so only its place is kept.
        StoreError::unreadable(kind, &format!("`{name}` at column {}", error.column()))
    })
}

/// Whether a later version of this crate wrote the item, so that this one may not know all of it.
pub(crate) fn is_newer(item: &Item) -> bool {
    let version = item
        .get(schema::VERSION)
        .and_then(|value| value.as_n().ok());
    version
        .and_then(|version| version.parse().ok())
        .is_some_and(|version: u32| version > schema::SHAPE)
}

pub(crate) fn read_event(item: &Item) -> Result<Event, StoreError> {
    read_json(item, schema::EVENT, "event")
}

/// `None` when the item has none.
pub(crate) fn read_digest(item: &Item) -> Option<Digest> {
    let hash = read_text(item, schema::HASH, "event").ok()?.to_owned();
    let reading = read_text(item, schema::READING, "event").unwrap_or_default();
    Some(Digest {
        hash,
        reading: reading.to_owned(),
    })
}

pub(crate) fn read_summary(item: &Item) -> Result<Summary, StoreError> {
    read_json(item, schema::SUMMARY, "summary")
}

pub(crate) fn read_interaction(item: &Item) -> Result<Stored, StoreError> {
    let whole = |name: &str| item.get(name).and_then(|value| value.as_n().ok());
    let rev = whole(schema::REV).and_then(|rev| rev.parse().ok());
    let rev = rev.ok_or_else(|| StoreError::unreadable("interaction", &"`rev` is missing"))?;
    Ok(Stored {
        rev,
        interaction: read_json(item, schema::FOLD, "interaction")?,
        expires_at: whole(schema::EXPIRES_AT).and_then(|at| at.parse().ok()),
    })
}

pub(crate) fn read_identity(item: &Item) -> Result<IdentityUri, StoreError> {
    let uri = read_text(item, schema::IDENTITY, "customer")?;
    IdentityUri::try_from(uri.to_owned())
        .map_err(|error| StoreError::unreadable("customer", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_that_is_not_ours_is_named_without_its_content() {
        let mut item = key("i#a".to_owned(), schema::INTERACTION_SK);
        let error = read_interaction(&item).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a stored interaction cannot be read: `rev` is missing"
        );
        item.insert(schema::REV.to_owned(), number(1));
        item.insert(schema::FOLD.to_owned(), text(r#"{"id":"+1 415 555 0123"}"#));
        let error = read_interaction(&item).unwrap_err().to_string();
        assert!(error.contains("`fold` at column"), "{error}");
        assert!(!error.contains("555"), "{error}");
    }

    #[test]
    fn a_retention_without_end_does_not_overflow() {
        assert_eq!(expiry(Timestamp::EPOCH, None), None);
        let day = Duration::from_secs(86_400);
        assert_eq!(expiry(Timestamp::EPOCH, Some(day)), Some(86_400));
        let late: Timestamp = "9998-12-30T00:00:00Z".parse().unwrap();
        assert!(expiry(late, Some(Duration::MAX)) > expiry(late, Some(day)));
    }
}
