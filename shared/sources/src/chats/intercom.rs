//! Intercom's webhooks, of its API's versions 1.0 to 2.x.
//!
//! Each notification of a conversation repeats the conversation, with the parts that are new in it. What is told is the
//! parts: a reply that also closes comes under two topics, and over each of a workspace's apps, and is one event by its
//! part's id. A topic counts for itself only where it brings no part.
//!
//! The customer is Intercom's contact. Addresses and the site's own id of the user are participants: a lead typed them,
//! and a user's come from a script in the page, which nobody need have checked. So they are unverified claims.

mod about;
mod conversation;
mod part;

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::not_used;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "intercom";

/// Intercom's notifications.
pub(crate) struct Intercom;

/// Topics that are read.
const TOPICS: [&str; 16] = [
    "conversation.user.created",
    "conversation.user.replied",
    "conversation.admin.replied",
    "conversation.admin.single.created",
    "conversation.admin.assigned",
    "conversation.admin.open.assigned",
    "conversation.admin.noted",
    "conversation.admin.closed",
    "conversation.admin.opened",
    "conversation.admin.snoozed",
    "conversation.admin.unsnoozed",
    "conversation.operator.replied",
    "conversation.rating.added",
    "conversation.rating.remarked",
    "conversation.deleted",
    conversation::REDACTED,
];

impl Source for Intercom {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let root = Fields::of(value);
            let notification = root.text("type") == Some("notification_event");
            (notification && root.get("topic").is_some())
                || envelope.source.as_deref() == Some(NAME)
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let root = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let topic = root.required_text("topic")?;
        if TOPICS.contains(&topic) {
            conversation::read(&root, topic, context)
        } else {
            Ok(not_used(NAME, topic))
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}
