//! What the queue gets, and what is said when it does not.

use std::collections::BTreeMap;
use std::time::Duration;

use queue::MAX_MESSAGE_BYTES;
use receive_webhook::ANSWER_BUDGET;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::desk::{Call, Desk, Queued, SECRET, all_configured};
use crate::services::Fault;

fn list(count: usize) -> String {
    let events: Vec<String> = (0..count).map(|n| format!("{{\"n\": {n}.0}}")).collect();
    format!("[{}]", events.join(" , "))
}

#[tokio::test]
async fn the_source_and_the_headers_that_matter_go_with_it() {
    let desk = Desk::open(&all_configured()).await;
    let call = Call::post("basic", "a=1")
        .header("x-kept", "one \"two\"")
        .header("x-also-kept", &"x".repeat(1025))
        .header("x-not-kept", "ada@example.com")
        .header("cookie", "session=1")
        .signed(SECRET);
    assert_eq!(desk.send(&call).await.status, 202);
    let attributes = [
        ("headers", r#"{"x-kept":"one \"two\""}"#),
        ("source", "basic"),
    ];
    let attributes = attributes.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let wanted = Queued {
        body: "a=1".to_owned(),
        attributes: BTreeMap::from(attributes),
    };
    assert_eq!(desk.queued("email-events").await, [wanted]);
}

#[tokio::test]
async fn a_header_that_a_signature_does_not_cover_is_not_believed() {
    let desk = Desk::open(&all_configured()).await;
    let covered = Call::post("identified", "a=1")
        .header("x-kept", "one")
        .signed(SECRET);
    let forged = covered.clone().header("x-also-kept", "forged");
    assert_eq!(desk.send(&forged).await.status, 202);
    let queued = desk.queued("chat-events").await;
    assert_eq!(queued[0].attributes["headers"], r#"{"x-kept":"one"}"#);
    let forged = covered.header("x-kept", "two");
    assert_eq!(desk.send(&forged).await.status, 401);
    let insecure = Desk::open(&json!({"identified": {"insecure": true}})).await;
    let believed = Call::post("identified", "a=1").header("x-also-kept", "whatever");
    assert_eq!(insecure.send(&believed).await.status, 202);
    let queued = insecure.queued("chat-events").await;
    assert_eq!(
        queued[0].attributes["headers"],
        r#"{"x-also-kept":"whatever"}"#
    );
}

#[tokio::test]
async fn each_event_of_several_is_a_message_with_its_own_bytes() {
    let desk = Desk::open(&all_configured()).await;
    let answer = desk
        .send(&Call::post("listed", list(23)).signed(SECRET))
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    let queued = desk.queued("email-events").await;
    let mut wanted: Vec<String> = (0..23).map(|n| format!("{{\"n\": {n}.0}}")).collect();
    wanted.sort();
    let bodies: Vec<_> = queued.iter().map(|queued| queued.body.clone()).collect();
    assert_eq!(bodies, wanted);
    assert!(
        queued
            .iter()
            .all(|queued| queued.attributes["source"] == "listed")
    );
    assert_eq!(desk.figures.of("WebhookPieces"), 23);
    assert_eq!(desk.faults.lock().unwrap().requests, 3);
}

#[tokio::test]
async fn a_piece_that_sqs_does_not_carry_goes_as_base64_alone() {
    let desk = Desk::open(&all_configured()).await;
    let body = "[{\"t\":\"\u{ffff}\"},{\"t\":\"\u{1f4de}\"}]";
    assert_eq!(
        desk.send(&Call::post("listed", body).signed(SECRET))
            .await
            .status,
        200
    );
    let queued = desk.queued("email-events").await;
    assert_eq!(queued[0].body, "eyJ0Ijoi77+/In0=");
    assert_eq!(queued[0].attributes["encoding"], "base64");
    assert_eq!(queued[1].body, "{\"t\":\"\u{1f4de}\"}");
    assert!(!queued[1].attributes.contains_key("encoding"));
}

#[tokio::test]
async fn what_is_no_list_goes_whole() {
    let desk = Desk::open(&all_configured()).await;
    let deep = format!("[{}{}", "[".repeat(200_000), "]".repeat(200_000));
    for body in ["{\"not\": \"a list\"}", "[{\"cut\":", &deep] {
        let answer = desk.send(&Call::post("listed", body).signed(SECRET)).await;
        assert_eq!(answer.status, 200);
        assert_eq!(desk.bodies("email-events").await, [body]);
    }
}

#[tokio::test]
async fn messages_that_fail_alone_are_sent_again() {
    let desk = Desk::open(&all_configured()).await;
    desk.fail(&[Fault::Half, Fault::Down, Fault::Half], None);
    let answer = desk
        .send(&Call::post("listed", list(7)).signed(SECRET))
        .await;
    assert_eq!(answer.status, 200);
    let bodies = desk.bodies("email-events").await;
    let mut once = bodies.clone();
    once.dedup();
    assert_eq!((bodies.len(), once.len()), (7, 7), "each exactly once");
    assert_eq!(desk.faults.lock().unwrap().requests, 4);
}

#[tokio::test]
async fn a_delivery_that_is_not_all_there_is_asked_for_again() {
    let desk = Desk::open(&all_configured()).await;
    for fault in [Fault::Down, Fault::Refusing] {
        desk.fail(&[], Some(fault));
        let answer = desk
            .send(&Call::post("listed", list(15)).signed(SECRET))
            .await;
        assert_eq!(answer.status, 503);
        assert_eq!(answer.headers["retry-after"], "10");
    }
    desk.fail(&[], Some(Fault::Half));
    // Of one message that is refused each time, nothing ever arrives.
    let answer = desk.send(&Call::post("plain", "1").signed(SECRET)).await;
    assert_eq!(answer.status, 503);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.figures.of("WebhooksUnavailable"), 3);
    assert_eq!(desk.figures.of("WebhooksTaken"), 0);
}

#[tokio::test]
async fn the_answer_is_in_time_when_the_queue_is_not() {
    assert!(
        ANSWER_BUDGET < Duration::from_secs(5),
        "Intercom waits no longer"
    );
    let mut desk = Desk::open(&all_configured()).await;
    desk.function.warm_up().await;
    desk.fail(&[], Some(Fault::Mute));
    desk.timeout = Duration::from_millis(1600);
    let began = Instant::now();
    let answer = desk.send(&Call::post("plain", "1").signed(SECRET)).await;
    assert_eq!(answer.status, 503);
    assert!(
        began.elapsed() < Duration::from_millis(1400),
        "{:?}",
        began.elapsed()
    );
}

#[tokio::test]
async fn an_empty_delivery_is_answered_and_not_kept() {
    let desk = Desk::open(&all_configured()).await;
    assert_eq!(
        desk.send(&Call::post("plain", "").signed(SECRET))
            .await
            .status,
        202
    );
    assert_eq!(desk.send(&Call::post("plain", "")).await.status, 401);
    desk.assert_nothing_queued().await;
    assert_eq!(desk.figures.of("WebhooksEmpty"), 1);
}

/// Bytes of the attributes of a message of `plain`: name, type and value.
const ATTRIBUTES: usize = "source".len() + "String".len() + "plain".len();
const ENCODED: usize = ATTRIBUTES + "encoding".len() + "String".len() + "base64".len();

#[tokio::test]
async fn a_delivery_may_be_as_long_as_the_queue_takes() {
    let desk = Desk::open(&all_configured()).await;
    let longest = MAX_MESSAGE_BYTES - ATTRIBUTES;
    let cases = [
        (longest, 202),
        (longest + 1, 413),
        (MAX_MESSAGE_BYTES, 413),
        (MAX_MESSAGE_BYTES + 1, 413),
        (6_000_000, 413),
    ];
    for (length, status) in cases {
        let answer = desk
            .send(&Call::post("plain", "x".repeat(length)).signed(SECRET))
            .await;
        assert_eq!(answer.status, status, "{length}");
    }
    let bodies = desk.bodies("chat-events").await;
    assert_eq!(
        bodies.iter().map(String::len).collect::<Vec<_>>(),
        [longest]
    );
    assert_eq!(desk.figures.of("WebhooksTooLarge"), 4);
}

#[tokio::test]
async fn base64_counts_as_long_as_it_is() {
    let desk = Desk::open(&all_configured()).await;
    let longest = (MAX_MESSAGE_BYTES - ENCODED) / 4 * 3;
    for (length, status) in [(longest, 202), (longest + 1, 413)] {
        let answer = desk
            .send(&Call::post("plain", vec![0xff; length]).signed(SECRET))
            .await;
        assert_eq!(answer.status, status, "{length}");
    }
}

#[tokio::test]
async fn a_long_delivery_of_several_is_sent_in_requests_that_sqs_takes() {
    let desk = Desk::open(&all_configured()).await;
    let events: Vec<String> = (0..4)
        .map(|n| format!("\"{n}{}\"", "x".repeat(250_000)))
        .collect();
    let around = "y".repeat(20_000);
    let body = format!(
        "{{\"a\":\"{around}\",\"entry\":[{{\"changes\":[{}]}}]}}",
        events.join(",")
    );
    assert_eq!(
        desk.send(&Call::post("nested", &body).signed(SECRET))
            .await
            .status,
        202
    );
    let bodies = desk.bodies("chat-events").await;
    assert_eq!(bodies.len(), 4);
    for (body, event) in bodies.iter().zip(&events) {
        let value: Value = serde_json::from_str(body).unwrap();
        let event: Value = serde_json::from_str(event).unwrap();
        assert_eq!(value["entry"], json!([{"changes": [event]}]));
        assert_eq!(value["a"].as_str().unwrap().len(), 20_000);
    }
}
