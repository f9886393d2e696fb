#![doc = include_str!("../README.md")]

mod policy;
mod quarantine;

use std::collections::BTreeMap;
use std::time::Duration;

use aws::AwsAccess;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use futures_util::stream::{self, StreamExt};
use lambda_kit::batch::{self, BatchError, BatchHandler, Record, catch_panic};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::fate::{Fate, Judged, Reason, RetryReason};
use lambda_kit::metrics::{Metric, Metrics, Unit};
use lambda_runtime::LambdaEvent;
use sources::{Context, Reading, Rejection, Source};
use store::{Appended, Store, StoreError};
use timeline::{Event, InteractionId, LinkPolicy, Region, Timestamp};

pub use quarantine::SqsQuarantine;

/// Events that were stored.
pub const EVENTS_STORED: Metric = Metric::new(
    "EventsStored",
    Unit::Count,
    "Events that were new and are stored",
);
/// Events under an id that another event has.
pub const EVENTS_IN_CONFLICT: Metric = Metric::new(
    "EventsInConflict",
    Unit::Count,
    "Events whose id is stored with other content",
);
/// Events that were stored before and read otherwise now.
pub const EVENTS_READ_DIFFERENTLY: Metric = Metric::new(
    "EventsReadDifferently",
    Unit::Count,
    "Events that an earlier version or configuration stored with other content",
);
/// Events that name a customer whom nobody can read.
pub const CALLERS_UNREADABLE: Metric = Metric::new(
    "CallersUnreadable",
    Unit::Count,
    "Events whose customer's address is no identity",
);

/// How many interactions of a batch are appended at the same time.
const APPEND_CONCURRENCY: usize = 8;
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
        let reading = policy::reading(env.lookup("DEFAULT_REGION").as_deref(), policy.as_ref());
        env.finish(|| {
            Some(Self {
                sources,
                region: region?,
                store: store?.reading_as(reading),
                policy: policy?,
                quarantine: SqsQuarantine::new(&access?, queue_url?, sources),
                metrics: Metrics::to_stdout(name),
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
        let received_at = match record.sent_at_ms {
            Some(millis) => Timestamp::from_millis(millis).unwrap_or(Timestamp::EPOCH),
            None => Timestamp::from(clock::now()),
        };
        let context = Context {
            received_at,
            region: self.region,
        };
        match catch_panic(|| {
            sources::read(self.sources, &record.body, &record.attributes, &context)
        }) {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err(rejection)) => Err(refused(&rejection).into()),
            Err(panicked) => Err(Judged::from(Fate::from(panicked))),
        }
    }

    /// Appends one interaction's events and gives each its fate, with the record that it came in.
    async fn append(&self, group: Group, deadline: Deadline) -> Vec<(usize, Fate)> {
        let (records, events): (Vec<usize>, Vec<Event>) = group.into_iter().unzip();
        let appended = self.store.append(&events, deadline.instant()).await;
        let noted = self.note(&events, &appended, deadline).await;
        let fates = appended.into_iter().map(|appended| match &noted {
            Err(error) if is_noted(&appended) => Fate::Retry(retry_reason(error)),
            Ok(()) | Err(_) => self.fate_of(appended),
        });
        records.into_iter().zip(fates).collect()
    }

    /// Notes what the events that are stored say of who their customer is, before they are acknowledged. Those that were
    /// stored before say it again: the function may have ended between the two.
    async fn note(
        &self,
        events: &[Event],
        appended: &[Appended],
        deadline: Deadline,
    ) -> Result<(), StoreError> {
        let told = events
            .iter()
            .zip(appended)
            .filter(|(event, appended)| event.customer.is_some() && is_noted(appended));
        let told: Vec<Event> = told.map(|(event, _)| event.clone()).collect();
        let until = deadline.instant();
        let noted = async {
            self.store.note_traits(&told, until).await?;
            self.store.note_claims(&told, &self.policy, until).await
        };
        noted.await.inspect_err(|error| {
            tracing::warn!(error.code = %error, "what events say of their customers could not be noted");
        })
    }

    fn fate_of(&self, appended: Appended) -> Fate {
        match appended {
            Appended::Stored => {
                self.metrics.add(&EVENTS_STORED, 1);
                Fate::Done
            }
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
                        let event = event.without_own(&self.policy.own);
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

/// Whether what an event says counts: it is stored as it says it.
fn is_noted(appended: &Appended) -> bool {
    match appended {
        Appended::Stored | Appended::Duplicate => true,
        Appended::ReadDifferently
        | Appended::Conflict
        | Appended::TooLarge
        | Appended::Failed(_) => false,
    }
}

fn retry_reason(error: &StoreError) -> RetryReason {
    match error {
        StoreError::OutOfTime { .. } => RetryReason::OutOfTime,
        StoreError::Unavailable { .. }
        | StoreError::Refused { .. }
        | StoreError::Unreadable { .. } => RetryReason::Unavailable,
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
mod tests {
    use queue::{Message, attribute};
    use sources::{Envelope, Payload};
    use timeline::{Channel, EventId, Fact, Started};

    use super::*;

    fn event(of: &str) -> Event {
        let source = timeline::Source::new("invented").unwrap();
        let id = InteractionId::new(&source, of).unwrap();
        let started = Fact::Started(Started::default());
        Event::new(
            id,
            EventId::new("ring").unwrap(),
            source,
            Channel::Call,
            started,
        )
    }

    #[test]
    fn the_first_records_of_a_batch_are_appended_first() {
        let mut groups: BTreeMap<InteractionId, Group> = BTreeMap::new();
        for (place, of) in ["z", "m", "a", "z"].into_iter().enumerate() {
            let event = event(of);
            let group = groups.entry(event.interaction_id.clone()).or_default();
            group.push((place, event));
        }
        let order: Vec<Vec<usize>> = in_order_of_arrival(groups)
            .iter()
            .map(|group| group.iter().map(|(place, _)| *place).collect())
            .collect();
        assert_eq!(order, [vec![0, 3], vec![1], vec![2]]);
    }

    #[test]
    fn what_a_sender_says_beside_a_body_is_what_sources_read() {
        let headers = attribute::headers([("x-kind", "hang-up")]).unwrap();
        let said = vec![
            (attribute::SOURCE, "plain".to_owned()),
            (attribute::ACCOUNT, "berlin".to_owned()),
            (attribute::HEADERS, headers),
        ];
        let message = Message::of(b"name=caf\xe9", said);
        let attributes = message.attributes.into_iter();
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value));
        let envelope = Envelope::open(&message.body, &attributes.collect()).unwrap();
        assert_eq!(envelope.source.as_deref(), Some("plain"));
        assert_eq!(envelope.account.as_deref(), Some("berlin"));
        assert_eq!(envelope.header("x-kind"), Some("hang-up"));
        let form = [("name".to_owned(), "caf\u{e9}".to_owned())];
        assert_eq!(envelope.payload, Payload::Form(form.to_vec()));
    }
}
