//! Every pop that was shown agrees with what was stored when it was: each of its interactions in a state that it really
//! had, none older than the index can be, and none left out.

use std::collections::BTreeSet;

use timeline::{InteractionId, PopState, ScreenPop, Summary, Timestamp};

use crate::desk::Heard;
use crate::ledger::SeenPop;
use crate::world::BEHIND_MS;

use super::judged::Judged;
use super::{Check, Window};

/// How many interactions a pop shows at most.
const PAGE: usize = 50;

/// Who was one customer with somebody for a while.
pub(super) struct OneWith {
    /// At some time.
    pub some: BTreeSet<String>,
    /// All the time.
    pub all: BTreeSet<String>,
    /// Whether several customers used the identity at some time.
    pub was_shared: bool,
}

impl Check<'_> {
    pub(super) fn pops(&mut self) {
        let ledger = self.ledger;
        for seen in &ledger.pops {
            let Some((status, body)) = &seen.heard.answer else {
                // Nobody answered: the function crashed, or its time was over.
                continue;
            };
            // What cannot be read makes a pop degraded, never a refusal. A panic is answered, and is no pop.
            let is_allowed = *status == 200 || (*status == 500 && seen.heard.panicked);
            self.holds(is_allowed, || {
                format!("a pop of {} is answered {status}", seen.identity)
            });
            if *status != 200 {
                continue;
            }
            match serde_json::from_value::<ScreenPop>(body.clone()) {
                Ok(pop) => self.pop(seen, &pop),
                Err(error) => self.wrong(format!("a pop cannot be read: {error}")),
            }
        }
    }

    fn pop(&mut self, seen: &SeenPop, pop: &ScreenPop) {
        if let Some(judged) = Judged::of_state(pop.state) {
            self.judged.add(judged, 1);
        }
        for shown in pop.timeline.iter().chain(&pop.open) {
            self.judged.add(Judged::InPops, 1);
            self.as_stored("pop", &seen.identity, &seen.heard, shown);
        }
        self.complete(seen, pop, seen.heard.asked_ms - BEHIND_MS);
    }

    /// What is shown under an identity was stored so, not long ago, and was its customer's.
    pub(super) fn as_stored(&mut self, what: &str, identity: &str, heard: &Heard, shown: &Summary) {
        let whose = self.is_version(what, heard, heard.asked_ms - BEHIND_MS, shown);
        let allowed = self.one_with(identity, Window::of(heard));
        let is_theirs = whose.iter().any(|customer| allowed.some.contains(customer));
        self.holds(whose.is_empty() || is_theirs, || {
            format!("a {what} of {identity} shows {}, another's", shown.id)
        });
    }

    /// What is shown is a state that was stored, none older than the one that stood at `settled_ms`. Whose it was in the
    /// states that it can be.
    pub(super) fn is_version(
        &mut self,
        what: &str,
        heard: &Heard,
        settled_ms: i64,
        shown: &Summary,
    ) -> Vec<String> {
        let Some(versions) = self.versions(&shown.id) else {
            self.wrong(format!(
                "a {what} shows {}, which was never stored",
                shown.id
            ));
            return Vec::new();
        };
        let nows = heard.clocks_ms.iter();
        let nows: Vec<Timestamp> = nows
            .filter_map(|now| Timestamp::from_millis(*now).ok())
            .collect();
        let is_shown =
            |version: &Summary| nows.iter().any(|now| version.clone().as_of(*now) == *shown);
        let matching: Vec<usize> = versions
            .iter()
            .enumerate()
            .filter(|(_, (at_ms, version, _))| *at_ms <= heard.answered_ms && is_shown(version))
            .map(|(place, _)| place)
            .collect();
        let settled = versions.iter().rposition(|(at, _, _)| *at <= settled_ms);
        let is_new_enough = matching.iter().any(|place| Some(*place) >= settled);
        self.holds(!matching.is_empty(), || {
            format!("a {what} shows {} as it never was", shown.id)
        });
        self.holds(matching.is_empty() || is_new_enough, || {
            format!("a {what} shows {} as it was long ago", shown.id)
        });
        let whose = matching.iter().filter_map(|at| versions[*at].2.clone());
        whose.collect()
    }

    /// What was the asked identity's own for long enough is in the pop, unless it says that something is missing.
    fn complete(&mut self, seen: &SeenPop, pop: &ScreenPop, settled_ms: i64) {
        if pop.state == PopState::Degraded || pop.next_cursor.is_some() {
            return;
        }
        let shown: BTreeSet<&InteractionId> = pop.timeline.iter().map(|one| &one.id).collect();
        let mut all = self.one_with(&seen.identity, Window::of(&seen.heard)).all;
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

    /// Who was one customer with an identity, at some time and all the time of a window.
    pub(super) fn one_with(&self, identity: &str, window: Window) -> OneWith {
        let own = BTreeSet::from([identity.to_owned()]);
        let inner = self.world.inside();
        let stood = inner.standings.get(&format!("p#{identity}"));
        let stood = stood.map(Vec::as_slice).unwrap_or_default();
        let since = stood.iter().rposition(|one| one.at_ms <= window.from_ms);
        let mut before = own.clone();
        let mut was_shared = false;
        if let Some(place) = since {
            before.extend(stood[place].with.iter().cloned());
            was_shared = stood[place].is_shared;
        }
        let (mut some, mut all) = (before.clone(), before);
        for later in &stood[since.map_or(0, |place| place + 1)..] {
            if later.at_ms <= window.to_ms {
                some.extend(later.with.iter().cloned());
                all.retain(|one| later.with.contains(one) || own.contains(one));
                was_shared |= later.is_shared;
            }
        }
        OneWith {
            some,
            all,
            was_shared,
        }
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
