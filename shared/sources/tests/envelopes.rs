//! What deliveries come wrapped in, on whichever queue they arrive.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not there or not as it should be fails its test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sources::{ALL, CALLS, CHATS, Context, EMAILS, Reading, Rejection, Source};

#[test]
fn a_list_of_one_is_what_is_in_it() {
    for (sources, path) in [
        (CALLS, "amazon-connect/event-queued.json"),
        (CALLS, "amazon-connect/record.json"),
        (CALLS, "amazon-connect/record-kinesis.json"),
        (CALLS, "cti/new-call.json"),
        (CHATS, "amazon-connect-chat/message-customer.json"),
        (CHATS, "chatwoot/message-incoming.json"),
        (EMAILS, "ses/bounce-permanent.json"),
    ] {
        let alone = fixture(path);
        let listed = format!("[{alone}]");
        let reading = read(sources, &listed).unwrap();
        assert!(!reading.events.is_empty(), "{path}");
        assert_eq!(Ok(reading), read(sources, &alone), "{path}");
    }
}

#[test]
fn a_batch_of_a_stream_holds_each_of_its_records() {
    let one = read(CALLS, &fixture("amazon-connect/record.json")).unwrap();
    let lambda = fixture("amazon-connect/record-kinesis-lambda.json");
    assert_eq!(read(CALLS, &lambda).unwrap(), one);
    let batch = fixture("amazon-connect/record-kinesis-batch-one-bad.json");
    let batch = read(CALLS, &batch).unwrap();
    assert_eq!(batch.events, one.events);
    assert_eq!(batch.rejections, [Rejection::missing("ContactId")]);
    let record: Value =
        serde_json::from_str(&fixture("amazon-connect/record-kinesis.json")).unwrap();
    let many = Value::Array(vec![record; 501]).to_string();
    let refused = read(CALLS, &many).unwrap_err();
    assert!(matches!(refused, Rejection::TooMuch { limit: 500, .. }));
}

#[test]
fn a_subscription_that_waits_to_be_confirmed_is_kept_for_an_operator_on_every_queue() {
    let words =
        "You have chosen to subscribe to the topic arn:aws:sns:eu-central-1:123456789012:t.";
    for (queue, sources) in ALL {
        let asked = notice("SubscriptionConfirmation", words);
        let refused = read(sources, &asked).unwrap_err();
        assert_eq!(refused, Rejection::Unconfirmed, "{queue}");
        assert!(refused.to_string().contains("`SubscribeURL`"));
        let ended = notice("UnsubscribeConfirmation", words);
        let ended = read(sources, &ended).unwrap();
        assert_eq!(ended, Reading::ignored("sns UnsubscribeConfirmation"));
    }
}

#[test]
fn a_byte_order_mark_white_space_and_line_ends_around_a_body_say_nothing() {
    for path in ["amazon-connect/record.json", "cti/new-call.txt"] {
        let plain = fixture(path);
        let around = format!("\u{feff}\r\n {}\r\n\n", plain.trim());
        assert_eq!(read(CALLS, &around), read(CALLS, &plain), "{path}");
    }
}

#[test]
fn each_body_that_is_none_is_refused_with_its_own_reason() {
    let deep = format!("{}{}", "[".repeat(128), "]".repeat(128));
    for (body, code, text) in [
        ("hello", "unreadable", "the body is neither JSON nor a form"),
        (
            "42",
            "not_an_object",
            "the body is JSON, but neither an object nor a list",
        ),
        (
            &deep,
            "too_deep",
            "the body's JSON is nested deeper than 127 levels",
        ),
        (
            "{\"from\": \"+14155550142\",\n \"to\"; 5}",
            "broken_json",
            "the body begins like JSON, which breaks at line 2, column 6",
        ),
    ] {
        for (queue, sources) in ALL {
            let refused = read(sources, body).unwrap_err();
            assert_eq!(
                (refused.code(), refused.to_string().as_str()),
                (code, text),
                "{queue}"
            );
        }
    }
}

#[test]
fn half_a_character_within_an_envelope_costs_itself_and_not_the_delivery() {
    let chat = fixture("chatwoot/message-lone-surrogate.json");
    let plain = read(CHATS, &chat).unwrap();
    assert_eq!(plain.events.len(), 1);
    let wrapped = json!({"Type": "Notification", "TopicArn": "t", "Message": chat}).to_string();
    assert_eq!(read(CHATS, &wrapped).unwrap(), plain);
    let whole = chat.replace(r"\ud83d ", r"\ud83d\ude00 ");
    let whole = format!(
        "{:?}",
        read(CHATS, &whole).unwrap().events[0].content_hash()
    );
    let other = format!("{:?}", plain.events[0].content_hash());
    assert_ne!(whole, other, "a whole pair stays");
}

fn notice(kind: &str, words: &str) -> String {
    json!({
        "Type": kind,
        "MessageId": "d0000000-0000-4000-8000-000000000009",
        "Token": "invented",
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:t",
        "Message": words,
        "SubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&Token=invented",
        "Timestamp": "2026-03-03T13:05:57.860Z",
    })
    .to_string()
}

fn read(sources: &[&dyn Source], body: &str) -> Result<Reading, Rejection> {
    let context = Context {
        received_at: "2026-03-06T12:00:00Z".parse().unwrap(),
        region: None,
    };
    sources::read(sources, body, &BTreeMap::new(), &context)
}

fn fixture(path: &str) -> String {
    let fixtures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    fs::read_to_string(fixtures.join(path)).unwrap()
}
