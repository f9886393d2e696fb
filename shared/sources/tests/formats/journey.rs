//! The rest of the journey: whose an invoice, a contract, a survey and a visit is, and how each ends.

mod invoices;
mod people;

use std::path::Path;

use serde_json::{Value, json};
use sources::{Context, Envelope, Payload, Reading};
use timeline::{Event, Interaction, Summary};

use crate::fixtures::{Fixture, context, each_source, read};

/// The sources that this file holds.
const JOURNEY: [&str; 7] = [
    "stripe",
    "docusign",
    "typeform",
    "delighted",
    "surveymonkey",
    "segment",
    "standard-webhooks",
];

/// After the last of a story's events, so that none of them counts as ahead of its time.
fn later() -> Context {
    Context {
        received_at: "2026-06-01T00:00:00Z".parse().unwrap(),
        ..context()
    }
}

fn events(source: &'static str, names: &[&str]) -> Vec<Event> {
    let read_one = |name: &&str| {
        let fixture = Fixture::open(source, &format!("{name}.json"));
        fixture.read_in(&later()).unwrap()
    };
    names
        .iter()
        .flat_map(|name| read_one(name).events)
        .collect()
}

fn one(source: &'static str, name: &str) -> Event {
    let mut events = events(source, &[name]);
    assert_eq!(events.len(), 1, "{source}/{name}");
    events.remove(0)
}

/// A body as the webhook hands it on.
fn read_body(source: &'static str, body: &Value) -> Result<Reading, sources::Rejection> {
    let attributes = [("source".to_owned(), source.to_owned())].into();
    sources::read(sources::JOURNEYS, &body.to_string(), &attributes, &later())
}

fn body(source: &'static str, name: &str) -> Value {
    let fixture = Fixture::open(source, &format!("{name}.json"));
    serde_json::from_str(&fixture.body).unwrap()
}

/// The interaction of events that come in their order, turned round, and with repetitions: always the same.
fn folded(events: &[Event]) -> Interaction {
    let in_order = Interaction::of(events).unwrap();
    for turn in 0..events.len() {
        let mut other: Vec<&Event> = events.iter().collect();
        other.rotate_left(turn);
        other.reverse();
        let again: Vec<&Event> = other.iter().copied().take(2).collect();
        other.extend(again);
        assert_eq!(Interaction::of(other).unwrap(), in_order);
    }
    in_order
}

fn summary(source: &'static str, names: &[&str]) -> Summary {
    folded(&events(source, names)).summary()
}

fn customer(event: &Event) -> Option<&str> {
    event
        .customer
        .as_ref()
        .map(|identity| identity.uri.expose())
}

fn participants(event: &Event) -> Vec<&str> {
    let uris = event.participants.iter();
    uris.map(|identity| identity.uri.expose()).collect()
}

#[test]
fn each_kind_has_its_fixture_and_each_source_its_proof() {
    let described = JOURNEY.into_iter().chain(["cloudevents"]);
    for name in described {
        let (_, source) = sources::find(name).unwrap();
        let about = source.about();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("fixtures")
            .join(name);
        for kind in about.kinds {
            assert!(
                folder.join(kind.fixture).is_file(),
                "{name}: {}",
                kind.fixture
            );
        }
        let webhook = about.webhook.unwrap();
        assert!(!webhook.proof.is_empty() && !webhook.retries.is_empty());
        assert!(
            about.setup.iter().any(|step| step.contains("{url}")),
            "{name}"
        );
        assert!(!about.limits.is_empty() && !about.summary.is_empty());
    }
}

/// The kinds that are listed as ignored are, and no others.
#[test]
fn what_is_listed_as_ignored_is_ignored() {
    for name in JOURNEY {
        let (_, source) = sources::find(name).unwrap();
        for kind in source.about().kinds {
            let Ok(reading) = read(&Fixture::open(name, kind.fixture)) else {
                assert!(kind.name.ends_with("(refused)"), "{name}: {}", kind.name);
                continue;
            };
            let ignored = kind.name.ends_with("(ignored)");
            assert_eq!(reading.events.is_empty(), ignored, "{name}: {}", kind.name);
            assert_eq!(
                !reading.ignored.is_empty(),
                ignored,
                "{name}: {}",
                kind.name
            );
        }
    }
}

/// A delivery of one of these sources is taken for no other's.
#[test]
fn each_delivery_is_recognised_by_one_source() {
    for name in JOURNEY {
        for fixture in Fixture::all(name) {
            if fixture.name.starts_with("bad-") || fixture.needs_its_name() {
                continue;
            }
            let envelope = Envelope::open(&fixture.body, &fixture.attributes(None)).unwrap();
            let is_cloud_event = matches!(envelope.payload, Payload::CloudEvents(_));
            let takers: Vec<_> = each_source()
                .filter(|(list, _)| list.iter().any(|source| source.name() == name))
                .filter(|(_, source)| source.recognises(&envelope))
                .map(|(_, source)| source.name())
                .collect();
            assert_eq!(takers, [name], "{name}/{}: {is_cloud_event}", fixture.name);
        }
    }
}

#[test]
fn no_cut_delivery_panics() {
    for name in JOURNEY {
        for fixture in Fixture::all(name) {
            let length = fixture.body.len();
            for at in (0..length).step_by(1 + length / 10) {
                let at = fixture.body.floor_char_boundary(at);
                let (before, after) = fixture.body.split_at(at);
                let rest = after
                    .char_indices()
                    .nth(1)
                    .map_or("", |(next, _)| &after[next..]);
                for other in ["", "null", "9e999"] {
                    for changed in [before.to_owned(), format!("{before}{other}{rest}")] {
                        let attributes = fixture.attributes(Some(name));
                        let _ = sources::read(sources::JOURNEYS, &changed, &attributes, &context());
                    }
                }
            }
        }
    }
}

#[test]
fn complaint_17_what_is_sent_again_is_the_same_event() {
    for (source, name, volatile) in [
        (
            "stripe",
            "invoice-paid",
            json!({"pending_webhooks": 0, "request": null}),
        ),
        (
            "docusign",
            "envelope-completed",
            json!({"retryCount": 7, "configurationId": 9}),
        ),
        (
            "segment",
            "track",
            json!({"sentAt": "2026-03-02T11:00:00Z", "receivedAt": "2026-03-02T11:00:01Z"}),
        ),
        (
            "surveymonkey",
            "response-completed",
            json!({"name": "Another webhook", "filter_id": "1"}),
        ),
    ] {
        let first = body(source, name);
        let mut again = first.clone();
        for (field, value) in volatile.as_object().unwrap() {
            again[field] = value.clone();
        }
        assert_ne!(first, again);
        assert_eq!(
            read_body(source, &first),
            read_body(source, &again),
            "{source}"
        );
    }
    let tries = ["envelope-completed", "envelope-completed-third-try"];
    let [first, third] = tries.map(|name| one("docusign", name).content_hash());
    assert_eq!(first, third);
}
