//! The quarantine queue: what cannot be understood is kept with its reason until somebody looks at it.

use std::collections::BTreeMap;

use aws_sdk_sqs::config::{
    BehaviorVersion, Region, StalledStreamProtectionConfig, retry::RetryConfig,
    timeout::TimeoutConfig,
};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::MessageAttributeValue;
use lambda_kit::batch::{QuarantineError, QuarantineQueue, Record};
use lambda_kit::fate::Reason;
use sources::Source;
use store::client::{AwsAccess, timeouts};

/// The attribute that names the source of a record. It is kept, since replaying the record needs it, when it names one
/// that there is; so are the account, the encoding and those headers that this source's parser reads. What else a
/// sender writes into attributes is not: it may be personal.
const SOURCE: &str = "source";
/// Longest value of a header that is kept, in bytes.
const MAX_HEADER: usize = 1024;
/// Longest reason that is written.
const MAX_REASON_BYTES: usize = 1024;
/// Most tries to write one record.
const TRIES: u32 = 3;
/// What stands for a body that was empty, since a message must have one.
const EMPTY_BODY: &str = "{}";

/// The quarantine queue of the stack.
pub struct SqsQuarantine {
    client: aws_sdk_sqs::Client,
    queue_url: String,
    sources: &'static [&'static dyn Source],
}

impl SqsQuarantine {
    /// The queue under that URL, for records of these sources.
    #[must_use]
    pub fn new(
        access: &AwsAccess,
        queue_url: String,
        sources: &'static [&'static dyn Source],
    ) -> Self {
        Self {
            client: queue_client(access, timeouts()),
            sources,
            queue_url,
        }
    }
}

/// A client of SQS. `timeouts` bounds one request; one that waits for messages needs longer than one that sends.
#[must_use]
pub fn queue_client(access: &AwsAccess, timeouts: TimeoutConfig) -> aws_sdk_sqs::Client {
    let config = aws_sdk_sqs::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(access.region.clone()))
        .credentials_provider(access.credentials.clone())
        .http_client(access.http_client())
        .retry_config(RetryConfig::standard().with_max_attempts(TRIES))
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    let config = match &access.endpoint {
        Some(endpoint) => config.endpoint_url(endpoint),
        None => config,
    };
    aws_sdk_sqs::Client::from_conf(config.build())
}

/// The queue did not take a record. Holds the service's own name for it only.
#[derive(Debug, thiserror::Error)]
#[error("SQS refuses the message ({0})")]
struct Refused(String);

impl SqsQuarantine {
    /// The record's attributes that reading it again needs, and that hold nothing personal.
    fn kept(&self, record: &Record) -> Vec<(&'static str, String)> {
        let attribute = |name: &str| record.attributes.get(name).map(String::as_str);
        let mut kept = Vec::new();
        if attribute("encoding") == Some("base64") {
            kept.push(("encoding", "base64".to_owned()));
        }
        let named = |source: &&&dyn Source| attribute(SOURCE) == Some(source.name());
        let Some(source) = self.sources.iter().find(named) else {
            return kept;
        };
        kept.push((SOURCE, source.name().to_owned()));
        if let Some(account) = attribute("account").filter(|name| sources::is_account(name)) {
            kept.push(("account", account.to_owned()));
        }
        let read = source.about().webhook.map_or(&[][..], |way| way.headers);
        let headers = attribute("headers")
            .and_then(|headers| serde_json::from_str::<BTreeMap<String, String>>(headers).ok())
            .unwrap_or_default();
        let headers: BTreeMap<_, _> = headers
            .into_iter()
            .filter(|(name, value)| read.contains(&name.as_str()) && value.len() <= MAX_HEADER)
            .collect();
        if !headers.is_empty()
            && let Ok(headers) = serde_json::to_string(&headers)
        {
            kept.push(("headers", headers));
        }
        kept
    }
}

impl QuarantineQueue for SqsQuarantine {
    async fn put(&self, record: &Record, reason: &Reason) -> Result<(), QuarantineError> {
        let body = if record.body.is_empty() {
            EMPTY_BODY
        } else {
            &record.body
        };
        let why = timeline::cut(&reason.text, MAX_REASON_BYTES);
        let mut message = self
            .client
            .send_message()
            .queue_url(&self.queue_url)
            .message_body(body)
            .message_attributes("reason_code", text(&reason.code)?)
            .message_attributes("reason", text(why)?);
        for (name, value) in [("queue", &record.queue), ("message_id", &record.message_id)] {
            if !value.is_empty() {
                message = message.message_attributes(name, text(value)?);
            }
        }
        for (name, value) in self.kept(record) {
            message = message.message_attributes(name, text(&value)?);
        }
        message.send().await.map_err(|failure| {
            let code = failure.code().unwrap_or("no answer").to_owned();
            QuarantineError::new(Refused(code))
        })?;
        Ok(())
    }
}

fn text(value: &str) -> Result<MessageAttributeValue, QuarantineError> {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .map_err(QuarantineError::new)
}
