//! Append: one conditional transaction per interaction. The effect itself is the conditional write; there is no lock
//! and no list of what was done already.

mod pinned;

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, Put, ReturnValuesOnConditionCheckFailure as OnFailure, TransactWriteItem,
};
use timeline::{Event, Interaction, InteractionId, Timestamp};
use tokio::time::Instant;

use crate::candidates::{self, Candidate, Outcomes};
use crate::error::{self, CONTENDED, StoreError, UNTRIED};
use crate::item::{self, Stored};
use crate::{Store, retry, schema};

/// What became of one event.
#[derive(Debug, Clone)]
pub enum Appended {
    /// It is stored, and the interaction is the fold with it.
    Stored,
    /// It was stored before; nothing changed.
    Duplicate,
    /// It was stored before as another version of the parsers, or another configuration, read it; that one stays.
    ReadDifferently,
    /// Another event is stored under its id; that one stays.
    Conflict,
    /// It is longer than an item can be.
    TooLarge,
    /// It may or may not be stored; to be tried again.
    Failed(StoreError),
}

impl Appended {
    /// Whether the table has it, so that it need not come again.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        match self {
            Self::Stored | Self::Duplicate | Self::ReadDifferently => true,
            Self::Conflict | Self::TooLarge | Self::Failed(_) => false,
        }
    }
}

/// What is known of the stored interaction.
enum Known {
    Absent,
    At(Box<Stored>),
}

/// How one transaction ended.
enum Attempt {
    Done,
    /// Some conditions failed, or other writers were in the way: what is known now.
    Cancelled {
        failed: HashMap<usize, Option<item::Item>>,
        interaction: Option<Option<item::Item>>,
        /// What passes by itself and was in the way, as the table names it.
        crowded: Option<String>,
    },
}

impl Store {
    /// Appends events of one interaction, in any order and with any repetitions, and says of each what became of it.
    ///
    /// Atomic per transaction: the stored interaction is exactly the fold of its stored events at all times. Conflicts
    /// and throttling are retried inside the time left.
    pub async fn append(&self, events: &[Event], until: Instant) -> Vec<Appended> {
        let mut known = None;
        let outcomes = self.append_events(events, &mut known, until).await;
        let Some(first) = events.first() else {
            return outcomes;
        };
        if !outcomes.iter().any(Appended::is_kept) {
            return outcomes;
        }
        // The customer is entered before any event of the interaction is acknowledged, however often they come.
        let newest = events.iter().map(|event| event.received_at).max();
        let newest = newest.unwrap_or(Timestamp::EPOCH);
        match self
            .enter_customer_of(&first.interaction_id, known, newest, until)
            .await
        {
            Ok(()) => outcomes,
            Err(error) => {
                tracing::warn!(error.code = %error, "a customer could not be entered");
                let unless_refused = |outcome: Appended| {
                    if outcome.is_kept() {
                        Appended::Failed(error.clone())
                    } else {
                        outcome
                    }
                };
                outcomes.into_iter().map(unless_refused).collect()
            }
        }
    }

    /// Enters the customer of an interaction, which is read where its state is not known by now.
    async fn enter_customer_of(
        &self,
        id: &InteractionId,
        known: Option<Known>,
        newest: Timestamp,
        until: Instant,
    ) -> Result<(), StoreError> {
        let state = match known {
            Some(Known::At(stored)) => Known::At(stored),
            // The guess that it is new was wrong, or nothing was learnt of it.
            Some(Known::Absent) | None => self.read_known(id, until).await?,
        };
        match &state {
            Known::At(stored) => match stored.interaction.customer() {
                // As long as the interaction, also where an event that came late has given it to another customer.
                Some(customer) => {
                    let expiry = item::expiry(newest, self.retention);
                    let outlived = stored
                        .expires_at
                        .and_then(|own| expiry.map(|at| own.max(at)));
                    self.enter_customer(&customer.uri, outlived, until).await
                }
                None => Ok(()),
            },
            Known::Absent => Ok(()),
        }
    }

    async fn append_events(
        &self,
        events: &[Event],
        known: &mut Option<Known>,
        until: Instant,
    ) -> Vec<Appended> {
        let (candidates, mut outcomes) = candidates::distinct(events, &self.reading);
        for chunk in candidates::chunks(candidates) {
            if let Err(error) = self.append_chunk(chunk, known, &mut outcomes, until).await {
                tracing::warn!(error.code = %error, "append failed");
                return outcomes.settle(&error);
            }
        }
        outcomes.settle(&StoreError::out_of_time(UNTRIED))
    }

    /// Appends at most a transaction's worth of distinct events. Their outcomes are noted as they become known, and so
    /// is the interaction's state, which holds as it was last seen when this fails.
    async fn append_chunk<'a>(
        &self,
        mut pending: Vec<Candidate<'a>>,
        known: &mut Option<Known>,
        outcomes: &mut Outcomes<'a>,
        until: Instant,
    ) -> Result<(), StoreError> {
        let mut tries = 0;
        while let Some(first) = pending.first() {
            let state: &Known = match known {
                Some(state) => state,
                // A conversation's opening event guesses that it is new, which saves the read; a wrong guess costs
                // one cancelled transaction, whose reasons bring what the read would have brought.
                None if pending.iter().any(|candidate| candidate.event.fact.opens()) => {
                    known.insert(Known::Absent)
                }
                None => known.insert(self.read_known(&first.event.interaction_id, until).await?),
            };
            let folded = fold(state, &pending, self.retention)?;
            let attempt = retry::within(until, self.transact(state, &folded, &pending)).await;
            match attempt {
                Ok(Attempt::Done) => {
                    outcomes.note_stored(std::mem::take(&mut pending));
                    *known = Some(Known::At(Box::new(folded)));
                }
                Ok(Attempt::Cancelled {
                    failed,
                    interaction,
                    crowded,
                }) => {
                    pending = outcomes.drop_known(pending, &failed);
                    match interaction {
                        Some(Some(item)) => {
                            *known = None;
                            *known = Some(Known::At(Box::new(item::read_interaction(&item)?)));
                        }
                        Some(None) => *known = Some(Known::Absent),
                        // Whether it is as it was last seen was not looked at. A next try would find out.
                        None if crowded.is_some() && pending.is_empty() => *known = None,
                        None => {}
                    }
                    tries += 1;
                    if crowded.is_some() || tries > 2 {
                        let met = crowded.as_deref().unwrap_or(CONTENDED);
                        retry::wait(tries, met, until).await?;
                    }
                }
                // Whether it was committed is not known; the conditions find out.
                Err(StoreError::Unavailable { code }) => {
                    tries += 1;
                    retry::wait(tries, &code, until).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn read_known(&self, id: &InteractionId, until: Instant) -> Result<Known, StoreError> {
        let stored = self.read_interaction(id, until).await?;
        Ok(stored.map_or(Known::Absent, |stored| Known::At(Box::new(stored))))
    }

    async fn transact(
        &self,
        state: &Known,
        folded: &Stored,
        pending: &[Candidate<'_>],
    ) -> Result<Attempt, StoreError> {
        let mut writes = Vec::with_capacity(pending.len() + 1 + pinned::MAX_WRITES);
        for candidate in pending {
            let item = item::event_item(
                candidate.event,
                &candidate.digest,
                candidate.json.clone(),
                self.retention,
            );
            writes.push(put(self.new_only(item)));
        }
        let item = item::interaction_item(folded)?;
        writes.push(put(match state {
            Known::Absent => self.new_only(item),
            Known::At(stored) => Put::builder()
                .table_name(&self.table)
                .set_item(Some(item))
                .condition_expression("#rev = :rev")
                .expression_attribute_names("#rev", schema::REV)
                .expression_attribute_values(
                    ":rev",
                    aws_sdk_dynamodb::types::AttributeValue::N(stored.rev.to_string()),
                )
                .return_values_on_condition_check_failure(OnFailure::AllOld),
        }));
        let before = match state {
            Known::Absent => None,
            Known::At(stored) => Some(&stored.interaction),
        };
        // Last, so that a cancellation's reasons stand where they are looked for.
        writes.extend(self.pinned_writes(before, folded)?);
        match self
            .client
            .transact_write_items()
            .set_transact_items(Some(writes))
            .send()
            .await
        {
            Ok(_) => Ok(Attempt::Done),
            Err(failure) => match failure.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
                    judge(cancelled.cancellation_reasons(), pending.len())
                }
                _ => Err(error::sort(&failure)),
            },
        }
    }

    fn new_only(&self, item: item::Item) -> aws_sdk_dynamodb::types::builders::PutBuilder {
        Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#pk)")
            .expression_attribute_names("#pk", schema::PK)
            .return_values_on_condition_check_failure(OnFailure::AllOld)
    }
}

fn put(put: aws_sdk_dynamodb::types::builders::PutBuilder) -> TransactWriteItem {
    // Table and item are set by the callers, which is all that building asks for.
    TransactWriteItem::builder()
        .set_put(put.build().ok())
        .build()
}

fn fold(
    state: &Known,
    pending: &[Candidate<'_>],
    retention: Option<Duration>,
) -> Result<Stored, StoreError> {
    let newest = pending.iter().map(|candidate| candidate.event.received_at);
    let expiry = item::expiry(newest.max().unwrap_or(Timestamp::EPOCH), retention);
    // It outlives each of its events, however late they come: without it they would begin a second fold. One that was
    // kept for ever has events that are.
    let expires_at = match state {
        Known::At(stored) => stored
            .expires_at
            .and_then(|before| expiry.map(|at| before.max(at))),
        Known::Absent => expiry,
    };
    let added = pending.len() as u64;
    let mut events = pending.iter().map(|candidate| candidate.event);
    let (rev, mut interaction) = match (state, events.next()) {
        (Known::At(stored), first) => {
            let mut interaction = stored.interaction.clone();
            first
                .map_or(Ok(()), |event| interaction.apply(event))
                .map_err(|e| StoreError::unreadable("event", &e))?;
            (stored.rev, interaction)
        }
        (Known::Absent, Some(first)) => (0, Interaction::begin(first)),
        (Known::Absent, None) => return Err(StoreError::unreadable("event", &"there is none")),
    };
    for event in events {
        interaction
            .apply(event)
            .map_err(|error| StoreError::unreadable("event", &error))?;
    }
    Ok(Stored {
        rev: rev + added,
        interaction,
        expires_at,
    })
}

/// Reads why a transaction was cancelled: one reason per write, those of the events first, then the interaction's.
/// What follows keeps the pinned interaction where it is shown: it has no condition, so others can only be in its way.
fn judge(reasons: &[CancellationReason], events: usize) -> Result<Attempt, StoreError> {
    let mut failed = HashMap::new();
    let mut interaction = None;
    let mut crowded = None;
    for (place, reason) in reasons.iter().enumerate() {
        match reason.code().unwrap_or("None") {
            "None" => {}
            "ConditionalCheckFailed" if place < events => {
                failed.insert(place, reason.item().cloned());
            }
            "ConditionalCheckFailed" if place == events => {
                interaction = Some(reason.item().cloned().filter(|item| !item.is_empty()))
            }
            code if error::passes_by_itself(code) => crowded = Some(code.to_owned()),
            code => {
                return Err(StoreError::Refused {
                    code: code.to_owned(),
                });
            }
        }
    }
    if failed.is_empty() && interaction.is_none() && crowded.is_none() {
        return Err(StoreError::Unavailable {
            code: "TransactionCanceled".to_owned(),
        });
    }
    Ok(Attempt::Cancelled {
        failed,
        interaction,
        crowded,
    })
}
