//! FreeSWITCH.

use super::*;

const LEGS: [&str; 3] = [
    "inbound.json",
    "inbound-b-leg.json",
    "inbound-b-leg-bridge-only.json",
];

#[test]
fn complaint_13_the_legs_of_a_freeswitch_call_are_one_call_in_any_order() {
    let events = events("freeswitch", &LEGS);
    only_interaction(&events);
    let summary = story(&events);
    assert_eq!(summary.state, State::Ended);
    assert_eq!(summary.duration_s, Some(128));
    assert_eq!(customer_of(&events).as_deref(), Some(ADA));
    assert_eq!(summary.customer_name.unwrap().expose(), "Ada Sample");
}

#[test]
fn a_freeswitch_call_that_nobody_took_was_given_up_and_a_machines_was_not() {
    let state = |file| story(&events("freeswitch", &[file])).state;
    assert_eq!(state("inbound-missed.json"), State::Abandoned);
    assert_eq!(state("inbound-machine-answered.json"), State::Ended);
    let unanswered = read(&Fixture::open(
        "freeswitch",
        "inbound-b-leg-unanswered.json",
    ))
    .unwrap();
    assert_eq!(unanswered.ignored, ["freeswitch b-leg"]);
}

#[test]
fn a_record_is_the_same_as_json_and_as_a_form() {
    let json = events("freeswitch", &["inbound.json"]);
    for form in ["inbound-form.txt", "inbound-form-base64.txt"] {
        assert_eq!(events("freeswitch", &[form]), json, "{form}");
    }
}

#[test]
fn the_agents_leg_of_a_queue_belongs_to_the_callers() {
    let events = events("freeswitch", &["queue-member.json", "queue-agent.json"]);
    only_interaction(&events);
    let summary = story(&events);
    assert_eq!(summary.agents, ["bo@example.com"]);
    assert_eq!(summary.queue.as_deref(), Some("support@example.com"));
}
