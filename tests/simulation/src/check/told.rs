//! What has to be there of what was sent. What a provider heard a yes to has to be, and so has what a queue got though its
//! provider never heard of it; what no queue got must not be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::door::{Fate, Posts, connection_of};
use crate::story::{Content, Delivery, ExpectedInteraction, Story};

/// What the types of the vocabulary begin with.
const VOCABULARY: &str = "cornerstore.";

/// What has to be there.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The facts that have to be there, by interaction, each by what the story calls it.
    sure: BTreeMap<String, BTreeMap<String, Content>>,
    /// Those that may be there beside them.
    perhaps: BTreeMap<String, BTreeMap<String, Content>>,
    /// Whether a provider gave up something that nobody else told.
    pub(super) is_given_up: bool,
    /// What has to lie in quarantine, by body, with its reason; and whether it has to, or may.
    pub(super) poison: BTreeMap<String, (&'static str, bool)>,
}

impl Told {
    /// What has to be there of a story that was sent so, where the front door has put these bodies into queues.
    pub(super) fn of(story: &Story, posts: &Posts, arrived: &BTreeSet<(String, String)>) -> Self {
        let mut told = Self::default();
        for sent in &posts.sent {
            let Some(delivery) = story.deliveries.get(sent.place) else {
                continue;
            };
            let pieces = if sent.by_door {
                pieces(delivery)
            } else {
                vec![delivery.body.clone()]
            };
            let is_taken = sent.fate == Fate::Taken;
            let connection = connection_of(delivery).unwrap_or_default();
            let there = |piece: &String| {
                is_taken || arrived.contains(&(connection.to_owned(), piece.clone()))
            };
            let (some, all) = (pieces.iter().any(there), pieces.iter().all(there));
            for event in &delivery.what.events {
                let which = match (some, all) {
                    (_, true) => &mut told.sure,
                    (true, false) => &mut told.perhaps,
                    (false, false) => continue,
                };
                let facts = which.entry(event.interaction.clone()).or_default();
                facts.insert(event.logical.clone(), event.content.clone());
            }
            if let Some(code) = delivery.what.refused {
                let bad = |piece: &&String| pieces.len() == 1 || is_bad(piece);
                for piece in pieces.iter().filter(bad) {
                    let kept = told.poison.entry(piece.clone()).or_insert((code, false));
                    kept.1 |= there(piece);
                }
            }
        }
        let mut all = story.expected.interactions.iter();
        told.is_given_up = all.any(|(id, expected)| !told.is_whole(id, expected));
        told
    }

    /// Whether something of an interaction has to be there.
    pub(super) fn has(&self, interaction: &str) -> bool {
        self.sure.contains_key(interaction)
    }

    /// Whether all of an interaction has to be there: whose it is, and whether it is over, may be in what nobody heard.
    pub(super) fn is_whole(&self, interaction: &str, expected: &ExpectedInteraction) -> bool {
        let sure = self.sure.get(interaction).map_or(0, BTreeMap::len);
        sure == expected.facts.len()
    }

    /// What of an interaction is missing, and what it says that nobody told, or twice.
    pub(super) fn differs(&self, interaction: &str, facts: &[Content]) -> Option<Vec<Content>> {
        let none = BTreeMap::new();
        let sure = self.sure.get(interaction).unwrap_or(&none);
        let perhaps = self.perhaps.get(interaction).unwrap_or(&none);
        // Two facts may say the same: then it is there twice.
        let mut open: BTreeMap<&Content, i64> = BTreeMap::new();
        for fact in facts {
            *open.entry(fact).or_default() -= 1;
        }
        for fact in sure.values() {
            *open.entry(fact).or_default() += 1;
        }
        for (name, fact) in perhaps {
            if let Some(left) = open.get_mut(fact).filter(|left| **left < 0)
                && !sure.contains_key(name)
            {
                *left += 1;
            }
        }
        let differs: Vec<Content> = open
            .into_iter()
            .filter(|(_, left)| *left != 0)
            .map(|(fact, _)| fact.clone())
            .collect();
        (!differs.is_empty()).then_some(differs)
    }
}

/// The messages that the front door makes of a delivery, cut out here once more, from what it says of itself.
fn pieces(delivery: &Delivery) -> Vec<String> {
    let body = delivery.body.as_str();
    let whole = || vec![body.to_owned()];
    let list = match connection_of(delivery) {
        Some("cloudevents") => Some(("", body, "")),
        Some("segment") => {
            let (before, after) = (r#"{"batch":"#, "}");
            let list = body.strip_prefix(before);
            let list = list.and_then(|rest| rest.strip_suffix(after));
            list.map(|list| (before, list, after))
        }
        Some(_) | None => None,
    };
    let Some((before, list, after)) = list else {
        return whole();
    };
    match serde_json::from_str::<Vec<&RawValue>>(list) {
        Ok(items) if items.len() > 1 => items
            .iter()
            .map(|item| match before {
                "" => item.get().to_owned(),
                _ => format!("{before}[{}]{after}", item.get()),
            })
            .collect(),
        Ok(_) | Err(_) => whole(),
    }
}

/// Whether a piece of several is the bad one: of the vocabulary, and without its time.
fn is_bad(piece: &str) -> bool {
    let event: Value = serde_json::from_str(piece).unwrap_or_default();
    let is_ours = event["type"]
        .as_str()
        .is_some_and(|kind| kind.starts_with(VOCABULARY));
    is_ours && event["time"].is_null()
}
