//! Calls and conversations as their events make them, in any order.

use std::collections::BTreeSet;

use timeline::{Channel, Direction, Event, Interaction, Relation, State};

use super::{changed, customer, customer_of, event, events, folded, voice};
use crate::fixtures::{Fixture, read};

const INBOUND: [&str; 8] = [
    "incoming.txt",
    "leg-outside-ringing.txt",
    "leg-outside-no-answer.txt",
    "dial-no-answer.txt",
    "leg-initiated.txt",
    "leg-ringing.txt",
    "leg-in-progress.txt",
    "inbound-completed.txt",
];

fn calls() -> Vec<(&'static str, Vec<Event>, State, Direction)> {
    vec![
        ("twilio", voice(&INBOUND), State::Ended, Direction::Inbound),
        (
            "twilio outbound",
            voice(&[
                "outbound-initiated.txt",
                "outbound-ringing.txt",
                "outbound-in-progress.txt",
                "outbound-completed.txt",
            ]),
            State::Ended,
            Direction::Outbound,
        ),
        (
            "twilio missed",
            voice(&["incoming.txt", "inbound-no-answer.txt"]),
            State::Abandoned,
            Direction::Inbound,
        ),
        (
            "vonage",
            events(
                "vonage",
                &[
                    "inbound-started.json",
                    "inbound-ringing.json",
                    "inbound-answered.json",
                    "leg-app-ringing.json",
                    "leg-app-answered.json",
                    "leg-app-completed.json",
                    "inbound-completed.json",
                ],
            ),
            State::Ended,
            Direction::Inbound,
        ),
        (
            "vonage given up",
            events(
                "vonage",
                &[
                    "inbound-started.json",
                    "leg-app-ringing.json",
                    "leg-app-timeout.json",
                    "inbound-completed.json",
                ],
            ),
            State::Abandoned,
            Direction::Inbound,
        ),
        (
            "plivo",
            events(
                "plivo",
                &[
                    "inbound-start.txt",
                    "dial-answer.txt",
                    "dial-hangup.txt",
                    "inbound-hangup.txt",
                ],
            ),
            State::Ended,
            Direction::Inbound,
        ),
        (
            "plivo given up",
            events("plivo", &["inbound-start.txt", "inbound-cancel.txt"]),
            State::Abandoned,
            Direction::Inbound,
        ),
    ]
}

#[test]
fn complaint_13_any_order_and_repetition_is_the_same_call() {
    for (name, told, state, direction) in calls() {
        let whole = Interaction::of(&told).unwrap();
        let summary = whole.summary();
        assert_eq!(summary.state, state, "{name}");
        assert_eq!(summary.direction, Some(direction), "{name}");
        assert_eq!(summary.channel, Channel::Call, "{name}");
        assert_eq!(
            customer_of(&told).as_deref(),
            Some("tel:+14155550123"),
            "{name}"
        );
        let ids: BTreeSet<_> = told.iter().map(|event| event.id.clone()).collect();
        assert_eq!(ids.len(), told.len(), "{name}: each is an event of its own");
        for turn in 0..told.len() {
            let mut other = told.clone();
            other.rotate_left(turn);
            other.extend(told.iter().rev().cloned());
            assert_eq!(Interaction::of(&other).unwrap(), whole, "{name} {turn}");
        }
    }
}

#[test]
fn complaint_12_a_hangup_ends_a_call_however_late_it_comes() {
    let ringing = folded(&voice(&["outbound-initiated.txt", "outbound-ringing.txt"]));
    assert_eq!(ringing.state, State::Ringing);
    let late = "2026-03-02T13:00:00Z".parse().unwrap();
    assert_eq!(ringing.as_of(late).state, State::EndedUnknown);
    for end in [
        "outbound-completed.txt",
        "outbound-busy.txt",
        "outbound-no-answer.txt",
        "outbound-failed.txt",
        "outbound-canceled.txt",
    ] {
        let ended = folded(&voice(&["outbound-initiated.txt", end]));
        assert_eq!(ended.as_of(late).state, State::Ended, "{end}");
    }
    for end in [
        "busy",
        "cancelled",
        "failed",
        "rejected",
        "timeout",
        "unanswered",
    ] {
        let file = format!("outbound-{end}.json");
        let ended = folded(&events("vonage", &["outbound-started.json", &file]));
        assert_eq!(ended.state, State::Ended, "{end}");
    }
    for end in ["busy", "failed", "no-answer", "timeout", "hangup"] {
        let file = format!("outbound-{end}.txt");
        let ended = folded(&events("plivo", &["outbound-ring.txt", &file]));
        assert_eq!(ended.state, State::Ended, "{end}");
    }
}

#[test]
fn complaint_17_webhook_and_event_stream_are_one_event_each() {
    for (form, streamed) in [
        ("outbound-initiated.txt", "call-initiated.json"),
        ("outbound-ringing.txt", "call-ringing.json"),
        ("outbound-in-progress.txt", "call-answered.json"),
        ("outbound-in-progress.txt", "call-answered-old-type.json"),
        ("inbound-completed.txt", "call-completed.json"),
        ("leg-in-progress.txt", "leg-answered.json"),
        ("incoming.txt", "twiml-requested.json"),
        ("machine-detection.txt", "amd-detected.json"),
        ("recording-completed.txt", "recording-processed.json"),
        ("conference-hold.txt", "conference-participant.json"),
    ] {
        let (form, streamed) = (
            event("twilio-voice", form),
            event("twilio-events", streamed),
        );
        assert_eq!(form.interaction_id, streamed.interaction_id);
        assert_eq!(form.id, streamed.id);
        assert_eq!(form.content_hash(), streamed.content_hash());
    }
}

#[test]
fn complaint_17_what_changes_with_each_try_is_not_kept() {
    for (source, first, again) in [
        ("twilio-voice", "incoming.txt", "incoming-again.txt"),
        (
            "twilio-voice",
            "queue-waiting.txt",
            "queue-waiting-longer.txt",
        ),
        (
            "twilio-conversations",
            "message-sms.txt",
            "message-sms-again.txt",
        ),
        (
            "twilio-conversations",
            "conversation-closed.txt",
            "conversation-closed-again.txt",
        ),
        ("vonage", "answer-webhook.json", "answer-webhook-get.txt"),
        ("plivo", "inbound-start.txt", "inbound-start-no-event.txt"),
        ("plivo", "inbound-hangup.txt", "inbound-hangup-no-event.txt"),
    ] {
        let (first, again) = (event(source, first), event(source, again));
        assert_eq!(
            (first.id.clone(), first.content_hash()),
            (again.id.clone(), again.content_hash())
        );
    }
    // The number of a callback counts those that were asked for, which differ from way to way.
    let renumbered = changed(
        "twilio-voice",
        "inbound-completed.txt",
        "SequenceNumber=3",
        "SequenceNumber=0",
    );
    assert_eq!(renumbered, voice(&["inbound-completed.txt"]));
}

#[test]
fn a_dialled_leg_is_told_in_the_customers_call() {
    let summary = folded(&voice(&INBOUND));
    assert_eq!(summary.agents, ["bo.sample"]);
    for leg in [
        "leg-ringing.txt",
        "leg-in-progress.txt",
        "leg-completed.txt",
    ] {
        let leg = event("twilio-voice", leg);
        let call = event("twilio-voice", "incoming.txt");
        assert_eq!(leg.interaction_id, call.interaction_id);
        assert_eq!((leg.customer, leg.direction), (None, None));
    }
    let active = folded(&voice(&[
        "incoming.txt",
        "leg-in-progress.txt",
        "leg-completed.txt",
    ]));
    assert_eq!(
        active.state,
        State::Active,
        "the agent's end is not the customer's"
    );
    // An agent's mobile that nobody answered is no customer.
    let interaction = Interaction::of(&voice(&INBOUND)).unwrap();
    let others: Vec<_> = interaction.participants().collect();
    assert_eq!(others.len(), 1);
    assert_eq!(others[0].uri.expose(), "tel:+14155550177");
}

#[test]
fn complaint_14_a_leg_whose_parent_is_itself_has_none() {
    let itself = event("twilio-voice", "leg-of-itself.txt");
    assert_eq!(itself, event("twilio-voice", "inbound-ringing.txt"));
    let read = read(&Fixture::open("vonage", "transfer-to-itself.json")).unwrap();
    assert_eq!(read.events, []);
    let own = events("plivo", &["outbound-ring.txt"]);
    assert_eq!(customer(&own[0]), Some("tel:+14155550123"));
}

#[test]
fn complaint_14_a_transfer_links_both_conversations() {
    let told = events("vonage", &["transfer.json"]);
    let [before, after] = told.as_slice() else {
        panic!()
    };
    assert_eq!(before.related[0].relation, Relation::Next);
    assert_eq!(before.related[0].interaction_id, after.interaction_id);
    assert_eq!(after.related[0].relation, Relation::Previous);
    assert_eq!(after.related[0].interaction_id, before.interaction_id);
    let mut first = events("vonage", &["inbound-started.json", "leg-app-ringing.json"]);
    first.push(before.clone());
    assert_eq!(
        folded(&first).state,
        State::Ended,
        "it goes on elsewhere and was not given up"
    );
    let later = events("vonage", &["after-transfer-completed.json"]);
    assert_eq!(later[0].interaction_id, after.interaction_id);
    assert_eq!(customer_of(&later).as_deref(), Some("tel:+14155550123"));
}

#[test]
fn started_and_ringing_of_one_moment_are_ordered_by_what_they_say() {
    let told = events("vonage", &["inbound-ringing.json", "leg-app-ringing.json"]);
    assert_eq!(folded(&told).state, State::Ringing);
    let told = events(
        "vonage",
        &["outbound-ringing.json", "outbound-started.json"],
    );
    assert_eq!(told[0].occurred_at, told[1].occurred_at);
    assert_eq!(folded(&told).state, State::Ringing);
}

#[test]
fn a_call_that_waited_and_was_not_taken_was_given_up() {
    let state = |files: &[&str]| folded(&voice(files)).state;
    assert_eq!(state(&["incoming.txt", "queue-waiting.txt"]), State::Queued);
    assert_eq!(
        state(&["incoming.txt", "queue-waiting.txt", "inbound-completed.txt"]),
        State::Abandoned
    );
    assert_eq!(
        state(&["incoming.txt", "queue-hangup.txt", "inbound-completed.txt"]),
        State::Abandoned
    );
    assert_eq!(
        state(&[
            "incoming.txt",
            "queue-waiting.txt",
            "queue-bridged.txt",
            "inbound-completed.txt"
        ]),
        State::Ended
    );
    assert_eq!(
        state(&[
            "incoming.txt",
            "dial-no-answer.txt",
            "inbound-completed.txt"
        ]),
        State::Abandoned
    );
    // A menu served the customer, and nobody was asked for.
    assert_eq!(
        state(&["incoming.txt", "gather.txt", "inbound-completed.txt"]),
        State::Ended
    );
    assert_eq!(
        state(&[
            "incoming.txt",
            "dial-completed.txt",
            "inbound-completed-old.txt"
        ]),
        State::Ended
    );
}

#[test]
fn a_hold_is_seen_while_it_lasts() {
    let talking = ["incoming.txt", "leg-in-progress.txt", "conference-hold.txt"];
    assert_eq!(folded(&voice(&talking)).state, State::Held);
    let mut back = voice(&talking);
    back.extend(voice(&["conference-unhold.txt"]));
    assert_eq!(folded(&back).state, State::Active);
}

#[test]
fn a_machine_is_nobody_who_answered() {
    for (source, file) in [
        ("twilio-voice", "outbound-machine.txt"),
        ("twilio-voice", "machine-detection.txt"),
        ("vonage", "machine.json"),
        ("vonage", "leg-websocket-answered.json"),
        ("plivo", "outbound-answered-by-machine.txt"),
        ("plivo", "machine.txt"),
    ] {
        let event = event(source, file);
        assert_eq!(event.fact.kind(), "updated", "{file}");
    }
}

#[test]
fn the_newest_summary_of_a_call_counts_and_takes_nothing_away() {
    let stream = |files: &[&str]| events("twilio-events", files);
    let mut told = voice(&INBOUND);
    told.extend(stream(&["summary-complete.json", "summary-partial.json"]));
    let summary = folded(&told);
    assert_eq!(
        summary.ended_at,
        Some("2026-03-02T09:21:40Z".parse().unwrap())
    );
    assert_eq!(summary.started_at, "2026-03-02T09:15:00Z".parse().unwrap());
    assert_eq!(summary.agents, ["bo.sample"]);
    let alone = stream(&["summary-as-text.json"]);
    assert_eq!(folded(&alone).state, State::Ended);
    assert_eq!(customer(&alone[0]), Some("tel:+14155550123"));
    let out = event("twilio-events", "summary-outbound.json");
    assert_eq!(out.direction, Some(Direction::Outbound));
    assert_eq!(customer(&out), Some("tel:+14155550123"));
}

#[test]
fn plivos_times_without_a_zone_are_no_clock() {
    for fixture in Fixture::all("plivo") {
        let Ok(reading) = read(&fixture) else {
            continue;
        };
        for event in reading.events {
            assert_eq!(event.occurred_at, None, "{}", fixture.name);
        }
    }
}
