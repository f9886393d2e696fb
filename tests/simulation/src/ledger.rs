//! What the agents did and heard, to be compared with what is there in the end.

use std::collections::{BTreeMap, BTreeSet};

use timeline::{Event, Fact};

use crate::desk::Heard;
use crate::looks::Seen;

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// Links that an agent heard of.
    pub links: Vec<MadeLink>,
    /// Notes, wrap-ups and calls that agents told of, whether or not they heard that it is stored.
    pub said: Vec<Said>,
    /// Identities of which somebody said whether they are shared.
    pub marks: Vec<MadeMark>,
    /// Names that were written.
    pub patches: Vec<Patched>,
    /// Promises of which an agent heard that they are made: the interaction and the promise.
    pub promises: Vec<(String, String)>,
    /// Promises that agents kept.
    pub keeps: Vec<Kept>,
    /// What else was looked at.
    pub seen: Vec<Seen>,
    /// Pops that were shown.
    pub pops: Vec<SeenPop>,
    /// How many requests were answered, by route and status; 0 for no answer.
    pub answered: BTreeMap<(&'static str, i64), u64>,
}

impl Ledger {
    /// Interactions of which an agent said or kept something and never heard that it is stored.
    #[must_use]
    pub(crate) fn unheard(&self) -> BTreeSet<String> {
        let said = self.said.iter().filter(|said| !said.heard.confirmed);
        let said = said.filter_map(|said| said.interaction.clone());
        let keeps = self.keeps.iter().filter(|keep| !keep.heard.confirmed);
        said.chain(keeps.map(|keep| keep.interaction.clone()))
            .collect()
    }
}

/// A link.
#[derive(Debug)]
pub(crate) struct MadeLink {
    /// Its id.
    pub id: String,
    /// The identity that it was made from.
    pub from: String,
    /// The identity that it was made to.
    pub to: String,
    /// When an agent heard of it, by the world's clock.
    pub heard_ms: i64,
    /// Whether it was ended: `Some(true)` where an agent heard so, `Some(false)` where one tried and nobody knows.
    pub ended: Option<bool>,
}

/// A mark whether several customers use an identity. That they do ends its links.
#[derive(Debug)]
pub(crate) struct MadeMark {
    /// Whose.
    pub identity: String,
    /// Whether they do.
    pub shared: bool,
    /// How that ended.
    pub heard: Heard,
}

impl MadeLink {
    /// Whether it was ended: as [`Self::ended`], by an agent who ended it or who marked one of its ends.
    #[must_use]
    pub(crate) fn ended_by(&self, marks: &[MadeMark]) -> Option<bool> {
        let at_an_end = marks
            .iter()
            .filter(|mark| mark.shared)
            .filter(|mark| mark.identity == self.from || mark.identity == self.to);
        let ended = at_an_end.map(|mark| {
            // Asked for after the link was heard of, and heard of itself: then it cannot have come before.
            mark.heard.status() == 200
                && !mark.heard.maybe_before
                && mark.heard.asked_ms > self.heard_ms
        });
        ended.chain(self.ended).max()
    }
}

/// A name that an agent wrote.
#[derive(Debug)]
pub(crate) struct Patched {
    /// The identity of which the customer's id is made.
    pub identity: String,
    /// A name that nobody else wrote.
    pub name: String,
    /// How that ended.
    pub heard: Heard,
}

/// A promise that an agent kept.
#[derive(Debug)]
pub(crate) struct Kept {
    /// Of which interaction.
    pub interaction: String,
    /// Which.
    pub promise: String,
    /// How that ended.
    pub heard: Heard,
}

/// Something that an agent said.
#[derive(Debug)]
pub(crate) struct Said {
    /// Of which interaction; `None` where it makes one.
    pub interaction: Option<String>,
    /// A text in it that nothing else has.
    pub text: String,
    /// How that ended.
    pub heard: Heard,
}

impl Said {
    /// Whether an event is what was said.
    #[must_use]
    pub(crate) fn is_told_by(&self, event: &Event) -> bool {
        if let Fact::Note(note) = &event.fact {
            note.text.text.expose() == self.text
        } else if let Fact::WrapUp(wrap_up) = &event.fact {
            wrap_up.disposition.as_deref() == Some(self.text.as_str())
        } else {
            false
        }
    }
}

/// A pop.
#[derive(Debug)]
pub(crate) struct SeenPop {
    /// Who was asked for.
    pub identity: String,
    /// What was shown, and when.
    pub heard: Heard,
}
