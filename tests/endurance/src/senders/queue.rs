//! Messages straight into a queue and out of it, by SQS's own protocol.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::NotTaken;
use crate::http::{Answer, Http, NoAnswer};

/// Emulators tell services and accounts by it and check nothing of it.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, SignedHeaders=host, \
                         Signature=0";

/// A message that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Its body.
    pub body: String,
    /// Its attributes that are texts.
    pub attributes: BTreeMap<String, String>,
    receipt: String,
}

/// A message that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    body: String,
    attributes: BTreeMap<String, String>,
}

impl From<String> for Outgoing {
    fn from(body: String) -> Self {
        Self {
            body,
            attributes: BTreeMap::new(),
        }
    }
}

impl From<&Received> for Outgoing {
    fn from(message: &Received) -> Self {
        Self {
            body: message.body.clone(),
            attributes: message.attributes.clone(),
        }
    }
}

impl Outgoing {
    fn entry(self, place: usize) -> Value {
        let text = |text: &String| json!({ "DataType": "String", "StringValue": text });
        let attributes = self.attributes.iter();
        let attributes: Map<String, Value> = attributes
            .map(|(name, value)| (name.clone(), text(value)))
            .collect();
        let mut entry = json!({ "Id": place.to_string(), "MessageBody": self.body });
        if !attributes.is_empty() {
            entry["MessageAttributes"] = Value::Object(attributes);
        }
        entry
    }
}

/// Sends up to ten messages. Gives the places of those that the queue has.
///
/// # Errors
/// When it is not known that it has any.
pub async fn put(
    http: &Http,
    queue_url: &str,
    messages: impl IntoIterator<Item = impl Into<Outgoing>>,
) -> Result<Vec<usize>, NotTaken> {
    let messages = messages.into_iter().enumerate();
    let entries: Vec<Value> = messages
        .map(|(place, message)| message.into().entry(place))
        .collect();
    let request = json!({ "QueueUrl": queue_url, "Entries": entries });
    let answer = ask(http, queue_url, "SendMessageBatch", &request).await?;
    let answer = understood(&answer)?;
    let taken = answer["Successful"].as_array().into_iter().flatten();
    Ok(taken
        .filter_map(|entry| entry["Id"].as_str()?.parse().ok())
        .collect())
}

/// Receives up to ten messages and hides them for so many seconds.
///
/// # Errors
/// When there is no answer, or it is not understood.
pub async fn receive(
    http: &Http,
    queue_url: &str,
    hidden_s: u32,
) -> Result<Vec<Received>, NotTaken> {
    let request = json!({
        "QueueUrl": queue_url, "MaxNumberOfMessages": 10, "VisibilityTimeout": hidden_s,
        "MessageAttributeNames": ["All"],
    });
    let answer = ask(http, queue_url, "ReceiveMessage", &request).await?;
    let answer = understood(&answer)?;
    let messages = answer["Messages"].as_array().into_iter().flatten();
    messages
        .map(|message| {
            let attributes = message["MessageAttributes"].as_object();
            let attributes = attributes.into_iter().flatten();
            Some(Received {
                body: message["Body"].as_str()?.to_owned(),
                receipt: message["ReceiptHandle"].as_str()?.to_owned(),
                attributes: attributes
                    .filter_map(|(name, value)| {
                        Some((name.clone(), value["StringValue"].as_str()?.to_owned()))
                    })
                    .collect(),
            })
        })
        .collect::<Option<_>>()
        .ok_or(NotTaken::Answer("a message without a body or receipt"))
}

/// Deletes up to ten messages that were received.
///
/// # Errors
/// When it is not known that they are deleted.
pub async fn remove(http: &Http, queue_url: &str, messages: &[Received]) -> Result<(), NotTaken> {
    let entries: Vec<Value> = messages
        .iter()
        .enumerate()
        .map(
            |(place, message)| json!({ "Id": place.to_string(), "ReceiptHandle": message.receipt }),
        )
        .collect();
    let request = json!({ "QueueUrl": queue_url, "Entries": entries });
    let answer = ask(http, queue_url, "DeleteMessageBatch", &request).await?;
    let answer = understood(&answer)?;
    match answer["Failed"].as_array() {
        Some(failed) if !failed.is_empty() => Err(NotTaken::Answer("a message is not deleted")),
        Some(_) | None => Ok(()),
    }
}

/// How many messages a queue holds: those that can be received, and those that were received and are hidden.
///
/// # Errors
/// When there is no answer, or it is not understood.
pub async fn depth(http: &Http, queue_url: &str) -> Result<(u64, u64), NotTaken> {
    let names = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
    ];
    let request = json!({ "QueueUrl": queue_url, "AttributeNames": names });
    let answer = ask(http, queue_url, "GetQueueAttributes", &request).await?;
    let answer = understood(&answer)?;
    let [visible, hidden] = names.map(|name| {
        let number = answer["Attributes"][name].as_str();
        number.and_then(|number| number.parse().ok())
    });
    visible
        .zip(hidden)
        .ok_or(NotTaken::Answer("a queue without its depth"))
}

async fn ask(
    http: &Http,
    queue_url: &str,
    action: &str,
    request: &Value,
) -> Result<Answer, NoAnswer> {
    let target = format!("AmazonSQS.{action}");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", target.as_str()),
        ("authorization", SIGNATURE),
    ];
    http.post(queue_url, headers, request.to_string()).await
}

fn understood(answer: &Answer) -> Result<Value, NotTaken> {
    if !answer.is_success() {
        return Err(NotTaken::Status(answer.status));
    }
    serde_json::from_slice(&answer.body).map_err(|_| NotTaken::Answer("no JSON"))
}
