//! Genesys Cloud's notifications, as its EventBridge integration puts them on a partner event bus: the detail events of
//! conversations, one per session of a participant, and what was said.
//!
//! A participant's session begins when it is sought: a user's when it alerts. That somebody answered is told by the end of
//! the queue's session, and, for calls that no queue had, by how long the user's session was interacting.

mod about;
mod fact;
mod party;
mod transcript;

use serde_json::Value;
use timeline::{Channel, Event, Text, Timestamp};

use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};
use fact::Kind;

const NAME: &str = "genesys";
/// What the event sources of all organisations begin with.
const PARTNER: &str = "aws.partner/genesys.com";
/// Where the topics of conversations' detail events begin.
const DETAIL: &str = "v2.detail.events.conversation.";

/// Genesys Cloud over EventBridge.
pub(crate) struct Genesys;

impl Source for Genesys {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        bridged(envelope).is_some_and(|value| {
            Fields::of(value)
                .text("source")
                .is_some_and(|source| source.starts_with(PARTNER))
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = bridged(envelope).ok_or(Rejection::UnknownEnvelope)?;
        let outer = Fields::of(value);
        let detail = outer.object("detail");
        let topic = Topic::of(&outer, &detail).ok_or_else(|| Rejection::missing("detail-type"))?;
        match topic {
            Topic::Detail(name) => match Kind::of(&name) {
                Some(kind) => read_detail(&outer, kind, &name, context),
                None => Ok(parts::not_used(NAME, &name)),
            },
            Topic::Transcription => transcript::read(&outer),
            Topic::Other(name) => Ok(parts::not_used(NAME, &name)),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

fn bridged(envelope: &Envelope) -> Option<&Value> {
    match &envelope.payload {
        Payload::EventBridge(value) => Some(value),
        Payload::CloudEvents(_) | Payload::Json(_) | Payload::Form(_) | Payload::Text(_) => None,
    }
}

/// What an event is about. Topics hold ids, as `{id}` or filled in, which names must not.
enum Topic {
    /// A conversation's detail event, such as `customer.start`.
    Detail(String),
    Transcription,
    Other(String),
}

impl Topic {
    fn of(outer: &Fields<'_>, detail: &Fields<'_>) -> Option<Self> {
        let topic = outer
            .text("detail-type")
            .filter(|topic| topic.starts_with("v2."))
            .or_else(|| detail.text("topicName"))
            .or_else(|| outer.text("detail-type"))?;
        if let Some(rest) = topic.strip_prefix(DETAIL) {
            let (_, name) = rest.split_once('.')?;
            return Some(Self::Detail(name.to_ascii_lowercase()));
        }
        if topic.starts_with("v2.conversations.") && topic.ends_with(".transcription") {
            return Some(Self::Transcription);
        }
        let is_name = |part: &&str| part.chars().all(|c| c.is_ascii_alphabetic());
        let plain: Vec<_> = topic.split('.').skip(1).filter(is_name).collect();
        Some(Self::Other(plain.join(".")))
    }
}

fn read_detail(
    outer: &Fields<'_>,
    kind: Kind,
    name: &str,
    context: &Context,
) -> Result<Reading, Rejection> {
    let detail = outer.object("detail");
    let body = detail.object("eventBody");
    let channel = match channel(&body) {
        Ok(channel) => channel,
        Err(media) => return Ok(parts::not_used(NAME, &media)),
    };
    let id = outer.required_id("id")?;
    let at = parts::required_time(&body, "eventTime")?;
    let key = body.required_id("conversationId")?;
    let Some((fact, at)) = kind.fact(&body, channel, at) else {
        return Ok(parts::not_used(NAME, name));
    };
    let mut event = event(&key, &id, channel, at, fact)?;
    if kind.is_customers() || party::is_queued_caller(kind, &body) {
        event.direction = party::direction(&body);
        party::customer(&body, context.region).name_in(&mut event);
        event.customer_name = party::callback_name(&body, channel);
    }
    event.participants = party::contacts(&body, context.region);
    party::claim(&mut event);
    let mut reading = Reading::event(event);
    if let Some(notes) = body.text("wrapupNotes").filter(|_| kind == Kind::Acw) {
        let note = timeline::Fact::Note(timeline::Note {
            text: Text::new(notes),
            agent: fact::name(&body, "userId"),
        });
        reading.events.push(self::event(
            &key,
            &format!("{id}-notes"),
            channel,
            at,
            note,
        )?);
    }
    Ok(reading)
}

fn event(
    key: &str,
    id: &str,
    channel: Channel,
    at: Timestamp,
    fact: timeline::Fact,
) -> Result<Event, Rejection> {
    let source = parts::source(NAME);
    // Ids are UUIDs, whose case says nothing.
    let key = key.trim().to_ascii_lowercase();
    let interaction = parts::interaction_id(&source, &key, "detail.eventBody.conversationId")?;
    let id = parts::event_id(id.trim(), "id")?;
    let mut event = Event::new(interaction, id, source, channel, fact);
    event.occurred_at = Some(at);
    Ok(event)
}

/// The channel by the session's media, or by that of what the participant has; a call where none is named.
///
/// # Errors
/// The media's name where it is none in which customer and company talk.
fn channel(body: &Fields<'_>) -> Result<Channel, String> {
    let communication = || Fields::of(body.items("communications").first()?).text("mediaType");
    let media = body.text("mediaType").or_else(communication);
    let media = media.unwrap_or("VOICE").to_ascii_uppercase();
    match media.as_str() {
        "VOICE" | "CALLBACK" | "VIDEO" | "UNKNOWN" => Ok(Channel::Call),
        "CHAT" | "MESSAGE" => Ok(Channel::Chat),
        "EMAIL" => Ok(Channel::Email),
        "TASK" | "WORKITEM" => Ok(Channel::Task),
        other => Err(format!("media.{other}")),
    }
}
