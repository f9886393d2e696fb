//! What became of a message of the company's: sent, delivered, read, failed. Its words are not in it.

use timeline::{Bounced, Direction, Fact, Personal, Reach, Reached, preview};

use super::NAME;
use super::person::{Line, Person, Thread, message_key};
use crate::chats::told::{required_id, updated};
use crate::fields::Fields;
use crate::parts::{event_id, not_used, time};
use crate::reading::{Reading, Rejection};

const STATUS_ID: &str = "entry[].changes[].value.statuses[].id";
const STATUS: &str = "entry[].changes[].value.statuses[].status";
const RECIPIENT: &str = "entry[].changes[].value.statuses[].recipient_id";
const TIMESTAMP: &str = "entry[].changes[].value.statuses[].timestamp";
/// Longest reason, in characters.
const MAX_CAUSE_CHARS: usize = 500;
/// Errors by which the number is not on WhatsApp, so that no message will ever arrive. Other errors (too long since the
/// customer wrote, a limit of marketing, a fault) pass.
const NEVER: [i64; 2] = [1013, 131_026];
/// Categories of messages that answer a customer.
const ANSWERS: [&str; 3] = ["service", "user_initiated", "referral_conversion"];

/// One status of one message. Each comes at most once, so that it is known by message and status.
pub(super) fn read(line: &Line<'_>, fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let id = required_id(fields, "id", STATUS_ID)?;
    let status = fields
        .text("status")
        .ok_or_else(|| Rejection::missing(STATUS))?
        .to_ascii_lowercase();
    let key = message_key(&id);
    let category = category(fields);
    let fact = match status.as_str() {
        "sent" => updated(&[
            ("status", Some("sent")),
            ("message", Some(&key)),
            ("category", category.as_deref()),
        ]),
        "delivered" => reached(Reach::Delivered),
        // A voice message that was listened to.
        "read" | "played" => reached(Reach::Read),
        "failed" => failed(fields),
        _ => return Ok(not_used(NAME, &format!("statuses.{status}"))),
    };
    let at = time(fields, "timestamp")
        .map_err(|_| Rejection::malformed(TIMESTAMP, "is not a time"))?
        .ok_or_else(|| Rejection::missing(TIMESTAMP))?;
    let in_group = fields.text("recipient_type") == Some("group");
    let group = in_group
        .then(|| fields.id("recipient_id").or_else(|| fields.id("group_id")))
        .flatten();
    let mut event_key = format!("{key}-{status}");
    let mut event = if let Some(group) = group {
        // Each member of a group has a status of their own.
        let member = ["recipient_participant_id", "participant_recipient_id"]
            .into_iter()
            .find_map(|name| fields.id(name))
            .or_else(|| fields.id("recipient_participant_user_id"));
        if let Some(member) = member {
            event_key = format!("{event_key}-{}", timeline::opaque(&[&member]));
        }
        Thread::of_group(line, &group)?.event(&event_key, fact)?
    } else {
        let user_id = fields.id("recipient_user_id");
        let person = Person::of(line, fields.id("recipient_id"), user_id, RECIPIENT)?;
        let mut event = Thread::with(line, &person)?.event(&event_key, fact)?;
        person.name_in(&mut event);
        event
    };
    event.id = event_id(&event_key, "id")?;
    event.occurred_at = Some(at);
    event.direction = category
        .filter(|category| !ANSWERS.contains(&category.as_str()))
        .map(|_| Direction::Outbound);
    Ok(Reading::event(event))
}

fn reached(how: Reach) -> Fact {
    Fact::Reached(Reached { how, url: None })
}

/// What sort of message it was: `marketing`, `utility`, `service`; in older versions who began.
fn category(fields: &Fields<'_>) -> Option<String> {
    let conversation = fields.object("conversation");
    let origin = conversation.object("origin");
    let pricing = fields.object("pricing");
    let category = origin.text("type").or(pricing.text("category"))?;
    Some(category.to_ascii_lowercase())
}

fn failed(fields: &Fields<'_>) -> Fact {
    let error = fields.items("errors").first().map(Fields::of);
    let code = error.as_ref().and_then(|error| error.integer("code"));
    let cause = error.as_ref().map(|error| {
        let data = error.object("error_data");
        let title = error.text("title").or(error.text("message"));
        let details = data.text("details").or(error.text("details"));
        let code = code.map(|code| code.to_string());
        let words = [code.as_deref(), title, details];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let cause = cause.map(|cause| preview(&cause, MAX_CAUSE_CHARS));
    Fact::Bounced(Bounced {
        permanent: code.is_some_and(|code| NEVER.contains(&code)),
        reported: false,
        cause: cause.filter(|cause: &Personal| !cause.expose().is_empty()),
    })
}
