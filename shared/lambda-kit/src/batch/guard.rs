//! Code that may panic or take too long, made into values.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};

use futures_util::FutureExt;
use tokio::time::Instant;

use crate::fate::{Fate, RetryReason};

/// Something panicked. What it said is dropped, since it may quote a record; where it happened is
/// in the log, by the panic hook of [`crate::telemetry::init`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("panicked")]
pub struct Panicked;

impl From<Panicked> for Fate {
    fn from(_: Panicked) -> Self {
        Self::Retry(RetryReason::Panicked)
    }
}

/// Runs a function and makes its panic an `Err`, which is to send its record back to the queue.
///
/// `f` must not leave shared state half-changed when it panics: judging one record is pure.
pub fn catch_panic<T>(f: impl FnOnce() -> T) -> Result<T, Panicked> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|_payload| Panicked)
}

/// Awaits a future and makes its panic an `Err`, which is to send back the records that it worked on, and no others.
///
/// `work` must not leave shared state half-changed when it panics: what it wrote is written again when they come again.
///
/// # Errors
/// When it panicked.
pub async fn catch_panic_of<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    let caught = AssertUnwindSafe(work).catch_unwind().await;
    caught.map_err(|_payload| Panicked)
}

/// Why a future gave no value.
#[derive(Debug)]
pub(super) enum Cut {
    Panicked(Panicked),
    OutOfTime,
}

impl From<Cut> for RetryReason {
    fn from(cut: Cut) -> Self {
        match cut {
            Cut::Panicked(Panicked) => Self::Panicked,
            Cut::OutOfTime => Self::OutOfTime,
        }
    }
}

/// Awaits a future until it is ready, panics, or the time is out.
pub(super) async fn guarded<T>(work: impl Future<Output = T>, cut: Instant) -> Result<T, Cut> {
    match tokio::time::timeout_at(cut, catch_panic_of(work)).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(panicked)) => Err(Cut::Panicked(panicked)),
        Err(_elapsed) => Err(Cut::OutOfTime),
    }
}
