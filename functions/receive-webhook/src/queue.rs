//! Sending to the queues. A delivery is taken only when SQS has all of its pieces.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::stream::{self, StreamExt};
use lambda_kit::deadline::Deadline;
use store::client::{AwsAccess, CONNECT_TIMEOUT};

use crate::message::{DATA_TYPE, Message};

/// Most messages of one request.
const MAX_ENTRIES: usize = 10;
/// Most bytes of all messages of one request.
const MAX_BATCH_BYTES: usize = 1_048_576;
/// How many requests are made at once.
const CONCURRENCY: usize = 4;
/// Longest time of one request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Most tries to send one batch.
const TRIES: u32 = 4;
/// How long to wait before the second try; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// The queues that webhooks write to, by the names that [`sources::find`] gives them.
pub(crate) struct Queues {
    client: Client,
    urls: BTreeMap<&'static str, String>,
}

/// SQS does not have all of a delivery, as far as is known. Holds the service's own name for why only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    #[error("no time was left")]
    OutOfTime,
    #[error("there is no queue of this name")]
    NoQueue,
    #[error("a message cannot be made")]
    NoMessage,
    #[error("SQS does not take it ({0})")]
    Refused(String),
}

impl Queues {
    pub(crate) fn new(access: &AwsAccess, urls: BTreeMap<&'static str, String>) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(REQUEST_TIMEOUT)
            .build();
        let client = ingest::queue_client(access, timeouts);
        // The tries here are bounded by the time that is left, and cover what fails inside an answer too.
        let config = client.config().to_builder();
        let config = config.retry_config(RetryConfig::disabled()).build();
        Self {
            client: Client::from_conf(config),
            urls,
        }
    }

    /// Sends all messages. An `Err` means that some may be there and some not: the sender has to send again, and what
    /// was there already is then a duplicate.
    pub(crate) async fn send(
        &self,
        queue: &str,
        messages: Vec<Message>,
        deadline: Deadline,
    ) -> Result<(), SendError> {
        let url = self.urls.get(queue).ok_or(SendError::NoQueue)?;
        let batches = batches(messages)?;
        let sending = stream::iter(batches)
            .map(|batch| self.send_batch(url, batch))
            .buffer_unordered(CONCURRENCY)
            .fold(Ok(()), async |all: Result<(), SendError>, one| all.and(one));
        tokio::time::timeout_at(deadline.instant().into(), sending)
            .await
            .unwrap_or(Err(SendError::OutOfTime))
    }

    /// Sends until SQS has every entry. Ends by itself after the last try; the caller's clock may end it before.
    async fn send_batch(
        &self,
        url: &str,
        mut batch: Vec<SendMessageBatchRequestEntry>,
    ) -> Result<(), SendError> {
        let mut pause = FIRST_PAUSE;
        let mut tried = 1;
        loop {
            let request = self.client.send_message_batch().queue_url(url);
            let reason = match request.set_entries(Some(batch.clone())).send().await {
                Ok(answer) => {
                    let taken = |entry: &SendMessageBatchRequestEntry| {
                        answer.successful.iter().any(|done| done.id == entry.id)
                    };
                    batch.retain(|entry| !taken(entry));
                    if batch.is_empty() {
                        return Ok(());
                    }
                    let failed = answer.failed.first();
                    let code = failed.map_or("no answer for a message", |failed| &failed.code);
                    let reason = SendError::Refused(code.to_owned());
                    // What SQS calls our fault does not get better by itself.
                    if answer.failed.iter().any(|failed| failed.sender_fault) {
                        return Err(reason);
                    }
                    reason
                }
                Err(failure) => {
                    SendError::Refused(failure.code().unwrap_or("no answer").to_owned())
                }
            };
            if tried == TRIES {
                return Err(reason);
            }
            tried += 1;
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
    }
}

/// The messages in requests that SQS takes, in their order.
fn batches(messages: Vec<Message>) -> Result<Vec<Vec<SendMessageBatchRequestEntry>>, SendError> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = 0;
    for (place, message) in messages.into_iter().enumerate() {
        let size = message.size();
        if batch.len() == MAX_ENTRIES || (bytes + size > MAX_BATCH_BYTES && !batch.is_empty()) {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
        bytes += size;
        batch.push(entry(place, message)?);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    Ok(batches)
}

fn entry(place: usize, message: Message) -> Result<SendMessageBatchRequestEntry, SendError> {
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(format!("piece-{place}"))
        .message_body(message.body);
    for (name, value) in message.attributes {
        let value = MessageAttributeValue::builder()
            .data_type(DATA_TYPE)
            .string_value(value)
            .build()
            .map_err(|_| SendError::NoMessage)?;
        entry = entry.message_attributes(name, value);
    }
    entry.build().map_err(|_| SendError::NoMessage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_bytes(sizes: &[usize]) -> Vec<Message> {
        let message = |size: &usize| Message {
            body: "x".repeat(*size),
            attributes: Vec::new(),
        };
        sizes.iter().map(message).collect()
    }

    fn packed(sizes: &[usize]) -> Vec<usize> {
        let batches = batches(of_bytes(sizes)).unwrap();
        batches.iter().map(Vec::len).collect()
    }

    #[test]
    fn a_request_holds_what_sqs_takes() {
        assert_eq!(packed(&[]), [0; 0]);
        assert_eq!(packed(&[1; 10]), [10]);
        assert_eq!(packed(&[1; 21]), [10, 10, 1]);
        assert_eq!(packed(&[MAX_BATCH_BYTES]), [1]);
        assert_eq!(packed(&[MAX_BATCH_BYTES - 1, 1, 1]), [2, 1]);
        assert_eq!(packed(&[600_000, 600_000, 400_000]), [1, 2]);
    }
}
