#![doc = include_str!("../README.md")]

mod append;
mod candidates;
mod claims;
pub mod client;
mod commit;
mod cursor;
mod customers;
mod error;
mod history;
mod interactions;
mod item;
mod known;
mod links;
mod pages;
mod profile;
mod read;
mod rebuild;
mod recall;
mod retry;
pub mod schema;
mod slice;
mod traits;

use std::collections::HashSet;
use std::sync::Mutex;
use std::time::Duration;

use aws::AwsAccess;

pub use append::Appended;
pub use claims::{Claimed, Deciding, MAX_CLAIMED};
pub use cursor::CursorError;
pub use error::StoreError;
pub use history::{Histories, MAX_HISTORY_LOOKED_AT};
pub use interactions::EventPage;
pub use known::{Known, Revised};
pub use links::{LinkAsk, LinkPreview, Linking, MAX_COUNTED, MAX_HISTORY, Surveyed, Unlinking};
pub use read::{MAX_PAGE, TimelinePage};
pub use rebuild::{Difference, Finding, Look, MAX_PARTS, Outcome, Part, Rebuilt};
pub use recall::POP_PAGE;
pub use traits::{CustomerTraits, Patched, TraitsPatch};

use cursor::CursorKey;

/// The customer timeline in its table.
pub struct Store {
    client: aws_sdk_dynamodb::Client,
    table: String,
    salt: String,
    retention: Option<Duration>,
    reading: String,
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
            reading: String::new(),
            known_customers: Mutex::new(HashSet::new()),
        }
    }

    /// The same, writing down as what the events are read that it is given: a name for the version of the parsers and
    /// for all of the configuration that bears on what they give. An event that comes again and reads otherwise is a
    /// conflict under the same name, and under another one it is not.
    #[must_use]
    pub fn reading_as(self, reading: String) -> Self {
        Self { reading, ..self }
    }

    /// A store as the environment of a function describes it: `TABLE_NAME`, `STACK_SECRET`, `RETENTION_DAYS` (0 or
    /// none: for ever) and what [`AwsAccess::from_environment`] reads. `read` gives the value of a variable.
    ///
    /// # Errors
    /// All variables that are missing or wrong, each with what is wrong with it.
    pub fn from_environment(
        mut read: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, Vec<(&'static str, &'static str)>> {
        let access = AwsAccess::from_environment("DYNAMODB", &mut read);
        let mut read = |name: &str| read(name).filter(|value| !value.trim().is_empty());
        let (table, secret) = (read("TABLE_NAME"), read("STACK_SECRET"));
        let days = read("RETENTION_DAYS").map_or(Ok(0), |days| days.trim().parse::<u32>());
        match (access, table, secret, days) {
            (Ok(access), Some(table), Some(secret), Ok(days)) => {
                let retention = (days > 0).then(|| Duration::from_secs(u64::from(days) * 86_400));
                Ok(Self::new(
                    client::dynamodb(&access),
                    StoreConfig {
                        table,
                        secret,
                        retention,
                    },
                ))
            }
            (access, table, secret, days) => {
                let missing = access.err().unwrap_or_default().into_iter();
                let table = table.is_none().then_some("TABLE_NAME");
                let secret = secret.is_none().then_some("STACK_SECRET");
                let mut problems: Vec<_> = missing
                    .chain(table)
                    .chain(secret)
                    .map(|name| (name, "is missing"))
                    .collect();
                problems.extend(
                    days.is_err()
                        .then_some(("RETENTION_DAYS", "is not a number of days")),
                );
                Err(problems)
            }
        }
    }

    /// The salt of this stack's customer ids.
    #[must_use]
    pub fn salt(&self) -> &str {
        &self.salt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_not_printed() {
        let config = StoreConfig {
            table: "timeline".to_owned(),
            secret: "hush".to_owned(),
            retention: None,
        };
        let printed = format!("{config:?}");
        assert!(printed.contains("timeline") && !printed.contains("hush"));
    }

    /// A store by an environment in which some variables are other than usual.
    fn store_by(others: &[(&str, &str)]) -> Result<Store, Vec<(&'static str, &'static str)>> {
        let usual = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "nobody's"),
            ("AWS_SECRET_ACCESS_KEY", "nobody's"),
            ("TABLE_NAME", "timeline"),
            ("STACK_SECRET", "hush"),
        ];
        Store::from_environment(|name| {
            let mut all = others.iter().chain(&usual);
            all.find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_store_is_as_its_environment_says() {
        let store = store_by(&[]).ok().unwrap();
        assert_eq!((store.table.as_str(), store.salt()), ("timeline", "hush"));
        for (days, kept) in [("0", None), ("1", Some(86_400)), (" 90 ", Some(7_776_000))] {
            let store = store_by(&[("RETENTION_DAYS", days)]).ok().unwrap();
            assert_eq!(store.retention, kept.map(Duration::from_secs), "{days}");
        }
        let problems = store_by(&[("TABLE_NAME", " "), ("RETENTION_DAYS", "-1")]);
        assert_eq!(
            problems.err().unwrap(),
            [
                ("TABLE_NAME", "is missing"),
                ("RETENTION_DAYS", "is not a number of days")
            ]
        );
    }
}
