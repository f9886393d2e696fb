//! Forms as `multipart/form-data`, told by their shape: Zammad's documentation sends its CTI push like that, SendGrid and
//! Mailgun send mails so.
//!
//! A part ends at a line that is the boundary, and nowhere else. What ends the form is the last such line: SendGrid's
//! boundary is the same for all, so that a mail may hold a line that looks like the form's end, and with it fields of its
//! own. Those are read as second ones of their names, which the source refuses.

use serde_json::json;

use crate::reading::Rejection;

/// Longest line between two parts: the longest boundary of RFC 2046, and the hyphens before it.
const MAX_BOUNDARY: usize = 72;
/// Longest header of a part.
const MAX_HEADER: usize = 4096;

/// Fields of a form in their order; `None` when the body is not one. A file is not taken along: its field says what it is,
/// as JSON: `filename`, `type`, and its size as `bytes` of the text and `characters` of it, of which each is a byte where
/// the body is none of UTF-8.
///
/// # Errors
/// When it has more than `limit` parts.
pub(crate) fn fields(body: &str, limit: usize) -> Result<Option<Vec<(String, String)>>, Rejection> {
    let Some((boundary, _)) = body.split_once('\n') else {
        return Ok(None);
    };
    let boundary = boundary.trim_end();
    if !boundary.starts_with("--") || !(3..=MAX_BOUNDARY).contains(&boundary.len()) {
        return Ok(None);
    }
    let mut fields = Vec::new();
    let mut open: Option<usize> = None;
    let mut parts = 0;
    for (start, end, closes) in delimiters(body, boundary) {
        if let Some(from) = open {
            fields.extend(field(&body[from..start.max(from)]));
        }
        if parts == limit && !closes {
            return Err(Rejection::TooMuch {
                what: "the number of form fields",
                limit,
            });
        }
        parts += usize::from(!closes);
        // Behind the last of all, an end means that nothing follows.
        open = Some(if closes { body.len() } else { end }).filter(|from| *from < body.len());
    }
    if let Some(from) = open {
        fields.extend(field(&body[from..]));
    }
    Ok((!fields.is_empty()).then_some(fields))
}

/// Where each line that is the boundary begins and ends, and whether it says that it is the last.
fn delimiters<'a>(
    body: &'a str,
    boundary: &'a str,
) -> impl Iterator<Item = (usize, usize, bool)> + 'a {
    body.match_indices(boundary).filter_map(move |(start, _)| {
        if start > 0 && !body[..start].ends_with('\n') {
            return None;
        }
        let rest = &body[start + boundary.len()..];
        let (line, length) = match rest.find('\n') {
            Some(at) => (&rest[..at], at + 1),
            None => (rest, rest.len()),
        };
        let closes = match line.trim_end() {
            "" => false,
            "--" => true,
            _ => return None,
        };
        Some((start, start + boundary.len() + length, closes))
    })
}

/// The name and value of one part.
fn field(part: &str) -> Option<(String, String)> {
    let part = part.trim_start_matches(['\r', '\n']);
    let (header, value) = part
        .split_once("\r\n\r\n")
        .or_else(|| part.split_once("\n\n"))?;
    if header.len() > MAX_HEADER {
        return None;
    }
    let mut lines = header.lines();
    let disposition = lines.find_map(|line| value_of(line, "content-disposition"))?;
    if !disposition.to_ascii_lowercase().starts_with("form-data") {
        return None;
    }
    let name = parameter(disposition, "name")?;
    let value = value.strip_suffix('\n').unwrap_or(value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    // A name in RFC 5987's writing makes it a file too; it stays as it is written.
    let file = parameter(disposition, "filename").or_else(|| parameter(disposition, "filename*"));
    let Some(file) = file else {
        return Some((name, value.to_owned()));
    };
    let kind = header
        .lines()
        .find_map(|line| value_of(line, "content-type"));
    let file = json!({
        "filename": file,
        "type": kind.unwrap_or("application/octet-stream"),
        "bytes": value.len(),
        "characters": value.chars().count(),
    });
    Some((name, file.to_string()))
}

/// The value of a header's line of that name.
fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (here, value) = line.split_once(':')?;
    here.trim().eq_ignore_ascii_case(name).then(|| value.trim())
}

/// A parameter of a `Content-Disposition`, in quotation marks or without.
fn parameter(disposition: &str, name: &str) -> Option<String> {
    let (_, mut rest) = disposition.split_once(';')?;
    loop {
        let (here, after) = rest.split_once('=')?;
        let after = after.trim_start();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted_text(quoted),
            None => match after.split_once(';') {
                Some((value, next)) => (value.trim().to_owned(), next),
                None => (after.trim().to_owned(), ""),
            },
        };
        if here.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = next.trim_start().trim_start_matches(';');
    }
}

/// What stands up to the closing quotation mark, and what stands behind it.
fn quoted_text(quoted: &str) -> (String, &str) {
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            // Only marks are escaped: a backslash before anything else is one of a path.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => {
                value.extend(letters.next().map(|(_, letter)| letter));
            }
            _ => value.push(letter),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_their_order_and_files_by_name_and_size() {
        for end in ["\r\n", "\n"] {
            let lines = [
                "--b0",
                "Content-Disposition: form-data; name=\"event\"",
                "",
                "answer",
                "--b0",
                "content-disposition: form-data; name=\"user[]\"",
                "Content-Type: text/plain; charset=utf-8",
                "",
                "Bo Sample",
                "and --b0 in a line",
                "--b0x",
                "--b0",
                "Content-Disposition: form-data; name=\"empty\"",
                "",
                "",
                "--b0",
                "Content-Disposition: form-data; filename=\"a \\\"b\\\" é.txt\"; name=f",
                "Content-Type: text/plain",
                "",
                "filé",
                "--b0--",
                "Content-Disposition: form-data; name=\"after\"",
                "",
                "the end",
            ];
            let read = fields(&lines.join(end), 9).unwrap().unwrap();
            let names: Vec<_> = read.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["event", "user[]", "empty", "f"]);
            assert_eq!(read[0].1, "answer");
            assert_eq!(
                read[1].1,
                format!("Bo Sample{end}and --b0 in a line{end}--b0x")
            );
            assert_eq!(read[2].1, "");
            let file: serde_json::Value = serde_json::from_str(&read[3].1).unwrap();
            assert_eq!(
                file,
                json!({"filename": "a \"b\" é.txt", "type": "text/plain", "bytes": 5, "characters": 4})
            );
        }
    }

    #[test]
    fn an_end_that_is_not_the_last_hides_nothing_behind_it() {
        let part = |name: &str, value: &str| {
            format!("--b0\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let forged = format!("hello\r\n{}--b0--\r\nmore", part("SPF", "pass"));
        let body = format!(
            "{}{}{}--b0--\r\n",
            part("headers", "x"),
            part("text", &forged),
            part("SPF", "fail")
        );
        let read = fields(&body, 9).unwrap().unwrap();
        let told: Vec<_> = read
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(told, ["headers=x", "text=hello", "SPF=pass", "SPF=fail"]);
    }

    #[test]
    fn other_texts_are_no_forms_and_too_many_parts_are_refused() {
        for body in [
            "",
            "--",
            "--\n--\n",
            "-- \nhello=1",
            "a=b\nc",
            "---b\n---b",
            "--b\n\n\n",
        ] {
            assert_eq!(fields(body, 9), Ok(None), "{body:?}");
        }
        let many = "--b\n".repeat(20);
        assert!(matches!(fields(&many, 9), Err(Rejection::TooMuch { .. })));
    }
}
