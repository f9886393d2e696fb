//! Forms as `multipart/form-data`, told by their shape and read line by line: a form with files, such as a mail that
//! Mailgun hands on, proves itself by its fields too.

use std::ops::Range;

use crate::form::MAX_FORM_FIELDS;
use crate::verify::Refusal;

/// Longest line between two parts: the longest boundary of RFC 2046, and the hyphens before it.
const MAX_BOUNDARY: usize = 72;
/// Longest line of a part's header.
const MAX_HEADER: usize = 1024;

/// The line between the parts; `None` when the body is no such form.
pub(crate) fn boundary(body: &[u8]) -> Option<&[u8]> {
    let end = body
        .iter()
        .take(MAX_BOUNDARY + 2)
        .position(|byte| *byte == b'\n')?;
    let line = body.get(..end)?.trim_ascii_end();
    (line.starts_with(b"--") && (3..=MAX_BOUNDARY).contains(&line.len())).then_some(line)
}

/// Where the only value under this name stands.
pub(crate) fn field(body: &[u8], name: &str) -> Result<Option<Range<usize>>, Refusal> {
    let boundary = boundary(body).ok_or(Refusal::Malformed)?;
    let mut found = None;
    let mut parts = 0;
    let mut state = State::Value { from: None };
    let mut at = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let start = at;
        at += line.len();
        if let Some(rest) = line.strip_prefix(boundary) {
            if let State::Value { from: Some(from) } = state {
                if found.is_some() {
                    return Err(Refusal::Malformed);
                }
                found = Some(from..without_line_end(body, from, start));
            }
            state = State::Header { is_wanted: None };
            parts += 1;
            if rest.starts_with(b"--") {
                return Ok(found);
            }
            if parts > MAX_FORM_FIELDS {
                return Err(Refusal::Malformed);
            }
        } else if let State::Header { is_wanted } = state {
            state = if line.trim_ascii_end().is_empty() {
                let from = is_wanted.unwrap_or_default().then_some(at);
                State::Value { from }
            } else {
                match (is_wanted, names(line, name)) {
                    // One part would be two fields, and one reader would take it for the other.
                    (Some(_), Some(_)) => return Err(Refusal::Malformed),
                    (before, here) => State::Header {
                        is_wanted: before.or(here),
                    },
                }
            };
        }
    }
    // Without its last line it was cut.
    Err(Refusal::Malformed)
}

/// The form with this field: in the place of the one it has, or as its first.
pub(crate) fn put(body: &[u8], name: &str, value: &str) -> Option<Vec<u8>> {
    let place = field(body, name).ok()?;
    let boundary = boundary(body)?;
    let mut out = Vec::with_capacity(body.len() + boundary.len() + name.len() + value.len() + 64);
    match place {
        Some(place) => {
            out.extend_from_slice(body.get(..place.start)?);
            out.extend_from_slice(value.as_bytes());
            out.extend_from_slice(body.get(place.end..)?);
        }
        None => {
            out.extend_from_slice(boundary);
            let part =
                format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            out.extend_from_slice(part.as_bytes());
            out.extend_from_slice(body);
        }
    }
    Some(out)
}

enum State {
    /// Among a part's header lines; whether it is the wanted one, once a line has said its name.
    Header { is_wanted: Option<bool> },
    /// In a part's value; `from` where the wanted one begins.
    Value { from: Option<usize> },
}

/// The end of a value whose next boundary's line begins there: the line's end before it is not its own.
fn without_line_end(body: &[u8], from: usize, next: usize) -> usize {
    let value = body.get(from..next).unwrap_or_default();
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    from + value.len()
}

/// Whether a part is this field, and no file; `None` when this line of its header does not say.
fn names(line: &[u8], name: &str) -> Option<bool> {
    let (header, value) = split_at_colon(line.get(..MAX_HEADER).unwrap_or(line))?;
    if !header.eq_ignore_ascii_case(b"content-disposition") {
        return None;
    }
    let Ok(value) = std::str::from_utf8(value) else {
        return Some(false);
    };
    let mut words = value.split(';').map(str::trim);
    let is_form = words
        .next()
        .is_some_and(|word| word.eq_ignore_ascii_case("form-data"));
    let mut is_named = false;
    for word in words {
        match word.split_once('=') {
            Some((key, _)) if key.to_ascii_lowercase().starts_with("filename") => {
                return Some(false);
            }
            Some((key, value)) if key.eq_ignore_ascii_case("name") => {
                is_named = value.trim_matches('"') == name;
            }
            Some(_) | None => {}
        }
    }
    Some(is_form && is_named)
}

fn split_at_colon(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b':')?;
    Some((line.get(..at)?, line.get(at + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "--b0\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nab\r\n\
        --b0\r\ncontent-disposition: form-data; name=f; filename=\"token\"\r\nContent-Type: a/b\r\n\r\n\u{0}\r\n\r\n\
        --b0\r\nContent-Disposition: form-data; name=stamp\r\nX-Other: 1\r\n\r\n\r\n--b0--\r\n";

    fn value(form: &str, name: &str) -> Result<Option<String>, Refusal> {
        let place = field(form.as_bytes(), name)?;
        Ok(place.map(|place| form[place].to_owned()))
    }

    #[test]
    fn fields_are_found_and_files_are_not() {
        for form in [FORM.to_owned(), FORM.replace("\r\n", "\n")] {
            assert_eq!(value(&form, "token"), Ok(Some("ab".to_owned())));
            assert_eq!(value(&form, "stamp"), Ok(Some(String::new())));
            assert_eq!(value(&form, "f"), Ok(None));
        }
    }

    #[test]
    fn what_is_cut_doubled_or_too_much_is_refused() {
        let again = FORM.replace(
            "--b0--",
            "--b0\r\nContent-Disposition: form-data; name=token\r\n\r\nx\r\n--b0--",
        );
        assert_eq!(value(&again, "token"), Err(Refusal::Malformed));
        let line = "Content-Disposition: form-data; name=\"token\"\r\n";
        let both = FORM.replace(line, &format!("{line}{}", line.replace("token", "other")));
        assert_eq!(value(&both, "token"), Err(Refusal::Malformed));
        assert_eq!(value(&both, "other"), Err(Refusal::Malformed));
        assert_eq!(
            value(&FORM[..FORM.len() - 4], "token"),
            Err(Refusal::Malformed)
        );
        for form in ["", "a=b", "--\n--", "-- \n"] {
            assert_eq!(value(form, "token"), Err(Refusal::Malformed), "{form:?}");
        }
        let many = format!("{}--b--", "--b\n".repeat(MAX_FORM_FIELDS + 1));
        assert_eq!(value(&many, "token"), Err(Refusal::Malformed));
        let long = format!("--{}\n", "b".repeat(100));
        assert_eq!(boundary(long.as_bytes()), None);
    }

    #[test]
    fn a_field_is_put_in() {
        for name in ["token", "new"] {
            let form = String::from_utf8(put(FORM.as_bytes(), name, "xyz").unwrap()).unwrap();
            assert_eq!(value(&form, name), Ok(Some("xyz".to_owned())));
            assert_eq!(value(&form, "stamp"), Ok(Some(String::new())));
        }
    }
}
