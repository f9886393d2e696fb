//! What a queue record's body is wrapped in, told by its shape.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use serde_json::Value;

use crate::fields::Fields;
use crate::form::{self, MAX_FORM_FIELDS};
use crate::reading::Rejection;
use crate::{json, multipart};

/// Deepest nesting of envelopes in envelopes, such as a CloudEvent in an SNS message.
const MAX_ENVELOPES: usize = 4;
/// Largest body that is looked at. A queue's record holds at most 1 MiB; decoded content may be longer.
const MAX_BODY: usize = 64 * 1024 * 1024;
/// Most records of one batch of a stream.
const MAX_RECORDS: usize = 500;

/// Longest name of an account.
pub const MAX_ACCOUNT: usize = 32;

/// Whether a text may name one of several accounts at a source: lower-case letters, digits and hyphens.
#[must_use]
pub fn is_account(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !name.is_empty() && name.len() <= MAX_ACCOUNT && name.bytes().all(plain)
}

/// A delivery, unwrapped.
#[derive(Debug, Clone, PartialEq)]
pub struct Envelope {
    /// What was in it.
    pub payload: Payload,
    /// The SNS message that it came in, if it did.
    pub sns: Option<Sns>,
    /// Headers of the provider's request, as the webhook kept them; names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The source that the webhook has authenticated, where the record came through it.
    pub source: Option<String>,
    /// Which of several accounts at that source it is, where the webhook knows several. Ids are under it.
    pub account: Option<String>,
    /// Whether the body is no UTF-8, so that each character of the payload's texts stands for one byte.
    pub is_bytes: bool,
}

/// A payload by its shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// An EventBridge event: `source`, `detail-type`, `detail`.
    EventBridge(Value),
    /// One CloudEvent in structured form, or several in an array.
    CloudEvents(Vec<Value>),
    /// Any other JSON object or array.
    Json(Value),
    /// A form's fields in their order.
    Form(Vec<(String, String)>),
    /// An SNS message's text that is neither, such as a service's note that it may publish to the topic.
    Text(String),
}

/// What an SNS message says beside its payload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sns {
    /// What it is: `Notification`, or a notice about the subscription itself.
    pub kind: String,
    /// Its id.
    pub message_id: String,
    /// Its topic.
    pub topic_arn: String,
    /// Its text attributes.
    pub attributes: BTreeMap<String, String>,
}

impl Envelope {
    /// Unwraps a record's body. `attributes` are the record's own: `source` names the source that was authenticated,
    /// `account` which account of it, `headers` holds a JSON object of the request's headers, and `encoding` is
    /// `base64` where the body's bytes are none that a queue takes as they are.
    ///
    /// # Errors
    /// When the body is neither a form nor a JSON object or list, or is nested too deep.
    pub fn open(body: &str, attributes: &BTreeMap<String, String>) -> Result<Self, Rejection> {
        let attribute = |name: &str| attributes.get(name).map(String::as_str);
        let (body, is_bytes) = match attribute("encoding") {
            Some("base64") => decoded(body)?,
            Some(_) | None => (Cow::Borrowed(body), false),
        };
        let mut sns = None;
        let payload = unwrap(&body, &mut sns, MAX_ENVELOPES)?;
        let headers = attribute("headers")
            .and_then(|headers| serde_json::from_str::<BTreeMap<String, String>>(headers).ok())
            .unwrap_or_default();
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
            .collect();
        Ok(Self {
            payload,
            sns,
            headers,
            source: attributes.get("source").cloned(),
            account: attribute("account")
                .filter(|name| is_account(name))
                .map(str::to_owned),
            is_bytes,
        })
    }

    /// The payload when it is one JSON object or a form, as an object either way.
    #[must_use]
    pub fn object(&self) -> Option<Cow<'_, Value>> {
        match &self.payload {
            Payload::Json(value @ Value::Object(_)) => Some(Cow::Borrowed(value)),
            Payload::Form(fields) => Some(Cow::Owned(form::object(fields))),
            Payload::Json(_)
            | Payload::EventBridge(_)
            | Payload::CloudEvents(_)
            | Payload::Text(_) => None,
        }
    }

    /// The same with its one object as plain JSON, where its source is known and it only looks like an EventBridge event
    /// or a CloudEvent.
    pub(crate) fn plain(&self) -> Option<Self> {
        self.source.as_ref()?;
        let value = match &self.payload {
            Payload::EventBridge(value) => value.clone(),
            Payload::CloudEvents(events) => match events.as_slice() {
                [event] => event.clone(),
                events => Value::Array(events.to_vec()),
            },
            Payload::Json(_) | Payload::Form(_) | Payload::Text(_) => return None,
        };
        Some(Self {
            payload: Payload::Json(value),
            ..self.clone()
        })
    }

    /// The value of a header that the webhook kept.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// The payload when it is plain JSON.
    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        match &self.payload {
            Payload::Json(value) => Some(value),
            Payload::EventBridge(_)
            | Payload::CloudEvents(_)
            | Payload::Form(_)
            | Payload::Text(_) => None,
        }
    }
}

/// The body behind base64, and whether its characters are bytes because they are no UTF-8.
fn decoded(body: &str) -> Result<(Cow<'static, str>, bool), Rejection> {
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(body.trim())
        .map_err(|_| Rejection::Unreadable)?;
    Ok(match String::from_utf8(bytes) {
        Ok(text) => (Cow::Owned(text), false),
        Err(error) => {
            let text = error.as_bytes().iter().copied().map(char::from);
            (Cow::Owned(text.collect()), true)
        }
    })
}

fn unwrap(body: &str, sns: &mut Option<Sns>, depth: usize) -> Result<Payload, Rejection> {
    if body.len() > MAX_BODY {
        return Err(Rejection::TooMuch {
            what: "the body's length in bytes",
            limit: MAX_BODY,
        });
    }
    let trimmed = body.trim_start_matches('\u{feff}').trim();
    if !trimmed.starts_with(['{', '[']) {
        if let Some(fields) = multipart::fields(trimmed, MAX_FORM_FIELDS)? {
            return Ok(Payload::Form(fields));
        }
        let fields = match form::read(trimmed) {
            Err(Rejection::Unreadable) if json::is_scalar(trimmed) => {
                return Err(Rejection::NotAnObject);
            }
            fields => fields?,
        };
        return match form::json_inside(&fields) {
            Some(json) => unwrap(json, sns, within(depth)?),
            None => Ok(Payload::Form(fields)),
        };
    }
    let value = alone(json::read(trimmed)?);
    let fields = Fields::of(&value);
    if let (Some(kind), Some(topic), Some(message)) = (
        fields.text("Type"),
        fields.text("TopicArn"),
        fields.text("Message"),
    ) {
        if kind == "SubscriptionConfirmation" {
            return Err(Rejection::Unconfirmed);
        }
        let depth = within(depth)?;
        *sns = Some(sns_of(&fields, topic));
        return match unwrap(message, sns, depth) {
            Err(Rejection::Unreadable | Rejection::NotAnObject)
                if !message.trim_start().starts_with(['{', '[']) =>
            {
                Ok(Payload::Text(message.to_owned()))
            }
            payload => payload,
        };
    }
    match kinesis_batch(&value) {
        [] => {}
        [record] => return unwrap(&kinesis_text(record)?, sns, within(depth)?),
        records if records.len() > MAX_RECORDS => {
            return Err(Rejection::TooMuch {
                what: "the number of records of a batch",
                limit: MAX_RECORDS,
            });
        }
        // One that cannot be read stays as nothing, so that its source refuses it and takes the others.
        records => {
            let contents = records.iter().map(|record| {
                let text = kinesis_text(record).unwrap_or_default();
                json::read(&text).unwrap_or(Value::Null)
            });
            return Ok(shape(contents.collect()));
        }
    }
    Ok(shape(value))
}

/// The depth that is left inside one more envelope.
fn within(depth: usize) -> Result<usize, Rejection> {
    depth.checked_sub(1).ok_or(Rejection::TooMuch {
        what: "the nesting of envelopes",
        limit: MAX_ENVELOPES,
    })
}

/// A list of one object is that object: some relays send batches, also when there is only one.
fn alone(value: Value) -> Value {
    match value.as_array().map(Vec::as_slice) {
        Some([item @ Value::Object(_)]) => item.clone(),
        Some(_) | None => value,
    }
}

/// The records of a Kinesis stream: one, or all of a batch as an EventBridge pipe or a Lambda event hands it on.
fn kinesis_batch(value: &Value) -> &[Value] {
    let list = value
        .as_array()
        .or_else(|| value.get("Records")?.as_array());
    let records = match list {
        Some(items) => items.as_slice(),
        None => std::slice::from_ref(value),
    };
    if records.iter().all(|record| kinesis_data(record).is_some()) {
        records
    } else {
        &[]
    }
}

fn kinesis_text(record: &Value) -> Result<String, Rejection> {
    let encoded = kinesis_data(record).ok_or_else(|| Rejection::missing("data"))?;
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(encoded)
        .map_err(|_| Rejection::malformed("data", "is not base64"))?;
    String::from_utf8(bytes).map_err(|_| Rejection::malformed("data", "is not UTF-8"))
}

/// The base64 data of a Kinesis record.
fn kinesis_data(record: &Value) -> Option<&str> {
    let record = record.get("kinesis").unwrap_or(record);
    record.get("partitionKey")?;
    record.get("sequenceNumber")?;
    record.get("data")?.as_str()
}

fn sns_of(fields: &Fields<'_>, topic: &str) -> Sns {
    let attributes = fields
        .get("MessageAttributes")
        .and_then(Value::as_object)
        .map_or_else(BTreeMap::new, |all| {
            all.iter()
                .filter_map(|(name, attribute)| {
                    Some((
                        name.clone(),
                        Fields::of(attribute).text("Value")?.to_owned(),
                    ))
                })
                .collect()
        });
    Sns {
        kind: fields.text("Type").unwrap_or_default().to_owned(),
        message_id: fields.text("MessageId").unwrap_or_default().to_owned(),
        topic_arn: topic.to_owned(),
        attributes,
    }
}

fn shape(value: Value) -> Payload {
    let is_cloud_event = |value: &Value| Fields::of(value).text("specversion").is_some();
    match value {
        Value::Array(items) if !items.is_empty() && items.iter().any(is_cloud_event) => {
            Payload::CloudEvents(items)
        }
        value if is_cloud_event(&value) => Payload::CloudEvents(vec![value]),
        value if is_event_bridge(&value) => Payload::EventBridge(value),
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => Payload::Json(value),
    }
}

fn is_event_bridge(value: &Value) -> bool {
    let fields = Fields::of(value);
    fields.get("detail-type").is_some()
        && fields.get("source").is_some()
        && fields.get("detail").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(body: &str) -> Result<Envelope, Rejection> {
        Envelope::open(body, &BTreeMap::new())
    }

    #[test]
    fn each_envelope_is_told_by_its_shape() {
        let sns = r#"{"Type":"Notification","MessageId":"m1","TopicArn":"arn:aws:sns:x:1:t",
            "Message":"{\"a\":1}","MessageAttributes":{"V":{"Type":"String","Value":"ALL"}}}"#;
        let sns = open(sns).unwrap();
        assert_eq!(sns.json().unwrap()["a"], 1);
        assert_eq!(sns.sns.unwrap().attributes["V"], "ALL");
        let bridge =
            open(r#"{"id":"1","source":"aws.connect","detail-type":"x","detail":{}}"#).unwrap();
        assert!(matches!(bridge.payload, Payload::EventBridge(_)));
        let events = open(r#"[{"specversion":"1.0"},{"specversion":"1.0"}]"#).unwrap();
        assert!(matches!(events.payload, Payload::CloudEvents(items) if items.len() == 2));
        let kinesis =
            open(r#"{"partitionKey":"p","sequenceNumber":"1","data":"eyJhIjoyfQ=="}"#).unwrap();
        assert_eq!(kinesis.json().unwrap()["a"], 2);
    }

    #[test]
    fn json_that_was_sent_as_a_form_is_json() {
        let read = open("%7B%22a%22%3A%22b%3D+c%22%7D=").unwrap();
        assert_eq!(read.json(), Some(&serde_json::json!({"a": "b= c"})));
        let broken = open("%7B%22a%22=");
        assert!(matches!(broken, Err(Rejection::BrokenJson { line: 1, .. })));
    }

    #[test]
    fn what_is_nothing_known_is_refused_and_never_panics() {
        for body in ["", "hello", "<xml a='1'/>", "\u{0}", "a b=c", "nul", "\"x"] {
            assert_eq!(open(body), Err(Rejection::Unreadable), "{body:?}");
        }
        for body in ["42", "null", "\"abc\"", " true\n", "-1.5e3", "\"a=b\""] {
            assert_eq!(open(body), Err(Rejection::NotAnObject), "{body:?}");
        }
        for body in ["{", "[1,", " {\"a\"}", "[1] x"] {
            let broken = open(body);
            assert!(
                matches!(broken, Err(Rejection::BrokenJson { .. })),
                "{body:?}"
            );
        }
        let too_deep = open(&"[".repeat(100_000));
        assert!(matches!(too_deep, Err(Rejection::TooDeep { .. })));
        let mut nested = "{}".to_owned();
        for _ in 0..6 {
            nested =
                serde_json::json!({"Type": "Notification", "TopicArn": "t", "Message": nested})
                    .to_string();
        }
        assert!(matches!(open(&nested), Err(Rejection::TooMuch { .. })));
    }
}
