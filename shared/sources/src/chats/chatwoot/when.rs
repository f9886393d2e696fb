//! Times as Chatwoot writes them: `2020-03-03 13:05:57 UTC`, RFC 3339, or seconds since 1970, whole or with decimals.

use serde_json::Value;
use timeline::Timestamp;

use crate::fields::Fields;
use crate::reading::Rejection;

/// Numbers from here on are milliseconds: as seconds they would lie beyond the year 5000.
const FIRST_MILLISECONDS: f64 = 1e11;
/// Numbers from here on are no time in any unit.
const NO_TIME: f64 = 1e15;

/// The first of the named times that is there.
///
/// # Errors
/// When none is there, naming the first, or when the one that is there is no time.
pub(super) fn first_of(
    fields: &Fields<'_>,
    names: &[&'static str],
) -> Result<Timestamp, Rejection> {
    for name in names {
        if let Some(at) = time(fields, name)? {
            return Ok(at);
        }
    }
    let first = names.first().copied().unwrap_or_default();
    Err(Rejection::missing(fields.path_of(first)))
}

/// The time under `name`; `None` when it is absent or zero, which is how Chatwoot writes "never".
///
/// # Errors
/// When it is there and no time.
pub(super) fn time(
    fields: &Fields<'_>,
    name: &'static str,
) -> Result<Option<Timestamp>, Rejection> {
    match fields.get(name) {
        None => Ok(None),
        Some(value) => match parse(value) {
            Some(Timestamp::EPOCH) => Ok(None),
            Some(at) => Ok(Some(at)),
            None => Err(Rejection::malformed(fields.path_of(name), "is not a time")),
        },
    }
}

fn parse(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => number.as_f64().and_then(of_number),
        Value::String(text) => {
            let text = text.trim();
            if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
                return text.parse().ok().and_then(of_number);
            }
            match text.strip_suffix("UTC") {
                Some(utc) => format!("{}Z", utc.trim_end()).parse().ok(),
                // Ruby's own form, `2020-03-03 13:05:57 +0000`.
                None => text.replace(" +", "+").replace(" -", "-").parse().ok(),
            }
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn of_number(number: f64) -> Option<Timestamp> {
    if !(0.0..NO_TIME).contains(&number) {
        return None;
    }
    let millis = if number < FIRST_MILLISECONDS {
        number * 1000.0
    } else {
        number
    };
    Timestamp::from_millis(millis.round() as i64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_way_to_write_a_time_is_the_same_time() {
        let expected: Timestamp = "2026-03-03T13:05:57Z".parse().unwrap();
        for written in [
            json!("2026-03-03 13:05:57 UTC"),
            json!("2026-03-03T13:05:57.000Z"),
            json!("2026-03-03 13:05:57 +0000"),
            json!("2026-03-03T14:05:57+01:00"),
            json!("2026-03-03 14:05:57 +0100"),
            json!(1_772_543_157),
            json!(1_772_543_157.0),
            json!("1772543157"),
            json!("1772543157.0"),
            json!(1_772_543_157_000_u64),
        ] {
            assert_eq!(parse(&written), Some(expected), "{written}");
        }
        assert_eq!(
            parse(&json!(1_772_543_157.25)).map(Timestamp::millis),
            Some(1_772_543_157_250)
        );
    }

    #[test]
    fn what_is_no_time_is_refused_and_zero_is_never() {
        for written in [
            json!("soon"),
            json!("UTC"),
            json!("..."),
            json!(-5),
            json!(1e300),
            json!(true),
            json!({}),
        ] {
            assert_eq!(parse(&written), None, "{written}");
        }
        let payload = json!({"last_activity_at": 0, "created_at": "x"});
        let root = Fields::of(&payload);
        assert_eq!(
            first_of(&root, &["updated_at", "last_activity_at"]),
            Err(Rejection::missing("updated_at"))
        );
        assert_eq!(
            first_of(&root, &["created_at"]),
            Err(Rejection::malformed("created_at", "is not a time"))
        );
    }
}
