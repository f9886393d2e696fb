//! The actions that make queues and find them.

use super::Sqs;
use super::actions::check_dead_letters;
use super::errors::{Code, SqsError};
use super::protocol::{CreateQueue, GetQueueUrl, ListQueues, QueueUrl, QueueUrls};
use super::queue::{ACCOUNT, QueueAttributes, check_name};
use super::storage;

/// Most queues in one answer.
const MAX_LISTED: i64 = 1_000;

/// The URL of a queue under this base.
pub(super) fn url(base: &str, name: &str) -> String {
    format!("{base}/{ACCOUNT}/{name}")
}

pub(super) async fn create_queue(
    sqs: &Sqs,
    base: &str,
    request: CreateQueue,
) -> Result<QueueUrl, SqsError> {
    let name = request
        .queue_name
        .ok_or_else(|| SqsError::missing("QueueName"))?;
    check_name(&name)?;
    let queue_url = url(base, &name);
    let now = sqs.now();
    sqs.run(move |database| {
        let existing = storage::find_queue(database, &name)?;
        let mut wanted = existing
            .as_ref()
            .map_or_else(QueueAttributes::default, |queue| queue.attributes.clone());
        for (attribute, value) in &request.attributes {
            wanted.set(attribute, value)?;
        }
        match existing {
            Some(queue) if queue.attributes == wanted => Ok(()),
            Some(_) => Err(SqsError::refused(
                Code::QueueNameExists,
                "A queue already exists with the same name and a different value for an attribute.",
            )),
            None => {
                check_dead_letters(database, &wanted)?;
                storage::insert_queue(database, &name, &wanted, now)
            }
        }
    })
    .await?;
    Ok(QueueUrl { queue_url })
}

pub(super) async fn get_queue_url(
    sqs: &Sqs,
    base: &str,
    request: GetQueueUrl,
) -> Result<QueueUrl, SqsError> {
    let name = request
        .queue_name
        .ok_or_else(|| SqsError::missing("QueueName"))?;
    let queue_url = url(base, &name);
    sqs.run(move |database| storage::queue(database, &name))
        .await?;
    Ok(QueueUrl { queue_url })
}

pub(super) async fn list_queues(
    sqs: &Sqs,
    base: &str,
    request: ListQueues,
) -> Result<QueueUrls, SqsError> {
    let limit = request.max_results.unwrap_or(MAX_LISTED);
    if !(1..=MAX_LISTED).contains(&limit) {
        return Err(SqsError::invalid(
            "MaxResults",
            "Must be between 1 and 1000, if provided.",
        ));
    }
    let limit = usize::try_from(limit).unwrap_or(1);
    let mut names = sqs
        .run(move |database| {
            let prefix = request.queue_name_prefix.unwrap_or_default();
            let after = request.next_token.unwrap_or_default();
            // One more than asked for tells whether there are more.
            storage::queue_names(database, &prefix, &after, limit + 1)
        })
        .await?;
    let more = names.len() > limit;
    names.truncate(limit);
    let next_token = names.last().filter(|_| more).cloned();
    Ok(QueueUrls {
        queue_urls: names.iter().map(|name| url(base, name)).collect(),
        next_token,
    })
}
