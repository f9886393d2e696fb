//! The generic CTI push that Zammad and sipgate.io speak, as form or JSON: `newCall`, `answer`, `hangup`. Placetel
//! speaks the same with other names: `IncomingCall`, `OutgoingCall`, `CallAccepted`, `HungUp`.
//!
//! It has no clock and no event ids: an event is its kind, once per call, and the order is that of the states.

mod about;

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{
    Caller, Channel, Direction, Ended, Event, EventId, Fact, Opening, Personal, Place, Plan,
    Region, Related, Relation, Started, Updated, cut,
};

use super::contact::{MAX_NAME, plain};
use crate::about::About;
use crate::address::Address;
use crate::envelope::{Envelope, Payload};
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "cti";
/// Most agents at whom a call rings that are kept.
const MAX_RINGING: usize = 32;

/// Zammad's and sipgate's generic CTI push.
pub(crate) struct Cti;

impl Source for Cti {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By a known `event`, or by a call's id with what else such a push has. One that lacks the id or the event is
    /// recognised too, so that its rejection names the field.
    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(push) = Push::of(envelope) else {
            return false;
        };
        let known = push
            .first(EVENT)
            .is_some_and(|event| Kind::of(event).is_some());
        let is_form = matches!(envelope.payload, Payload::Form(_));
        let called = push.has(CALL_ID);
        let directed = push.has(DIRECTION) || push.has("from") || push.has("to");
        (known && (is_form || called || directed)) || (called && (push.has(EVENT) || directed))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        read(NAME, envelope, context)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// Whether it has the push's form: what it lacks, its rejection names.
pub(super) fn is_push(envelope: &Envelope) -> bool {
    Push::of(envelope).is_some()
}

/// Reads a push as the interaction source `name`'s.
pub(super) fn read(
    name: &'static str,
    envelope: &Envelope,
    context: &Context,
) -> Result<Reading, Rejection> {
    let push = Push::of(envelope).ok_or(Rejection::UnknownEnvelope)?;
    let event = push
        .first(EVENT)
        .ok_or_else(|| Rejection::missing("event"))?;
    let Some(kind) = Kind::of(event) else {
        return Ok(Reading::ignored(format!("{name} {}", plain(event))));
    };
    let Some((id, fact)) = kind.fact(&push) else {
        return Ok(Reading::ignored(format!("{name} dtmf")));
    };
    let source = parts::source(name);
    let interaction_id = |call: &str| parts::interaction_id(&source, call, "callId").ok();
    let call = push
        .first(CALL_ID)
        .and_then(interaction_id)
        .ok_or_else(|| Rejection::missing("callId"))?;
    let id = EventId::new(id).map_err(|_| Rejection::missing("event"))?;
    let mut event = Event::new(call, id, source.clone(), Channel::Call, fact);
    event.direction = push.direction()?;
    let has_numbers = push.first("from").or_else(|| push.first("to")).is_some();
    if matches!(kind, Kind::NewCall) && event.direction.is_none() && has_numbers {
        // Without it nobody can tell which of the two numbers is the customer's.
        return Err(Rejection::missing(DIRECTION));
    }
    push.customer(event.direction, context.region)
        .name_in(&mut event);
    event.related = push
        .first("origcallid")
        .or_else(|| push.first("originalcallid"))
        .and_then(interaction_id)
        .map(|interaction_id| Related {
            relation: Relation::Previous,
            interaction_id,
        })
        .into_iter()
        .collect();
    Ok(Reading::event(event))
}

/// Names of fields as [`folded`] leaves them.
const EVENT: &str = "event";
const CALL_ID: &str = "callid";
const DIRECTION: &str = "direction";
/// What stands in the place of an agent when a machine answers.
const VOICEMAIL: &str = "voicemail";

#[derive(Clone, Copy)]
enum Kind {
    NewCall,
    Answer,
    Hangup,
    Dtmf,
}

impl Kind {
    fn of(event: &str) -> Option<Self> {
        match folded(event.trim()).as_str() {
            "newcall" | "incomingcall" | "outgoingcall" => Some(Self::NewCall),
            "answer" | "callaccepted" => Some(Self::Answer),
            "hangup" | "hungup" => Some(Self::Hangup),
            "dtmf" => Some(Self::Dtmf),
            _ => None,
        }
    }

    /// The event's id within its call and what it says; `None` for a key press, which is part of no story.
    fn fact(self, push: &Push) -> Option<(&'static str, Fact)> {
        let queue = push.name("queue");
        match self {
            Self::NewCall => Some((
                "new-call",
                Fact::Started(Started {
                    opening: Opening::Ringing,
                    queue,
                    ringing: push.agents(),
                    ..Started::default()
                }),
            )),
            // A machine took it: nobody has spoken with the customer, who counts as having hung up unanswered.
            Self::Answer if push.is_voicemail() => Some((
                "answer-voicemail",
                Fact::Updated(Updated {
                    attributes: BTreeMap::from([(
                        "answered_by".to_owned(),
                        Personal::new(VOICEMAIL),
                    )]),
                }),
            )),
            Self::Answer => Some((
                "answer",
                Fact::Answered(Place {
                    queue,
                    agent: push.agents().into_iter().next().or_else(|| push.taker()),
                }),
            )),
            Self::Hangup => {
                // Placetel's word for it.
                let placetel = || push.is_named("hungup").then(|| push.name("type"))?;
                let cause = push.name("cause").or_else(placetel);
                Some((
                    "hangup",
                    Fact::Ended(Ended {
                        forwarded: cause
                            .as_deref()
                            .is_some_and(|cause| cause.eq_ignore_ascii_case("forwarded")),
                        cause,
                    }),
                ))
            }
            Self::Dtmf => None,
        }
    }
}

/// The fields of a push under their folded names. A list is several fields of one name, in a form as in JSON.
struct Push(Vec<(String, String)>);

impl Push {
    /// `None` for what is neither a form nor a JSON object.
    fn of(envelope: &Envelope) -> Option<Self> {
        let mut fields = Vec::new();
        match &envelope.payload {
            Payload::Form(form) => {
                for (name, value) in form {
                    keep(&mut fields, name, value);
                }
            }
            Payload::Json(Value::Object(object)) => {
                for (name, value) in object {
                    match value.as_array() {
                        Some(items) => {
                            for item in items {
                                keep_scalar(&mut fields, name, item);
                            }
                        }
                        None => keep_scalar(&mut fields, name, value),
                    }
                }
            }
            Payload::Json(_)
            | Payload::EventBridge(_)
            | Payload::CloudEvents(_)
            | Payload::Text(_) => return None,
        }
        Some(Self(fields))
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(field, _)| field == name)
            .map(|(_, value)| value.as_str())
    }

    fn first<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.all(name).next()
    }

    fn has(&self, name: &str) -> bool {
        self.first(name).is_some()
    }

    fn name(&self, name: &str) -> Option<String> {
        self.first(name).map(|text| cut(text, MAX_NAME).to_owned())
    }

    /// Whether the event has this name, folded.
    fn is_named(&self, name: &str) -> bool {
        self.first(EVENT).is_some_and(|event| folded(event) == name)
    }

    fn is_voicemail(&self) -> bool {
        let mut users = self.all("user");
        users
            .next()
            .is_some_and(|user| user.eq_ignore_ascii_case(VOICEMAIL))
    }

    /// Names of the agents, or their ids where there are no names.
    fn agents(&self) -> Vec<String> {
        let fields = ["user", "userid", "peer"];
        let field = fields.into_iter().find(|field| self.has(field));
        self.all(field.unwrap_or_default())
            .take(MAX_RINGING)
            .map(|agent| cut(agent, MAX_NAME).to_owned())
            .collect()
    }

    /// Who took an inbound call where no name is given: an extension, a login or a number. The dialled number is
    /// nobody in particular, and that of an outbound call is the customer's.
    fn taker(&self) -> Option<String> {
        let inbound = self.direction() == Ok(Some(Direction::Inbound));
        self.name("answeringnumber")
            .filter(|taker| inbound && self.first("to") != Some(taker.as_str()))
    }

    /// Who began the call; `None` where the push does not tell.
    ///
    /// # Errors
    /// When it tells in a word that is no direction.
    fn direction(&self) -> Result<Option<Direction>, Rejection> {
        let word = self.first(DIRECTION).map(str::to_ascii_lowercase);
        match word.as_deref() {
            Some("in" | "inbound") => Ok(Some(Direction::Inbound)),
            Some("out" | "outbound") => Ok(Some(Direction::Outbound)),
            Some(_) => Err(Rejection::malformed(DIRECTION, "is neither `in` nor `out`")),
            None if self.is_named("incomingcall") => Ok(Some(Direction::Inbound)),
            None if self.is_named("outgoingcall") => Ok(Some(Direction::Outbound)),
            None => Ok(None),
        }
    }

    /// The far side of the call. The near side is the company's own number: it gives the region in which a national
    /// number is read, and is nobody's identity.
    fn customer(&self, direction: Option<Direction>, region: Option<Region>) -> Address {
        let (far, near) = match direction {
            Some(Direction::Inbound) => (self.first("from"), self.first("to")),
            Some(Direction::Outbound) => (self.first("to"), self.first("from")),
            None => (None, None),
        };
        let Some(far) = far else {
            return Address::Nobody;
        };
        let near_number = match Caller::read(near.unwrap_or_default(), Plan::International(region))
        {
            Ok(Caller::Number(number)) => Some(number),
            Ok(Caller::Withheld) | Err(_) => None,
        };
        let near_region = near_number.as_ref().and_then(|number| number.region());
        let plan = Plan::International(near_region.or(region));
        let own = near.map(|near| Address::caller(near, plan));
        Address::caller(far, plan).unless_own(own.as_ref())
    }
}

fn keep(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    let value = value.trim();
    if !value.is_empty() {
        fields.push((folded(name), value.to_owned()));
    }
}

fn keep_scalar(fields: &mut Vec<(String, String)>, name: &str, value: &Value) {
    match value {
        Value::String(text) => keep(fields, name, text),
        Value::Number(number) => keep(fields, name, &number.to_string()),
        // No direction at all would be another thing to say than one that is none.
        Value::Bool(_) | Value::Array(_) | Value::Object(_) if folded(name) == DIRECTION => {
            fields.push((DIRECTION.to_owned(), String::new()));
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
    }
}

/// One form of `callId`, `call_id` and `callid`, of `user`, `user[]` and `user[0]`.
fn folded(name: &str) -> String {
    let name = name.split('[').next().unwrap_or(name);
    name.chars()
        .filter(|c| !matches!(c, '_' | '-'))
        .map(|c| c.to_ascii_lowercase())
        .collect()
}
