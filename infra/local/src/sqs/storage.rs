//! The database and its queues. Nothing here reads a clock.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::errors::SqsError;
use super::queue::{QueueAttributes, no_such_queue};
use crate::Storage;
use crate::files::open_private;

/// The version of the schema below.
const SCHEMA_VERSION: i64 = 1;
/// How long to wait for another program that has the file open.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Bodies come last, so that counting does not read them. Ids are never used twice, so that an
/// old receipt handle can never mean a new message.
const SCHEMA: &str = "
    CREATE TABLE queues (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL UNIQUE,
        created_at INTEGER NOT NULL,
        modified_at INTEGER NOT NULL,
        attributes TEXT NOT NULL
    ) STRICT;
    CREATE TABLE messages (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        queue_id INTEGER NOT NULL,
        visible_at INTEGER NOT NULL,
        received_at INTEGER,
        receive INTEGER,
        receive_count INTEGER NOT NULL DEFAULT 0,
        first_received_at INTEGER,
        sent_at INTEGER NOT NULL,
        message_id TEXT NOT NULL,
        dead_letter_source TEXT,
        group_id TEXT,
        system_attributes TEXT NOT NULL,
        attributes TEXT NOT NULL,
        body TEXT NOT NULL
    ) STRICT;
    CREATE INDEX messages_by_visibility ON messages (queue_id, visible_at, received_at);
    CREATE INDEX messages_by_age ON messages (queue_id, sent_at);
";

/// A queue as stored.
#[derive(Debug, Clone)]
pub(super) struct Queue {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) created_at: i64,
    pub(super) modified_at: i64,
    pub(super) attributes: QueueAttributes,
}

/// Opens the database and brings a new one to this schema.
pub(super) fn open(storage: &Storage) -> Result<Connection, SqsError> {
    let connection = match storage {
        Storage::Memory => Connection::open_in_memory()?,
        Storage::File(path) => {
            drop(open_private(path).map_err(SqsError::File)?);
            Connection::open(path)?
        }
    };
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Only FULL makes a commit in the write-ahead log outlive a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match found {
        0 => connection.execute_batch(&format!(
            "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT"
        ))?,
        SCHEMA_VERSION => {}
        found => {
            return Err(SqsError::Version {
                found,
                known: SCHEMA_VERSION,
            });
        }
    }
    Ok(connection)
}

/// The queue of this name, if there is one.
pub(super) fn find_queue(database: &Connection, name: &str) -> Result<Option<Queue>, SqsError> {
    database
        .prepare_cached(
            "SELECT id, name, created_at, modified_at, attributes FROM queues WHERE name = ?1",
        )?
        .query_row([name], read_queue)
        .optional()?
        .transpose()
}

/// The queue of this name.
pub(super) fn queue(database: &Connection, name: &str) -> Result<Queue, SqsError> {
    find_queue(database, name)?.ok_or_else(no_such_queue)
}

/// Adds a queue.
pub(super) fn insert_queue(
    database: &Connection,
    name: &str,
    attributes: &QueueAttributes,
    now: i64,
) -> Result<(), SqsError> {
    let attributes = serde_json::to_string(attributes).map_err(SqsError::Corrupt)?;
    database.execute(
        "INSERT INTO queues (name, created_at, modified_at, attributes) VALUES (?1, ?2, ?2, ?3)",
        params![name, now, attributes],
    )?;
    Ok(())
}

/// Gives a queue other attributes.
pub(super) fn update_queue(
    database: &Connection,
    id: i64,
    attributes: &QueueAttributes,
    now: i64,
) -> Result<(), SqsError> {
    let attributes = serde_json::to_string(attributes).map_err(SqsError::Corrupt)?;
    database.execute(
        "UPDATE queues SET attributes = ?2, modified_at = ?3 WHERE id = ?1",
        params![id, attributes, now],
    )?;
    Ok(())
}

/// Removes a queue and what is in it.
pub(super) fn delete_queue(database: &Connection, id: i64) -> Result<(), SqsError> {
    database.execute("DELETE FROM messages WHERE queue_id = ?1", [id])?;
    database.execute("DELETE FROM queues WHERE id = ?1", [id])?;
    Ok(())
}

/// Names in order, from after `after`, that start with `prefix`.
pub(super) fn queue_names(
    database: &Connection,
    prefix: &str,
    after: &str,
    limit: usize,
) -> Result<Vec<String>, SqsError> {
    let mut statement = database.prepare_cached(
        "SELECT name FROM queues
         WHERE name > ?2 AND substr(name, 1, length(?1)) = ?1 ORDER BY name LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let names = statement.query_map(params![prefix, after, limit], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn read_queue(row: &Row<'_>) -> rusqlite::Result<Result<Queue, SqsError>> {
    let attributes: String = row.get(4)?;
    let attributes = match serde_json::from_str(&attributes) {
        Ok(attributes) => attributes,
        Err(error) => return Ok(Err(SqsError::Corrupt(error))),
    };
    Ok(Ok(Queue {
        id: row.get(0)?,
        name: row.get(1)?,
        created_at: row.get(2)?,
        modified_at: row.get(3)?,
        attributes,
    }))
}
