//! Mails that are made to break what reads them: the stack goes on, and the next mail is stored.

use std::time::Duration;

use queue::MAX_MESSAGE_BYTES;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::desk::{Backend, SOURCE_QUEUES, fixture};

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

/// Deliveries that name addresses: of certificates, subscriptions, recordings, attachments, pages.
const NAMING: [(&str, &str, &str); 8] = [
    ("email-events", "ses", "ses/text-utf8.json"),
    (
        "chat-events",
        "amazon-connect-chat",
        "amazon-connect-chat/message-customer.json",
    ),
    (
        "call-events",
        "amazon-connect",
        "amazon-connect/record.json",
    ),
    ("call-events", "twilio-voice", "twilio-voice/incoming.txt"),
    ("chat-events", "chatwoot", "chatwoot/message-incoming.json"),
    ("email-events", "ms-graph", "ms-graph/created.json"),
    ("journey-events", "segment", "segment/page.json"),
    ("journey-events", "stripe", "stripe/invoice-sent.json"),
];
/// Where a delivery names an address for whoever takes it to ask.
const ASKED: [&str; 8] = [
    "SigningCertURL",
    "SubscribeURL",
    "UnsubscribeURL",
    "url",
    "RecordingUrl",
    "callback_url",
    "href",
    "@odata.nextLink",
];

/// The same with each address leading to a listener, and with more of them.
fn leading_to(listener: &str, body: &str) -> String {
    let body = body
        .replace("https://", &format!("{listener}/"))
        .replace("http://127.0.0.1:0", listener);
    match serde_json::from_str::<Value>(&body) {
        Ok(Value::Object(mut fields)) => {
            for name in ASKED {
                fields.insert(name.to_owned(), json!(format!("{listener}/{name}")));
            }
            Value::Object(fields).to_string()
        }
        Ok(other) => other.to_string(),
        Err(_) => {
            let more: String = ASKED
                .iter()
                .map(|name| format!("&{name}={listener}/{name}"))
                .collect();
            format!("{}{more}", body.trim_end())
        }
    }
}

pub(crate) async fn no_address_in_a_delivery_is_ever_fetched(on: Backend) {
    let desk = on.desk().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let url = format!("http://{address}");
    let mut named = 0;
    for queue in SOURCE_QUEUES {
        let asks = json!({
            "Type": "SubscriptionConfirmation", "MessageId": "m1", "Token": "t",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:topic", "Message": "You have chosen to subscribe.",
        });
        desk.send(queue, &leading_to(&url, &asks.to_string())).await;
    }
    for (queue, source, path) in NAMING {
        let body = leading_to(&url, &fixture(path));
        named += body.matches(&url).count();
        desk.send_with(queue, &body, &[("source", source)]).await;
        desk.send(queue, &body).await;
    }
    assert!(named >= NAMING.len() * ASKED.len(), "{named} addresses");
    let refused = desk.quarantined().await;
    let waiting = refused
        .iter()
        .filter(|record| record.said("reason_code") == "unconfirmed_subscription");
    assert_eq!(
        waiting.count(),
        SOURCE_QUEUES.len(),
        "the subscription waits for an operator"
    );
    for query in ["email=ada@example.com", "phone=%2B14155550142"] {
        desk.pop(query).await;
    }
    // Whoever had asked would be in line before this one.
    let ours = TcpStream::connect(address).await.unwrap();
    let (_, first) = listener.accept().await.unwrap();
    assert_eq!(
        first,
        ours.local_addr().unwrap(),
        "somebody fetched what a delivery names"
    );
}
