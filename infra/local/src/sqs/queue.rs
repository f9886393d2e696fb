//! What a queue is: its name, its attributes, and their ranges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::errors::{Code, SqsError};

/// The account that local queues belong to.
pub const ACCOUNT: &str = "000000000000";
/// The region in the ARNs of local queues.
pub const REGION: &str = "us-east-1";
/// Longest visibility timeout: 12 hours.
pub(super) const MAX_VISIBILITY_S: i64 = 43_200;
/// Longest delay of a message: 15 minutes.
pub(super) const MAX_DELAY_S: i64 = 900;
/// Longest wait of a long poll.
pub(super) const MAX_WAIT_S: i64 = 20;
/// Largest message, and largest batch, with attributes.
pub const MAX_MESSAGE_BYTES: i64 = 1_048_576;

const MIN_MESSAGE_BYTES: i64 = 1_024;
const MIN_RETENTION_S: i64 = 60;
const MAX_RETENTION_S: i64 = 1_209_600;
const MAX_RECEIVE_COUNT: i64 = 1_000;
const MAX_NAME: usize = 80;
/// Attributes that are kept and given back and change nothing here.
const UNENFORCED: [&str; 5] = [
    "Policy",
    "RedriveAllowPolicy",
    "KmsMasterKeyId",
    "KmsDataKeyReusePeriodSeconds",
    "SqsManagedSseEnabled",
];
/// Longest of those, as SQS limits a policy.
const MAX_UNENFORCED: usize = 65_536;

/// A queue as the local stack wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSpec {
    /// 1 to 80 letters, digits, hyphens and underscores.
    pub name: String,
    /// How long a received message stays hidden, in seconds.
    pub visibility_timeout_s: i64,
    /// How long a message is kept, in seconds.
    pub retention_s: i64,
    /// Largest message with attributes.
    pub max_message_bytes: i64,
    /// Where messages go that are received too often.
    pub redrive: Option<Redrive>,
}

/// Where messages go that are received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redrive {
    /// The name of the dead-letter queue.
    pub dead_letter_queue: String,
    /// After how many receives.
    pub max_receive_count: i64,
}

/// The attributes of a queue that decide something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueueAttributes {
    pub(super) visibility_timeout_s: i64,
    pub(super) retention_s: i64,
    pub(super) max_message_bytes: i64,
    pub(super) delay_s: i64,
    pub(super) receive_wait_s: i64,
    pub(super) redrive: Option<Redrive>,
    pub(super) unenforced: BTreeMap<String, String>,
}

impl Default for QueueAttributes {
    fn default() -> Self {
        Self {
            visibility_timeout_s: 30,
            retention_s: 345_600,
            max_message_bytes: MAX_MESSAGE_BYTES,
            delay_s: 0,
            receive_wait_s: 0,
            redrive: None,
            unenforced: BTreeMap::new(),
        }
    }
}

impl QueueAttributes {
    /// Sets one attribute from its text, or says why not.
    pub(super) fn set(&mut self, name: &str, value: &str) -> Result<(), SqsError> {
        match name {
            "VisibilityTimeout" => {
                self.visibility_timeout_s = ranged(name, value, 0, MAX_VISIBILITY_S)?;
            }
            "MessageRetentionPeriod" => {
                self.retention_s = ranged(name, value, MIN_RETENTION_S, MAX_RETENTION_S)?;
            }
            "MaximumMessageSize" => {
                self.max_message_bytes = ranged(name, value, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES)?;
            }
            "DelaySeconds" => self.delay_s = ranged(name, value, 0, MAX_DELAY_S)?,
            "ReceiveMessageWaitTimeSeconds" => {
                self.receive_wait_s = ranged(name, value, 0, MAX_WAIT_S)?;
            }
            "RedrivePolicy" => self.redrive = redrive(value)?,
            "FifoQueue"
            | "ContentBasedDeduplication"
            | "DeduplicationScope"
            | "FifoThroughputLimit" => return Err(no_fifo()),
            other if UNENFORCED.contains(&other) => {
                if value.len() > MAX_UNENFORCED {
                    return Err(bad_value(name));
                }
                self.unenforced.insert(other.to_owned(), value.to_owned());
            }
            _ => return Err(unknown_attribute()),
        }
        Ok(())
    }

    /// The attributes as SQS writes them.
    pub(super) fn written(&self) -> BTreeMap<String, String> {
        let mut written = self.unenforced.clone();
        written
            .entry("SqsManagedSseEnabled".into())
            .or_insert_with(|| "true".into());
        for (name, value) in [
            ("VisibilityTimeout", self.visibility_timeout_s),
            ("MessageRetentionPeriod", self.retention_s),
            ("MaximumMessageSize", self.max_message_bytes),
            ("DelaySeconds", self.delay_s),
            ("ReceiveMessageWaitTimeSeconds", self.receive_wait_s),
        ] {
            written.insert(name.into(), value.to_string());
        }
        if let Some(redrive) = &self.redrive {
            let policy = json!({
                "deadLetterTargetArn": arn(&redrive.dead_letter_queue),
                "maxReceiveCount": redrive.max_receive_count,
            });
            written.insert("RedrivePolicy".into(), policy.to_string());
        }
        written
    }
}

impl TryFrom<&QueueSpec> for QueueAttributes {
    type Error = SqsError;

    fn try_from(spec: &QueueSpec) -> Result<Self, SqsError> {
        let mut attributes = Self::default();
        attributes.set("VisibilityTimeout", &spec.visibility_timeout_s.to_string())?;
        attributes.set("MessageRetentionPeriod", &spec.retention_s.to_string())?;
        attributes.set("MaximumMessageSize", &spec.max_message_bytes.to_string())?;
        if let Some(redrive) = &spec.redrive {
            if !(1..=MAX_RECEIVE_COUNT).contains(&redrive.max_receive_count) {
                return Err(bad_value("RedrivePolicy"));
            }
            attributes.redrive = Some(redrive.clone());
        }
        Ok(attributes)
    }
}

/// The ARN of a local queue.
pub(super) fn arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

/// The name at the end of a queue URL. The host is not looked at: one stack is reached under
/// several names.
pub(super) fn name_from_url(url: Option<&str>) -> Result<&str, SqsError> {
    let url = url.ok_or_else(|| SqsError::missing("QueueUrl"))?;
    Ok(url.trim_end_matches('/').rsplit('/').next().unwrap_or(url))
}

/// Refuses names that SQS refuses.
pub(super) fn check_name(name: &str) -> Result<(), SqsError> {
    if name.ends_with(".fifo") {
        return Err(no_fifo());
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        return Err(SqsError::invalid(
            "QueueName",
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
        ));
    }
    Ok(())
}

/// No queue has this name.
pub(super) fn no_such_queue() -> SqsError {
    SqsError::refused(
        Code::QueueDoesNotExist,
        "The specified queue does not exist.",
    )
}

/// No queue attribute has this name.
pub(super) fn unknown_attribute() -> SqsError {
    SqsError::refused(Code::InvalidAttributeName, "Unknown Attribute.")
}

fn no_fifo() -> SqsError {
    SqsError::refused(
        Code::UnsupportedOperation,
        "The local stack has no FIFO queues.",
    )
}

fn bad_value(name: &str) -> SqsError {
    SqsError::refused(
        Code::InvalidAttributeValue,
        format!("Invalid value for the parameter {name}."),
    )
}

fn ranged(name: &str, value: &str, least: i64, most: i64) -> Result<i64, SqsError> {
    value
        .parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| bad_value(name))
}

fn redrive(value: &str) -> Result<Option<Redrive>, SqsError> {
    if value.is_empty() {
        return Ok(None);
    }
    let bad = || bad_value("RedrivePolicy");
    let policy: Value = serde_json::from_str(value).map_err(|_| bad())?;
    let target = policy["deadLetterTargetArn"].as_str().ok_or_else(bad)?;
    let name = target.rsplit(':').next().unwrap_or(target);
    check_name(name)?;
    // The console writes a number, older tools a text.
    let count = &policy["maxReceiveCount"];
    let count = count
        .as_i64()
        .or_else(|| count.as_str().and_then(|text| text.parse().ok()))
        .filter(|count| (1..=MAX_RECEIVE_COUNT).contains(count))
        .ok_or_else(bad)?;
    Ok(Some(Redrive {
        dead_letter_queue: name.to_owned(),
        max_receive_count: count,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_found_by_the_name_in_its_url_whatever_the_host() {
        for url in [
            "http://127.0.0.1:9/000000000000/call",
            "https://sqs.example.org/1/call/",
            "call",
        ] {
            assert_eq!(name_from_url(Some(url)).unwrap(), "call");
        }
        assert_eq!(
            name_from_url(None).unwrap_err().code(),
            Code::MissingParameter
        );
    }

    #[test]
    fn names_are_eighty_letters_digits_hyphens_and_underscores() {
        check_name(&"a".repeat(80)).unwrap();
        for name in ["", "a b", "é", &"a".repeat(81)] {
            assert_eq!(
                check_name(name).unwrap_err().code(),
                Code::InvalidParameterValue
            );
        }
        assert_eq!(
            check_name("a.fifo").unwrap_err().code(),
            Code::UnsupportedOperation
        );
    }

    #[test]
    fn attributes_outside_their_range_are_refused() {
        let mut attributes = QueueAttributes::default();
        for (name, value) in [
            ("VisibilityTimeout", "43201"),
            ("VisibilityTimeout", "-1"),
            ("MessageRetentionPeriod", "59"),
            ("MaximumMessageSize", "1048577"),
            ("DelaySeconds", "901"),
            ("ReceiveMessageWaitTimeSeconds", "21"),
            ("RedrivePolicy", "{}"),
            (
                "RedrivePolicy",
                r#"{"deadLetterTargetArn":"a:dlq","maxReceiveCount":0}"#,
            ),
        ] {
            let refusal = attributes.set(name, value).unwrap_err();
            assert_eq!(
                refusal.code(),
                Code::InvalidAttributeValue,
                "{name}={value}"
            );
        }
        assert_eq!(
            attributes.set("Colour", "1").unwrap_err().code(),
            Code::InvalidAttributeName
        );
        assert_eq!(attributes, QueueAttributes::default());
    }

    #[test]
    fn a_redrive_policy_is_read_with_its_count_as_number_or_text() {
        let mut attributes = QueueAttributes::default();
        for policy in [
            r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dlq","maxReceiveCount":5}"#,
            r#"{"deadLetterTargetArn":"arn:aws:sqs:eu-west-1:1:dlq","maxReceiveCount":"5"}"#,
        ] {
            attributes.set("RedrivePolicy", policy).unwrap();
            let redrive = attributes.redrive.clone().unwrap();
            assert_eq!(
                (
                    redrive.dead_letter_queue.as_str(),
                    redrive.max_receive_count
                ),
                ("dlq", 5)
            );
        }
        attributes.set("RedrivePolicy", "").unwrap();
        assert_eq!(attributes.redrive, None);
    }
}
