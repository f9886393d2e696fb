//! Chatwoot's webhooks, of accounts, inboxes and agent bots alike.
//!
//! Used are messages and what a conversation is set to. Everything else is counted by name: contacts and inboxes
//! are no interaction, `webwidget_triggered` knows no conversation, typing is nothing that happened, and
//! `automation_event.*` and `macro.executed` repeat a conversation of which other webhooks tell.
//!
//! One event can reach us over several webhooks, each of which has a delivery id of its own. So ids are made of the
//! content: the message's id, or a digest of what a conversation was set to and when. And what is kept of a message
//! is what all of its deliveries say alike, not the state of the conversation around it.

mod about;
mod conversation;
mod customer;
mod message;
mod when;

use serde_json::Value;

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::not_used;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "chatwoot";

/// One of these stands in every payload beside `event`.
const OBJECTS: [&str; 9] = [
    "account",
    "account_id",
    "conversation",
    "messages",
    "inbox",
    "inbox_id",
    "meta",
    "contact_inbox",
    "changed_attributes",
];

/// What Chatwoot's webhooks say.
pub(crate) struct Chatwoot;

impl Source for Chatwoot {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value @ Value::Object(_)) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let is_event = |event: &str| event.contains('_') || event.starts_with("macro.");
        // What is said of an inbox had nothing but its id and its name before 2026.
        let is_bare = |event: &str| event.starts_with("inbox_") && root.get("id").is_some();
        root.text("event").is_some_and(|event| {
            let told = OBJECTS.iter().any(|name| root.get(name).is_some());
            is_event(event) && (told || is_bare(event))
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let event = root.required_text("event")?;
        match event.to_ascii_lowercase().as_str() {
            "message_created" | "message_incoming" | "message_outgoing" => {
                message::created(&root, context)
            }
            "message_updated" => message::updated(&root, context),
            "conversation_created" if conversation::is_still_empty(&root) => {
                Ok(not_used(NAME, "conversation_created-without-account"))
            }
            "conversation_created" => conversation::created(&root, context),
            "conversation_status_changed" | "conversation_opened" | "conversation_resolved" => {
                conversation::set(&root, context)
            }
            "conversation_updated" if conversation::is_set_anew(&root) => {
                conversation::set(&root, context)
            }
            _ => Ok(not_used(NAME, event)),
        }
    }
    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}
