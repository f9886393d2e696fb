//! How long an invocation may still work.

use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::Context;
use tokio::time::Instant;

/// How long before Lambda would stop the invocation the work ends.
///
/// It covers the batch runner's graces ([`crate::batch::QUARANTINE_GRACE`] is the longest) and the
/// sending of the answer: an answer that is too late returns the whole batch, done records included.
pub const STOP_BEFORE: Duration = Duration::from_secs(1);

/// Deadlines further away than this are taken as this far away. Lambda allows 15 minutes.
const FURTHEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The instant at which work has to stop, so that what is not done can still be answered as not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// The deadline of an invocation, [`STOP_BEFORE`] earlier than Lambda's own.
    pub fn of(context: &Context) -> Self {
        Self::from_context(context, STOP_BEFORE)
    }

    /// The deadline of an invocation, `margin` earlier than Lambda's own.
    ///
    /// Lambda states it in milliseconds since the Unix epoch; a context without one (0) has passed.
    /// A margin below [`crate::batch::QUARANTINE_GRACE`] leaves the batch runner no time to answer.
    pub fn from_context(context: &Context, margin: Duration) -> Self {
        // A clock before 1970 leaves everything to the cap below.
        let now = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let end = Duration::from_millis(context.deadline);
        Self::after(end.saturating_sub(now).saturating_sub(margin))
    }

    /// A deadline this far from now (at most a day).
    pub fn after(time: Duration) -> Self {
        Self(Instant::now() + time.min(FURTHEST))
    }

    /// The time that is left; zero when the deadline has passed.
    pub fn remaining(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Whether no time is left.
    pub fn passed(&self) -> bool {
        self.remaining().is_zero()
    }

    /// The instant itself, for timers.
    pub fn instant(&self) -> Instant {
        self.0
    }
}

#[cfg(test)]
mod tests;
