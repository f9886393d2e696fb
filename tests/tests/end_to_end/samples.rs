//! The functions' own handlers, called as Lambda calls them: with the batches in `functions/<name>/events`, and with
//! batches that a queue gives rarely.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ingest::Ingest;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};

use crate::desk::{Backend, Desk, fixture};
use crate::personal::{TRACES, deliveries};

type Function = fn(Env) -> Result<Ingest, ConfigError>;

const FUNCTIONS: [(&str, Function); 4] = [
    (ingest_call::NAME, ingest_call::function),
    (ingest_chat::NAME, ingest_chat::function),
    (ingest_email::NAME, ingest_email::function),
    (ingest_journey::NAME, ingest_journey::function),
];
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// A function on the stack's table and quarantine, as its environment would describe it.
fn function(desk: &Desk, function: Function, dynamodb: Option<&str>) -> Ingest {
    let about = |name: &str| desk.about[name].as_str().unwrap().to_owned();
    let running = desk.running.as_ref().unwrap();
    let env = Env::from_map([
        ("TABLE_NAME", about("table")),
        ("STACK_SECRET", running.secret.clone()),
        (
            "QUARANTINE_QUEUE_URL",
            desk.queue_url("quarantine").to_owned(),
        ),
        ("DEFAULT_REGION", "US".to_owned()),
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_SQS", about("sqs")),
        (
            "AWS_ENDPOINT_URL_DYNAMODB",
            dynamodb.map_or_else(|| about("dynamodb"), str::to_owned),
        ),
    ]);
    function(env)
        .unwrap()
        .with_metrics(Metrics::new("tests", std::io::sink()))
}

/// Calls a function with a batch, and says which records failed.
async fn call(function: &Ingest, batch: Value, time: Duration) -> Vec<String> {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + time;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    let event = serde_json::from_value(batch).unwrap();
    let answer = function
        .handle(LambdaEvent::new(event, context))
        .await
        .unwrap();
    answer
        .batch_item_failures
        .into_iter()
        .map(|failure| failure.item_identifier)
        .collect()
}

fn batch(bodies: &[&str]) -> Value {
    let records = bodies.iter().enumerate().map(|(place, body)| {
        json!({
            "messageId": format!("message-{place}"),
            "receiptHandle": "handle",
            "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772442000000"},
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test-call-events",
            "awsRegion": "us-east-1",
        })
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

/// The sample events of a function.
fn samples(name: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../functions/{name}/events"));
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

pub(crate) async fn each_functions_samples_are_taken_by_its_handler(on: Backend) {
    let desk = on.desk().await;
    for (name, build) in FUNCTIONS {
        let function = function(&desk, build, None);
        let samples = samples(name);
        assert!(samples.len() > 1, "{name} has too few samples");
        for sample in samples {
            let file = sample.file_name().unwrap().to_str().unwrap();
            let event: Value =
                serde_json::from_str(&std::fs::read_to_string(&sample).unwrap()).unwrap();
            let records = event["Records"].as_array().unwrap().len();
            let failed = call(&function, event, Duration::from_secs(30)).await;
            assert_eq!(failed, [""; 0], "{name}/{file}");
            let refused = desk.quarantined().await;
            let expected = if file.starts_with("refused") {
                records
            } else {
                0
            };
            assert_eq!(refused.len(), expected, "{name}/{file}: {refused:?}");
        }
    }
    for query in [
        "phone=%2B14155550142",
        "phone=%2B14155550123",
        "email=ada@example.com",
    ] {
        assert_eq!(
            desk.pop(query).await["state"],
            "match",
            "the samples tell of {query}"
        );
    }
}

pub(crate) async fn repeats_in_one_batch_and_a_refused_neighbour_fail_nothing(on: Backend) {
    let desk = on.desk().await;
    let function = function(&desk, ingest_call::function, None);
    let ring = fixture("cti/new-call.txt");
    let other = ring.replace("14155550142", "14155550199");
    let hangup = fixture("cti/hangup.txt");
    let bodies = [ring.as_str(), "not readable", &ring, &hangup, &other, &ring];
    let failed = call(&function, batch(&bodies), Duration::from_secs(30)).await;
    assert_eq!(failed, [""; 0]);
    desk.interaction("cti:8437461", 2).await;
    assert_eq!(desk.rev("cti:8437461").await, "2");
    let refused = desk.quarantined().await;
    let mut codes: Vec<_> = refused
        .iter()
        .map(|refused| refused.said("reason_code"))
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["conflict", "unreadable"]);
}

pub(crate) async fn without_a_table_all_records_of_a_batch_come_again(on: Backend) {
    let desk = on.desk().await;
    let function = function(&desk, ingest_call::function, Some(NOWHERE));
    let (first, second) = (fixture("cti/new-call.txt"), fixture("cti/new-call.json"));
    let bodies = [first.as_str(), "not readable", &second, &first];
    let failed = call(&function, batch(&bodies), Duration::from_millis(2500)).await;
    assert_eq!(
        failed,
        ["message-0", "message-2", "message-3"],
        "only what is refused is not tried again"
    );
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].body, "not readable");
}

/// What the figures of a function are written to.
#[derive(Clone, Default)]
struct Figures(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Figures {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(crate) async fn figures_name_what_is_ignored_and_nobody(on: Backend) {
    let desk = on.desk().await;
    let figures = Figures::default();
    for (name, build) in FUNCTIONS {
        let function =
            function(&desk, build, None).with_metrics(Metrics::new(name, figures.clone()));
        let queue = name.replace("ingest-", "") + "-events";
        let mut bodies: Vec<String> = deliveries()
            .into_iter()
            .filter(|(of, _)| *of == queue)
            .map(|(_, body)| body)
            .collect();
        if name == ingest_call::NAME {
            bodies.push(fixture("amazon-connect/other-detail-type.json"));
        }
        let bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        let failed = call(&function, batch(&bodies), Duration::from_secs(30)).await;
        assert_eq!(failed, [""; 0], "{name}");
    }
    let written = String::from_utf8(figures.0.lock().unwrap().clone()).unwrap();
    assert!(
        written.contains("Contact Lens Post Call Rules Matched"),
        "{written}"
    );
    for trace in TRACES {
        assert!(
            !written.to_lowercase().contains(trace),
            "{trace}: {written}"
        );
    }
}
