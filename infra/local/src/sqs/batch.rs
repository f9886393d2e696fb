//! The three batch actions: each entry is judged alone, the batch as a whole only by its shape.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::Sqs;
use super::actions::{change_one, check_message};
use super::errors::{Code, SqsError};
use super::message::{Outgoing, Receipt};
use super::messages;
use super::protocol::{
    Batch, BatchResult, ChangeMessageVisibility, DeleteMessage, Done, Entry, EntryDone,
    EntryFailed, Sent,
};
use super::queue::{MAX_MESSAGE_BYTES, name_from_url};
use super::storage::{self, Queue};

/// Most entries of a batch.
const MAX_ENTRIES: usize = 10;
/// Longest entry id.
const MAX_ENTRY_ID: usize = 80;

pub(super) async fn send(sqs: &Sqs, batch: Batch<Outgoing>) -> Result<BatchResult<Sent>, SqsError> {
    let now = sqs.now();
    check_total(&batch)?;
    each(sqs, batch, move |database, queue, outgoing: &Outgoing| {
        let (message, sent) = check_message(&queue.attributes, outgoing)?;
        messages::put(database, queue, &message, now)?;
        Ok(sent)
    })
    .await
}

pub(super) async fn delete(
    sqs: &Sqs,
    batch: Batch<DeleteMessage>,
) -> Result<BatchResult<Done>, SqsError> {
    each(sqs, batch, |database, queue, entry: &DeleteMessage| {
        messages::delete(
            database,
            Receipt::parse(entry.receipt_handle.as_deref(), queue.id)?,
        )?;
        Ok(Done {})
    })
    .await
}

pub(super) async fn change_visibility(
    sqs: &Sqs,
    batch: Batch<ChangeMessageVisibility>,
) -> Result<BatchResult<Done>, SqsError> {
    let now = sqs.now();
    each(
        sqs,
        batch,
        move |database, queue, entry: &ChangeMessageVisibility| {
            change_one(database, queue, entry, now)?;
            Ok(Done {})
        },
    )
    .await
}

/// Does one thing with each entry, in one transaction. A refusal fails its entry; a failure of
/// the storage fails, and undoes, the batch.
async fn each<T: Send + 'static, R: Send + 'static>(
    sqs: &Sqs,
    batch: Batch<T>,
    act: impl Fn(&Connection, &Queue, &T) -> Result<R, SqsError> + Send + 'static,
) -> Result<BatchResult<R>, SqsError> {
    let name = name_from_url(batch.queue_url.as_deref())?.to_owned();
    let ids = check_ids(&batch.entries)?;
    let (queue, result) = sqs
        .run(move |database| {
            let queue = storage::queue(database, &name)?;
            let mut result = BatchResult {
                successful: Vec::new(),
                failed: Vec::new(),
            };
            for (id, entry) in ids.into_iter().zip(&batch.entries) {
                match act(database, &queue, &entry.content) {
                    Ok(content) => result.successful.push(EntryDone { id, content }),
                    Err(SqsError::Refused { code, message }) => result.failed.push(EntryFailed {
                        id,
                        sender_fault: code.is_sender_fault(),
                        code: code.query_code(),
                        message,
                    }),
                    Err(
                        failure @ (SqsError::Storage(_)
                        | SqsError::File(_)
                        | SqsError::NotCommitted(_)
                        | SqsError::Stopped
                        | SqsError::Version { .. }
                        | SqsError::Corrupt(_)),
                    ) => return Err(failure),
                }
            }
            Ok((queue.id, result))
        })
        .await?;
    sqs.arrivals.announce(queue);
    Ok(result)
}

fn check_total(batch: &Batch<Outgoing>) -> Result<(), SqsError> {
    let total: usize = batch.entries.iter().map(|entry| entry.content.size()).sum();
    if i64::try_from(total).unwrap_or(i64::MAX) <= MAX_MESSAGE_BYTES {
        return Ok(());
    }
    Err(SqsError::refused(
        Code::BatchRequestTooLong,
        format!(
            "Batch requests cannot be longer than {MAX_MESSAGE_BYTES} bytes. \
             You have sent {total} bytes."
        ),
    ))
}

fn check_ids<T>(entries: &[Entry<T>]) -> Result<Vec<String>, SqsError> {
    if entries.is_empty() {
        return Err(SqsError::refused(
            Code::EmptyBatchRequest,
            "There should be at least one entry in the request.",
        ));
    }
    if entries.len() > MAX_ENTRIES {
        return Err(SqsError::refused(
            Code::TooManyEntriesInBatchRequest,
            format!(
                "Maximum number of entries per request are 10. You have sent {}.",
                entries.len()
            ),
        ));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let mut seen = BTreeSet::new();
    for entry in entries {
        let id = entry.id.as_deref().ok_or_else(|| SqsError::missing("Id"))?;
        if id.is_empty() || id.len() > MAX_ENTRY_ID || !id.bytes().all(allowed) {
            return Err(SqsError::refused(
                Code::InvalidBatchEntryId,
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(SqsError::refused(
                Code::BatchEntryIdsNotDistinct,
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(entries
        .iter()
        .filter_map(|entry| entry.id.clone())
        .collect())
}
