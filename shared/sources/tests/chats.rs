//! The sources of the queue `chat-events`, read as a deployed stack reads them. One fixture is one delivery.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is missing or broken fails its test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use sources::{CHATS, Context, Reading, Rejection};
use timeline::{Author, Event, Fact, Message};

#[path = "chats/chatwoot.rs"]
mod chatwoot;
#[path = "chats/connect.rs"]
mod connect;

const CHATWOOT: &str = "chatwoot";
const CONNECT: &str = "amazon-connect-chat";

#[test]
fn each_fixture_means_what_its_snapshot_says() {
    for folder in [CHATWOOT, CONNECT] {
        let names = names(folder);
        assert!(names.len() > 15, "fixtures of {folder}");
        for name in names {
            let meaning = match read(&fixture(folder, &name)) {
                Ok(reading) => json!({
                    "events": reading.events,
                    "ignored": reading.ignored,
                    "rejected": reading.rejections.iter().map(ToString::to_string).collect::<Vec<_>>(),
                }),
                Err(rejection) => json!({ "refused": rejection.to_string() }),
            };
            assert_eq!(
                name.starts_with("bad-"),
                meaning.get("refused").is_some(),
                "{name}"
            );
            insta::assert_json_snapshot!(format!("{folder}__{name}"), meaning);
        }
    }
}

#[test]
fn a_private_note_is_never_what_a_customer_said() {
    let note = event(&fixture(CHATWOOT, "message-private-note"));
    assert!(matches!(&note.fact, Fact::Note(note) if note.agent.as_deref() == Some("Bo Sample")));
    assert_eq!(note.direction, None);
    for message_type in ["incoming", "outgoing", "activity", "template"] {
        for private in [json!(true), json!("true"), json!(1)] {
            let body = changed(&fixture(CHATWOOT, "message-private-with-file"), |m| {
                m["message_type"] = json!(message_type);
                m["private"] = private.clone();
            });
            let event = event(&body);
            let Fact::Message(message) = event.fact else {
                panic!("{message_type}: its file is lost")
            };
            assert!(message.private, "{message_type}");
            assert_ne!(message.author, Author::Customer, "{message_type}");
            assert_eq!(event.direction, None, "{message_type}");
        }
    }
    let whisper = event(&fixture(CONNECT, "message-for-agents"));
    assert!(matches!(whisper.fact, Fact::Note(_)));
    let odd = changed_item("message-for-agents", |i| {
        i["ParticipantRole"] = json!("CUSTOMER");
    });
    let Fact::Message(odd) = event(&odd).fact else {
        panic!("a message")
    };
    assert!(odd.private && odd.author == Author::System);
}

#[test]
fn complaint_18_what_the_system_writes_is_the_systems_and_opens_nothing() {
    for name in ["message-activity", "message-template", "message-bot"] {
        let event = event(&fixture(CHATWOOT, name));
        assert_eq!(author(&event), Some(Author::System), "{name}");
        assert_eq!(event.direction, None, "{name}");
    }
    for message_type in [json!(2), json!("3"), json!("activity"), json!("template")] {
        let body = changed(&fixture(CHATWOOT, "message-incoming"), |m| {
            m["message_type"] = message_type.clone();
        });
        assert_eq!(
            author(&event(&body)),
            Some(Author::System),
            "{message_type}"
        );
    }
    for name in ["message-bot", "message-system", "message-interactive"] {
        let event = event(&fixture(CONNECT, name));
        assert_eq!(author(&event), Some(Author::System), "{name}");
        assert_eq!(event.customer, None, "{name}");
    }
}

#[test]
fn a_rejection_names_the_field_and_never_its_value() {
    let refused = |folder, name| read(&fixture(folder, name)).unwrap_err();
    assert_eq!(
        refused(CHATWOOT, "bad-no-conversation-id"),
        Rejection::missing("conversation.id")
    );
    assert_eq!(
        refused(CHATWOOT, "bad-no-account"),
        Rejection::missing("account.id")
    );
    assert_eq!(
        refused(CONNECT, "bad-no-time"),
        Rejection::missing("AbsoluteTime")
    );
    let time = refused(CHATWOOT, "bad-time").to_string();
    assert_eq!(time, "the field `created_at` is not a time");
    let time = refused(CONNECT, "bad-time").to_string();
    assert_eq!(time, "the field `AbsoluteTime` is not an RFC 3339 time");
    let status = refused(CHATWOOT, "bad-status").to_string();
    assert_eq!(status, "the field `status` is no status of a conversation");
}

proptest! {
    #[test]
    fn no_body_ever_panics(body in ".{0,400}") {
        let _ = read(&body);
    }

    /// Takes a real delivery and puts something else in the place of one of its values.
    #[test]
    fn no_changed_delivery_ever_panics(
        folder in prop::sample::select(vec![CHATWOOT, CONNECT]),
        nth_file in any::<prop::sample::Index>(),
        nth_value in any::<prop::sample::Index>(),
        other in prop::sample::select(vec![
            Value::Null, json!(true), json!(-1), json!(1e300), json!(u64::MAX), json!(""), json!(" "),
            json!("%"), json!("https://x/%e4%"), json!("äöü\u{0}"), json!([]), json!([[], 1, {}]),
            json!({}), json!({"id": {}}), json!("9".repeat(5000)),
        ]),
    ) {
        let names = names(folder);
        let name = &names[nth_file.index(names.len())];
        // One fixture holds half a character, which not every reader of JSON takes.
        let body = fixture(folder, name).replace(r"\ud83d ", r"\ufffd ");
        let mut value: Value = serde_json::from_str(&body).unwrap();
        if let Some(inner) = value.get("Message").and_then(Value::as_str) {
            value = serde_json::from_str(inner).unwrap();
        }
        let count = count(&value);
        replace(&mut value, &mut nth_value.index(count), &other);
        if let Ok(reading) = read(&value.to_string()) {
            for event in &reading.events {
                prop_assert!(event.id.as_str().len() <= 200);
            }
        }
    }
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => fields.values().map(count).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Replaces the `nth` value in depth-first order.
fn replace(value: &mut Value, nth: &mut usize, other: &Value) -> bool {
    if *nth == 0 {
        *value = other.clone();
        return true;
    }
    *nth -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| replace(item, nth, other)),
        Value::Object(fields) => fields.values_mut().any(|field| replace(field, nth, other)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn context() -> Context {
    Context {
        received_at: "2026-11-21T12:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    }
}

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// The fixtures of a folder by their names without `.json`, in order.
fn names(name: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder(name))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn fixture(source: &str, name: &str) -> String {
    fs::read_to_string(folder(source).join(name).with_extension("json")).unwrap()
}

fn read(body: &str) -> Result<Reading, Rejection> {
    sources::read(CHATS, body, &BTreeMap::new(), &context())
}

fn event(body: &str) -> Event {
    let reading = read(body).unwrap();
    assert_eq!(reading.events.len(), 1, "{:?}", reading.ignored);
    reading.events.into_iter().next().unwrap()
}

/// The event of a delivery that came through the webhook function, with the provider's delivery id.
fn event_with(body: &str, delivery: &str) -> Event {
    let attributes = BTreeMap::from([
        ("source".to_owned(), CHATWOOT.to_owned()),
        (
            "headers".to_owned(),
            json!({"X-Chatwoot-Delivery": delivery}).to_string(),
        ),
    ]);
    let reading = sources::read(CHATS, body, &attributes, &context()).unwrap();
    reading.events.into_iter().next().unwrap()
}

fn changed(body: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::from_str(body).unwrap();
    change(&mut value);
    value.to_string()
}

/// An SNS delivery with a changed item in it.
fn changed_item(name: &str, change: impl FnOnce(&mut Value)) -> String {
    changed(&fixture(CONNECT, name), |sns| {
        let item = sns["Message"].as_str().unwrap();
        sns["Message"] = json!(changed(item, change));
    })
}

fn assert_same(one: &Event, other: &Event) {
    assert_eq!(one.interaction_id, other.interaction_id);
    assert_eq!(one.id, other.id);
    assert_eq!(one.content_hash(), other.content_hash());
}

fn uri(event: &Event) -> Option<String> {
    event.customer.as_ref().map(|c| c.uri.expose().to_owned())
}

fn author(event: &Event) -> Option<Author> {
    message(event).map(|message| message.author)
}

fn message(event: &Event) -> Option<&Message> {
    if let Fact::Message(message) = &event.fact {
        Some(message)
    } else {
        None
    }
}
