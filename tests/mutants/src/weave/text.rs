//! A text with pieces put into it, and which mutants each piece is for.

use std::ops::Range;

use crate::list::{Place, Span};

/// Text that is put into a source file for some mutants.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// The text.
    pub(crate) text: String,
    /// The numbers of the mutants. When it does not compile it is they that do not.
    pub(crate) of: Vec<usize>,
}

/// A source text in which places are found.
pub(crate) struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            lines: std::iter::once(0).chain(after).collect(),
        }
    }

    /// How many bytes are before a place.
    pub(crate) fn offset(&self, place: Place) -> usize {
        let start = self
            .lines
            .get(place.line - 1)
            .copied()
            .unwrap_or(self.text.len());
        let mut characters = self.text[start..].char_indices();
        let at = characters.nth(place.column - 1);
        at.map_or(self.text.len(), |(at, _)| start + at)
    }

    pub(crate) fn range(&self, span: Span) -> Range<usize> {
        self.offset(span.start)..self.offset(span.end)
    }

    pub(crate) fn text(&self, range: Range<usize>) -> &'a str {
        &self.text[range]
    }

    /// The part in a range, with the part in another one within it replaced.
    pub(crate) fn replaced(&self, whole: Range<usize>, part: Range<usize>, by: &str) -> String {
        let before = &self.text[whole.start..part.start];
        let after = &self.text[part.end..whole.end];
        format!("{before}{by}{after}")
    }
}

/// What is put into a text, where, in the order in which it was said.
#[derive(Debug, Default)]
pub(crate) struct Insertions(Vec<(usize, Piece)>);

impl Insertions {
    pub(crate) fn put(&mut self, at: usize, text: impl Into<String>, of: &[usize]) {
        let (text, of) = (text.into(), of.to_vec());
        self.0.push((at, Piece { text, of }));
    }

    /// A part of a text with all that is put into it, in pieces.
    pub(crate) fn pieces(mut self, text: &str, part: Range<usize>) -> Vec<Piece> {
        self.0.sort_by_key(|(at, _)| *at);
        let mut pieces = Vec::new();
        let mut from = part.start;
        let plain = |range: Range<usize>| Piece {
            text: text[range].to_owned(),
            of: Vec::new(),
        };
        for (at, piece) in self.0 {
            pieces.push(plain(from..at));
            pieces.push(piece);
            from = at;
        }
        pieces.push(plain(from..part.end));
        pieces
    }

    /// Puts pieces one after another.
    pub(crate) fn put_all(&mut self, at: usize, pieces: Vec<Piece>) {
        self.0.extend(pieces.into_iter().map(|piece| (at, piece)));
    }
}

/// Which bytes of a text are of which mutants.
pub(crate) type Marks = Vec<(Range<usize>, Vec<usize>)>;

/// Pieces as one text, and which bytes of it are of which mutants.
pub(crate) fn joined(pieces: &[Piece]) -> (String, Marks) {
    let mut text = String::new();
    let mut ranges = Vec::new();
    for piece in pieces {
        let start = text.len();
        text.push_str(&piece.text);
        if !piece.of.is_empty() {
            ranges.push((start..text.len(), piece.of.clone()));
        }
    }
    (text, ranges)
}
