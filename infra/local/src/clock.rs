//! The one place where the local stack reads the time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Gives milliseconds since 1970. Tests hand in one that they move themselves.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The machine's own clock.
#[must_use]
pub fn system() -> Clock {
    Arc::new(|| {
        // A clock before 1970 is a broken machine; zero keeps everything merely late.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            })
    })
}
