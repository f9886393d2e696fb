//! What Twilio's sources, Vonage and Plivo mean beyond what each delivery says by itself.

mod calls;
mod people;

use proptest::prelude::*;
use sources::{Batch, Kind, Source};
use timeline::{Channel, Direction, Event, Interaction, State, Summary};

use crate::fixtures::{Fixture, read};

const SOURCES: [&str; 5] = [
    "twilio-voice",
    "twilio-events",
    "twilio-conversations",
    "vonage",
    "plivo",
];

fn events(source: &'static str, files: &[&str]) -> Vec<Event> {
    let read = files.iter().flat_map(|file| {
        let reading = read(&Fixture::open(source, file)).unwrap();
        assert_eq!(reading.rejections, [], "{file}");
        reading.events
    });
    read.collect()
}

fn event(source: &'static str, file: &str) -> Event {
    let mut events = events(source, &[file]);
    assert_eq!(events.len(), 1, "{file}");
    events.remove(0)
}

fn voice(files: &[&str]) -> Vec<Event> {
    events("twilio-voice", files)
}

fn customer(event: &Event) -> Option<&str> {
    event.customer.as_ref().map(|found| found.uri.expose())
}

fn folded(events: &[Event]) -> Summary {
    Interaction::of(events).unwrap().summary()
}

/// The customer of the fold, and nobody twice.
fn customer_of(events: &[Event]) -> Option<String> {
    let interaction = Interaction::of(events).unwrap();
    let customer = interaction.customer();
    customer.map(|found| found.uri.expose().to_owned())
}

/// A body with one text in it replaced.
fn changed(source: &'static str, file: &str, from: &str, to: &str) -> Vec<Event> {
    let mut fixture = Fixture::open(source, file);
    assert!(fixture.body.contains(from), "{file}");
    fixture.body = fixture.body.replace(from, to);
    read(&fixture).unwrap().events
}

#[test]
fn a_conversation_is_one_from_its_first_message_to_its_end() {
    let told = events(
        "twilio-conversations",
        &[
            "conversation-added.txt",
            "participant-sms.txt",
            "message-sms.txt",
            "message-agent.txt",
            "delivery-delivered.txt",
            "conversation-inactive.txt",
            "conversation-active.txt",
            "conversation-closed.txt",
        ],
    );
    let whole = Interaction::of(&told).unwrap();
    let summary = whole.summary();
    assert_eq!(summary.channel, Channel::Chat);
    assert_eq!(summary.state, State::Resolved);
    assert_eq!(summary.direction, Some(Direction::Inbound));
    assert_eq!(summary.agents, ["bo.sample"]);
    assert_eq!(customer_of(&told).as_deref(), Some("tel:+14155550123"));
    let mut other = told.clone();
    other.reverse();
    other.extend(told);
    assert_eq!(Interaction::of(&other).unwrap(), whole);
}

#[test]
fn one_bad_event_of_a_batch_does_not_hold_up_the_others() {
    let fixture = Fixture::open("twilio-events", "bad-one-of-several.json");
    let reading = read(&fixture).unwrap();
    assert_eq!(
        (
            reading.events.len(),
            reading.ignored.len(),
            reading.rejections.len()
        ),
        (1, 1, 1)
    );
}

#[test]
fn each_kind_that_is_described_has_its_fixture() {
    for name in SOURCES {
        let (_, source) = sources::find(name).unwrap();
        let about = source.about();
        assert!(
            !about.title.is_empty() && !about.limits.is_empty(),
            "{name}"
        );
        let webhook = about.webhook.unwrap();
        assert!(!webhook.proof.is_empty(), "{name}");
        assert_eq!(
            webhook.batch == Batch::List,
            name == "twilio-events",
            "{name}"
        );
        assert!(
            about.setup.iter().any(|step| step.contains("{url}")),
            "{name}"
        );
        for Kind {
            name: kind,
            fixture,
        } in about.kinds
        {
            let fixture = Fixture::open(source.name(), fixture);
            let reading = read(&fixture).unwrap();
            assert_eq!(
                reading.events.is_empty(),
                kind.ends_with("(ignored)"),
                "{name}: {kind}"
            );
        }
    }
}

#[test]
fn a_form_of_one_source_is_no_others() {
    for name in SOURCES {
        for fixture in Fixture::all(name) {
            let envelope = sources::Envelope::open(&fixture.body, &fixture.attributes(None));
            let Ok(envelope) = envelope else { continue };
            let takers: Vec<_> = SOURCES
                .iter()
                .filter_map(|name| sources::find(name))
                .filter(|(_, source): &(_, &dyn Source)| source.recognises(&envelope))
                .map(|(_, source)| source.name())
                .collect();
            assert!(
                takers.iter().all(|taker| *taker == name) || fixture.name == "taskrouter",
                "{name}/{}: {takers:?}",
                fixture.name
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_changed_delivery_panics_or_tells_what_it_held(
        source in prop::sample::select(SOURCES.to_vec()),
        nth in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        other in prop::sample::select(vec!["", "\"", "[]", "null", "-1", "9999999999999999999999", "\u{0}", "é", "}{", "&&=%", "%00", "+", ":", "@"]),
        cut in any::<bool>(),
    ) {
        let fixtures = Fixture::all(source);
        let mut fixture = Fixture::open(source, &file_of(&fixtures[nth.index(fixtures.len())]));
        let place = fixture.body.floor_char_boundary(at.index(fixture.body.len() + 1));
        let (before, after) = fixture.body.split_at(place);
        let mut after = after.chars();
        after.next();
        fixture.body = if cut { before.to_owned() } else { format!("{before}{other}{}", after.as_str()) };
        if let Err(rejection) = read(&fixture) {
            prop_assert!(!rejection.to_string().contains("555"));
        }
    }
}

/// The file of a fixture: forms are texts, and what else there is is JSON.
fn file_of(fixture: &Fixture) -> String {
    let is_json = fixture.body.starts_with(['{', '[']);
    format!("{}.{}", fixture.name, if is_json { "json" } else { "txt" })
}
