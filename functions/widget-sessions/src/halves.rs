//! Bodies with halves of characters, made readable.

use std::borrow::Cow;

/// Halves of characters, `\ud83d` without its other half, are what JavaScript leaves of an emoji that it cuts. No JSON
/// parser takes them; each becomes the replacement character, as long as it was.
pub(crate) fn without_halves(body: &[u8]) -> Cow<'_, [u8]> {
    const ESCAPE: usize = "\\ud83d".len();
    let mut whole = Cow::Borrowed(body);
    let mut at = 0;
    while let Some(&byte) = body.get(at) {
        let escaped = body.get(at + 1);
        at += match (byte, escaped) {
            (b'\\', Some(b'u')) => match (unit(body, at), unit(body, at + ESCAPE)) {
                (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 2 * ESCAPE,
                (Some(0xd800..=0xdfff), _) => {
                    whole.to_mut()[at..at + ESCAPE].copy_from_slice(b"\\ufffd");
                    ESCAPE
                }
                (_, _) => 2,
            },
            (b'\\', _) => 2,
            (_, _) => 1,
        };
    }
    whole
}

/// The code unit that is escaped at this place.
fn unit(body: &[u8], at: usize) -> Option<u16> {
    let digits = body.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    hexadecimal
        .then(|| u16::from_str_radix(digits, 16).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_an_emoji_does_not_break_the_rest() {
        let whole = |text: &str| String::from_utf8(without_halves(text.as_bytes()).into_owned());
        for (sent, read) in [
            (r"\ud83d\ude00", r"\ud83d\ude00"),
            (r"a\ud83d", r"a\ufffd"),
            (r"\ude00\ud83d", r"\ufffd\ufffd"),
            (r"\ud83d\ud83d\ude00", r"\ufffd\ud83d\ude00"),
            (r"\\ud83d", r"\\ud83d"),
            (r"\u00e9\", r"\u00e9\"),
            (r"\ud8", r"\ud8"),
            (r"\u+83d", r"\u+83d"),
            ("é\\ud83dé", "é\\ufffdé"),
        ] {
            assert_eq!(whole(sent).as_deref(), Ok(read), "{sent}");
        }
    }
}
