//! Reads JSON as other systems write it, and tells what is wrong with what is none.

use serde_json::Value;

use crate::reading::Rejection;

/// Deepest nesting of lists and objects that is read. `serde_json` refuses level 128, to spare the stack.
pub(crate) const MAX_NESTING: usize = 127;

/// Length of an escape such as `\ud83d`.
const ESCAPE: usize = 6;
/// What stands in the place of half a character.
const REPLACEMENT: &[u8; ESCAPE] = b"\\uFFFD";

/// Reads a text that begins like an object or a list. Half a surrogate pair, which is left where a sender cuts a text
/// within an emoji, costs that character and not the delivery.
///
/// # Errors
/// When it is broken or nested too deep. It goes to quarantine.
pub(crate) fn read(text: &str) -> Result<Value, Rejection> {
    let read = serde_json::from_str(text).or_else(|error| match without_lone_surrogates(text) {
        // As long as the text itself, so that places in it are the same.
        Some(mended) => serde_json::from_str(&mended),
        None => Err(error),
    });
    read.map_err(|error| {
        if nesting(text) > MAX_NESTING {
            Rejection::TooDeep { limit: MAX_NESTING }
        } else {
            Rejection::BrokenJson {
                line: error.line(),
                column: error.column(),
            }
        }
    })
}

/// Whether a text that begins like neither an object nor a list is JSON all the same.
pub(crate) fn is_scalar(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

/// The JSON text with U+FFFD in the place of each escape of half a surrogate pair, as long as it was; `None` when it has
/// none. JavaScript leaves halves where it cuts a text within an emoji, and no JSON parser takes them.
#[must_use]
pub fn without_lone_surrogates(text: &str) -> Option<String> {
    let mut bytes = text.as_bytes().to_vec();
    let mut mended = false;
    let mut at = 0;
    while at < bytes.len() {
        at += match (bytes[at], escaped(&bytes, at)) {
            (b'\\', Some(0xD800..=0xDBFF))
                if matches!(escaped(&bytes, at + ESCAPE), Some(0xDC00..=0xDFFF)) =>
            {
                2 * ESCAPE
            }
            (b'\\', Some(0xD800..=0xDFFF)) => {
                bytes[at..at + ESCAPE].copy_from_slice(REPLACEMENT);
                mended = true;
                ESCAPE
            }
            // The second of two backslashes begins no escape.
            (b'\\', Some(_) | None) => 2,
            (_, Some(_) | None) => 1,
        };
    }
    // Only ASCII was replaced, by ASCII.
    mended.then(|| String::from_utf8(bytes).ok()).flatten()
}

/// The code unit of the escape `\uXXXX` that begins at `at`.
fn escaped(bytes: &[u8], at: usize) -> Option<u16> {
    let hex = bytes.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
    let hex = std::str::from_utf8(hex).ok()?;
    // `from_str_radix` takes a sign.
    let is_hex = hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u16::from_str_radix(hex, 16).ok()).flatten()
}

/// The deepest nesting of lists and objects in a text, whether or not it is JSON.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_text, mut is_escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b'[' | b'{' if !in_text => depth += 1,
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn half_a_surrogate_pair_is_replaced_and_whole_ones_stay() {
        let read = |text: &str| read(&format!("[\"{text}\"]")).map(|read| read[0].clone());
        for (written, meant) in [
            (r"\ud83d x", "\u{fffd} x"),
            (r"x\uD83D", "x\u{fffd}"),
            (r"\ude00", "\u{fffd}"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ud83d\ude00\ude00", "😀\u{fffd}"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\\ud83d \ud83d", "\\ud83d \u{fffd}"),
            (r"ä\\\ud83dä", "ä\\\u{fffd}ä"),
        ] {
            assert_eq!(read(written), Ok(json!(meant)), "{written}");
        }
    }

    #[test]
    fn what_else_is_wrong_stays_wrong_and_is_told_by_its_place() {
        for (text, line, column) in [
            ("{", 1, 1),
            ("[1,\n 2 3]", 2, 4),
            (r#"["\ud83d", x]"#, 1, 12),
            (r#"["\ud83"]"#, 1, 8),
            (r#"["\ud83ä"]"#, 1, 8),
            (r#"["\u+83d"]"#, 1, 8),
            ("[1]]", 1, 4),
        ] {
            let broken = Rejection::BrokenJson { line, column };
            assert_eq!(read(text), Err(broken), "{text}");
        }
    }

    #[test]
    fn json_is_read_to_its_deepest_level_and_no_further() {
        let nested = |levels| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&nested(MAX_NESTING)).is_ok());
        let too_deep = Err(Rejection::TooDeep { limit: MAX_NESTING });
        assert_eq!(read(&nested(MAX_NESTING + 1)), too_deep);
        assert_eq!(read(&"[".repeat(100_000)), too_deep);
        let brackets_in_a_text = format!("[\"\\\"{}\", x]", "[".repeat(500));
        let broken = read(&brackets_in_a_text);
        assert!(matches!(broken, Err(Rejection::BrokenJson { line: 1, .. })));
    }
}
