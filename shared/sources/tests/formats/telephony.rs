//! Calls of telephone systems, whole: in any order and any repetition they fold to the same interaction, of the right
//! customer and in the right state.

use serde_json::Value;
use sources::{Context, Reading};
use timeline::{Direction, Event, Fact, Interaction, Relation, State, Summary};

use super::fixtures::{Fixture, context, read};

fn events(source: &'static str, files: &[&str]) -> Vec<Event> {
    let read = |file: &&str| read(&Fixture::open(source, file)).unwrap().events;
    files.iter().flat_map(read).collect()
}

/// Reads a fixture with one text in it replaced.
fn changed(source: &'static str, file: &str, from: &str, to: &str) -> Reading {
    let mut fixture = Fixture::open(source, file);
    assert!(fixture.body.contains(from), "{file} has {from}");
    fixture.body = fixture.body.replace(from, to);
    read(&fixture).unwrap()
}

/// The summary of one interaction's events, the same for every rotation, the reverse, and each event twice.
fn story(events: &[Event]) -> Summary {
    let expected = Interaction::of(events).unwrap();
    for shift in 0..events.len() {
        let mut other = events.to_vec();
        other.rotate_left(shift);
        assert_eq!(Interaction::of(&other).unwrap(), expected);
        other.reverse();
        other.extend_from_slice(events);
        assert_eq!(Interaction::of(&other).unwrap(), expected);
    }
    expected.summary()
}

fn customer(event: &Event) -> Option<&str> {
    event
        .customer
        .as_ref()
        .map(|customer| customer.uri.expose())
}

fn customer_of(events: &[Event]) -> Option<String> {
    let interaction = Interaction::of(events).unwrap();
    interaction
        .customer()
        .map(|customer| customer.uri.expose().to_owned())
}

fn only_interaction(events: &[Event]) -> String {
    let first = events[0].interaction_id.as_str();
    assert!(
        events
            .iter()
            .all(|event| event.interaction_id.as_str() == first)
    );
    first.to_owned()
}

const ADA: &str = "tel:+14155550123";

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
    assert_eq!(events("freeswitch", &["inbound-form.txt"]), json);
}

#[test]
fn the_agents_leg_of_a_queue_belongs_to_the_callers() {
    let events = events("freeswitch", &["queue-member.json", "queue-agent.json"]);
    only_interaction(&events);
    let summary = story(&events);
    assert_eq!(summary.agents, ["bo@example.com"]);
    assert_eq!(summary.queue.as_deref(), Some("support@example.com"));
}

#[test]
fn complaint_14_a_transfer_is_an_explicit_link_and_never_to_itself() {
    let moved = events("freeswitch", &["inbound-transferred.json"]);
    assert_eq!(moved[0].related.len(), 1);
    let itself = changed(
        "freeswitch",
        "inbound-transferred.json",
        "\"bridge_uuid\": \"4f0f3c52-9a0e-4f53-8a5b-2f0a9b6c1d52\"",
        "\"bridge_uuid\": \"4f0f3c52-9a0e-4f53-8a5b-2f0a9b6c1d51\"",
    );
    assert!(itself.events[0].related.is_empty());
    let later = &events("sipgate", &["named-new-call-transferred.txt"])[0];
    assert_eq!(
        later.related[0].interaction_id.as_str(),
        "sipgate:2837261834"
    );
    let first = &events("sipgate", &["named-new-call.txt"])[0];
    assert!(first.related.is_empty(), "it names itself");
}

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

/// Where each source writes its caller, and a file with one.
const CALLERS: [(&str, &str, &str); 6] = [
    (
        "genesys",
        "customer-start.json",
        "\"ani\": \"tel:+14155550123\"",
    ),
    ("3cx", "inbound.json", "\"Number\": \"+14155550123\""),
    (
        "asterisk-ari",
        "stasis-start.json",
        "\"number\": \"+14155550123\"",
    ),
    (
        "asterisk-ami",
        "newchannel.json",
        "\"CallerIDNum\": \"+14155550123\"",
    ),
    (
        "freeswitch",
        "inbound-missed.json",
        "\"caller_id_number\": \"%2B14155550123\"",
    ),
    ("sipgate", "named-new-call.txt", "from=14155550142"),
];

/// The first event of a call by another caller.
fn call_from(source: &'static str, file: &str, at: &str, caller: &str) -> Event {
    let to = match at.rsplit_once(": ") {
        Some((name, _)) => format!("{name}: {}", Value::from(caller)),
        None => format!("from={}", caller.replace('+', "%2B").replace(' ', "+")),
    };
    changed(source, file, at, &to).events.remove(0)
}

#[test]
fn complaint_1_punctuation_in_a_number_changes_nobody() {
    for (source, file, at) in CALLERS {
        for caller in ["+1 (415) 555-0123", "+1/415/555/0123", "+1.415.555.0123"] {
            let event = call_from(source, file, at, caller);
            assert_eq!(customer(&event), Some(ADA), "{source} {caller}");
            assert_eq!(event.customer.unwrap().raw.expose(), caller, "{source}");
        }
    }
}

#[test]
fn complaint_3_forms_of_one_telephone_are_one_customer() {
    let forms = [
        ["+5511987654321", "+551187654321"],
        ["+5491123456789", "+541123456789"],
        ["+5215512345678", "+525512345678"],
    ];
    for (source, file, at) in CALLERS {
        for [one, other] in forms {
            let [one, other] = [one, other].map(|caller| call_from(source, file, at, caller));
            assert!(one.customer.is_some(), "{source}");
            assert_eq!(customer(&one), customer(&other), "{source}");
        }
    }
}

#[test]
fn a_withheld_number_is_nobodys_in_every_source() {
    for (source, file, at) in CALLERS {
        for caller in [
            "anonymous",
            "Restricted",
            "<unknown>",
            "266696687",
            "+17378742833",
            "0000",
        ] {
            let event = call_from(source, file, at, caller);
            assert_eq!(customer(&event), None, "{source} {caller}");
            assert_eq!(event.unread_customer, None, "{source} {caller}");
        }
    }
}

#[test]
fn complaint_10_our_own_number_is_no_customer() {
    for (source, file) in [
        ("genesys", "customer-start-own-number.json"),
        ("3cx", "inbound-own-number.json"),
        ("asterisk-ari", "stasis-start-own-number.json"),
        ("asterisk-ami", "newchannel-own-number.json"),
        ("freeswitch", "inbound-own-number.json"),
    ] {
        for event in events(source, &[file]) {
            assert_eq!(customer(&event), None, "{source}");
            assert_eq!(event.direction, Some(Direction::Inbound), "{source}");
        }
    }
}

#[test]
fn complaint_2_a_national_number_is_read_where_the_dialled_one_is() {
    let german = Context {
        region: Some("DE".parse().unwrap()),
        ..context()
    };
    for (source, file, caller, dialled) in [
        (
            "asterisk-ami",
            "newchannel.json",
            "+14155550123",
            "+12025550142",
        ),
        (
            "asterisk-ari",
            "stasis-start.json",
            "+14155550123",
            "+12025550142",
        ),
        (
            "freeswitch",
            "inbound-missed.json",
            "%2B14155550123",
            "%2B12025550142",
        ),
    ] {
        let mut fixture = Fixture::open(source, file);
        fixture.body = fixture.body.replace(caller, "4155550123");
        let by_dialled = fixture.read_in(&german).unwrap();
        assert_eq!(customer(&by_dialled.events[0]), Some(ADA), "{source}");
        fixture.body = fixture.body.replace(dialled, "s");
        fixture.body = fixture.body.replace("4155550123", "030 23125 000");
        let by_stack = fixture.read_in(&german).unwrap();
        let told = customer(&by_stack.events[0]);
        assert_eq!(told, Some("tel:+493023125000"), "{source}");
    }
}

#[test]
fn an_outbound_calls_customer_is_whom_it_went_to() {
    for (source, file) in [
        ("genesys", "customer-start-outbound.json"),
        ("3cx", "outbound.json"),
        ("asterisk-ari", "stasis-start-outbound.json"),
        ("asterisk-ami", "newchannel-outbound.json"),
        ("asterisk-ami", "dial-begin-outbound.json"),
        ("freeswitch", "outbound.json"),
        ("freeswitch", "outbound-by-extension.json"),
    ] {
        let event = &events(source, &[file])[0];
        assert_eq!(
            event.direction,
            Some(Direction::Outbound),
            "{source} {file}"
        );
        assert_eq!(customer(event), Some(ADA), "{source} {file}");
    }
}

#[test]
fn complaint_17_a_delivery_that_comes_twice_is_the_same_event() {
    let late = Context {
        received_at: "2026-03-05T10:00:00Z".parse().unwrap(),
        ..context()
    };
    for (source, file, _) in CALLERS {
        let fixture = Fixture::open(source, file);
        let first = read(&fixture).unwrap().events;
        let again = fixture.read_in(&late).unwrap().events;
        for (one, other) in first.iter().zip(&again) {
            assert_eq!(one.id, other.id, "{source}");
            assert_eq!(one.content_hash(), other.content_hash(), "{source}");
        }
    }
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

#[test]
fn each_kind_that_a_page_names_has_its_fixture() {
    for source in [
        "genesys",
        "3cx",
        "asterisk-ari",
        "asterisk-ami",
        "freeswitch",
        "sipgate",
    ] {
        let (_, found) = sources::find(source).unwrap();
        let about = found.about();
        assert!(!about.kinds.is_empty(), "{source}");
        for kind in about.kinds {
            let fixture = Fixture::open(source, kind.fixture);
            assert!(read(&fixture).is_ok(), "{source} {}", kind.name);
        }
    }
}

#[test]
fn a_transcript_is_what_customer_and_agent_said() {
    let events = events("genesys", &["transcription.json"]);
    let said: Vec<_> = events
        .iter()
        .map(|event| match &event.fact {
            Fact::Message(message) => message.author,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(said, [timeline::Author::Customer, timeline::Author::Agent]);
}
