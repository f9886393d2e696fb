//! The sources of the queue `call-events`, read as a deployed stack reads them. One fixture is one delivery.

#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is not there or not as it should be fails its test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use sources::{CALLS, Context, Reading, Rejection};
use timeline::{Direction, Event, Fact, Opening, Relation};

#[path = "calls/any_input.rs"]
mod any_input;
#[path = "calls/cti.rs"]
mod pushes;
#[path = "calls/unread.rs"]
mod unread;

/// What Amazon Connect sends of one call.
const NAMES_OF_A_CALL: [&str; 9] = [
    "event-initiated.json",
    "event-connected-to-system.json",
    "event-queued.json",
    "event-connected-to-agent.json",
    "event-data-updated.json",
    "event-disconnected.json",
    "event-completed.json",
    "record.json",
    "record-resent.json",
];

#[test]
fn each_fixture_means_what_its_snapshot_says() {
    for folder in ["amazon-connect", "cti"] {
        let names = names(folder);
        assert!(names.len() > 15, "fixtures of {folder}");
        for name in names {
            let meaning = match read(&fixture(folder, &name)) {
                Ok(reading) => json!({
                    "events": reading.events,
                    "ignored": reading.ignored,
                    "rejected": texts(&reading.rejections),
                }),
                Err(rejection) => json!({ "refused": rejection.to_string() }),
            };
            assert_eq!(
                name.starts_with("bad-"),
                meaning.get("refused").is_some(),
                "{name}"
            );
            let case = format!("{folder}__{}", name.replace('.', "-"));
            insta::assert_json_snapshot!(case, meaning);
        }
    }
}

#[test]
fn the_events_and_records_of_a_call_meet_in_one_interaction_and_only_records_name_the_customer() {
    let events: Vec<Event> = NAMES_OF_A_CALL.iter().map(|name| connect(name)).collect();
    let interactions: BTreeSet<_> = events.iter().map(|e| e.interaction_id.as_str()).collect();
    assert_eq!(
        interactions,
        BTreeSet::from(["amazon-connect:5f0c2a10-1111-4a1b-9c3d-000000000001"])
    );
    let ids: BTreeSet<_> = events.iter().map(|e| e.id.as_str()).collect();
    assert_eq!(ids.len(), events.len(), "each is an event of its own");
    for event in &events {
        let customer = matches!(event.fact, Fact::Record(_)).then_some("tel:+14155550142");
        assert_eq!(uri(event).as_deref(), customer);
        assert_eq!(event.direction, Some(Direction::Inbound));
    }
}

#[test]
fn the_same_delivery_again_is_the_same_event_whenever_it_arrives() {
    for name in NAMES_OF_A_CALL {
        let body = fixture("amazon-connect", name);
        let late = Context {
            received_at: "2027-11-30T00:00:00Z".parse().unwrap(),
            ..context()
        };
        let late = sources::read(CALLS, &body, &BTreeMap::new(), &late).unwrap();
        let first = connect(name);
        assert_eq!(late.events[0].id, first.id);
        assert_eq!(late.events[0].content_hash(), first.content_hash());
        assert_ne!(late.events[0].received_at, first.received_at);
    }
}

#[test]
fn complaint_33_a_resent_record_is_a_newer_version_of_the_same_call() {
    let (first, second) = (connect("record.json"), connect("record-resent.json"));
    assert!(second.version > first.version);
    assert_eq!(first.occurred_at, second.occurred_at);
    let Fact::Record(record) = second.fact else {
        panic!()
    };
    assert_eq!(record.disposition.as_deref(), Some("offer sent"));
    assert_eq!(record.complaint, Some(true));
    assert_eq!(
        record.attributes.len(),
        4,
        "`Language` and `language` are two attributes"
    );
}

#[test]
fn a_kinesis_record_holds_the_same_contact_record() {
    assert_eq!(connect("record-kinesis.json"), connect("record.json"));
}

#[test]
fn a_record_in_another_case_is_the_same_call() {
    let (plain, other) = (connect("record.json"), connect("record-other-case.json"));
    assert_eq!(other.interaction_id, plain.interaction_id);
    assert_eq!(other.id, plain.id);
    assert_eq!(uri(&other), uri(&plain));
    let (Fact::Record(plain), Fact::Record(other)) = (plain.fact, other.fact) else {
        panic!()
    };
    assert_eq!(other.agent, plain.agent);
    assert_eq!(other.attributes, plain.attributes);
    assert_eq!(other.ended_at, None, "1970-01-01T00:00:00.001Z is no time");
    assert_eq!(other.talk_ms, None, "no talk time while the call lasts");
}

#[test]
fn a_bad_record_of_a_list_leaves_the_others_alone() {
    let reading = read(&fixture("amazon-connect", "record-array-one-bad.json")).unwrap();
    assert_eq!(reading.events, [connect("record.json")]);
    assert_eq!(reading.rejections, [Rejection::missing("ContactId")]);
}

#[test]
fn the_customer_of_an_outbound_call_is_the_called_party() {
    let record = connect("record-outbound.json");
    assert_eq!(record.direction, Some(Direction::Outbound));
    assert_eq!(uri(&record).as_deref(), Some("tel:+442079460018"));
    let pushed = cti("new-call-out.txt");
    assert_eq!(pushed.direction, Some(Direction::Outbound));
    assert_eq!(uri(&pushed).as_deref(), Some("tel:+14155550142"));
}

#[test]
fn a_number_that_is_written_as_one_is_the_same_customer() {
    let mut record: Value =
        serde_json::from_str(&fixture("amazon-connect", "record.json")).unwrap();
    record["CustomerEndpoint"]["Address"] = json!(14_155_550_142_u64);
    let event = read(&record.to_string()).unwrap().events.remove(0);
    assert_eq!(uri(&event), uri(&connect("record.json")));
}

#[test]
fn a_withheld_number_is_nobody_and_the_event_stays() {
    assert_eq!(connect("record-withheld.json").customer, None);
    assert_eq!(cti("new-call-withheld.txt").customer, None);
}

#[test]
fn complaint_2_a_national_number_is_read_in_the_region_of_the_dialled_number() {
    let german = Some("tel:+493023125042");
    assert_eq!(
        uri(&connect("record-national-number.json")).as_deref(),
        german
    );
    assert_eq!(uri(&cti("new-call-national.txt")).as_deref(), german);
}

#[test]
fn complaint_10_the_own_number_is_nobodys_identity() {
    for event in [
        connect("record-own-number.json"),
        cti("new-call-own-number.txt"),
    ] {
        assert_eq!((event.customer, event.participants), (None, vec![]));
    }
    for name in ["new-call.txt", "answer.txt", "new-call-out.txt"] {
        assert_eq!(cti(name).participants, [], "{name}");
    }
}

#[test]
fn complaint_14_a_transfer_link_to_itself_is_none() {
    assert_eq!(cti("new-call-transferred-to-itself.txt").related, []);
    for name in ["new-call-transferred.txt", "new-call-original-call-id.txt"] {
        let linked = cti(name).related;
        assert_eq!(linked.len(), 1, "{name}");
        assert_eq!(linked[0].relation, Relation::Previous);
        assert_eq!(linked[0].interaction_id, cti("new-call.txt").interaction_id);
    }
    let relations: Vec<_> = connect("record-transfer.json")
        .related
        .into_iter()
        .map(|related| related.relation)
        .collect();
    assert_eq!(
        relations,
        [Relation::Initial, Relation::Previous, Relation::Next]
    );
}

#[test]
fn a_claimed_customer_id_takes_part_and_never_names_the_customer() {
    let event = connect("event-connected-to-agent.json");
    assert_eq!(event.customer, None);
    assert_eq!(
        event.participants[0].uri.expose(),
        "crm:amazon-connect/crm-4711"
    );
}

#[test]
fn a_contact_event_has_the_milliseconds_of_its_detail_and_else_its_envelopes_time() {
    let at = |name| connect(name).occurred_at.unwrap().to_string();
    assert_eq!(at("event-queued.json"), "2026-03-02T09:00:20.412Z");
    assert_eq!(at("event-other-case.json"), "2026-03-02T10:00:05.000Z");
    assert_eq!(at("event-task-paused.json"), "2026-03-02T11:05:00.000Z");
}

#[test]
fn only_an_outbound_call_begins_with_ringing() {
    let opening = |name| {
        let Fact::Started(started) = connect(name).fact else {
            panic!("{name}")
        };
        started.opening
    };
    assert_eq!(opening("event-initiated.json"), Opening::Ivr);
    assert_eq!(opening("event-outbound.json"), Opening::Ringing);
    assert_eq!(opening("event-outbound-by-api.json"), Opening::Ringing);
    assert_eq!(opening("event-chat.json"), Opening::Open);
}

#[test]
fn other_systems_are_not_taken_for_a_cti_push_or_a_contact_record() {
    for body in [
        json!({"event": "message_created", "id": 7, "account": {"id": 1}, "conversation": {"id": 3}}),
        json!({"ContactId": "c", "AbsoluteTime": "2026-03-02T09:00:00Z", "Type": "MESSAGE"}),
        json!({"eventType": "QUEUED", "contactId": "c", "initiationMethod": "INBOUND"}),
        json!({"event": "answer"}),
        json!([]),
        json!([1, "x"]),
    ] {
        assert_eq!(
            read(&body.to_string()),
            Err(Rejection::UnknownEnvelope),
            "{body}"
        );
    }
    let elsewhere = json!({"source": "aws.ec2", "detail-type": "x", "detail": {}});
    assert_eq!(
        read(&elsewhere.to_string()),
        Err(Rejection::UnknownEnvelope)
    );
}

#[test]
fn lists_and_names_beyond_their_limits_are_cut() {
    let mut record: Value =
        serde_json::from_str(&fixture("amazon-connect", "record.json")).unwrap();
    record["Agent"]["Username"] = json!("ä".repeat(1000));
    for n in 0..500 {
        record["Attributes"][format!("k{n:03}")] = json!("v".repeat(40_000));
    }
    record["Attributes"]["zz"] = json!(7);
    record["Attributes"]["DISPOSITION"] = json!("still found");
    let event = read(&record.to_string()).unwrap().events.remove(0);
    let Fact::Record(record) = event.fact else {
        panic!()
    };
    assert_eq!(record.agent.unwrap().len(), 256);
    assert_eq!(record.attributes.len(), timeline::MAX_ATTRIBUTES);
    assert!(record.attributes.values().all(|v| v.expose().len() <= 1024));
    assert_eq!(record.disposition.as_deref(), Some("still found"));
    let ringing = "&user[]=x".repeat(500);
    let push = read(&format!("event=newCall&callId=1{ringing}")).unwrap();
    let Fact::Started(started) = &push.events[0].fact else {
        panic!()
    };
    assert_eq!(started.ringing.len(), 32);
}

#[test]
fn durations_that_are_none_are_absent() {
    for (seconds, millis) in [
        (json!(1.5), Some(1500)),
        (json!("61"), Some(61_000)),
        (json!(-1), None),
        (json!("NaN"), None),
        (json!(1e300), None),
        (json!({}), None),
        (Value::Null, None),
    ] {
        let mut record: Value =
            serde_json::from_str(&fixture("amazon-connect", "record.json")).unwrap();
        record["Queue"]["Duration"] = seconds.clone();
        let Fact::Record(record) = read(&record.to_string()).unwrap().events.remove(0).fact else {
            panic!()
        };
        assert_eq!(record.queue_ms, millis, "{seconds}");
    }
}

fn context() -> Context {
    Context {
        received_at: "2026-03-06T12:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    }
}

fn read(body: &str) -> Result<Reading, Rejection> {
    sources::read(CALLS, body, &BTreeMap::new(), &context())
}

fn connect(name: &str) -> Event {
    only("amazon-connect", name)
}

fn cti(name: &str) -> Event {
    only("cti", name)
}

/// The one event of a fixture.
fn only(folder: &str, name: &str) -> Event {
    let mut reading = read(&fixture(folder, name)).unwrap();
    assert_eq!(reading.events.len(), 1, "{name}");
    reading.events.remove(0)
}

fn uri(event: &Event) -> Option<String> {
    let customer = event.customer.as_ref()?;
    Some(customer.uri.expose().to_owned())
}

fn texts(rejections: &[Rejection]) -> Vec<String> {
    rejections.iter().map(ToString::to_string).collect()
}

fn folder_of(folder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(folder)
}

fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder_of(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn fixture(folder: &str, name: &str) -> String {
    fs::read_to_string(folder_of(folder).join(name)).unwrap()
}
