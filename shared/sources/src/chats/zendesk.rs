//! Zendesk's event webhooks: tickets and messaging.
//!
//! A ticket is one interaction, whether people write in it by mail, by form or in the messenger. Its way is that of
//! the ticket (`detail.via.channel`); events of messaging do not say it, and are chats. Zendesk tells people by their
//! ids only, so that the customer is the requester's record and no address.
//!
//! Webhooks of triggers and automations send whatever JSON an administrator wrote, which nobody else can know. They
//! are counted by name.

mod about;
mod messaging;
mod ticket;

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{kept_name, not_used};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "zendesk";
/// What the types of all events begin with; some of identities and of older domains have a slash for the colon.
const EVENT_TYPES: [&str; 2] = ["zen:event-type:", "zen:event-type/"];

/// Fewest characters of the id in a name that Zendesk made up.
const MADE_UP_CHARS: usize = 6;

/// Zendesk's event webhooks.
pub(crate) struct Zendesk;

impl Source for Zendesk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let root = Fields::of(value);
            root.text("type").and_then(event_name).is_some()
                || (root.get("zendesk_event_version").is_some() && root.get("detail").is_some())
                || envelope.source.as_deref() == Some(NAME)
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let Some(name) = root.text("type").and_then(event_name) else {
            return if root.get("zendesk_event_version").is_some() {
                Err(Rejection::missing("type"))
            } else {
                Ok(not_used(NAME, "custom"))
            };
        };
        match name {
            "messaging_ticket.message_added" => messaging::message(&root),
            _ if name.starts_with("ticket.") => ticket::read(&root, name),
            _ => Ok(not_used(NAME, name)),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The name of an event's type without what all begin with.
fn event_name(kind: &str) -> Option<&str> {
    EVENT_TYPES
        .iter()
        .find_map(|prefix| kind.strip_prefix(prefix))
}

/// A customer's name as somebody gave it; none that Zendesk made up: `Visitor` or `Web User` and an id.
fn given_name(name: Option<&str>) -> Option<String> {
    let name = kept_name(name?)?;
    let made_up = ["Visitor ", "Web User "].iter().any(|words| {
        name.strip_prefix(words).is_some_and(|id| {
            id.len() >= MADE_UP_CHARS && id.bytes().all(|b| b.is_ascii_hexdigit())
        })
    });
    (!made_up).then_some(name)
}
