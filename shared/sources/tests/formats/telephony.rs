//! Calls of telephone systems, whole: in any order and any repetition they fold to the same interaction, of the right
//! customer and in the right state.

mod asterisk;
mod freeswitch;
mod genesys;
mod journal;

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
        assert!(!first.is_empty() && first.len() == again.len(), "{source}");
        for (one, other) in first.iter().zip(&again) {
            assert_eq!(one.id, other.id, "{source}");
            assert_eq!(one.content_hash(), other.content_hash(), "{source}");
        }
    }
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
