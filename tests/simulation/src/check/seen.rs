//! Every page of a timeline, every interaction and every list of candidates that was shown while things went wrong agrees
//! with what was stored when it was: nothing that never was, nothing twice, nothing left out that stood all the time.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use timeline::{Event, Summary};

use crate::desk::Heard;
use crate::looks::{Look, Seen, listed};
use crate::world::BEHIND_MS;

use super::judged::Judged;
use super::{Check, Window};

impl Check<'_> {
    pub(super) fn seen(&mut self) {
        let ledger = self.ledger;
        for seen in &ledger.seen {
            self.statuses(seen);
            match &seen.look {
                Look::Timeline { identity, limit } => self.timeline(seen, identity, *limit),
                Look::Interaction { id } => self.interaction_seen(seen, id),
                Look::Candidates { identity } => self.candidates(seen, identity),
            }
        }
    }

    /// Nobody is refused but for what is not there, or not there yet.
    fn statuses(&mut self, seen: &Seen) {
        for (place, page) in seen.pages.iter().enumerate() {
            let status = page.status();
            let right = status == 200 || page.is_unknown() || (status == 404 && place == 0);
            self.holds(right, || {
                format!("{:?} is answered {status} on page {place}", seen.look)
            });
        }
    }

    fn timeline(&mut self, seen: &Seen, identity: &str, limit: usize) {
        let shown: Vec<(&Heard, Summary)> = listed(&seen.pages, "timeline")
            .filter_map(|(page, one)| Some((page, serde_json::from_value(one.clone()).ok()?)))
            .collect();
        let listed = listed(&seen.pages, "timeline").count();
        self.holds(shown.len() == listed, || {
            format!("a timeline of {identity} cannot be read")
        });
        for page in seen.pages.iter().filter_map(|page| page.answer.as_ref()) {
            let (_, body) = page;
            let length = body["timeline"].as_array().map_or(0, Vec::len);
            self.holds(length <= limit && body.get("unreadable").is_none(), || {
                format!("a page of {identity} has {length} of {limit}: {body}")
            });
        }
        self.judged.add(Judged::InTimelines, shown.len());
        for (page, summary) in &shown {
            self.as_stored("timeline", identity, page, summary);
        }
        if let Some(window) = window(seen).filter(|_| seen.whole) {
            self.pages(identity, window, &shown);
        }
    }

    /// What stayed in its place while the pages were turned is on them once, and in its order.
    fn pages(&mut self, identity: &str, window: Window, shown: &[(&Heard, Summary)]) {
        let own = BTreeSet::from([identity.to_owned()]);
        let with = self.one_with(identity, window);
        let all = if with.was_shared { own } else { with.all };
        let mut still: Vec<Summary> = self
            .stood(window)
            .into_iter()
            .filter(|(customer, _)| all.contains(customer))
            .map(|(_, summary)| summary)
            .collect();
        still.sort_by(in_a_timeline);
        let still: Vec<&str> = still.iter().map(|one| one.id.as_str()).collect();
        let among: BTreeSet<&str> = still.iter().copied().collect();
        let shown = shown.iter().map(|(_, summary)| summary.id.as_str());
        let shown: Vec<&str> = shown.filter(|id| among.contains(id)).collect();
        self.judged.add(Judged::Turned, 1);
        self.holds(shown == still, || {
            format!("the pages of {identity} show {shown:?}, of which stood {still:?}")
        });
    }

    /// Which interactions were one customer's and began at one time all the while, as the index has it: by customer.
    fn stood(&self, window: Window) -> Vec<(String, Summary)> {
        let settled_ms = window.from_ms - BEHIND_MS;
        let inner = self.world.inside();
        let read = |summary: &str| serde_json::from_str::<Summary>(summary).ok();
        let stood = inner.versions.values().filter_map(|versions| {
            let settled = versions.iter().rposition(|one| one.at_ms <= settled_ms)?;
            let since = versions[settled..].iter();
            let since: Vec<_> = since.filter(|one| one.at_ms <= window.to_ms).collect();
            let (first, rest) = since.split_first()?;
            let (customer, summary) = (first.customer.clone()?, read(&first.summary)?);
            let same = rest.iter().all(|later| {
                let began = read(&later.summary).map(|later| later.started_at);
                later.customer.as_ref() == Some(&customer) && began == Some(summary.started_at)
            });
            same.then_some((customer, summary))
        });
        stood.collect()
    }

    /// The interaction is one that was stored meanwhile, with the events that were, by time and none twice.
    fn interaction_seen(&mut self, seen: &Seen, id: &str) {
        let Some(window) = window(seen) else {
            return;
        };
        let pk = format!("i#{id}");
        let put = self.put_under(&pk, "e#");
        let before = put.values().filter(|at| **at <= window.from_ms).count();
        let Some((200, body)) = seen.pages.first().and_then(|page| page.answer.as_ref()) else {
            let is_missed = seen.pages.iter().any(|page| page.status() == 404);
            self.holds(!is_missed || before == 0, || {
                format!("{id} is not found, and has {before} events")
            });
            return;
        };
        let (summary, events) = (serde_json::from_value(body.clone()), events_of(seen));
        let (Ok(summary), Some(events)) = (summary, events) else {
            self.wrong(format!("{id} cannot be read: {body}"));
            return;
        };
        let page = &seen.pages[0];
        self.is_version("interaction", page, window.from_ms, &summary);
        self.in_order(id, &events);
        let shown: BTreeSet<&str> = events.iter().map(|event| event.id.as_str()).collect();
        for (event, at_ms) in &put {
            self.holds(*at_ms > window.from_ms || shown.contains(&**event), || {
                format!("{id} was shown without {event}")
            });
        }
        for event in shown {
            let there = put.get(event).is_some_and(|at| *at <= window.to_ms);
            self.holds(there, || {
                format!("{id} was shown with {event}, which was not there")
            });
        }
    }

    /// By time, then by id, none twice.
    pub(super) fn in_order(&mut self, id: &str, events: &[Event]) {
        let key = |event: &Event| (event.happened_at(), event.id.clone());
        let ordered = events.windows(2).all(|two| key(&two[0]) < key(&two[1]));
        self.holds(ordered, || format!("{id} is shown out of order"));
    }

    /// Each candidate was claimed by then, and none is left out that was claimed before.
    fn candidates(&mut self, seen: &Seen, identity: &str) {
        let Some(window) = window(seen).filter(|_| seen.whole) else {
            return;
        };
        let with = self.one_with(identity, window);
        let shown: BTreeSet<&str> = candidates_of(&seen.pages).collect();
        let mut claimed: BTreeMap<String, i64> = BTreeMap::new();
        let (mut some, mut all) = (with.some, with.all);
        some.insert(identity.to_owned());
        all.insert(identity.to_owned());
        for member in &some {
            for (other, at_ms) in self.put_under(&format!("p#{member}"), "k#") {
                let since = claimed.entry(other).or_insert(i64::MAX);
                if all.contains(member) {
                    *since = at_ms.min(*since);
                }
            }
        }
        for candidate in &shown {
            self.holds(claimed.contains_key(*candidate), || {
                format!("{identity} is said to be {candidate}, which nobody claims")
            });
        }
        for (other, at_ms) in &claimed {
            let has_to = *at_ms <= window.from_ms && !some.contains(other);
            self.holds(!has_to || shown.contains(other.as_str()), || {
                format!("{other} is left out of the candidates of {identity}")
            });
        }
    }

    /// What was put into a partition, by the rest of its sort keys, and when first.
    fn put_under(&self, pk: &str, prefix: &str) -> BTreeMap<String, i64> {
        let inner = self.world.inside();
        let put = inner.put.get(pk).into_iter().flatten();
        put.filter_map(|(sk, at_ms)| Some((sk.strip_prefix(prefix)?.to_owned(), *at_ms)))
            .collect()
    }
}

/// From when to when a look was had, by the world's clock.
fn window(seen: &Seen) -> Option<Window> {
    let (first, last) = (seen.pages.first()?, seen.pages.last()?);
    Some(Window {
        from_ms: first.asked_ms,
        to_ms: last.answered_ms,
    })
}

/// The order of a timeline: the newest first, then by id.
pub(super) fn in_a_timeline(a: &Summary, b: &Summary) -> std::cmp::Ordering {
    let later = b.started_at.cmp(&a.started_at);
    later.then_with(|| a.id.as_str().cmp(b.id.as_str()))
}

/// The events that were shown of an interaction; `None` where one cannot be read.
pub(super) fn events_of(seen: &Seen) -> Option<Vec<Event>> {
    let events = listed(&seen.pages, "events");
    let read = |event: &Value| serde_json::from_value::<Event>(event.clone()).ok();
    events.map(|(_, event)| read(event)).collect()
}

/// Whom a list of candidates names.
pub(super) fn candidates_of(pages: &[Heard]) -> impl Iterator<Item = &str> {
    listed(pages, "candidates").filter_map(|(_, one)| one["identity"].as_str())
}
