//! What parsers of all channels need: ids, names, times.

use jiff::fmt::rfc2822;
use serde_json::Value;
use timeline::{EventId, InteractionId, Timestamp, cut};

use crate::fields::Fields;
use crate::reading::{Reading, Rejection};

/// Longest name of a customer, agent, queue, cause or file that is kept, in bytes.
pub(crate) const MAX_NAME: usize = 256;
/// Longest name of an unused event that is counted by its name.
const MAX_EVENT_NAME: usize = 80;
/// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
const FIRST_MILLIS: i64 = 100_000_000_000;
/// Numbers from here on are microseconds.
const FIRST_MICROS: i64 = 100_000_000_000_000;

/// A name as it is kept: without white space around it, cut where it is too long. `None` when nothing is left.
pub(crate) fn kept_name(text: &str) -> Option<String> {
    let name = cut(text.trim(), MAX_NAME).trim_end();
    (!name.is_empty()).then(|| name.to_owned())
}

/// A known event that is not used. What does not look like an event's name is not repeated: names become metrics.
pub(crate) fn not_used(system: &str, event: &str) -> Reading {
    let is_name = event.len() <= MAX_EVENT_NAME
        && event
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'));
    let event = if is_name && !event.is_empty() {
        event
    } else {
        "other"
    };
    Reading::ignored(format!("{system} {event}"))
}

/// A source by a constant name.
pub(crate) fn source(name: &str) -> timeline::Source {
    timeline::Source::new(name).expect("a registered source has a source's name")
}

/// `field` names where the key comes from.
pub(crate) fn interaction_id(
    source: &timeline::Source,
    key: &str,
    field: &'static str,
) -> Result<InteractionId, Rejection> {
    InteractionId::new(source, key).map_err(|error| Rejection::malformed(field, error.to_string()))
}

/// `field` names where the key comes from.
pub(crate) fn event_id(key: &str, field: &'static str) -> Result<EventId, Rejection> {
    EventId::new(key).map_err(|error| Rejection::malformed(field, error.to_string()))
}

/// The time under `name`, as a number since 1970 in seconds, milliseconds or microseconds (told by its size), or in
/// RFC 3339 or RFC 2822, also with an offset without colon (`+0200`) or a space for the `T`. `None` when it is absent.
///
/// # Errors
/// When it is there and no time.
pub(crate) fn time(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, Rejection> {
    let Some(value) = fields.get(name) else {
        return Ok(None);
    };
    time_in(value)
        .map(Some)
        .ok_or_else(|| Rejection::malformed(fields.path_of(name), "is not a time"))
}

/// The time under `name`, as [`time`] reads it.
///
/// # Errors
/// When it is missing or no time.
pub(crate) fn required_time(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Timestamp, Rejection> {
    time(fields, name)?.ok_or_else(|| Rejection::missing(fields.path_of(name)))
}

/// A time in any of the writings that [`time`] knows.
pub(crate) fn time_in(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(whole) => since_1970(whole),
            None => with_decimals(number.as_f64()?),
        },
        Value::String(text) => {
            let text = text.trim();
            if let Ok(whole) = text.parse() {
                return since_1970(whole);
            }
            if let Ok(decimal) = text.parse::<f64>() {
                return with_decimals(decimal);
            }
            text.parse()
                .ok()
                .or_else(|| with_plain_offset(text)?.parse().ok())
                .or_else(|| in_rfc2822(text))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn since_1970(number: i64) -> Option<Timestamp> {
    let millis = match number {
        ..FIRST_MILLIS => number.checked_mul(1000)?,
        FIRST_MILLIS..FIRST_MICROS => number,
        FIRST_MICROS.. => number / 1000,
    };
    Timestamp::from_millis(millis).ok()
}

/// A number with decimals: by its whole part seconds, milliseconds or microseconds, as whole numbers are.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "the limits are exact, and what is out of range is no time"
)]
fn with_decimals(number: f64) -> Option<Timestamp> {
    if !number.is_finite() {
        return None;
    }
    let millis = if number < FIRST_MILLIS as f64 {
        number * 1000.0
    } else if number < FIRST_MICROS as f64 {
        number
    } else {
        number / 1000.0
    };
    Timestamp::from_millis(millis.round() as i64).ok()
}

/// `2026-03-02 09:15:00.123+0200` and the like, as RFC 3339 has it.
fn with_plain_offset(text: &str) -> Option<String> {
    let text = text
        .strip_suffix("UTC")
        .map_or_else(|| text.to_owned(), |utc| format!("{}Z", utc.trim_end()));
    let (date, rest) = text.split_at_checked(10)?;
    let rest = rest.strip_prefix(['T', ' '])?.replace(' ', "");
    let rest = match rest.rfind(['+', '-']) {
        Some(at) if rest.len() - at == 5 && rest.is_char_boundary(at + 3) => {
            format!("{}:{}", &rest[..at + 3], &rest[at + 3..])
        }
        Some(_) | None => rest,
    };
    Some(format!("{date}T{rest}"))
}

fn in_rfc2822(text: &str) -> Option<Timestamp> {
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    Timestamp::from_millis(at.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_moment_in_all_writings_is_one_time() {
        let at: Timestamp = "2026-03-02T09:15:00Z".parse().unwrap();
        for writing in [
            json!(1_772_442_900),
            json!("1772442900"),
            json!(1_772_442_900.0),
            json!(1_772_442_900_000_i64),
            json!(1_772_442_900_000.0),
            json!("1772442900000.4"),
            json!("1772442900000000"),
            json!("2026-03-02T09:15:00.000000000Z"),
            json!("2026-03-02T10:15:00.000+0100"),
            json!("2026-03-02 10:15:00+01:00"),
            json!("2026-03-02 09:15:00 UTC"),
            json!("2026-03-02 04:15:00 -0500"),
            json!("Mon, 02 Mar 2026 09:15:00 +0000"),
            json!("Mon, 2 Mar 2026 09:15:00 GMT"),
        ] {
            assert_eq!(time_in(&writing), Some(at), "{writing}");
        }
        for writing in [
            json!("yesterday"),
            json!("NaN"),
            json!("-inf"),
            json!("1e300"),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(f64::MAX),
            json!("2026-03-02"),
            json!("ä2026-03-02T09"),
            json!("2026-03-02 +ä€a"),
            json!(true),
        ] {
            assert_eq!(time_in(&writing), None, "{writing}");
        }
    }
}
