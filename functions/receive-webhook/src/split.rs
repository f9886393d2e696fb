//! A delivery of several events, taken apart so that a bad one does not hold up the others. Each piece is cut out of the
//! body: numbers, escapes and spaces stay as the provider wrote them.

use std::borrow::Cow;

use sources::Batch;

use crate::raw;

/// Most pieces of one delivery. Events beyond that share pieces.
pub const MAX_PIECES: usize = 100;

/// Most bytes that repeating what is around the events may cost. Where it would cost more, there are fewer pieces.
pub const MAX_REPEATED_BYTES: usize = 4 * 1024 * 1024;

/// The pieces of a body, in their order. A body that is not what its source says it sends stays whole: its parser says
/// what is wrong with it.
#[must_use]
pub fn split(body: &str, batch: Batch) -> Vec<Cow<'_, str>> {
    let plan = match batch {
        Batch::Whole => None,
        Batch::List => list(body),
        Batch::Within(name) => within(body, name),
        Batch::Nested { outer, inner } => nested(body, outer, inner),
    };
    let whole = || vec![Cow::Borrowed(body)];
    match plan {
        Some(plan) => plan.pieces().unwrap_or_else(whole),
        None => whole(),
    }
}

/// A text and the list in it.
#[derive(Clone, Copy)]
struct Frame<'a> {
    before: &'a str,
    after: &'a str,
}

/// An event, and which item of the outer list it stands in.
struct Element<'a> {
    text: &'a str,
    /// Its item's place and what is around it there; `None` when it is an item itself.
    item: Option<(usize, Frame<'a>)>,
}

struct Plan<'a> {
    /// What is around the list; `None` when the list is the body, of which a single event stands alone.
    frame: Option<Frame<'a>>,
    elements: Vec<Element<'a>>,
}

fn list(body: &str) -> Option<Plan<'_>> {
    // A byte-order mark belongs to no event.
    let items = raw::items(body.trim_start_matches('\u{feff}'))?;
    Some(Plan {
        frame: None,
        elements: items.into_iter().map(Element::alone).collect(),
    })
}

fn within<'a>(body: &'a str, name: &str) -> Option<Plan<'a>> {
    let (frame, items) = list_in(body, name)?;
    Some(Plan {
        frame: Some(frame),
        elements: items.into_iter().map(Element::alone).collect(),
    })
}

fn nested<'a>(body: &'a str, outer: &str, inner: &str) -> Option<Plan<'a>> {
    let (frame, items) = list_in(body, outer)?;
    let mut elements = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        match list_in(item, inner) {
            Some((around, texts)) if !texts.is_empty() => {
                let item = Some((place, around));
                elements.extend(texts.into_iter().map(|text| Element { text, item }));
            }
            Some(_) | None => elements.push(Element::alone(item)),
        }
    }
    Some(Plan {
        frame: Some(frame),
        elements,
    })
}

/// The items of an object's list, and what is around the list.
fn list_in<'a>(object: &'a str, name: &str) -> Option<(Frame<'a>, Vec<&'a str>)> {
    // What is around keeps the mark; the reader of a body takes it off.
    let list = raw::field(object.trim_start_matches('\u{feff}'), name)?;
    let (before, after) = raw::around(object, list)?;
    Some((Frame { before, after }, raw::items(list)?))
}

impl<'a> Element<'a> {
    fn alone(text: &'a str) -> Self {
        Self { text, item: None }
    }
}

impl Frame<'_> {
    fn len(&self) -> usize {
        self.before.len() + self.after.len()
    }
}

impl<'a> Plan<'a> {
    /// The pieces; `None` when there is nothing to take apart.
    fn pieces(&self) -> Option<Vec<Cow<'a, str>>> {
        let wanted = self.elements.len().min(self.affordable());
        if wanted < 2 {
            return None;
        }
        let share = self.elements.len().div_ceil(wanted);
        Some(
            self.elements
                .chunks(share)
                .map(|chunk| self.piece(chunk))
                .collect(),
        )
    }

    /// How many pieces may each repeat what is around.
    fn affordable(&self) -> usize {
        let item = self.elements.iter().filter_map(|element| element.item);
        let around = self.frame.map_or(0, |frame| frame.len())
            + item.map(|(_, frame)| frame.len()).max().unwrap_or(0);
        (MAX_REPEATED_BYTES / around.max(1)).min(MAX_PIECES)
    }

    fn piece(&self, elements: &[Element<'a>]) -> Cow<'a, str> {
        if let (None, [single]) = (self.frame, elements) {
            return Cow::Borrowed(single.text);
        }
        let frame = self.frame.unwrap_or(Frame {
            before: "",
            after: "",
        });
        let texts: usize = elements.iter().map(|element| element.text.len() + 1).sum();
        let mut piece = String::with_capacity(frame.len() + texts + 2);
        piece.push_str(frame.before);
        piece.push('[');
        let of_one_item = |a: &Element<'_>, b: &Element<'_>| match (a.item, b.item) {
            (Some((a, _)), Some((b, _))) => a == b,
            (Some(_) | None, None) | (None, Some(_)) => false,
        };
        for (place, group) in elements.chunk_by(of_one_item).enumerate() {
            if place > 0 {
                piece.push(',');
            }
            let item = group.first().and_then(|element| element.item);
            if let Some((_, item)) = item {
                piece.push_str(item.before);
                piece.push('[');
            }
            for (place, element) in group.iter().enumerate() {
                if place > 0 {
                    piece.push(',');
                }
                piece.push_str(element.text);
            }
            if let Some((_, item)) = item {
                piece.push(']');
                piece.push_str(item.after);
            }
        }
        piece.push(']');
        piece.push_str(frame.after);
        Cow::Owned(piece)
    }
}

#[cfg(test)]
mod tests;
