use std::cell::{Cell, RefCell};

use serde_json::json;

use super::*;
use crate::captured::Captured;

/// Judges by the body: `done`, `twice`, `ignored`, `later`, `refused`; `panics` panics inside of
/// the record's own guard.
#[derive(Default)]
struct ByBody {
    called: Cell<bool>,
}

impl BatchHandler for ByBody {
    async fn handle(&self, records: &[Record], _: Deadline) -> Vec<Judged> {
        self.called.set(true);
        records
            .iter()
            .map(|record| catch_panic(|| by_body(record)).unwrap_or_else(|p| Fate::from(p).into()))
            .collect()
    }
}

fn by_body(record: &Record) -> Judged {
    match record.body.as_str() {
        "done" => Fate::Done.into(),
        "twice" => Fate::Duplicate.into(),
        "ignored" => Judged::ignored("Contact Lens"),
        "later" => Fate::Retry(RetryReason::Unavailable).into(),
        "refused" => Fate::quarantine("missing_field", "`id` is missing").into(),
        other => panic!("unknown body {other}"),
    }
}

/// A quarantine queue that keeps what it is given, or fails in one of three ways.
#[derive(Default)]
struct Kept {
    records: RefCell<Vec<(String, String)>>,
    way: Way,
    at_once: Cell<usize>,
    most_at_once: Cell<usize>,
}

#[derive(Default, Clone, Copy)]
enum Way {
    #[default]
    Takes,
    Fails,
    Hangs,
    Panics,
}

impl QuarantineQueue for Kept {
    async fn put(&self, record: &Record, reason: &Reason) -> Result<(), QuarantineError> {
        self.at_once.set(self.at_once.get() + 1);
        self.most_at_once
            .set(self.most_at_once.get().max(self.at_once.get()));
        tokio::task::yield_now().await;
        self.at_once.set(self.at_once.get() - 1);
        match self.way {
            Way::Takes => {
                let kept = (record.message_id.clone(), reason.code.to_string());
                self.records.borrow_mut().push(kept);
                Ok(())
            }
            Way::Fails => Err(QuarantineError::new("access denied")),
            Way::Hangs => std::future::pending().await,
            Way::Panics => panic!("in the client"),
        }
    }
}

fn event(bodies: &[&str]) -> SqsEvent {
    let records: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| json!({"messageId": format!("m{index}"), "body": body}))
        .collect();
    serde_json::from_value(json!({"Records": records})).unwrap()
}

fn in_time() -> Deadline {
    Deadline::after(Duration::from_secs(60))
}

fn failures(response: &SqsBatchResponse) -> Vec<&str> {
    response
        .batch_item_failures
        .iter()
        .map(|failure| failure.item_identifier.as_str())
        .collect()
}

async fn run_with(handler: &impl BatchHandler, kept: &Kept, bodies: &[&str]) -> Vec<String> {
    let metrics = Metrics::new("test", std::io::sink());
    let response = run(handler, kept, event(bodies), in_time(), &metrics).await;
    failures(&response.unwrap())
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_answer_has_the_exact_wire_shape() {
    let metrics = Metrics::new("test", std::io::sink());
    let batch = event(&["done", "later"]);
    let response = run(
        &ByBody::default(),
        &Kept::default(),
        batch,
        in_time(),
        &metrics,
    )
    .await;
    assert_eq!(
        serde_json::to_string(&response.unwrap()).unwrap(),
        r#"{"batchItemFailures":[{"itemIdentifier":"m1"}]}"#
    );
}

#[tokio::test]
async fn an_empty_batch_succeeds_without_the_handler() {
    let metrics = Metrics::new("test", std::io::sink());
    let handler = ByBody::default();
    let response = run(&handler, &Kept::default(), event(&[]), in_time(), &metrics).await;
    assert_eq!(
        serde_json::to_string(&response.unwrap()).unwrap(),
        r#"{"batchItemFailures":[]}"#
    );
    assert!(!handler.called.get());
}

#[tokio::test]
async fn a_poisoned_record_does_not_touch_the_others() {
    let kept = Kept::default();
    let bodies = ["done", "panics", "refused", "twice", "ignored"];
    let failed = run_with(&ByBody::default(), &kept, &bodies).await;
    assert_eq!(failed, ["m1"]);
    assert_eq!(
        *kept.records.borrow(),
        [("m2".to_owned(), "missing_field".to_owned())]
    );
}

#[tokio::test]
async fn a_record_without_a_body_is_quarantined_and_the_rest_judged() {
    let batch = serde_json::from_value(json!({"Records": [
        {"messageId": "m0"},
        {"messageId": "m1", "body": "later"},
    ]}));
    let metrics = Metrics::new("test", std::io::sink());
    let kept = Kept::default();
    let response = run(
        &ByBody::default(),
        &kept,
        batch.unwrap(),
        in_time(),
        &metrics,
    )
    .await;
    assert_eq!(failures(&response.unwrap()), ["m1"]);
    assert_eq!(
        *kept.records.borrow(),
        [("m0".to_owned(), MISSING_BODY.to_owned())]
    );
}

#[tokio::test(start_paused = true)]
async fn a_record_that_cannot_be_quarantined_is_retried() {
    for way in [Way::Fails, Way::Hangs, Way::Panics] {
        let kept = Kept {
            way,
            ..Kept::default()
        };
        let failed = run_with(&ByBody::default(), &kept, &["done", "refused", "twice"]).await;
        assert_eq!(failed, ["m1"]);
    }
}

#[tokio::test]
async fn quarantining_is_concurrent_and_bounded() {
    let kept = Kept::default();
    let bodies = ["refused"; 5 * QUARANTINE_CONCURRENCY];
    let failed = run_with(&ByBody::default(), &kept, &bodies).await;
    assert_eq!(failed, Vec::<String>::new());
    assert_eq!(kept.records.borrow().len(), bodies.len());
    assert_eq!(kept.most_at_once.get(), QUARANTINE_CONCURRENCY);
}

#[tokio::test]
async fn a_passed_deadline_returns_all_without_the_handler() {
    let batch = serde_json::from_value(json!({"Records": [
        {"messageId": "m0", "body": "done"},
        {"messageId": "m1"},
    ]}));
    let metrics = Metrics::new("test", std::io::sink());
    let (handler, kept) = (ByBody::default(), Kept::default());
    let deadline = Deadline::after(Duration::ZERO);
    let response = run(&handler, &kept, batch.unwrap(), deadline, &metrics).await;
    assert_eq!(failures(&response.unwrap()), ["m0", "m1"]);
    assert!(!handler.called.get());
    assert!(kept.records.borrow().is_empty());
}

struct Hangs;

impl BatchHandler for Hangs {
    async fn handle(&self, _: &[Record], _: Deadline) -> Vec<Judged> {
        std::future::pending().await
    }
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_hangs_is_dropped_and_all_is_retried() {
    let failed = run_with(&Hangs, &Kept::default(), &["done", "done"]).await;
    assert_eq!(failed, ["m0", "m1"]);
}

/// Panics after a pause, or already when it is called.
struct Panics {
    at_call: bool,
}

impl BatchHandler for Panics {
    fn handle(&self, _: &[Record], _: Deadline) -> impl Future<Output = Vec<Judged>> {
        assert!(!self.at_call, "when called");
        async {
            tokio::task::yield_now().await;
            panic!("when polled")
        }
    }
}

#[tokio::test]
async fn a_handler_that_panics_has_all_retried() {
    for at_call in [true, false] {
        let failed = run_with(&Panics { at_call }, &Kept::default(), &["done", "done"]).await;
        assert_eq!(failed, ["m0", "m1"]);
    }
}

struct Answers(usize);

impl BatchHandler for Answers {
    async fn handle(&self, _: &[Record], _: Deadline) -> Vec<Judged> {
        vec![Fate::Done.into(); self.0]
    }
}

#[tokio::test]
async fn a_record_without_a_fate_is_retried() {
    let bodies = ["done", "done", "done"];
    assert_eq!(
        run_with(&Answers(1), &Kept::default(), &bodies).await,
        ["m1", "m2"]
    );
    assert!(
        run_with(&Answers(5), &Kept::default(), &bodies)
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn records_past_the_limit_are_retried() {
    let bodies = vec!["done"; MAX_RECORDS + 1];
    let failed = run_with(&ByBody::default(), &Kept::default(), &bodies).await;
    assert_eq!(failed, [format!("m{MAX_RECORDS}")]);
}

#[tokio::test]
async fn a_retried_record_without_an_id_returns_the_whole_batch() {
    let metrics = Metrics::new("test", std::io::sink());
    let unnamed = |body: &str| {
        let records = json!([{"messageId": "m0", "body": "done"}, {"body": body}, {"messageId": "", "body": body}]);
        serde_json::from_value::<SqsEvent>(json!({"Records": records})).unwrap()
    };
    let handler = ByBody::default();
    let kept = Kept::default();
    let retried = run(&handler, &kept, unnamed("later"), in_time(), &metrics).await;
    assert_eq!(retried, Err(BatchError::Unnamed(2)));
    let done = run(&handler, &kept, unnamed("done"), in_time(), &metrics).await;
    assert_eq!(done, Ok(SqsBatchResponse::default()));
}

#[tokio::test]
async fn every_fate_is_counted() {
    let captured = Captured::default();
    let metrics = Metrics::new("test", captured.clone());
    let bodies = [
        "done", "twice", "twice", "ignored", "later", "panics", "refused",
    ];
    run(
        &ByBody::default(),
        &Kept::default(),
        event(&bodies),
        in_time(),
        &metrics,
    )
    .await
    .unwrap();
    metrics.flush(0);
    let line = &captured.json_lines()[0];
    assert_eq!(line["RecordsDone"], 2);
    assert_eq!(line["RecordsDuplicate"], 2);
    assert_eq!(line["RecordsRetried"], 2);
    assert_eq!(line["RecordsPanicked"], 1);
    assert_eq!(line["RecordsQuarantined"], 1);
    assert_eq!(line["RecordsIgnored"], 1);
    assert_eq!(line["Ignored"], json!({"Contact Lens": 1}));
    assert!(line["BatchDuration"].is_u64());
}

#[test]
fn a_record_carries_what_sqs_says_of_it() {
    let event = serde_json::from_value(json!({"Records": [{
        "messageId": "m0",
        "body": "{}",
        "attributes": {"SentTimestamp": "1795285740123", "ApproximateReceiveCount": "3"},
        "messageAttributes": {
            "source": {"stringValue": "zammad", "dataType": "String"},
            "kind": {"stringValue": "push", "dataType": "String.kind"},
            "count": {"stringValue": "1", "dataType": "Number"},
            "blob": {"binaryValue": "AAAA", "dataType": "Binary"},
        },
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:call-events",
    }]}));
    let batch = record::receive(event.unwrap());
    assert!(batch.bodiless.is_empty());
    let expected = Record {
        message_id: "m0".into(),
        body: "{}".into(),
        attributes: BTreeMap::from([
            ("kind".into(), "push".into()),
            ("source".into(), "zammad".into()),
        ]),
        sent_at_ms: Some(1_795_285_740_123),
        receive_count: 3,
        queue: "call-events".into(),
    };
    assert_eq!(batch.whole, [expected]);
}

#[test]
fn a_bare_record_is_received_with_what_it_has() {
    let event = serde_json::from_value(json!({"Records": [{
        "body": "",
        "attributes": {"SentTimestamp": "soon", "ApproximateReceiveCount": "-1"},
        "messageAttributes": null,
    }]}));
    let record = record::receive(event.unwrap()).whole.remove(0);
    assert_eq!(
        (record.message_id.as_str(), record.queue.as_str()),
        ("", "")
    );
    assert_eq!((record.sent_at_ms, record.receive_count), (None, 1));
}

#[test]
fn a_record_prints_without_its_content() {
    let record = Record {
        message_id: "m0".into(),
        body: "Ada".into(),
        attributes: BTreeMap::from([("from".into(), "Lovelace".into())]),
        sent_at_ms: None,
        receive_count: 1,
        queue: "call-events".into(),
    };
    let printed = format!("{record:?}");
    assert!(printed.contains("m0") && printed.contains("call-events"));
    assert!(!printed.contains("Ada") && !printed.contains("Lovelace"));
}
