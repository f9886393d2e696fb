//! The mail that came with a notification: as text or as base64.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use timeline::cut;

use super::body::Bytes;
use super::mime::MAX_MAIL_BYTES;
use crate::fields::Fields;
use crate::reading::Rejection;

/// Beginning of a content that is looked at to tell base64 from a mail.
const BASE64_SAMPLE: usize = 512;

/// A mail as it came with the notification.
pub(super) struct Content<'a> {
    /// The mail, in its beginning.
    pub(super) mail: Cow<'a, [u8]>,
    /// How many bytes more it has.
    pub(super) beyond: usize,
    /// Whether these are the bytes that were sent.
    pub(super) bytes: Bytes,
}

/// The mail's content, as far as it is looked at.
pub(super) fn content<'a>(root: &Fields<'a>) -> Result<Option<Content<'a>>, Rejection> {
    let Some(content) = root.text("content") else {
        return Ok(None);
    };
    let receipt = root.object("receipt");
    let action = receipt.object("action");
    let encoding = action.text("encoding").unwrap_or_default();
    if encoding.eq_ignore_ascii_case("BASE64") || looks_like_base64(content) {
        return match decode_base64(content) {
            Some((mail, beyond)) => Ok(Some(Content {
                mail: mail.into(),
                beyond,
                bytes: Bytes::Original,
            })),
            // Some rules say base64 and send the mail as it is.
            None if looks_like_mail(content) => Ok(Some(as_sent(content))),
            None => Err(Rejection::malformed("content", "is not base64")),
        };
    }
    Ok(Some(as_sent(content)))
}

fn as_sent(content: &str) -> Content<'_> {
    let kept = content.len().min(MAX_MAIL_BYTES);
    Content {
        mail: content.as_bytes()[..kept].into(),
        beyond: content.len() - kept,
        bytes: Bytes::Utf8,
    }
}

/// Whether the first line is a header's field.
fn looks_like_mail(content: &str) -> bool {
    let line = content.trim_start().lines().next().unwrap_or_default();
    let name = line.split_once(':').map(|(name, _)| name.trim_end());
    name.is_some_and(|name| !name.is_empty() && !name.contains(char::is_whitespace))
}

fn looks_like_base64(content: &str) -> bool {
    let sample = cut(content.trim(), BASE64_SAMPLE);
    let letter = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=') || c.is_ascii_whitespace()
    };
    // A mail has a colon in its first line, and base64 never has one.
    !sample.is_empty() && !sample.contains(' ') && sample.chars().all(letter)
}

/// The beginning of a base64 text, and how many bytes of the rest were left.
fn decode_base64(content: &str) -> Option<(Vec<u8>, usize)> {
    let letters: Vec<u8> = content
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=')
        .take(MAX_MAIL_BYTES / 3 * 4)
        .collect();
    let mail = STANDARD_NO_PAD.decode(&letters).ok()?;
    let all = content.len() / 4 * 3;
    let beyond = if mail.len() >= MAX_MAIL_BYTES / 3 * 3 {
        all.saturating_sub(mail.len())
    } else {
        0
    };
    Some((mail, beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_told_from_a_mail_by_its_letters() {
        assert!(looks_like_base64("RnJvbTogYUBleGFtcGxlLmNvbQ=="));
        assert!(looks_like_base64("RnJvbTog\r\nYUBleGFtcGxlLmNvbQ==\r\n"));
        assert!(!looks_like_base64("From: a@example.com\r\n\r\nRnJvbTog"));
        assert!(!looks_like_base64("  "));
    }

    #[test]
    fn only_the_beginning_of_a_long_content_is_decoded() {
        let content = "QUJD".repeat(10_000_000);
        let (mail, beyond) = decode_base64(&content).unwrap();
        assert!(mail.len() <= MAX_MAIL_BYTES);
        assert_eq!(mail.len() + beyond, 30_000_000);
        assert_eq!(decode_base64("QUJD\r\nRA=="), Some((b"ABCD".to_vec(), 0)));
    }
}
