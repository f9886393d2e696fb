//! tawk.to's webhooks: that a chat began and ended, its transcript, and tickets.
//!
//! A chat's first words come twice: when it begins, and in the transcript, each with a time of its own. What is said
//! when it begins is therefore the chat's subject, and its messages are the transcript's, which comes once the chat is
//! over.
//!
//! tawk.to names no visitor: a chat's is known by the chat. A visitor typed name and address, which are a participant's.
//! A ticket has nobody but who signed it, as a mail has, so that address is its customer's.

mod about;
mod transcript;

use serde_json::Value;
use timeline::{
    Basis, Channel, Direction, Ended, Event, Fact, Identity, Mail, Opening, Personal, Started,
    Text, Timestamp, cut,
};

use crate::about::About;
use crate::address::Address;
use crate::chats::told::{required_id, typed_email};
use crate::envelope::Envelope;
use crate::evidence::{Evidence, Thing};
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, not_used, required_time, source};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "tawk";
/// Longest subject that is kept, in bytes.
const MAX_SUBJECT: usize = 1000;
/// Fewest digits of a name that tawk.to made up: `V` and the time in microseconds.
const MADE_UP_DIGITS: usize = 10;

/// tawk.to's webhooks.
pub(crate) struct Tawk;

impl Source for Tawk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let root = Fields::of(value);
            let is_event = root
                .text("event")
                .is_some_and(|event| event.starts_with("chat:") || event.starts_with("ticket:"));
            (is_event && root.object("property").is_present())
                || envelope.source.as_deref() == Some(NAME)
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let name = root.required_text("event")?;
        match name {
            "chat:start" => began(&root).map(Reading::event),
            "chat:end" => ended(&root).map(Reading::event),
            "chat:transcript_created" => transcript::read(&root),
            "ticket:create" => ticket(&root).map(Reading::event),
            _ => Ok(not_used(NAME, &name.replace(':', "."))),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// By its kind and time, which are the same each time that it is sent. tawk.to's own id of an event stands in a header
/// that its signature does not cover, so that one delivery could be told under ever new ids.
fn id_of(kind: &str, at: Timestamp) -> String {
    format!("{kind}-{}", at.millis())
}

/// The first message was written, by the visitor or by an agent.
fn began(root: &Fields<'_>) -> Result<Event, Rejection> {
    let message = root.object("message");
    let sender = message.object("sender");
    let at = required_time(root, "time")?;
    let text = message
        .text("text")
        .filter(|_| message.text("type") != Some("file"));
    let fact = Fact::Started(Started {
        opening: Opening::Open,
        queue: root.object("property").text("name").and_then(kept_name),
        subject: text.map(|text| Personal::new(cut(text, MAX_SUBJECT))),
        ..Started::default()
    });
    let chat = required_id(root, "chatId", "chatId")?;
    let id = id_of("chat.start", at);
    let mut event = of_chat(&chat, &id, at, fact, &root.object("visitor"))?;
    event.direction = match sender.text("type") {
        Some("visitor") => Some(Direction::Inbound),
        Some("agent") => Some(Direction::Outbound),
        Some(_) | None => None,
    };
    Ok(event)
}

fn ended(root: &Fields<'_>) -> Result<Event, Rejection> {
    let at = required_time(root, "time")?;
    let chat = required_id(root, "chatId", "chatId")?;
    let id = id_of("chat.end", at);
    let fact = Fact::Ended(Ended::default());
    of_chat(&chat, &id, at, fact, &root.object("visitor"))
}

/// An event of a chat, whose visitor nothing but the chat tells apart.
fn of_chat(
    chat: &str,
    id: &str,
    at: Timestamp,
    fact: Fact,
    visitor: &Fields<'_>,
) -> Result<Event, Rejection> {
    let interaction = interaction_id(&source(NAME), chat, "chatId")?;
    let id = event_id(id, "event")?;
    let mut event = Event::new(interaction, id, source(NAME), Channel::Chat, fact);
    event.occurred_at = Some(at);
    event.customer = Identity::visitor(NAME, chat).ok();
    event.customer_name = visitor_name(visitor).map(Personal::new);
    let email = typed_email(visitor.text("email"));
    let mut evidence = Evidence::default();
    evidence.claim(Basis::Typed, email.clone());
    evidence.state_in(&mut event);
    event.participants.extend(email);
    Ok(event)
}

/// A ticket: a form that was filled in while nobody was there, or a mail.
fn ticket(root: &Fields<'_>) -> Result<Event, Rejection> {
    let [ticket, requester] = ["ticket", "requester"].map(|name| root.object(name));
    let key = required_id(&ticket, "id", "ticket.id")?;
    let at = required_time(root, "time")?;
    let text = ticket.get("message").and_then(Value::as_str);
    let fact = Fact::Mail(Box::new(Mail {
        subject: ticket
            .text("subject")
            .map(|subject| Personal::new(cut(subject, MAX_SUBJECT))),
        text: text.map(Text::new),
        ..Mail::default()
    }));
    let mut event = Event::new(
        interaction_id(&source(NAME), &format!("ticket-{key}"), "ticket.id")?,
        event_id(&id_of("ticket.create", at), "event")?,
        source(NAME),
        Channel::Email,
        fact,
    );
    event.occurred_at = Some(at);
    event.direction = Some(Direction::Inbound);
    let address = requester
        .text("email")
        .map_or(Address::Nobody, Address::email);
    address.name_in(&mut event);
    event.customer_name = visitor_name(&requester).map(Personal::new);
    let mut evidence = Evidence::default();
    evidence.reference(Thing::Ticket, ticket.id("humanId").as_deref());
    evidence.state_in(&mut event);
    Ok(event)
}

/// A name that somebody gave; none that tawk.to made up.
fn visitor_name(visitor: &Fields<'_>) -> Option<String> {
    let name = visitor.text("name").and_then(kept_name)?;
    let digits = name.strip_prefix('V').unwrap_or_default();
    let made_up = digits.len() >= MADE_UP_DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
    (!made_up).then_some(name)
}
