//! Meta's WhatsApp Business Platform (Cloud API): messages of customers, what became of the company's, and what the
//! company wrote from the WhatsApp Business app beside it.
//!
//! The interaction is the whole thread between a customer and one of the company's numbers, as both see it in
//! WhatsApp. It is not cut into days or sessions: a receipt carries its own time and not that of its message, so
//! that a message of the evening that is read in the morning would tear off a session of nothing but a receipt; and a
//! session of 24 hours depends on what was said before, which no single delivery tells. A thread that nobody writes in
//! for a month reads as ended, and as open again once somebody writes.
//!
//! Nearly all ids at WhatsApp hold the customer's number: the account's id is it, and a message's id (`wamid.…`) is
//! base64 of it and more. So the ids of interactions and events are digests.

mod about;
mod content;
mod message;
mod person;
mod status;

use serde_json::Value;

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::not_used;
use crate::reading::{Context, Reading, Rejection, Source};
use person::Line;

const NAME: &str = "whatsapp";
/// What every delivery says that it is about.
const OBJECT: &str = "whatsapp_business_account";
/// Most changes of one delivery, and most messages and statuses of one change; Meta sends up to 1,000 at once.
const MAX_PARTS: usize = 1000;

/// Meta's WhatsApp Cloud API.
pub(crate) struct WhatsApp;

impl Source for WhatsApp {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value @ Value::Object(_)) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let whole = root.text("object") == Some(OBJECT) && root.get("entry").is_some();
        let change = root.object("value").text("messaging_product") == Some(NAME)
            && root.text("field").is_some();
        whole || change || envelope.source.as_deref() == Some(NAME)
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        if root.get("entry").is_none() && root.get("value").is_some() {
            // One change alone, as the test button of Meta's app dashboard shows it.
            return change(value);
        }
        let Some(entries) = root.get("entry").and_then(Value::as_array) else {
            return Err(Rejection::missing("entry"));
        };
        let changes = || {
            entries
                .iter()
                .flat_map(|entry| Fields::of(entry).items("changes"))
        };
        at_most(
            changes().take(MAX_PARTS + 1).count(),
            "the number of changes",
        )?;
        if changes().next().is_none() {
            return Err(Rejection::missing("entry[].changes"));
        }
        let mut reading = Reading::default();
        for value in changes() {
            reading.and(change(value));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// One change: of messages, or of something that is no conversation.
fn change(value: &Value) -> Result<Reading, Rejection> {
    let fields = Fields::of(value);
    let field = fields
        .text("field")
        .ok_or_else(|| Rejection::missing("entry[].changes[].field"))?;
    let value = fields.object("value");
    let echoes = ["message_echoes", "smb_message_echoes"]
        .map(|name| value.items(name))
        .concat();
    match field.to_ascii_lowercase().as_str() {
        "messages" | "smb_message_echoes" | "message_echoes" => conversation(&value, &echoes),
        _ => Ok(not_used(NAME, field)),
    }
}

fn conversation(value: &Fields<'_>, echoes: &[Value]) -> Result<Reading, Rejection> {
    let (messages, statuses) = (value.items("messages"), value.items("statuses"));
    let parts = messages.len() + statuses.len() + echoes.len();
    at_most(parts, "the number of messages and statuses")?;
    if parts == 0 {
        // What Meta says of an account, such as a limit that was reached.
        return if value.items("errors").is_empty() {
            Err(Rejection::missing("entry[].changes[].value.messages"))
        } else {
            Ok(not_used(NAME, "messages.errors"))
        };
    }
    let line = Line::of(value)?;
    let mut reading = Reading::default();
    for message in messages {
        reading.and(message::received(&line, &Fields::of(message)));
    }
    for echo in echoes {
        reading.and(message::echoed(&line, &Fields::of(echo)));
    }
    for status in statuses {
        reading.and(status::read(&line, &Fields::of(status)));
    }
    Ok(reading)
}

fn at_most(count: usize, what: &'static str) -> Result<(), Rejection> {
    if count > MAX_PARTS {
        return Err(Rejection::TooMuch {
            what,
            limit: MAX_PARTS,
        });
    }
    Ok(())
}
