#![doc = include_str!("../README.md")]

mod figures;
mod policy;
mod quarantine;
mod received;

use std::collections::BTreeMap;
use std::time::Duration;

use aws::AwsAccess;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use lambda_kit::batch::{self, BatchError, BatchHandler, Record, catch_panic, catch_panic_of};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::fate::{Fate, Judged, Reason, RetryReason};
use lambda_kit::metrics::Metrics;
use lambda_runtime::LambdaEvent;
use sources::{Context, Reading, Rejection, Source};
use store::{Appended, Store, StoreError};
use timeline::{Event, InteractionId, LinkPolicy, Region, Timestamp};
use tokio::time::Instant;

pub use figures::{
    ALL, CALLERS_UNREADABLE, EVENTS_IN_CONFLICT, EVENTS_READ_DIFFERENTLY, EVENTS_STORED,
};
pub use quarantine::SqsQuarantine;
pub use queue::attribute::RECEIVED_AT;
pub use received::LONGEST_WAY;
use received::received_ms;

/// How many interactions of a batch are appended at the same time.
const APPEND_CONCURRENCY: usize = 8;
/// How many stored events of an interaction are read at the same time.
const READ_CONCURRENCY: usize = 8;
/// Connections that are opened before the first event: a batch of one needs one.
const CONNECTIONS: usize = 1;
/// Longest time that warming up may take; the first event then finds out what is wrong.
const WARM_UP: Duration = Duration::from_secs(2);

/// An ingest function: a queue's sources, the timeline, the quarantine.
pub struct Ingest {
    sources: &'static [&'static dyn Source],
    region: Option<Region>,
    store: Store,
    policy: LinkPolicy,
    quarantine: SqsQuarantine,
    metrics: Metrics,
}

/// The events of one interaction in a batch, each with the record that it came in.
type Group = Vec<(usize, Event)>;

impl Ingest {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(
        name: &'static str,
        sources: &'static [&'static dyn Source],
        mut env: Env,
    ) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        // What the queue's client lacks, the table's client lacks too and has named already.
        let access = AwsAccess::from_environment("SQS", |variable| env.lookup(variable)).ok();
        let queue_url = env.required("QUARANTINE_QUEUE_URL");
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        let policy = policy::policy(&mut env);
        let deployed_as = env.function_name(name);
        let reading = policy::reading(env.lookup("DEFAULT_REGION").as_deref(), policy.as_ref());
        env.finish(|| {
            Some(Self {
                sources,
                region: region?,
                store: store?.reading_as(reading),
                policy: policy?,
                quarantine: SqsQuarantine::new(&access?, queue_url?, sources),
                metrics: Metrics::to_stdout(deployed_as),
            })
        })
    }

    /// The same with its figures written elsewhere.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// Opens connections and loads the numbering plans, while nobody waits for it yet.
    pub async fn warm_up(&self) {
        timeline::warm_up();
        self.store
            .warm_up(CONNECTIONS, Deadline::after(WARM_UP).instant())
            .await;
    }

    /// Judges a batch.
    ///
    /// # Errors
    /// When the answer could not name a record that has to come again; the whole batch then does.
    pub async fn handle(
        &self,
        event: LambdaEvent<SqsEvent>,
    ) -> Result<SqsBatchResponse, BatchError> {
        let deadline = Deadline::of(&event.context);
        let response = batch::run(
            self,
            &self.quarantine,
            event.payload,
            deadline,
            &self.metrics,
        )
        .await;
        self.metrics.flush_now();
        response
    }

    /// The events of one record. Pure but for the clock, which stands in for a queue that does not say when it got it.
    fn read(&self, record: &Record) -> Result<Reading, Judged> {
        let received_at = Timestamp::from_millis(received_ms(record)).unwrap_or(Timestamp::EPOCH);
        let context = Context {
            received_at,
            region: self.region,
        };
        let read = catch_panic(|| {
            let reading = sources::read(self.sources, &record.body, &record.attributes, &context)?;
            let events = reading.events.into_iter();
            let events = events.map(|event| event.without_own(&self.policy.own));
            Ok(Reading {
                events: events.collect(),
                ..reading
            })
        });
        match read {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err(rejection)) => Err(refused(&rejection).into()),
            Err(panicked) => Err(Judged::from(Fate::from(panicked))),
        }
    }

    /// Appends one interaction's events and gives each its fate, with the record that it came in. A panic is the fate of
    /// these records, and no others'.
    async fn append(&self, group: Group, deadline: Deadline) -> Vec<(usize, Fate)> {
        let (records, events): (Vec<usize>, Vec<Event>) = group.into_iter().unzip();
        let fates = catch_panic_of(Box::pin(self.append_events(&events, deadline))).await;
        let fates = fates.unwrap_or_else(|panicked| vec![Fate::from(panicked); records.len()]);
        records.into_iter().zip(fates).collect()
    }

    async fn append_events(&self, events: &[Event], deadline: Deadline) -> Vec<Fate> {
        let appended = self.store.append(events, deadline.instant()).await;
        // Before anything else can fail: when they come again, they are stored already.
        self.count_stored(&appended);
        let noted = self.note(events, &appended, deadline).await;
        let fates = appended.into_iter().map(|appended| match &noted {
            Err(error) if appended.is_kept() => Fate::Retry(retry_reason(error)),
            Ok(()) | Err(_) => self.fate_of(appended),
        });
        fates.collect()
    }

    fn count_stored(&self, appended: &[Appended]) {
        let stored = appended
            .iter()
            .filter(|one| matches!(one, Appended::Stored))
            .count();
        if stored > 0 {
            self.metrics
                .add(&EVENTS_STORED, u64::try_from(stored).unwrap_or(u64::MAX));
        }
    }

    /// Notes what the events that are stored say of who their customer is, before they are acknowledged. Those that were
    /// stored before say it again: the function may have ended between the two.
    async fn note(
        &self,
        events: &[Event],
        appended: &[Appended],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let until = deadline.instant();
        let noted = async {
            let told = self.told(events, appended, until).await?;
            self.store.note_traits(&told, until).await?;
            self.store.note_claims(&told, &self.policy, until).await
        };
        noted.await.inspect_err(|error| {
            tracing::warn!(error.code = %error, "what events say of their customers could not be noted");
        })
    }

    /// What the table has of the events that are a customer's.
    async fn told(
        &self,
        events: &[Event],
        appended: &[Appended],
        until: Instant,
    ) -> Result<Vec<Event>, StoreError> {
        let mut told = Vec::new();
        let mut elsewise = Vec::new();
        for (event, appended) in events.iter().zip(appended) {
            match appended {
                Appended::Stored | Appended::Duplicate => told.push(event.clone()),
                Appended::ReadDifferently => elsewise.push(event.clone()),
                Appended::Conflict | Appended::TooLarge | Appended::Failed(_) => {}
            }
        }
        let stored: Vec<Option<Event>> = stream::iter(elsewise)
            .map(|event| self.stored(event, until))
            .buffer_unordered(READ_CONCURRENCY)
            .try_collect()
            .await?;
        told.extend(stored.into_iter().flatten());
        told.retain(|event| event.customer.is_some());
        Ok(told)
    }

    /// The event that is stored under this one's id. Whoever stored it may have ended before what it says was noted, and
    /// it is that one that counts. `None` where it has expired, or cannot be read.
    async fn stored(&self, event: Event, until: Instant) -> Result<Option<Event>, StoreError> {
        let alike = self
            .store
            .events_alike(&event.interaction_id, event.id.as_str(), until)
            .await;
        let alike = match alike {
            // A later version may have stored it, or one whose id begins alike: trying again changes nothing of that.
            Err(error @ StoreError::Unreadable { .. }) => {
                tracing::warn!(error.code = %error, "what a stored event says is not noted");
                return Ok(None);
            }
            alike => alike?,
        };
        let stored = alike.into_iter().find(|stored| stored.id == event.id);
        Ok(stored.map(|stored| stored.without_own(&self.policy.own)))
    }

    fn fate_of(&self, appended: Appended) -> Fate {
        match appended {
            Appended::Stored => Fate::Done,
            Appended::Duplicate => Fate::Duplicate,
            Appended::ReadDifferently => {
                self.metrics.add(&EVENTS_READ_DIFFERENTLY, 1);
                Fate::Duplicate
            }
            Appended::Conflict => {
                self.metrics.add(&EVENTS_IN_CONFLICT, 1);
                Fate::quarantine(
                    "conflict",
                    "an event with the same id and other content is stored already",
                )
            }
            Appended::TooLarge => {
                Fate::quarantine("too_large", "an event is longer than the table can hold")
            }
            Appended::Failed(error) => Fate::Retry(retry_reason(&error)),
        }
    }
}

impl BatchHandler for Ingest {
    async fn handle(&self, records: &[Record], deadline: Deadline) -> Vec<Judged> {
        let mut judged: Vec<Judged> = Vec::with_capacity(records.len());
        let mut groups: BTreeMap<InteractionId, Group> = BTreeMap::new();
        for (place, record) in records.iter().enumerate() {
            match self.read(record) {
                Err(refused) => judged.push(refused),
                Ok(reading) => {
                    judged.push(before_append(&reading));
                    for event in reading.events {
                        if event.unread_customer.is_some() {
                            self.metrics.add(&CALLERS_UNREADABLE, 1);
                        }
                        groups
                            .entry(event.interaction_id.clone())
                            .or_default()
                            .push((place, event));
                    }
                }
            }
        }
        let groups = in_order_of_arrival(groups);
        let mut appends =
            stream::iter(groups.into_iter().map(|group| self.append(group, deadline)))
                .buffer_unordered(APPEND_CONCURRENCY);
        while let Some(fates) = appends.next().await {
            for (place, fate) in fates {
                judged[place].fate = Fate::worst(judged[place].fate.clone(), fate);
            }
        }
        judged
    }
}

fn retry_reason(error: &StoreError) -> RetryReason {
    match error {
        StoreError::OutOfTime { .. } => RetryReason::OutOfTime,
        StoreError::Unavailable { .. } => RetryReason::Unavailable,
        StoreError::Refused { .. } => RetryReason::Refused,
        StoreError::Unreadable { .. } => RetryReason::Unreadable,
    }
}

/// The groups by the first record that each has a part in: where the time is too short for the whole batch, its first
/// records are finished and do not come again.
fn in_order_of_arrival(groups: BTreeMap<InteractionId, Group>) -> Vec<Group> {
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| group.first().map(|(place, _)| *place));
    groups
}

/// What is known of a record before its events are appended: the best that it can become.
fn before_append(reading: &Reading) -> Judged {
    let fate = match reading.rejections.first() {
        Some(rejection) => refused(rejection),
        // Nothing to store is done; something to store is no more than a duplicate until it is stored.
        None if reading.events.is_empty() => Fate::Done,
        None => Fate::Duplicate,
    };
    Judged {
        fate,
        ignored: reading.ignored.iter().cloned().map(Into::into).collect(),
    }
}

fn refused(rejection: &Rejection) -> Fate {
    Fate::Quarantine(Reason::new(rejection.code(), rejection.to_string()))
}

#[cfg(test)]
mod tests;
