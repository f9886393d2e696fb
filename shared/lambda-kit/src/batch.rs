//! The batch runner: SQS records in, one fate each, a partial batch response out.
//!
//! Its promises:
//! - A record is acknowledged only when it is stored, was stored before, or lies in the quarantine
//!   queue. Whatever goes wrong otherwise (a panic, a late handler, a fate that was not given)
//!   sends it back to its queue.
//! - Records are judged once each; one record's fate never changes another's. A handler judges each
//!   record inside [`catch_panic`], and what it does for some of them inside [`catch_panic_of`]; a
//!   panic outside of both sends the whole batch back.
//! - The answer is in time: the handler is dropped [`HANDLER_GRACE`] after the deadline, writing to
//!   the quarantine queue stops [`QUARANTINE_GRACE`] after it.
//!
//! It expects standard queues: a FIFO queue would also want everything behind a failure returned.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::stream::{self, StreamExt};

use crate::deadline::Deadline;
use crate::fate::{Fate, Judged, Reason, RetryReason};
use crate::metrics::{
    BATCH_DURATION, Metrics, RECORDS_DONE, RECORDS_DUPLICATE, RECORDS_PANICKED,
    RECORDS_QUARANTINED, RECORDS_RETRIED,
};
use crate::telemetry::causes;

mod guard;
mod record;

pub use guard::{Panicked, catch_panic, catch_panic_of};

use guard::{Cut, guarded};
use tokio::time::Instant;

/// The most records that are judged in one invocation: SQS's own limit for a batch. More than that
/// are returned to the queue.
pub const MAX_RECORDS: usize = 10_000;

/// How many quarantined records are written at the same time.
pub const QUARANTINE_CONCURRENCY: usize = 8;

/// How long after the deadline a handler that stops by itself is still listened to.
pub const HANDLER_GRACE: Duration = Duration::from_millis(200);

/// How long after the deadline refused records may still be written to the quarantine queue.
pub const QUARANTINE_GRACE: Duration = Duration::from_millis(500);

/// The code of the reason for a record without a body.
pub const MISSING_BODY: &str = "missing_body";

/// One SQS record. Its `Debug` shows neither body nor attributes, which hold personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// SQS's id of the message, new at each sending. Empty when the record came without one.
    pub message_id: String,
    /// The body as it was sent.
    pub body: String,
    /// The message attributes that are strings, by name.
    pub attributes: BTreeMap<String, String>,
    /// When the message was sent to the queue, in milliseconds since the Unix epoch.
    pub sent_at_ms: Option<i64>,
    /// How often the message has been received, this time included.
    pub receive_count: u32,
    /// The name of its queue; empty when it is not known.
    pub queue: String,
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("message_id", &self.message_id)
            .field("sent_at_ms", &self.sent_at_ms)
            .field("receive_count", &self.receive_count)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}

/// What judges the records of a batch.
pub trait BatchHandler {
    /// Judges each record alone and answers one judgement per record, in order. Missing ones count
    /// as [`RetryReason::NotJudged`]. At the deadline it stops and answers
    /// [`RetryReason::OutOfTime`] for the rest. A record may come again after it was handled, so
    /// handling has to be idempotent.
    fn handle(&self, records: &[Record], deadline: Deadline) -> impl Future<Output = Vec<Judged>>;
}

/// Where refused records are kept for a person to look at.
pub trait QuarantineQueue {
    /// Stores the record and its reason; it returns only when both are durable. An `Err` sends the
    /// record back to its queue. The body can be empty ([`MISSING_BODY`]), which SQS does not
    /// accept as a body of its own.
    fn put(
        &self,
        record: &Record,
        reason: &Reason,
    ) -> impl Future<Output = Result<(), QuarantineError>>;
}

/// A refused record could not be stored; it is retried.
#[derive(Debug, thiserror::Error)]
#[error("the quarantine queue did not take a record")]
pub struct QuarantineError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl QuarantineError {
    /// The error with its cause, which is logged and must not quote the record.
    pub fn new(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

/// The batch cannot be answered in part: the whole of it returns to the queue.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BatchError {
    /// Records that came without a message id have to be retried. A partial batch response cannot
    /// name them, and an empty name in it would fail the batch as well.
    #[error("{0} records without a message id must be retried, so the whole batch is")]
    Unnamed(usize),
}

/// What Lambda shows of it.
impl From<BatchError> for lambda_runtime::Diagnostic {
    fn from(error: BatchError) -> Self {
        Self {
            error_type: "BatchError".to_owned(),
            error_message: error.to_string(),
        }
    }
}

/// Judges a batch and answers which of its records have to come again.
///
/// It needs a tokio runtime with time enabled. Counts go to `metrics`, which the caller flushes.
/// An `Err` returns the whole batch to the queue.
pub async fn run(
    handler: &impl BatchHandler,
    quarantine: &impl QuarantineQueue,
    event: SqsEvent,
    deadline: Deadline,
    metrics: &Metrics,
) -> Result<SqsBatchResponse, BatchError> {
    let began = Instant::now();
    let batch = record::receive(event);
    let judged = if deadline.passed() {
        let records = batch.whole.into_iter().chain(batch.bodiless);
        returned(records, RetryReason::OutOfTime)
    } else {
        let mut judged = judge(handler, batch.whole, deadline).await;
        judged.extend(batch.bodiless.into_iter().map(refuse_bodiless));
        keep_refused(quarantine, judged, deadline).await
    };
    for (record, judged) in &judged {
        count(record, judged, metrics);
    }
    let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    metrics.add(&BATCH_DURATION, elapsed);
    answer(&judged)
}

fn returned(records: impl Iterator<Item = Record>, reason: RetryReason) -> Vec<(Record, Judged)> {
    records
        .map(|record| (record, Fate::Retry(reason).into()))
        .collect()
}

fn refuse_bodiless(record: Record) -> (Record, Judged) {
    let fate = Fate::quarantine(MISSING_BODY, "The record has no `body`.");
    (record, fate.into())
}

/// Has the handler judge the records, and pads what it leaves out.
async fn judge(
    handler: &impl BatchHandler,
    records: Vec<Record>,
    deadline: Deadline,
) -> Vec<(Record, Judged)> {
    if records.is_empty() {
        return Vec::new();
    }
    let taken = &records[..records.len().min(MAX_RECORDS)];
    let cut = deadline.instant() + HANDLER_GRACE;
    // The handler is called inside the guarded future, so a panic in a plain function is caught too.
    let judgements = match guarded(async { handler.handle(taken, deadline).await }, cut).await {
        Ok(judgements) => judgements,
        Err(cut) => {
            let reason = RetryReason::from(cut);
            tracing::error!(
                reason = reason.code(),
                records = records.len(),
                "batch handler gave no answer"
            );
            return returned(records.into_iter(), reason);
        }
    };
    if judgements.len() != records.len() {
        tracing::error!(
            records = records.len(),
            judgements = judgements.len(),
            "batch handler answered for another number of records"
        );
    }
    let rest = std::iter::repeat_with(|| Fate::Retry(RetryReason::NotJudged).into());
    records
        .into_iter()
        .zip(judgements.into_iter().chain(rest))
        .collect()
}

/// Writes the refused records to the quarantine queue, which has to come before they are
/// acknowledged. What it does not take in time is retried.
async fn keep_refused(
    quarantine: &impl QuarantineQueue,
    judged: Vec<(Record, Judged)>,
    deadline: Deadline,
) -> Vec<(Record, Judged)> {
    let cut = deadline.instant() + QUARANTINE_GRACE;
    stream::iter(judged)
        .map(|(record, mut judged)| async move {
            if let Fate::Quarantine(reason) = &judged.fate
                && !kept(quarantine, &record, reason, cut).await
            {
                judged.fate = Fate::Retry(RetryReason::NotQuarantined);
            }
            (record, judged)
        })
        .buffered(QUARANTINE_CONCURRENCY)
        .collect()
        .await
}

async fn kept(
    quarantine: &impl QuarantineQueue,
    record: &Record,
    reason: &Reason,
    cut: Instant,
) -> bool {
    let error = match guarded(async { quarantine.put(record, reason).await }, cut).await {
        Ok(Ok(())) => return true,
        Ok(Err(error)) => causes(&error),
        Err(Cut::Panicked(panicked)) => panicked.to_string(),
        Err(Cut::OutOfTime) => "no time was left".to_owned(),
    };
    tracing::error!(
        record.message_id,
        quarantine.code = %reason.code,
        error,
        "record not quarantined"
    );
    false
}

fn count(record: &Record, judged: &Judged, metrics: &Metrics) {
    for name in &judged.ignored {
        metrics.ignored(name);
    }
    match &judged.fate {
        Fate::Done => metrics.add(&RECORDS_DONE, 1),
        Fate::Duplicate => metrics.add(&RECORDS_DUPLICATE, 1),
        Fate::Retry(reason) => {
            metrics.add(&RECORDS_RETRIED, 1);
            if *reason == RetryReason::Panicked {
                metrics.add(&RECORDS_PANICKED, 1);
            }
            tracing::warn!(
                record.message_id,
                record.receive_count,
                record.queue,
                retry.reason = reason.code(),
                "record returned"
            );
        }
        Fate::Quarantine(reason) => {
            metrics.add(&RECORDS_QUARANTINED, 1);
            tracing::warn!(
                record.message_id,
                record.receive_count,
                record.queue,
                quarantine.code = %reason.code,
                quarantine.text = reason.text,
                "record quarantined"
            );
        }
    }
}

fn answer(judged: &[(Record, Judged)]) -> Result<SqsBatchResponse, BatchError> {
    let mut response = SqsBatchResponse::default();
    let mut unnamed = 0;
    for (record, judged) in judged {
        match &judged.fate {
            Fate::Retry(_) if record.message_id.is_empty() => unnamed += 1,
            Fate::Retry(_) => response.add_failure(record.message_id.as_str()),
            Fate::Done | Fate::Duplicate | Fate::Quarantine(_) => {}
        }
    }
    if unnamed > 0 {
        return Err(BatchError::Unnamed(unnamed));
    }
    Ok(response)
}

#[cfg(test)]
mod tests;
