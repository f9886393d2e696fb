//! The trace of a history: everything that happened, as one number. Two runs of one seed give the same.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// The trace so far.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    hasher: DefaultHasher,
    steps: u64,
    lines: Option<Vec<String>>,
}

impl Trace {
    /// An empty one, which keeps its lines for people if asked to.
    #[must_use]
    pub(crate) fn new(kept: bool) -> Self {
        Self {
            hasher: DefaultHasher::new(),
            steps: 0,
            lines: kept.then(Vec::new),
        }
    }

    /// Notes one step: when, who, what, and how it ended.
    pub(crate) fn step(&mut self, at_ms: i64, who: usize, what: &str, body: &Value, ended: &str) {
        self.steps += 1;
        (at_ms, who, what, digest(body), ended).hash(&mut self.hasher);
        if let Some(lines) = &mut self.lines {
            lines.push(format!(
                "{at_ms:>9} {who:>2} {what:<20} {ended:<24} {}",
                short(body)
            ));
        }
    }

    /// Notes one step with what was answered.
    pub(crate) fn step_told(
        &mut self,
        at_ms: i64,
        who: usize,
        what: &str,
        body: &Value,
        told: &Value,
    ) {
        self.step(at_ms, who, what, body, "");
        digest(told).hash(&mut self.hasher);
    }

    /// Notes what belongs to a step, or what something is in the end; no step of its own.
    pub(crate) fn also(&mut self, what: &Value) {
        digest(what).hash(&mut self.hasher);
    }

    /// How many steps there were.
    #[must_use]
    pub(crate) fn steps(&self) -> u64 {
        self.steps
    }

    /// All of them as one number.
    #[must_use]
    pub(crate) fn hash(&self) -> u64 {
        self.hasher.finish()
    }

    /// The lines, where they were kept.
    #[must_use]
    pub(crate) fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}

/// Longest body in a line of the trace.
const MAX_SHOWN: usize = 4000;

fn short(body: &Value) -> String {
    let text = body.to_string();
    let cut = text
        .char_indices()
        .nth(MAX_SHOWN)
        .map_or(text.len(), |(at, _)| at);
    text[..cut].to_owned()
}

/// A number for a body that does not depend on the order of an object's fields, which an SDK writes in any.
fn digest(body: &Value) -> u64 {
    let mut hasher = DefaultHasher::new();
    match body {
        Value::Object(fields) => {
            let mut all = 0_u64;
            for (name, value) in fields {
                // Chance, and part of nothing else.
                if name == "ClientRequestToken" {
                    continue;
                }
                // Sealed with the system's chance: it counts that there is one.
                let value = if name == "next_cursor" {
                    &Value::Null
                } else {
                    value
                };
                let mut one = DefaultHasher::new();
                (name, digest(value)).hash(&mut one);
                all = all.wrapping_add(one.finish());
            }
            ("object", all).hash(&mut hasher);
        }
        Value::Array(values) => {
            "array".hash(&mut hasher);
            for value in values {
                digest(value).hash(&mut hasher);
            }
        }
        Value::String(text) => text.hash(&mut hasher),
        Value::Null => "null".hash(&mut hasher),
        Value::Bool(value) => value.hash(&mut hasher),
        Value::Number(number) => number.to_string().hash(&mut hasher),
    }
    hasher.finish()
}
