//! The life of a leg: what `CallStatus` says.

use timeline::{Direction, Ended, Event, Fact, Opening, Place, Started, Timestamp, cut};

use super::{Delivery, is_machine, updated};
use crate::parts::{MAX_NAME, not_used};
use crate::reading::{Reading, Rejection};

/// Where a leg is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Initiated,
    Ringing,
    InProgress,
    Over,
    /// Over, and nobody took it while it rang.
    Missed,
}

impl Status {
    fn of(word: &str) -> Option<Self> {
        match word {
            "queued" | "initiated" => Some(Self::Initiated),
            "ringing" => Some(Self::Ringing),
            "in-progress" | "answered" => Some(Self::InProgress),
            "completed" | "busy" | "failed" => Some(Self::Over),
            "no-answer" | "canceled" | "cancelled" => Some(Self::Missed),
            _ => None,
        }
    }
}

/// A status callback, or a request for instructions, which says the status too.
pub(super) fn status(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let leg = delivery.leg()?;
    let word = delivery.fields.required_text("CallStatus")?;
    let word = word.trim().to_ascii_lowercase();
    let Some(status) = Status::of(&word) else {
        return Ok(not_used(delivery.name, &word));
    };
    let has = |name: &str| delivery.fields.get(name).is_some();
    let at = delivery.time()?;
    let is_callback = at.is_some() || has("CallbackSource") || has("SequenceNumber");
    if is_callback && at.is_none() {
        return Err(Rejection::missing("Timestamp"));
    }
    if leg.parent.is_some() {
        // A request for what the agent hears first comes when the agent has answered, without a time.
        let id = if is_callback { kind(status) } else { "request" };
        return child(delivery, status, &word, (id, at));
    }
    let inbound = delivery.fields.text("Direction").is_none_or(|direction| {
        let direction = direction.trim().to_ascii_lowercase();
        direction == "inbound" || direction == "trunking-originating"
    });
    match status {
        // The same request comes again whenever instructions run out; it is the call's beginning once.
        Status::Initiated | Status::Ringing | Status::InProgress if inbound && !is_callback => {
            incoming(delivery)
        }
        Status::Initiated | Status::Ringing => {
            let fact = started(delivery, inbound);
            one(delivery, kind(status), fact, at)
        }
        Status::InProgress if inbound => {
            // The application took it, which is a menu and no agent.
            let fact = updated([("call_status", Some(&word))]);
            one(delivery, kind(status), fact, at)
        }
        Status::InProgress => {
            let id = if is_callback { kind(status) } else { "request" };
            one(delivery, id, answered(delivery), at)
        }
        Status::Over | Status::Missed => ended(delivery, status, &word, at, inbound),
    }
}

fn kind(status: Status) -> &'static str {
    match status {
        Status::Initiated => "initiated",
        Status::Ringing => "ringing",
        Status::InProgress => "in-progress",
        Status::Over | Status::Missed => "ended",
    }
}

fn one(
    delivery: &Delivery<'_>,
    id: &str,
    fact: Fact,
    at: Option<Timestamp>,
) -> Result<Reading, Rejection> {
    Ok(Reading::event(stamped(delivery, id, fact, at)?))
}

fn stamped(
    delivery: &Delivery<'_>,
    id: &str,
    fact: Fact,
    at: Option<Timestamp>,
) -> Result<Event, Rejection> {
    let mut event = delivery.event(id, fact)?;
    event.occurred_at = at;
    Ok(event)
}

/// Somebody calls, and Twilio asks what to do. No agent is asked for yet.
fn incoming(delivery: &Delivery<'_>) -> Result<Reading, Rejection> {
    let mut reading = one(delivery, "incoming", started(delivery, true), None)?;
    let forwarded_from = delivery.fields.text("ForwardedFrom");
    let verified = delivery.fields.text("StirVerstat");
    if forwarded_from.or(verified).is_some() {
        let details = updated([
            ("forwarded_from", forwarded_from),
            ("caller_id_verification", verified),
        ]);
        reading.events.push(delivery.event("details", details)?);
    }
    Ok(reading)
}

fn started(delivery: &Delivery<'_>, inbound: bool) -> Fact {
    let parties = delivery.parties();
    let agent_calls = parties.direction == Some(Direction::Outbound);
    Fact::Started(Started {
        opening: if inbound && !agent_calls {
            Opening::Ivr
        } else {
            Opening::Ringing
        },
        initiation: initiation(delivery),
        ringing: parties.agent.into_iter().filter(|_| !inbound).collect(),
        ..Started::default()
    })
}

fn initiation(delivery: &Delivery<'_>) -> Option<String> {
    let direction = delivery.fields.text("Direction")?;
    Some(cut(direction.trim(), MAX_NAME).to_owned())
}

/// Somebody took it; when it was a machine, nobody did.
fn answered(delivery: &Delivery<'_>) -> Fact {
    match delivery.fields.text("AnsweredBy") {
        Some(by) if is_machine(by) => updated([("answered_by", Some(by))]),
        Some(_) | None => Fact::Answered(Place {
            agent: delivery.parties().agent,
            queue: None,
        }),
    }
}

fn ended(
    delivery: &Delivery<'_>,
    status: Status,
    word: &str,
    at: Option<Timestamp>,
    inbound: bool,
) -> Result<Reading, Rejection> {
    let mut reading = Reading::default();
    if inbound && status == Status::Missed {
        // That it rang for nobody is all that is ever said of its ringing.
        let rang = Fact::Started(Started {
            opening: Opening::Ringing,
            initiation: initiation(delivery),
            ..Started::default()
        });
        reading.events.push(stamped(delivery, "rang", rang, at)?);
    }
    let code = delivery.fields.integer("SipResponseCode");
    let fact = Fact::Ended(Ended {
        cause: Some(match code {
            Some(code) if word == "failed" => format!("{word} (SIP {code})"),
            Some(_) | None => word.to_owned(),
        }),
        forwarded: false,
    });
    reading
        .events
        .push(stamped(delivery, kind(Status::Over), fact, at)?);
    Ok(reading)
}

/// A leg that the call dials: an agent's telephone rings, is taken, or is given up. The call itself goes on.
fn child(
    delivery: &Delivery<'_>,
    status: Status,
    word: &str,
    (id, at): (&str, Option<Timestamp>),
) -> Result<Reading, Rejection> {
    let fact = match status {
        Status::Initiated | Status::Ringing => Fact::Started(Started {
            opening: Opening::Ringing,
            initiation: initiation(delivery),
            ringing: delivery.parties().agent.into_iter().collect(),
            ..Started::default()
        }),
        Status::InProgress => answered(delivery),
        Status::Over | Status::Missed => {
            let agent = delivery.parties().agent;
            updated([("dial_status", Some(word)), ("dialled", agent.as_deref())])
        }
    };
    one(delivery, id, fact, at)
}
