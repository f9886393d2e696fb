//! The sources of the queue `chat-events`, read as a deployed stack reads them. One fixture is one delivery.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use sources::{CHATS, Context, Reading, Rejection};
use timeline::{Author, Direction, Event, Fact, Interaction, Opening, Relation, Status};

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
fn the_same_event_over_two_webhooks_is_one_event() {
    // Each webhook has a delivery id of its own, and looks at the conversation a moment later.
    for name in [
        "message-incoming",
        "message-outgoing",
        "message-private-note",
    ] {
        let body = fixture(CHATWOOT, name);
        let again = changed(&body, |m| {
            m["conversation"]["status"] = json!("resolved");
            m["conversation"]["unread_count"] = json!(9);
            m["conversation"]["updated_at"] = json!(1_772_999_999.5);
            m["conversation"]["labels"] = json!(["complaint"]);
            m["conversation"]["meta"]["assignee"] = json!({"id": 8, "name": "Di Sample"});
        });
        assert_same(
            &event_with(&body, "delivery-1"),
            &event_with(&again, "delivery-2"),
        );
    }
    let created = fixture(CHATWOOT, "conversation-created");
    let again = changed(&created, |c| {
        c["status"] = json!("pending");
        c["messages"][0]["content"] = json!("We answer within the hour.");
        c["meta"]["team"] = json!({"id": 5, "name": "Deliveries"});
        c["updated_at"] = json!(1_772_999_999);
    });
    assert_same(&event(&created), &event(&again));
}

#[test]
fn a_conversation_can_be_resolved_opened_and_resolved_again() {
    let body = fixture(CHATWOOT, "conversation-resolved");
    let opened = changed(&body, |c| {
        c["status"] = json!("open");
        c["updated_at"] = json!(1_772_544_100.25);
    });
    let resolved = changed(&body, |c| c["updated_at"] = json!(1_772_544_200.25));
    let ids: BTreeSet<_> = [&body, &opened, &resolved].map(|b| event(b).id).into();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_changed_state_is_one_event_whichever_webhook_tells_it() {
    let body = fixture(CHATWOOT, "conversation-resolved");
    for other in ["conversation_updated", "conversation_resolved"] {
        let again = changed(&body, |c| c["event"] = json!(other));
        assert_same(&event(&body), &event(&again));
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
fn complaint_17_an_update_of_a_message_is_never_a_second_message() {
    for name in [
        "message-deleted",
        "message-edited",
        "message-email-submitted",
    ] {
        let update = event(&fixture(CHATWOOT, name));
        assert!(matches!(update.fact, Fact::Updated(_)), "{name}");
        assert_eq!(update.customer, None, "{name} moves no interaction");
    }
    let delivered = read(&fixture(CHATWOOT, "message-delivered")).unwrap();
    assert_eq!(delivered.events, []);
    assert_eq!(delivered.ignored, ["chatwoot message_updated"]);
}

#[test]
fn the_strongest_identity_is_the_customer_and_the_others_take_part() {
    let event = event(&fixture(CHATWOOT, "message-incoming"));
    assert_eq!(uri(&event).as_deref(), Some("tel:+14155550123"));
    let others: Vec<_> = event.participants.iter().map(|p| p.uri.expose()).collect();
    assert_eq!(
        others,
        [
            "mailto:ada.example@example.com",
            "visitor:chatwoot/0b6c1f2e-5b1d-4a52-9a57-0d1f6d1c7a10"
        ]
    );
}

#[test]
fn an_inboxs_own_id_of_a_person_that_is_their_number_is_no_second_identity() {
    let event = event(&fixture(CHATWOOT, "message-whatsapp"));
    let others: Vec<_> = event.participants.iter().map(|p| p.uri.expose()).collect();
    assert_eq!(others, ["crm:chatwoot/loyal-77"]);
}

#[test]
fn complaint_2_a_national_number_is_read_in_the_stacks_region() {
    let body = changed(&fixture(CHATWOOT, "message-whatsapp"), |m| {
        m["conversation"]["meta"]["sender"]["phone_number"] = json!("(415) 555-0124");
        m["sender"] = Value::Null;
    });
    assert_eq!(uri(&event(&body)).as_deref(), Some("tel:+14155550124"));
}

#[test]
fn the_agent_is_never_the_customer() {
    let body = changed(&fixture(CHATWOOT, "message-outgoing"), |m| {
        m["conversation"]["meta"] = Value::Null;
        m["conversation"]["contact_inbox"] = Value::Null;
    });
    let event = event(&body);
    assert_eq!(event.customer, None);
    assert_eq!(event.participants, []);
    assert_eq!(event.customer_name, None);
}

#[test]
fn another_person_who_writes_into_a_conversation_does_not_become_its_customer() {
    let body = changed(&fixture(CHATWOOT, "message-visitor"), |m| {
        m["sender"] = json!({"id": 44, "name": "Di Sample", "phone_number": "+14155550125"});
    });
    let uri = uri(&event(&body)).unwrap();
    assert!(uri.starts_with("visitor:chatwoot/"), "{uri}");
}

#[test]
fn a_bad_number_or_address_costs_the_identity_and_not_the_message() {
    let event = event(&fixture(CHATWOOT, "message-bad-phone"));
    assert_eq!(
        uri(&event).as_deref(),
        Some("visitor:chatwoot/2-contact-43")
    );
    assert_eq!(author(&event), Some(Author::Customer));
}

#[test]
fn who_wrote_first_began_the_conversation() {
    let direction = |name| event(&fixture(CHATWOOT, name)).direction;
    assert_eq!(direction("message-incoming"), Some(Direction::Inbound));
    assert_eq!(direction("message-outgoing"), None, "an answer");
    assert_eq!(
        direction("message-outgoing-first"),
        Some(Direction::Outbound)
    );
}

#[test]
fn a_label_makes_a_complaint_in_any_case_and_only_a_list_of_labels_denies_one() {
    let complaint = |labels: Value| {
        let body = changed(&fixture(CHATWOOT, "conversation-resolved"), |c| {
            c["labels"] = labels.clone();
        });
        match event(&body).fact {
            Fact::Status(change) => change.complaint,
            other => panic!("{}", other.kind()),
        }
    };
    assert_eq!(complaint(json!(["parcel", "COMPLAINT"])), Some(true));
    assert_eq!(complaint(json!([" complaint "])), Some(true));
    assert_eq!(complaint(json!(["complaints-desk"])), Some(false));
    assert_eq!(complaint(json!([])), Some(false));
    assert_eq!(complaint(Value::Null), None);
}

#[test]
fn the_account_is_part_of_the_interaction_wherever_it_stands() {
    let body = fixture(CHATWOOT, "conversation-created");
    let direct = event(&body).interaction_id;
    assert_eq!(direct.as_str(), "chatwoot:2:207");
    let nested = changed(&body, |c| c["account"] = Value::Null);
    assert_eq!(event(&nested).interaction_id, direct);
    let texts = changed(&body, |c| {
        c["account"]["id"] = json!("2");
        c["id"] = json!("207");
    });
    assert_eq!(event(&texts).interaction_id, direct);
    let message = event(&fixture(CHATWOOT, "message-incoming"));
    assert_eq!(message.interaction_id, direct);
    let other = changed(&body, |c| c["account"]["id"] = json!(3));
    assert_ne!(event(&other).interaction_id, direct);
}

#[test]
fn a_chat_of_amazon_connect_is_the_interaction_of_its_contact() {
    let events = [
        "joined-customer",
        "message-customer",
        "joined-agent",
        "message-for-agents",
        "chat-ended",
    ]
    .map(|name| event(&fixture(CONNECT, name)));
    for event in &events {
        let id = event.interaction_id.as_str();
        assert_eq!(id, "amazon-connect:5f2b7c10-1111-4aaa-9bbb-0c0c0c0c0c01");
        assert_eq!(event.related, [], "it is its own first contact");
    }
    assert!(matches!(&events[0].fact, Fact::Started(s) if s.opening == Opening::Open));
    assert!(
        matches!(&events[2].fact, Fact::Answered(p) if p.agent.as_deref() == Some("Bo Sample"))
    );
    assert!(matches!(events[4].fact, Fact::Ended(_)));
    let interaction = Interaction::of(&events).unwrap();
    let customer = interaction.customer().map(|c| c.uri.expose());
    assert_eq!(
        customer,
        Some("visitor:amazon-connect/b0000000-0000-4000-8000-00000000c001")
    );
}

#[test]
fn complaint_16_a_transferred_chat_points_to_where_it_began() {
    let event = event(&fixture(CONNECT, "message-agent-after-transfer"));
    let id = event.interaction_id.as_str();
    assert_eq!(id, "amazon-connect:5f2b7c10-2222-4aaa-9bbb-0c0c0c0c0c02");
    let related: Vec<_> = event
        .related
        .iter()
        .map(|r| (r.relation, r.interaction_id.as_str()))
        .collect();
    let initial = "amazon-connect:5f2b7c10-0000-4aaa-9bbb-0c0c0c0c0c00";
    assert_eq!(related, [(Relation::Initial, initial)]);
}

#[test]
fn raw_delivery_says_the_same_as_the_envelope() {
    assert_same(
        &event(&fixture(CONNECT, "message-customer")),
        &event(&fixture(CONNECT, "message-customer-raw-delivery")),
    );
}

#[test]
fn json_for_a_widget_is_never_shown_as_words() {
    let text = |name| match event(&fixture(CONNECT, name)).fact {
        Fact::Message(message) => message.text.text.expose().to_owned(),
        other => panic!("{}", other.kind()),
    };
    assert_eq!(text("message-interactive"), "Which evening suits you?");
    assert_eq!(text("message-json-without-words"), "");
}

#[test]
fn only_customers_and_agents_who_join_change_the_chat() {
    for (name, ignored) in [
        ("joined-supervisor", "amazon-connect participant.joined"),
        ("left-agent", "amazon-connect participant.left"),
        ("typing", "amazon-connect typing"),
        ("transfer-succeeded", "amazon-connect transfer.succeeded"),
        ("receipt", "amazon-connect message.metadata"),
    ] {
        let reading = read(&fixture(CONNECT, name)).unwrap();
        assert_eq!(reading.events, [], "{name}");
        assert_eq!(reading.ignored, [ignored]);
    }
}

#[test]
fn an_unused_event_is_counted_by_its_name_and_never_by_what_it_says() {
    for (name, ignored) in [
        ("contact-updated", "chatwoot contact_updated"),
        ("webwidget-triggered", "chatwoot webwidget_triggered"),
        ("typing", "chatwoot conversation_typing_on"),
        ("automation", "chatwoot automation_event.message_created"),
        ("conversation-waiting", "chatwoot conversation_updated"),
    ] {
        let reading = read(&fixture(CHATWOOT, name)).unwrap();
        assert_eq!(reading.events, [], "{name}");
        assert_eq!(reading.ignored, [ignored]);
    }
    let body = changed(&fixture(CHATWOOT, "typing"), |c| {
        c["event"] = json!("note_for ada.example@example.com");
    });
    assert_eq!(read(&body).unwrap().ignored, ["chatwoot other"]);
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

#[test]
fn every_status_has_its_meaning_as_word_and_as_number() {
    for (words, number, status) in [
        (["open", "open"], 0, Status::Open),
        (["resolved", "resolved"], 1, Status::Resolved),
        (["pending", "bot"], 2, Status::Pending),
        (["snoozed", "snoozed"], 3, Status::Snoozed),
    ] {
        for written in [json!(words[0]), json!(words[1]), json!(number)] {
            let body = changed(&fixture(CHATWOOT, "conversation-resolved"), |c| {
                c["status"] = written.clone();
            });
            assert!(
                matches!(event(&body).fact, Fact::Status(change) if change.status == status),
                "{written}"
            );
        }
    }
}

#[test]
fn names_texts_and_lists_are_bounded() {
    let body = changed(&fixture(CHATWOOT, "message-incoming"), |m| {
        m["content"] = json!("ä".repeat(75_000));
        m["sender"]["name"] = json!("n".repeat(100_000));
        m["attachments"] = json!(vec![
            json!({"data_url": "https://x.example/".repeat(999)});
            999
        ]);
    });
    let event = event(&body);
    let size = serde_json::to_string(&event).unwrap().len();
    assert!(size < 64 * 1024, "{size} bytes");
    let Fact::Message(message) = event.fact else {
        panic!("a message")
    };
    assert_eq!(message.text.full_length, Some(150_000));
    assert_eq!(message.attachments.len(), timeline::MAX_ATTACHMENTS);
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
        let mut value: Value = serde_json::from_str(&fixture(folder, name)).unwrap();
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
        _ => 0,
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
        _ => false,
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
    match &event.fact {
        Fact::Message(message) => Some(message.author),
        _ => None,
    }
}
