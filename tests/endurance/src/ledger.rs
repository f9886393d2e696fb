//! What senders know: which events they have sent, and which were accepted.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;

/// What a sender knows of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It was never sent.
    Unsent,
    /// It was sent, and no answer said that it was taken: it may be in or not.
    InDoubt,
    /// An answer said that it was taken.
    Accepted,
}

const UNSENT: u8 = 0;
const IN_DOUBT: u8 = 1;
const ACCEPTED: u8 = 2;

/// One byte for each event, and what happened on the way.
#[derive(Debug)]
pub struct Ledger {
    events: Vec<AtomicU8>,
    accepted: AtomicU64,
    attempts: AtomicU64,
    failures: AtomicU64,
    repeated: AtomicU64,
    grown: Notify,
}

/// Counts of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Events that were sent at least once.
    pub sent: u64,
    /// Events that were accepted at least once.
    pub accepted: u64,
    /// Events that were sent and never accepted.
    pub in_doubt: u64,
    /// Deliveries that were tried.
    pub attempts: u64,
    /// Deliveries that had no success as their answer, or none.
    pub failures: u64,
    /// Events that were accepted once more, after they had been before: duplicates for certain.
    pub repeated: u64,
}

impl Ledger {
    /// A ledger of so many events.
    #[must_use]
    pub fn new(events: u64) -> Self {
        Self {
            events: (0..events).map(|_| AtomicU8::new(UNSENT)).collect(),
            accepted: AtomicU64::new(0),
            attempts: AtomicU64::new(0),
            failures: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            grown: Notify::new(),
        }
    }

    /// Notes that these are about to be sent. Before the first byte leaves: what is in the table and was never noted is
    /// an event that nobody sent.
    pub fn sending(&self, numbers: &[u64]) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        for event in self.each(numbers) {
            // What is accepted stays so.
            let _ = event.compare_exchange(UNSENT, IN_DOUBT, Ordering::Relaxed, Ordering::Relaxed);
        }
    }

    /// Notes that an answer said yes to these.
    pub fn accepted(&self, numbers: &[u64]) {
        for event in self.each(numbers) {
            if event.swap(ACCEPTED, Ordering::Relaxed) == ACCEPTED {
                self.repeated.fetch_add(1, Ordering::Relaxed);
            } else {
                self.accepted.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.grown.notify_waiters();
    }

    /// Notes that a delivery had no success.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }

    /// What is known of an event.
    #[must_use]
    pub fn known(&self, number: u64) -> Known {
        let event = usize::try_from(number).ok();
        let event = event.and_then(|number| self.events.get(number));
        match event.map_or(UNSENT, |event| event.load(Ordering::Relaxed)) {
            ACCEPTED => Known::Accepted,
            IN_DOUBT => Known::InDoubt,
            _ => Known::Unsent,
        }
    }

    /// Waits until so many are accepted.
    pub async fn reaches(&self, accepted: u64) {
        loop {
            let grown = self.grown.notified();
            if self.accepted.load(Ordering::Relaxed) >= accepted {
                return;
            }
            grown.await;
        }
    }

    /// How many are accepted.
    #[must_use]
    pub fn accepted_so_far(&self) -> u64 {
        self.accepted.load(Ordering::Relaxed)
    }

    /// How many events there are in all.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.events.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// All counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts {
            attempts: self.attempts.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            repeated: self.repeated.load(Ordering::Relaxed),
            ..Counts::default()
        };
        for event in &self.events {
            match event.load(Ordering::Relaxed) {
                UNSENT => {}
                IN_DOUBT => {
                    counts.sent += 1;
                    counts.in_doubt += 1;
                }
                _ => {
                    counts.sent += 1;
                    counts.accepted += 1;
                }
            }
        }
        counts
    }

    fn each<'a>(&'a self, numbers: &'a [u64]) -> impl Iterator<Item = &'a AtomicU8> {
        numbers
            .iter()
            .filter_map(|number| self.events.get(usize::try_from(*number).ok()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_accepted_stays_so_and_a_second_yes_is_a_duplicate() {
        let ledger = Ledger::new(3);
        ledger.sending(&[0, 1]);
        ledger.accepted(&[0]);
        ledger.sending(&[0]);
        assert_eq!(ledger.known(0), Known::Accepted);
        assert_eq!(ledger.known(1), Known::InDoubt);
        assert_eq!(ledger.known(2), Known::Unsent);
        assert_eq!(ledger.known(3), Known::Unsent);
        ledger.accepted(&[0]);
        let counts = ledger.counts();
        assert_eq!((counts.sent, counts.accepted, counts.in_doubt), (2, 1, 1));
        assert_eq!(counts.repeated, 1);
    }
}
