//! Points in time, as this project compares, stores and prints them.

use std::fmt;
use std::str::FromStr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A point in time with millisecond precision, between the years 1970 and 9998.
///
/// Prints as RFC 3339 with exactly three decimals and `Z`, so that text order is time order.
///
/// ```
/// use timeline::Timestamp;
/// let at: Timestamp = "2026-03-01T09:30:00+01:00".parse()?;
/// assert_eq!(at.to_string(), "2026-03-01T08:30:00.000Z");
/// # Ok::<(), timeline::TimeError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(i64);

/// Milliseconds at the end of the year 9998: the calendar library ends within the next.
const LAST_MILLIS: i64 = 253_370_764_799_999;

/// Longest text that is looked at as a time.
const MAX_TEXT: usize = 64;

impl Timestamp {
    /// The start of 1970.
    pub const EPOCH: Self = Self(0);

    /// From milliseconds since 1970.
    ///
    /// # Errors
    /// Refuses what lies outside the years 1970 to 9998.
    pub fn from_millis(millis: i64) -> Result<Self, TimeError> {
        if (0..=LAST_MILLIS).contains(&millis) {
            Ok(Self(millis))
        } else {
            Err(TimeError::OutOfRange)
        }
    }

    /// From seconds since 1970.
    ///
    /// # Errors
    /// Refuses what lies outside the years 1970 to 9998.
    pub fn from_seconds(seconds: i64) -> Result<Self, TimeError> {
        seconds
            .checked_mul(1000)
            .ok_or(TimeError::OutOfRange)
            .and_then(Self::from_millis)
    }

    /// Milliseconds since 1970.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// This time moved by so many milliseconds, held inside the range.
    #[must_use]
    pub fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis).clamp(0, LAST_MILLIS))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    #[must_use]
    pub fn millis_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl FromStr for Timestamp {
    type Err = TimeError;

    /// Reads RFC 3339 and its relatives: `T` or a space, any offset with or without colon, any number of decimals.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_TEXT {
            return Err(TimeError::Unreadable);
        }
        let time: jiff::Timestamp = text.trim().parse().map_err(|_| TimeError::Unreadable)?;
        Self::from_millis(time.as_millisecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(time) => write!(f, "{time:.3}"),
            Err(_) => f.write_str("1970-01-01T00:00:00.000Z"),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What a clock tells, held inside the range.
impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::EPOCH.plus_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.to_string()
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimeError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl schemars::JsonSchema for Timestamp {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
}

/// Why a text or number is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not RFC 3339.
    #[error("is not an RFC 3339 time")]
    Unreadable,
    /// Outside 1970 to 9998.
    #[error("lies outside the years 1970 to 9998")]
    OutOfRange,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_order_is_time_order() {
        let early: Timestamp = "2026-03-01T09:30:00.5Z".parse().unwrap();
        let late: Timestamp = "2026-03-01T11:30:00.123456789+01:00".parse().unwrap();
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(late.to_string(), "2026-03-01T10:30:00.123Z");
        assert_eq!(Timestamp::EPOCH.to_string(), "1970-01-01T00:00:00.000Z");
    }

    #[test]
    fn an_offset_without_colon_is_read() {
        let at: Timestamp = "2026-03-01T11:30:00.000+0200".parse().unwrap();
        assert_eq!(at.to_string(), "2026-03-01T09:30:00.000Z");
    }

    #[test]
    fn the_last_time_prints_and_reads_back_as_itself() {
        let last = Timestamp::EPOCH.plus_millis(i64::MAX);
        assert_eq!(last.to_string().parse(), Ok(last));
    }

    #[test]
    fn extremes_are_refused_and_never_overflow() {
        assert_eq!(
            Timestamp::from_seconds(i64::MAX),
            Err(TimeError::OutOfRange)
        );
        assert_eq!(Timestamp::from_millis(i64::MIN), Err(TimeError::OutOfRange));
        assert_eq!(
            Timestamp(LAST_MILLIS).plus_millis(i64::MAX),
            Timestamp(LAST_MILLIS)
        );
        assert!("2026-03-01".parse::<Timestamp>().is_err());
        assert!("9".repeat(100).parse::<Timestamp>().is_err());
    }
}
