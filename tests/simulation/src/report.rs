//! What many histories were: how many, of what, with which faults.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::check::judged::{Counts, Judged};
use crate::fault::Fault;
use crate::history::Outcome;

/// The writes before and after which a worker has to have crashed.
const WRITES: [&str; 4] = [
    "TransactWriteItems",
    "UpdateItem",
    "SendMessageBatch",
    "SendMessageBatch (door)",
];
/// What agents have to have done.
const ROUTES: [&str; 12] = [
    "GET /v1/screen-pop",
    "GET /v1/customers/{id}/timeline",
    "GET /v1/customers/{id}/candidates",
    "GET /v1/interactions/{id}",
    "POST /v1/customers/{id}/links",
    "DELETE /v1/customers/{id}/links/{link_id}",
    "PATCH /v1/customers/{id}",
    "PUT /v1/identities/{identity+}",
    "POST /v1/interactions",
    "POST /v1/interactions/{id}/notes",
    "POST /v1/interactions/{id}/wrap-up",
    "POST /v1/interactions/{id}/promises/{promise}",
];
/// What the front door has to have answered whom.
const POSTS: [(&str, i64); 12] = [
    ("a provider", 200),
    ("a provider", 503),
    ("forged: another secret", 401),
    ("forged: no proof", 401),
    ("forged: another body", 401),
    ("forged: too old", 401),
    ("forged: of the future", 401),
    ("forged: no connection", 404),
    ("too long", 413),
    ("compressed", 415),
    ("empty", 200),
    ("replayed: signed with its time", 401),
];
/// Most histories of which a report says what did not hold.
const MAX_TOLD: usize = 20;

/// The sum of histories.
#[derive(Debug, Default)]
pub struct Report {
    /// How many there were.
    pub histories: u64,
    /// How many steps they had.
    pub steps: u64,
    /// What was sent, those sent again included.
    pub deliveries: u64,
    /// Events that were stored.
    pub events: u64,
    /// Pops that were shown and judged.
    pub pops: u64,
    /// What was judged, and how much of it.
    pub judged: Counts,
    /// Records that functions returned to their queues.
    pub returned: u64,
    /// What befell requests, by operation.
    pub at: BTreeMap<(Fault, String), u64>,
    /// Faults by kind.
    pub faults: BTreeMap<Fault, u64>,
    /// What was sent and done, by kind.
    pub kinds: BTreeMap<&'static str, u64>,
    /// What agents heard, by route and status.
    pub answered: BTreeMap<(&'static str, i64), u64>,
    /// What the front door answered, by who asked and the status.
    pub posts: BTreeMap<(&'static str, i64), u64>,
    /// Histories in which something did not hold, by seed.
    pub broken: BTreeMap<u64, Vec<String>>,
    /// All traces as one number, whatever the order in which they were added.
    pub hash: u64,
}

impl Report {
    /// Adds a history.
    pub fn add(&mut self, outcome: &Outcome) {
        self.histories += 1;
        self.steps += outcome.steps;
        self.deliveries += outcome.deliveries;
        self.events += outcome.events;
        self.pops += outcome.pops;
        self.judged.join(&outcome.judged);
        self.returned += outcome.returned;
        self.hash = self.hash.wrapping_add(outcome.hash);
        for (at, count) in &outcome.crashes {
            *self.at.entry(at.clone()).or_default() += count;
        }
        for (fault, count) in &outcome.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (kind, count) in &outcome.kinds {
            *self.kinds.entry(kind).or_default() += *count as u64;
        }
        for (answer, count) in &outcome.answered {
            *self.answered.entry(*answer).or_default() += count;
        }
        for (post, count) in &outcome.posts {
            *self.posts.entry(*post).or_default() += count;
        }
        if !outcome.violations.is_empty() {
            self.broken.insert(outcome.seed, outcome.violations.clone());
        }
    }

    /// Adds other histories.
    pub fn join(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.deliveries += other.deliveries;
        self.events += other.events;
        self.pops += other.pops;
        self.judged.join(&other.judged);
        self.returned += other.returned;
        self.hash = self.hash.wrapping_add(other.hash);
        for (at, count) in other.at {
            *self.at.entry(at).or_default() += count;
        }
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (answer, count) in other.answered {
            *self.answered.entry(answer).or_default() += count;
        }
        for (post, count) in other.posts {
            *self.posts.entry(post).or_default() += count;
        }
        self.broken.extend(other.broken);
    }

    /// All faults but those that may well have changed nothing: reads and an index that lag behind where nothing moved, and
    /// clocks that are set by some seconds.
    #[must_use]
    pub fn all_faults(&self) -> u64 {
        let faults = self.faults.iter();
        let faults = faults.filter(|(fault, _)| {
            !matches!(fault, Fault::StaleRead | Fault::IndexLag | Fault::ClockSet)
        });
        faults.map(|(_, count)| count).sum()
    }

    /// What would make the run prove nothing: kinds of faults that never came, fewer faults than promised, nothing shown.
    #[must_use]
    pub fn vacuous(&self, faults_each: u64) -> Vec<String> {
        let mut vacuous = Vec::new();
        for fault in Fault::ALL {
            if self.faults.get(&fault).copied().unwrap_or(0) == 0 {
                vacuous.push(format!("never: {}", fault.name()));
            }
        }
        if self.all_faults() < faults_each * self.histories {
            vacuous.push(format!("fewer than {faults_each} faults a history"));
        }
        let counts = [
            ("events", self.events),
            ("pops", self.pops),
            ("records returned", self.returned),
        ];
        for (what, _) in counts.iter().filter(|(_, count)| *count == 0) {
            vacuous.push(format!("no {what}"));
        }
        for what in self.judged.missing() {
            vacuous.push(format!("no {}", what.name().trim()));
        }
        for fault in [Fault::CrashBefore, Fault::CrashAfter, Fault::AnswerLost] {
            for operation in WRITES {
                if !self.at.contains_key(&(fault, operation.to_owned())) {
                    vacuous.push(format!("never: {} of {operation}", fault.name()));
                }
            }
        }
        for route in ROUTES {
            let done = |((of, status), _): (&(&str, i64), &u64)| {
                *of == route && (200..300).contains(status)
            };
            if !self.answered.iter().any(done) {
                vacuous.push(format!("never done: {route}"));
            }
        }
        for (who, status) in POSTS {
            let heard = self.posts.keys().any(|(of, heard)| {
                *of == who && (*heard == status || (status == 200 && *heard / 100 == 2))
            });
            if !heard {
                vacuous.push(format!("never answered with {status}: {who}"));
            }
        }
        vacuous
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let mut line = |name: &str, count: u64| {
            let _ = writeln!(text, "{name:<34} {count:>12}");
        };
        line("histories", self.histories);
        line("steps", self.steps);
        line("deliveries", self.deliveries);
        line("events stored", self.events);
        line("pops judged", self.pops);
        line("records returned", self.returned);
        for what in Judged::ALL {
            line(what.name(), self.judged.of(what));
        }
        line("faults", self.all_faults());
        for fault in Fault::ALL {
            let count = self.faults.get(&fault).copied().unwrap_or(0);
            line(&format!("  {}", fault.name()), count);
        }
        for ((fault, operation), count) in &self.at {
            line(&format!("    {}: {operation}", fault.name()), *count);
        }
        line("what was sent and done", self.kinds.values().sum());
        for (kind, count) in &self.kinds {
            line(&format!("  {kind}"), *count);
        }
        for ((route, status), count) in &self.answered {
            line(&format!("  {status} {route}"), *count);
        }
        for ((who, status), count) in &self.posts {
            line(&format!("  {status} {who}"), *count);
        }
        line("histories with a violation", self.broken.len() as u64);
        for (seed, violations) in self.broken.iter().take(MAX_TOLD) {
            let _ = writeln!(text, "seed {seed}:");
            for violation in violations {
                let _ = writeln!(text, "  {violation}");
            }
        }
        let _ = writeln!(text, "trace of all: {:016x}", self.hash);
        text
    }
}
