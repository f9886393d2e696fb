//! Rebuild: interactions recomputed from their events and compared with what is stored, and written anew where somebody
//! asks for it.
//!
//! There must be no difference: an append is one transaction. Whoever finds one has found a fault of this crate, of the
//! table, or of somebody who wrote into the table by hand.

mod compare;
mod finding;
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
pub use finding::{Difference, Finding, Look, Outcome, Rebuilt};
pub use sweep::{MAX_PARTS, Part};

/// Most reads of an interaction that is being written to.
const MAX_READS: usize = 5;
/// Most identities under which an interaction's pin is looked for.
const MAX_LOOKED_AT: usize = 64;
/// How many reads are made at once.
const ABREAST: usize = 8;
/// The table's name for an item that it does not take, such as one that is too large.
const INVALID: &str = "ValidationException";
/// Most pages of one identity's interactions.
const MAX_SLICES: usize = 10_000;

/// What a look at one interaction came to.
enum Looked {
    Seen {
        expired: bool,
        finding: Option<Finding>,
    },
    /// It was written to each time.
    Busy,
}

/// An interaction as it lies in the table.
struct Lying {
    item: Option<Item>,
    events: Vec<Event>,
    /// When each event may be removed.
    expiries: Vec<Option<i64>>,
    unreadable: usize,
    /// Events that a later version wrote.
    newer: usize,
    /// Where a pin was looked for, and what was there.
    pins: Vec<Pin>,
}

impl Lying {
    /// Whether a later version of this crate wrote any of it. Written anew, it would lose what only that one knows.
    fn is_newer(&self) -> bool {
        let pins = self.pins.iter().filter_map(|pin| pin.item.as_ref());
        self.newer > 0 || self.item.iter().chain(pins).any(item::is_newer)
    }
}

impl Store {
    /// Compares one interaction with its events, and writes it anew if `look` says so and nobody wrote it meanwhile.
    ///
    /// # Errors
    /// When the table cannot be read or written in time.
    pub async fn rebuild_interaction(
        &self,
        id: &InteractionId,
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let rebuilt = self.rebuild_one(id, None, look).await?;
        look.tell(&rebuilt);
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
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let until = look.until;
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
                rebuilt.add(self.rebuild_all(&ids, look).await?);
                after = slice.next();
                if after.is_none() {
                    break;
                }
            }
            rebuilt.add(self.rebuild_pins_of(member, look).await?);
        }
        Ok(rebuilt)
    }

    async fn rebuild_all(
        &self,
        ids: &[InteractionId],
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let each: Vec<_> = ids
            .iter()
            .map(|id| self.rebuild_interaction(id, look))
            .collect();
        // The others go on where one fails, so that no repair is broken off before it is told of.
        let all: Vec<_> = stream::iter(each).buffered(ABREAST).collect().await;
        let mut sum = Rebuilt::default();
        for one in all {
            sum.add(one?);
        }
        Ok(sum)
    }

    /// Compares one interaction, whose pin is looked for under one more identity. What is wrong with it alone is a
    /// finding; what is wrong with the table is an error.
    async fn rebuild_one(
        &self,
        id: &InteractionId,
        also: Option<&IdentityUri>,
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let mut rebuilt = Rebuilt {
            checked: 1,
            ..Rebuilt::default()
        };
        let unfoldable = Finding {
            interaction: id.clone(),
            differences: BTreeSet::from([Difference::Unfoldable]),
            outcome: if look.repair {
                Outcome::Beyond
            } else {
                Outcome::Reported
            },
        };
        match self.look_at(id, also, look).await {
            Ok(Looked::Seen { expired, finding }) => {
                rebuilt.expired = u64::from(expired);
                rebuilt.findings.extend(finding);
            }
            Ok(Looked::Busy) => rebuilt.busy = 1,
            Err(StoreError::Unreadable { .. }) => rebuilt.findings.push(unfoldable),
            Err(error) => return Err(error),
        }
        Ok(rebuilt)
    }

    async fn look_at(
        &self,
        id: &InteractionId,
        also: Option<&IdentityUri>,
        look: Look<'_>,
    ) -> Result<Looked, StoreError> {
        let until = look.until;
        for _ in 0..MAX_READS {
            let lying = self.lying(id, also, until).await?;
            let compared = compare::compare(id, &lying, self.retention)?;
            let expired = compared.expired;
            if compared.differences.is_empty() {
                let finding = None;
                return Ok(Looked::Seen { expired, finding });
            }
            // What was read before and after an append differs as well. An append writes the interaction, so where that
            // is as before, nothing came between.
            if self.get(interaction_key(id), true, until).await? != lying.item {
                continue;
            }
            let outcome = match (look.repair, &compared.should) {
                (false, _) => Outcome::Reported,
                (true, None) => Outcome::Beyond,
                (true, Some(should)) => {
                    let mended = self.mend(id, &lying, &compared, should, until).await;
                    match mended {
                        // Of all that is asked, only this item can be what the table does not take.
                        Err(StoreError::Refused { code }) if code == INVALID => Outcome::Refused,
                        mended => mended?,
                    }
                }
            };
            let finding = Some(Finding {
                interaction: id.clone(),
                differences: compared.differences,
                outcome,
            });
            return Ok(Looked::Seen { expired, finding });
        }
        Ok(Looked::Busy)
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
            newer: 0,
            pins: Vec::new(),
        };
        for item in &items {
            lying.expiries.push(compare::expiry(item));
            lying.newer += usize::from(item::is_newer(item));
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
