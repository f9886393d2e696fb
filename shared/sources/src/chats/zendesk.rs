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
use crate::parts::not_used;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "zendesk";
/// What the types of all events begin with.
const EVENT_TYPE: &str = "zen:event-type:";

/// Zendesk's event webhooks.
pub(crate) struct Zendesk;

impl Source for Zendesk {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let root = Fields::of(value);
            let is_event = root
                .text("type")
                .is_some_and(|kind| kind.starts_with(EVENT_TYPE));
            is_event
                || (root.get("zendesk_event_version").is_some() && root.get("detail").is_some())
                || envelope.source.as_deref() == Some(NAME)
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let kind = root.text("type");
        let Some(name) = kind.and_then(|kind| kind.strip_prefix(EVENT_TYPE)) else {
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
