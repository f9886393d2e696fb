//! Which fault a request meets.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Longest delay of a late answer, in milliseconds.
const LATEST_MS: u64 = 500;

/// What can happen to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It is passed on late.
    Late(Duration),
    /// The connection is reset before it is passed on.
    ResetBefore,
    /// It is done, and the connection is reset in the midst of the answer.
    ResetInAnswer,
    /// It is done, and the answer ends in the midst of its body.
    Truncated,
    /// It is neither passed on nor answered.
    SilentBefore,
    /// It is done and never answered.
    SilentAfter,
    /// It is refused with 500 and not done.
    ErrorBefore,
    /// It is done and answered with 500.
    ErrorAfter,
    /// The service says that it has too much to do.
    Throttled,
}

impl Fault {
    const NAMES: [&'static str; 9] = [
        "late",
        "reset before",
        "reset in the answer",
        "truncated body",
        "never answered, not done",
        "never answered, done",
        "500, not done",
        "500, done",
        "throttled",
    ];

    fn place(self) -> usize {
        match self {
            Self::Late(_) => 0,
            Self::ResetBefore => 1,
            Self::ResetInAnswer => 2,
            Self::Truncated => 3,
            Self::SilentBefore => 4,
            Self::SilentAfter => 5,
            Self::ErrorBefore => 6,
            Self::ErrorAfter => 7,
            Self::Throttled => 8,
        }
    }
}

/// Draws faults from a seed and counts them.
#[derive(Debug)]
pub struct Faults {
    random: Mutex<fastrand::Rng>,
    one_in: u32,
    counts: [AtomicU64; 9],
}

impl Faults {
    pub(super) fn new(seed: u64, one_in: u32) -> Self {
        Self {
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            one_in: one_in.max(1),
            counts: Default::default(),
        }
    }

    /// The next request's fault, if it has one.
    pub(super) fn draw(&self) -> Option<Fault> {
        let mut random = self.random.lock().unwrap_or_else(PoisonError::into_inner);
        if random.u32(..self.one_in) != 0 {
            return None;
        }
        // What blocks a client for long is rarer than what it can go on from at once.
        let fault = match random.u32(..32) {
            0..6 => Fault::Late(Duration::from_millis(random.u64(1..LATEST_MS))),
            6..10 => Fault::ResetBefore,
            10..14 => Fault::ResetInAnswer,
            14..18 => Fault::Truncated,
            18 | 19 => Fault::SilentBefore,
            20 | 21 => Fault::SilentAfter,
            22..25 => Fault::ErrorBefore,
            25..28 => Fault::ErrorAfter,
            _ => Fault::Throttled,
        };
        drop(random);
        self.counts[fault.place()].fetch_add(1, Ordering::Relaxed);
        Some(fault)
    }

    pub(super) fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.counts.iter();
        let counts = counts.map(|count| count.load(Ordering::Relaxed));
        Fault::NAMES.into_iter().zip(counts).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_faults_again_and_every_kind_of_them() {
        let drawn = |seed| {
            let faults = Faults::new(seed, 3);
            let drawn: Vec<_> = (0..3_000).map(|_| faults.draw()).collect();
            (drawn, faults.counts())
        };
        assert_eq!(drawn(4), drawn(4));
        assert_ne!(drawn(4).0, drawn(5).0);
        assert!(drawn(4).1.iter().all(|(_, count)| *count > 10));
    }
}
