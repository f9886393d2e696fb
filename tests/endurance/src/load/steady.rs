//! A run at one rate: traffic, pops and samples at the same time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::LoadError;
use super::arrivals::Gone;
use super::found::{Found, Named, look};
use super::pops::{Desk, Seen, ask, callers, probe};
use super::report::Report;
use super::rig::Rig;
use super::sample::{Series, set_aside};
use super::traffic::Traffic;

/// Customers whose pops are asked for.
const ASKED_FOR: u64 = 2_000;
/// Longest time that the queues may take to get empty.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(1_800);
/// By how many bytes the memory may grow for each event in the last half of a run, when caches are full: a ninth of what an
/// event takes on disk, so that whoever kept events in memory would be over it.
pub const MEMORY_OF_EVENT: f64 = 256.0;
/// Bytes of a mebibyte.
const MIB: f64 = 1_048_576.0;
/// How many seconds' worth of arrivals the backlog may differ: batches come and go.
pub const BACKLOG_ROOM_S: u64 = 1;
/// How much later than planned the last answer may come.
pub const ANSWER_ROOM: Duration = Duration::from_secs(2);

/// A stack, its traffic, and what is known of the calls that probed it.
pub struct Ground {
    /// The stack.
    pub rig: Rig,
    /// What is sent to it.
    pub traffic: Traffic,
    named: Arc<Named>,
    runs: u64,
}

/// How a run went.
pub struct Steady {
    /// Events sent each second.
    pub rate: u64,
    /// For how long.
    pub within: Duration,
    /// The deliveries.
    pub gone: Gone,
    /// The samples.
    pub series: Series,
    /// The pops.
    pub seen: Seen,
    /// From the first arrival until the last delivery's answer. Rings that are waited for are no part of it.
    pub took: Duration,
    /// Messages in the queues when the last was accepted.
    pub left: u64,
    /// From then until the queues were empty.
    pub emptied: Duration,
}

impl Ground {
    /// A stack without anything.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn new(seed: u64) -> Result<Self, LoadError> {
        let rig = Rig::start().await?;
        Ok(Self {
            traffic: Traffic::new(seed, &rig.http),
            rig,
            named: Arc::default(),
            runs: 0,
        })
    }

    /// Sends at a rate for a time, with pops all the while.
    ///
    /// # Errors
    /// When the queues do not answer.
    pub async fn run(&mut self, rate: u64, within: Duration) -> Result<Steady, LoadError> {
        self.runs += 1;
        let desk = Desk::new(&self.rig.http, &self.rig.to);
        let known = callers(self.traffic.calls_so_far().max(1), ASKED_FOR);
        let watch = self.rig.watch();
        let begun = Instant::now();
        let sending = async {
            let gone = self.traffic.send(&self.rig.to, rate, within).await;
            // Rings are waited for longer than that: samples would show a backlog that nobody adds to, and what was left
            // would be gone.
            let (took, series) = (begun.elapsed(), watch.end());
            let left = self.rig.backlog().await?;
            let emptied = self.rig.drain(DRAIN_LIMIT).await?;
            Ok::<_, LoadError>((gone, took, series, left, emptied))
        };
        let (sent, asked, probed) = tokio::join!(
            sending,
            ask(&desk, &known, within),
            probe(&desk, self.runs, &self.named, within),
        );
        let (gone, took, series, left, emptied) = sent?;
        Ok(Steady {
            rate,
            within,
            gone,
            series,
            seen: Seen {
                visible: probed.visible,
                unseen: probed.unseen,
                ..asked
            },
            took,
            left,
            emptied,
        })
    }

    /// Waits until nothing is under way, and compares the table with what was accepted.
    ///
    /// # Errors
    /// When the queues do not get empty, or the table cannot be read.
    pub async fn account(&self, report: &mut Report) -> Result<Found, LoadError> {
        self.rig.drain(DRAIN_LIMIT).await?;
        let found = look(&self.rig.to, Some(&self.traffic), &self.named).await?;
        tell(report, &self.rig, found).await?;
        Ok(found)
    }
}

/// Adds what was found to a report, and claims that nothing is lost, doubled or set aside.
///
/// # Errors
/// When the queues do not answer.
pub async fn tell(report: &mut Report, rig: &Rig, found: Found) -> Result<(), LoadError> {
    let (dead, refused) = set_aside(&rig.http, &rig.to).await?;
    report.row("events", found);
    report.row(
        "set aside",
        format!("{dead} in dead letter queues, {refused} in quarantine"),
    );
    report.claim(
        found.is_exact(),
        format!("the table holds exactly what was accepted: {found}"),
    );
    report.claim(
        found.accepted > 0,
        "something was accepted, so that it could be lost",
    );
    report.claim(
        dead + refused == 0,
        format!("nothing is set aside: {dead} dead letters, {refused} in quarantine"),
    );
    Ok(())
}

impl Steady {
    /// How many messages the backlog may differ by.
    #[expect(
        clippy::cast_precision_loss,
        reason = "no rate has so many digits that a float could not hold it"
    )]
    fn backlog_room(&self) -> f64 {
        (self.rate * BACKLOG_ROOM_S) as f64
    }

    /// Why the stack does not keep up with this rate; `None` when it does.
    #[must_use]
    pub fn falls_behind(&self) -> Option<String> {
        let (first, last) = self.series.thirds(|sample| sample.backlog);
        let late = self.took.saturating_sub(self.within);
        if self.gone.refused > 0 {
            Some(format!("{} deliveries were refused", self.gone.refused))
        } else if late > ANSWER_ROOM {
            Some(format!("answers came {:.1} s late", late.as_secs_f64()))
        } else if self.left > self.rate * BACKLOG_ROOM_S {
            Some(format!("{} messages were left", self.left))
        } else if last > first + self.backlog_room() {
            Some(format!("the backlog grew from {first:.0} to {last:.0}"))
        } else {
            None
        }
    }

    /// By how many bytes the memory grew for each event in the last half.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "no rate has so many digits that a float could not hold it"
    )]
    pub fn memory_of_event(&self) -> f64 {
        let each_second = self.series.last_half().slope(|sample| sample.memory) * MIB;
        each_second / self.rate.max(1) as f64
    }

    /// How many pops were not answered, or not whole.
    #[must_use]
    pub fn poor_pops(&self) -> u64 {
        self.seen.failed + self.seen.degraded
    }

    /// Tells of the run.
    pub fn tell(&self, report: &mut Report) {
        let seconds = self.within.as_secs();
        report.row("rate", format!("{} events/s for {seconds} s", self.rate));
        report.row(
            "accepted after",
            format!("{}; repeated {}", self.gone.latency, self.gone.repeated),
        );
        report.row(
            "sent late by",
            format!("at most {:.0} ms", self.gone.late.as_secs_f64() * 1000.0),
        );
        let (first, last) = self.series.thirds(|sample| sample.backlog);
        report.row(
            "backlog, messages",
            format!(
                "first third {first:.0}, last third {last:.0}, slope {:+.2}/s, most {:.0}",
                self.series.slope(|sample| sample.backlog),
                self.series.most(|sample| sample.backlog)
            ),
        );
        let (first, last) = self.series.thirds(|sample| sample.memory);
        report.row(
            "memory of the stack",
            format!(
                "first third {first:.1} MiB, last third {last:.1} MiB, slope {:+.3} MiB/min, most {:.1}; {:+.0} bytes for each event in the last half",
                self.series.slope(|sample| sample.memory) * 60.0,
                self.series.most(|sample| sample.memory),
                self.memory_of_event()
            ),
        );
        report.row(
            "processors of the stack",
            format!("{:.2}", self.series.processors()),
        );
        if self.seen.answered.count() > 0 {
            let seen = &self.seen;
            report.row(
                "pops answered after",
                format!(
                    "{} ({} pops, {} degraded, {} failed)",
                    seen.answered,
                    seen.answered.count(),
                    seen.degraded,
                    seen.failed
                ),
            );
            report.row(
                "a ring seen in the pop after",
                format!("{} ({} not within 20 s)", seen.visible, seen.unseen),
            );
        }
    }
}
