//! Twilio Event Streams: the same facts as CloudEvents, one or a list, sent again for hours where they are not taken.

use serde_json::{Map, Value};
use signatures::Scheme;

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::calls::twilio::{Delivery, summary};
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::json;
use crate::parts::{self, not_used};
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "twilio-events";
/// What all of its types begin with.
const PREFIX: &str = "com.twilio.";
/// Most events in one delivery.
const MAX_BATCH: usize = 500;
/// Types whose `data.request.parameters` are the fields of a webhook.
const REQUESTS: [&str; 3] = ["voice.status-callback.", "voice.webhook.", "voice.twiml."];
/// What else than statuses of calls is used of those, each by the field that it cannot be without.
const STEPS: [(&str, &str); 3] = [
    (".amd.", "AnsweredBy"),
    (".recording.", "RecordingStatus"),
    (".conference.", "StatusCallbackEvent"),
];
/// Types whose data is a summary of a call.
const SUMMARIES: [&str; 3] = [
    "voice.insights.call-summary.partial",
    "voice.insights.call-summary.predicted-complete",
    "voice.insights.call-summary.complete",
];

/// Twilio Event Streams.
pub(crate) struct TwilioEvents;

impl Source for TwilioEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Payload::CloudEvents(events) = &envelope.payload else {
            // One that lacks what makes it a CloudEvent still gets the rejection that names the field.
            return envelope.source.as_deref() == Some(NAME) && envelope.json().is_some();
        };
        envelope.source.as_deref() == Some(NAME)
            || events.iter().any(|event| {
                let kind = Fields::of(event).text("type");
                kind.is_some_and(|kind| kind.starts_with(PREFIX))
            })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let events = match &envelope.payload {
            Payload::CloudEvents(events) => events.as_slice(),
            Payload::Json(Value::Array(events)) => events.as_slice(),
            Payload::Json(event) => std::slice::from_ref(event),
            Payload::EventBridge(_) | Payload::Form(_) | Payload::Text(_) => {
                return Err(Rejection::UnknownEnvelope);
            }
        };
        if events.len() > MAX_BATCH {
            return Err(Rejection::TooMuch {
                what: "the number of events in one delivery",
                limit: MAX_BATCH,
            });
        }
        if let [event] = events {
            return read_event(event, context);
        }
        let mut reading = Reading::default();
        for event in events {
            reading.and(read_event(event, context));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

fn read_event(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let event = Fields::of(value);
    let name = event.required_text("type")?;
    let Some(kind) = name.strip_prefix(PREFIX) else {
        return Ok(not_used(NAME, name));
    };
    let is_request = REQUESTS.iter().any(|prefix| kind.starts_with(prefix));
    if !is_request && !SUMMARIES.contains(&kind) {
        return Ok(not_used(NAME, kind));
    }
    event.required_id("id")?;
    let data = data(&event)?;
    let data = Fields::of(&data);
    if is_request {
        return request(&event, &data, kind, context);
    }
    let sent_at = parts::required_time(&event, "time")?;
    summary::read(&data, sent_at, NAME, context.region)
}

/// The content; some sinks hold it as a text of JSON.
fn data(event: &Fields<'_>) -> Result<Value, Rejection> {
    match event.get("data") {
        None => Err(Rejection::missing("data")),
        Some(Value::String(text)) => json::read(text),
        Some(data @ Value::Object(_)) => Ok(data.clone()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            Err(Rejection::malformed("data", "is not an object"))
        }
    }
}

/// A webhook's fields, completed by what the event around them says.
fn request(
    event: &Fields<'_>,
    data: &Fields<'_>,
    kind: &str,
    context: &Context,
) -> Result<Reading, Rejection> {
    let request = data.object("request");
    let parameters = request.get("parameters").and_then(Value::as_object);
    let mut form = Value::Object(parameters.cloned().unwrap_or_default());
    complete(&mut form, "CallSid", data.get("sid").cloned());
    // What has no time in a webhook, such as a request for instructions, is the same event here.
    let tells = |field: &str| Fields::of(&form).get(field).is_some();
    let is_of_call = kind.contains(".call.");
    if !is_of_call
        && !STEPS
            .iter()
            .any(|(step, field)| kind.contains(step) && tells(field))
    {
        return Ok(not_used(NAME, kind));
    }
    if kind.starts_with("voice.twiml.") {
        complete(&mut form, "CallStatus", Some(Value::from("ringing")));
    } else if let Some((_, status)) = kind.split_once(".call.") {
        complete(&mut form, "CallStatus", Some(Value::from(status)));
        let at = data.get("timestamp").or_else(|| event.get("time"));
        complete(&mut form, "Timestamp", at.cloned());
        if Fields::of(&form).get("Timestamp").is_none() {
            return Err(Rejection::missing("time"));
        }
    }
    let delivery = Delivery {
        fields: Fields::of(&form),
        name: NAME,
        region: context.region,
    };
    delivery.read()
}

/// Sets a field that is not there.
fn complete(form: &mut Value, name: &str, value: Option<Value>) {
    let is_there = Fields::of(form).get(name).is_some();
    let fields: Option<&mut Map<_, _>> = form.as_object_mut();
    if let (Some(fields), Some(value), false) = (fields, value, is_there) {
        fields.insert(name.to_owned(), value);
    }
}

static ABOUT: About = About {
    title: "Twilio Event Streams",
    summary: "Twilio's calls as a stream of events that is sent again for hours where it is not taken.",
    setup: &[
        "In the Twilio console, open Event Streams, Manage, Create new sink, and choose Webhook.",
        "Set the destination to `{url}`, the method to POST; batching may be on or off.",
        "Create a subscription of this sink to the types `com.twilio.voice.status-callback.call.initiated`, `.ringing`, `.answered`, `.completed`, to `com.twilio.voice.twiml.call.requested`, and, where Voice Insights is active, to `com.twilio.voice.insights.call-summary.partial` and `.complete`.",
        "Store the account's auth token as this source's secret.",
    ],
    kinds: &[
        Kind {
            name: "com.twilio.voice.status-callback.call.initiated",
            fixture: "call-initiated.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.call.ringing",
            fixture: "call-ringing.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.call.answered",
            fixture: "call-answered.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.call.completed",
            fixture: "call-completed.json",
        },
        Kind {
            name: "com.twilio.voice.webhook.status-callback.call.*",
            fixture: "call-answered-old-type.json",
        },
        Kind {
            name: "com.twilio.voice.twiml.call.requested",
            fixture: "twiml-requested.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.amd.detected",
            fixture: "amd-detected.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.recording.processed",
            fixture: "recording-processed.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.conference.participant.updated",
            fixture: "conference-participant.json",
        },
        Kind {
            name: "com.twilio.voice.insights.call-summary.partial",
            fixture: "summary-partial.json",
        },
        Kind {
            name: "com.twilio.voice.insights.call-summary.complete",
            fixture: "summary-complete.json",
        },
        Kind {
            name: "com.twilio.voice.status-callback.announcement.processed (ignored)",
            fixture: "announcement.json",
        },
        Kind {
            name: "other com.twilio.* types (ignored)",
            fixture: "message-delivered.json",
        },
    ],
    limits: &[
        "It tells of the same calls as Twilio Voice, under the same ids: a call that is connected both ways is one call.",
        "Status callbacks come only for calls whose TwiML or API request asks for them, as with the webhook.",
        "Events come up to seconds after they happen, and a call's complete summary up to half an hour: for a screen pop connect Twilio Voice as well.",
        "The summary of a leg that a call dialled is ignored, since it ends before the call does.",
        "Messaging, Conversations, TaskRouter and all other types are ignored by name.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Twilio],
        headers: &[],
        batch: Batch::List,
        answer: Answer::Accepted,
        handshake: Handshake::None,
        retries: "Twilio sends an event again for up to four hours, with growing pauses, after 429, 5xx or no answer. Any other 4xx makes it discard the event.",
    }),
};
