//! The world of one history: its time, its chance, its table, its queues, and what goes wrong in it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use clock::Clock;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::fault::{Fault, Faults};
use crate::queue::{Queue, Received};
use crate::story::START_MS;
use crate::table::{Moment, Refused, Table};
use crate::trace::Trace;

/// The queues that functions read, by the names of template.yaml.
pub(crate) const QUEUES: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];
/// Where refused records are kept.
pub(crate) const QUARANTINE: &str = "quarantine";
/// For how long a message is invisible once it is received, as template.yaml has it.
const INVISIBLE_MS: i64 = 190_000;
/// For how long at most, where it is visible too early.
const TOO_SHORT_MS: i64 = 3_000;
/// How long an outage lasts at most.
const OUT_MS: i64 = 120_000;
/// One history in as many keeps events for a time only.
const RETENTION_ONE_IN: u32 = 4;
/// For how long it does then, in days: longer than a story lasts.
const RETENTION_DAYS: std::ops::Range<u32> = 3..6;
/// How far the index and stale reads are behind at most.
pub(crate) const BEHIND_MS: i64 = 4_000;

/// The world, shared by all who live in it.
#[derive(Clone)]
pub(crate) struct World {
    inner: Arc<Mutex<Inner>>,
    began: Instant,
    arrivals: Arc<BTreeMap<&'static str, Notify>>,
}

/// What is in the world.
pub(crate) struct Inner {
    /// Its chance.
    pub rng: Rng,
    /// The table.
    pub table: Table,
    /// The queues by name, the quarantine among them.
    pub queues: BTreeMap<&'static str, Queue>,
    /// What goes wrong.
    pub faults: Faults,
    /// What happened.
    pub trace: Trace,
    /// How many records functions have returned to their queues.
    pub returned: u64,
    /// What the front door has put into queues, by its connection and body.
    pub by_door: BTreeSet<(String, String)>,
    /// What was asked of a queue that must not be.
    pub breaches: Vec<String>,
    /// For how many days events are kept; 0 for ever.
    pub retention_days: u32,
    /// Until when the table answers nothing.
    pub out_until_ms: i64,
    /// Who was one customer with an identity, by its partition key: since when, and the others.
    pub members: BTreeMap<String, Vec<(i64, BTreeSet<String>)>>,
    /// Each state that an interaction was ever stored in, by its partition key.
    pub versions: BTreeMap<String, Vec<Version>>,
}

/// A state that an interaction was stored in.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    /// When it was stored.
    pub at_ms: i64,
    /// Under whom it is in the index.
    pub customer: Option<String>,
    /// Its summary as stored.
    pub summary: String,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

impl World {
    /// A new world. Its first chance decides what can go wrong in it.
    #[must_use]
    pub(crate) fn new(mut rng: Rng, table: Table, traced: bool) -> Self {
        let faults = Faults::drawn(&mut rng);
        let is_kept_for_ever = rng.u32(..RETENTION_ONE_IN) > 0;
        let retention_days = if is_kept_for_ever {
            0
        } else {
            rng.u32(RETENTION_DAYS)
        };
        let names = QUEUES.into_iter().chain([QUARANTINE]);
        let inner = Inner {
            rng,
            table,
            queues: names.clone().map(|name| (name, Queue::default())).collect(),
            faults,
            trace: Trace::new(traced),
            returned: 0,
            by_door: BTreeSet::new(),
            breaches: Vec::new(),
            retention_days,
            out_until_ms: 0,
            members: BTreeMap::new(),
            versions: BTreeMap::new(),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
            began: Instant::now(),
            arrivals: Arc::new(names.map(|name| (name, Notify::new())).collect()),
        }
    }

    /// What is in it. A panic by plan never happens while it is held.
    pub(crate) fn inside(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The world's time, in milliseconds since 1970.
    #[must_use]
    pub(crate) fn now_ms(&self) -> i64 {
        let elapsed = self.began.elapsed().as_millis();
        START_MS + i64::try_from(elapsed).unwrap_or(i64::MAX / 2)
    }

    /// A clock that is wrong by so much.
    #[must_use]
    pub(crate) fn clock(&self, skew_ms: i64) -> Clock {
        let world = self.clone();
        Arc::new(move || {
            let millis = u64::try_from(world.now_ms() + skew_ms).unwrap_or(0);
            UNIX_EPOCH + Duration::from_millis(millis)
        })
    }

    /// Sends a message to a queue. Unknown queues are an error of the caller's.
    pub(crate) fn send(
        &self,
        queue: &str,
        body: String,
        attributes: BTreeMap<String, String>,
    ) -> bool {
        let now_ms = self.now_ms();
        let mut inner = self.inside();
        let Some(there) = inner.queues.get_mut(queue) else {
            return false;
        };
        there.send(body, attributes, now_ms);
        inner.trace.step(now_ms, 0, "queued", &json!(queue), "");
        drop(inner);
        if let Some(arrival) = self.arrivals.get(queue) {
            arrival.notify_waiters();
        }
        true
    }

    /// Says to all who wait that something may have arrived.
    pub(crate) fn announce(&self) {
        for arrival in self.arrivals.values() {
            arrival.notify_waiters();
        }
    }

    /// Waits until something is in a queue, or is visible again, or for so long.
    pub(crate) async fn arrival(&self, queue: &str, longest: Duration) {
        let soonest = {
            let now_ms = self.now_ms();
            let inner = self.inside();
            let visible = inner.queues.get(queue).and_then(Queue::next_visible_ms);
            visible.map(|at| u64::try_from(at - now_ms).unwrap_or(0).max(1))
        };
        let wait = soonest.map_or(longest, Duration::from_millis).min(longest);
        match self.arrivals.get(queue) {
            Some(arrival) => {
                let _ = tokio::time::timeout(wait, arrival.notified()).await;
            }
            None => tokio::time::sleep(wait).await,
        }
    }

    /// Whether the table answers nothing just now; an outage may begin with this very request.
    #[must_use]
    pub(crate) fn is_out(&self) -> bool {
        let now_ms = self.now_ms();
        let mut inner = self.inside();
        let inner = &mut *inner;
        if inner.out_until_ms <= now_ms && inner.faults.comes(Fault::Outage, &mut inner.rng) {
            inner.out_until_ms = now_ms + inner.rng.i64(1..OUT_MS);
        }
        inner.out_until_ms > now_ms && !inner.faults.calm
    }

    /// Hands messages of a queue to a worker.
    pub(crate) fn receive(&self, queue: &str, who: usize, most: usize) -> Vec<Received> {
        let now_ms = self.now_ms();
        let mut inner = self.inside();
        let Inner {
            rng,
            queues,
            faults,
            trace,
            ..
        } = &mut *inner;
        let Some(there) = queues.get_mut(queue) else {
            return Vec::new();
        };
        let mut invisible_ms = INVISIBLE_MS;
        if there.next_visible_ms().is_some_and(|at| at <= now_ms)
            && faults.comes(Fault::VisibleTooEarly, rng)
        {
            invisible_ms = rng.i64(1..TOO_SHORT_MS);
        }
        let (received, dead) = there.receive(most, now_ms, invisible_ms, rng);
        for _ in 0..dead {
            faults.note(Fault::DeadLettered);
        }
        for one in &received {
            if faults.comes(Fault::HandedTwice, rng) {
                there.show(one.id, now_ms);
            }
            trace.step(now_ms, who, "received", &json!(one.id), queue);
        }
        received
    }

    /// What the table or a queue answers now.
    ///
    /// # Errors
    /// What it refuses, as the service does.
    pub(crate) fn answer(
        &self,
        who: usize,
        service: &str,
        operation: &str,
        body: &mut Value,
    ) -> Result<Value, Refused> {
        let now_ms = self.now_ms();
        let mut arrived = None;
        let answer = {
            let mut inner = self.inside();
            let answer = match service {
                "DynamoDB_20120810" => inner.table_answer(operation, body, now_ms),
                "AmazonSQS" => inner.queue_answer(who, operation, body, now_ms, &mut arrived),
                "secretsmanager" => secret_answer(operation),
                _ => Err(unknown(service, operation)),
            };
            match &answer {
                Ok(said) => inner.trace.step_told(now_ms, who, operation, body, said),
                Err(refused) => inner.trace.step(now_ms, who, operation, body, refused.code),
            }
            answer
        };
        if let Some(arrival) = arrived.and_then(|queue: String| self.arrivals.get(queue.as_str())) {
            arrival.notify_waiters();
        }
        answer
    }
}

impl Inner {
    fn table_answer(
        &mut self,
        operation: &str,
        body: &mut Value,
        now_ms: i64,
    ) -> Result<Value, Refused> {
        let behind = |inner: &mut Self, fault| {
            if inner.faults.comes(fault, &mut inner.rng) {
                inner.rng.i64(1..BEHIND_MS)
            } else {
                0
            }
        };
        let is_read = matches!(operation, "Query" | "GetItem" | "BatchGetItem");
        let at = Moment {
            now_ms,
            index_lag_ms: if is_read {
                0
            } else {
                behind(self, Fault::IndexLag)
            },
            stale_ms: if is_read && body["ConsistentRead"] != json!(true) {
                behind(self, Fault::StaleRead)
            } else {
                0
            },
        };
        let held_back = match operation {
            "BatchGetItem" => self.hold_back_keys(body),
            "Query" => {
                self.shorten_page(body);
                None
            }
            _ => None,
        };
        let mut answer = self.table.call(operation, body, at)?;
        if let Some(held_back) = held_back {
            answer["UnprocessedKeys"] = held_back;
        }
        if operation == "TransactWriteItems" {
            self.note_versions(body, now_ms);
        }
        Ok(answer)
    }

    /// A batch may be answered in part: the rest of its keys comes back unprocessed.
    fn hold_back_keys(&mut self, body: &mut Value) -> Option<Value> {
        let tables = body["RequestItems"].as_object_mut()?;
        let (name, asked) = tables.iter_mut().next()?;
        let keys = asked["Keys"].as_array_mut()?;
        if keys.len() < 2 || !self.faults.comes(Fault::PartialAnswer, &mut self.rng) {
            return None;
        }
        let rest = keys.split_off(self.rng.usize(1..keys.len()));
        let mut held_back = json!({});
        held_back[name.as_str()] = asked.clone();
        held_back[name.as_str()]["Keys"] = Value::Array(rest);
        Some(held_back)
    }

    /// A page may end before its limit, as it does where its items are long.
    fn shorten_page(&mut self, body: &mut Value) {
        let limit = body["Limit"].as_u64().unwrap_or(u64::MAX);
        // Those who judge in the end meet short pages as well.
        let judged = self.faults.calm && self.rng.bool();
        if limit > 1 && (self.faults.comes(Fault::PartialAnswer, &mut self.rng) || judged) {
            body["Limit"] = json!(self.rng.u64(1..limit.min(4)));
        }
    }

    fn note_versions(&mut self, body: &Value, now_ms: i64) {
        for write in body["TransactItems"].as_array().into_iter().flatten() {
            let item = &write["Put"]["Item"];
            let (pk, sk) = (item["pk"]["S"].as_str(), item["sk"]["S"].as_str());
            if let (Some(pk), Some("p"), Some(content)) = (pk, sk, item["content"]["S"].as_str()) {
                let members = self.members.entry(pk.to_owned()).or_default();
                members.push((now_ms, ends_of(content)));
            }
            if let (Some(pk), Some("i"), Some(summary)) = (pk, sk, item["summary"]["S"].as_str()) {
                let versions = self.versions.entry(pk.to_owned()).or_default();
                versions.push(Version {
                    at_ms: now_ms,
                    customer: item["ik"]["S"].as_str().map(str::to_owned),
                    summary: summary.to_owned(),
                });
            }
        }
    }

    fn queue_answer(
        &mut self,
        who: usize,
        operation: &str,
        body: &Value,
        now_ms: i64,
        arrived: &mut Option<String>,
    ) -> Result<Value, Refused> {
        if operation != "SendMessageBatch" {
            return Err(unknown("AmazonSQS", operation));
        }
        let url = body["QueueUrl"].as_str().unwrap_or_default();
        let name = url.rsplit('/').next().unwrap_or_default();
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for entry in body["Entries"].as_array().into_iter().flatten() {
            if self.faults.comes(Fault::PartialAnswer, &mut self.rng) {
                let code = "InternalError";
                failed.push(json!({"Id": entry["Id"], "Code": code, "SenderFault": false}));
                continue;
            }
            let Some(queue) = self.queues.get_mut(name) else {
                return Err(unknown("AmazonSQS", "a queue"));
            };
            let attributes = entry["MessageAttributes"].as_object();
            let attributes = attributes.into_iter().flatten().map(|(name, value)| {
                let text = value["StringValue"].as_str().unwrap_or_default();
                (name.clone(), text.to_owned())
            });
            let sent = entry["MessageBody"].as_str().unwrap_or_default();
            let attributes: BTreeMap<String, String> = attributes.collect();
            let connection = crate::door::name_of(|name| attributes.get(name).cloned());
            queue.send(sent.to_owned(), attributes, now_ms);
            if let Some(connection) = connection
                && who >= crate::door::FIRST
            {
                self.by_door.insert((connection, sent.to_owned()));
            }
            let id = format!("sent-{now_ms}");
            successful.push(json!({"Id": entry["Id"], "MessageId": id, "MD5OfMessageBody": ""}));
        }
        *arrived = Some(name.to_owned());
        Ok(json!({"Successful": successful, "Failed": failed}))
    }
}

/// The secret that holds the webhooks' connections.
fn secret_answer(operation: &str) -> Result<Value, Refused> {
    if operation != "GetSecretValue" {
        return Err(unknown("secretsmanager", operation));
    }
    Ok(json!({"Name": "webhooks", "SecretString": crate::door::secrets()}))
}

/// All ends of the links that an identity's standing holds.
fn ends_of(content: &str) -> BTreeSet<String> {
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let links = content["links"].as_object().into_iter().flatten();
    let ends = links.flat_map(|(_, link)| [&link["from"], &link["to"]]);
    ends.filter_map(|end| end.as_str().map(str::to_owned))
        .collect()
}

/// What is not simulated is refused by name, never passed over.
fn unknown(service: &str, what: &str) -> Refused {
    Refused {
        status: 400,
        code: "NotSimulated",
        message: format!("{service}: {what} is not simulated"),
        extra: json!({}),
    }
}
