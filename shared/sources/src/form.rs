//! Forms as `application/x-www-form-urlencoded`.

use serde_json::{Map, Value};

use crate::reading::Rejection;

/// Most fields of a form.
pub(crate) const MAX_FORM_FIELDS: usize = 1000;

/// Fields of `a=1&b=2`. A text that does not begin with a field's name is not a form. Values may hold spaces, since
/// telephone systems send forms that they have not encoded.
pub(crate) fn read(body: &str) -> Result<Vec<(String, String)>, Rejection> {
    let (first, _) = body.split_once('=').ok_or(Rejection::Unreadable)?;
    let is_text = |c: char| c.is_whitespace() || matches!(c, '<' | '{' | '"' | ':' | '/');
    if first.is_empty() || first.contains(is_text) || body.contains('\n') {
        return Err(Rejection::Unreadable);
    }
    let mut fields = Vec::new();
    for pair in body.split('&').filter(|pair| !pair.is_empty()) {
        if fields.len() == MAX_FORM_FIELDS {
            return Err(Rejection::TooMuch {
                what: "the number of form fields",
                limit: MAX_FORM_FIELDS,
            });
        }
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        fields.push((decode(name), decode(value)));
    }
    Ok(fields)
}

/// JSON in the place of a form's only name: what an HTTP client makes of it when it takes it for a form.
pub(crate) fn json_inside(fields: &[(String, String)]) -> Option<&str> {
    match fields {
        [(name, value)] if value.is_empty() && name.starts_with('{') => Some(name),
        _ => None,
    }
}

/// One part of a form: `+` is a space, `%XX` a byte; broken escapes stay as they are. What is no UTF-8 is Latin-1,
/// which older telephone systems send.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes
            .get(at + 1..at + 3)
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match (
            bytes[at],
            escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8(out)
        .unwrap_or_else(|error| error.as_bytes().iter().copied().map(char::from).collect())
}

/// A form's fields as a JSON object of texts, to be read like any other; of several under one name the first.
pub(crate) fn object(fields: &[(String, String)]) -> Value {
    let mut object = Map::new();
    for (name, value) in fields {
        object
            .entry(name.as_str())
            .or_insert_with(|| Value::String(value.clone()));
    }
    Value::Object(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded_once() {
        let fields = read(
            "event=newCall&from=%2B49%20211&user[]=A%26B&user%5B%5D=C+D&odd=%zz%+1&latin=J%FCrg",
        )
        .unwrap();
        let values: Vec<_> = fields.iter().map(|(n, v)| format!("{n}={v}")).collect();
        assert_eq!(
            values,
            [
                "event=newCall",
                "from=+49 211",
                "user[]=A&B",
                "user[]=C D",
                "odd=%zz% 1",
                "latin=Jürg",
            ]
        );
    }
}
