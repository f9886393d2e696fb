//! What the agents did and heard, to be compared with what is there in the end.

use std::collections::BTreeMap;

use timeline::{Event, Fact};

use crate::desk::Heard;

/// All of it.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Links that an agent heard of.
    pub links: Vec<MadeLink>,
    /// Notes and wrap-ups, whether or not they were heard of.
    pub notes: Vec<MadeNote>,
    /// Pops that were shown.
    pub pops: Vec<SeenPop>,
    /// How many requests were answered, by route and status; 0 for no answer.
    pub answered: BTreeMap<(&'static str, i64), u64>,
}

/// A link.
#[derive(Debug)]
pub struct MadeLink {
    /// Its id.
    pub id: String,
    /// The identity that it was made from.
    pub from: String,
    /// Whether it was ended: `Some(true)` where an agent heard so, `Some(false)` where one tried and nobody knows.
    pub ended: Option<bool>,
}

/// A note.
#[derive(Debug)]
pub struct MadeNote {
    /// Of which interaction.
    pub interaction: String,
    /// Its text, which no other has.
    pub text: String,
    /// How that ended.
    pub heard: Heard,
}

impl MadeNote {
    /// Whether an event is this note.
    #[must_use]
    pub fn is_told_by(&self, event: &Event) -> bool {
        match &event.fact {
            Fact::Note(note) => note.text.text.expose() == self.text,
            _ => false,
        }
    }
}

/// A pop.
#[derive(Debug)]
pub struct SeenPop {
    /// Who was asked for.
    pub identity: String,
    /// What was shown, and when.
    pub heard: Heard,
}
