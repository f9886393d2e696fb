//! Plivo Voice: forms to the answer, ring, hangup and callback URLs.
//!
//! Plivo writes times without their zone (`2026-03-02 09:15:00`), and which one it is depends on the field and the
//! account. So they are no clock: an event is its kind, once per call or leg, and the order is that of the states.

mod about;
mod parties;

use serde_json::Value;
use timeline::{Channel, Direction, Ended, Event, Fact, Opening, Place, Started};

use crate::about::About;
use crate::calls::twilio::updated;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::{self, kept_name, not_used};
use crate::reading::{Context, Reading, Rejection, Source};
use parties::Parties;

const NAME: &str = "plivo";
/// What stands in the place of an agent or a customer when a machine answers.
const MACHINE: &str = "machine";

/// Plivo Voice.
pub(crate) struct Plivo;

/// Fields of what tells nothing of a call's story, and the name for it.
const OTHERS: [(&str, &str); 9] = [
    ("MessageUUID", "message"),
    ("ConferenceAction", "conference"),
    ("ConferenceUUID", "conference"),
    ("MPCName", "multi-party-call"),
    ("StreamID", "stream"),
    ("Digits", "input"),
    ("Speech", "input"),
    ("UnstableSpeech", "input"),
    ("StableSpeech", "input"),
];

impl Source for Plivo {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(object) = envelope.object() else {
            return false;
        };
        let fields = Fields::of(&object);
        let has = |name: &str| fields.get(name).is_some();
        envelope.source.as_deref() == Some(NAME)
            || (has("CallUUID") && (has("CallStatus") || has("Event") || has("DialAction")))
            || (has("CallStatus") && (has("RequestUUID") || has("HangupCauseCode")))
            || (has("MessageUUID") && has("From") && has("To"))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let object = envelope.object().ok_or(Rejection::UnknownEnvelope)?;
        let fields = Fields::of(&object);
        let has = |name: &str| fields.get(name).is_some();
        let request = Request {
            fields,
            parties: Parties::of(&fields, context.region),
        };
        // Number masking and multi-party calls say so what they tell.
        if let Some(event) = fields.text("EventName") {
            return Ok(not_used(NAME, event));
        }
        if let Some((_, other)) = OTHERS.iter().find(|(field, _)| has(field)) {
            return Ok(not_used(NAME, other));
        }
        if has("RecordUrl") || has("RecordingID") {
            return request.recorded();
        }
        if has("DialAction") || has("DialBLegStatus") {
            return request.leg();
        }
        if has("DialStatus") {
            return request.dialled();
        }
        let is_detection = fields
            .text("Event")
            .is_none_or(|event| event.eq_ignore_ascii_case("MachineDetection"));
        if is_detection && has("Machine") {
            return request.machine();
        }
        request.status()
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// One request of Plivo's.
struct Request<'a> {
    fields: Fields<'a>,
    parties: Parties,
}

impl Request<'_> {
    fn status(&self) -> Result<Reading, Rejection> {
        let word = |name: &str| {
            let text = self.fields.text(name)?.trim();
            Some(text.to_ascii_lowercase())
        };
        let event = word("Event").unwrap_or_default();
        let status = word("CallStatus").unwrap_or_default();
        let outbound = word("Direction").is_some_and(|direction| direction == "outbound");
        match (event.as_str(), status.as_str()) {
            ("hangup", _)
            | (
                "",
                "completed" | "busy" | "failed" | "timeout" | "no-answer" | "cancel" | "canceled",
            ) => self.ended(&status),
            ("startapp", _) | ("", "ringing" | "in-progress") if !outbound => {
                self.one("start", self.started())
            }
            ("ring" | "startapp" | "", "ringing") | ("ring", _) => {
                self.one("ringing", self.started())
            }
            ("startapp", _) | ("", "in-progress") => self.one("answered", self.answered()),
            ("", "") => Err(Rejection::missing("CallStatus")),
            ("", other) => Ok(not_used(NAME, other)),
            (other, _) => Ok(not_used(NAME, other)),
        }
    }

    fn started(&self) -> Fact {
        let rings = self.is_child() || self.parties.direction == Some(Direction::Outbound);
        Fact::Started(Started {
            opening: if rings {
                Opening::Ringing
            } else {
                Opening::Ivr
            },
            ringing: if rings {
                self.parties.agent.iter().cloned().collect()
            } else {
                Vec::new()
            },
            ..Started::default()
        })
    }

    /// Somebody took it; when it was a machine, nobody did.
    fn answered(&self) -> Fact {
        if self.is_machine() {
            return updated([("answered_by", Some(MACHINE))]);
        }
        Fact::Answered(Place {
            agent: self.parties.agent.clone(),
            queue: None,
        })
    }

    fn ended(&self, status: &str) -> Result<Reading, Rejection> {
        let fields = &self.fields;
        let cause = ["HangupCauseName", "HangupCause", "CallStatus"];
        let cause = cause.iter().find_map(|name| fields.text(name));
        if self.is_child() {
            let fact = updated([("dial_status", Some(status)), ("dial_cause", cause)]);
            return self.one("ended", fact);
        }
        let mut reading = Reading::default();
        let missed = matches!(status, "no-answer" | "timeout" | "cancel" | "canceled");
        if missed && self.parties.direction == Some(Direction::Inbound) {
            let rang = Fact::Started(Started::default());
            reading.events.push(self.event("rang", rang)?);
        }
        let fact = Fact::Ended(Ended {
            cause: cause.and_then(kept_name),
            forwarded: false,
        });
        reading.events.push(self.event("ended", fact)?);
        Ok(reading)
    }

    /// What becomes of somebody whom `<Dial>` rings. The call itself goes on.
    fn leg(&self) -> Result<Reading, Rejection> {
        let fields = &self.fields;
        let action = fields.text("DialAction").or(fields.text("DialBLegStatus"));
        let action = action.unwrap_or_default().trim().to_ascii_lowercase();
        let agent = fields.text("DialBLegTo").and_then(parties::agent);
        let fact = match action.as_str() {
            "ring" | "ringing" => Fact::Started(Started {
                ringing: agent.into_iter().collect(),
                ..Started::default()
            }),
            // First it is taken, and then the two are connected: once is enough.
            "answer" => Fact::Answered(Place { agent, queue: None }),
            "hangup" => {
                let cause = ["DialBLegHangupCauseName", "DialBLegHangupCause"];
                let cause = cause.iter().find_map(|name| fields.text(name));
                updated([
                    ("dial_status", Some("hangup")),
                    ("dial_cause", cause),
                    ("dialled", agent.as_deref()),
                ])
            }
            other => return Ok(not_used(NAME, &format!("Dial-{other}"))),
        };
        let leg = fields.required_id("DialBLegUUID")?;
        self.one(&format!("dial-{leg}-{action}"), fact)
    }

    /// `<Dial>` is done, and says what became of it.
    fn dialled(&self) -> Result<Reading, Rejection> {
        let status = self.fields.required_text("DialStatus")?.trim();
        let status = status.to_ascii_lowercase();
        let fact = match status.as_str() {
            "completed" => Fact::Answered(Place::default()),
            "busy" | "failed" | "cancel" | "timeout" | "no-answer"
                if self.parties.direction == Some(Direction::Inbound) =>
            {
                Fact::Started(Started {
                    initiation: Some(format!("dial {status}")),
                    ..Started::default()
                })
            }
            _ => updated([("dial_status", Some(&status))]),
        };
        let id = match self.fields.id("DialBLegUUID") {
            Some(leg) => format!("dialled-{leg}-{status}"),
            None => format!("dialled-{status}"),
        };
        self.one(&id, fact)
    }

    fn recorded(&self) -> Result<Reading, Rejection> {
        let fields = &self.fields;
        let id = fields.required_id("RecordingID")?;
        let Some(url) = fields.text("RecordUrl") else {
            return Ok(not_used(NAME, "recording-without-address"));
        };
        let seconds = fields.id("RecordingDuration");
        let fact = updated([
            ("recording", Some(url)),
            ("recording_seconds", seconds.as_deref()),
        ]);
        self.one(&format!("recording-{id}"), fact)
    }

    fn machine(&self) -> Result<Reading, Rejection> {
        let by = if self.is_machine() { MACHINE } else { "human" };
        self.one("machine-detection", updated([("answered_by", Some(by))]))
    }

    fn is_machine(&self) -> bool {
        let machine = self.fields.get("Machine");
        machine.and_then(Value::as_bool).unwrap_or_else(|| {
            let word = machine.and_then(Value::as_str).unwrap_or_default();
            word.trim().eq_ignore_ascii_case("true")
        })
    }

    fn one(&self, id: &str, fact: Fact) -> Result<Reading, Rejection> {
        Ok(Reading::event(self.event(id, fact)?))
    }

    /// An event with what every request says of its call. A leg that a call dialled is told in that call, and names no
    /// customer.
    fn event(&self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        let call = self.fields.required_id("CallUUID")?;
        let source = parts::source(NAME);
        let (key, id) = match self.parent() {
            Some(parent) => (parent, format!("{call}-{id}")),
            None => (call, id.to_owned()),
        };
        let interaction = parts::interaction_id(&source, &key, "CallUUID")?;
        let id = parts::event_id(&id, "CallUUID")?;
        let mut event = Event::new(interaction, id, source, Channel::Call, fact);
        if !self.is_child() {
            self.parties.name_in(&mut event);
        }
        Ok(event)
    }

    /// The call that dialled this leg.
    fn parent(&self) -> Option<String> {
        let call = self.fields.id("CallUUID");
        let first = self.fields.id("ALegUUID");
        first.filter(|first| Some(first) != call.as_ref())
    }

    fn is_child(&self) -> bool {
        self.parent().is_some()
    }
}
