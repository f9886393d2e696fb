//! The check at the end: what was accepted is there, once, and nothing else.

pub mod pops;
pub mod queues;
pub mod table;

use std::collections::BTreeMap;
use std::fmt;

use crate::senders::NotTaken;

/// How many examples of a difference are told.
const MAX_EXAMPLES: usize = 10;

/// Why nothing can be compared.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// The table does not answer.
    #[error("the table cannot be read")]
    Table(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A queue or the API does not answer.
    #[error("a queue or the API does not answer")]
    NoAnswer(#[from] NotTaken),
    /// A pop is none.
    #[error("a pop was answered with {0}")]
    Pop(u16),
    /// The queues are not worked through.
    #[error("{0} messages are left in the queues")]
    NotDrained(u64),
    /// A message from a dead-letter queue was refused by its own queue.
    #[error("a dead letter cannot be put back")]
    NotPutBack,
}

/// What is not as it should be, by kind, with examples.
#[derive(Debug, Default)]
pub struct Differences {
    kinds: BTreeMap<&'static str, (u64, Vec<String>)>,
}

impl Differences {
    /// Notes one.
    pub fn note(&mut self, kind: &'static str, example: impl FnOnce() -> String) {
        let (count, examples) = self.kinds.entry(kind).or_default();
        *count += 1;
        if examples.len() < MAX_EXAMPLES {
            examples.push(example());
        }
    }

    /// Whether all is as it should be.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// How many there are of a kind.
    #[must_use]
    pub fn count(&self, kind: &str) -> u64 {
        self.kinds.get(kind).map_or(0, |(count, _)| *count)
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (kind, (count, examples)) in &self.kinds {
            writeln!(f, "{count} × {kind}")?;
            for example in examples {
                writeln!(f, "      {example}")?;
            }
        }
        Ok(())
    }
}
