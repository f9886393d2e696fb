//! What Amazon Connect's contact events and contact records have in common: ids, enums, unset times, ARNs.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{
    Channel, CustomerId, Direction, Event, EventId, Fact, Identity, InteractionId, MAX_ATTRIBUTES,
    Personal, Related, Relation, Source, Timestamp, cut,
};

use crate::fields::Fields;
use crate::reading::Rejection;

/// The source's name. Events and records share it, so that both find the same interaction.
pub(super) const NAME: &str = "amazon-connect";

/// Longest name of an agent, a queue, a cause or an event in bytes.
pub(super) const MAX_NAME: usize = 256;
/// Longest value of an attribute in bytes. Amazon Connect allows 32 KB for all of a contact's attributes together.
const MAX_ATTRIBUTE: usize = 1024;
/// Longest name of a kind that is counted as ignored.
const MAX_IGNORED: usize = 40;
/// Times before this one are not set: Amazon Connect writes `1970-01-01T00:00:00.001Z` for "none".
const FIRST_SET_MILLIS: i64 = 24 * 60 * 60 * 1000;

/// What flows and look-ups write where they have found nobody. Many contacts say it alike, so that as a record it would be
/// one customer of all of them.
const PLACEHOLDERS: [&str; 21] = [
    "unknown",
    "null",
    "none",
    "nil",
    "undefined",
    "empty",
    "blank",
    "n/a",
    "na",
    "nan",
    "tbd",
    "anonymous",
    "guest",
    "test",
    "default",
    "not found",
    "not_found",
    "notfound",
    "false",
    "true",
    "error",
];

/// How the contact came about, upper-cased: `INBOUND`, `TRANSFER` …
pub(super) struct Initiation(Option<String>);

impl Initiation {
    pub(super) fn of(fields: &Fields<'_>) -> Self {
        Self(
            fields
                .text("initiationMethod")
                .map(|method| cut(method.trim(), MAX_NAME).to_ascii_uppercase()),
        )
    }

    pub(super) fn word(&self) -> Option<String> {
        self.0.clone()
    }

    /// Whether the other side of the leg is no customer: somebody outside whom an agent called in (`CustomerEndpoint` is
    /// that third party), or a supervisor who listens to an agent.
    pub(super) fn is_of_others(&self) -> bool {
        matches!(self.0.as_deref(), Some("EXTERNAL_OUTBOUND" | "MONITOR"))
    }

    /// Who began it.
    ///
    /// A transferred leg counts as the customer's: nearly every transferred call is one that came in, and a customer
    /// who gives up while being transferred has to be called back. `API` is `StartOutboundVoiceContact` for a call,
    /// and the customer's click on the widget for a chat. A task is begun by neither.
    pub(super) fn direction(&self, channel: Channel) -> Option<Direction> {
        match (self.0.as_deref()?, channel) {
            ("INBOUND" | "TRANSFER" | "QUEUE_TRANSFER" | "WEBRTC_API", _) => {
                Some(Direction::Inbound)
            }
            ("OUTBOUND" | "CALLBACK" | "EXTERNAL_OUTBOUND" | "AGENT_REPLY", _) => {
                Some(Direction::Outbound)
            }
            ("API", Channel::Call) => Some(Direction::Outbound),
            ("API", Channel::Chat) => Some(Direction::Inbound),
            (_, _) => None,
        }
    }
}

/// The channel; a call when none is named.
///
/// # Errors
/// The name under which an unknown channel is counted as ignored.
pub(super) fn channel(fields: &Fields<'_>) -> Result<Channel, String> {
    let Some(name) = fields.text("channel") else {
        return Ok(Channel::Call);
    };
    match name.trim().to_ascii_uppercase().as_str() {
        "VOICE" => Ok(Channel::Call),
        "CHAT" => Ok(Channel::Chat),
        "TASK" => Ok(Channel::Task),
        "EMAIL" => Ok(Channel::Email),
        other => Err(format!("{NAME} channel {}", plain(other))),
    }
}

/// An event of the contact in `fields` with what events and records alike say of it: where else its story goes on,
/// who began it, and which customer record the flow claims it is from.
pub(super) fn event(
    fields: &Fields<'_>,
    id: EventId,
    channel: Channel,
    fact: Fact,
) -> Result<Event, Rejection> {
    let key = fields.required_id("contactId")?;
    let interaction_id =
        interaction_id(&key).ok_or_else(|| Rejection::missing(fields.path_of("contactId")))?;
    let mut event = Event::new(interaction_id, id, source(), channel, fact);
    event.direction = Initiation::of(fields).direction(channel);
    event.related = related(fields);
    // The company's own flow sets it: a claim all the same, which must not move the interaction.
    event.participants = fields
        .id("customerId")
        .filter(|id| is_found(id))
        .and_then(|id| Identity::crm(NAME, &id).ok())
        .into_iter()
        .collect();
    Ok(event)
}

/// Whether an id can be one that a flow has found: no placeholder, and none of our own ids, which a flow may have kept from
/// the answer to its question who is calling.
pub(super) fn is_found(id: &str) -> bool {
    let id = id.trim();
    let is_placeholder = PLACEHOLDERS
        .iter()
        .any(|placeholder| placeholder.eq_ignore_ascii_case(id));
    let tells = |c: char| c.is_alphanumeric() && c != '0';
    !is_placeholder && id.contains(tells) && id.parse::<CustomerId>().is_err()
}

/// The time under `name`; `None` when it is absent or stands for "none".
pub(super) fn time(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, Rejection> {
    Ok(fields
        .time(name)?
        .filter(|at| at.millis() >= FIRST_SET_MILLIS))
}

/// The text or number under `name` as a name of bounded length.
pub(super) fn name(fields: &Fields<'_>, name: &str) -> Option<String> {
    let text = fields.id(name)?;
    let text = cut(text.trim(), MAX_NAME);
    (!text.is_empty()).then(|| text.to_owned())
}

/// The last part of the ARN under `name`: the id of the agent or queue.
pub(super) fn arn_id(fields: &Fields<'_>, name: &str) -> Option<String> {
    let id = fields.text(name)?.trim().rsplit('/').next()?;
    (!id.is_empty()).then(|| cut(id, MAX_NAME).to_owned())
}

/// An object's texts, numbers and truth values by name, up to [`MAX_ATTRIBUTES`]. The case of the names counts.
pub(super) fn attributes(value: Option<&Value>) -> BTreeMap<String, Personal> {
    let sorted: BTreeMap<&String, &Value> = value
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .collect();
    sorted
        .into_iter()
        .filter_map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            Some((
                cut(name, MAX_NAME).to_owned(),
                Personal::new(cut(&text, MAX_ATTRIBUTE)),
            ))
        })
        .take(MAX_ATTRIBUTES)
        .collect()
}

/// A kind's name for the count of what is ignored. It is logged, so only a plain word stands: one with digits may
/// hold a telephone number.
pub(super) fn plain(kind: &str) -> &str {
    let is_plain = |c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '-');
    if !kind.is_empty() && kind.len() <= MAX_IGNORED && kind.chars().all(is_plain) {
        kind
    } else {
        "other"
    }
}

fn source() -> Source {
    Source::new(NAME).expect("the name is a constant of lower-case letters and a hyphen")
}

/// Contact ids are UUIDs, whose case says nothing and differs between Amazon Connect's own systems.
fn interaction_id(contact: &str) -> Option<InteractionId> {
    InteractionId::new(&source(), &contact.trim().to_ascii_lowercase()).ok()
}

fn related(fields: &Fields<'_>) -> Vec<Related> {
    [
        ("initialContactId", Relation::Initial),
        ("previousContactId", Relation::Previous),
        ("nextContactId", Relation::Next),
        ("relatedContactId", Relation::Related),
    ]
    .into_iter()
    .filter_map(|(name, relation)| {
        Some(Related {
            relation,
            interaction_id: interaction_id(&fields.id(name)?)?,
        })
    })
    .collect()
}
