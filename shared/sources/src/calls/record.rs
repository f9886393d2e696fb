//! Amazon Connect contact records (CTR), as a Kinesis stream delivers them: one when the contact ends, and again
//! for up to 24 months whenever something in it changes. The newest `LastUpdateTimestamp` counts.

use serde_json::Value;
use timeline::{CallRecord, Caller, Channel, EventId, Fact, Personal, Plan, Region};

use super::connect::{self, attributes};
use super::contact::{self, Initiation, NAME};
use crate::about::About;
use crate::address::Address;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

/// Most records of one delivery.
const MAX_RECORDS: usize = 500;
/// Longest address of a recording in bytes: the longest S3 bucket and key, and some. A cut one leads nowhere.
const MAX_LOCATION: usize = 2048;
/// Longest duration in seconds that is taken for one: ten years.
const MAX_SECONDS: f64 = 10.0 * 366.0 * 24.0 * 3600.0;
/// Fields that only a contact record has; two of them, or the version of its format, tell one.
const MARKS: [&str; 6] = [
    "ContactId",
    "LastUpdateTimestamp",
    "InitiationTimestamp",
    "InitiationMethod",
    "ConnectedToSystemTimestamp",
    "DisconnectTimestamp",
];

/// Contact records of Amazon Connect.
pub(crate) struct ContactRecords;

impl Source for ContactRecords {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        match envelope.json() {
            Some(Value::Array(items)) => items.iter().any(is_record),
            Some(value) => is_record(value),
            None => false,
        }
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        match envelope.json() {
            Some(Value::Array(items)) if items.len() > MAX_RECORDS => Err(Rejection::TooMuch {
                what: "the number of contact records in one delivery",
                limit: MAX_RECORDS,
            }),
            Some(Value::Array(items)) => {
                let mut reading = Reading::default();
                for item in items {
                    reading.and(read_record(item, context));
                }
                Ok(reading)
            }
            Some(value) => read_record(value, context),
            None => Err(Rejection::UnknownEnvelope),
        }
    }

    fn about(&self) -> &'static About {
        &connect::ABOUT
    }
}

fn is_record(value: &Value) -> bool {
    let fields = Fields::of(value);
    // A contact event whose envelope was stripped has similar fields, and says with `eventType` what it is.
    fields.get("AWSContactTraceRecordFormatVersion").is_some()
        || (MARKS
            .iter()
            .filter(|mark| fields.get(mark).is_some())
            .count()
            > 1
            && fields.get("eventType").is_none())
}

fn read_record(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let fields = Fields::of(value);
    let channel = match contact::channel(&fields) {
        Ok(channel) => channel,
        Err(ignored) => return Ok(Reading::ignored(ignored)),
    };
    fields.required_id("ContactId")?;
    let version = contact::time(&fields, "LastUpdateTimestamp")?
        .ok_or_else(|| Rejection::missing("LastUpdateTimestamp"))?;
    let record = call_record(&fields)?;
    let began = match record.started_at {
        Some(at) => Some(at),
        None => contact::time(&fields, "ConnectedToSystemTimestamp")?,
    };
    let began = began.ok_or_else(|| Rejection::missing("InitiationTimestamp"))?;
    let id = EventId::new(&format!("ctr-{version}"))
        .map_err(|_| Rejection::missing("LastUpdateTimestamp"))?;
    let mut event = contact::event(&fields, id, channel, Fact::Record(Box::new(record)))?;
    event.occurred_at = Some(began);
    event.version = Some(version);
    customer(&fields, channel, context.region).name_in(&mut event);
    event.customer_name = event.customer.as_ref().and_then(|_| {
        let endpoint = fields.object("CustomerEndpoint");
        contact::name(&endpoint, "DisplayName").map(Personal::new)
    });
    attributes::claims(&fields, context.region).state_in(&mut event);
    Ok(Reading::event(event))
}

fn call_record(fields: &Fields<'_>) -> Result<CallRecord, Rejection> {
    let agent = fields.object("Agent");
    let queue = fields.object("Queue");
    let ended_at = contact::time(fields, "DisconnectTimestamp")?;
    let attributes = fields.get("Attributes");
    let marks = attributes.map(Fields::of);
    Ok(CallRecord {
        started_at: contact::time(fields, "InitiationTimestamp")?,
        ended_at,
        queued_at: contact::time(&queue, "EnqueueTimestamp")?,
        answered_at: contact::time(&agent, "ConnectedToAgentTimestamp")?,
        initiation: Initiation::of(fields).word(),
        cause: contact::name(fields, "DisconnectReason"),
        agent: contact::name(&agent, "Username").or_else(|| contact::arn_id(&agent, "ARN")),
        queue: contact::name(&queue, "Name").or_else(|| contact::arn_id(&queue, "ARN")),
        // While the call lasts, a talk time is not its talk time.
        talk_ms: ended_at.and_then(|_| millis(&agent, "AgentInteractionDuration")),
        hold_ms: millis(&agent, "CustomerHoldDuration"),
        after_call_work_ms: millis(&agent, "AfterContactWorkDuration"),
        queue_ms: millis(&queue, "Duration"),
        disposition: marks.and_then(|marks| contact::name(&marks, "disposition")),
        complaint: marks.and_then(|marks| truth(marks.get("complaint")?)),
        attributes: contact::attributes(attributes),
        recording: recording(fields),
    })
}

/// The seconds under `name`, written as a number or a text, in milliseconds.
fn millis(fields: &Fields<'_>, name: &str) -> Option<u64> {
    let seconds: f64 = fields.id(name)?.trim().parse().ok()?;
    // A float's cast saturates, and the range leaves nothing to saturate.
    (0.0..=MAX_SECONDS)
        .contains(&seconds)
        .then(|| (seconds * 1000.0).round() as u64)
}

fn truth(value: &Value) -> Option<bool> {
    let word = match value {
        Value::Bool(truth) => return Some(*truth),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.trim().to_ascii_lowercase(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    match word.as_str() {
        "true" | "yes" | "y" | "1" => Some(true),
        "false" | "no" | "n" | "0" => Some(false),
        _ => None,
    }
}

fn recording(fields: &Fields<'_>) -> Option<String> {
    let one = fields.object("Recording");
    let location = one.text("Location").or_else(|| {
        fields
            .items("Recordings")
            .iter()
            .find_map(|item| item.get("Location")?.as_str())
    })?;
    (!location.is_empty() && location.len() <= MAX_LOCATION).then(|| location.to_owned())
}

/// The other side of the contact, whoever began it: `CustomerEndpoint` is the called party of an outbound call.
///
/// Nobody when it is withheld, no person's, or the contact centre's own.
pub(super) fn customer(fields: &Fields<'_>, channel: Channel, region: Option<Region>) -> Address {
    let own = fields.object("SystemEndpoint");
    let own = own.id("Address");
    let own = own.as_deref();
    let own_region = own.and_then(|own| match Caller::read(own, Plan::National(region)) {
        Ok(Caller::Number(number)) => number.region(),
        Ok(Caller::Withheld) | Err(_) => None,
    });
    let plan = Plan::National(own_region.or(region));
    let endpoint = fields.object("CustomerEndpoint");
    let kind = endpoint
        .text("Type")
        .unwrap_or_default()
        .to_ascii_uppercase();
    if kind == "CONTACT_FLOW" || kind.ends_with("_ARN") {
        return Address::Nobody;
    }
    let is_email = kind == "EMAIL_ADDRESS" || (kind.is_empty() && channel == Channel::Email);
    let read = |address: &str| {
        if is_email {
            Address::email(address)
        } else {
            Address::caller(address, plan)
        }
    };
    match endpoint.id("Address") {
        Some(address) => read(&address).unless_own(own.map(read).as_ref()),
        None => Address::Nobody,
    }
}
