//! Who did something: an agent, or a policy of the stack.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Longest name of an agent that is kept, in bytes.
const MAX_NAME: usize = 200;

/// Who did something, as text: `agent:<the token's subject>` or `policy:<name>`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Actor(String);

impl Actor {
    /// An agent, or a system that shows an agent's token, by the token's subject.
    #[must_use]
    pub fn agent(subject: &str) -> Self {
        Self(format!("agent:{}", crate::personal::cut(subject, MAX_NAME)))
    }

    /// A policy of the stack.
    #[must_use]
    pub fn policy(name: &'static str) -> Self {
        Self(format!("policy:{name}"))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the stack did it by itself.
    #[must_use]
    pub fn is_policy(&self) -> bool {
        self.0.starts_with("policy:")
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
