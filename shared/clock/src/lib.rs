#![doc = include_str!("../README.md")]

use std::sync::Arc;
use std::time::SystemTime;

/// What tells the time of day.
pub type Clock = Arc<dyn Fn() -> SystemTime + Send + Sync>;

tokio::task_local! {
    static CLOCK: Clock;
}

/// The time of day.
pub fn now() -> SystemTime {
    CLOCK
        .try_with(|clock| clock())
        .unwrap_or_else(|_| SystemTime::now())
}

/// Runs a future for which another clock tells the time of day. What it spawns is not under that clock.
pub async fn under<F: Future>(clock: Clock, future: F) -> F::Output {
    CLOCK.scope(clock, future).await
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[tokio::test]
    async fn a_future_is_under_its_own_clock_and_nothing_else_is() {
        let at = UNIX_EPOCH + Duration::from_secs(7);
        let told = under(Arc::new(move || at), async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            now()
        });
        assert_eq!(told.await, at);
        assert!(now() > at, "outside it is the system's");
    }
}
