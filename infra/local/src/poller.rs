//! Event source mappings: takes batches from a queue, calls the function, deletes what it did not fail.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName};
use sam_template::{Queue, QueueEvent};
use serde_json::{Map, Value, json};

use crate::functions::LocalFunction;

/// Most batches of one queue that are under way at once. Lambda begins with five pollers.
const MOST_AT_ONCE: u32 = 5;
/// How long a poll waits for messages, in seconds.
const WAIT_S: i32 = 20;
/// How long to wait after a queue could not be read.
const PAUSE: Duration = Duration::from_millis(500);

/// A queue and the function that it calls.
#[derive(Clone)]
pub(crate) struct Mapping {
    pub(crate) client: Client,
    pub(crate) function: Arc<LocalFunction>,
    pub(crate) queue_url: String,
    pub(crate) queue_arn: String,
    pub(crate) region: String,
    pub(crate) batch_size: i32,
    pub(crate) partial_failures: bool,
    pub(crate) at_once: u32,
}

impl Mapping {
    /// The mapping that the template describes.
    pub(crate) fn new(
        client: Client,
        function: Arc<LocalFunction>,
        queue: &Queue,
        queue_url: String,
        event: &QueueEvent,
        region: String,
    ) -> Self {
        Self {
            client,
            function,
            queue_url,
            queue_arn: queue.arn.clone(),
            region,
            // One receive gives at most ten messages, whatever the batch may hold.
            batch_size: i32::try_from(event.batch_size.clamp(1, 10)).unwrap_or(10),
            partial_failures: event.report_batch_item_failures,
            at_once: event
                .maximum_concurrency
                .unwrap_or(MOST_AT_ONCE)
                .min(MOST_AT_ONCE),
        }
    }

    /// Polls until the task is dropped.
    pub(crate) async fn run(self) {
        loop {
            if let Err(problem) = self.poll_once().await {
                tracing::warn!(queue = %self.queue_arn, problem, "a poll failed");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    async fn poll_once(&self) -> Result<(), &'static str> {
        let received = self
            .client
            .receive_message()
            .queue_url(&self.queue_url)
            .max_number_of_messages(self.batch_size)
            .wait_time_seconds(WAIT_S)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
            .send()
            .await
            .map_err(|_| "the queue cannot be read")?;
        let messages = received.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        let records: Vec<Value> = messages
            .iter()
            .map(|message| self.record(message))
            .collect();
        let failed = match self.function.invoke(json!({ "Records": records })).await {
            Ok(answer) => failures(&answer, &messages, self.partial_failures),
            Err(error) => {
                tracing::error!(queue = %self.queue_arn, %error, "a batch failed as a whole");
                None
            }
        };
        let Some(failed) = failed else { return Ok(()) };
        let done = messages
            .iter()
            .filter(|message| !failed.iter().any(|id| message.message_id() == Some(id)));
        self.delete(done).await
    }

    async fn delete<'a>(
        &self,
        done: impl Iterator<Item = &'a Message>,
    ) -> Result<(), &'static str> {
        let entries: Vec<_> = done
            .enumerate()
            .filter_map(|(place, message)| {
                DeleteMessageBatchRequestEntry::builder()
                    .id(place.to_string())
                    .receipt_handle(message.receipt_handle()?)
                    .build()
                    .ok()
            })
            .collect();
        if entries.is_empty() {
            return Ok(());
        }
        let request = self
            .client
            .delete_message_batch()
            .queue_url(&self.queue_url)
            .set_entries(Some(entries));
        request
            .send()
            .await
            .map(|_| ())
            .map_err(|_| "done messages could not be deleted; they come again")
    }

    /// One message as Lambda hands it to a function.
    fn record(&self, message: &Message) -> Value {
        let attributes: Map<String, Value> = message
            .attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.as_str().to_owned(), json!(value)))
            .collect();
        let message_attributes: Map<String, Value> = message
            .message_attributes()
            .into_iter()
            .flatten()
            .map(|(name, value)| {
                let value = json!({
                    "stringValue": value.string_value(),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value.data_type(),
                });
                (name.clone(), value)
            })
            .collect();
        json!({
            "messageId": message.message_id(),
            "receiptHandle": message.receipt_handle(),
            "body": message.body(),
            "attributes": attributes,
            "messageAttributes": message_attributes,
            "md5OfBody": message.md5_of_body(),
            "eventSource": "aws:sqs",
            "eventSourceARN": self.queue_arn,
            "awsRegion": self.region,
        })
    }
}

/// The ids that an answer names as failed, read as Lambda reads it: an empty list or null is full success, an id that
/// is empty, unknown or not there fails the whole batch (`None`).
fn failures(answer: &Value, messages: &[Message], partial_failures: bool) -> Option<Vec<String>> {
    if !partial_failures || answer.is_null() {
        return Some(Vec::new());
    }
    let named = match &answer["batchItemFailures"] {
        Value::Null => return Some(Vec::new()),
        Value::Array(named) => named,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => return None,
    };
    let known = |id: &&str| {
        messages
            .iter()
            .any(|message| message.message_id() == Some(id))
    };
    named
        .iter()
        .map(|failure| {
            failure["itemIdentifier"]
                .as_str()
                .filter(known)
                .map(str::to_owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages() -> Vec<Message> {
        ["a", "b"]
            .map(|id| Message::builder().message_id(id).build())
            .to_vec()
    }

    #[test]
    fn an_empty_list_or_null_is_full_success() {
        for answer in [
            json!({"batchItemFailures": []}),
            json!({"batchItemFailures": null}),
            json!(null),
            json!({}),
        ] {
            assert_eq!(
                failures(&answer, &messages(), true),
                Some(vec![]),
                "{answer}"
            );
        }
    }

    #[test]
    fn named_records_fail_and_an_unknown_name_fails_the_batch() {
        let named = json!({"batchItemFailures": [{"itemIdentifier": "b"}]});
        assert_eq!(
            failures(&named, &messages(), true),
            Some(vec!["b".to_owned()])
        );
        for id in [json!(""), json!(null), json!("z")] {
            let odd = json!({"batchItemFailures": [{"itemIdentifier": id}]});
            assert_eq!(failures(&odd, &messages(), true), None);
        }
        assert_eq!(
            failures(&json!({"batchItemFailures": "x"}), &messages(), true),
            None
        );
        assert_eq!(
            failures(&named, &messages(), false),
            Some(vec![]),
            "without the setting nothing is read"
        );
    }
}
