//! FreeSWITCH's call detail records as its module `json_cdr` posts them: one per leg, when the leg is over, as JSON or as a
//! form with the JSON in `cdr`. Values are percent-encoded unless the module was told otherwise.
//!
//! The leg that began the call tells its story. Legs that it called are of the same interaction, and say who answered.

mod about;
mod cdr;

use base64::Engine;
use serde_json::Value;
use timeline::{
    CallRecord, Channel, Direction, Event, Fact, Opening, Personal, Place, Related, Relation,
    Started, Timestamp,
};

use super::party::{End, Sides};
use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};
use cdr::Cdr;

const NAME: &str = "freeswitch";

/// FreeSWITCH's `json_cdr`.
pub(crate) struct FreeSwitch;

impl Source for FreeSwitch {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = cdr_in(envelope) else {
            return false;
        };
        let has = |name: &str| value.get(name).is_some();
        has("variables") && (has("core-uuid") || has("channel_data") || has("callflow"))
            || envelope.source.as_deref() == Some(NAME) && value.is_object()
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = cdr_in(envelope).ok_or(Rejection::UnknownEnvelope)?;
        let cdr = Cdr::of(&value);
        let leg = cdr.leg()?;
        match cdr.origin(&leg) {
            Some(origin) => called_leg(&cdr, &leg, &origin),
            None => origin_leg(&cdr, &leg, context),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The record, as the body or as the field `cdr` of a form: there it is JSON, or percent-encoded once more, or base64.
fn cdr_in(envelope: &Envelope) -> Option<Value> {
    match &envelope.payload {
        Payload::Json(value @ Value::Object(_)) => Some(value.clone()),
        Payload::Form(fields) => {
            let mut fields = fields.iter();
            let (_, text) = fields.find(|(name, _)| name.eq_ignore_ascii_case("cdr"))?;
            let object = |text: &str| crate::json::read(text).ok().filter(Value::is_object);
            object(text)
                .or_else(|| object(&cdr::decoded(text)))
                .or_else(|| object(&from_base64(text)?))
        }
        Payload::Json(_) | Payload::EventBridge(_) | Payload::CloudEvents(_) | Payload::Text(_) => {
            None
        }
    }
}

/// The module does not escape the plus of base64, which a form reads as a space.
fn from_base64(text: &str) -> Option<String> {
    let text = text.trim().replace(' ', "+");
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .ok()?;
    String::from_utf8(bytes).ok()
}

/// A leg that the call's own leg called. Only a telephone of the company's that answered is part of the story: the others
/// that rang did not, and the customer who is called by an outbound call is in the record of that call's own leg.
fn called_leg(cdr: &Cdr<'_>, leg: &str, origin: &str) -> Result<Reading, Rejection> {
    let ended = cdr.time("end")?.ok_or_else(|| cdr.missing("end_epoch"))?;
    let answered = cdr.time("answer")?;
    let agent = cdr.dialled();
    let is_agents = agent
        .as_deref()
        .is_some_and(|agent| End::of(agent) == End::Inside);
    let Some(answered_at) = answered.filter(|at| is_agents && *at <= ended) else {
        return Ok(parts::not_used(NAME, "b-leg"));
    };
    let place = Place {
        queue: cdr
            .text("cc_queue")
            .and_then(|queue| parts::kept_name(&queue)),
        agent: cdr
            .text("cc_agent")
            .or_else(|| cdr.text("callee_id_name"))
            .or(agent)
            .and_then(|agent| parts::kept_name(&agent)),
    };
    let mut event = event(origin, &format!("{leg}-answered"), Fact::Answered(place))?;
    event.occurred_at = Some(answered_at);
    Ok(Reading::event(event))
}

fn origin_leg(cdr: &Cdr<'_>, leg: &str, context: &Context) -> Result<Reading, Rejection> {
    let started_at = cdr
        .time("start")?
        .ok_or_else(|| cdr.missing("start_epoch"))?;
    let ended_at = cdr.time("end")?.ok_or_else(|| cdr.missing("end_epoch"))?;
    let caller = cdr.caller();
    let dialled = cdr.dialled();
    let sides = Sides::of(caller.as_deref(), dialled.as_deref(), cdr.direction());
    let record = record(cdr, &sides, started_at, ended_at)?;
    let opening = match sides.direction {
        Some(Direction::Inbound) if !cdr.rang() => Opening::Ivr,
        Some(Direction::Inbound | Direction::Outbound) | None => Opening::Ringing,
    };
    let started = Fact::Started(Started {
        opening,
        queue: inside(dialled.as_deref(), &sides),
        ..Started::default()
    });
    let related = cdr.related(leg)?;
    let mut reading = Reading::default();
    for (id, fact, version) in [
        (format!("{leg}-started"), started, None),
        (
            format!("{leg}-cdr"),
            Fact::Record(Box::new(record)),
            Some(ended_at),
        ),
    ] {
        let mut event = event(leg, &id, fact)?;
        event.occurred_at = Some(started_at);
        event.version = version;
        event.direction = sides.direction;
        sides.customer(context.region).name_in(&mut event);
        if sides.direction == Some(Direction::Inbound) && event.customer.is_some() {
            event.customer_name = cdr.caller_name(caller.as_deref()).map(Personal::new);
        }
        event.related.clone_from(&related);
        reading.events.push(event);
    }
    Ok(reading)
}

/// The number or the extension that was asked for, where it is the company's.
fn inside(dialled: Option<&str>, sides: &Sides<'_>) -> Option<String> {
    dialled
        .filter(|_| sides.direction != Some(Direction::Outbound))
        .and_then(parts::kept_name)
}

fn record(
    cdr: &Cdr<'_>,
    sides: &Sides<'_>,
    started_at: Timestamp,
    ended_at: Timestamp,
) -> Result<CallRecord, Rejection> {
    let name = |name: &str| cdr.text(name).and_then(|text| parts::kept_name(&text));
    // A menu or a mailbox answers an inbound leg too. Somebody did when it was joined with another leg.
    let machine_answered = cdr.time("answer")?;
    let joined = cdr.joined_at()?;
    let answered_at = match (sides.direction, cdr.was_bridged()) {
        (_, true) => joined.max(machine_answered),
        (Some(Direction::Outbound), false) => machine_answered,
        (Some(Direction::Inbound) | None, false) => None,
    };
    let talk = answered_at.and_then(|at| u64::try_from(ended_at.millis_since(at)).ok());
    let queued_at = cdr.time("cc_queue_joined")?;
    let agent = match sides.direction {
        Some(Direction::Outbound) => sides.near.and_then(parts::kept_name),
        Some(Direction::Inbound) | None => answered_at.and_then(|_| {
            name("cc_agent")
                .or_else(|| name("dialed_extension"))
                .or_else(|| cdr.callee())
        }),
    };
    Ok(CallRecord {
        started_at: Some(started_at),
        ended_at: Some(ended_at),
        queued_at,
        answered_at,
        cause: name("hangup_cause"),
        agent,
        queue: name("cc_queue"),
        talk_ms: talk,
        hold_ms: cdr.hold_ms(),
        queue_ms: queued_at
            .zip(answered_at)
            .and_then(|(from, to)| u64::try_from(to.millis_since(from)).ok()),
        recording: cdr.recording(),
        ..CallRecord::default()
    })
}

fn event(key: &str, id: &str, fact: Fact) -> Result<Event, Rejection> {
    let source = parts::source(NAME);
    let interaction = parts::interaction_id(&source, key, "variables.uuid")?;
    let id = parts::event_id(id, "variables.uuid")?;
    Ok(Event::new(interaction, id, source, Channel::Call, fact))
}

/// Another interaction of the same story, known by its leg's id.
fn related(leg: &str, relation: Relation) -> Result<Related, Rejection> {
    Ok(Related {
        relation,
        interaction_id: parts::interaction_id(&parts::source(NAME), leg, "variables.bridge_uuid")?,
    })
}
