//! Rebuild: interactions recomputed from their events and compared with what is stored, and written anew where somebody
//! asks for it.
//!
//! There must be no difference: an append is one transaction. Whoever finds one has found a fault of this crate, of the
//! table, or of somebody who wrote into the table by hand.

mod compare;
mod mend;
mod sweep;

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use timeline::{Event, IdentityUri, Interaction, InteractionId};
use tokio::time::Instant;

use crate::error::StoreError;
use crate::item::{self, Item};
use crate::pages::MAX_PAGES;
use crate::{MAX_PAGE, Store, schema};

use compare::Pin;
pub use sweep::{MAX_PARTS, Part};

/// Most reads of an interaction that is being written to.
const MAX_READS: usize = 5;
/// Most identities under which an interaction's pin is looked for.
const MAX_LOOKED_AT: usize = 64;
/// How many reads are made at once.
const ABREAST: usize = 8;
/// Most pages of one identity's interactions.
const MAX_SLICES: usize = 10_000;

/// What is stored otherwise than the events say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// There are events, and no interaction.
    NoInteraction,
    /// There is an interaction, and no event.
    NoEvents,
    /// An event cannot be read.
    UnreadableEvent,
    /// `rev` is not the number of events.
    Rev,
    /// The stored fold is not that of the events.
    Fold,
    /// The index has it under another identity than its customer's, or under none.
    Identity,
    /// The index has it at another time than it began.
    Start,
    /// What timelines show of it is not what the fold says.
    Summary,
    /// It may be removed before one of its events.
    Expiry,
    /// It is open, and not pinned under its customer.
    MissingPin,
    /// What is pinned under its customer is not what the fold says.
    OtherPin,
    /// It is pinned where it should not be.
    SurplusPin,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoInteraction => "events without an interaction",
            Self::NoEvents => "no events",
            Self::UnreadableEvent => "an event cannot be read",
            Self::Rev => "rev",
            Self::Fold => "fold",
            Self::Identity => "ik",
            Self::Start => "at",
            Self::Summary => "summary",
            Self::Expiry => "expires before its events",
            Self::MissingPin => "pin missing",
            Self::OtherPin => "pin differs",
            Self::SurplusPin => "pin too many",
        })
    }
}

/// What became of an interaction that differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it was; nobody asked for more.
    Reported,
    /// It is written anew.
    Repaired,
    /// It was written by somebody else meanwhile, and that was left alone: to be looked at again.
    Overtaken,
    /// Its events do not say what it should be, so that nothing is written.
    Beyond,
}

/// An interaction that differs from its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Which.
    pub interaction: InteractionId,
    /// In what.
    pub differences: BTreeSet<Difference>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What a rebuild has seen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Interactions that were compared with their events.
    pub checked: u64,
    /// Of these, those of which events have expired, so that they were compared with themselves only.
    pub expired: u64,
    /// Interactions that were written to so often meanwhile that nothing can be said of them.
    pub busy: u64,
    /// Items under keys that are none of this crate's.
    pub unknown: u64,
    /// Those that differ.
    pub findings: Vec<Finding>,
}

impl Rebuilt {
    /// Adds what another part has seen.
    pub fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.expired += other.expired;
        self.busy += other.busy;
        self.unknown += other.unknown;
        self.findings.extend(other.findings);
    }
}

/// An interaction as it lies in the table.
struct Lying {
    item: Option<Item>,
    events: Vec<Event>,
    /// When each event may be removed.
    expiries: Vec<Option<i64>>,
    unreadable: usize,
    /// Where a pin was looked for, and what was there.
    pins: Vec<Pin>,
}

impl Store {
    /// Compares one interaction with its events, and writes it anew if `repair` says so and nobody wrote it meanwhile.
    ///
    /// # Errors
    /// When the table cannot be read or written in time.
    pub async fn rebuild_interaction(
        &self,
        id: &InteractionId,
        repair: bool,
        until: Instant,
    ) -> Result<Rebuilt, StoreError> {
        let (rebuilt, _) = self.rebuild_one(id, None, repair, until).await?;
        Ok(rebuilt)
    }

    /// The same for all interactions that the index has under a customer's identities, and for what is pinned there.
    /// One that the index has under nobody, or under somebody else, is found by looking at the whole table only.
    ///
    /// # Errors
    /// When the table cannot be read or written in time.
    pub async fn rebuild_customer(
        &self,
        identity: &IdentityUri,
        repair: bool,
        until: Instant,
    ) -> Result<Rebuilt, StoreError> {
        let standing = self.standing(identity, until).await?;
        let members = match standing.shared {
            Some(_) => BTreeSet::from([identity.clone()]),
            None => standing.links.identities(identity),
        };
        let mut rebuilt = Rebuilt::default();
        for member in &members {
            let mut after = None;
            for _ in 0..MAX_SLICES {
                let slice = self.slice(member, MAX_PAGE, after.as_ref(), until).await?;
                let ids: Vec<_> = slice.rows.iter().map(|row| row.spot.pk.as_str()).collect();
                let (ids, unknown) = sweep::interactions(ids);
                rebuilt.unknown += unknown;
                rebuilt.add(self.rebuild_all(&ids, repair, until).await?);
                after = slice.next();
                if after.is_none() {
                    break;
                }
            }
            rebuilt.add(self.rebuild_pins_of(member, repair, until).await?);
        }
        Ok(rebuilt)
    }

    async fn rebuild_all(
        &self,
        ids: &[InteractionId],
        repair: bool,
        until: Instant,
    ) -> Result<Rebuilt, StoreError> {
        let each: Vec<_> = ids
            .iter()
            .map(|id| self.rebuild_interaction(id, repair, until))
            .collect();
        let all: Vec<Rebuilt> = stream::iter(each).buffered(ABREAST).try_collect().await?;
        let mut sum = Rebuilt::default();
        all.into_iter().for_each(|one| sum.add(one));
        Ok(sum)
    }

    /// Compares one interaction, whose pin is looked for under one more identity, and says where it was looked for.
    async fn rebuild_one(
        &self,
        id: &InteractionId,
        also: Option<&IdentityUri>,
        repair: bool,
        until: Instant,
    ) -> Result<(Rebuilt, BTreeSet<IdentityUri>), StoreError> {
        let mut rebuilt = Rebuilt {
            checked: 1,
            ..Rebuilt::default()
        };
        for _ in 0..MAX_READS {
            let lying = self.lying(id, also, until).await?;
            let looked_at = lying.pins.iter().map(|pin| pin.under.clone()).collect();
            let compared = compare::compare(id, &lying, self.retention)?;
            rebuilt.expired = u64::from(compared.expired);
            if compared.differences.is_empty() {
                return Ok((rebuilt, looked_at));
            }
            // What was read before and after an append differs as well. An append writes the interaction, so where that
            // is as before, nothing came between.
            if self.get(interaction_key(id), true, until).await? != lying.item {
                continue;
            }
            let outcome = match (repair, &compared.should) {
                (false, _) => Outcome::Reported,
                (true, None) => Outcome::Beyond,
                (true, Some(should)) => self.mend(id, &lying, &compared, should, until).await?,
            };
            rebuilt.findings.push(Finding {
                interaction: id.clone(),
                differences: compared.differences,
                outcome,
            });
            return Ok((rebuilt, looked_at));
        }
        rebuilt.busy = 1;
        Ok((rebuilt, BTreeSet::new()))
    }

    async fn lying(
        &self,
        id: &InteractionId,
        also: Option<&IdentityUri>,
        until: Instant,
    ) -> Result<Lying, StoreError> {
        let item = self.get(interaction_key(id), true, until).await?;
        let items = self
            .all_under(&schema::interaction_pk(id), schema::EVENT_SK_PREFIX, until)
            .await?;
        let mut lying = Lying {
            item,
            events: Vec::with_capacity(items.len()),
            expiries: Vec::with_capacity(items.len()),
            unreadable: 0,
            pins: Vec::new(),
        };
        for item in &items {
            lying.expiries.push(compare::expiry(item));
            match item::read_event(item) {
                Ok(event) if &event.interaction_id == id => lying.events.push(event),
                Ok(_) | Err(_) => lying.unreadable += 1,
            }
        }
        let identities = named(&lying, also);
        let reads: Vec<_> = identities
            .into_iter()
            .map(|under| async move {
                let key = item::key(schema::identity_pk(&under), schema::pinned_sk(id));
                let item = self.get(key, true, until).await?;
                Ok::<_, StoreError>(Pin { under, item })
            })
            .collect();
        lying.pins = stream::iter(reads).buffered(ABREAST).try_collect().await?;
        Ok(lying)
    }

    /// All items of a partition whose sort keys begin alike.
    async fn all_under(
        &self,
        pk: &str,
        prefix: &str,
        until: Instant,
    ) -> Result<Vec<Item>, StoreError> {
        let (mut all, mut start) = (Vec::new(), None);
        for _ in 0..MAX_PAGES {
            let (items, next) =
                crate::retry::repeat(until, || self.query_events(pk, prefix, None, start.clone()))
                    .await?;
            all.extend(items);
            start = next;
            if start.is_none() {
                return Ok(all);
            }
        }
        let problem = format!("it fills more than {MAX_PAGES} pages");
        Err(StoreError::unreadable("partition", &problem))
    }
}

fn interaction_key(id: &InteractionId) -> Item {
    item::key(schema::interaction_pk(id), schema::INTERACTION_SK)
}

/// All who could have the interaction pinned: whom its events name, whom the stored fold names, whom the index names.
fn named(lying: &Lying, also: Option<&IdentityUri>) -> BTreeSet<IdentityUri> {
    let mut named: BTreeSet<IdentityUri> = also.into_iter().cloned().collect();
    let stored = lying.item.as_ref();
    let stored_fold = stored.and_then(|item| item::read_interaction(item).ok());
    let folds = [
        Interaction::of(&lying.events).ok(),
        stored_fold.map(|stored| stored.interaction),
    ];
    for fold in folds.iter().flatten() {
        let all = fold.customer().into_iter().chain(fold.participants());
        named.extend(
            all.map(|identity| identity.uri.clone())
                .take(MAX_LOOKED_AT / 2),
        );
    }
    let indexed = stored.and_then(|item| item::read_text(item, schema::IK, "interaction").ok());
    named.extend(indexed.and_then(|uri| IdentityUri::try_from(uri.to_owned()).ok()));
    named
}
