//! The whole table, page by page.
//!
//! Interactions are compared as they are met. Events lead to those that are missing, and pins to those that are pinned
//! where nothing else would look.

use std::collections::BTreeSet;

use timeline::{IdentityUri, InteractionId};

use super::{Difference, Look, Rebuilt};
use crate::cursor::{CursorError, Place};
use crate::error::{self, StoreError};
use crate::item::{self, Item};
use crate::{Store, retry, schema};

/// Most parts that the table is read in at once.
pub const MAX_PARTS: i32 = 64;
/// Most items of one page.
const PAGE: i32 = 500;
/// What the partition keys of interactions begin with.
const INTERACTION_PK_PREFIX: &str = "i#";

/// One of several parts of the table, which together are all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Which, from 0 on.
    pub number: i32,
    /// Of how many, at most [`MAX_PARTS`].
    pub of: i32,
}

/// What a page of the table leads to.
#[derive(Default)]
struct Met {
    interactions: BTreeSet<InteractionId>,
    of_events: BTreeSet<InteractionId>,
    pins: Vec<(IdentityUri, InteractionId)>,
    unknown: u64,
}

impl Store {
    /// Compares what one page of a part of the table holds, and says where the part goes on; `None` at its end.
    ///
    /// # Errors
    /// When the table cannot be read or written in time; then the page is to be asked for again.
    pub async fn rebuild_page(
        &self,
        part: Part,
        cursor: Option<&str>,
        look: Look<'_>,
    ) -> Result<Result<(Rebuilt, Option<String>), CursorError>, StoreError> {
        let of = format!("rebuild {} {}", part.number, part.of.clamp(1, MAX_PARTS));
        let place = match cursor.map(|cursor| self.cursors.open_of(cursor, &of)) {
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(place)) => Some(place),
            None => None,
        };
        let start = place
            .as_ref()
            .map(|place| item::key(place.pk.clone(), place.sk.clone()));
        let (keys, next) =
            retry::repeat(look.until, || self.scan_keys(part, start.clone())).await?;
        let mut met = meet(&keys);
        let last_of_events = last_of_events(&keys);
        // Those at the page's begin were met at the end of the page before.
        let known = place.and_then(|place| place.at);
        met.of_events
            .retain(|id| Some(id.as_str()) != known.as_deref());
        let rebuilt = self.rebuild_met(met, look).await?;
        let next = next.map(|key| {
            let text = |name| item::read_text(&key, name, "key").map(str::to_owned);
            let place = Place {
                of,
                pk: text(schema::PK)?,
                sk: text(schema::SK)?,
                at: last_of_events,
            };
            // Without random numbers nothing can be sealed, and a part that ended here would pass for whole.
            let sealed = self.cursors.seal(&place);
            sealed.ok_or_else(|| StoreError::unreadable("cursor", &"it cannot be sealed"))
        });
        Ok(Ok((rebuilt, next.transpose()?)))
    }

    async fn rebuild_met(&self, met: Met, look: Look<'_>) -> Result<Rebuilt, StoreError> {
        let ids: Vec<_> = met.interactions.iter().cloned().collect();
        let mut rebuilt = self.rebuild_all(&ids, look).await?;
        rebuilt.unknown += met.unknown;
        let mut without = Vec::new();
        for id in met.of_events.difference(&met.interactions) {
            // One that is there is met by itself.
            if self
                .get(super::interaction_key(id), true, look.until)
                .await?
                .is_none()
            {
                without.push(id.clone());
            }
        }
        rebuilt.add(self.rebuild_all(&without, look).await?);
        for (identity, id) in &met.pins {
            rebuilt.add(self.rebuild_pin(identity, id, look).await?);
        }
        Ok(rebuilt)
    }

    /// Looks at all that is pinned under an identity.
    pub(super) async fn rebuild_pins_of(
        &self,
        identity: &IdentityUri,
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let pk = schema::identity_pk(identity);
        let items = self
            .all_under(&pk, schema::PINNED_SK_PREFIX, look.until)
            .await?;
        let met = meet(&items);
        self.rebuild_met(met, look).await
    }

    /// Looks at a pin that the comparison of its interaction does not come by.
    async fn rebuild_pin(
        &self,
        identity: &IdentityUri,
        id: &InteractionId,
        look: Look<'_>,
    ) -> Result<Rebuilt, StoreError> {
        let is_looked_at = match self.lying(id, None, look.until).await {
            Ok(lying) => lying.pins.iter().any(|pin| &pin.under == identity),
            // It is told of where it is met.
            Err(StoreError::Unreadable { .. }) => true,
            Err(error) => return Err(error),
        };
        if is_looked_at {
            return Ok(Rebuilt::default());
        }
        let mut rebuilt = self.rebuild_one(id, Some(identity), look).await?;
        // The interaction itself is counted, and told of, where it is met.
        rebuilt.checked = 0;
        rebuilt.expired = 0;
        if !look.repair {
            for finding in &mut rebuilt.findings {
                finding
                    .differences
                    .retain(|one| *one == Difference::SurplusPin);
            }
            rebuilt
                .findings
                .retain(|finding| !finding.differences.is_empty());
        }
        look.tell(&rebuilt);
        Ok(rebuilt)
    }

    async fn scan_keys(
        &self,
        part: Part,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = self
            .client
            .scan()
            .table_name(&self.table)
            .consistent_read(true)
            .projection_expression("#pk, #sk")
            .expression_attribute_names("#pk", schema::PK)
            .expression_attribute_names("#sk", schema::SK)
            .segment(part.number)
            .total_segments(part.of.clamp(1, MAX_PARTS))
            .limit(PAGE)
            .set_exclusive_start_key(start);
        let answer = request
            .send()
            .await
            .map_err(|failure| error::sort(&failure))?;
        Ok((
            answer.items.unwrap_or_default(),
            answer.last_evaluated_key.filter(|key| !key.is_empty()),
        ))
    }
}

/// The interactions of partition keys, in their order, and how many keys are of none.
pub(super) fn interactions<'a>(
    keys: impl IntoIterator<Item = &'a str>,
) -> (Vec<InteractionId>, u64) {
    let (mut ids, mut unknown) = (Vec::new(), 0);
    for pk in keys {
        match interaction_of(pk) {
            Some(id) => ids.push(id),
            None => unknown += 1,
        }
    }
    (ids, unknown)
}

fn interaction_of(pk: &str) -> Option<InteractionId> {
    let id = pk.strip_prefix(INTERACTION_PK_PREFIX)?;
    InteractionId::try_from(id.to_owned()).ok()
}

fn keys_of(item: &Item) -> (&str, &str) {
    let text = |name| item::read_text(item, name, "key").unwrap_or_default();
    (text(schema::PK), text(schema::SK))
}

fn meet(items: &[Item]) -> Met {
    let mut met = Met::default();
    for item in items {
        let (pk, sk) = keys_of(item);
        if pk.starts_with(INTERACTION_PK_PREFIX) {
            match interaction_of(pk) {
                Some(id) if sk == schema::INTERACTION_SK => {
                    met.interactions.insert(id);
                }
                Some(id) if sk.starts_with(schema::EVENT_SK_PREFIX) => {
                    met.of_events.insert(id);
                }
                Some(_) | None => met.unknown += 1,
            }
        } else if let Some(id) = sk.strip_prefix(schema::PINNED_SK_PREFIX) {
            let identity = pk
                .strip_prefix(schema::IDENTITY_PK_PREFIX)
                .unwrap_or_default();
            let identity = IdentityUri::try_from(identity.to_owned());
            match (identity, InteractionId::try_from(id.to_owned())) {
                (Ok(identity), Ok(id)) => met.pins.push((identity, id)),
                (Err(_), _) | (_, Err(_)) => met.unknown += 1,
            }
        }
    }
    met
}

/// The interaction whose events a page ends with.
fn last_of_events(keys: &[Item]) -> Option<String> {
    let (pk, sk) = keys_of(keys.last()?);
    let id = interaction_of(pk).filter(|_| sk.starts_with(schema::EVENT_SK_PREFIX))?;
    Some(id.as_str().to_owned())
}
