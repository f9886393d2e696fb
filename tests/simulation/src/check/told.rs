//! What has to be there of what was sent. What a provider heard a yes to has to be, and so has what a queue got though its
//! provider never heard of it; what no queue got must not be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use serde_json::value::RawValue;

use crate::door::{Fate, Posts, connection_of};
use crate::story::{Delivery, Story};

/// What the types of the vocabulary begin with.
const VOCABULARY: &str = "cornerstore.";

/// What has to be there.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// The facts that have to be there, by interaction.
    sure: BTreeMap<String, BTreeSet<String>>,
    /// Those that may be there beside them.
    perhaps: BTreeMap<String, BTreeSet<String>>,
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
                facts.insert(event.logical.clone());
            }
            if let Some(code) = delivery.what.refused {
                let bad = |piece: &&String| pieces.len() == 1 || is_bad(piece);
                for piece in pieces.iter().filter(bad) {
                    let kept = told.poison.entry(piece.clone()).or_insert((code, false));
                    kept.1 |= there(piece);
                }
            }
        }
        told
    }

    /// How many facts of an interaction have to be there, and how many may.
    pub(super) fn facts(&self, interaction: &str) -> std::ops::RangeInclusive<usize> {
        let none = BTreeSet::new();
        let sure = self.sure.get(interaction).unwrap_or(&none);
        let perhaps = self.perhaps.get(interaction).unwrap_or(&none);
        sure.len()..=sure.union(perhaps).count()
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
