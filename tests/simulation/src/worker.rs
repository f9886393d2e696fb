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
use sam_template::QueueEvent;
use serde_json::{Map, json};

use crate::deployed;
use crate::fault::Fault;
use crate::own_clock::{OwnClock, SKEW_MS};
use crate::queue::Received;
use crate::wire::{Wire, Worker};
use crate::world::World;

/// How long a worker looks at an empty queue at most before it looks again.
const PATIENCE: Duration = Duration::from_secs(600);
/// What an invocation in a hurry has, in milliseconds; a second of it is kept back to answer.
const SHORT_MS: std::ops::Range<u64> = 900..1_400;

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

/// Makes something whose clients reach the world only.
pub(crate) fn through<T>(world: &World, worker: &Worker, make: impl FnOnce() -> T) -> T {
    let wire = Wire::new(world.clone(), worker.clone());
    aws::through(SharedHttpClient::new(wire), make)
}

/// Works for ever: one execution environment after the other, each until it ends.
pub(crate) async fn work(world: World, who: usize, mapping: Mapping) {
    let (deployed, event) = deployed::reader(mapping.queue);
    loop {
        let worker = Worker::new(who);
        let env = deployed::environment(&world, deployed);
        let made = through(&world, &worker, || (mapping.function)(env));
        let function = made.expect("the functions' environment makes a function");
        let environment = Environment {
            function: function.with_metrics(Metrics::new("simulated", sink())),
            world: world.clone(),
            worker,
            queue: mapping.queue,
            timeout: deployed::timeout(deployed),
            event,
            clock: OwnClock::new(&world, SKEW_MS),
        };
        while environment.invoke().await {}
    }
}

/// An execution environment: a function, and what calls it.
struct Environment {
    function: Ingest,
    world: World,
    worker: Worker,
    queue: &'static str,
    timeout: Duration,
    event: &'static QueueEvent,
    clock: OwnClock,
}

impl Environment {
    /// One batch, if there is one. Whether the execution environment goes on.
    async fn invoke(&self) -> bool {
        let received = self.gather().await;
        if received.is_empty() {
            self.world.arrival(self.queue, PATIENCE).await;
            return true;
        }
        let time = {
            let mut inner = self.world.inside();
            let inner = &mut *inner;
            if inner.faults.comes(Fault::ShortTime, &mut inner.rng) {
                Duration::from_millis(inner.rng.u64(SHORT_MS))
            } else {
                self.timeout
            }
        };
        let handling = self.function.handle(LambdaEvent::new(
            event(self.queue, &received),
            context(&self.clock, time),
        ));
        let answer = tokio::select! {
            biased;
            () = self.worker.killed() => None,
            () = tokio::time::sleep(time) => None,
            answer = clock::under(self.clock.clock(), handling) => Some(answer),
        };
        match answer {
            None => false,
            Some(Ok(response)) => {
                self.acknowledge(&received, &response);
                true
            }
            // All of the batch comes again by itself.
            Some(Err(_)) => true,
        }
    }

    /// What there is for a batch, which need not be filled; what comes within the window is part of it.
    async fn gather(&self) -> Vec<Received> {
        let most = self.event.batch_size as usize;
        let most = self.world.inside().rng.usize(1..=most);
        let mut received = self.world.receive(self.queue, self.worker.who, most);
        if !received.is_empty() && received.len() < most && self.event.window_s > 0 {
            let window = Duration::from_secs(u64::from(self.event.window_s));
            tokio::time::sleep(window).await;
            let left = most - received.len();
            let more = self.world.receive(self.queue, self.worker.who, left);
            received.extend(more);
        }
        received
    }

    /// Deletes what the response does not name, unless that goes wrong.
    fn acknowledge(&self, received: &[Received], response: &SqsBatchResponse) {
        let failures = response.batch_item_failures.iter();
        let now_ms = self.world.now_ms();
        let mut inner = self.world.inside();
        let inner = &mut *inner;
        inner.returned += response.batch_item_failures.len() as u64;
        // Where the mapping does not ask what failed, Lambda takes any answer for a yes to all of the batch.
        let is_asked = self.event.report_batch_item_failures;
        let failed: BTreeSet<&str> = failures
            .filter(|_| is_asked)
            .map(|one| one.item_identifier.as_str())
            .collect();
        if inner.faults.comes(Fault::BatchLost, &mut inner.rng) {
            return;
        }
        for one in received {
            if failed.contains(message_id(one.id).as_str())
                || inner.faults.comes(Fault::DeleteLost, &mut inner.rng)
            {
                continue;
            }
            if let Some(queue) = inner.queues.get_mut(self.queue) {
                queue.delete(one.id);
            }
            let who = self.worker.who;
            let trace = &mut inner.trace;
            trace.step(now_ms, who, "deleted", &json!(one.id), self.queue);
        }
    }
}

/// The invocation's context, whose deadline is by the clock of where it runs.
#[must_use]
pub(crate) fn context(clock: &OwnClock, time: Duration) -> Context {
    let begins_ms = u64::try_from(clock.now_ms()).unwrap_or(0);
    let mut context = Context::default();
    context.deadline = begins_ms + u64::try_from(time.as_millis()).unwrap_or(0);
    context
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
