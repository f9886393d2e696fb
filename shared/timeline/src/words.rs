//! Times in the words that an agent reads at a glance. They need no time zone, so they are right wherever it is read.

use crate::time::Timestamp;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Up to how many milliseconds a span is told in which unit, and that unit's length and name.
const UNITS: [(i64, i64, &str); 5] = [
    (HOUR, MINUTE, "minute"),
    (2 * DAY, HOUR, "hour"),
    (60 * DAY, DAY, "day"),
    (730 * DAY, 30 * DAY, "month"),
    (i64::MAX, 365 * DAY, "year"),
];

/// How long something took, such as `12 minutes`. A clock that runs ahead counts as no time.
pub(crate) fn span(millis: i64) -> String {
    if millis < MINUTE {
        return "less than a minute".to_owned();
    }
    let unit = UNITS.iter().find(|(below, _, _)| millis < *below);
    let (_, length, name) = unit.unwrap_or(&UNITS[UNITS.len() - 1]);
    let count = millis / length;
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {name}{plural}")
}

/// How long ago something was, such as `12 minutes ago`.
pub(crate) fn ago(at: Timestamp, now: Timestamp) -> String {
    match now.millis_since(at) {
        ..MINUTE => "just now".to_owned(),
        millis => format!("{} ago", span(millis)),
    }
}

/// The day, such as `2026-03-02`, in UTC.
pub(crate) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_largest_unit() {
        for (millis, words) in [
            (i64::MIN, "less than a minute"),
            (-HOUR, "less than a minute"),
            (MINUTE - 1, "less than a minute"),
            (MINUTE, "1 minute"),
            (12 * MINUTE + 59_999, "12 minutes"),
            (HOUR - 1, "59 minutes"),
            (HOUR, "1 hour"),
            (2 * DAY - 1, "47 hours"),
            (2 * DAY, "2 days"),
            (60 * DAY, "2 months"),
            (730 * DAY, "2 years"),
            (i64::MAX, "292471208 years"),
        ] {
            assert_eq!(span(millis), words, "{millis}");
        }
    }

    #[test]
    fn the_present_and_a_clock_ahead_are_just_now() {
        let now = Timestamp::EPOCH.plus_millis(DAY);
        assert_eq!(ago(now, now), "just now");
        assert_eq!(ago(now.plus_millis(HOUR), now), "just now");
        assert_eq!(ago(now.plus_millis(-12 * MINUTE), now), "12 minutes ago");
    }
}
