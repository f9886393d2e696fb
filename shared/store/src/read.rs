//! Reads: what a screen pop asks in one round trip, pages of a timeline, an interaction with its events.

use std::time::Instant;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use timeline::{
    CustomerId, Event, Identity, IdentityUri, Interaction, InteractionId, Recall, Summary,
};

use crate::cursor::{CursorError, Place};
use crate::error::{self, StoreError};
use crate::item::{self, Item, Stored};
use crate::{Store, retry, schema};

/// How many interactions a pop shows and looks through for warnings.
pub const POP_PAGE: usize = 50;
/// Most interactions on one page of a timeline.
pub const MAX_PAGE: usize = 100;
/// Most events of an interaction on one page.
const MAX_EVENTS: usize = 500;
/// Most bytes of events on one page, so that an answer stays below what Lambda may return.
const MAX_EVENT_BYTES: usize = 3_000_000;
/// Most connections that are opened before they are needed.
const MAX_CONNECTIONS: usize = 8;
/// Most reads of an interaction that is being written to. Where events have expired, they never agree with `rev`.
const MAX_REREADS: usize = 3;
/// Most pages that one read follows. One page is 1 MB.
const MAX_PAGES: usize = 100;

/// A page of a timeline, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelinePage {
    /// What happened.
    pub interactions: Vec<Summary>,
    /// Where it goes on.
    pub next_cursor: Option<String>,
}

/// A page of an interaction's events, and the interaction.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPage {
    /// The fold of all its events.
    pub interaction: Interaction,
    /// Events, ordered by time within the page.
    pub events: Vec<Event>,
    /// Where they go on.
    pub next_cursor: Option<String>,
}

/// Where in a partition a read goes on.
enum From {
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
        let incomplete = known.is_err() || page.is_err() || oldest.is_err();
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

    /// A page of the timeline of an identity, newest first.
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

    /// An interaction and a page of its events.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn interaction(
        &self,
        id: &InteractionId,
        cursor: Option<&str>,
        until: Instant,
    ) -> Result<Result<Option<EventPage>, CursorError>, StoreError> {
        let pk = schema::interaction_pk(id);
        let from = match cursor.map(|cursor| self.cursors.open(cursor, &pk)) {
            Some(Err(error)) => return Ok(Err(error)),
            Some(Ok(place)) => From::After(place),
            None => From::Start,
        };
        let (stored, mut events, next) = match self.interaction_with_events(id, from, until).await?
        {
            Some(read) => read,
            None => return Ok(Ok(None)),
        };
        events.sort_by(|a, b| (a.happened_at(), &a.id).cmp(&(b.happened_at(), &b.id)));
        let next_cursor = next.and_then(|place| self.cursors.seal(&place));
        Ok(Ok(Some(EventPage {
            interaction: stored.interaction,
            events,
            next_cursor,
        })))
    }

    /// Reads an interaction and events of it at once, and once more when an append came between the two: an old state
    /// beside new events would look like a fault of the fold.
    async fn interaction_with_events(
        &self,
        id: &InteractionId,
        from: From,
        until: Instant,
    ) -> Result<Option<(Stored, Vec<Event>, Option<Place>)>, StoreError> {
        let mut reads = 0;
        loop {
            let (stored, events) = futures_util::future::join(
                self.read_interaction(id, until),
                self.events(id, &from, MAX_EVENTS, MAX_EVENT_BYTES, until),
            )
            .await;
            let (stored, (events, next)) = (stored?, events?);
            let Some(stored) = stored else {
                return Ok(None);
            };
            reads += 1;
            let whole = matches!(from, From::Start) && next.is_none();
            if !whole || events.len() as u64 == stored.rev || reads == MAX_REREADS {
                return Ok(Some((stored, events, next)));
            }
        }
    }

    /// All events of an interaction, however many pages they take, and the stored interaction, for rebuilding and
    /// comparing.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn everything(
        &self,
        id: &InteractionId,
        until: Instant,
    ) -> Result<(Option<Interaction>, u64, Vec<Event>), StoreError> {
        let stored = self.read_interaction(id, until).await?;
        let (events, _) = self
            .events(id, &From::Start, usize::MAX, usize::MAX, until)
            .await?;
        let rev = stored.as_ref().map_or(0, |stored| stored.rev);
        Ok((stored.map(|stored| stored.interaction), rev, events))
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

    async fn get(
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

    /// Whether the table has anything about an identity or its customer beside interactions. The index lags a little
    /// behind; this does not.
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
            Ok(answer
                .responses()
                .is_some_and(|tables| tables.values().any(|items| !items.is_empty())))
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
        let interactions = items
            .iter()
            .map(item::read_summary)
            .collect::<Result<_, _>>()?;
        Ok(TimelinePage {
            interactions,
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

    async fn events(
        &self,
        id: &InteractionId,
        from: &From,
        max_events: usize,
        max_bytes: usize,
        until: Instant,
    ) -> Result<(Vec<Event>, Option<Place>), StoreError> {
        let pk = schema::interaction_pk(id);
        let mut start = match from {
            From::Start => None,
            From::After(place) => Some(item::key(place.pk.clone(), place.sk.clone())),
        };
        let (mut events, mut bytes) = (Vec::new(), 0);
        loop {
            let (page, next) =
                retry::repeat(until, || self.query_events(&pk, start.clone())).await?;
            for item in &page {
                if events.len() == max_events || bytes > max_bytes {
                    let last: Option<&Event> = events.last();
                    let sk = last
                        .map(|last| schema::event_sk(&last.id))
                        .unwrap_or_default();
                    return Ok((
                        events,
                        Some(Place {
                            of: pk.clone(),
                            pk,
                            sk,
                            at: None,
                        }),
                    ));
                }
                bytes += item
                    .get(schema::EVENT)
                    .and_then(|json| json.as_s().ok())
                    .map_or(0, String::len);
                events.push(item::read_event(item)?);
            }
            start = next;
            if start.is_none() {
                return Ok((events, None));
            }
        }
    }

    async fn query_events(
        &self,
        pk: &str,
        start: Option<Item>,
    ) -> Result<(Vec<Item>, Option<Item>), StoreError> {
        let request = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("#pk = :pk AND begins_with(#sk, :prefix)")
            .expression_attribute_names("#pk", schema::PK)
            .expression_attribute_names("#sk", schema::SK)
            .expression_attribute_values(":pk", item::text(pk))
            .expression_attribute_values(":prefix", item::text(schema::EVENT_SK_PREFIX))
            .consistent_read(true)
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
