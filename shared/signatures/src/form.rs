//! Forms as `application/x-www-form-urlencoded`, over bytes.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

use crate::verify::Refusal;

/// Most fields of a form.
pub const MAX_FORM_FIELDS: usize = 1000;
/// What stays as it is in a form or query: letters, digits and these.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A name and its value, decoded.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// The fields in their order. A text without `=` is a name without a value.
pub(crate) fn fields(form: &[u8]) -> Result<Vec<Field>, Refusal> {
    let mut fields = Vec::new();
    for pair in pairs(form) {
        if fields.len() == MAX_FORM_FIELDS {
            return Err(Refusal::Malformed);
        }
        let (name, value) = split(pair);
        fields.push((decoded(name), decoded(value)));
    }
    Ok(fields)
}

/// The fields by their names, and those of one name by their values.
pub(crate) fn sorted(form: &[u8]) -> Result<Vec<Field>, Refusal> {
    let mut fields = fields(form)?;
    fields.sort_unstable();
    Ok(fields)
}

/// Names and values with nothing between them, as Twilio and Plivo sign them.
pub(crate) fn run_together(fields: Vec<Field>) -> impl Iterator<Item = u8> {
    fields
        .into_iter()
        .flat_map(|(name, value)| [name, value])
        .flatten()
}

/// The only value under this name.
pub(crate) fn field(form: &[u8], name: &str) -> Result<Option<String>, Refusal> {
    let mut found = None;
    for (given, value) in fields(form)? {
        if given == name.as_bytes() {
            if found.is_some() {
                return Err(Refusal::Malformed);
            }
            found = Some(String::from_utf8(value).map_err(|_| Refusal::Malformed)?);
        }
    }
    Ok(found)
}

/// The form with this field in the place of others of its name.
pub(crate) fn put(form: &[u8], name: &str, value: &str) -> Vec<u8> {
    let others = pairs(form).filter(|pair| decoded(split(pair).0) != name.as_bytes());
    let mut out = others.collect::<Vec<_>>().join(&b'&');
    if !out.is_empty() {
        out.push(b'&');
    }
    out.extend_from_slice(format!("{}={}", encoded(name), encoded(value)).as_bytes());
    out
}

/// A text as it stands in a form or query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// `+` is a space, `%XX` a byte; broken escapes stay as they are.
fn decoded(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|b| if *b == b'+' { b' ' } else { *b })
        .collect();
    percent_decode(&spaced).collect()
}

fn pairs(form: &[u8]) -> impl Iterator<Item = &[u8]> {
    form.split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty())
}

fn split(pair: &[u8]) -> (&[u8], &[u8]) {
    let mut halves = pair.splitn(2, |byte| *byte == b'=');
    (
        halves.next().unwrap_or_default(),
        halves.next().unwrap_or_default(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_once() {
        let fields = fields(b"a=1+2&b%3D=%2B%zz%&&c&d=%FF=x").unwrap();
        let expected: [(&[u8], &[u8]); 4] = [
            (b"a", b"1 2"),
            (b"b=", b"+%zz%"),
            (b"c", b""),
            (b"d", b"\xff=x"),
        ];
        let fields: Vec<(&[u8], &[u8])> = fields.iter().map(|(n, v)| (&n[..], &v[..])).collect();
        assert_eq!(fields, expected);
    }

    #[test]
    fn one_value_is_clear_and_two_are_not() {
        assert_eq!(field(b"a=1&b=2", "b"), Ok(Some("2".to_owned())));
        assert_eq!(field(b"a=1", "b"), Ok(None));
        assert_eq!(field(b"b=1&b=1", "b"), Err(Refusal::Malformed));
        assert_eq!(field(b"b=%FF", "b"), Err(Refusal::Malformed));
        let many = b"a&".repeat(MAX_FORM_FIELDS + 1);
        assert_eq!(field(&many, "b"), Err(Refusal::Malformed));
        assert_eq!(
            fields(&many[..2 * MAX_FORM_FIELDS]).unwrap().len(),
            MAX_FORM_FIELDS
        );
    }

    #[test]
    fn a_field_is_put_in_the_place_of_others() {
        assert_eq!(put(b"", "a b", "&"), b"a%20b=%26");
        assert_eq!(put(b"x=1&s=2&y=3&s", "s", "4"), b"x=1&y=3&s=4");
    }
}
