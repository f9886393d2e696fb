//! The items, each with what it was a short while ago: a read that is not consistent may still see that.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::definition::Key;
use super::value::{self, Item};

/// How far back a read may see.
pub const MAX_STALE_MS: i64 = 60_000;

/// An item as it stands in the table.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) item: Item,
    pub(crate) size: usize,
}

impl Stored {
    pub(crate) fn new(item: Item) -> Self {
        Self {
            size: value::item_size(&item),
            item,
        }
    }
}

/// What an item was since when, oldest first; `None` where there was none.
type Versions = Vec<(i64, Option<Arc<Stored>>)>;

/// When a read looks at the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Now,
    At(i64),
}

/// All items by partition and sort key.
#[derive(Debug, Default)]
pub(crate) struct Base {
    partitions: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Versions>>,
    /// What was written when, to forget what it was before.
    written: VecDeque<(i64, Key)>,
}

impl Base {
    pub(crate) fn get(&self, key: &Key, view: View) -> Option<&Arc<Stored>> {
        seen(self.partitions.get(&key.0)?.get(&key.1)?, view)
    }

    pub(crate) fn write(&mut self, key: &Key, item: Option<Arc<Stored>>, now: i64) {
        let partition = self.partitions.entry(key.0.clone()).or_default();
        let versions = partition.entry(key.1.clone()).or_default();
        // What was replaced within the same moment was never seen by a later one.
        if versions.last().is_some_and(|(at, _)| *at == now) {
            versions.pop();
        }
        versions.push((now, item));
        self.written.push_back((now, key.clone()));
    }

    /// Forgets what no read can see any more.
    pub(crate) fn forget_before(&mut self, horizon: i64) {
        while let Some((at, key)) = self.written.front()
            && *at <= horizon
        {
            let key = key.clone();
            self.written.pop_front();
            let Some(partition) = self.partitions.get_mut(&key.0) else {
                continue;
            };
            let Some(versions) = partition.get_mut(&key.1) else {
                continue;
            };
            let older = versions.iter().filter(|(at, _)| *at <= horizon).count();
            versions.drain(..older.saturating_sub(1));
            if matches!(versions.as_slice(), [(at, None)] if *at <= horizon) {
                partition.remove(&key.1);
                if partition.is_empty() {
                    self.partitions.remove(&key.0);
                }
            }
        }
    }

    /// The items of a partition, by sort key.
    pub(crate) fn partition<'a>(
        &'a self,
        hash: &str,
        view: View,
    ) -> impl DoubleEndedIterator<Item = (&'a Arc<str>, &'a Arc<Stored>)> + use<'a> {
        let partition = self.partitions.get(hash).into_iter().flatten();
        partition.filter_map(move |(range, versions)| Some((range, seen(versions, view)?)))
    }

    /// All items by their keys.
    pub(crate) fn all(&self, view: View) -> impl Iterator<Item = (Key, &Arc<Stored>)> {
        self.partitions.iter().flat_map(move |(hash, partition)| {
            partition.iter().filter_map(move |(range, versions)| {
                Some(((hash.clone(), range.clone()), seen(versions, view)?))
            })
        })
    }
}

fn seen(versions: &Versions, view: View) -> Option<&Arc<Stored>> {
    let version = match view {
        View::Now => versions.last(),
        View::At(moment) => versions.iter().rev().find(|(at, _)| *at <= moment),
    };
    version.and_then(|(_, item)| item.as_ref())
}
