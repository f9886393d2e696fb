//! Reads of one interaction with its events.

use timeline::{Event, Interaction, InteractionId};
use tokio::time::Instant;

use crate::cursor::{CursorError, Place};
use crate::error::{self, StoreError};
use crate::item::{self, Item, Stored};
use crate::pages::{self, MAX_PAGES};
use crate::{Store, retry, schema};

/// Most events of an interaction on one page.
const MAX_EVENTS: usize = 500;
/// Most bytes of events on one page, but for the last of them. An answer of Lambda holds 6 MB, the longest event and the
/// interaction count in, and the body is JSON once more inside JSON, where each quote and backslash takes two bytes.
const MAX_EVENT_BYTES: usize = 1_500_000;
/// Most reads of an interaction that is being written to.
const MAX_REREADS: usize = 3;

/// Most events that one request of the API makes.
const MAX_EVENTS_OF_REQUEST: usize = 100;

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
        let from = match cursor.map(|cursor| self.cursors.open_of(cursor, &pk)) {
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

    /// An interaction without its events, as it stands after all that was appended.
    ///
    /// # Errors
    /// When the table cannot be read in time, or the item cannot be understood.
    pub async fn folded(
        &self,
        id: &InteractionId,
        until: Instant,
    ) -> Result<Option<Interaction>, StoreError> {
        let stored = self.read_interaction(id, until).await?;
        Ok(stored.map(|stored| stored.interaction))
    }

    /// The events of an interaction whose ids begin alike: those that one request made, at most a hundred.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn events_alike(
        &self,
        id: &InteractionId,
        beginning: &str,
        until: Instant,
    ) -> Result<Vec<Event>, StoreError> {
        let pk = schema::interaction_pk(id);
        let prefix = format!("{}{beginning}", schema::EVENT_SK_PREFIX);
        let (items, _) = pages::up_to(MAX_EVENTS_OF_REQUEST, until, |limit, start| {
            let limit = i32::try_from(limit).unwrap_or(i32::MAX);
            self.query_events(&pk, &prefix, Some(limit), start)
        })
        .await?;
        items.iter().map(item::read_event).collect()
    }

    /// Reads an interaction and events of it at once, and once more when an append came between the two: an old state
    /// beside new events would look like a fault of the fold.
    async fn interaction_with_events(
        &self,
        id: &InteractionId,
        from: From,
        until: Instant,
    ) -> Result<Option<(Stored, Vec<Event>, Option<Place>)>, StoreError> {
        let mut rev_before = None;
        let mut last: Option<(Stored, Vec<Event>, Option<Place>)> = None;
        for _ in 0..MAX_REREADS {
            let (stored, events) = futures_util::future::join(
                self.read_interaction(id, until),
                self.events(id, &from, MAX_EVENTS, MAX_EVENT_BYTES, until),
            )
            .await;
            let (stored, (events, next)) = match (stored, events, last) {
                (Ok(Some(stored)), Ok(events), _) => (stored, events),
                // What was read before is better than nothing, though an append came between.
                (_, _, Some(read)) => return Ok(Some(read)),
                (Ok(None), _, None) => return Ok(None),
                (Err(error), _, None) | (_, Err(error), None) => return Err(error),
            };
            let whole = matches!(from, From::Start) && next.is_none();
            let agree = events.len() as u64 == stored.rev;
            // Where nothing was appended between two reads, events have expired, and no third read would agree.
            let unchanged = rev_before == Some(stored.rev);
            rev_before = Some(stored.rev);
            last = Some((stored, events, next));
            if !whole || agree || unchanged {
                break;
            }
        }
        Ok(last)
    }

    /// All events of an interaction, however many pages they take, and the stored interaction, for rebuilding and
    /// comparing.
    ///
    /// # Errors
    /// When the table cannot be read in time, an item cannot be understood, or the events fill more than a hundred
    /// pages of the table.
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
        for _ in 0..MAX_PAGES {
            let (page, next) = retry::repeat(until, || {
                self.query_events(&pk, schema::EVENT_SK_PREFIX, None, start.clone())
            })
            .await?;
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
        let problem = format!("its events fill more than {MAX_PAGES} pages");
        Err(StoreError::unreadable("interaction", &problem))
    }

    pub(crate) async fn query_events(
        &self,
        pk: &str,
        prefix: &str,
        limit: Option<i32>,
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
            .expression_attribute_values(":prefix", item::text(prefix))
            .consistent_read(true)
            .set_limit(limit)
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
