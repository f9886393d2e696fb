//! The template's queues, made on the embedded SQS or on another emulator's.

use aws_sdk_sqs::types::QueueAttributeName;
use sam_template::Queue;
use serde_json::json;

use crate::plainly::of_emulator;
use crate::sqs::{QueueSpec, Redrive, Sqs};
use crate::stack::StackError;

/// Makes the queues of the template, those first that others send their dead letters to.
pub(crate) async fn ensure_queues(
    queues: &[Queue],
    embedded: Option<&Sqs>,
    client: &aws_sdk_sqs::Client,
) -> Result<(), StackError> {
    let named = |logical_id: &str| queues.iter().find(|queue| queue.logical_id == logical_id);
    let (last, first): (Vec<_>, Vec<_>) = queues.iter().partition(|queue| queue.redrive.is_some());
    for queue in first.into_iter().chain(last) {
        let redrive = queue
            .redrive
            .as_ref()
            .and_then(|redrive| Some((named(&redrive.target)?, redrive)));
        match embedded {
            Some(sqs) => {
                sqs.ensure_queue(QueueSpec {
                    name: queue.name.clone(),
                    visibility_timeout_s: queue.visibility_timeout_s.into(),
                    retention_s: queue.retention_s.into(),
                    max_message_bytes: queue.max_message_bytes.into(),
                    redrive: redrive.map(|(target, redrive)| Redrive {
                        dead_letter_queue: target.name.clone(),
                        max_receive_count: redrive.max_receive_count.into(),
                    }),
                })
                .await?;
            }
            None => {
                let mut request = client
                    .create_queue()
                    .queue_name(&queue.name)
                    .attributes(
                        QueueAttributeName::VisibilityTimeout,
                        queue.visibility_timeout_s.to_string(),
                    )
                    .attributes(
                        QueueAttributeName::MessageRetentionPeriod,
                        queue.retention_s.to_string(),
                    )
                    .attributes(
                        QueueAttributeName::MaximumMessageSize,
                        queue.max_message_bytes.to_string(),
                    );
                if let Some((target, redrive)) = redrive {
                    let policy = json!({
                        "deadLetterTargetArn": target.arn,
                        "maxReceiveCount": redrive.max_receive_count.to_string(),
                    });
                    request =
                        request.attributes(QueueAttributeName::RedrivePolicy, policy.to_string());
                }
                request
                    .send()
                    .await
                    .map_err(|error| StackError::Queue(queue.name.clone(), of_emulator(&error)))?;
            }
        }
    }
    Ok(())
}
