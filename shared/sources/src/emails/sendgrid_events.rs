//! SendGrid's Event Webhook: what became of mail that went out, as a list of events.

mod about;

use serde_json::Value;
use timeline::{Event, Fact, Reach};

use super::outbound::{self, Outbound};
use super::{sendgrid, thread};
use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{not_used, required_time};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "sendgrid-events";

/// Most events of one delivery.
const MAX_EVENTS: usize = 1000;

/// SendGrid's Event Webhook.
pub(crate) struct SendGridEvents;

impl Source for SendGridEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let named = envelope.source.as_deref() == Some(NAME);
        envelope
            .json()
            .is_some_and(|value| named || events(value).iter().any(is_event))
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let events = events(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        if events.len() > MAX_EVENTS {
            return Err(Rejection::TooMuch {
                what: "the number of events in one delivery",
                limit: MAX_EVENTS,
            });
        }
        let mut reading = Reading::default();
        for event in events {
            reading.and(read(&Fields::of(event)));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The events of a list; an event alone is a list of one.
fn events(value: &Value) -> &[Value] {
    match value {
        Value::Array(events) => events,
        Value::Object(_) => std::slice::from_ref(value),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => &[],
    }
}

fn is_event(value: &Value) -> bool {
    let fields = Fields::of(value);
    let is_mails = fields.text("email").is_some() && fields.id("sg_message_id").is_some();
    fields.text("event").is_some() && (fields.text("sg_event_id").is_some() || is_mails)
}

fn read(event: &Fields<'_>) -> Result<Reading, Rejection> {
    let kind = event.required_text("event")?;
    let Some(fact) = fact(kind, event) else {
        return Ok(not_used(NAME, kind));
    };
    if is_machine(event) && matches!(kind, "open" | "click") {
        return Ok(not_used(NAME, &format!("{kind}-by-a-machine")));
    }
    self::event(event, fact).map(Reading::event)
}

/// Whether SendGrid, or the reader's own name, says that no person has read it.
fn is_machine(event: &Fields<'_>) -> bool {
    let flagged = event.get("sg_machine_open").and_then(Value::as_bool);
    flagged == Some(true) || outbound::is_prefetcher(event.text("useragent"))
}

fn event(event: &Fields<'_>, fact: Fact) -> Result<Event, Rejection> {
    let mail = mail_id(event).ok_or_else(|| Rejection::missing("sg_message_id"))?;
    let id = event.required_id("sg_event_id")?;
    let occurred_at = required_time(event, "timestamp")?;
    let mail = Outbound {
        source: sendgrid::SYSTEM,
        mail: &mail,
        mail_field: "sg_message_id",
        receiver: event.required_text("email")?,
    };
    mail.event(&id, occurred_at, fact)
}

/// What the mail is known by: the first part of `sg_message_id`. Behind it stand the machines that it went through, which
/// differ by event; a mail that was dropped before it had an id has only those. The Message-ID that SendGrid gives begins
/// with the same part.
fn mail_id(event: &Fields<'_>) -> Option<String> {
    let first = |id: &str| sendgrid::first_part(id).to_owned();
    let own = event.id("sg_message_id").map(|id| first(&id));
    let named = event.text("smtp-id").and_then(thread::first_id);
    own.filter(|id| !id.is_empty() && !is_machines(id))
        .or_else(|| Some(first(&named?)))
        .filter(|id| !id.is_empty())
        .or_else(|| event.id("sg_message_id"))
}

/// Whether a part of an id names a machine of SendGrid's: `filter0042p1abc1`, `filterdrecv-…`, `recvd-…`.
fn is_machines(part: &str) -> bool {
    let numbered = part
        .strip_prefix("filter")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    numbered || part.starts_with("filterdrecv-") || part.starts_with("recvd-")
}

/// What an event says; `None` for a kind that is not used.
fn fact(kind: &str, event: &Fields<'_>) -> Option<Fact> {
    let why = || {
        let why = event.text("reason").or(event.text("response"));
        why.unwrap_or(kind)
    };
    let is = |name: &str, value: &str| {
        event
            .text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    Some(match kind {
        "processed" => outbound::underway(kind, None),
        "delivered" => outbound::reached(Reach::Delivered),
        "deferred" => outbound::bounced(false, why()),
        // A blocked mail is refused for now, or for what is in it; an expired one was tried for too long.
        "bounce" => {
            let other = is("type", "blocked") || is("type", "expired");
            outbound::bounced(!other, why())
        }
        "blocked" => outbound::bounced(false, why()),
        // SendGrid has not tried. It says why in fixed words, of which these two are about the address.
        "dropped" => {
            let bad = is("reason", "Bounced Address") || is("reason", "Invalid");
            outbound::bounced(bad, why())
        }
        "spamreport" => outbound::reported(kind),
        "open" => outbound::reached(Reach::Opened),
        "click" => outbound::clicked(event.text("url")),
        "unsubscribe" | "group_unsubscribe" | "group_resubscribe" => {
            let group = event.id("asm_group_id");
            let group = group.as_deref().map(|group| ("group", group));
            outbound::chose(kind, group)
        }
        _ => return None,
    })
}
