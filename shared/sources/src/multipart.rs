//! Forms as `multipart/form-data`, told by their shape: Zammad's documentation sends its CTI push like that.

use crate::reading::Rejection;

/// Longest line between two parts: the longest boundary of RFC 2046, and the hyphens before it.
const MAX_BOUNDARY: usize = 72;
/// Longest header of a part.
const MAX_HEADER: usize = 1024;

/// Fields of a form in their order; `None` when the body is not one. Files have no place in a push and are left out.
///
/// # Errors
/// When it has more than `limit` parts.
pub(crate) fn fields(body: &str, limit: usize) -> Result<Option<Vec<(String, String)>>, Rejection> {
    let Some((boundary, rest)) = body.split_once('\n') else {
        return Ok(None);
    };
    let boundary = boundary.trim_end();
    if !boundary.starts_with("--") || !(3..=MAX_BOUNDARY).contains(&boundary.len()) {
        return Ok(None);
    }
    let mut fields = Vec::new();
    for (at, part) in rest.split(boundary).enumerate() {
        if part.starts_with("--") {
            break;
        }
        if at == limit {
            return Err(Rejection::TooMuch {
                what: "the number of form fields",
                limit,
            });
        }
        fields.extend(field(part));
    }
    Ok((!fields.is_empty()).then_some(fields))
}

/// The name and value of one part.
fn field(part: &str) -> Option<(String, String)> {
    let part = part.trim_start_matches(['\r', '\n']);
    let (header, value) = part
        .split_once("\r\n\r\n")
        .or_else(|| part.split_once("\n\n"))?;
    let is_form = header.len() <= MAX_HEADER
        && header.to_ascii_lowercase().contains("form-data")
        && !header.contains("filename");
    let (_, name) = header.split_once("name=\"").filter(|_| is_form)?;
    let (name, _) = name.split_once('"')?;
    let value = value.strip_suffix('\n').unwrap_or(value);
    let value = value.strip_suffix('\r').unwrap_or(value);
    Some((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_their_order_and_files_left_out() {
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
                "and line two",
                "--b0",
                "Content-Disposition: form-data; name=\"f\"; filename=\"x.txt\"",
                "",
                "file",
                "--b0--",
                "Content-Disposition: form-data; name=\"after\"",
                "",
                "the end",
            ];
            let read = fields(&lines.join(end), 9).unwrap().unwrap();
            let names: Vec<_> = read.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["event", "user[]"]);
            assert_eq!(read[0].1, "answer");
            assert_eq!(read[1].1, format!("Bo Sample{end}and line two"));
        }
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
