//! The clock of one execution environment: it may be wrong from the beginning, and it may be set while it runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use clock::Clock;

use crate::fault::Fault;
use crate::world::World;

/// How wrong a clock may be from its beginning, either way.
pub(crate) const SKEW_MS: i64 = 15 * 60 * 1000;
/// How far it is set at once, either way, as a time server does it that finds it wrong.
const STEP_MS: i64 = 5_000;

/// A clock of its own.
#[derive(Clone)]
pub(crate) struct OwnClock {
    world: World,
    /// How wrong it was, one time after the other; the last is how wrong it is.
    skews: Arc<Mutex<Vec<i64>>>,
}

impl OwnClock {
    /// The clock of a new environment, which is wrong by `most_ms` at most.
    #[must_use]
    pub(crate) fn new(world: &World, most_ms: i64) -> Self {
        let mut inner = world.inside();
        let inner = &mut *inner;
        let skew_ms = if inner.faults.comes(Fault::ClockSkew, &mut inner.rng) {
            inner.rng.i64(-most_ms..=most_ms)
        } else {
            0
        };
        Self {
            world: world.clone(),
            skews: Arc::new(Mutex::new(vec![skew_ms])),
        }
    }

    /// What the code under it reads. It may be set at any reading.
    #[must_use]
    pub(crate) fn clock(&self) -> Clock {
        let own = self.clone();
        Arc::new(move || {
            let step_ms = {
                let mut inner = own.world.inside();
                let inner = &mut *inner;
                let is_set = inner.faults.comes(Fault::ClockSet, &mut inner.rng);
                is_set.then(|| inner.rng.i64(-STEP_MS..=STEP_MS))
            };
            if let Some(step_ms) = step_ms {
                let mut skews = own.skews();
                let skew_ms = last(&skews) + step_ms;
                skews.push(skew_ms);
            }
            let millis = u64::try_from(own.now_ms()).unwrap_or(0);
            UNIX_EPOCH + Duration::from_millis(millis)
        })
    }

    /// What it tells, in milliseconds since 1970.
    #[must_use]
    pub(crate) fn now_ms(&self) -> i64 {
        self.world.now_ms() + last(&self.skews())
    }

    /// What it may have told at this moment, whenever it was set.
    #[must_use]
    pub(crate) fn tellings_ms(&self) -> Vec<i64> {
        let now_ms = self.world.now_ms();
        self.skews()
            .iter()
            .map(|skew_ms| now_ms + skew_ms)
            .collect()
    }

    fn skews(&self) -> MutexGuard<'_, Vec<i64>> {
        self.skews.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last(skews: &[i64]) -> i64 {
    skews.last().copied().unwrap_or(0)
}
