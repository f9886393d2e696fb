//! The workers: the real ingest functions, driven as Lambda's event source mapping drives them.

use std::collections::BTreeSet;
use std::io::sink;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use ingest::Ingest;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Map, json};

use crate::fault::Fault;
use crate::queue::Received;
use crate::story::{LINK_SOURCES, OWN_IDENTITIES};
use crate::wire::{Wire, Worker};
use crate::world::{QUARANTINE, World};

/// How long a function may run, as template.yaml has it.
pub(crate) const FUNCTION_TIMEOUT: Duration = Duration::from_secs(30);
/// How many records a batch holds at most, as template.yaml has it.
const BATCH: usize = 10;
/// How long a worker looks at an empty queue at most before it looks again.
const PATIENCE: Duration = Duration::from_secs(600);
/// What an invocation in a hurry has, in milliseconds; a second of it is kept back to answer.
const SHORT_MS: std::ops::Range<u64> = 900..1_400;
/// How wrong a clock may be, either way.
const SKEW_MS: i64 = 15 * 60 * 1000;
/// The stack's secret in every history.
pub(crate) const SECRET: &str = "the secret of the simulation";
/// The table's name.
pub(crate) const TABLE: &str = "timeline";

/// A queue and the function that reads it.
#[derive(Clone, Copy)]
pub(crate) struct Mapping {
    /// The queue.
    pub queue: &'static str,
    /// Makes the function.
    pub function: fn(Env) -> Result<Ingest, ConfigError>,
}

/// The mappings of template.yaml.
pub(crate) const MAPPINGS: [Mapping; 4] = [
    Mapping {
        queue: "call-events",
        function: ingest_call::function,
    },
    Mapping {
        queue: "chat-events",
        function: ingest_chat::function,
    },
    Mapping {
        queue: "email-events",
        function: ingest_email::function,
    },
    Mapping {
        queue: "journey-events",
        function: ingest_journey::function,
    },
];

fn url(queue: &str) -> String {
    format!("https://sqs.us-east-1.amazonaws.com/123456789012/{queue}")
}

/// The environment of the front door.
#[must_use]
pub(crate) fn door_environment() -> Env {
    Env::from_map([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "simulated".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "simulated".to_owned()),
        ("CALL_EVENTS_QUEUE_URL", url("call-events")),
        ("CHAT_EVENTS_QUEUE_URL", url("chat-events")),
        ("EMAIL_EVENTS_QUEUE_URL", url("email-events")),
        ("JOURNEY_EVENTS_QUEUE_URL", url("journey-events")),
        ("WEBHOOK_SECRETS_ARN", "webhooks".to_owned()),
    ])
}

/// The environment of each other function.
#[must_use]
pub(crate) fn environment(world: &World) -> Env {
    let retention_days = world.inside().retention_days.to_string();
    Env::from_map([
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "simulated".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "simulated".to_owned()),
        ("TABLE_NAME", TABLE.to_owned()),
        ("STACK_SECRET", SECRET.to_owned()),
        ("LINK_SOURCES", LINK_SOURCES.to_owned()),
        ("OWN_IDENTITIES", OWN_IDENTITIES.to_owned()),
        ("QUARANTINE_QUEUE_URL", url(QUARANTINE)),
        ("RETENTION_DAYS", retention_days),
    ])
}

/// Makes something whose clients reach the world only.
pub(crate) fn through<T>(world: &World, worker: &Worker, make: impl FnOnce() -> T) -> T {
    let wire = Wire::new(world.clone(), worker.clone());
    aws::through(SharedHttpClient::new(wire), make)
}

/// How wrong the clock of a new incarnation is.
pub(crate) fn skew(world: &World) -> i64 {
    let mut inner = world.inside();
    let inner = &mut *inner;
    if inner.faults.comes(Fault::ClockSkew, &mut inner.rng) {
        inner.rng.i64(-SKEW_MS..=SKEW_MS)
    } else {
        0
    }
}

/// Works for ever: one execution environment after the other, each until it ends.
pub(crate) async fn work(world: World, who: usize, mapping: Mapping) {
    loop {
        let worker = Worker::new(who);
        let env = environment(&world);
        let made = through(&world, &worker, || (mapping.function)(env));
        let function = made.expect("the functions' environment makes a function");
        let function = function.with_metrics(Metrics::new("simulated", sink()));
        let skew_ms = skew(&world);
        while invoke(&world, &worker, mapping.queue, &function, skew_ms).await {}
    }
}

/// One batch, if there is one. Whether the execution environment goes on.
async fn invoke(
    world: &World,
    worker: &Worker,
    queue: &'static str,
    function: &Ingest,
    skew_ms: i64,
) -> bool {
    let most = world.inside().rng.usize(1..=BATCH);
    let received = world.receive(queue, worker.who, most);
    if received.is_empty() {
        world.arrival(queue, PATIENCE).await;
        return true;
    }
    let clock = world.clock(skew_ms);
    let time = {
        let mut inner = world.inside();
        let inner = &mut *inner;
        if inner.faults.comes(Fault::ShortTime, &mut inner.rng) {
            Duration::from_millis(inner.rng.u64(SHORT_MS))
        } else {
            FUNCTION_TIMEOUT
        }
    };
    let handling = function.handle(LambdaEvent::new(
        event(queue, &received),
        context(world, skew_ms, time),
    ));
    let answer = tokio::select! {
        biased;
        () = worker.killed() => None,
        () = tokio::time::sleep(time) => None,
        answer = clock::under(clock, handling) => Some(answer),
    };
    match answer {
        None => false,
        Some(Ok(response)) => {
            acknowledge(world, worker.who, queue, &received, &response);
            true
        }
        // All of the batch comes again by itself.
        Some(Err(_)) => true,
    }
}

/// The invocation's context, whose deadline is by the clock of where it runs.
#[must_use]
pub(crate) fn context(world: &World, skew_ms: i64, time: Duration) -> Context {
    let ends = world.now_ms() + skew_ms;
    let mut context = Context::default();
    context.deadline =
        u64::try_from(ends).unwrap_or(0) + u64::try_from(time.as_millis()).unwrap_or(0);
    context
}

/// Deletes what the response does not name, unless that goes wrong.
fn acknowledge(
    world: &World,
    who: usize,
    queue: &'static str,
    received: &[Received],
    response: &SqsBatchResponse,
) {
    let failures = response.batch_item_failures.iter();
    world.inside().returned += response.batch_item_failures.len() as u64;
    let failed: BTreeSet<&str> = failures.map(|one| one.item_identifier.as_str()).collect();
    let now_ms = world.now_ms();
    let mut inner = world.inside();
    let inner = &mut *inner;
    if inner.faults.comes(Fault::BatchLost, &mut inner.rng) {
        return;
    }
    for one in received {
        if failed.contains(message_id(one.id).as_str())
            || inner.faults.comes(Fault::DeleteLost, &mut inner.rng)
        {
            continue;
        }
        if let Some(queue) = inner.queues.get_mut(queue) {
            queue.delete(one.id);
        }
        inner
            .trace
            .step(now_ms, who, "deleted", &json!(one.id), queue);
    }
}

fn message_id(id: u64) -> String {
    format!("00000000-0000-4000-8000-{id:012}")
}

/// The batch as Lambda hands it over.
fn event(queue: &str, received: &[Received]) -> SqsEvent {
    let records = received.iter().map(|Received { id, message }| {
        let attributes = message.attributes.iter().map(|(name, value)| {
            let value = json!({"stringValue": value, "dataType": "String",
                "stringListValues": [], "binaryListValues": []});
            (name.clone(), value)
        });
        json!({
            "messageId": message_id(*id),
            "receiptHandle": format!("receipt-{id}-{}", message.receives),
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": message.receives.to_string(),
                "SentTimestamp": message.sent_ms.to_string(),
            },
            "messageAttributes": attributes.collect::<Map<_, _>>(),
            "eventSource": "aws:sqs",
            "eventSourceARN": format!("arn:aws:sqs:us-east-1:123456789012:{queue}"),
            "awsRegion": "us-east-1",
        })
    });
    let event = json!({"Records": records.collect::<Vec<_>>()});
    serde_json::from_value(event).unwrap_or_default()
}
