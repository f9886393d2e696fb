//! What Amazon SES sends, as events. One snapshot per fixture, and the behaviour that the snapshots stand for.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails where its own fixture cannot be read"
)]

mod feedback;
mod hostile;
mod trust;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sources::{Context, EMAILS, Reading, Rejection};
use timeline::{Event, Fact, Mail, Timestamp};

fn context() -> Context {
    Context {
        received_at: "2026-03-02T09:15:05Z".parse().unwrap(),
        region: None,
    }
}

fn read(body: &str) -> Result<Reading, Rejection> {
    sources::read(EMAILS, body, &BTreeMap::new(), &context())
}

fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/ses/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

fn fixture_value(name: &str) -> Value {
    serde_json::from_str(&fixture(name)).unwrap()
}

/// The one event of a fixture.
fn event(name: &str) -> Event {
    only(read(&fixture(name)).unwrap())
}

fn event_of(payload: &Value) -> Event {
    only(read(&payload.to_string()).unwrap())
}

fn only(mut reading: Reading) -> Event {
    assert_eq!(reading.events.len(), 1);
    reading.events.remove(0)
}

fn mail(event: &Event) -> &Mail {
    let Fact::Mail(mail) = &event.fact else {
        panic!("not a mail: {}", event.fact.kind())
    };
    mail
}

fn text(event: &Event) -> &str {
    mail(event)
        .text
        .as_ref()
        .map_or("", |text| text.text.expose())
}

fn customer(event: &Event) -> &str {
    event
        .customer
        .as_ref()
        .map_or("nobody", |customer| customer.uri.expose())
}

#[test]
fn each_fixture_means_what_its_snapshot_says() {
    let folder = format!("{}/fixtures/ses", env!("CARGO_MANIFEST_DIR"));
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    names.sort();
    for name in names {
        let meaning = match read(&fixture(&name)) {
            Ok(reading) => json!({
                "events": reading.events,
                "ignored": reading.ignored,
                "rejected": reading.rejections.iter().map(ToString::to_string).collect::<Vec<_>>(),
            }),
            Err(rejection) => json!({ "refused": rejection.to_string() }),
        };
        insta::assert_json_snapshot!(format!("ses__{name}"), meaning);
    }
}

#[test]
fn a_reply_is_of_the_same_interaction_as_the_first_mail() {
    let first = event("text-utf8");
    let reply = event("reply-with-references");
    assert_eq!(first.interaction_id, reply.interaction_id);
    assert_ne!(first.id, reply.id);
}

#[test]
fn an_answer_is_of_the_interaction_of_the_mail_that_ses_sent() {
    let mut answer = fixture_value("no-message-id");
    answer["mail"]["headers"] = json!([
        {"name": "From", "value": "Ada <ada@example.com>"},
        {"name": "References", "value": "<ses-sent-1@eu-central-1.amazonses.com>"},
    ]);
    answer["mail"]["commonHeaders"] = json!({"from": ["Ada <ada@example.com>"]});
    assert_eq!(
        event_of(&answer).interaction_id,
        event("delivery").interaction_id
    );
}

#[test]
fn the_same_mail_reported_by_two_rules_is_one_event() {
    let first = fixture_value("reply-with-references");
    let mut second = first.clone();
    second["receipt"]["recipients"] = json!(["sales@shop.example.org"]);
    second["receipt"]["timestamp"] = json!("2026-03-02T09:15:09.000Z");
    second["receipt"]["processingTimeMillis"] = json!(17);
    assert_eq!(
        event_of(&first).content_hash(),
        event_of(&second).content_hash()
    );
}

#[test]
fn complaint_17_the_same_notification_again_is_the_same_event() {
    assert_eq!(
        event("attachments").content_hash(),
        event("attachments").content_hash()
    );
}

#[test]
fn complaint_34_a_mail_that_cannot_be_read_is_rejected_by_the_name_of_its_field() {
    for (name, expected) in [
        ("bad-no-message-id", "the field `mail.messageId` is missing"),
        ("bad-no-timestamp", "the field `mail.timestamp` is missing"),
        (
            "bad-timestamp",
            "the field `mail.timestamp` is not an RFC 3339 time",
        ),
        (
            "bad-content-not-base64",
            "the field `content` is not base64",
        ),
        (
            "bad-bounce-no-time",
            "the field `bounce.timestamp` is missing",
        ),
        (
            "bad-bounce-no-recipient",
            "the field `bounce.bouncedRecipients` is missing",
        ),
    ] {
        assert_eq!(
            read(&fixture(name)).unwrap_err().to_string(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn the_header_of_the_mail_counts_where_the_list_of_headers_was_cut() {
    let thread = event("reply-with-references").interaction_id;
    let mut payload = fixture_value("headers-truncated");
    assert_eq!(event_of(&payload).interaction_id, thread);
    let cut = json!({"name": "References", "value": "<fir"});
    payload["mail"]["headers"].as_array_mut().unwrap().push(cut);
    assert_eq!(event_of(&payload).interaction_id, thread);
}

#[test]
fn what_is_known_and_not_used_is_ignored_by_name() {
    for (name, expected) in [
        ("open-by-machine", "ses Open by a machine"),
        (
            "open-several-receivers",
            "ses open by one of several receivers",
        ),
        ("complaint-not-spam", "ses Complaint not-spam"),
        ("setup", "ses AMAZON_SES_SETUP_NOTIFICATION"),
        ("sns-subscribed", "ses AmazonSnsSubscriptionSucceeded"),
        ("s3-event", "s3 ObjectCreated:Put"),
        ("s3-test", "s3:TestEvent"),
    ] {
        assert_eq!(
            read(&fixture(name)),
            Ok(Reading::ignored(expected)),
            "{name}"
        );
    }
}

#[test]
fn a_content_is_decoded_whether_or_not_the_action_says_that_it_is_base64() {
    let mut payload = fixture_value("text-windows-1252-base64");
    let said = event_of(&payload);
    payload["receipt"]["action"] = json!({"type": "SNS"});
    assert_eq!(said, event_of(&payload));
    assert!(text(&said).starts_with("Ich möchte die Schuhe zurückgeben"));
}

#[test]
fn times_are_those_of_ses_and_never_of_the_arrival() {
    let at: Timestamp = "2026-03-02T09:15:00.689Z".parse().unwrap();
    assert_eq!(event("text-utf8").occurred_at, Some(at));
    let bounced: Timestamp = "2026-03-01T08:00:03.250Z".parse().unwrap();
    assert_eq!(event("bounce-transient").occurred_at, Some(bounced));
}

#[test]
fn other_queues_messages_are_not_taken() {
    for body in [
        r#"{"event":"message_created"}"#,
        "[]",
        "{}",
        r#"{"Records":[{"dynamodb":{}}]}"#,
        r#"{"mail":"x"}"#,
    ] {
        assert_eq!(read(body), Err(Rejection::UnknownEnvelope), "{body}");
    }
}
