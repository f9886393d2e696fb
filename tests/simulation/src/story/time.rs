//! Moments of a story, as providers write them.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimePrinter;

/// When stories begin, in milliseconds since 1970: 2026-03-02T09:00:00Z.
pub const START_MS: i64 = 1_772_442_000_000;

/// A second.
pub(super) const SECOND: i64 = 1000;
/// A minute.
pub(super) const MINUTE: i64 = 60 * SECOND;
/// An hour.
pub(super) const HOUR: i64 = 60 * MINUTE;
/// A day.
pub(super) const DAY: i64 = 24 * HOUR;

/// Milliseconds since 1970.
pub(super) fn millis(at_ms: i64) -> i64 {
    START_MS + at_ms
}

/// Seconds since 1970.
pub(super) fn unix(at_ms: i64) -> i64 {
    millis(at_ms).div_euclid(SECOND)
}

/// `2026-03-02T09:00:01.250Z`.
pub(super) fn iso(at_ms: i64) -> String {
    format!("{:.3}", moment(at_ms))
}

/// `2026-03-02T09:00:01Z`: what is finer is cut off.
pub(super) fn iso_seconds(at_ms: i64) -> String {
    format!("{:.0}", moment(unix(at_ms) * SECOND - START_MS))
}

/// `2026-03-02`.
pub(super) fn date(at_ms: i64) -> String {
    let mut text = iso_seconds(at_ms);
    text.truncate("2026-03-02".len());
    text
}

/// `Mon, 2 Mar 2026 09:00:01 -0000`, as mails have it.
pub(super) fn rfc2822(at_ms: i64) -> String {
    DateTimePrinter::new()
        .timestamp_to_string(&moment(at_ms))
        .expect("a story takes place in this century")
}

fn moment(at_ms: i64) -> Timestamp {
    Timestamp::from_millisecond(millis(at_ms)).expect("a story takes place in this century")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_each_provider_writes_it() {
        assert_eq!(iso(1250), "2026-03-02T09:00:01.250Z");
        assert_eq!(iso(0), "2026-03-02T09:00:00.000Z");
        assert_eq!(iso_seconds(1999), "2026-03-02T09:00:01Z");
        assert_eq!(unix(1999), 1_772_442_001);
        assert_eq!(date(DAY), "2026-03-03");
        assert_eq!(rfc2822(1250), "Mon, 2 Mar 2026 09:00:01 -0000");
    }
}
