//! Times as 3CX writes them: in the culture of its server unless the template says how, without a zone.

use timeline::Timestamp;

use crate::fields::Fields;
use crate::parts;
use crate::reading::Rejection;

/// Longest text that is looked at as a time.
const MAX_TEXT: usize = 40;

/// A time in UTC: as milliseconds where the body has them, else as a text. The names are the folded one and the
/// variable's.
///
/// # Errors
/// When it is there and no time.
pub(super) fn utc(
    fields: &Fields<'_>,
    folded: &'static str,
    variable: &'static str,
) -> Result<Option<Timestamp>, Rejection> {
    let millis = format!("{folded}millis");
    let given = fields.get(&millis).or_else(|| fields.get(folded));
    let Some(value) = given else {
        return Ok(None);
    };
    if fields.id(&millis).or_else(|| fields.id(folded)).as_deref() == Some("0") {
        // A call that was never established.
        return Ok(None);
    }
    let text = value.as_str().map(str::trim);
    if text.is_some_and(is_unset) {
        return Ok(None);
    }
    parts::time_in(value)
        .or_else(|| in_culture(text?))
        .map(Some)
        .ok_or_else(|| Rejection::malformed(variable, "is not a time"))
}

/// The first moment of the calendar stands for "never".
fn is_unset(text: &str) -> bool {
    ["0001-01-01", "01/01/0001", "1/1/0001", "01.01.0001"]
        .iter()
        .any(|never| text.starts_with(never))
}

/// How long it lasted, in seconds: `DurationSeconds`, or `Duration` as `hh:mm:ss`.
pub(super) fn seconds(fields: &Fields<'_>) -> Option<i64> {
    if let Some(seconds) = fields.integer("durationseconds") {
        return Some(seconds);
    }
    let text = fields
        .id("duration")
        .or_else(|| fields.id("durationtimespan"))?;
    if text.len() > MAX_TEXT {
        return None;
    }
    let whole = text.trim().split('.').next()?;
    whole.split(':').try_fold(0_i64, |sum, part| {
        let part: i64 = part.parse().ok()?;
        sum.checked_mul(60)?.checked_add(part)
    })
}

/// `3/2/2026 9:15:00 AM`, `03/02/2026 09:15:00`, `02.03.2026 09:15:00`, `2026-03-02 09:15:00`.
///
/// With slashes the month stands first, as in the culture that 3CX is installed with, unless there is no such month.
fn in_culture(text: &str) -> Option<Timestamp> {
    if text.len() > MAX_TEXT {
        return None;
    }
    // Newer systems write a narrow space before AM and PM.
    let plain: String = text
        .chars()
        .map(|c| {
            if c.is_whitespace() || c == 'T' {
                ' '
            } else {
                c
            }
        })
        .collect();
    let mut words = plain.split(' ').filter(|word| !word.is_empty());
    let date = words.next()?;
    let time = words.next()?.trim_end_matches('Z');
    let half = words
        .next()
        .map(|word| word.replace('.', "").to_ascii_uppercase());
    let (year, month, day) = date_of(date)?;
    let mut clock = time.split(':');
    let hour: u32 = clock.next()?.parse().ok()?;
    let minute: u32 = clock.next()?.parse().ok()?;
    let (second, fraction) = match clock.next() {
        Some(second) => second.split_once('.').unwrap_or((second, "0")),
        None => ("0", "0"),
    };
    let second: u32 = second.parse().ok()?;
    let hour = match half.as_deref() {
        Some("AM") => hour % 12,
        Some("PM") => hour % 12 + 12,
        Some(_) => return None,
        None => hour,
    };
    let is_number = fraction.bytes().all(|b| b.is_ascii_digit()) && !fraction.is_empty();
    let fraction = is_number.then(|| fraction.get(..fraction.len().min(9)))??;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction}Z")
        .parse()
        .ok()
}

fn date_of(date: &str) -> Option<(u32, u32, u32)> {
    let separator = date.chars().find(|c| !c.is_ascii_digit())?;
    let mut numbers = date.split(separator).map(|part| part.parse::<u32>().ok());
    let (first, second, third) = (numbers.next()??, numbers.next()??, numbers.next()??);
    match separator {
        '-' | '/' if first > 31 => Some((first, second, third)),
        '/' if first <= 12 => Some((third, first, second)),
        '/' | '.' | '-' => Some((third, second, first)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_in_every_culture_is_one_time() {
        let at: Timestamp = "2026-03-02T21:15:07Z".parse().unwrap();
        for text in [
            "3/2/2026 9:15:07 PM",
            "3/2/2026 9:15:07\u{202f}PM",
            "03/02/2026 21:15:07",
            "02.03.2026 21:15:07",
            "02-03-2026 21:15:07",
            "2026-03-02 21:15:07",
            "2026-03-02T21:15:07",
            "2026-03-02T21:15:07.0000000Z",
            "2026/03/02 21:15:07",
        ] {
            assert_eq!(in_culture(text), Some(at), "{text}");
        }
        let midnight = "2026-03-02T00:05:00Z".parse().ok();
        assert_eq!(in_culture("3/2/2026 12:05 AM"), midnight);
        assert_eq!(
            in_culture("25/12/2026 08:00:00"),
            "2026-12-25T08:00:00Z".parse().ok()
        );
        for text in [
            "",
            "yesterday",
            "3/2/2026",
            "3/2/2026 9:15:07 XM",
            "99/99/2026 1:1:1",
            "1:2:3 4",
        ] {
            assert_eq!(in_culture(text), None, "{text}");
        }
    }
}
