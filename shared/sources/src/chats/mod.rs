//! Chat and messaging.

pub(crate) mod chatwoot;
pub(crate) mod connect;

use timeline::{EventId, InteractionId, cut};

use crate::reading::{Reading, Rejection};

/// Longest name of a customer, agent, queue or file that is kept, in bytes.
const MAX_NAME: usize = 256;
/// Longest name of an unused event that is counted by its name.
const MAX_EVENT_NAME: usize = 80;

/// A name as it is kept: without white space around it, cut where it is too long. `None` when nothing is left.
fn kept_name(text: &str) -> Option<String> {
    let name = cut(text.trim(), MAX_NAME).trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

/// A known event that is not used. What does not look like an event's name is not repeated: names become metrics.
fn not_used(system: &str, event: &str) -> Reading {
    let is_name = event.len() <= MAX_EVENT_NAME
        && event
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let event = if is_name && !event.is_empty() {
        event
    } else {
        "other"
    };
    Reading::ignored(format!("{system} {event}"))
}

fn source(name: &str) -> timeline::Source {
    timeline::Source::new(name).expect("a registered source has a source's name")
}

/// `field` names where the key comes from.
fn interaction_id(
    source: &timeline::Source,
    key: &str,
    field: &'static str,
) -> Result<InteractionId, Rejection> {
    InteractionId::new(source, key).map_err(|error| Rejection::malformed(field, error.to_string()))
}

/// `field` names where the key comes from.
fn event_id(key: &str, field: &'static str) -> Result<EventId, Rejection> {
    EventId::new(key).map_err(|error| Rejection::malformed(field, error.to_string()))
}
