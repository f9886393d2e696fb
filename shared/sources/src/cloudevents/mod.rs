//! CloudEvents 1.0 in structured form, one or an array, with the `cornerstore.*` vocabulary: the way in for every
//! system that has no adapter of its own, such as a chat widget or an in-house PBX.
//!
//! [`VOCABULARY`] is the one table from which events are read, [`schema`] is made and the documentation is checked.

mod about;
mod connect;
mod decode;
mod facts;
mod schema;
mod vocabulary;

use base64::Engine;
use serde_json::Value;
use timeline::{Event, EventId, Fact, InteractionId, opaque};

use crate::cloudevents::about::About;
use crate::cloudevents::decode::{decode, without_blanks};
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

pub use schema::schema;
pub use vocabulary::{VOCABULARY, Word};

/// Most events in one array.
pub const MAX_BATCH: usize = 500;
/// What the types of the vocabulary begin with.
pub const TYPE_PREFIX: &str = "cornerstore.";

/// Longest part of a foreign type that is kept as the name of what was ignored, in characters.
const MAX_IGNORED_NAME: usize = 100;
/// Longest `<source>:<interaction>` that stays readable in an interaction's id.
const MAX_READABLE_KEY: usize = 200;
/// The name under which a claim that cannot be read is counted.
const UNREAD_CLAIM: &str = "cloudevents claim";
/// The source's name, which all its interactions' ids begin with.
const NAME: &str = "cloudevents";

/// Events that are written in the vocabulary.
pub struct CloudEvents;

impl Source for CloudEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        matches!(envelope.payload, Payload::CloudEvents(_))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let Payload::CloudEvents(events) = &envelope.payload else {
            return Err(Rejection::UnknownEnvelope);
        };
        if events.len() > MAX_BATCH {
            return Err(Rejection::TooMuch {
                what: "the number of CloudEvents in one array",
                limit: MAX_BATCH,
            });
        }
        if let [event] = events.as_slice() {
            return read_event(event, context);
        }
        let mut reading = Reading::default();
        for (index, event) in events.iter().enumerate() {
            reading.and(read_event(event, context).map_err(|rejection| rejection.at("", index)));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static crate::about::About {
        &connect::ABOUT
    }
}

/// What one CloudEvent says. An event of somebody else's vocabulary is looked at no further than its type.
pub(crate) fn read_event(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let event = Fields::of(value);
    if event.required_text("specversion")? != "1.0" {
        return Err(Rejection::malformed("specversion", "is not 1.0"));
    }
    let event_type = event.required_text("type")?;
    let Some((word, channel)) = vocabulary::find(event_type)? else {
        return Ok(Reading::ignored(ignored_name(event_type)));
    };
    let id = event.required_id("id")?;
    let sender = event.required_text("source")?;
    if sender.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Rejection::malformed("source", "is not a URI reference"));
    }
    let occurred_at = event.time("time")?;
    let content = without_blanks(&content(&event)?);
    let about: About = decode(&content)?;
    let who = about.who(event.text("subject"), context.region)?;
    let fact = (word.read)(&content, channel)?;
    let source = timeline::Source::new(NAME)
        .map_err(|error| Rejection::malformed("source", error.to_string()))?;
    let event_id =
        EventId::new(&id).map_err(|error| Rejection::malformed("id", error.to_string()))?;
    let interaction_id = interaction_id(&source, sender, &about.key())?;
    let related = about.related_in(|key| interaction_id_of(&source, sender, key))?;
    let mut event = Event {
        occurred_at,
        version: word.version(&content)?,
        direction: about.direction,
        customer: who.customer,
        customer_name: who.name,
        participants: who.participants,
        related,
        ..Event::new(interaction_id, event_id, source, channel, fact)
    };
    about.evidence(context.region).state_in(&mut event);
    let mut reading = Reading::event(without_the_distrusted(event));
    let unread = about.unread_claims(context.region);
    reading.ignored = vec![UNREAD_CLAIM.to_owned(); unread];
    Ok(reading)
}

/// The event's content: `data`, or the JSON inside `data_base64`.
fn content(event: &Fields<'_>) -> Result<Value, Rejection> {
    if let Some(media_type) = event.text("datacontenttype")
        && !is_json(media_type)
    {
        return Err(Rejection::malformed("datacontenttype", "is not JSON"));
    }
    let (field, content) = match (event.get("data"), event.get("data_base64")) {
        (Some(content), _) => ("data", content.clone()),
        (None, Some(encoded)) => ("data_base64", decoded(encoded)?),
        (None, None) => return Err(Rejection::missing("data")),
    };
    if content.is_object() {
        Ok(content)
    } else {
        Err(Rejection::malformed(field, "is not a JSON object"))
    }
}

fn decoded(encoded: &Value) -> Result<Value, Rejection> {
    let refused = |problem| Rejection::malformed("data_base64", problem);
    let text = encoded.as_str().ok_or_else(|| refused("is not a text"))?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text.trim())
        .map_err(|_| refused("is not base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| refused("holds no JSON"))
}

/// Whether a media type is JSON: `application/json`, `text/json` or one that ends in `+json`, with any parameters.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let subtype = essence
        .split_once('/')
        .map_or("", |(_, subtype)| subtype)
        .to_ascii_lowercase();
    subtype == "json" || subtype.ends_with("+json")
}

fn interaction_id(
    source: &timeline::Source,
    sender: &str,
    key: &str,
) -> Result<InteractionId, Rejection> {
    interaction_id_of(source, sender, key)
        .map_err(|error| Rejection::malformed("data.interaction", error.to_string()))
}

/// The id under the sender's own name, so that two senders never write into one interaction. It is readable where
/// both parts are plain. The sender of a readable one has no colon, so it ends at the first one; a digest has none
/// at all.
fn interaction_id_of(
    source: &timeline::Source,
    sender: &str,
    key: &str,
) -> Result<InteractionId, timeline::IdError> {
    if key.is_empty() {
        return Err(timeline::IdError::Empty);
    }
    let readable = sender.len() + 1 + key.len() <= MAX_READABLE_KEY
        && sender.chars().all(is_plain)
        && key.chars().all(|c| is_plain(c) || c == ':');
    if readable {
        InteractionId::new(source, &format!("{sender}:{key}"))
    } else {
        InteractionId::new(source, &opaque(&[sender, key]))
    }
}

/// Characters that an interaction's id keeps as they are, other than the colon.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '@' | '+' | '=' | '-' | '~')
}

/// A mail that is not trusted binds to nobody.
fn without_the_distrusted(mut event: Event) -> Event {
    if let Fact::Mail(mail) = &event.fact
        && !mail.distrust.is_empty()
    {
        event.customer = None;
        event.customer_name = None;
        event.participants.clear();
    }
    event
}

/// A foreign type as it may be counted and logged: short, and without characters that no type needs.
fn ignored_name(event_type: &str) -> String {
    event_type
        .chars()
        .take(MAX_IGNORED_NAME)
        .map(|c| {
            if is_plain(c) || matches!(c, '/' | ':') {
                c
            } else {
                '?'
            }
        })
        .collect()
}
