//! Asterisk by its manager and by its REST interface.

use super::*;

const AMI: [&str; 12] = [
    "newchannel.json",
    "queue-caller-join.json",
    "agent-called.json",
    "dial-begin.json",
    "dial-end.json",
    "agent-connect.json",
    "hold.json",
    "unhold.json",
    "blind-transfer.json",
    "agent-complete.json",
    "hangup.json",
    "list.json",
];

#[test]
fn complaint_13_an_asterisk_call_is_the_same_in_any_order_and_repetition() {
    let events = events("asterisk-ami", &AMI);
    assert_eq!(only_interaction(&events), "asterisk-ami:pbx1-1772442900.42");
    let summary = story(&events);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.agents, ["Bo Sample"]);
    assert_eq!(summary.queue.as_deref(), Some("support"));
    assert_eq!(customer_of(&events).as_deref(), Some(ADA));
}

#[test]
fn an_asterisk_call_goes_through_its_states() {
    let until = |last| story(&events("asterisk-ami", &AMI[..=last])).state;
    assert_eq!(until(0), State::Ivr);
    assert_eq!(until(1), State::Queued);
    assert_eq!(until(2), State::Ringing);
    assert_eq!(until(5), State::Active);
    assert_eq!(until(6), State::Held);
    assert_eq!(until(7), State::Active);
}

#[test]
fn an_asterisk_caller_who_leaves_the_queue_gave_up() {
    let files = [
        "newchannel.json",
        "queue-caller-join.json",
        "agent-called.json",
        "queue-caller-abandon.json",
        "hangup.json",
    ];
    assert_eq!(
        story(&events("asterisk-ami", &files)).state,
        State::Abandoned
    );
}

#[test]
fn only_the_first_channels_hangup_ends_an_asterisk_call() {
    let leg = read(&Fixture::open("asterisk-ami", "hangup-agents-leg.json")).unwrap();
    assert!(leg.events.is_empty());
    assert_eq!(leg.ignored, ["asterisk-ami Hangup"]);
}

#[test]
fn complaint_15_an_attended_transfer_keeps_the_customer_and_ends_the_call_between_agents() {
    let events = events(
        "asterisk-ami",
        &["newchannel.json", "attended-transfer.json"],
    );
    let (call, consult) = events.split_at(2);
    let summary = story(call);
    assert_eq!(summary.state, State::Active);
    assert_eq!(summary.agents, ["Cy Sample"]);
    assert_eq!(customer_of(call).as_deref(), Some(ADA));
    let consult = &consult[0];
    assert_eq!(story(std::slice::from_ref(consult)).state, State::Ended);
    assert_eq!(consult.related[0].relation, Relation::Next);
    assert_eq!(consult.related[0].interaction_id, call[0].interaction_id);
}

#[test]
fn complaint_12_an_asterisk_call_that_is_not_heard_of_ends_and_a_late_hangup_corrects_it() {
    let ringing = events("asterisk-ami", &["newchannel.json", "dial-begin.json"]);
    let later = "2026-03-02T12:00:00Z".parse().unwrap();
    assert_eq!(story(&ringing).as_of(later).state, State::EndedUnknown);
    let late = events(
        "asterisk-ami",
        &["newchannel.json", "dial-begin.json", "hangup.json"],
    );
    assert_eq!(story(&late).as_of(later).state, State::Abandoned);
}

#[test]
fn a_manager_without_a_clock_is_read_in_the_order_of_its_states() {
    let file = "newchannel-without-timestamp.json";
    let started = events("asterisk-ami", &[file]);
    assert_eq!(started[0].occurred_at, None);
    let mut all = started;
    for file in ["dial-begin.json", "dial-end.json"] {
        let mut fixture = Fixture::open("asterisk-ami", file);
        let mut value: Value = serde_json::from_str(&fixture.body).unwrap();
        value.as_object_mut().unwrap().remove("Timestamp");
        fixture.body = value.to_string();
        all.extend(read(&fixture).unwrap().events);
    }
    assert_eq!(story(&all).state, State::Active);
}

#[test]
fn field_names_in_any_case_and_numbers_as_numbers_say_the_same() {
    let plain = events("asterisk-ami", &["newchannel.json"]);
    for file in ["newchannel-other-case.json", "newchannel-form.txt"] {
        assert_eq!(events("asterisk-ami", &[file]), plain, "{file}");
    }
    let numbers = events("asterisk-ami", &["newchannel-numbers-as-numbers.json"]);
    assert_eq!(customer(&numbers[0]), Some(ADA));
}

const ARI: [&str; 9] = [
    "channel-created.json",
    "stasis-start.json",
    "dial.json",
    "dial-ringing.json",
    "dial-answer.json",
    "channel-entered-bridge.json",
    "channel-hold.json",
    "channel-unhold.json",
    "channel-destroyed.json",
];

#[test]
fn complaint_13_an_ari_call_is_the_same_in_any_order_and_repetition() {
    let events = events("asterisk-ari", &ARI);
    assert_eq!(only_interaction(&events), "asterisk-ari:1772442900.42");
    let summary = story(&events);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.agents, ["Bo Sample"]);
    assert_eq!(customer_of(&events).as_deref(), Some(ADA));
    assert_eq!(summary.customer_name.unwrap().expose(), "Ada Sample");
}

#[test]
fn an_ari_call_that_nobody_took_was_given_up() {
    let files = [
        "stasis-start.json",
        "dial.json",
        "dial-busy.json",
        "channel-hangup-request.json",
        "channel-destroyed.json",
    ];
    assert_eq!(
        story(&events("asterisk-ari", &files)).state,
        State::Abandoned
    );
}

#[test]
fn an_agents_leg_is_no_call_of_its_own() {
    for file in [
        "stasis-start-agents-leg.json",
        "channel-created-leg-of-dial.json",
        "channel-created-trunk-leg-of-dial.json",
        "channel-destroyed-agents-leg.json",
        "channel-hold-agents-leg.json",
    ] {
        let reading = read(&Fixture::open("asterisk-ari", file)).unwrap();
        assert!(reading.events.is_empty(), "{file}");
        assert_eq!(reading.ignored.len(), 1, "{file}");
    }
}

#[test]
fn the_linkedid_ties_an_agents_leg_to_the_call() {
    let files = [
        "stasis-start-linked.json",
        "channel-entered-bridge-linked.json",
        "channel-hold-linked.json",
    ];
    let events = events("asterisk-ari", &files);
    assert_eq!(only_interaction(&events), "asterisk-ari:1772442900.55");
    assert_eq!(story(&events).state, State::Held);
}

#[test]
fn complaint_34_a_bad_event_of_a_list_is_refused_alone() {
    for source in ["asterisk-ami", "asterisk-ari"] {
        let reading = read(&Fixture::open(source, "bad-list-one-bad.json")).unwrap();
        assert_eq!(reading.events.len(), 2, "{source}");
        assert_eq!(reading.rejections[0].code(), "missing_field", "{source}");
    }
}

#[test]
fn two_systems_that_count_alike_are_told_apart_by_their_accounts() {
    let fixture = Fixture::open("asterisk-ami", "newchannel.json");
    let mut attributes = fixture.attributes(Some("asterisk-ami"));
    attributes.insert("account".to_owned(), "berlin".to_owned());
    let berlin = sources::read(sources::CALLS, &fixture.body, &attributes, &context()).unwrap();
    let other = read(&fixture).unwrap();
    assert_ne!(
        berlin.events[0].interaction_id,
        other.events[0].interaction_id
    );
}
