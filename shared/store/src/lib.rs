#![doc = include_str!("../README.md")]

mod append;
pub mod client;
mod cursor;
mod error;
mod item;
mod read;
mod retry;
pub mod schema;

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

pub use append::Appended;
pub use cursor::CursorError;
pub use error::StoreError;
pub use read::{EventPage, MAX_PAGE, POP_PAGE, TimelinePage};

use cursor::CursorKey;

/// The customer timeline in its table.
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: String,
    salt: String,
    retention: Option<Duration>,
    cursors: CursorKey,
    known_customers: Mutex<HashSet<String>>,
}

/// What a store needs to know beside its client.
#[derive(Clone)]
pub struct StoreConfig {
    /// The table's name.
    pub table: String,
    /// The stack's secret: it salts customer ids and seals cursors.
    pub secret: String,
    /// For how long events are kept; `None` for ever.
    pub retention: Option<Duration>,
}

impl std::fmt::Debug for StoreConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoreConfig")
            .field("table", &self.table)
            .field("secret", &"[secret]")
            .field("retention", &self.retention)
            .finish()
    }
}

impl Store {
    /// A store on the table that the configuration names.
    #[must_use]
    pub fn new(client: aws_sdk_dynamodb::Client, config: StoreConfig) -> Self {
        Self {
            client,
            table: config.table,
            cursors: CursorKey::derived_from(&config.secret),
            salt: config.secret,
            retention: config.retention,
            known_customers: Mutex::new(HashSet::new()),
        }
    }

    /// The salt of this stack's customer ids.
    #[must_use]
    pub fn salt(&self) -> &str {
        &self.salt
    }
}
