//! Reads: what a screen pop asks in one round trip, and pages of a timeline.

use std::time::Instant;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use timeline::{CustomerId, Identity, IdentityUri, InteractionId, Recall, Summary};

use crate::cursor::{CursorError, Place};
use crate::error::{self, StoreError};
use crate::item::{self, Item, Stored};
use crate::{Store, retry, schema};

/// How many interactions a pop shows and looks through for warnings.
pub const POP_PAGE: usize = 50;
/// Most interactions on one page of a timeline.
pub const MAX_PAGE: usize = 100;
/// Most connections that are opened before they are needed.
const MAX_CONNECTIONS: usize = 8;
/// Most pages that one read follows. One page is 1 MB.
pub(crate) const MAX_PAGES: usize = 100;

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

/// Where in a partition a read goes on.
pub(crate) enum From {
    Start,
    After(Place),
}

impl Store {
    /// Everything that a screen pop needs of an identity, in one round trip: three requests in parallel, each bounded
    /// whatever the history's length. What cannot be read in time is missing, and the answer says so.
    pub async fn recall(&self, identity: &Identity, until: Instant) -> Recall {
        let uri = &identity.uri;
        let (known, page, oldest) = futures_util::future::join3(
            self.is_known(uri, until),
            self.page(uri, POP_PAGE, From::Start, until),
            self.first_seen(uri, until),
        )
        .await;
        for error in [
            known.as_ref().err(),
            page.as_ref().err(),
            oldest.as_ref().err(),
        ]
        .into_iter()
        .flatten()
        {
            tracing::warn!(error.code = %error, "a part of the pop could not be read");
        }
        let unreadable = page.as_ref().is_ok_and(|page| page.unreadable > 0);
        let incomplete = unreadable || known.is_err() || page.is_err() || oldest.is_err();
        let (recent, next_cursor) = page.map_or_else(
            |_| (Vec::new(), None),
            |page| (page.interactions, page.next_cursor),
        );
        Recall {
            more: next_cursor.is_some(),
            recent,
            first_seen_at: oldest.ok().flatten().map(|oldest| oldest.started_at),
            next_cursor,
            known: known.unwrap_or(false),
            incomplete,
        }
    }

    /// A page of the timeline of an identity, newest first. It leaves out what cannot be read back, and says so.
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
        let from = match cursor.map(|cursor| self.cursors.open(cursor, identity.expose())) {
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(place)) => From::After(place),
            None => From::Start,
        };
        self.page(identity, limit.clamp(1, MAX_PAGE), from, until)
            .await
            .map(Ok)
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
        let item = self.get(item::customer_keys(id), false, until).await?;
        item.map(|item| item::read_identity(&item)).transpose()
    }

    /// Opens as many connections as the caller uses at once, so that the first event does not wait for them. Failing is
    /// fine: the first event finds out.
    pub async fn warm_up(&self, connections: usize, until: Instant) {
        let nobody = || self.get_once(item::key("warm-up".to_owned(), "-"), false);
        // Boxed: inlined into the functions' `main`, the nested futures are deeper than the compiler looks.
        let opening =
            (0..connections.min(MAX_CONNECTIONS)).map(|_| Box::pin(retry::within(until, nobody())));
        futures_util::future::join_all(opening).await;
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

    /// Whether the table has anything about an identity beyond what its interactions imply. The customer's item comes with
    /// it in the same request; for one who is not linked it holds nothing that a pop shows.
    async fn is_known(&self, identity: &IdentityUri, until: Instant) -> Result<bool, StoreError> {
        let customer = CustomerId::implied_by(identity, &self.salt);
        let keys = vec![
            item::key(schema::identity_pk(identity), schema::IDENTITY_SK),
            item::customer_keys(&customer),
        ];
        retry::repeat(until, || async {
            let keys = KeysAndAttributes::builder()
                .set_keys(Some(keys.clone()))
                .consistent_read(false)
                .build();
            let keys = keys.map_err(|_| StoreError::Refused {
                code: "keys".to_owned(),
            })?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.table, keys)
                .send()
                .await;
            let answer = answer.map_err(|failure| error::sort(&failure))?;
            if answer
                .unprocessed_keys()
                .is_some_and(|unprocessed| !unprocessed.is_empty())
            {
                return Err(StoreError::Unavailable {
                    code: "UnprocessedKeys".to_owned(),
                });
            }
            // A customer's entry by itself tells nothing: it stays when an earlier event, arriving late, gives the
            // interaction to another.
            let is_identity = |item: &Item| {
                item::read_text(item, schema::SK, "identity")
                    .is_ok_and(|sk| sk == schema::IDENTITY_SK)
            };
            Ok(answer
                .responses()
                .is_some_and(|tables| tables.values().flatten().any(is_identity)))
        })
        .await
    }

    async fn first_seen(
        &self,
        identity: &IdentityUri,
        until: Instant,
    ) -> Result<Option<Summary>, StoreError> {
        let (items, _) = retry::repeat(until, || self.query_index(identity, true, 1, None)).await?;
        items.first().map(item::read_summary).transpose()
    }

    /// At most `limit` interactions, following the table's own pages, which end at 1 MB however few items they hold.
    async fn page(
        &self,
        identity: &IdentityUri,
        limit: usize,
        from: From,
        until: Instant,
    ) -> Result<TimelinePage, StoreError> {
        let mut start = match from {
            From::Start => None,
            From::After(place) => Some(index_key(&place)),
        };
        let mut items = Vec::new();
        for _ in 0..MAX_PAGES {
            // One more than asked for tells whether there are more.
            let wanted = limit + 1 - items.len();
            let (page, next) = retry::repeat(until, || {
                self.query_index(identity, false, wanted, start.clone())
            })
            .await?;
            items.extend(page);
            start = next;
            if items.len() > limit || start.is_none() {
                break;
            }
        }
        let more = items.len() > limit;
        items.truncate(limit);
        let next_cursor = match items.last() {
            Some(last) if more => self.cursors.seal(&Place {
                of: identity.expose().to_owned(),
                pk: item::read_text(last, schema::PK, "interaction")?.to_owned(),
                sk: item::read_text(last, schema::SK, "interaction")?.to_owned(),
                at: Some(item::read_text(last, schema::AT, "interaction")?.to_owned()),
            }),
            _ => None,
        };
        // One that cannot be read hides no other.
        let (mut interactions, mut first_error) = (Vec::with_capacity(items.len()), None);
        for item in &items {
            match item::read_summary(item) {
                Ok(summary) => interactions.push(summary),
                Err(error) => first_error = first_error.or(Some(error)),
            }
        }
        let unreadable = items.len() - interactions.len();
        if let Some(error) = first_error {
            tracing::error!(error.code = %error, unreadable, "a page leaves out what cannot be read");
        }
        Ok(TimelinePage {
            interactions,
            unreadable,
            next_cursor,
        })
    }

    async fn query_index(
        &self,
        identity: &IdentityUri,
        oldest_first: bool,
        limit: usize,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(schema::BY_IDENTITY)
            .key_condition_expression("#ik = :ik")
            .expression_attribute_names("#ik", schema::IK)
            .expression_attribute_values(":ik", item::text(identity.expose()))
            .scan_index_forward(oldest_first)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
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

fn index_key(place: &Place) -> Item {
    let mut key = item::key(place.pk.clone(), place.sk.clone());
    key.insert(schema::IK.to_owned(), AttributeValue::S(place.of.clone()));
    key.insert(
        schema::AT.to_owned(),
        AttributeValue::S(place.at.clone().unwrap_or_default()),
    );
    key
}
