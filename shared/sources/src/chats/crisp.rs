//! Crisp's web hooks, of a website or of a plugin.
//!
//! The interaction is Crisp's session, in which a visitor and the website's operators write for as long as the browser
//! remembers it. The customer is the visitor of that session. Email addresses and numbers in it were typed by the
//! visitor, an operator or a script of the page: they are participants, and never bind the session to somebody.

mod about;
mod message;
mod session;

use timeline::{Channel, Event, Fact, Identity, InteractionId, Timestamp};

use crate::about::About;
use crate::chats::told::required_id;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, not_used, source, time};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "crisp";

/// Crisp's web hooks.
pub(crate) struct Crisp;

impl Source for Crisp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let root = Fields::of(value);
            let is_event = root.text("event").is_some_and(|event| event.contains(':'));
            (is_event && root.get("website_id").is_some() && root.get("data").is_some())
                || envelope.source.as_deref() == Some(NAME)
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let name = root.required_text("event")?;
        let data = root.object("data");
        let told = match name {
            "message:send" | "message:received" => message::written(&root, &data)?,
            "message:updated" => message::updated(&root, &data)?,
            "message:removed" => message::removed(&root, &data)?,
            _ => session::read(&root, &data, name, context.region)?,
        };
        Ok(told.map_or_else(|| not_used(NAME, &name.replace(':', ".")), Reading::event))
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The session that an event is about, and when it happened.
struct Session {
    interaction_id: InteractionId,
    customer: Option<Identity>,
    at: Timestamp,
}

impl Session {
    fn of(root: &Fields<'_>, data: &Fields<'_>) -> Result<Self, Rejection> {
        let id = required_id(data, "session_id", "data.session_id")?;
        // A message carries its own time, which is the same however often the hook is sent.
        let at = match time(data, "timestamp")? {
            Some(at) => at,
            None => time(root, "timestamp")?.ok_or_else(|| Rejection::missing("timestamp"))?,
        };
        Ok(Self {
            interaction_id: interaction_id(&source(NAME), &id, "data.session_id")?,
            customer: Identity::visitor(NAME, &id).ok(),
            at,
        })
    }

    fn event(self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        let mut event = Event::new(
            self.interaction_id,
            event_id(id, "event")?,
            source(NAME),
            Channel::Chat,
            fact,
        );
        event.occurred_at = Some(self.at);
        event.customer = self.customer;
        Ok(event)
    }
}

/// A visitor's nickname, unless Crisp made it up: `visitor` and digits.
fn nickname(text: Option<&str>) -> Option<String> {
    let name = crate::parts::kept_name(text?)?;
    let number = name.strip_prefix("visitor");
    let made_up = number.is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()));
    (!made_up).then_some(name)
}
