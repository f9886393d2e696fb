//! Every pop that was shown agrees with what was stored when it was: each of its interactions in a state that it really
//! had, none older than the index can be, and none left out.

use std::collections::BTreeSet;

use timeline::{Identity, InteractionId, PopState, ScreenPop, Summary, Timestamp};

use crate::ledger::SeenPop;
use crate::world::BEHIND_MS;

use super::Check;

/// How many interactions a pop shows at most.
const PAGE: usize = 50;

impl Check<'_> {
    pub(super) fn pops(&mut self) {
        let ledger = self.ledger;
        for seen in &ledger.pops {
            let Some((200, body)) = &seen.heard.answer else {
                continue;
            };
            match serde_json::from_value::<ScreenPop>(body.clone()) {
                Ok(pop) => self.pop(seen, &pop),
                Err(error) => self.wrong(format!("a pop cannot be read: {error}")),
            }
        }
    }

    fn pop(&mut self, seen: &SeenPop, pop: &ScreenPop) {
        let now = Timestamp::from_millis(seen.heard.clock_ms).unwrap_or(Timestamp::EPOCH);
        let settled_ms = seen.heard.asked_ms - BEHIND_MS;
        for shown in pop.timeline.iter().chain(&pop.open) {
            let Some(versions) = self.versions(&shown.id) else {
                self.wrong(format!("a pop shows {}, which was never stored", shown.id));
                continue;
            };
            let read = versions
                .iter()
                .map(|(_, summary)| summary.clone().as_of(now));
            let matching: Vec<usize> = read
                .enumerate()
                .filter(|(_, version)| version == shown)
                .map(|(place, _)| place)
                .collect();
            let settled = versions.iter().rposition(|(at, _)| *at <= settled_ms);
            let is_new_enough = matching.iter().any(|place| Some(*place) >= settled);
            self.holds(!matching.is_empty(), || {
                format!("a pop shows {} as it never was", shown.id)
            });
            self.holds(matching.is_empty() || is_new_enough, || {
                format!("a pop shows {} as it was long ago", shown.id)
            });
        }
        self.complete(seen, pop, settled_ms);
    }

    /// What was the asked identity's own for long enough is in the pop, unless it says that something is missing.
    fn complete(&mut self, seen: &SeenPop, pop: &ScreenPop, settled_ms: i64) {
        if pop.state == PopState::Degraded || pop.next_cursor.is_some() {
            return;
        }
        let Ok(asked) = Identity::read(&seen.identity) else {
            return;
        };
        let shown: BTreeSet<&InteractionId> = pop.timeline.iter().map(|one| &one.id).collect();
        let owned: Vec<&String> = self
            .story
            .expected
            .interactions
            .iter()
            .filter(|(_, one)| one.customer.as_deref() == Some(asked.uri.expose()))
            .map(|(id, _)| id)
            .collect();
        for id in owned {
            let Ok(id) = id.parse::<InteractionId>() else {
                continue;
            };
            if self.was_theirs(&id, asked.uri.expose(), settled_ms) {
                self.holds(shown.contains(&id) || shown.len() >= PAGE, || {
                    format!("a pop of {} leaves out {id}", seen.identity)
                });
            }
        }
    }

    /// Whether an interaction was a customer's in all of its versions since a time before which there was one.
    fn was_theirs(&self, id: &InteractionId, customer: &str, settled_ms: i64) -> bool {
        let inner = self.world.inside();
        let Some(versions) = inner.versions.get(&format!("i#{id}")) else {
            return false;
        };
        let Some(settled) = versions.iter().rposition(|one| one.at_ms <= settled_ms) else {
            return false;
        };
        versions[settled..]
            .iter()
            .all(|version| version.customer.as_deref() == Some(customer))
    }

    fn versions(&self, id: &InteractionId) -> Option<Vec<(i64, Summary)>> {
        let inner = self.world.inside();
        let versions = inner.versions.get(&format!("i#{id}"))?;
        let read = versions.iter().map(|version| {
            let summary = serde_json::from_str(&version.summary).ok()?;
            Some((version.at_ms, summary))
        });
        read.collect()
    }
}
