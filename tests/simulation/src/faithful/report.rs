//! What a comparison comes to.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write};

use serde_json::{Value, json};

use super::Unknown;
use super::compare::Answer;
use super::known::{KNOWN_DIFFERENCES, Known, Which};

/// Outcomes that random requests have to come to, or they are not worth much.
const WANTED: [(&str, &str); 8] = [
    ("TransactWriteItems", "done"),
    ("TransactWriteItems", "TransactionCanceledException"),
    ("TransactWriteItems", "ValidationException"),
    ("UpdateItem", "done"),
    ("UpdateItem", "ConditionalCheckFailedException"),
    ("Query", "done"),
    ("Query", "ValidationException"),
    ("BatchGetItem", "done"),
];

/// Counts of a comparison.
#[derive(Debug, Default)]
pub struct Report {
    /// How many sequences were run to their end.
    pub sequences: u64,
    stores: Vec<Which>,
    answers: u64,
    calls: u32,
    took: std::time::Duration,
    /// By operation and outcome.
    outcomes: BTreeMap<(&'static str, String), u64>,
    /// By their place among the known ones.
    differences: BTreeMap<usize, u64>,
}

impl Report {
    pub(super) fn of(stores: Vec<Which>) -> Self {
        Self {
            stores,
            ..Self::default()
        }
    }

    pub(super) fn compared(&mut self, which: Which, operation: &'static str, answer: &Answer) {
        self.answers += 1;
        // What the simulated table says is counted once, however many stores it is compared with.
        if self.stores.first() == Some(&which) {
            let outcome = answer.outcome().to_owned();
            *self.outcomes.entry((operation, outcome)).or_default() += 1;
        }
    }

    pub(super) fn took(&mut self, time: std::time::Duration) {
        self.calls += 1;
        self.took += time;
    }

    pub(super) fn count(&mut self, known: &'static Known) {
        let place = KNOWN_DIFFERENCES.iter().position(|other| other == known);
        *self
            .differences
            .entry(place.unwrap_or_default())
            .or_default() += 1;
    }

    /// Whether the requests came to all that matters.
    #[must_use]
    pub fn is_worth_something(&self) -> bool {
        let seen: BTreeSet<(&str, &str)> = self
            .outcomes
            .keys()
            .map(|(operation, outcome)| (*operation, outcome.as_str()))
            .collect();
        WANTED.iter().all(|wanted| seen.contains(wanted))
    }

    /// Its rows for the table of proofs.
    #[must_use]
    pub fn rows(&self, command: &str) -> Value {
        let stores: Vec<String> = self.stores.iter().map(Which::to_string).collect();
        let differences: u64 = self.differences.values().sum();
        json!([{
            "what": format!("The simulated table answers as {} do", stores.join(" and ")),
            "result": format!(
                "{} random sequences, {} answers compared, none differs but for {} kinds that are known and listed ({} answers)",
                self.sequences, self.answers, self.differences.len(), differences
            ),
            "command": command,
        }])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} sequences, {} answers compared",
            self.sequences, self.answers
        )?;
        let each = self.took.checked_div(self.calls).unwrap_or_default();
        writeln!(
            f,
            "{} calls of the simulated table, {each:?} each",
            self.calls
        )?;
        for ((operation, outcome), count) in &self.outcomes {
            writeln!(f, "{count:>9}  {operation}: {outcome}")?;
        }
        if self.differences.is_empty() {
            writeln!(f, "no difference")?;
        }
        for (place, count) in &self.differences {
            if let Some(known) = KNOWN_DIFFERENCES.get(*place) {
                writeln!(
                    f,
                    "{count:>9}  known difference of {}, {}: {} here, {} there. {}",
                    known.store,
                    known.about,
                    known.simulated,
                    known.other.join(" or "),
                    known.reason
                )?;
            }
        }
        Ok(())
    }
}

/// A difference that nobody knew, in words.
#[must_use]
pub fn told(unknown: &Unknown) -> String {
    /// Longest line: a big item need not be seen whole.
    const MAX_LINE: usize = 1500;
    let short = |text: String| match text.char_indices().nth(MAX_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    let difference = &unknown.difference;
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing to text does not fail.
        let _ = writeln!(text, "{}", short(words));
    };
    line(format!(
        "seed {}: {} differs, {} ({}), page {}",
        unknown.seed, difference.which, difference.about, difference.operation, difference.page
    ));
    line(format!("  simulated: {}", difference.simulated));
    line(format!("  there:     {}", difference.other));
    for step in &unknown.steps {
        line(format!(
            "  {} ({}): {}",
            step.operation,
            step.about,
            step.body_for(super::OWN)
        ));
    }
    text
}
