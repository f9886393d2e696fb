//! Every pop that was shown agrees with what was stored when it was: each of its interactions in a state that it really
//! had, none older than the index can be, and none left out.

use std::collections::BTreeSet;

use timeline::{InteractionId, PopState, ScreenPop, Summary, Timestamp};

use crate::ledger::SeenPop;
use crate::world::BEHIND_MS;

use super::Check;

/// How many interactions a pop shows at most.
const PAGE: usize = 50;

/// Who was one customer with somebody while a pop was made.
struct OneWith {
    /// At some time.
    some: BTreeSet<String>,
    /// All the time.
    all: BTreeSet<String>,
}

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
                .map(|(_, summary, _)| summary.clone().as_of(now));
            let matching: Vec<usize> = read
                .enumerate()
                .filter(|(_, version)| version == shown)
                .map(|(place, _)| place)
                .collect();
            let allowed = self.one_with(seen);
            let whose = matching
                .iter()
                .filter_map(|place| versions[*place].2.as_ref());
            let is_theirs = whose
                .into_iter()
                .any(|customer| allowed.some.contains(customer));
            self.seen += 1;
            self.holds(matching.is_empty() || is_theirs, || {
                format!("a pop of {} shows {}, another's", seen.identity, shown.id)
            });
            let settled = versions.iter().rposition(|(at, _, _)| *at <= settled_ms);
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
        let shown: BTreeSet<&InteractionId> = pop.timeline.iter().map(|one| &one.id).collect();
        let mut all = self.one_with(seen).all;
        if pop.state == PopState::Shared {
            // Whoever uses a shared identity is one of its users, and none of their histories is its own.
            all.retain(|one| *one == seen.identity);
        }
        let story = self.story;
        for (id, expected) in &story.expected.interactions {
            let customer = expected.customer.as_ref();
            let Some(customer) = customer.filter(|one| all.contains(*one)) else {
                continue;
            };
            let Ok(id) = id.parse::<InteractionId>() else {
                continue;
            };
            if self.was_theirs(&id, customer, settled_ms) {
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

    /// Who was one customer with whom a pop was asked for, at some time and all the time while it was made.
    fn one_with(&self, seen: &SeenPop) -> OneWith {
        let own = BTreeSet::from([seen.identity.clone()]);
        let inner = self.world.inside();
        let versions = inner.members.get(&format!("p#{}", seen.identity));
        let versions = versions.map(Vec::as_slice).unwrap_or_default();
        let since = versions
            .iter()
            .rposition(|(at, _)| *at <= seen.heard.asked_ms);
        let mut before = own.clone();
        if let Some(place) = since {
            before.extend(versions[place].1.iter().cloned());
        }
        let (mut some, mut all) = (before.clone(), before);
        for (at, members) in &versions[since.map_or(0, |place| place + 1)..] {
            if *at <= seen.heard.answered_ms {
                some.extend(members.iter().cloned());
                all.retain(|one| members.contains(one) || own.contains(one));
            }
        }
        OneWith { some, all }
    }

    fn versions(&self, id: &InteractionId) -> Option<Vec<(i64, Summary, Option<String>)>> {
        let inner = self.world.inside();
        let versions = inner.versions.get(&format!("i#{id}"))?;
        let read = versions.iter().map(|version| {
            let summary = serde_json::from_str(&version.summary).ok()?;
            Some((version.at_ms, summary, version.customer.clone()))
        });
        read.collect()
    }
}
