//! Mails that are made to break what reads them: the stack goes on, and the next mail is stored.

use std::time::Duration;

use queue::MAX_MESSAGE_BYTES;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::desk::{Backend, fixture};

/// Longest time in which one such mail has to have its fate, on a slow machine and without optimisation.
const LIMIT: Duration = Duration::from_secs(30);
/// The mail's customer.
const SENDER: &str = "ada@example.com";

/// A notification with this mail in it, as SES publishes it.
fn notification(content: &str) -> String {
    let mut envelope: Value = serde_json::from_str(&fixture("ses/text-utf8.json")).unwrap();
    let mut message: Value = serde_json::from_str(envelope["Message"].as_str().unwrap()).unwrap();
    message["mail"]["messageId"] = json!("hostile");
    // A thread of its own, whatever the mail says of itself.
    message["mail"]["headers"] = json!([]);
    message["mail"]["commonHeaders"] = json!({});
    message["content"] = json!(content);
    envelope["Message"] = json!(message.to_string());
    envelope.to_string()
}

async fn survive(on: Backend, body: String) {
    assert!(
        body.len() <= MAX_MESSAGE_BYTES,
        "{} bytes do not fit into a message",
        body.len()
    );
    let desk = on.desk().await;
    let began = Instant::now();
    desk.send("email-events", &body).await;
    desk.send("email-events", &fixture("ses/text-utf8.json"))
        .await;
    let refused = desk.quarantined().await;
    assert!(began.elapsed() < LIMIT, "{:?}", began.elapsed());
    assert_eq!(desk.depth("email-events-dlq").await, (0, 0));
    let pop = desk.pop(&format!("email={SENDER}")).await;
    let mails = pop["timeline"].as_array().unwrap().len();
    assert_eq!(
        mails + refused.len(),
        2,
        "stored or kept in quarantine: {pop} {}",
        refused.len()
    );
    assert!(pop.to_string().len() < 20_000, "the preview is short");
}

pub(crate) async fn ten_thousand_nested_parts_do_no_harm(on: Backend) {
    let nested: String = (0..10_000)
        .map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n"))
        .collect();
    survive(
        on,
        notification(&format!("From: {SENDER}\r\n{nested}\r\nhello")),
    )
    .await;
}

pub(crate) async fn a_header_of_a_megabyte_does_no_harm(on: Backend) {
    let long = "x".repeat(1_020_000);
    survive(
        on,
        notification(&format!("From: {SENDER}\r\nX-Long: {long}\r\n\r\nhello")),
    )
    .await;
}

pub(crate) async fn a_body_as_large_as_the_queue_takes_does_no_harm(on: Backend) {
    let empty = notification(&format!("From: {SENDER}\r\n\r\n"));
    let filled = format!(
        "From: {SENDER}\r\n\r\n{}",
        "y".repeat(MAX_MESSAGE_BYTES - empty.len())
    );
    let body = notification(&filled);
    assert_eq!(body.len(), MAX_MESSAGE_BYTES);
    survive(on, body).await;
}
