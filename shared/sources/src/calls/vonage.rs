//! Vonage Voice: the event webhook's JSON, and the answer webhook's.
//!
//! A conversation has legs, each with its own `uuid`; the customer's is the inbound one, or the outbound one that goes
//! to a number. A leg that goes to an app's user, a SIP address without a number, an extension or a WebSocket is an
//! agent's. `started` and `ringing` carry the same time; the order of what they say decides.

mod about;
mod parties;

use signatures::Scheme;
use timeline::{Channel, Ended, Event, Fact, Opening, Place, Related, Relation, Started};

use crate::about::{About, Answer, Batch, Handshake, Webhook};
use crate::calls::twilio::updated;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{self, kept_name, not_used};
use crate::reading::{Context, Reading, Rejection, Source};
use parties::{Leg, Parties};

const NAME: &str = "vonage";

/// Vonage Voice.
pub(crate) struct Vonage;

impl Source for Vonage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(object) = envelope.object() else {
            return false;
        };
        let fields = Fields::of(&object);
        envelope.source.as_deref() == Some(NAME)
            || fields.get("conversation_uuid").is_some()
            || fields.get("conversation_uuid_from").is_some()
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let object = envelope.object().ok_or(Rejection::UnknownEnvelope)?;
        let fields = Fields::of(&object);
        let has = |name: &str| fields.get(name).is_some();
        if has("conversation_uuid_from") || has("conversation_uuid_to") {
            return transferred(&fields);
        }
        if let Some(status) = fields.text("status") {
            return status_of(&fields, status, context);
        }
        if has("recording_url") {
            return recorded(&fields);
        }
        if has("dtmf") || has("speech") {
            return Ok(not_used(NAME, "input"));
        }
        if has("payload") {
            return Ok(not_used(NAME, "notify"));
        }
        if has("reason") {
            return Ok(not_used(NAME, "error"));
        }
        if has("timestamp") || !has("to") {
            return Err(Rejection::missing("status"));
        }
        asked(&fields, context)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// Where a leg is in its life.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Begun,
    Answered,
    Human,
    Machine,
    Over,
    /// Over, and nobody took it while it rang.
    Missed,
}

impl Status {
    fn of(word: &str) -> Option<Self> {
        match word {
            "started" | "ringing" => Some(Self::Begun),
            "answered" => Some(Self::Answered),
            "human" => Some(Self::Human),
            "machine" => Some(Self::Machine),
            "completed" | "busy" | "rejected" | "failed" => Some(Self::Over),
            "cancelled" | "canceled" | "timeout" | "unanswered" => Some(Self::Missed),
            _ => None,
        }
    }
}

fn status_of(fields: &Fields<'_>, status: &str, context: &Context) -> Result<Reading, Rejection> {
    let word = status.trim().to_ascii_lowercase();
    let Some(status) = Status::of(&word) else {
        return Ok(not_used(NAME, &word));
    };
    let leg = leg_id(fields)?;
    let at = parts::required_time(fields, "timestamp")?;
    let parties = Parties::of(fields, fields.text("direction"), context.region);
    let stamped = |id: String, fact: Fact| -> Result<Event, Rejection> {
        let mut event = event(fields, "conversation_uuid", &id, fact)?;
        event.occurred_at = Some(at);
        parties.name_in(&mut event);
        Ok(event)
    };
    let mut reading = Reading::default();
    if status == Status::Missed && parties.leg == Leg::In {
        // That it rang for nobody is all that is ever said of its ringing.
        let rang = Fact::Started(Started::default());
        reading.events.push(stamped(format!("{leg}-rang"), rang)?);
    }
    let detail = fields.text("sub_state");
    let id = match detail {
        Some(detail) => format!("{leg}-{word}-{detail}"),
        None => format!("{leg}-{word}"),
    };
    let fact = fact(fields, status, &word, &parties);
    reading.events.push(stamped(id, fact)?);
    Ok(reading)
}

fn fact(fields: &Fields<'_>, status: Status, word: &str, parties: &Parties) -> Fact {
    let detail = fields.text("detail");
    match (status, parties.leg) {
        (Status::Begun | Status::Answered | Status::Over | Status::Missed, Leg::Machine) => {
            updated([("machine_leg_status", Some(word))])
        }
        (Status::Begun, leg) => Fact::Started(Started {
            opening: match leg {
                // The application takes it first; who is rung is told by another leg.
                Leg::In | Leg::Machine | Leg::Unknown => Opening::Ivr,
                Leg::Out | Leg::Agents => Opening::Ringing,
            },
            ringing: parties.agent.iter().cloned().collect(),
            ..Started::default()
        }),
        (Status::Answered, Leg::Out | Leg::Agents) => Fact::Answered(Place {
            agent: parties.agent.clone(),
            queue: None,
        }),
        (Status::Human | Status::Machine, _) => {
            let state = fields.text("sub_state");
            updated([("answered_by", Some(word)), ("machine_state", state)])
        }
        (Status::Answered, Leg::In | Leg::Unknown) => updated([("call_status", Some(word))]),
        // The agent is gone; the call may go on with another.
        (Status::Over | Status::Missed, Leg::Agents) => updated([
            ("leg_status", Some(word)),
            ("leg_detail", detail),
            ("leg_of", parties.agent.as_deref()),
        ]),
        (Status::Over | Status::Missed, Leg::In | Leg::Out | Leg::Unknown) => Fact::Ended(Ended {
            cause: kept_name(&match detail {
                Some(detail) => format!("{word}: {detail}"),
                None => word.to_owned(),
            }),
            forwarded: false,
        }),
    }
}

/// Somebody calls, and Vonage asks what to do. It asks so for calls that come in; those that go out name the address to
/// ask when they are made. It has no time.
fn asked(fields: &Fields<'_>, context: &Context) -> Result<Reading, Rejection> {
    let leg = leg_id(fields)?;
    let direction = fields.text("direction").or(Some("inbound"));
    let parties = Parties::of(fields, direction, context.region);
    let fact = fact(fields, Status::Begun, "started", &parties);
    let mut event = event(fields, "conversation_uuid", &format!("{leg}-asked"), fact)?;
    parties.name_in(&mut event);
    Ok(Reading::event(event))
}

/// A recording is ready.
fn recorded(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let id = fields.required_id("recording_uuid")?;
    let at = parts::required_time(fields, "timestamp")?;
    let fact = updated([("recording", fields.text("recording_url"))]);
    let mut event = event(
        fields,
        "conversation_uuid",
        &format!("recording-{id}"),
        fact,
    )?;
    event.occurred_at = Some(at);
    Ok(Reading::event(event))
}

/// A leg goes on in another conversation: the one is over, and the other continues it.
fn transferred(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let leg = leg_id(fields)?;
    let at = parts::required_time(fields, "timestamp")?;
    let ended = Fact::Ended(Ended {
        cause: Some("transfer".to_owned()),
        forwarded: true,
    });
    let id = format!("{leg}-transfer");
    let mut before = event(fields, "conversation_uuid_from", &id, ended)?;
    let arrived = updated([("call_status", Some("transfer"))]);
    let mut after = event(fields, "conversation_uuid_to", &id, arrived)?;
    if before.interaction_id == after.interaction_id {
        return Ok(not_used(NAME, "transfer-to-itself"));
    }
    before.occurred_at = Some(at);
    after.occurred_at = Some(at);
    before.related = vec![Related {
        relation: Relation::Next,
        interaction_id: after.interaction_id.clone(),
    }];
    after.related = vec![Related {
        relation: Relation::Previous,
        interaction_id: before.interaction_id.clone(),
    }];
    let mut reading = Reading::event(before);
    reading.events.push(after);
    Ok(reading)
}

fn leg_id(fields: &Fields<'_>) -> Result<String, Rejection> {
    match fields.id("call_uuid") {
        Some(id) => Ok(id),
        None => fields.required_id("uuid"),
    }
}

fn event(
    fields: &Fields<'_>,
    conversation: &'static str,
    id: &str,
    fact: Fact,
) -> Result<Event, Rejection> {
    let source = parts::source(NAME);
    let key = fields.required_id(conversation)?;
    let interaction = parts::interaction_id(&source, &key, conversation)?;
    let id = parts::event_id(id, "uuid")?;
    Ok(Event::new(interaction, id, source, Channel::Call, fact))
}

static WEBHOOK: Webhook = Webhook {
    proof: &[Scheme::JwtOfBody],
    headers: &[],
    batch: Batch::Whole,
    answer: Answer::Ok,
    handshake: Handshake::None,
    retries: "Vonage waits about a second to connect and five for the answer. An event that is not taken with 200 or 204 is tried at most once more, and only after a broken connection, a timeout, 429, 503 or 504.",
};
