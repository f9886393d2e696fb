//! Sending. Messages are sent only when SQS has all of them.

use std::time::Duration;

use aws::{AwsAccess, Limits};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures_util::stream::{self, StreamExt};
use tokio::time::Instant;

use crate::message::Message;

/// Most messages of one request.
pub const MAX_ENTRIES: usize = 10;
/// Most bytes of all messages of one request.
pub const MAX_BATCH_BYTES: usize = 1_048_576;
/// How many requests are made at once.
const CONCURRENCY: usize = 4;
/// Longest time of one request: shorter than a reader's, since somebody waits for the sender.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
/// Most tries to send one batch.
const TRIES: u32 = 4;
/// How long to wait before the second try; each further one waits twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What sends messages.
pub struct Sender {
    client: Client,
}

/// SQS does not have all of the messages, as far as is known. Holds the service's own name for why only.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The caller's time is over.
    #[error("no time was left")]
    OutOfTime,
    /// The SDK does not take it for a message.
    #[error("a message cannot be made")]
    NoMessage,
    /// SQS said no, or nothing.
    #[error("SQS does not take it ({0})")]
    Refused(String),
}

impl Sender {
    /// A sender with a client of its own.
    #[must_use]
    pub fn new(access: &AwsAccess) -> Self {
        // The tries here are bounded by the time that is left, and cover what fails inside an answer too.
        let limits = Limits {
            request: Some(REQUEST_TIMEOUT),
            tries: 1,
        };
        Self {
            client: Client::new(&access.config(limits)),
        }
    }

    /// Opens the connection with a message that SQS refuses, an empty one: it asks for no more permission than sending
    /// does, and leaves nothing behind.
    pub async fn warm_up(&self, url: &str, until: Instant) {
        let request = self.client.send_message().queue_url(url).message_body("");
        let _ = tokio::time::timeout_at(until, request.send()).await;
    }

    /// Sends all messages to the queue under that URL. An `Err` means that some may be there and some not: the caller
    /// has to send again, and what was there already is then a duplicate.
    ///
    /// # Errors
    /// When SQS does not say in time that it has them all.
    pub async fn send(
        &self,
        url: &str,
        messages: Vec<Message>,
        until: Instant,
    ) -> Result<(), SendError> {
        let batches = batches(messages)?;
        let sending = stream::iter(batches)
            .map(|batch| self.send_batch(url, batch))
            .buffer_unordered(CONCURRENCY)
            .fold(Ok(()), async |all: Result<(), SendError>, one| all.and(one));
        tokio::time::timeout_at(until, sending)
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

impl Message {
    /// The request that sends it alone, for who wants SQS's own answer.
    ///
    /// # Errors
    /// When the SDK does not take it for a message.
    pub fn request(
        self,
        client: &Client,
        url: &str,
    ) -> Result<SendMessageFluentBuilder, SendError> {
        let values = self.values().map_err(|_| SendError::NoMessage)?;
        let mut request = client.send_message().queue_url(url).message_body(self.body);
        for (name, value) in values {
            request = request.message_attributes(name, value);
        }
        Ok(request)
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
    let values = message.values().map_err(|_| SendError::NoMessage)?;
    let mut entry = SendMessageBatchRequestEntry::builder()
        .id(format!("piece-{place}"))
        .message_body(message.body);
    for (name, value) in values {
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
