//! 3CX and sipgate: systems that tell little of a call.

use super::*;

#[test]
fn a_3cx_call_is_one_however_its_server_writes_times() {
    let id = only_interaction(&events("3cx", &["inbound.json"]));
    for file in [
        "inbound-us-times.json",
        "inbound-24-hours.json",
        "inbound-german-times.json",
        "inbound-iso-times.json",
        "inbound-form.txt",
    ] {
        assert_eq!(only_interaction(&events("3cx", &[file])), id, "{file}");
    }
    assert!(!id.contains("555"), "the key is a digest");
}

#[test]
fn complaint_13_a_3cx_call_at_two_telephones_is_answered_in_any_order() {
    let both = events("3cx", &["missed-at-another.json", "inbound.json"]);
    only_interaction(&both);
    let summary = story(&both);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.agents, ["Bo Sample"]);
}

#[test]
fn a_missed_3cx_call_was_given_up_and_an_unanswered_one_was_not() {
    let missed = story(&events("3cx", &["missed.json"]));
    assert_eq!(missed.state, State::Abandoned);
    assert_eq!(missed.duration_s, Some(25));
    let tried = story(&events("3cx", &["not-answered.json"]));
    assert_eq!(tried.state, State::Ended);
    assert_eq!(tried.direction, Some(Direction::Outbound));
}

#[test]
fn what_3cx_could_not_fill_is_nothing() {
    let told = changed("3cx", "inbound.json", "+14155550123", "[Number]");
    for event in &told.events {
        assert_eq!((customer(event), &event.unread_customer), (None, &None));
    }
    let unfilled = events("3cx", &["inbound-unfilled.json"]);
    let named = unfilled
        .iter()
        .any(|event| event.customer_name.is_some() || !event.participants.is_empty());
    assert!(!named);
}

#[test]
fn sipgate_and_the_generic_push_tell_their_own_calls() {
    let mut fixture = Fixture::open("sipgate", "named-new-call.txt");
    let sipgate = read(&fixture).unwrap();
    fixture.source = "cti";
    let generic = read(&fixture).unwrap();
    assert_eq!(
        sipgate.events[0].interaction_id.as_str(),
        "sipgate:2837261834"
    );
    assert_eq!(generic.events[0].interaction_id.as_str(), "cti:2837261834");
    let attributes = std::collections::BTreeMap::new();
    let by_shape = sources::read(sources::CALLS, &fixture.body, &attributes, &context());
    assert_eq!(by_shape, Ok(generic));
}

#[test]
fn complaint_13_a_sipgate_call_without_a_clock_is_the_same_in_any_order() {
    let files = ["named-new-call.txt", "named-answer.txt", "named-hangup.txt"];
    let events = events("sipgate", &files);
    let summary = story(&events);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.agents, ["Bo Sample"]);
    assert_eq!(customer_of(&events).as_deref(), Some("tel:+14155550142"));
    let machine = self::events(
        "sipgate",
        &[
            "named-new-call-anonymous.txt",
            "named-answer-voicemail.txt",
            "named-hangup-cancel.txt",
        ],
    );
    assert_eq!(story(&machine).state, State::Abandoned);
}
