//! Deliveries that anybody may have written, read by one source.

use std::collections::BTreeMap;

use sources::{ALL, Context, Envelope, Reading, Rejection, Source};
use timeline::{Event, Interaction, InteractionId};

use crate::input::Record;

/// Longest text of a rejection: it names a field, and never holds what stood there.
const MAX_REASON_BYTES: usize = 400;

/// Reads an input as the source of that name does, and holds it to what is promised of every source.
///
/// # Panics
/// When a promise is broken, or no source has the name.
pub fn read(name: &str, input: &[u8]) {
    // Several parsers may share a name.
    let lists = ALL.iter().flat_map(|(_, sources)| sources.iter());
    let named: Vec<&dyn Source> = lists.filter(|s| s.name() == name).copied().collect();
    assert!(!named.is_empty(), "no source is called {name}");
    let record = Record::of(input, Some(name));
    let read = || sources::read(&named, &record.body, &record.attributes, &context());
    let first = read();
    assert_eq!(first, read(), "the same record reads in two ways");
    match first {
        Ok(reading) => check(&reading),
        Err(rejection) => check_reason(&rejection),
    }
}

/// Takes an input out of whatever it is wrapped in.
///
/// # Panics
/// When it is not the same twice, or a rejection holds what was sent.
pub fn open(input: &[u8]) {
    let record = Record::of(input, None);
    let open = || Envelope::open(&record.body, &record.attributes);
    let first = open();
    assert_eq!(first, open(), "the same record opens in two ways");
    match first {
        Ok(envelope) => drop(envelope.object()),
        Err(rejection) => check_reason(&rejection),
    }
}

fn context() -> Context {
    Context {
        received_at: "2026-03-02T09:15:00Z".parse().expect("a time"),
        region: Some("US".parse().expect("a region")),
    }
}

fn check(reading: &Reading) {
    reading.rejections.iter().for_each(check_reason);
    for name in &reading.ignored {
        assert!(!name.contains('@'), "an ignored name holds an address");
    }
    let mut interactions: BTreeMap<&InteractionId, Vec<&Event>> = BTreeMap::new();
    for event in &reading.events {
        let json = serde_json::to_string(event).expect("an event is JSON");
        let again: Event = serde_json::from_str(&json).expect("an event is read again");
        assert_eq!(&again, event, "an event changes when it is stored");
        let events = interactions.entry(&event.interaction_id).or_default();
        // Of two under one id the store keeps the first, and sets the other aside where it says something else.
        if events.iter().all(|known| known.id != event.id) {
            events.push(event);
        }
    }
    for events in interactions.into_values() {
        let told = Interaction::of(events.iter().copied()).expect("events of one interaction");
        let back = Interaction::of(events.iter().rev().copied()).expect("the same events");
        assert_eq!(
            told, back,
            "an interaction depends on the order of its events"
        );
        drop(told.summary());
    }
}

fn check_reason(rejection: &Rejection) {
    let reason = rejection.to_string();
    assert!(reason.len() <= MAX_REASON_BYTES, "a reason is long");
    assert!(!reason.contains('@'), "a reason holds an address");
}
