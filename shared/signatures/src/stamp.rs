//! When a delivery was signed, and whether that is now.

use jiff::Timestamp;

use crate::scheme::TimeForm;

/// Furthest that a time of signing may be from this machine's clock, in seconds, either way.
pub const MAX_CLOCK_SKEW_S: u16 = 300;
/// Longest text of a time.
const MAX_TIME_BYTES: usize = 64;
/// Numbers from here on are milliseconds where a scheme writes those; providers are unsure of it themselves.
const FIRST_MILLIS: i64 = 100_000_000_000;
const MILLIS_PER_S: i128 = 1000;
const NANOS_PER_MS: i128 = 1_000_000;

/// A time of signing in milliseconds since 1970; wide enough for every 64-bit number of seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SignedAt(i128);

impl SignedAt {
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        Self(i128::from(seconds) * MILLIS_PER_S)
    }

    pub(crate) fn read(text: &str, form: TimeForm) -> Option<Self> {
        if text.len() > MAX_TIME_BYTES {
            return None;
        }
        match form {
            TimeForm::Seconds => integer(text).map(Self::from_seconds),
            TimeForm::Millis => integer(text).map(|number| match number {
                // As milliseconds it would be of before 1974.
                0..FIRST_MILLIS => Self::from_seconds(number),
                _ => Self(i128::from(number)),
            }),
            TimeForm::Rfc3339 => {
                let at: Timestamp = text.parse().ok()?;
                Some(Self(at.as_nanosecond().div_euclid(NANOS_PER_MS)))
            }
        }
    }

    /// Whether it is further from now than clocks go wrong.
    pub(crate) fn is_stale(self, now: i64) -> bool {
        self.is_stale_after(now, 0)
    }

    /// The same of a signature that its provider repeats for so many seconds.
    pub(crate) fn is_stale_after(self, now: i64, repeated_for_s: u32) -> bool {
        let age = i128::from(now) * MILLIS_PER_S - self.0;
        let skew = i128::from(MAX_CLOCK_SKEW_S) * MILLIS_PER_S;
        age > skew + i128::from(repeated_for_s) * MILLIS_PER_S || age < -skew
    }

    /// Whether it is ahead of now by more than clocks go wrong.
    pub(crate) fn is_to_come(self, now: i64) -> bool {
        self.is_stale(now) && self.0 > i128::from(now) * MILLIS_PER_S
    }

    /// Whether it lies behind now by more than clocks go wrong.
    pub(crate) fn is_over(self, now: i64) -> bool {
        self.is_stale(now) && self.0 < i128::from(now) * MILLIS_PER_S
    }
}

/// How a scheme would write this time; `None` when its form cannot.
pub(crate) fn written(now: i64, form: TimeForm) -> Option<String> {
    match form {
        TimeForm::Seconds => Some(now.to_string()),
        // What would be read as seconds is not written.
        TimeForm::Millis => now
            .checked_mul(1000)
            .filter(|ms| !(0..FIRST_MILLIS).contains(ms))
            .map(|ms| ms.to_string()),
        TimeForm::Rfc3339 => Timestamp::from_second(now).ok().map(|at| at.to_string()),
    }
}

/// Digits, perhaps behind a minus. A plus, which Rust's parser takes, no provider writes.
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, form: TimeForm) -> Option<i128> {
        SignedAt::read(text, form).map(|at| at.0)
    }

    #[test]
    fn times_are_read_in_their_form_only() {
        assert_eq!(
            read("1614265330", TimeForm::Seconds),
            Some(1_614_265_330_000)
        );
        assert_eq!(
            read("1614265330123", TimeForm::Millis),
            Some(1_614_265_330_123)
        );
        assert_eq!(
            read("2021-02-25T15:02:10.123Z", TimeForm::Rfc3339),
            Some(1_614_265_330_123)
        );
        assert_eq!(
            read("2021-02-25T16:02:10+01:00", TimeForm::Rfc3339),
            Some(1_614_265_330_000)
        );
        for text in [
            "",
            " 1",
            "1 ",
            "+1",
            "1.0",
            "1e3",
            "0x1",
            "9223372036854775808",
            "٣",
            "-",
        ] {
            assert_eq!(read(text, TimeForm::Seconds), None, "{text:?}");
            assert_eq!(read(text, TimeForm::Millis), None, "{text:?}");
            assert_eq!(read(text, TimeForm::Rfc3339), None, "{text:?}");
        }
        let long = format!("2021-02-25T15:02:10.{}Z", "1".repeat(MAX_TIME_BYTES));
        assert_eq!(read(&long, TimeForm::Rfc3339), None);
    }

    #[test]
    fn five_minutes_are_the_edge_and_no_clock_overflows() {
        let at = |seconds: i64| SignedAt::from_seconds(seconds);
        for now in [0, 1_614_265_330, -5] {
            assert!(!at(now + 300).is_stale(now) && !at(now - 300).is_stale(now));
            assert!(at(now + 301).is_to_come(now) && at(now - 301).is_over(now));
            assert!(!at(now + 301).is_over(now) && !at(now - 301).is_to_come(now));
        }
        for now in [i64::MIN, -1, 0, 1, i64::MAX] {
            for then in [i64::MIN, 0, i64::MAX] {
                assert_eq!(
                    at(then).is_stale(now),
                    then.abs_diff(now) > 300,
                    "{then} {now}"
                );
            }
        }
        assert!(SignedAt(300_001).is_stale(0), "a millisecond past the edge");
    }

    #[test]
    fn what_is_written_is_read_again() {
        for form in [TimeForm::Seconds, TimeForm::Millis, TimeForm::Rfc3339] {
            let text = written(1_614_265_330, form).unwrap();
            assert_eq!(read(&text, form), Some(1_614_265_330_000));
        }
        assert_eq!(written(i64::MAX, TimeForm::Rfc3339), None);
        assert_eq!(written(i64::MAX, TimeForm::Millis), None);
    }
}
