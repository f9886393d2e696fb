//! Personal data, which never shows in a log, a metric or an error.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text about a person. `Debug` hides it and there is no `Display`: to read it, say [`Personal::expose`].
#[derive(
    Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Personal(String);

impl Personal {
    /// Takes a text as personal.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself, for storing and showing to an agent; never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[personal]")
    }
}

impl<T: Into<String>> From<T> for Personal {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// What somebody wrote: kept up to [`Text::MAX_BYTES`], with its true length.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
pub struct Text {
    /// The text, cut at a character's boundary.
    pub text: Personal,
    /// Length in bytes before it was cut; absent when it was not cut.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub full_length: Option<u64>,
}

impl Text {
    /// Longest text kept, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 32 * 1024;
    /// Longest preview, in characters.
    pub const PREVIEW_CHARS: usize = 160;

    /// Keeps a text, cut when it is too long.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::of_length(text, text.len() as u64)
    }

    /// Keeps the beginning of a text whose whole length is known to be `full_length` bytes.
    #[must_use]
    pub fn of_length(text: &str, full_length: u64) -> Self {
        let kept = cut(text, Self::MAX_BYTES);
        let cut_off = (kept.len() as u64) < full_length;
        Self {
            text: Personal::new(kept),
            full_length: cut_off.then_some(full_length),
        }
    }

    /// Its first words on one line, white space folded, at most [`Text::PREVIEW_CHARS`] characters.
    #[must_use]
    pub fn preview(&self) -> Personal {
        preview(self.text.expose(), Self::PREVIEW_CHARS)
    }

    /// Whether there is nothing to read.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.text.expose().trim().is_empty()
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[text of {} bytes]", self.text.expose().len())
    }
}

/// The longest beginning of `text` that takes at most `max_bytes` and ends between characters.
#[must_use]
pub fn cut(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

/// One line of at most `chars` characters: white space folded, an ellipsis where cut, and without characters that are
/// not seen but change what is seen around them.
#[must_use]
pub fn preview(text: &str, chars: usize) -> Personal {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        for c in (length > 0)
            .then_some(' ')
            .into_iter()
            .chain(word.chars().filter(|c| !is_invisible(*c)))
        {
            if length == chars {
                line.pop();
                line.push('…');
                return Personal(line);
            }
            line.push(c);
            length += 1;
        }
    }
    Personal(line)
}

/// Control characters, and those that turn the direction of writing.
fn is_invisible(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() || turns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_text_never_shows_in_debug() {
        let shown = format!(
            "{:?} {:?}",
            Personal::new("Ada Example"),
            Text::new("my number is secret")
        );
        assert!(
            !shown.contains("Ada") && !shown.contains("secret"),
            "{shown}"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters_and_its_length_noted() {
        let long = "ä".repeat(Text::MAX_BYTES);
        let kept = Text::new(&long);
        assert_eq!(kept.text.expose().len(), Text::MAX_BYTES);
        assert_eq!(kept.full_length, Some(2 * Text::MAX_BYTES as u64));
        assert_eq!(Text::new("short").full_length, None);
    }

    #[test]
    fn a_preview_is_one_line_of_bounded_length() {
        assert_eq!(
            preview("  Dear\r\n\tshop,\u{7} \u{202e}hello ", 80).expose(),
            "Dear shop, hello"
        );
        let cut = preview(&"word ".repeat(100), 20);
        assert_eq!(cut.expose().chars().count(), 20);
        assert!(cut.expose().ends_with('…'));
    }
}
