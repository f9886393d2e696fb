//! The queue of chat events, written to.

use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::types::MessageAttributeValue;
use ingest::queue_client;
use lambda_kit::deadline::Deadline;
use store::client::{AwsAccess, timeouts};

/// The queue.
pub(crate) struct Queue {
    client: aws_sdk_sqs::Client,
    url: String,
}

/// The queue has not said in time that it has the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotTaken;

impl Queue {
    pub(crate) fn new(access: &AwsAccess, url: String) -> Self {
        Self {
            client: queue_client(access, timeouts()),
            url,
        }
    }

    /// Opens the connection with a message that SQS refuses, an empty one: it asks for no more permission than sending
    /// does, and leaves nothing behind.
    pub(crate) async fn warm_up(&self, until: Deadline) {
        let nothing = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body("")
            .send();
        let _ = tokio::time::timeout_at(until.instant().into(), nothing).await;
    }

    /// Puts a message with its source's name into the queue.
    ///
    /// # Errors
    /// When the queue does not say in time that it has it; it may have it all the same.
    pub(crate) async fn send(
        &self,
        body: &str,
        source: &str,
        until: Deadline,
    ) -> Result<(), NotTaken> {
        let source = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(source)
            .build()
            .map_err(|_| NotTaken)?;
        let sent = self
            .client
            .send_message()
            .queue_url(&self.url)
            .message_body(body)
            .message_attributes("source", source)
            .send();
        match tokio::time::timeout_at(until.instant().into(), sent).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(failure)) => {
                let code = failure.code().unwrap_or("no answer");
                tracing::warn!(error.code = code, "the queue takes no events");
                Err(NotTaken)
            }
            Err(_) => {
                tracing::warn!("the queue takes no events in time");
                Err(NotTaken)
            }
        }
    }
}
