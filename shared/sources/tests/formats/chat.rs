//! WhatsApp, Intercom, Zendesk, Crisp and tawk.to: what their deliveries come to, in any order.

mod desks;
mod hostile;
mod whatsapp;

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use sources::{Reading, Rejection};
use timeline::{
    Author, Channel, Direction, Event, Fact, Interaction, Reach, Relation, State, Summary,
};

use super::fixtures::{Fixture, context, read};

const SOURCES: [&str; 5] = ["whatsapp", "intercom", "zendesk", "crisp", "tawk"];

fn fixture(source: &'static str, name: &str) -> Fixture {
    Fixture::open(source, &format!("{name}.json"))
}

fn reading(source: &'static str, name: &str) -> Reading {
    read(&fixture(source, name)).unwrap()
}

fn events(source: &'static str, names: &[&str]) -> Vec<Event> {
    let readings = names.iter().map(|name| reading(source, name));
    readings.flat_map(|reading| reading.events).collect()
}

/// The first event of a fixture that was changed before it was read.
fn changed(source: &'static str, name: &str, change: impl Fn(&mut Value)) -> Event {
    let read = changed_reading(source, name, change).unwrap();
    read.events.into_iter().next().unwrap()
}

fn changed_reading(
    source: &'static str,
    name: &str,
    change: impl Fn(&mut Value),
) -> Result<Reading, Rejection> {
    let mut fixture = fixture(source, name);
    let mut body = serde_json::from_str(&fixture.body).unwrap();
    change(&mut body);
    fixture.body = body.to_string();
    read(&fixture)
}

fn message(body: &mut Value) -> &mut Value {
    &mut body["entry"][0]["changes"][0]["value"]["messages"][0]
}

fn summary(events: &[Event]) -> Summary {
    Interaction::of(events).unwrap().summary()
}

fn uri(event: &Event) -> Option<&str> {
    event
        .customer
        .as_ref()
        .map(|customer| customer.uri.expose())
}

fn participants(event: &Event) -> Vec<&str> {
    let all = event.participants.iter();
    all.map(|participant| participant.uri.expose()).collect()
}

/// A conversation of each source, in the order in which it happened, and how it ends.
fn stories() -> [(&'static str, Vec<&'static str>, State); 7] {
    [
        (
            "whatsapp",
            vec![
                "message-text",
                "status-sent",
                "status-delivered",
                "echo",
                "status-read",
                "message-image",
            ],
            State::Open,
        ),
        (
            "intercom",
            vec![
                "user-created",
                "operator-replied",
                "user-replied",
                "admin-assigned-team",
                "admin-assigned",
                "admin-replied",
                "admin-noted",
                "admin-snoozed",
                "admin-unsnoozed",
                "admin-closed",
                "rating-added",
                "rating-remark",
            ],
            State::Resolved,
        ),
        (
            "zendesk",
            vec![
                "ticket-created",
                "comment-public",
                "group-assignment-changed",
                "agent-assignment-changed",
                "priority-changed",
                "comment-agent",
                "comment-private",
                "status-hold",
                "status-changed",
                "csat-received",
            ],
            State::Resolved,
        ),
        (
            "zendesk",
            vec![
                "ticket-created-messaging",
                "message-added",
                "message-added-bot",
                "message-added-agent",
            ],
            State::Open,
        ),
        (
            "crisp",
            vec![
                "session-initiated",
                "session-pending",
                "message-send",
                "message-automated",
                "session-email",
                "message-received",
                "message-edited",
                "message-note",
                "session-resolved",
                "session-rating",
            ],
            State::Resolved,
        ),
        (
            "tawk",
            vec!["chat-start", "chat-end", "transcript"],
            State::Ended,
        ),
        ("tawk", vec!["ticket-create"], State::Open),
    ]
}

#[test]
fn complaint_13_any_order_and_any_repetition_come_to_the_same() {
    for (source, names, state) in stories() {
        let in_order = events(source, &names);
        let expected = Interaction::of(&in_order).unwrap();
        assert_eq!(expected.summary().state, state, "{source}: {names:?}");
        assert!(expected.customer().is_some(), "{source}: {names:?}");
        let backwards: Vec<Event> = in_order.iter().rev().cloned().collect();
        assert_eq!(Interaction::of(&backwards).unwrap(), expected, "{source}");
        for start in 0..in_order.len() {
            let mut turned = in_order.clone();
            turned.rotate_left(start);
            turned.extend(in_order.iter().take(start + 1).cloned());
            assert_eq!(
                Interaction::of(&turned).unwrap(),
                expected,
                "{source}, from {start}"
            );
        }
    }
}

#[test]
fn complaint_17_the_same_event_sent_again_is_the_same() {
    let first = reading("intercom", "admin-replied");
    let again = changed_reading("intercom", "admin-replied", |body| {
        body["delivery_attempts"] = json!(2);
        body["delivered_at"] = json!(1_772_443_100);
        body["first_sent_at"] = json!(1_772_443_050);
        // Another app of the workspace is told under an id of its own.
        body["id"] = json!("notif_00000000-0000-4000-a000-000000000000");
    });
    assert_eq!(again, Ok(first));

    let alone = reading("whatsapp", "message-text").events;
    let beside_another = changed_reading("whatsapp", "message-text", |body| {
        let copy = message(body).clone();
        let list = &mut body["entry"][0]["changes"][0]["value"]["messages"];
        list.as_array_mut().unwrap().push(copy);
    });
    let twice = beside_another.unwrap().events;
    assert_eq!(twice.len(), 2);
    assert!(twice.iter().all(|event| *event == alone[0]));

    // A reply that closes comes as a reply and as a close.
    let replied = changed_reading("intercom", "admin-closed", |body| {
        body["topic"] = json!("conversation.admin.replied");
    });
    assert_eq!(replied, Ok(reading("intercom", "admin-closed")));

    let before = reading("tawk", "transcript").events;
    let later = changed_reading("tawk", "transcript", |body| {
        body["time"] = json!("2026-03-02T09:59:00.000Z");
    });
    assert_eq!(later.unwrap().events, before);
}

#[test]
fn complaint_18_what_a_machine_writes_opens_nothing_and_is_no_customers_word() {
    for (source, name) in [
        ("intercom", "operator-replied"),
        ("zendesk", "message-added-bot"),
        ("crisp", "message-automated"),
        ("crisp", "message-picker"),
    ] {
        let read = reading(source, name);
        let Fact::Message(message) = &read.events[0].fact else {
            panic!("{source}/{name}")
        };
        assert_eq!(message.author, Author::System, "{source}/{name}");
        assert_ne!(summary(&read.events).state, State::Open, "{source}/{name}");
    }
    let changes = events(
        "whatsapp",
        &["message-number-changed", "status-sent", "status-read"],
    );
    assert_eq!(summary(&changes).state, State::Ended);
    // A closed conversation stays closed, whatever a machine adds.
    let closed = events("intercom", &["user-created", "admin-closed"]);
    let late = changed("intercom", "operator-replied", |body| {
        let parts = &mut body["data"]["item"]["conversation_parts"]["conversation_parts"];
        parts[0]["created_at"] = json!(1_772_446_000);
    });
    let all: Vec<Event> = closed.into_iter().chain([late]).collect();
    assert_eq!(summary(&all).state, State::Resolved);
}

#[test]
fn complaint_20_an_address_that_somebody_typed_is_never_the_customer() {
    for (source, name) in [
        ("crisp", "session-email"),
        ("crisp", "session-phone"),
        ("tawk", "chat-start"),
        ("tawk", "transcript"),
        ("intercom", "user-created-email"),
        ("intercom", "user-created"),
        ("intercom", "user-created-1"),
    ] {
        for event in reading(source, name).events {
            let customer = uri(&event).unwrap();
            let strong = customer.starts_with("visitor:") || customer.starts_with("crm:intercom/");
            assert!(strong, "{source}/{name}: {customer}");
            let typed = participants(&event);
            let claims = typed
                .iter()
                .any(|uri| uri.starts_with("mailto:") || uri.starts_with("tel:"));
            assert!(claims, "{source}/{name}: the address is lost");
        }
    }
    // Nor is a card that a customer sends over WhatsApp.
    let card = &reading("whatsapp", "message-contacts").events[0];
    assert_eq!(uri(card), Some("whatsapp:+14155550123"));
    assert_eq!(participants(card), ["tel:+14155550123"]);
    // Two visitors who type one address stay two.
    let other = changed("crisp", "session-email", |body| {
        body["data"]["session_id"] = json!("session_11111111-2222-4333-a444-555555555555");
    });
    let first = &reading("crisp", "session-email").events[0];
    assert_ne!(uri(&other), uri(first));
    assert_ne!(other.interaction_id, first.interaction_id);
}

#[test]
fn complaint_34_a_bad_part_is_refused_by_its_reason_and_holds_up_no_other() {
    for (source, name) in [
        ("whatsapp", "bad-one-of-several"),
        ("intercom", "bad-one-of-two"),
        ("tawk", "bad-one-of-several"),
    ] {
        let read = reading(source, name);
        assert_eq!(read.events.len(), 1, "{source}/{name}");
        assert_eq!(read.rejections.len(), 1, "{source}/{name}");
        assert!(
            read.rejections[0].to_string().contains("[]."),
            "{source}/{name}"
        );
    }
}

#[test]
fn a_delivery_beyond_its_limits_is_refused_as_a_whole() {
    let many = |body: &mut Value| {
        let one = message(body).clone();
        body["entry"][0]["changes"][0]["value"]["messages"] = json!(vec![one; 1001]);
    };
    let read = changed_reading("whatsapp", "message-text", many).unwrap();
    assert!(read.events.is_empty());
    assert!(matches!(
        read.rejections[0],
        Rejection::TooMuch { limit: 1000, .. }
    ));
    let changes = changed_reading("whatsapp", "message-text", |body| {
        let one = body["entry"][0]["changes"][0].clone();
        body["entry"][0]["changes"] = json!(vec![one; 1001]);
    });
    assert!(matches!(
        changes,
        Err(Rejection::TooMuch { limit: 1000, .. })
    ));
    let parts = changed_reading("intercom", "user-replied", |body| {
        let list = &mut body["data"]["item"]["conversation_parts"]["conversation_parts"];
        let one = list[0].clone();
        *list = json!(vec![one; 501]);
    });
    assert!(matches!(parts, Err(Rejection::TooMuch { limit: 500, .. })));
    let messages = changed_reading("tawk", "transcript", |body| {
        let list = &mut body["chat"]["messages"];
        let one = list[0].clone();
        *list = json!(vec![one; 1001]);
    });
    assert!(matches!(
        messages,
        Err(Rejection::TooMuch { limit: 1000, .. })
    ));
}

#[test]
fn each_kind_that_a_page_names_is_shown_by_a_fixture() {
    let described = SOURCES
        .into_iter()
        .chain(["chatwoot", "amazon-connect-chat"]);
    for name in described {
        let (_, source) = sources::find(name).unwrap();
        let about = source.about();
        assert!(!about.title.is_empty() && !about.setup.is_empty() && !about.limits.is_empty());
        assert!(!about.kinds.is_empty(), "{name}");
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(name);
        for kind in about.kinds {
            assert!(
                folder.join(kind.fixture).is_file(),
                "{name}: {}",
                kind.fixture
            );
        }
        if let Some(webhook) = about.webhook {
            assert!(!webhook.proof.is_empty(), "{name}");
            assert!(
                about.setup.iter().any(|step| step.contains("{url}")),
                "{name}"
            );
        }
    }
}
