//! Retries inside the time left.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use crate::error::{StoreError, UNTRIED};

/// Most tries of one request. The time left is what ends them: with waits of this length, so many take longer than a
/// function may run.
const MAX_TRIES: u32 = 100;
/// Longest time that one try may take.
const TRY_LIMIT: Duration = Duration::from_secs(3);
/// One try takes at most this part of the time left, so that a request that hangs leaves time for another one.
const SHARE_OF_A_TRY: u32 = 3;
/// Least time that one try is given, where there is so much: less than an answer takes would be no try.
const LEAST_TRY: Duration = Duration::from_millis(100);
/// Waits begin here and double.
const FIRST_WAIT: Duration = Duration::from_millis(10);
/// Longest wait between two tries.
const LONGEST_WAIT: Duration = Duration::from_millis(800);

/// Waits before try number `tries + 1`: a random part of a time that doubles with each try, so that writers who
/// collided once do not collide again. `met` is what the last try met.
///
/// # Errors
/// [`StoreError::OutOfTime`] when the wait would not leave time for the try.
pub(crate) async fn wait(tries: u32, met: &str, until: Instant) -> Result<(), StoreError> {
    let longest = FIRST_WAIT
        .saturating_mul(1 << tries.min(10))
        .min(LONGEST_WAIT);
    let wait = longest.mul_f64(fastrand::f64());
    if tries >= MAX_TRIES || Instant::now() + wait >= until {
        return Err(StoreError::out_of_time(met));
    }
    tokio::time::sleep(wait).await;
    Ok(())
}

/// Lets one try run for a part of the time left, and at most for [`TRY_LIMIT`].
///
/// The request lies on the heap: an SDK's request is some ten kilobytes, each future that holds another holds its bytes
/// too, and a pop asks for 150 things at once. Beside a request one allocation is nothing.
///
/// # Errors
/// What the try gives, and [`StoreError::Unavailable`] when it takes too long.
pub(crate) fn within<T>(
    until: Instant,
    request: impl Future<Output = Result<T, StoreError>>,
) -> impl Future<Output = Result<T, StoreError>> {
    let request = Box::pin(request);
    async move {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(StoreError::out_of_time(UNTRIED));
        }
        match tokio::time::timeout(time_for_a_try(left), request).await {
            Ok(outcome) => outcome,
            Err(_) => Err(StoreError::Unavailable {
                code: "timeout".to_owned(),
            }),
        }
    }
}

/// A part of the time left: never all of it while there is enough for another try, and never more than [`TRY_LIMIT`].
fn time_for_a_try(left: Duration) -> Duration {
    let share = (left / SHARE_OF_A_TRY).max(LEAST_TRY);
    share.min(TRY_LIMIT).min(left)
}

/// Repeats a request that can be repeated harmlessly while it fails in passing and time is left.
///
/// # Errors
/// The last failure, or [`StoreError::OutOfTime`].
pub(crate) async fn repeat<T, F: Future<Output = Result<T, StoreError>>>(
    until: Instant,
    request: impl Fn() -> F,
) -> Result<T, StoreError> {
    let mut tries = 0;
    loop {
        match within(until, request()).await {
            Err(StoreError::Unavailable { code }) => {
                tries += 1;
                wait(tries, &code, until).await?;
            }
            outcome => return outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn unavailable() -> StoreError {
        StoreError::Unavailable {
            code: "ThrottlingException".to_owned(),
        }
    }

    fn later() -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    #[tokio::test]
    async fn what_passes_by_itself_is_tried_again() {
        let tries = Cell::new(0);
        let outcome = repeat(later(), || async {
            tries.set(tries.get() + 1);
            if tries.get() < 3 {
                Err(unavailable())
            } else {
                Ok(tries.get())
            }
        })
        .await;
        assert_eq!(outcome.unwrap(), 3);
    }

    #[tokio::test]
    async fn what_the_table_refuses_is_not_tried_again() {
        let tries = Cell::new(0);
        let outcome: Result<(), _> = repeat(later(), || async {
            tries.set(tries.get() + 1);
            Err(StoreError::Refused {
                code: "ResourceNotFoundException".to_owned(),
            })
        })
        .await;
        assert!(
            matches!(outcome, Err(StoreError::Refused { .. })),
            "{outcome:?}"
        );
        assert_eq!(tries.get(), 1);
    }

    #[test]
    fn a_request_that_hangs_leaves_time_for_another_one() {
        let given = |left_ms| time_for_a_try(Duration::from_millis(left_ms)).as_millis();
        assert_eq!(given(1500), 500, "a pop's budget");
        assert_eq!(
            given(60_000),
            3000,
            "no try is longer than a request may be"
        );
        assert_eq!(given(150), 100, "less is no try");
        assert_eq!(given(40), 40, "never more than there is");
    }

    #[tokio::test]
    async fn after_the_deadline_nothing_is_tried() {
        let tries = Cell::new(0);
        let outcome = repeat(Instant::now(), || async {
            tries.set(tries.get() + 1);
            Ok(())
        })
        .await;
        assert!(
            matches!(&outcome, Err(StoreError::OutOfTime { last }) if last == UNTRIED),
            "{outcome:?}"
        );
        assert_eq!(tries.get(), 0);
    }
}
