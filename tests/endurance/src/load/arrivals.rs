//! Open-loop arrivals: each comes at a time that was fixed beforehand, however slow the answers are, and its latency is
//! counted from that time. A sender that waited for each answer would spare a slow stack and hide its worst moments.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::latency::Latency;

/// Most that is under way at once. Beyond it arrivals are late, which is counted and told.
pub const MAX_UNDER_WAY: usize = 2_000;

/// Something that arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival<T> {
    /// When, from the beginning.
    pub at: Duration,
    /// What.
    pub what: T,
}

/// How sending one ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Whether it was taken in the end.
    pub taken: bool,
    /// How often it was tried.
    pub tries: u32,
}

/// How all of them went.
#[derive(Debug, Default)]
pub struct Gone {
    /// From the time when it was due until it was taken.
    pub latency: Latency,
    /// How late the latest left.
    pub late: Duration,
    /// Tries beyond the first of each.
    pub repeated: u64,
    /// How many were never taken.
    pub refused: u64,
}

impl Gone {
    fn add(&mut self, sent: Sent, took: Duration) {
        self.repeated += u64::from(sent.tries.saturating_sub(1));
        if sent.taken {
            self.latency.add(took);
        } else {
            self.refused += 1;
        }
    }
}

/// Sends each at its time, and waits for all answers.
pub async fn go<T, F, Sending>(mut arrivals: Vec<Arrival<T>>, send: F) -> Gone
where
    T: Send + 'static,
    F: Fn(T) -> Sending,
    Sending: Future<Output = Sent> + Send + 'static,
{
    arrivals.sort_by_key(|arrival| arrival.at);
    let begun = Instant::now();
    let room = Arc::new(Semaphore::new(MAX_UNDER_WAY));
    let mut under_way = JoinSet::new();
    let mut gone = Gone::default();
    for arrival in arrivals {
        let due = begun + arrival.at;
        sleep_until(due).await;
        while let Some(Ok((sent, took))) = under_way.try_join_next() {
            gone.add(sent, took);
        }
        // Nobody closes it.
        let place = room.clone().acquire_owned().await.ok();
        gone.late = gone.late.max(due.elapsed());
        let sending = send(arrival.what);
        under_way.spawn(async move {
            let sent = sending.await;
            drop(place);
            (sent, due.elapsed())
        });
    }
    while let Some(done) = under_way.join_next().await {
        match done {
            Ok((sent, took)) => gone.add(sent, took),
            // A sender that panicked has sent nothing that is known.
            Err(_) => gone.refused += 1,
        }
    }
    gone
}

/// Times at this rate, each at random within its own share of the time: the same seed gives the same times.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "no run has so many arrivals that a float could not count them"
)]
pub fn times(count: usize, within: Duration, random: &mut fastrand::Rng) -> Vec<Duration> {
    (0..count)
        .map(|place| within.mul_f64((place as f64 + random.f64()) / count as f64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrivals(count: usize) -> Vec<Arrival<usize>> {
        let mut random = fastrand::Rng::with_seed(4);
        let times = times(count, Duration::from_secs(10), &mut random);
        let arrival = |(what, at)| Arrival { at, what };
        times.into_iter().enumerate().map(arrival).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_answer_holds_up_no_arrival_and_is_counted_from_when_it_was_due() {
        let begun = Instant::now();
        let send = |_| async {
            tokio::time::sleep(Duration::from_secs(5)).await;
            Sent {
                taken: true,
                tries: 2,
            }
        };
        let gone = go(arrivals(100), send).await;
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(16), "{took:?}");
        assert!(gone.late < Duration::from_millis(5), "{:?}", gone.late);
        assert!(gone.latency.at(0.5) >= 4_990.0, "{}", gone.latency);
        assert_eq!((gone.repeated, gone.refused), (100, 0));
    }

    #[tokio::test(start_paused = true)]
    async fn beyond_what_may_be_under_way_arrivals_are_late_and_it_is_told() {
        let send = |_| async {
            tokio::time::sleep(Duration::from_secs(30)).await;
            Sent {
                taken: false,
                tries: 1,
            }
        };
        let gone = go(arrivals(MAX_UNDER_WAY + 1), send).await;
        assert!(gone.late > Duration::from_secs(19), "{:?}", gone.late);
        assert_eq!(gone.refused, MAX_UNDER_WAY as u64 + 1);
    }

    #[test]
    fn times_keep_their_rate_in_each_second() {
        let arrivals = arrivals(1000);
        for second in 0..10 {
            let in_it = |arrival: &&Arrival<usize>| arrival.at.as_secs() == second;
            assert_eq!(arrivals.iter().filter(in_it).count(), 100);
        }
    }
}
