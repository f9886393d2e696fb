//! Registers whose value does not depend on the order in which it is offered, nor on how often.
//!
//! Each is a join: commutative, associative, idempotent. An interaction is a product of them, and so is its fold.

use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::EventId;
use crate::phase::rank;
use crate::time::Timestamp;

/// Where a value stands in the order of an interaction's events.
///
/// By event time, then by the fact's rank (some sources stamp `started` and `ringing` alike), then by id so that no
/// two events are equal. Events of sources without a clock come first, ordered by rank alone. A dominant one, such as
/// the end of a call, comes after all others whatever its time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Key {
    #[serde(rename = "d", default, skip_serializing_if = "std::ops::Not::not")]
    dominant: bool,
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    at: Option<Timestamp>,
    #[serde(rename = "r", default)]
    rank: u8,
    #[serde(rename = "e")]
    id: EventId,
}

impl Key {
    /// Where an event stands by its own time.
    pub(crate) fn of(event: &Event) -> Self {
        Self {
            dominant: false,
            at: event.effective_at(),
            rank: rank(&event.fact),
            id: event.id.clone(),
        }
    }

    /// Where a version of a record stands: by its version, not by when the recorded thing happened.
    pub(crate) fn of_version(event: &Event) -> Self {
        let at = event.version.map(|version| event.not_ahead(version));
        Self {
            dominant: false,
            at,
            rank: 0,
            id: event.id.clone(),
        }
    }

    /// The same, before all that have a clock or a rank.
    pub(crate) fn least(self) -> Self {
        Self {
            dominant: false,
            at: None,
            rank: 0,
            id: self.id,
        }
    }

    /// The same, after all that are not dominant.
    pub(crate) fn dominant(self) -> Self {
        Self {
            dominant: true,
            ..self
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Placed<T> {
    #[serde(rename = "k")]
    key: Key,
    #[serde(rename = "v")]
    value: T,
}

/// Keeps the value with the greatest key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Latest<T>(Option<Placed<T>>);

/// Keeps the value with the smallest key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Earliest<T>(Option<Placed<T>>);

/// Keeps the first [`Distinct::MAX`] distinct values, in the order of their smallest keys.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Distinct<T>(Vec<Placed<T>>);

/// Keeps the `MAX` values with the greatest keys, the greatest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Newest<T, const MAX: usize>(Vec<Placed<T>>);

/// Keeps for each name the value with the greatest key, and of the names the [`HasName::MAX`] whose values have the
/// greatest keys, the smallest first. A name that had to go comes back only with a greater key, which is what counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ByName<T>(Vec<Placed<T>>);

/// What has a name of its own among its like.
pub(crate) trait HasName {
    /// Most names that are kept.
    const MAX: usize;
    /// The type of the name.
    type Name<'a>: PartialEq
    where
        Self: 'a;

    fn name(&self) -> Self::Name<'_>;
}

impl<T> Default for ByName<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: HasName> ByName<T> {
    pub(crate) fn offer(&mut self, key: Key, value: T) {
        let known = self
            .0
            .iter()
            .position(|kept| kept.value.name() == value.name());
        match known {
            Some(at) if key > self.0[at].key => {
                self.0.remove(at);
            }
            Some(_) => return,
            None => {}
        }
        let at = self.0.partition_point(|kept| kept.key <= key);
        self.0.insert(at, Placed { key, value });
        if self.0.len() > T::MAX {
            self.0.remove(0);
        }
    }

    /// The values with the events that they come from, in the order of their keys.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&EventId, &T)> {
        self.0.iter().map(|kept| (&kept.key.id, &kept.value))
    }
}

impl<T> ByName<T> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T, const MAX: usize> Default for Newest<T, MAX> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MAX: usize> Newest<T, MAX> {
    pub(crate) fn offer(&mut self, key: Key, value: T) {
        let at = self.0.partition_point(|kept| kept.key > key);
        if self.0.get(at).is_some_and(|kept| kept.key == key) {
            return;
        }
        self.0.insert(at, Placed { key, value });
        self.0.truncate(MAX);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|kept| &kept.value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of those that are kept the first after the last of the marks that stand before the greatest, and the event that
    /// it comes from.
    pub(crate) fn first_since<U, const MARKS: usize>(
        &self,
        marks: &Newest<U, MARKS>,
    ) -> Option<(&EventId, &T)> {
        let greatest = &self.0.first()?.key;
        let mark = marks.0.iter().find(|mark| mark.key < *greatest);
        let since = |kept: &&Placed<T>| mark.is_none_or(|mark| kept.key > mark.key);
        let first = self.0.iter().take_while(since).last()?;
        Some((&first.key.id, &first.value))
    }
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for Earliest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for Distinct<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Latest<T> {
    pub(crate) fn offer(&mut self, key: Key, value: T) {
        if self.0.as_ref().is_none_or(|kept| key > kept.key) {
            self.0 = Some(Placed { key, value });
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|kept| &kept.value)
    }

    /// Whether the value was told before another one, which another register keeps.
    pub(crate) fn is_before<U>(&self, other: &Latest<U>) -> bool {
        match (&self.0, &other.0) {
            (Some(own), Some(other)) => own.key < other.key,
            _ => false,
        }
    }

    /// The event that the value comes from.
    pub(crate) fn event_id(&self) -> Option<&EventId> {
        self.0.as_ref().map(|kept| &kept.key.id)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl<T> Earliest<T> {
    pub(crate) fn offer(&mut self, key: Key, value: T) {
        if self.0.as_ref().is_none_or(|kept| key < kept.key) {
            self.0 = Some(Placed { key, value });
        }
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|kept| &kept.value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }
}

impl<T: PartialEq> Distinct<T> {
    /// Most values that are kept.
    pub(crate) const MAX: usize = 16;

    pub(crate) fn offer(&mut self, key: Key, value: T) {
        match self.0.iter().position(|kept| kept.value == value) {
            Some(at) if key < self.0[at].key => {
                self.0.remove(at);
            }
            Some(_) => return,
            None => {}
        }
        let at = self.0.partition_point(|kept| kept.key <= key);
        self.0.insert(at, Placed { key, value });
        self.0.truncate(Self::MAX);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|kept| &kept.value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Keeps the earlier time.
pub(crate) fn earlier(kept: &mut Option<Timestamp>, at: Timestamp) {
    *kept = Some(kept.map_or(at, |kept| kept.min(at)));
}

/// Keeps the later time.
pub(crate) fn later(kept: &mut Option<Timestamp>, at: Timestamp) {
    *kept = Some(kept.map_or(at, |kept| kept.max(at)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A name and a value.
    #[derive(Debug, Clone, PartialEq)]
    struct Plain(u8, u8);

    impl HasName for Plain {
        const MAX: usize = 4;
        type Name<'a> = u8;

        fn name(&self) -> u8 {
            self.0
        }
    }

    fn key((dominant, at, rank, id): (bool, Option<u8>, u8, u8)) -> Key {
        let at = at.map(|at| Timestamp::EPOCH.plus_millis(at.into()));
        Key {
            dominant,
            at,
            rank,
            id: EventId::new(&format!("e{id}")).unwrap(),
        }
    }

    proptest! {
        #[test]
        fn offering_in_any_order_and_again_keeps_the_same(
            offers in proptest::collection::vec(((any::<bool>(), any::<Option<u8>>(), 0..3u8, any::<u8>()), 0..30u8), 0..40),
            seed in any::<prop::sample::Index>(),
        ) {
            // A key stands for one event, so equal keys carry equal values.
            let offers: Vec<(Key, u8)> = offers.into_iter().map(|(k, _)| (key(k), k.3 % 30)).collect();
            let mut shuffled = offers.clone();
            shuffled.rotate_left(if offers.is_empty() { 0 } else { seed.index(offers.len()) });
            shuffled.reverse();
            shuffled.extend(offers.iter().take(7).cloned());

            let keep = |offers: &[(Key, u8)]| {
                let (mut latest, mut earliest, mut distinct) = (Latest::default(), Earliest::default(), Distinct::default());
                let (mut newest, mut by_name) = (Newest::<_, 3>::default(), ByName::default());
                for (key, value) in offers {
                    latest.offer(key.clone(), *value);
                    earliest.offer(key.clone(), *value);
                    distinct.offer(key.clone(), *value);
                    newest.offer(key.clone(), *value);
                    by_name.offer(key.clone(), Plain(value % 9, *value));
                }
                (latest, earliest, distinct, newest, by_name)
            };
            prop_assert_eq!(keep(&offers), keep(&shuffled));
        }
    }

    #[test]
    fn as_many_names_are_kept_as_may_be_and_the_newest_of_more() {
        let kept = |names: u8| {
            let mut by_name = ByName::default();
            for name in 0..names {
                by_name.offer(key((false, Some(name), 0, name)), Plain(name, 0));
            }
            let names = by_name.entries().map(|(_, plain)| plain.0);
            names.collect::<Vec<_>>()
        };
        assert_eq!(kept(4), [0, 1, 2, 3]);
        assert_eq!(kept(6), [2, 3, 4, 5]);
    }

    #[test]
    fn event_time_orders_before_rank_and_an_end_after_all() {
        let early_high = key((false, Some(1), 9, 0));
        let late_low = key((false, Some(2), 1, 0));
        let no_clock = key((false, None, 9, 0));
        let end = key((true, Some(0), 0, 0));
        assert!(no_clock < early_high && early_high < late_low && late_low < end);
    }
}
