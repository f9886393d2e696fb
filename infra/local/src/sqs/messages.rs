//! The messages of a queue: put, taken, hidden, moved to the dead-letter queue, deleted.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::errors::{Code, SqsError};
use super::message::{Attribute, Receipt, WireAttribute};
use super::queue::{MAX_VISIBILITY_S, arn};
use super::storage::{self, Queue};

/// How many rounds of exhausted messages one receive moves to the dead-letter queue before it
/// answers with what it has.
const MAX_REDRIVE_ROUNDS: usize = 100;

/// How many messages a queue holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Depth {
    /// Waiting to be received.
    pub visible: i64,
    /// Received and not yet deleted.
    pub in_flight: i64,
    /// Sent with a delay that has not passed.
    pub delayed: i64,
}

/// A message that has been checked.
#[derive(Debug)]
pub(super) struct NewMessage {
    pub(super) message_id: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) system_attributes: BTreeMap<String, Attribute>,
    pub(super) group_id: Option<String>,
    pub(super) delay_s: i64,
}

/// A message as taken from the queue.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) message_id: String,
    pub(super) body: String,
    pub(super) attributes: BTreeMap<String, WireAttribute>,
    pub(super) system_attributes: BTreeMap<String, WireAttribute>,
    pub(super) group_id: Option<String>,
    pub(super) sent_at: i64,
    pub(super) first_received_at: i64,
    pub(super) receive_count: i64,
    pub(super) dead_letter_source: Option<String>,
    pub(super) receipt: Receipt,
}

/// What one receive finds.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) messages: Vec<Taken>,
    /// When the next hidden message shows, if there is one.
    pub(super) next_visible_at: Option<i64>,
    /// The dead-letter queue, if anything was moved there.
    pub(super) moved_to: Option<i64>,
}

/// Adds a message.
pub(super) fn put(
    database: &Connection,
    queue: &Queue,
    message: &NewMessage,
    now: i64,
) -> Result<(), SqsError> {
    database
        .prepare_cached(
            "INSERT INTO messages
                (queue_id, visible_at, sent_at, message_id, group_id, system_attributes, attributes, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            queue.id,
            now + message.delay_s * 1000,
            now,
            message.message_id,
            message.group_id,
            written(&message.system_attributes)?,
            written(&message.attributes)?,
            message.body,
        ])?;
    Ok(())
}

/// Takes up to `limit` messages and hides them. Those that were received too often go to the
/// dead-letter queue instead.
pub(super) fn take(
    database: &Connection,
    queue: &Queue,
    limit: usize,
    visibility_s: i64,
    now: i64,
) -> Result<Found, SqsError> {
    expire(database, queue, now)?;
    let mut found = Found::default();
    let candidates = candidates(database, queue, limit, now, &mut found)?;
    for seq in candidates {
        found
            .messages
            .push(hide(database, queue, seq, now + visibility_s * 1000, now)?);
    }
    if found.messages.is_empty() {
        found.next_visible_at = database
            .prepare_cached(
                "SELECT MIN(visible_at) FROM messages WHERE queue_id = ?1 AND visible_at > ?2",
            )?
            .query_row(params![queue.id, now], |row| row.get(0))?;
    }
    Ok(found)
}

/// Deletes what this receipt stands for. A stale receipt, or one of a message that has gone,
/// changes nothing and is no error, as in SQS.
pub(super) fn delete(database: &Connection, receipt: Receipt) -> Result<(), SqsError> {
    database
        .prepare_cached("DELETE FROM messages WHERE seq = ?1 AND queue_id = ?2 AND receive = ?3")?
        .execute(params![receipt.message, receipt.queue, receipt.receive])?;
    Ok(())
}

/// Hides a message in flight for so long from now; zero shows it at once.
pub(super) fn change_visibility(
    database: &Connection,
    receipt: Receipt,
    visibility_s: i64,
    now: i64,
) -> Result<(), SqsError> {
    let current: Option<(i64, Option<i64>)> = database
        .prepare_cached(
            "SELECT visible_at, received_at FROM messages
             WHERE seq = ?1 AND queue_id = ?2 AND receive = ?3",
        )?
        .query_row(
            params![receipt.message, receipt.queue, receipt.receive],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((visible_at, received_at)) = current else {
        return Err(SqsError::invalid(
            "ReceiptHandle",
            "Message does not exist or is not available for visibility timeout change.",
        ));
    };
    if visible_at <= now {
        return Err(SqsError::refused(
            Code::MessageNotInflight,
            "The specified message isn't in flight.",
        ));
    }
    let visible_at = now + visibility_s * 1000;
    if received_at.is_some_and(|at| visible_at > at + MAX_VISIBILITY_S * 1000) {
        return Err(SqsError::invalid(
            "VisibilityTimeout",
            "Total VisibilityTimeout for the message is beyond the limit [43200 seconds].",
        ));
    }
    database.execute(
        "UPDATE messages SET visible_at = ?2 WHERE seq = ?1",
        params![receipt.message, visible_at],
    )?;
    Ok(())
}

/// Makes what is received and not deleted visible, in all queues.
pub(super) fn return_received(database: &Connection, now: i64) -> Result<(), SqsError> {
    database.execute(
        "UPDATE messages SET visible_at = ?1 WHERE received_at IS NOT NULL AND visible_at > ?1",
        [now],
    )?;
    Ok(())
}

/// Deletes everything in a queue.
pub(super) fn purge(database: &Connection, queue: &Queue) -> Result<(), SqsError> {
    database.execute("DELETE FROM messages WHERE queue_id = ?1", [queue.id])?;
    Ok(())
}

/// Counts a queue's messages.
pub(super) fn depth(database: &Connection, queue: &Queue, now: i64) -> Result<Depth, SqsError> {
    expire(database, queue, now)?;
    let depth = database
        .prepare_cached(
            "SELECT COUNT(*) FILTER (WHERE visible_at <= ?2),
                    COUNT(*) FILTER (WHERE visible_at > ?2 AND received_at IS NOT NULL),
                    COUNT(*) FILTER (WHERE visible_at > ?2 AND received_at IS NULL)
             FROM messages WHERE queue_id = ?1",
        )?
        .query_row(params![queue.id, now], |row| {
            Ok(Depth {
                visible: row.get(0)?,
                in_flight: row.get(1)?,
                delayed: row.get(2)?,
            })
        })?;
    Ok(depth)
}

/// A message is kept for its queue's retention from when it was first sent, a dead letter too.
fn expire(database: &Connection, queue: &Queue, now: i64) -> Result<(), SqsError> {
    database
        .prepare_cached("DELETE FROM messages WHERE queue_id = ?1 AND sent_at <= ?2")?
        .execute(params![queue.id, now - queue.attributes.retention_s * 1000])?;
    Ok(())
}

/// The next visible messages, once the exhausted ones among them have been moved away.
fn candidates(
    database: &Connection,
    queue: &Queue,
    limit: usize,
    now: i64,
    found: &mut Found,
) -> Result<Vec<i64>, SqsError> {
    let redrive = match &queue.attributes.redrive {
        Some(redrive) => storage::find_queue(database, &redrive.dead_letter_queue)?
            .map(|dead_letters| (dead_letters.id, redrive.max_receive_count)),
        None => None,
    };
    let mut fresh = Vec::new();
    for _ in 0..MAX_REDRIVE_ROUNDS {
        let visible = visible(database, queue, limit, now)?;
        let Some((dead_letters, max)) = redrive else {
            return Ok(visible.into_iter().map(|(seq, _)| seq).collect());
        };
        let (exhausted, kept): (Vec<_>, Vec<_>) = visible
            .into_iter()
            .partition(|(_, receives)| *receives >= max);
        fresh = kept.into_iter().map(|(seq, _)| seq).collect();
        if exhausted.is_empty() {
            break;
        }
        for (seq, _) in exhausted {
            bury(database, queue, seq, dead_letters, now)?;
        }
        found.moved_to = Some(dead_letters);
    }
    Ok(fresh)
}

fn visible(
    database: &Connection,
    queue: &Queue,
    limit: usize,
    now: i64,
) -> Result<Vec<(i64, i64)>, SqsError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut statement = database.prepare_cached(
        "SELECT seq, receive_count FROM messages WHERE queue_id = ?1 AND visible_at <= ?2
         ORDER BY visible_at, seq LIMIT ?3",
    )?;
    let rows = statement.query_map(params![queue.id, now, limit], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Moves a message to the dead-letter queue, where its receives are counted anew.
fn bury(
    database: &Connection,
    queue: &Queue,
    seq: i64,
    dead_letters: i64,
    now: i64,
) -> Result<(), SqsError> {
    database
        .prepare_cached(
            "UPDATE messages
             SET queue_id = ?2, visible_at = ?3, dead_letter_source = ?4, received_at = NULL,
                 receive = NULL, receive_count = 0, first_received_at = NULL
             WHERE seq = ?1",
        )?
        .execute(params![seq, dead_letters, now, arn(&queue.name)])?;
    Ok(())
}

fn hide(
    database: &Connection,
    queue: &Queue,
    seq: i64,
    visible_at: i64,
    now: i64,
) -> Result<Taken, SqsError> {
    let receipt = Receipt {
        queue: queue.id,
        message: seq,
        receive: fastrand::i64(..),
    };
    database
        .prepare_cached(
            "UPDATE messages
             SET visible_at = ?2, received_at = ?3, receive = ?4, receive_count = receive_count + 1,
                 first_received_at = COALESCE(first_received_at, ?3)
             WHERE seq = ?1
             RETURNING message_id, body, attributes, system_attributes, group_id, sent_at,
                       first_received_at, receive_count, dead_letter_source",
        )?
        .query_row(params![seq, visible_at, now, receipt.receive], |row| {
            Ok(read(row, receipt))
        })?
}

fn read(row: &Row<'_>, receipt: Receipt) -> Result<Taken, SqsError> {
    let attributes: String = row.get(2)?;
    let system_attributes: String = row.get(3)?;
    Ok(Taken {
        message_id: row.get(0)?,
        body: row.get(1)?,
        attributes: serde_json::from_str(&attributes).map_err(SqsError::Corrupt)?,
        system_attributes: serde_json::from_str(&system_attributes).map_err(SqsError::Corrupt)?,
        group_id: row.get(4)?,
        sent_at: row.get(5)?,
        first_received_at: row.get(6)?,
        receive_count: row.get(7)?,
        dead_letter_source: row.get(8)?,
        receipt,
    })
}

fn written(attributes: &BTreeMap<String, Attribute>) -> Result<String, SqsError> {
    let wire: BTreeMap<&String, WireAttribute> = attributes
        .iter()
        .map(|(name, attribute)| (name, attribute.into()))
        .collect();
    serde_json::to_string(&wire).map_err(SqsError::Corrupt)
}
