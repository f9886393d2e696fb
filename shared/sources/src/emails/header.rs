//! Header fields of a mail: which are kept, how much of each, and what they say.
//!
//! Fields are found here, in one pass, so that a hostile mail costs no more than its length; what a field says is
//! read by `mail-parser`.

use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;
use mail_parser::{ContentType, HeaderValue};
use timeline::{EmailAddress, Personal, Timestamp, preview};

/// Longest beginning of a field that is kept.
const MAX_FIELD_BYTES: usize = 16 * 1024;
/// Longest beginning of a `Content-*` field: each part has its own, and merging their parameters is not linear.
const MAX_CONTENT_FIELD_BYTES: usize = 2 * 1024;
/// Most addresses that are read from one field.
const MAX_ADDRESSES: usize = 50;
/// Longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 128;

/// The fields that are kept, in lower case.
const WANTED: [&str; 19] = [
    "auto-submitted",
    "content-disposition",
    "content-transfer-encoding",
    "content-type",
    "date",
    "dkim-signature",
    "from",
    "in-reply-to",
    "message-id",
    "precedence",
    "references",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
    "x-auto-reply",
    "x-autoreply",
    "x-autorespond",
];

/// The fields of a mail or of a part that mean something here, each in its first occurrence.
#[derive(Debug, Default, Clone)]
pub(super) struct Headers {
    fields: Vec<(&'static str, String)>,
}

/// One address of a field.
pub(super) struct Mailbox {
    /// The display name, on one line.
    pub(super) name: Option<Personal>,
    /// The address.
    pub(super) address: EmailAddress,
}

impl Mailbox {
    /// Of a name and an address that stand apart; `None` when the address is none.
    pub(super) fn of(name: Option<&str>, address: &str) -> Option<Self> {
        let address = EmailAddress::read(address).ok()?;
        Some(Self {
            name: kept_name(name, &address),
            address,
        })
    }
}

/// A person's name, unless it is the address again.
fn kept_name(name: Option<&str>, address: &EmailAddress) -> Option<Personal> {
    name.map(|name| preview(name, MAX_NAME_CHARS))
        .filter(|name| !name.expose().is_empty() && name.expose() != address.raw())
}

impl Headers {
    /// Reads the block of fields at the beginning of `bytes`, and says where what follows it begins.
    pub(super) fn read(bytes: &[u8]) -> (Self, usize) {
        let mut headers = Self::default();
        let mut field: Option<(&'static str, Vec<u8>)> = None;
        let mut at = 0;
        while at < bytes.len() {
            let (line, next) = line_at(bytes, at);
            // A boundary ends a block that has no empty line.
            if line.is_empty() || line.starts_with(b"--") {
                headers.close(field);
                return (headers, if line.is_empty() { next } else { at });
            }
            if line[0] == b' ' || line[0] == b'\t' {
                if let Some((name, value)) = &mut field {
                    append(name, value, line);
                }
            } else if let Some(colon) = line.iter().position(|byte| *byte == b':') {
                headers.close(field.take());
                field = wanted(line[..colon].trim_ascii()).map(|name| {
                    let mut value = Vec::new();
                    append(name, &mut value, &line[colon + 1..]);
                    (name, value)
                });
            } else {
                // A line that is no field, such as mbox's `From `: skipped, and not continued either.
                headers.close(field.take());
            }
            at = next;
        }
        headers.close(field);
        (headers, bytes.len())
    }

    /// Fields that came as names and values.
    pub(super) fn of_pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut headers = Self::default();
        for (name, text) in pairs {
            headers.close(wanted(name.trim().as_bytes()).map(|name| {
                let mut value = Vec::new();
                append(name, &mut value, text.as_bytes());
                (name, value)
            }));
        }
        headers
    }

    /// A field that stands beside the header.
    pub(super) fn add(&mut self, name: &str, text: &str) {
        let field = wanted(name.as_bytes());
        self.close(field.map(|name| (name, text.as_bytes().to_vec())));
    }

    /// The raw value of a field; `None` when it is absent or blank.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(here, _)| *here == name)
            .map(|(_, value)| value.as_str())
    }

    /// A field of the form of `Content-Type`: a value and its parameters.
    pub(super) fn parameters(&self, name: &str) -> Option<ContentType<'static>> {
        let line = one_line(self.get(name)?);
        let value = MessageStream::new(line.as_bytes()).parse_content_type();
        match value.into_owned() {
            HeaderValue::ContentType(content_type) => Some(content_type),
            HeaderValue::Address(_)
            | HeaderValue::Text(_)
            | HeaderValue::TextList(_)
            | HeaderValue::DateTime(_)
            | HeaderValue::Received(_)
            | HeaderValue::Empty => None,
        }
    }

    fn close(&mut self, field: Option<(&'static str, Vec<u8>)>) {
        let Some((name, value)) = field else { return };
        if self.get(name).is_some() || value.trim_ascii().is_empty() {
            return;
        }
        self.fields.push((name, text(value)));
    }
}

/// The line that begins at `at`, without its end, and where the next one begins.
pub(super) fn line_at(bytes: &[u8], at: usize) -> (&[u8], usize) {
    let rest = &bytes[at..];
    let (line, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&rest[..end], at + end + 1),
        None => (rest, bytes.len()),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), next)
}

/// The text of an unstructured field, encoded words decoded.
pub(super) fn decoded(value: &str) -> String {
    let line = one_line(value);
    MessageStream::new(line.as_bytes())
        .parse_unstructured()
        .as_text()
        .unwrap_or_default()
        .to_owned()
}

/// The moment that a field of the form of `Date` names. Its writer's clock says it, and writers err: `None` then.
pub(super) fn date(value: &str) -> Option<Timestamp> {
    let line = one_line(value);
    let HeaderValue::DateTime(at) = MessageStream::new(line.as_bytes()).parse_date() else {
        return None;
    };
    let seconds = at.is_valid().then(|| at.to_timestamp())?;
    Timestamp::from_millis(seconds.checked_mul(1000)?).ok()
}

/// The addresses of a field; what is none is left out.
pub(super) fn mailboxes(value: &str) -> Vec<Mailbox> {
    let line = one_line(value);
    let parsed = MessageStream::new(line.as_bytes()).parse_address();
    let Some(addresses) = parsed.as_address() else {
        return Vec::new();
    };
    addresses
        .iter()
        .take(MAX_ADDRESSES)
        .filter_map(|mailbox| {
            let address = EmailAddress::read(mailbox.address()?).ok()?;
            Some(Mailbox {
                name: kept_name(mailbox.name(), &address),
                address,
            })
        })
        .collect()
}

/// The value as the parser wants it: on one line, so that it is neither cut short nor goes on in another field.
fn one_line(value: &str) -> String {
    let end = value.floor_char_boundary(MAX_FIELD_BYTES);
    let mut line = value[..end].replace(['\r', '\n', '\0'], " ");
    line.push('\n');
    line
}

fn wanted(name: &[u8]) -> Option<&'static str> {
    WANTED
        .into_iter()
        .find(|wanted| wanted.as_bytes().eq_ignore_ascii_case(name))
}

fn append(name: &str, value: &mut Vec<u8>, more: &[u8]) {
    let limit = if name.starts_with("content-") {
        MAX_CONTENT_FIELD_BYTES
    } else {
        MAX_FIELD_BYTES
    };
    let room = limit.saturating_sub(value.len());
    value.extend_from_slice(&more[..more.len().min(room)]);
}

/// Eight-bit headers are UTF-8 today and were Windows-1252 before.
fn text(value: Vec<u8>) -> String {
    match String::from_utf8(value) {
        Ok(value) => value,
        Err(error) => match charset_decoder(b"windows-1252") {
            Some(decode) => decode(error.as_bytes()),
            None => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_a_megabyte_is_kept_in_its_beginning_and_the_next_is_found() {
        let mut mail = b"References: <root@example.com>".to_vec();
        for n in 0..40_000 {
            mail.extend_from_slice(format!("\r\n <reference-{n:08}@example.com>").as_bytes());
        }
        assert!(mail.len() > 1_000_000);
        mail.extend_from_slice(b"\r\nSubject: found\r\n\r\nbody");
        let (headers, body) = Headers::read(&mail);
        assert_eq!(headers.get("subject").map(str::trim), Some("found"));
        assert_eq!(headers.get("references").unwrap().len(), MAX_FIELD_BYTES);
        assert_eq!(&mail[body..], b"body");
    }

    #[test]
    fn a_name_with_a_comma_and_an_address_inside_does_not_become_the_address() {
        let ada = mailboxes("\"Example, Ada <boss@example.org>\" <ada@example.com>");
        assert_eq!(ada.len(), 1);
        assert_eq!(ada[0].address.raw(), "ada@example.com");
        assert_eq!(
            ada[0].name.as_ref().unwrap().expose(),
            "Example, Ada <boss@example.org>"
        );
    }

    #[test]
    fn a_date_is_read_in_the_writings_that_occur() {
        let at = "2026-03-02T09:15:00Z".parse().ok();
        for writing in [
            "Mon, 2 Mar 2026 10:15:00 +0100",
            " Mon, 02 Mar 2026 04:15:00 -0500 (EST)",
            "Mon, 2 Mar 2026 05:15:00 -04:00",
            "2 Mar 2026 09:15:00 GMT",
        ] {
            assert_eq!(date(writing), at, "{writing}");
        }
        for writing in ["", "yesterday", "Mon, 99 Mar 2026 09:15:00 +0000"] {
            assert_eq!(date(writing), None, "{writing}");
        }
    }

    #[test]
    fn only_the_first_of_two_equal_fields_counts() {
        let (headers, _) = Headers::read(b"From: a@example.com\nfrom: b@example.com\n\n");
        assert_eq!(headers.get("from"), Some(" a@example.com"));
    }

    #[test]
    fn a_line_break_in_a_value_cannot_begin_another_field() {
        assert_eq!(
            decoded("Hello\nBcc: x@example.com"),
            "Hello Bcc: x@example.com"
        );
    }
}
