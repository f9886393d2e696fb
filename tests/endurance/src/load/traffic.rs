//! The traffic of a contact centre, by all the ways that events come in, at any rate.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::arrivals::{Arrival, Gone, Sent, go, times};
use crate::http::Http;
use crate::ledger::Ledger;
use crate::plan::{Channel, Plan};
use crate::senders::{Delivery, Senders};
use crate::stack::Addresses;

/// How many events there are to send: hours of what one machine takes.
pub const MAX_EVENTS: u64 = 3_000_000;
/// How often a delivery is tried, and how long its sender waits before it tries again.
const MAX_TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(500);

/// What is sent, and how far it is sent.
pub struct Traffic {
    /// All that there is to send.
    pub plan: Arc<Plan>,
    /// What is known of it.
    pub ledger: Arc<Ledger>,
    ways: BTreeMap<Channel, Way>,
    random: fastrand::Rng,
}

struct Way {
    senders: Arc<Senders>,
    next: u64,
}

/// Events that go out as one delivery.
type Together = (Arc<Senders>, Vec<u64>);

impl Traffic {
    /// Nothing is sent yet.
    #[must_use]
    pub fn new(seed: u64, http: &Http) -> Self {
        let plan = Arc::new(Plan::new(seed, MAX_EVENTS));
        let ledger = Arc::new(Ledger::new(plan.events()));
        let way = |channel| {
            let senders = Senders::new(plan.clone(), ledger.clone(), http.clone(), channel);
            let next = plan.numbers(channel).start;
            let senders = Arc::new(senders);
            (channel, Way { senders, next })
        };
        Self {
            ways: Channel::ALL.into_iter().map(way).collect(),
            plan,
            ledger,
            random: fastrand::Rng::with_seed(seed),
        }
    }

    /// The next arrivals at so many events a second, each way with its share.
    fn arrivals(&mut self, rate: u64, within: Duration) -> Vec<Arrival<Together>> {
        let all = rate * within.as_secs();
        let mut arrivals = Vec::new();
        for (channel, way) in &mut self.ways {
            let numbers = self.plan.numbers(*channel);
            let share = all * (numbers.end - numbers.start) / self.plan.events();
            let end = (way.next + share.max(1)).min(numbers.end);
            let mut groups = Vec::new();
            while way.next < end {
                let until = (way.next + channel.together()).min(numbers.end);
                groups.push((way.next..until).collect::<Vec<u64>>());
                way.next = until;
            }
            let times = times(groups.len(), within, &mut self.random);
            let each = times.into_iter().zip(groups);
            arrivals.extend(each.map(|(at, group)| Arrival {
                at,
                what: (way.senders.clone(), group),
            }));
        }
        arrivals
    }

    /// Sends at so many events a second. Each delivery is repeated until it is taken, as providers do.
    pub async fn send(&mut self, to: &Arc<Addresses>, rate: u64, within: Duration) -> Gone {
        let arrivals = self.arrivals(rate, within);
        let to = to.clone();
        go(arrivals, move |(senders, numbers)| {
            offer(senders, to.clone(), numbers)
        })
        .await
    }

    /// Numbers of the calls that have been sent, from the first on: whose callers are known.
    #[must_use]
    pub fn calls_so_far(&self) -> u64 {
        let start = self.plan.numbers(Channel::Cti).start;
        let next = self.ways.get(&Channel::Cti).map_or(start, |way| way.next);
        (next - start) / Channel::Cti.steps()
    }
}

async fn offer(senders: Arc<Senders>, to: Arc<Addresses>, numbers: Vec<u64>) -> Sent {
    let mut delivery = Delivery::default();
    let mut left = numbers;
    for tries in 1..=MAX_TRIES {
        senders.ledger.sending(&left);
        match senders.deliver(&mut delivery, &left, &to).await {
            Ok(taken) => {
                senders.ledger.accepted(&taken);
                left.retain(|number| !taken.contains(number));
                if left.is_empty() {
                    return Sent { taken: true, tries };
                }
            }
            Err(_) => senders.ledger.failed(),
        }
        sleep(PAUSE).await;
    }
    Sent {
        taken: false,
        tries: MAX_TRIES,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_their_rate_and_take_no_event_twice() {
        let mut traffic = Traffic::new(5, &Http::default());
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..3 {
            let arrivals = traffic.arrivals(400, Duration::from_secs(5));
            let numbers = arrivals.iter().flat_map(|arrival| &arrival.what.1);
            let before = seen.len();
            let count = numbers.filter(|number| seen.insert(**number)).count();
            assert_eq!(seen.len(), before + count);
            assert!((1_950..=2_080).contains(&count), "{count}");
        }
        assert!(traffic.calls_so_far() > 300);
    }
}
