//! Amazon Connect chat messages, as its message streaming publishes them to SNS.
//!
//! The interaction is the one of the contact's own events. Typing, receipts, transfers (of which contact events and
//! contact records tell more) and people who leave are counted by name. A subscription with raw delivery loses the
//! attribute `MessageVisibility`; its messages count as visible to everybody.

mod about;

use serde_json::Value;
use timeline::{
    Attachment, Author, Channel, Direction, Ended, Event, Fact, Identity, MAX_ATTACHMENTS, Message,
    Note, Opening, Personal, Place, Related, Relation, Started, Text,
};

use crate::about::About;
use crate::envelope::{Envelope, Sns};
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, not_used, source};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "amazon-connect-chat";
/// The source of its interactions, which are those of the contact's own events.
const CONTACTS: &str = "amazon-connect";
/// What the content types of events begin with.
const EVENTS: &str = "application/vnd.amazonaws.connect.event.";
/// Fields that stand in every payload of the stream; this many of them besides `Type` tell it from others.
const TELLING: [&str; 6] = [
    "AbsoluteTime",
    "ContactId",
    "ContentType",
    "InitialContactId",
    "ParticipantId",
    "ParticipantRole",
];
const ENOUGH: usize = 3;
/// Where an interactive message (JSON in `Content`) has words for people, in order of preference.
const WORDS: [&[&str]; 9] = [
    &["data", "content", "title"],
    &["data", "replyMessage", "title"],
    &["data", "content", "body", "text"],
    &["title"],
    &["text"],
    &["message"],
    &["body"],
    &["data", "text"],
    &["data", "title"],
];
/// Most of what a customer chose in such a message that is told.
const MAX_CHOICES: usize = 10;

/// Messages and events of chats.
pub(crate) struct ConnectChat;

impl Source for ConnectChat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let fields = Fields::of(value);
            let told = TELLING.iter().filter(|name| fields.get(name).is_some());
            fields.text("Type").is_some() && told.count() >= ENOUGH
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let item = Item {
            fields: Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?),
            sns: envelope.sns.as_ref(),
        };
        let Some(kind) = item.kind()? else {
            return Ok(not_used(CONTACTS, item.name()));
        };
        item.event(kind).map(Reading::event)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The kinds of items that say something of the customer's story.
#[derive(Clone, Copy)]
enum Kind {
    Message(Role),
    CustomerJoined,
    AgentJoined,
    Ended,
}

/// Who a participant is. Whoever is none of these counts as a system, never as a customer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Customer,
    Agent,
    System,
}

/// One item of the stream.
struct Item<'a> {
    fields: Fields<'a>,
    sns: Option<&'a Sns>,
}

impl<'a> Item<'a> {
    /// `None` for what is not used.
    fn kind(&self) -> Result<Option<Kind>, Rejection> {
        let item_type = self.fields.required_text("Type")?;
        let is = |name: &str| item_type.eq_ignore_ascii_case(name);
        let has_files = !self.fields.items("Attachments").is_empty();
        if is("MESSAGE") || is("ATTACHMENT") || (is("EVENT") && has_files) {
            return self.role().map(|role| Some(Kind::Message(role)));
        }
        if !is("EVENT") {
            return Ok(None);
        }
        self.fields.required_text("ContentType")?;
        Ok(match self.name().to_ascii_lowercase().as_str() {
            "participant.joined" => match self.role()? {
                Role::Customer => Some(Kind::CustomerJoined),
                Role::Agent if !self.is_supervisor() => Some(Kind::AgentJoined),
                Role::Agent | Role::System => None,
            },
            "chat.ended" => Some(Kind::Ended),
            _ => None,
        })
    }

    fn event(&self, kind: Kind) -> Result<Event, Rejection> {
        let contact = self
            .contact("ContactId")
            .ok_or_else(|| Rejection::missing("ContactId"))?;
        let source = source(CONTACTS);
        let mut event = Event::new(
            interaction_id(&source, &contact, "ContactId")?,
            event_id(self.fields.required_text("Id")?.trim(), "Id")?,
            source.clone(),
            Channel::Chat,
            self.fact(kind),
        );
        event.occurred_at = Some(self.fields.required_time("AbsoluteTime")?);
        if let Some(initial) = self.contact("InitialContactId")
            && initial != contact
        {
            event.related.push(Related {
                relation: Relation::Initial,
                interaction_id: interaction_id(&source, &initial, "InitialContactId")?,
            });
        }
        if matches!(kind, Kind::CustomerJoined) {
            event.direction = Some(Direction::Inbound);
        }
        if matches!(kind, Kind::CustomerJoined | Kind::Message(Role::Customer)) {
            let id = self.fields.text("ParticipantId");
            event.customer = id.and_then(|id| Identity::visitor(CONTACTS, id).ok());
            event.customer_name = self.display_name().map(Personal::new);
        }
        Ok(event)
    }

    fn fact(&self, kind: Kind) -> Fact {
        match kind {
            Kind::Message(role) => self.message(role),
            Kind::CustomerJoined => Fact::Started(Started {
                opening: Opening::Open,
                ..Started::default()
            }),
            Kind::AgentJoined => Fact::Answered(Place {
                queue: None,
                agent: self.display_name(),
            }),
            Kind::Ended => Fact::Ended(Ended::default()),
        }
    }

    /// What only agents see and an agent wrote is a note. A note has no files: with some it stays a private message.
    fn message(&self, role: Role) -> Fact {
        let private = self.is_for_agents_only();
        let attachments = self.attachments();
        let name = self.display_name();
        if private && role == Role::Agent && attachments.is_empty() {
            return Fact::Note(Note {
                text: self.text(),
                agent: name,
            });
        }
        Fact::Message(Message {
            author: match role {
                Role::Customer if !private => Author::Customer,
                Role::Agent => Author::Agent,
                Role::Customer | Role::System => Author::System,
            },
            name: name.map(Personal::new),
            text: self.text(),
            private,
            attachments,
        })
    }

    fn text(&self) -> Text {
        let content = self.fields.text("Content").unwrap_or_default();
        let content_type = self.fields.text("ContentType").unwrap_or("text/plain");
        if !is_json(content_type) {
            return Text::new(content);
        }
        let parsed: Option<Value> = serde_json::from_str(content).ok();
        match parsed.as_ref().and_then(words) {
            Some(words) => Text::new(words),
            None => Text::new(&parsed.as_ref().map(choices).unwrap_or_default()),
        }
    }

    fn attachments(&self) -> Vec<Attachment> {
        self.fields
            .items("Attachments")
            .iter()
            .filter(|file| file.is_object())
            .take(MAX_ATTACHMENTS)
            .map(|file| {
                let file = Fields::of(file);
                let name = file.text("AttachmentName").and_then(kept_name);
                let bytes = file.integer("AttachmentSizeInBytes");
                Attachment {
                    name: name.unwrap_or_default().into(),
                    bytes: bytes.and_then(|bytes| u64::try_from(bytes).ok()),
                    media_type: file.text("ContentType").and_then(kept_name),
                }
            })
            .collect()
    }

    fn role(&self) -> Result<Role, Rejection> {
        let role = self
            .text_or_attribute("ParticipantRole")
            .ok_or_else(|| Rejection::missing("ParticipantRole"))?;
        let is = |name: &str| role.eq_ignore_ascii_case(name);
        Ok(if is("CUSTOMER") {
            Role::Customer
        } else if is("AGENT") || self.is_supervisor() {
            Role::Agent
        } else {
            Role::System
        })
    }

    /// A supervisor writes like an agent, but does not take a chat by listening in.
    fn is_supervisor(&self) -> bool {
        self.text_or_attribute("ParticipantRole")
            .is_some_and(|role| role.eq_ignore_ascii_case("SUPERVISOR"))
    }

    fn is_for_agents_only(&self) -> bool {
        self.text_or_attribute("MessageVisibility")
            .is_some_and(|visibility| visibility.eq_ignore_ascii_case("AGENT"))
    }

    /// Connect writes contact ids in lower case, except where it does not.
    fn contact(&self, name: &'static str) -> Option<String> {
        let id = self.text_or_attribute(name)?.trim();
        (!id.is_empty()).then(|| id.to_ascii_lowercase())
    }

    fn display_name(&self) -> Option<String> {
        self.fields.text("DisplayName").and_then(kept_name)
    }

    /// The stream repeats some fields as attributes of the SNS message.
    fn text_or_attribute(&self, name: &'static str) -> Option<&'a str> {
        self.fields.text(name).or_else(|| {
            let attributes = &self.sns?.attributes;
            let text = attributes
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name));
            text.map(|(_, text)| text.as_str())
        })
    }

    /// The event's name behind what they all begin with, else the item's type.
    fn name(&self) -> &'a str {
        let content_type = self.fields.text("ContentType").unwrap_or_default();
        match content_type.split_at_checked(EVENTS.len()) {
            Some((start, name)) if start.eq_ignore_ascii_case(EVENTS) => name,
            Some(_) | None => self.fields.text("Type").unwrap_or_default(),
        }
    }
}

/// Whether the content is JSON for a widget to draw, which nobody should have to read.
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or(content_type)
        .trim();
    media_type.eq_ignore_ascii_case("application/json")
        || media_type
            .to_ascii_lowercase()
            .starts_with("application/vnd.amazonaws.connect.message.interactive")
}

fn words(content: &Value) -> Option<&str> {
    WORDS.iter().find_map(|path| {
        let text = path
            .iter()
            .try_fold(content, |value, name| value.get(name))?
            .as_str()?;
        (!text.trim().is_empty()).then_some(text)
    })
}

/// What the customer chose, where an answer says it in a list only.
fn choices(content: &Value) -> String {
    let data = content.get("data").unwrap_or(content);
    let chosen = data.get("elements").and_then(Value::as_array);
    let chosen = chosen.into_iter().flatten().take(MAX_CHOICES);
    let texts = chosen.filter_map(|item| {
        let fields = Fields::of(item);
        item.as_str()
            .or(fields.text("title"))
            .or(fields.text("text"))
    });
    texts.collect::<Vec<_>>().join(", ")
}
