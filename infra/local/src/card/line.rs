//! A line of the card: styled pieces that together are no wider than a terminal.

use std::fmt;

use anstyle::Style;

/// How wide the card is, in characters.
pub(super) const WIDTH: usize = 100;

/// One line.
pub(super) struct Line(Vec<(Style, String)>);

impl Line {
    pub(super) fn new(style: Style, text: impl Into<String>) -> Self {
        Self(vec![(style, text.into())])
    }

    pub(super) fn empty() -> Self {
        Self(Vec::new())
    }

    pub(super) fn and(mut self, style: Style, text: impl Into<String>) -> Self {
        self.0.push((style, text.into()));
        self
    }
}

impl fmt::Display for Line {
    /// The line up to the card's width, without spaces at its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: String = self.0.iter().map(|(_, text)| text.as_str()).collect();
        let length = all.trim_end().chars().count();
        let keep = if length > WIDTH { WIDTH - 1 } else { length };
        let mut left = keep;
        for (style, text) in &self.0 {
            let piece: String = text.chars().take(left).collect();
            left -= piece.chars().count();
            if !piece.is_empty() {
                write!(f, "{style}{piece}{style:#}")?;
            }
        }
        if length > WIDTH {
            f.write_str("…")?;
        }
        Ok(())
    }
}
