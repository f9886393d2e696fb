//! Reads: pages of a timeline, customers, interactions.

use std::collections::BTreeSet;

use futures_util::future::{join, try_join_all};
use timeline::{CustomerId, IdentityUri, Interaction, InteractionId, Summary};
use tokio::time::Instant;

use crate::cursor::CursorError;
use crate::error::{self, StoreError};
use crate::item::{self, Item, Stored};
use crate::slice::{Slice, Spot};
use crate::{Store, retry, schema};

/// Most interactions on one page of a timeline.
pub const MAX_PAGE: usize = 100;
/// Most connections that are opened before they are needed.
const MAX_CONNECTIONS: usize = 8;

/// A page of a timeline, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePage {
    /// What happened.
    pub interactions: Vec<Summary>,
    /// How many of the page are left out, since they cannot be read back.
    pub unreadable: usize,
    /// Where it goes on.
    pub next_cursor: Option<String>,
}

impl Store {
    /// A page of the timeline of the customer to whom an identity belongs, newest first, all the customer's identities
    /// together. It leaves out what cannot be read back, and says so. A cursor is a moment of the timeline, so that links
    /// and their ends between two pages neither repeat nor skip anything that stays the customer's.
    ///
    /// # Errors
    /// When the table cannot be read in time.
    pub async fn timeline(
        &self,
        identity: &IdentityUri,
        limit: usize,
        cursor: Option<&str>,
        until: Instant,
    ) -> Result<Result<TimelinePage, CursorError>, StoreError> {
        let limit = limit.clamp(1, MAX_PAGE);
        let place = match cursor.map(|cursor| self.cursors.open(cursor)) {
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(place)) => Some(place),
            None => None,
        };
        let of = place.as_ref().map(|place| place.of.clone());
        let after = place.and_then(Spot::of_place);
        if of.is_some() && after.is_none() {
            return Ok(Err(CursorError));
        }
        let (known, own) = join(
            self.known_person(identity, until),
            self.slice(identity, limit, after.as_ref(), until),
        )
        .await;
        let standing = known?.standing.value;
        // Those who use a number together are not one another.
        let members = match standing.shared {
            Some(_) => BTreeSet::from([identity.clone()]),
            None => standing.links.identities(identity),
        };
        if of.is_some_and(|of| !members.iter().any(|member| member.expose() == of)) {
            return Ok(Err(CursorError));
        }
        let siblings = members.iter().filter(|member| *member != identity);
        let siblings = siblings.map(|member| self.slice(member, limit, after.as_ref(), until));
        let mut slices = try_join_all(siblings).await?;
        slices.push(own?);
        let page = Slice::merged(slices, limit);
        let next = page.next();
        let (interactions, unreadable) = page.into_summaries();
        Ok(Ok(TimelinePage {
            interactions,
            unreadable,
            next_cursor: next.and_then(|spot| self.cursors.seal(&spot.place(identity.expose()))),
        }))
    }

    /// The first identity of a customer; `None` when nobody has that id.
    ///
    /// # Errors
    /// When the table cannot be read in time.
    pub async fn customer(
        &self,
        id: &CustomerId,
        until: Instant,
    ) -> Result<Option<IdentityUri>, StoreError> {
        let keys = || item::customer_keys(id);
        let item = match self.get(keys(), false, until).await? {
            // An id that was just made is led nowhere by an older copy of the table.
            None => self.get(keys(), true, until).await?,
            found => found,
        };
        item.map(|item| item::read_identity(&item)).transpose()
    }

    /// Opens as many connections as the caller uses at once, so that the first event does not wait for them. Failing is
    /// fine: the first event finds out.
    pub async fn warm_up(&self, connections: usize, until: Instant) {
        let nobody = || self.get_once(item::key("warm-up".to_owned(), "-"), false);
        // Boxed: inlined into the functions' `main`, the nested futures are deeper than the compiler looks.
        let opening = (0..connections.min(MAX_CONNECTIONS)).map(|_| retry::within(until, nobody()));
        futures_util::future::join_all(opening).await;
    }

    /// An interaction without its events; `None` where there is none of that id.
    ///
    /// # Errors
    /// When the table cannot be read in time, or the item cannot be understood.
    pub async fn interaction_alone(
        &self,
        id: &InteractionId,
        until: Instant,
    ) -> Result<Option<Interaction>, StoreError> {
        let stored = self.read_interaction(id, until).await?;
        Ok(stored.map(|stored| stored.interaction))
    }

    pub(crate) async fn read_interaction(
        &self,
        id: &InteractionId,
        until: Instant,
    ) -> Result<Option<Stored>, StoreError> {
        let key = item::key(schema::interaction_pk(id), schema::INTERACTION_SK);
        self.get(key, true, until)
            .await?
            .map(|item| item::read_interaction(&item))
            .transpose()
    }

    pub(crate) async fn get(
        &self,
        key: Item,
        consistent: bool,
        until: Instant,
    ) -> Result<Option<Item>, StoreError> {
        retry::repeat(until, || self.get_once(key.clone(), consistent)).await
    }

    async fn get_once(&self, key: Item, consistent: bool) -> Result<Option<Item>, StoreError> {
        let request = self
            .client
            .get_item()
            .table_name(&self.table)
            .set_key(Some(key))
            .consistent_read(consistent);
        request
            .send()
            .await
            .map(|answer| answer.item)
            .map_err(|failure| error::sort(&failure))
    }
}
