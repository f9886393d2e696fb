//! Samples of a stack, one each second: its memory and processor time from the kernel, its backlog from the queues.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::http::Http;
use crate::senders::{NotTaken, depth};
use crate::stack::Addresses;

/// The queues whose messages the functions take.
pub const SOURCES: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];
/// Most samples of one run: a day's.
const MAX_SAMPLES: usize = 86_400;
/// Clock ticks of a second in `/proc`, which Linux fixes for programs.
const TICKS_PER_SECOND: f64 = 100.0;
/// Bytes of a mebibyte.
const MIB: f64 = 1_048_576.0;

/// What is seen of a stack at one moment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// When, in seconds from the first one.
    pub at: f64,
    /// Resident memory, in MiB.
    pub memory: f64,
    /// Messages that wait or are being handled.
    pub backlog: f64,
    /// Processor time that the process has used so far, in seconds.
    pub cpu: f64,
}

/// Resident memory in MiB and processor seconds of a process, as the kernel counts them.
#[must_use]
pub fn of_process(pid: u32) -> Option<(f64, f64)> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let memory = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let memory: f64 = memory.split_whitespace().nth(1)?.parse().ok()?;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold anything; what follows it are numbers.
    let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let ticks: Vec<f64> = fields
        .take(2)
        .filter_map(|ticks| ticks.parse().ok())
        .collect();
    Some((
        memory * 1024.0 / MIB,
        ticks.iter().sum::<f64>() / TICKS_PER_SECOND,
    ))
}

/// How many messages wait or are being handled in all the queues that functions read.
///
/// # Errors
/// When a queue does not answer.
pub async fn backlog(http: &Http, to: &Addresses) -> Result<u64, NotTaken> {
    let mut all = 0;
    for queue in SOURCES {
        let (waiting, under_way) = depth(http, to.queue(queue)).await?;
        all += waiting + under_way;
    }
    Ok(all)
}

/// How many messages were set aside: in the dead letter queues, and in the quarantine.
///
/// # Errors
/// When a queue does not answer.
pub async fn set_aside(http: &Http, to: &Addresses) -> Result<(u64, u64), NotTaken> {
    let mut dead = 0;
    for queue in SOURCES {
        let (waiting, hidden) = depth(http, to.queue(&format!("{queue}-dlq"))).await?;
        dead += waiting + hidden;
    }
    let (waiting, hidden) = depth(http, to.queue("quarantine")).await?;
    Ok((dead, waiting + hidden))
}

/// Samples while it lives.
#[derive(Debug)]
pub struct Watch {
    samples: Arc<Mutex<Vec<Sample>>>,
    task: JoinHandle<()>,
}

impl Watch {
    /// Begins to sample each second.
    #[must_use]
    pub fn begin(http: Http, to: Arc<Addresses>, pid: u32) -> Self {
        let samples: Arc<Mutex<Vec<Sample>>> = Arc::default();
        let taken = samples.clone();
        let task = tokio::spawn(async move {
            let begun = Instant::now();
            let mut seconds = interval(Duration::from_secs(1));
            seconds.set_missed_tick_behavior(MissedTickBehavior::Skip);
            for _ in 0..MAX_SAMPLES {
                seconds.tick().await;
                let (Some((memory, cpu)), Ok(backlog)) =
                    (of_process(pid), backlog(&http, &to).await)
                else {
                    continue;
                };
                let sample = Sample {
                    at: begun.elapsed().as_secs_f64(),
                    memory,
                    backlog: f64::from(u32::try_from(backlog).unwrap_or(u32::MAX)),
                    cpu,
                };
                if let Ok(mut samples) = taken.lock() {
                    samples.push(sample);
                }
            }
        });
        Self { samples, task }
    }

    /// Ends, with all samples.
    #[must_use]
    pub fn end(self) -> Series {
        self.task.abort();
        let samples = self.samples.lock();
        Series(samples.map_or_else(|_| Vec::new(), |samples| samples.clone()))
    }
}

/// Samples in their order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series(pub Vec<Sample>);

impl Series {
    /// The mean of the first third and of the last.
    #[must_use]
    pub fn thirds(&self, of: impl Fn(&Sample) -> f64) -> (f64, f64) {
        let third = self.0.len().div_ceil(3);
        let last = self.0.len() - third;
        (mean(&self.0[..third], &of), mean(&self.0[last..], &of))
    }

    /// The largest.
    #[must_use]
    pub fn most(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        self.0.iter().map(of).fold(0.0, f64::max)
    }

    /// By how much it grows each second: the slope of the line with the least squares.
    #[must_use]
    pub fn slope(&self, of: impl Fn(&Sample) -> f64) -> f64 {
        let (middle, level) = (mean(&self.0, &|s: &Sample| s.at), mean(&self.0, &of));
        let (mut together, mut spread) = (0.0, 0.0);
        for sample in &self.0 {
            together += (sample.at - middle) * (of(sample) - level);
            spread += (sample.at - middle).powi(2);
        }
        if spread > 0.0 { together / spread } else { 0.0 }
    }

    /// Its last half.
    #[must_use]
    pub fn last_half(&self) -> Self {
        Self(self.0[self.0.len() / 2..].to_vec())
    }

    /// How many processors the stack kept busy.
    #[must_use]
    pub fn processors(&self) -> f64 {
        match (self.0.first(), self.0.last()) {
            (Some(first), Some(last)) if last.at > first.at => {
                (last.cpu - first.cpu) / (last.at - first.at)
            }
            _ => 0.0,
        }
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a day of samples is counted exactly"
)]
fn mean(samples: &[Sample], of: &impl Fn(&Sample) -> f64) -> f64 {
    samples.iter().map(of).sum::<f64>() / samples.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(backlogs: &[f64]) -> Series {
        let sample = |(place, backlog): (usize, &f64)| Sample {
            at: f64::from(u32::try_from(place).unwrap()),
            memory: 40.0,
            backlog: *backlog,
            cpu: 0.0,
        };
        Series(backlogs.iter().enumerate().map(sample).collect())
    }

    #[test]
    fn what_grows_has_a_slope_and_a_last_third_above_its_first() {
        let grows = series(&[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert!((grows.slope(|s| s.backlog) - 2.0).abs() < 1e-9);
        assert_eq!(grows.thirds(|s| s.backlog), (1.0, 9.0));
        assert!((grows.most(|s| s.backlog) - 10.0).abs() < 1e-9);
        let bends = series(&[0.0, 90.0, 100.0, 101.0, 102.0, 103.0]);
        assert!((bends.last_half().slope(|s| s.backlog) - 1.0).abs() < 1e-9);
        let stays = series(&[3.0, 5.0, 4.0, 4.0, 5.0, 3.0]);
        assert!(stays.slope(|s| s.backlog).abs() < 1e-9);
        assert_eq!(Series::default().thirds(|s| s.backlog), (0.0, 0.0));
    }

    #[test]
    fn this_process_has_memory_and_has_worked() {
        let (memory, cpu) = of_process(std::process::id()).unwrap();
        assert!(memory > 0.5 && memory < 10_000.0, "{memory}");
        assert!(cpu >= 0.0);
        assert_eq!(of_process(u32::MAX), None);
    }
}
