//! Genesys Cloud.

use super::*;

const GENESYS: [&str; 10] = [
    "customer-start.json",
    "flow-start.json",
    "attributes.json",
    "contact.json",
    "acd-start.json",
    "user-start.json",
    "acd-end.json",
    "user-end.json",
    "customer-end.json",
    "acw.json",
];

#[test]
fn complaint_13_a_genesys_call_is_the_same_in_any_order_and_repetition() {
    let events = events("genesys", &GENESYS);
    let summary = story(&events);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.agents, ["b7e3f9a1-4c2d-4e8b-a6f5-3d1c9e7b2a48"]);
    assert_eq!(
        summary.disposition.as_deref(),
        Some("7f8e9d0c-1b2a-4c3d-8e4f-5a6b7c8d9e0f")
    );
    assert_eq!(customer_of(&events).as_deref(), Some(ADA));
}

#[test]
fn a_genesys_agent_who_is_alerted_has_not_answered() {
    let until = |last| story(&events("genesys", &GENESYS[..=last])).state;
    assert_eq!(until(4), State::Queued);
    assert_eq!(until(5), State::Ringing);
    assert_eq!(until(6), State::Active);
}

#[test]
fn a_genesys_caller_who_leaves_the_queue_gave_up() {
    let files = [
        "customer-start.json",
        "acd-start.json",
        "user-start.json",
        "user-end-not-answered.json",
        "acd-end-abandoned.json",
        "customer-end.json",
    ];
    assert_eq!(story(&events("genesys", &files)).state, State::Abandoned);
}

#[test]
fn a_genesys_call_without_a_queue_is_answered_by_what_its_user_talked() {
    let files = [
        "user-start-outbound.json",
        "customer-start-outbound.json",
        "user-end-outbound.json",
        "customer-end-outbound.json",
    ];
    let events = events("genesys", &files);
    let summary = story(&events);
    assert_eq!(summary.direction, Some(Direction::Outbound));
    assert_eq!(summary.agents.len(), 1);
    assert_eq!(customer_of(&events).as_deref(), Some(ADA));
}

#[test]
fn complaint_15_a_genesys_consult_names_no_agent_as_the_customer() {
    let withheld = changed(
        "genesys",
        "customer-start.json",
        "tel:+14155550123",
        "sip:anonymous@anonymous.invalid",
    );
    let mut all = withheld.events;
    for file in ["acd-start-consult.json", "user-start-consult.json"] {
        let reading = read(&Fixture::open("genesys", file)).unwrap();
        assert_eq!(reading.ignored.len(), 1, "{file}");
        all.extend(reading.events);
    }
    assert_eq!(customer_of(&all), None);
}

#[test]
fn what_genesys_cloud_ties_a_conversation_to_takes_part_and_is_never_the_customer() {
    for file in ["customer-start.json", "contact.json"] {
        let event = &events("genesys", &[file])[0];
        assert_eq!(customer(event), Some(ADA));
        let contact = event.participants[0].uri.expose();
        assert_eq!(contact, "crm:genesys/d2f4a6c8-1e3b-4d5f-9a7c-6b8e0f2d4c10");
    }
}

#[test]
fn a_genesys_event_that_is_put_on_the_bus_again_is_the_same_event() {
    let first = events("genesys", &["customer-start.json"]);
    let renamed = events("genesys", &["detail-type-renamed.json"]);
    assert_eq!(first[0].id, renamed[0].id);
    assert_eq!(first[0].content_hash(), renamed[0].content_hash());
}

#[test]
fn a_transcript_is_what_customer_and_agent_said() {
    let events = events("genesys", &["transcription.json"]);
    let said: Vec<_> = events.iter().map(|event| event.fact.kind()).collect();
    assert_eq!(said, ["message", "message"]);
}
