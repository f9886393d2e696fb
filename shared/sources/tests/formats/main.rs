//! What holds for every source: each fixture, read as a deployed stack reads it, means what its snapshot says.
#![expect(
    clippy::unwrap_used,
    reason = "a fixture that is missing or broken fails its test"
)]

mod chat;
mod claims;
mod fixtures;
mod journey;
mod mail;
mod pages;
mod proofs;
mod telephony;
mod twilio;
mod widget;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};
use sources::{ALL, Rejection};

use fixtures::{Fixture, context, each_source, read, sources_of_their_own_tests};

#[test]
fn each_fixture_means_what_its_snapshot_says() {
    for (_, source) in each_source() {
        for fixture in Fixture::all(source.name()) {
            let meaning = match read(&fixture) {
                Ok(reading) => json!({
                    "events": reading.events,
                    "ignored": reading.ignored,
                    "rejected": reading.rejections.iter().map(ToString::to_string).collect::<Vec<_>>(),
                }),
                Err(rejection) => json!({ "refused": rejection.to_string() }),
            };
            let bad = meaning.get("refused").is_some() || meaning["rejected"][0].is_string();
            let name = format!("{}__{}", source.name(), fixture.name);
            assert_eq!(fixture.name.starts_with("bad-"), bad, "{name}: {meaning}");
            insta::assert_json_snapshot!(name, meaning);
        }
    }
}

/// The webhook names the source; what is put on the queue by other means is known by its shape.
#[test]
fn each_fixture_is_known_by_its_shape_alone() {
    for (sources, source) in each_source() {
        for fixture in Fixture::all(source.name()) {
            let by_shape = sources::read(
                sources,
                &fixture.body,
                &fixture.attributes(None),
                &context(),
            );
            let by_shape = by_shape.map_err(|rejection| rejection.to_string());
            // A bad one may lack the very field by which its source is known.
            if !fixture.name.starts_with("bad-") && !fixture.needs_its_name() {
                let named = read(&fixture).map_err(|rejection| rejection.to_string());
                assert_eq!(by_shape, named, "{}/{}", source.name(), fixture.name);
            }
        }
    }
}

/// Fields that make an object look like an envelope of AWS's or a CloudEvent never matter where the source is known.
#[test]
fn an_unknown_field_never_changes_what_a_named_source_reads() {
    let more = [
        json!({"specversion": "1.0"}),
        json!({"detail-type": "x", "detail": {}, "source": "y"}),
    ];
    // Standard Webhooks carry CloudEvents, too: there such a field does matter.
    for (_, source) in each_source().filter(|(_, source)| source.name() != "standard-webhooks") {
        for fixture in Fixture::all(source.name()) {
            let Ok(Value::Object(body)) = serde_json::from_str(&fixture.body) else {
                continue;
            };
            let Ok(before) = read(&fixture) else { continue };
            for more in &more {
                let more = more.as_object().unwrap();
                if more.keys().any(|name| body.contains_key(name)) {
                    continue;
                }
                // An envelope's own fields are AWS's or the standard's, and nobody adds to them.
                if ["specversion", "detail-type"]
                    .iter()
                    .any(|name| body.contains_key(*name))
                {
                    continue;
                }
                let mut wider = body.clone();
                wider.extend(more.clone());
                let wider = fixture.with_body(Value::Object(wider).to_string());
                assert_eq!(
                    read(&wider),
                    Ok(before.clone()),
                    "{}/{}",
                    source.name(),
                    fixture.name
                );
            }
        }
    }
}

#[test]
fn an_events_ids_do_not_depend_on_when_it_came() {
    for (_, source) in each_source() {
        for fixture in Fixture::all(source.name()) {
            let late = sources::Context {
                received_at: "2027-01-01T00:00:00Z".parse().unwrap(),
                ..context()
            };
            let (Ok(now), Ok(later)) = (read(&fixture), fixture.read_in(&late)) else {
                continue;
            };
            let hashes = |reading: &sources::Reading| -> Vec<_> {
                let told = reading.events.iter();
                told.map(|event| {
                    (
                        event.interaction_id.clone(),
                        event.id.clone(),
                        event.content_hash(),
                    )
                })
                .collect()
            };
            assert_eq!(
                hashes(&now),
                hashes(&later),
                "{}/{}",
                source.name(),
                fixture.name
            );
        }
    }
}

#[test]
fn no_rejection_and_no_ignored_name_holds_what_somebody_sent() {
    for (_, source) in each_source() {
        for fixture in Fixture::all(source.name()) {
            let told: Vec<String> = match read(&fixture) {
                Ok(reading) => {
                    let rejections = reading.rejections.iter().map(Rejection::to_string);
                    rejections.chain(reading.ignored.iter().cloned()).collect()
                }
                Err(rejection) => vec![rejection.to_string()],
            };
            for text in told {
                let personal = ["555", "@", "Ada ", "ada.", "Sample", "491"];
                assert!(
                    !personal.iter().any(|word| text.contains(word)),
                    "{}/{}: {text}",
                    source.name(),
                    fixture.name
                );
            }
        }
    }
}

#[test]
fn a_source_by_name_is_the_one_that_its_queue_takes() {
    for (queue, sources) in &ALL {
        for source in *sources {
            let (home, found) = sources::find(source.name()).unwrap();
            assert_eq!(found.name(), source.name());
            assert!(home == *queue || source.name() == "cloudevents");
        }
    }
    assert!(sources::find("nobody").is_none());
}

#[test]
fn sources_with_tests_of_their_own_are_known() {
    for name in sources_of_their_own_tests() {
        assert!(sources::find(name).is_some(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_cut_or_changed_delivery_panics(
        nth_source in any::<prop::sample::Index>(),
        nth_fixture in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        other in prop::sample::select(vec!["", "\"", "[]", "null", "-1", "9999999999999999999999", "\u{0}", "é", "}{", "&&=%"]),
        cut in any::<bool>(),
    ) {
        let sources: Vec<_> = each_source().collect();
        let (list, source) = sources[nth_source.index(sources.len())];
        let fixtures = Fixture::all(source.name());
        prop_assume!(!fixtures.is_empty());
        let fixture = &fixtures[nth_fixture.index(fixtures.len())];
        let place = fixture.body.floor_char_boundary(at.index(fixture.body.len() + 1));
        let (before, after) = fixture.body.split_at(place);
        let mut after = after.chars();
        after.next();
        let body = if cut { before.to_owned() } else { format!("{before}{other}{}", after.as_str()) };
        for attributes in [fixture.attributes(Some(source.name())), BTreeMap::new()] {
            let _ = sources::read(list, &body, &attributes, &context());
        }
    }
}
