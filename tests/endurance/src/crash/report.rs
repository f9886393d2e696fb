//! What a run has shown, for people and for the table of proofs.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Asked;
use super::killing::Kills;
use super::watch::Peaks;
use crate::ledger::Counts;
use crate::stack::BUILD;
use crate::verify::Differences;
use crate::verify::pops::Pops;
use crate::verify::queues::Quarantined;
use crate::verify::table::Found;

/// A row of the table of proofs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What is shown.
    pub what: String,
    /// What was measured.
    pub result: String,
    /// What shows it again.
    pub command: String,
}

/// What a run has shown.
#[derive(Debug)]
pub struct Report {
    /// What it was to do.
    pub asked: Asked,
    /// What the senders know of the events.
    pub counts: Counts,
    /// What they know of the poison.
    pub poison: Counts,
    /// Kills that the stack was through.
    pub kills: Kills,
    /// What is in the table.
    pub found: Found,
    /// What is in the quarantine.
    pub quarantined: Quarantined,
    /// Dead letters that were put back: messages that were in hand in several crashes.
    pub put_back: u64,
    /// Pops that were compared.
    pub pops: Pops,
    /// When the last event was accepted.
    pub sent_in: Duration,
    /// When the last queue was worked through.
    pub drained_in: Duration,
    /// When the check was over.
    pub checked_in: Duration,
    /// Memory and disk.
    pub peaks: Peaks,
    /// Faults of the proxy, by kind.
    pub faults: Vec<(&'static str, u64)>,
    /// What is not as it should be.
    pub differences: Differences,
}

const MB: u64 = 1024 * 1024;

impl Report {
    /// Whether all is as it should be, and something was there that could have been otherwise.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.differences.is_empty() && self.vacuous().is_empty()
    }

    /// What was never there to be judged: a run without it proves nothing.
    #[must_use]
    pub fn vacuous(&self) -> Vec<&'static str> {
        let counts = [
            ("no event was accepted", self.counts.accepted),
            ("no event was accepted again", self.counts.repeated),
            ("no poison was accepted", self.poison.accepted),
            ("no pop was compared", self.pops.compared),
        ];
        let none = counts.into_iter().filter(|(_, count)| *count == 0);
        none.map(|(what, _)| what).collect()
    }

    /// Events for each second, from the first to the last that was worked through.
    #[must_use]
    pub fn rate(&self) -> u64 {
        let millis = u64::try_from(self.drained_in.as_millis()).unwrap_or(u64::MAX);
        self.found.events * 1000 / millis.max(1)
    }

    /// Deliveries that came more often than once and are in the table once: for certain so many.
    #[must_use]
    pub fn absorbed(&self) -> u64 {
        self.counts.repeated
    }

    /// Rows of the table of proofs.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        let (events, kills) = (self.asked.events, self.asked.kills);
        let seed = self.asked.seed;
        let (on, through) = match self.asked.localstack {
            Some(_) => (
                " --localstack URL",
                "on LocalStack's queues and table through a proxy that spoils requests",
            ),
            None => ("", "on the local stack"),
        };
        let command = format!(
            "{BUILD} && target/trial/crash --events {events} --kills {kills} --seed {seed}{on}"
        );
        let row = |what: String, result: String| Row {
            what,
            result,
            command: command.clone(),
        };
        let Kills {
            starting,
            serving,
            draining,
            idle,
            ..
        } = self.kills;
        let mut rows = vec![
            row(
                format!(
                    "kill -9 of the whole process {through}, senders go on: accepted events lost or doubled"
                ),
                format!(
                    "{} of {} accepted in {} s; {} kills ({serving} serving, {starting} starting, {draining} draining, {idle} idle)",
                    self.wrong(),
                    self.counts.accepted,
                    self.drained_in.as_secs(),
                    self.kills.all(),
                ),
            ),
            row(
                format!("the same {through}: repeated deliveries that are in the table once"),
                format!(
                    "{} for certain, of {} failed tries more perhaps",
                    self.absorbed(),
                    self.counts.failures
                ),
            ),
            row(
                format!("the same {through}: poison in the quarantine, and nothing else"),
                format!(
                    "{} of {} pieces",
                    self.quarantined.pieces, self.poison.accepted
                ),
            ),
            row(
                format!("the same {through}: customers whose pop shows exactly what they had"),
                self.pops.compared.to_string(),
            ),
            row(
                format!("the same {through}: rate and memory"),
                format!(
                    "{} events/s, {} MB at most, {} MB on disk",
                    self.rate(),
                    self.peaks.memory / MB,
                    self.peaks.disk / MB
                ),
            ),
        ];
        if !self.faults.is_empty() {
            let all: u64 = self.faults.iter().map(|(_, count)| count).sum();
            let kinds: Vec<_> = self
                .faults
                .iter()
                .map(|(name, count)| format!("{count} {name}"))
                .collect();
            rows.push(row(
                format!("the same {through}: spoilt requests"),
                format!("{all}: {}", kinds.join(", ")),
            ));
        }
        rows
    }

    fn wrong(&self) -> u64 {
        [
            "accepted and lost",
            "there more than once",
            "there and never sent",
        ]
        .iter()
        .map(|kind| self.differences.count(kind))
        .sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            sent,
            accepted,
            in_doubt,
            attempts,
            failures,
            repeated,
        } = self.counts;
        let seconds = |duration: Duration| format!("{:.1} s", duration.as_secs_f64());
        writeln!(
            f,
            "events        {sent} sent, {accepted} accepted, {} found once",
            self.found.events
        )?;
        writeln!(
            f,
            "in doubt      {in_doubt} sent without ever a yes; {} of them are in",
            self.found.in_doubt
        )?;
        writeln!(
            f,
            "deliveries    {attempts} tried, {failures} without success; {repeated} events accepted again and absorbed"
        )?;
        writeln!(
            f,
            "interactions  {} compared with the fold of their events",
            self.found.interactions
        )?;
        writeln!(
            f,
            "poison        {} pieces accepted, {} in the quarantine ({} of them more than once)",
            self.poison.accepted, self.quarantined.pieces, self.quarantined.repeated
        )?;
        writeln!(f, "dead letters  {} put back, none left", self.put_back)?;
        writeln!(
            f,
            "pops          {} compared, {} degraded before and asked again",
            self.pops.compared, self.pops.degraded
        )?;
        let Kills {
            starting,
            serving,
            draining,
            idle,
            slowest_start,
        } = self.kills;
        writeln!(
            f,
            "kill -9       {} survived: {serving} serving, {starting} starting, {draining} draining, {idle} idle; \
             slowest start {} ms",
            self.kills.all(),
            slowest_start.as_millis()
        )?;
        for (name, count) in &self.faults {
            writeln!(f, "fault         {count} × {name}")?;
        }
        writeln!(
            f,
            "time          {} sending, {} until drained, {} with the check",
            seconds(self.sent_in),
            seconds(self.drained_in),
            seconds(self.checked_in)
        )?;
        writeln!(f, "rate          {} events/s", self.rate())?;
        writeln!(
            f,
            "at most       {} MB of memory (this program {} MB), {} MB on disk",
            self.peaks.memory / MB,
            self.peaks.own_memory / MB,
            self.peaks.disk / MB
        )?;
        for what in self.vacuous() {
            writeln!(f, "proves nothing: {what}")?;
        }
        write!(f, "{}", self.differences)
    }
}
