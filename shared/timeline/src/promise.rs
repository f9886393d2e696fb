//! Promises: what the company said that it would do, until it is done.

mod standing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::{EventId, IdError, opaque};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Longest description of a promise that is kept, in characters.
pub const MAX_PROMISE_CHARS: usize = 200;

/// Most promises of one interaction that are to be kept at the same time.
pub const MAX_PROMISES: usize = 16;

/// Most promises of one interaction that a summary shows while they are to be kept, the newest of them. More than may be
/// made one after the other, since of those that are made at the same moment none sees the others.
pub const MAX_OPEN_SHOWN: usize = 2 * MAX_PROMISES;

/// Most promises of one interaction that a summary shows after they came to their end, the newest ends of them.
pub const MAX_ENDED_SHOWN: usize = 4;

/// A promise within its interaction: `prm_` and a digest, or the id that the system that made it gave it.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct PromiseId(String);

/// What was promised.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// To call back.
    Callback,
    /// To give money back.
    Refund,
    /// To write an email.
    Email,
    /// To do something else.
    Other,
}

/// The company promised something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Promise {
    /// Which promise of the interaction.
    pub id: PromiseId,
    /// What sort of thing.
    pub promised: PromiseKind,
    /// What exactly, in the agent's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Personal>,
    /// Who is to keep it: an agent or a team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// By when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
}

/// How a promise came to its end.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum PromiseEnd {
    /// It was kept.
    Kept,
    /// It was taken back, with the customer's consent or by mistake.
    Withdrawn,
}

/// A promise came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromiseEnded {
    /// Which promise of the interaction.
    pub id: PromiseId,
    /// How.
    pub how: PromiseEnd,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
}

/// Where a promise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PromiseState {
    /// To be kept.
    Open,
    /// To be kept, and its time is over.
    Overdue,
    /// Kept.
    Kept,
    /// Taken back.
    Withdrawn,
}

/// A promise and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromiseStatus {
    /// The promise.
    #[serde(flatten)]
    pub promise: Promise,
    /// When it was made, or was last said anew: a callback that is put off is promised again under its id.
    pub made_at: Timestamp,
    /// The event that tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Where it stands.
    pub state: PromiseState,
}

impl PromiseId {
    /// The promise that a key of its own names, such as the act that made it and a number.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(format!("prm_{}", opaque(&["promise", key])))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PromiseId {
    type Error = IdError;

    /// Takes any short id: systems that make promises number them themselves.
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !text.is_empty() && text.len() <= 64 && text.chars().all(plain) {
            Ok(Self(text))
        } else {
            Err(IdError::NotAPromise)
        }
    }
}

impl From<PromiseId> for String {
    fn from(id: PromiseId) -> Self {
        id.0
    }
}

impl PromiseStatus {
    /// How it reads at a given time.
    #[must_use]
    pub fn as_of(mut self, now: Timestamp) -> Self {
        let late = self.promise.due_at.is_some_and(|due_at| due_at < now);
        if self.state == PromiseState::Open && late {
            self.state = PromiseState::Overdue;
        }
        self
    }

    /// Whether it is still to be kept.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self.state, PromiseState::Open | PromiseState::Overdue)
    }
}
