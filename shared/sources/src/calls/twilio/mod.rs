//! What Twilio says of calls: in the forms of its webhooks, and in Event Streams, which hold the same fields.
//!
//! A call is its `CallSid`. What `<Dial>` rings is a leg of its own with the `ParentCallSid` of the call; what happens
//! to it is told in that call, since it is the customer's: who is rung, who answers. Such a leg names no customer. It
//! goes to an agent's telephone in an inbound call and to the customer in one that an agent's browser began, and its
//! own fields do not tell which; the call's do.
//!
//! An event is a status of a leg, which each leg enters once, so that it is one event whichever way it comes and
//! however its sequence is numbered there.

mod call;
pub(in crate::calls) mod line;
mod parties;
mod steps;
pub(in crate::calls) mod summary;

use std::collections::BTreeMap;

use timeline::{
    Channel, Event, Fact, InteractionId, Personal, Region, Source, Timestamp, Updated, cut,
};

use crate::fields::Fields;
use crate::parts::{self, not_used};
use crate::reading::{Reading, Rejection};
use parties::Parties;

/// The source's name in ids. Webhooks and Event Streams share it, so that both find the same call.
const SYSTEM: &str = "twilio";
/// Longest value of an attribute that is kept, in bytes.
const MAX_ATTRIBUTE: usize = 4096;

/// One callback or request for instructions.
pub(in crate::calls) struct Delivery<'a> {
    /// Its fields.
    pub(in crate::calls) fields: Fields<'a>,
    /// The name under which what is not used is counted.
    pub(in crate::calls) name: &'static str,
    /// The region of national numbers.
    pub(in crate::calls) region: Option<Region>,
}

/// Fields of what comes to the same address and tells nothing of a call's story, and the name for it. In this order:
/// the first that is there says what it is.
const OTHERS: [(&str, &str); 19] = [
    ("MessageSid", "message"),
    ("SmsSid", "message"),
    ("MessageStatus", "message"),
    ("FaxSid", "fax"),
    ("RoomSid", "room"),
    ("TranscriptionEvent", "transcription"),
    ("StreamSid", "stream"),
    ("SiprecSid", "siprec"),
    ("PaymentSid", "payment"),
    ("PaymentConnector", "payment"),
    ("PaymentMethod", "payment"),
    ("ReferTransferTarget", "refer"),
    ("HandoffData", "conversation-relay"),
    ("SessionStatus", "conversation-relay"),
    ("Digits", "gather"),
    ("SpeechResult", "gather"),
    ("UnstableSpeechResult", "gather"),
    ("StableSpeechResult", "gather"),
    ("FinishedOnKey", "gather"),
];

impl<'a> Delivery<'a> {
    pub(in crate::calls) fn read(&self) -> Result<Reading, Rejection> {
        let fields = &self.fields;
        let has = |name: &str| fields.get(name).is_some();
        // Conversations and TaskRouter say with it what they are.
        if let Some(event) = fields.text("EventType") {
            return Ok(not_used(self.name, event));
        }
        if has("RecordingSid") && has("RecordingStatus") {
            return steps::recording(self);
        }
        if has("TranscriptionSid") && !has("TranscriptionEvent") {
            return steps::transcription(self);
        }
        let of_call = ["DialCallStatus", "CallbackSource", "CallDuration"];
        if has("RecordingUrl") && !of_call.into_iter().any(has) {
            return Ok(not_used(self.name, "record-action"));
        }
        if let Some((_, other)) = OTHERS.iter().find(|(field, _)| has(field)) {
            return Ok(not_used(self.name, other));
        }
        if let Some(event) = fields.text("StatusCallbackEvent") {
            return steps::conference(self, event);
        }
        if has("DialCallStatus") {
            return steps::dialled(self);
        }
        if has("QueueSid") || has("QueueResult") {
            return steps::queue(self);
        }
        if has("AnsweredBy") && !has("CallStatus") {
            return steps::machine(self);
        }
        call::status(self)
    }

    fn leg(&self) -> Result<Leg<'a>, Rejection> {
        let sid = self.fields.required_text("CallSid")?.trim();
        let parent = self.fields.text("ParentCallSid").map(str::trim);
        Ok(Leg {
            sid,
            parent: parent.filter(|parent| !parent.is_empty() && *parent != sid),
        })
    }

    /// An event of this leg with what every delivery says of its call.
    fn event(&self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        let leg = self.leg()?;
        let mut event = event_of(leg.call(), &leg.id(id), fact)?;
        self.parties().name_in(&mut event, leg.parent.is_some());
        Ok(event)
    }

    fn parties(&self) -> Parties {
        Parties::of(
            self.fields.text("From"),
            self.fields.text("To"),
            self.fields.text("Direction"),
            self.fields.text("CallerName"),
            self.region,
        )
    }

    /// When it happened, in seconds. Requests for instructions have no time.
    fn time(&self) -> Result<Option<Timestamp>, Rejection> {
        parts::time(&self.fields, "Timestamp")
    }
}

/// A leg of a call.
struct Leg<'a> {
    sid: &'a str,
    parent: Option<&'a str>,
}

impl Leg<'_> {
    /// The call that it belongs to, which is the leg itself where it began one.
    fn call(&self) -> &str {
        self.parent.unwrap_or(self.sid)
    }

    /// An event's id within the call.
    fn id(&self, kind: &str) -> String {
        match self.parent {
            Some(_) => format!("{}-{kind}", self.sid),
            None => kind.to_owned(),
        }
    }
}

fn event_of(call: &str, id: &str, fact: Fact) -> Result<Event, Rejection> {
    let source: Source = parts::source(SYSTEM);
    let call: InteractionId = parts::interaction_id(&source, call, "CallSid")?;
    let id = parts::event_id(id, "CallSid")?;
    Ok(Event::new(call, id, source, Channel::Call, fact))
}

/// More about a call, as names and values.
pub(in crate::calls) fn updated<const N: usize>(attributes: [(&str, Option<&str>); N]) -> Fact {
    let kept = attributes.into_iter().filter_map(|(name, value)| {
        let value = cut(value?.trim(), MAX_ATTRIBUTE);
        (!value.is_empty()).then(|| (name.to_owned(), Personal::new(value)))
    });
    Fact::Updated(Updated {
        attributes: kept.collect::<BTreeMap<_, _>>(),
    })
}

/// Whether a machine took the call, so that nobody has spoken with the customer.
fn is_machine(answered_by: &str) -> bool {
    answered_by.starts_with("machine") || answered_by == "fax"
}
