//! What a run of bytes is taken for.

use std::collections::BTreeMap;

use base64::Engine;

/// In the first byte: the webhook has named the source.
const NAMED: u8 = 1;
/// In the first byte: a JSON object of headers stands before the body, and a zero byte between them.
const HEADERS: u8 = 2;
/// In the first byte: the body comes as base64, so that its bytes need be no text.
const BYTES: u8 = 4;

/// A record of a queue.
pub(crate) struct Record {
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Record {
    /// The first byte says how the rest comes; tests/tools/fuzz writes the fixtures so.
    pub(crate) fn of(input: &[u8], source: Option<&str>) -> Self {
        let (how, mut rest) = input.split_first().unwrap_or((&0, &[]));
        let mut attributes = BTreeMap::new();
        if let Some(source) = source.filter(|_| how & NAMED != 0) {
            attributes.insert("source".to_owned(), source.to_owned());
        }
        if how & HEADERS != 0
            && let Some((headers, body)) = split_at(0, rest)
        {
            let headers = String::from_utf8_lossy(headers).into_owned();
            attributes.insert("headers".to_owned(), headers);
            rest = body;
        }
        let body = if how & BYTES != 0 {
            attributes.insert("encoding".to_owned(), "base64".to_owned());
            base64::engine::general_purpose::STANDARD.encode(rest)
        } else {
            String::from_utf8_lossy(rest).into_owned()
        };
        Self { body, attributes }
    }
}

/// What stands before the first of this byte and behind it.
pub(crate) fn split_at(separator: u8, input: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = input.iter().position(|byte| *byte == separator)?;
    Some((&input[..at], &input[at + 1..]))
}
