//! What a mail's parts say: its text, and the files that came with it.
//!
//! The text is kept as it was written, with what it quotes of earlier mails. Most people write above the quotation, so
//! that the preview begins with the new words; telling the two apart in every mail program's way is not tried.

use std::collections::BTreeSet;

use mail_parser::ContentType;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use timeline::{Attachment, MAX_ATTACHMENTS, Personal, Text, cut, preview};

use super::header::{Headers, decoded};
use super::html;
use super::mime::{Leaf, Mime};

/// Longest name of a file, in characters.
const MAX_FILE_NAME_CHARS: usize = 200;
/// Longest beginning of an HTML part that is read.
const MAX_HTML_BYTES: usize = 512 * 1024;
/// Longest media type.
const MAX_MEDIA_TYPE: usize = 128;
/// How much of a mail in a mail is looked at for its subject.
const MAX_NESTED_HEADER: usize = 64 * 1024;

/// Whether the mail's bytes are those that were sent.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bytes {
    /// They are.
    Original,
    /// They went through UTF-8, whatever charset the parts claim.
    Utf8,
}

/// How a part's content was made fit for the way.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Transfer {
    Base64,
    QuotedPrintable,
    Identity,
}

/// A text part's kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Html,
}

/// What one part says.
struct Words {
    kind: Kind,
    alternative: Option<usize>,
    words: String,
    /// About how many bytes more it has than were looked at.
    more: u64,
}

/// The text of a mail: its text parts, and its HTML parts where they are not another form of one of those.
pub(super) fn text(mime: &Mime<'_>, bytes: Bytes) -> Option<Text> {
    let alone = mime.leaves.len() == 1;
    let mut parts: Vec<_> = mime
        .leaves
        .iter()
        .filter_map(|leaf| words(leaf, reads_as(leaf, alone)?, mime.beyond, bytes))
        .collect();
    let plain: BTreeSet<_> = parts
        .iter()
        .filter(|part| part.kind == Kind::Plain)
        .filter_map(|part| part.alternative)
        .collect();
    parts.retain(|part| {
        let chosen = |group| !plain.contains(&group);
        part.kind == Kind::Plain || part.alternative.is_none_or(chosen)
    });
    let more: u64 = parts.iter().map(|part| part.more).sum();
    let words: Vec<_> = parts.into_iter().map(|part| part.words).collect();
    let words = words.join("\n");
    (!words.is_empty()).then(|| Text::of_length(&words, words.len() as u64 + more))
}

/// The text of a mail whose parts its system has taken apart: the plain one where it says anything, else the HTML.
pub(super) fn text_of(plain: &str, html: &str) -> Option<Text> {
    let plain = tidy(plain);
    if !plain.is_empty() {
        return Some(Text::new(&plain));
    }
    let kept = cut(html, MAX_HTML_BYTES);
    let words = tidy(&html::to_text(kept));
    let unread = html.len() - kept.len();
    (!words.is_empty()).then(|| Text::of_length(&words, (words.len() + unread) as u64))
}

/// What one text part says; `None` when that is nothing.
fn words(leaf: &Leaf<'_>, kind: Kind, beyond: usize, bytes: Bytes) -> Option<Words> {
    let raw = decode(leaf, bytes);
    let beyond = match (leaf.complete, transfer(leaf)) {
        (true, _) => 0,
        (false, Transfer::Base64) => beyond as u64 * 3 / 4,
        (false, Transfer::QuotedPrintable | Transfer::Identity) => beyond as u64,
    };
    let (words, unread) = match kind {
        Kind::Plain => (tidy(&raw), 0),
        Kind::Html => {
            let kept = cut(&raw, MAX_HTML_BYTES);
            (tidy(&html::to_text(kept)), raw.len() - kept.len())
        }
    };
    (!words.is_empty()).then_some(Words {
        kind,
        alternative: leaf.alternative,
        words,
        more: beyond + unread as u64,
    })
}

/// The files of a mail, by name and size.
pub(super) fn attachments(mime: &Mime<'_>) -> Vec<Attachment> {
    let alone = mime.leaves.len() == 1;
    mime.leaves
        .iter()
        .filter(|leaf| reads_as(leaf, alone).is_none())
        .take(MAX_ATTACHMENTS)
        .map(|leaf| {
            let media_type = media_type(leaf.kind.as_ref());
            Attachment {
                name: file_name(leaf)
                    .or_else(|| nested_subject(leaf, &media_type))
                    .unwrap_or_else(|| Personal::new(media_type.clone())),
                bytes: leaf.complete.then(|| decoded_length(leaf) as u64),
                media_type: Some(media_type),
            }
        })
        .collect()
}

/// Whether a part is to be read, and not a file: a text that has no file's name, or is all that the mail has.
fn reads_as(leaf: &Leaf<'_>, alone: bool) -> Option<Kind> {
    let kind = match leaf.kind.as_ref() {
        None => Kind::Plain,
        Some(kind) if kind.ctype() == "text" => match kind.subtype() {
            None | Some("plain") => Kind::Plain,
            Some("html") => Kind::Html,
            Some(_) => return None,
        },
        Some(_) => return None,
    };
    let way = leaf.disposition.as_ref();
    let is_file =
        way.is_some_and(|way| way.ctype() == "attachment") || (!alone && file_name(leaf).is_some());
    (!is_file).then_some(kind)
}

fn file_name(leaf: &Leaf<'_>) -> Option<Personal> {
    let named = |parameters: &Option<ContentType<'_>>, attribute| {
        let parameters = parameters.as_ref()?;
        kept_file_name(parameters.attribute(attribute)?)
    };
    named(&leaf.disposition, "filename").or_else(|| named(&leaf.kind, "name"))
}

/// A file's name as it is kept.
pub(super) fn kept_file_name(name: &str) -> Option<Personal> {
    // Marks that turn the direction of writing make `cod.exe` look like `exe.doc`.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let name = preview(&decoded(name).replace(turns, ""), MAX_FILE_NAME_CHARS);
    (!name.expose().is_empty()).then_some(name)
}

/// The subject of a mail in a mail.
fn nested_subject(leaf: &Leaf<'_>, media_type: &str) -> Option<Personal> {
    if !matches!(media_type, "message/rfc822" | "message/global") {
        return None;
    }
    let beginning = &leaf.body[..leaf.body.len().min(MAX_NESTED_HEADER)];
    let mail = transferred(beginning, transfer(leaf));
    let (headers, _) = Headers::read(mail.trim_ascii_start());
    let subject = preview(&decoded(headers.get("subject")?), MAX_FILE_NAME_CHARS);
    (!subject.expose().is_empty()).then_some(subject)
}

/// Type and subtype as the sender claims, in the few characters that they may have.
fn media_type(content_type: Option<&ContentType<'_>>) -> String {
    let Some(kind) = content_type else {
        return "text/plain".to_owned();
    };
    kept_media_type(&format!(
        "{}/{}",
        kind.ctype(),
        kind.subtype().unwrap_or("octet-stream")
    ))
}

/// A media type without its parameters, as it is kept.
pub(super) fn kept_media_type(name: &str) -> String {
    let name = name.split(';').next().unwrap_or_default();
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '+' | '-' | '_');
    let name: String = name.chars().filter(plain).collect();
    cut(&name, MAX_MEDIA_TYPE).to_ascii_lowercase()
}

fn transfer(leaf: &Leaf<'_>) -> Transfer {
    match leaf
        .headers
        .get("content-transfer-encoding")
        .map(|value| value.trim().to_ascii_lowercase())
        .as_deref()
    {
        Some("base64") => Transfer::Base64,
        Some("quoted-printable") => Transfer::QuotedPrintable,
        _ => Transfer::Identity,
    }
}

/// The bytes of a part's content. What is broken in its encoding stands as it is.
fn transferred(body: &[u8], transfer: Transfer) -> Vec<u8> {
    match transfer {
        Transfer::Identity => body.to_vec(),
        Transfer::QuotedPrintable => quoted_printable(body),
        Transfer::Base64 => {
            // Padding ends a group wherever it stands: some mails are several encoded texts one after the other.
            let letters: Vec<u8> = body
                .iter()
                .copied()
                .filter(|byte| is_base64(byte) || *byte == b'=')
                .collect();
            base64_decode(&letters).unwrap_or_default()
        }
    }
}

fn is_base64(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let hex = |byte: &u8| char::from(*byte).to_digit(16);
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte != b'=' {
            out.push(byte);
            continue;
        }
        match after {
            [b'\r', b'\n', more @ ..] | [b'\n', more @ ..] => rest = more,
            [high, low, more @ ..] => match (hex(high), hex(low)) {
                (Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    rest = more;
                }
                _ => out.push(byte),
            },
            // The content was cut within an escape.
            [] | [_] => rest = &[],
        }
    }
    out
}

/// The length of a part's content without decoding it.
fn decoded_length(leaf: &Leaf<'_>) -> usize {
    match transfer(leaf) {
        Transfer::Identity => leaf.body.len(),
        Transfer::QuotedPrintable => quoted_printable(leaf.body).len(),
        Transfer::Base64 => leaf.body.iter().filter(|byte| is_base64(byte)).count() * 3 / 4,
    }
}

/// A text part's content in Unicode.
fn decode(leaf: &Leaf<'_>, bytes: Bytes) -> String {
    let transfer = transfer(leaf);
    let content = transferred(leaf.body, transfer);
    if content.is_empty() {
        return String::new();
    }
    let charset = leaf
        .kind
        .as_ref()
        .and_then(|kind| kind.attribute("charset"))
        .map(|charset| charset.trim().to_ascii_lowercase());
    let already_unicode = bytes == Bytes::Utf8 && transfer == Transfer::Identity;
    // Many that claim ASCII, or claim nothing, send UTF-8.
    let vague = charset
        .as_deref()
        .is_none_or(|charset| matches!(charset, "us-ascii" | "ascii" | "utf-8" | "utf8"));
    if !content.is_ascii()
        && (already_unicode || vague)
        && let Some(text) = unicode(&content)
    {
        return text;
    }
    let claimed = charset.as_deref().filter(|_| !vague);
    match claimed.and_then(|charset| charset_decoder(charset.as_bytes())) {
        Some(decode) => decode(&content),
        None => match (unicode(&content), charset_decoder(b"windows-1252")) {
            (Some(text), _) => text,
            (None, Some(decode)) if charset.as_deref().is_none_or(|c| !c.starts_with("utf")) => {
                decode(&content)
            }
            (None, _) => String::from_utf8_lossy(&content).into_owned(),
        },
    }
}

/// UTF-8, of which a character may be cut off at the end.
fn unicode(content: &[u8]) -> Option<String> {
    match std::str::from_utf8(content) {
        Ok(text) => Some(text.to_owned()),
        Err(error) if error.error_len().is_none() => {
            Some(String::from_utf8_lossy(&content[..error.valid_up_to()]).into_owned())
        }
        Err(_) => None,
    }
}

/// Line ends of one kind, no control characters, nothing blank around it.
fn tidy(text: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let text: String = text.replace("\r\n", "\n").chars().filter(kept).collect();
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(mail: &[u8]) -> String {
        let text = text(&Mime::read(mail, 0), Bytes::Original);
        text.map_or_else(String::new, |text| text.text.expose().to_owned())
    }

    #[test]
    fn broken_encodings_lose_no_more_than_what_is_broken() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc=zz =E"), b"a=bc=zz ");
        assert_eq!(
            text_of(b"Content-Transfer-Encoding: base64\n\naGVs\nbG8!gd29ybGQ=x"),
            "hello world"
        );
        assert_eq!(
            text_of(b"Content-Type: text/plain; charset=utf-8\n\nF\xfcr"),
            "F\u{fffd}r"
        );
        assert_eq!(
            text_of(b"Content-Type: text/plain; charset=nonsense\n\nF\xfcr"),
            "Für"
        );
        assert_eq!(
            text_of("Content-Type: text/plain; charset=us-ascii\n\nFür".as_bytes()),
            "Für"
        );
    }

    #[test]
    fn a_text_that_went_through_utf8_is_not_decoded_twice() {
        let mail =
            "Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nFür";
        let mime = Mime::read(mail.as_bytes(), 0);
        let read = |bytes| text(&mime, bytes).unwrap().text.expose().to_owned();
        assert_eq!(read(Bytes::Utf8), "Für");
        assert_eq!(read(Bytes::Original), "FÃ¼r");
    }

    #[test]
    fn html_is_read_where_the_text_part_is_blank_or_the_other_parts_are_no_form_of_it() {
        let mixed = |inner: &str, last: &str| {
            format!(
                "Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: multipart/alternative; boundary=a\n\n\
                 --a\nContent-Type: text/plain\n\n{inner}\n--a\nContent-Type: text/html\n\n<p>rich</p>\n--a--\n\
                 --m\nContent-Type: text/plain\n\n{last}\n--m--"
            )
        };
        assert_eq!(
            text_of(mixed("plain", "list footer").as_bytes()),
            "plain\nlist footer"
        );
        assert_eq!(
            text_of(mixed(" ", "list footer").as_bytes()),
            "rich\nlist footer"
        );
    }

    #[test]
    fn the_length_of_a_text_beyond_the_limit_is_noted() {
        let head = "Subject: long\n\n";
        let mail = format!("{head}{}", "word ".repeat(6_000_000));
        let text = text(&Mime::read(mail.as_bytes(), 0), Bytes::Utf8).unwrap();
        assert_eq!(text.text.expose().len(), Text::MAX_BYTES);
        // One space was trimmed where the beginning ends.
        let noted = text.full_length.unwrap();
        assert!(noted.abs_diff(30_000_000) <= 1, "{noted}");
    }
}
