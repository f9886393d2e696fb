//! The index: what is written reaches it later, in order for each item.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::base::Stored;
use super::definition::{Definition, Key};
use super::value::Item;

/// What of one index partition stands where: by its sort key, then by the item's own keys.
pub(crate) type Rows = BTreeMap<(Arc<str>, Key), Arc<Stored>>;

/// What a write makes of an item's place in the index.
type Place = Option<(Key, Arc<Stored>)>;

/// The index, and what is on its way to it.
#[derive(Debug, Default)]
pub(crate) struct Index {
    partitions: BTreeMap<Arc<str>, Rows>,
    /// Where an item stands now.
    places: BTreeMap<Key, Key>,
    on_the_way: BTreeMap<(i64, u64), (Key, Place)>,
    /// When the last write of an item that is on the way arrives.
    arrives: BTreeMap<Key, i64>,
    sent: u64,
}

impl Index {
    /// Sends what became of an item on its way, to arrive at a moment or right after what was sent before.
    pub(crate) fn send(
        &mut self,
        definition: &Definition,
        key: &Key,
        item: Option<&Item>,
        at: i64,
    ) {
        let place = item.and_then(|item| {
            let place = definition.index_place(item)?;
            Some((place, Arc::new(Stored::new(definition.projected(item)))))
        });
        if place.is_none() && !self.places.contains_key(key) && !self.arrives.contains_key(key) {
            return;
        }
        let before = self.arrives.get(key).copied();
        let at = before.map_or(at, |before| before.max(at));
        self.arrives.insert(key.clone(), at);
        self.sent += 1;
        self.on_the_way
            .insert((at, self.sent), (key.clone(), place));
    }

    /// Lets arrive what arrives until a moment.
    pub(crate) fn advance(&mut self, now: i64) {
        while let Some(((at, _), _)) = self.on_the_way.first_key_value()
            && *at <= now
        {
            let Some(((at, _), (key, place))) = self.on_the_way.pop_first() else {
                return;
            };
            if self.arrives.get(&key) == Some(&at) {
                self.arrives.remove(&key);
            }
            self.place(key, place);
        }
    }

    fn place(&mut self, key: Key, place: Place) {
        if let Some((hash, range)) = self.places.remove(&key)
            && let Some(rows) = self.partitions.get_mut(&hash)
        {
            rows.remove(&(range, key.clone()));
            if rows.is_empty() {
                self.partitions.remove(&hash);
            }
        }
        if let Some(((hash, range), row)) = place {
            let rows = self.partitions.entry(hash.clone()).or_default();
            rows.insert((range.clone(), key.clone()), row);
            self.places.insert(key, (hash, range));
        }
    }

    pub(crate) fn partition(&self, hash: &str) -> Option<&Rows> {
        self.partitions.get(hash)
    }
}
