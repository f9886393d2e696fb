//! CloudEvents in the `cornerstore.*` vocabulary: what each fixture means, and what its schema and page say.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what is not there is a failure"
)]

mod checker;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::{Value, json};
use sources::cloudevents::{MAX_BATCH, VOCABULARY, schema};
use sources::{Context, Reading, Rejection};
use timeline::{Channel, Event, Fact, Opening};

/// Good fixtures that are read although the schema, which says how to write, does not describe them.
const WIDER: &str = "wider-";
/// Bad fixtures whose fault lies inside a text, where a schema does not look.
const UNSEEN_BY_THE_SCHEMA: [&str; 8] = [
    "bad-base64",
    "bad-base64-holds-no-json",
    "bad-currency",
    "bad-customer-email",
    "bad-customer-phone",
    "bad-media-type",
    "bad-participant",
    "bad-promise-id",
];

/// Each fixture's name and text, read once.
static FIXTURES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cloudevents");
    let mut all: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (stem(&path), std::fs::read_to_string(&path).unwrap()))
        .collect();
    all.sort();
    all
});

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn text_of(name: &str) -> &'static str {
    let found = FIXTURES.iter().find(|(known, _)| known == name);
    let (_, text) = found.unwrap_or_else(|| panic!("no fixture {name}"));
    text
}

fn fixture(name: &str) -> Value {
    serde_json::from_str(text_of(name)).unwrap()
}

fn read_text(body: &str) -> Result<Reading, Rejection> {
    let context = Context {
        received_at: "2026-03-02T10:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    };
    sources::read(sources::CALLS, body, &BTreeMap::new(), &context)
}

fn read(event: &Value) -> Result<Reading, Rejection> {
    read_text(&event.to_string())
}

fn one(event: &Value) -> Event {
    let mut reading = read(event).unwrap();
    assert_eq!(reading.events.len(), 1, "{reading:?}");
    reading.events.remove(0)
}

fn event(event_type: &str, data: Value) -> Value {
    json!({"specversion": "1.0", "id": "1", "source": "berlin-pbx", "type": event_type, "data": data})
}

fn id_of(source: &str, interaction: &str) -> String {
    let mut event = event("cornerstore.call.held", json!({"interaction": interaction}));
    event["source"] = source.into();
    one(&event).interaction_id.as_str().to_owned()
}

/// A fixture's meaning as text.
fn meaning(body: &str) -> String {
    match read_text(body) {
        Err(rejection) => format!("{}: {rejection}\n", rejection.code()),
        Ok(reading) => {
            let events = serde_json::to_string_pretty(&reading.events).unwrap();
            let rejections: Vec<_> = reading.rejections.iter().map(ToString::to_string).collect();
            format!(
                "events: {events}\nignored: {:#?}\nrejections: {rejections:#?}\n",
                reading.ignored
            )
        }
    }
}

#[test]
fn each_fixture_means_what_its_snapshot_says() {
    for (name, body) in FIXTURES.iter() {
        insta::assert_snapshot!(name.as_str(), meaning(body));
    }
}

#[test]
fn each_fixture_is_good_or_bad_as_its_name_says() {
    for (name, body) in FIXTURES.iter() {
        let reading = read_text(body);
        let rejected = match &reading {
            Err(_) => true,
            Ok(reading) => !reading.rejections.is_empty(),
        };
        assert_eq!(rejected, name.starts_with("bad-"), "{name}: {reading:?}");
    }
}

#[test]
fn each_pair_of_channel_and_kind_is_read_as_just_that() {
    let mut pairs = 0;
    for word in VOCABULARY {
        let mut event = fixture(&format!("says-{}", word.kind));
        for channel in Channel::ALL {
            event["type"] = word.type_in(channel).into();
            if word.channels.contains(&channel) {
                let read = one(&event);
                let fact = match word.kind {
                    "identify" => "updated",
                    kind => kind,
                };
                assert_eq!((read.channel, read.fact.kind()), (channel, fact));
                assert_eq!(
                    checker::faults(&schema(), &event),
                    Vec::<String>::new(),
                    "{word:?}"
                );
                pairs += 1;
            } else {
                let refused =
                    Rejection::malformed("type", "names what cannot happen in its channel");
                assert_eq!(read(&event), Err(refused), "{word:?} in {channel:?}");
                assert!(!checker::faults(&schema(), &event).is_empty());
            }
        }
    }
    assert_eq!(
        pairs,
        VOCABULARY.iter().map(|w| w.channels.len()).sum::<usize>()
    );
    let kinds: BTreeSet<_> = VOCABULARY.iter().map(|word| word.kind).collect();
    assert_eq!(kinds.len(), VOCABULARY.len(), "each kind stands once");
}

#[test]
fn the_schema_takes_what_is_good_and_refuses_what_is_bad() {
    let schema = schema();
    for (name, body) in FIXTURES.iter() {
        let faults = checker::faults(&schema, &serde_json::from_str(body).unwrap());
        let expected_bad = (name.starts_with("bad-")
            && !UNSEEN_BY_THE_SCHEMA.contains(&name.as_str()))
            || name.starts_with(WIDER);
        assert_eq!(!faults.is_empty(), expected_bad, "{name}: {faults:?}");
    }
}

#[test]
fn a_claim_that_cannot_be_read_never_keeps_an_event_from_being_taken() {
    let good = json!({"identity": "mailto:ada@example.com", "basis": "record"});
    for bad in [
        Value::Null,
        json!(""),
        json!(7),
        json!({}),
        json!([]),
        json!({"identity": null, "basis": "record"}),
        json!({"identity": "", "basis": "typed"}),
        json!({"identity": {}, "basis": "typed"}),
        json!({"identity": {"phone": 7}, "basis": "typed"}),
        json!({"identity": "crm:shop/1", "basis": "hearsay"}),
        json!({"identity": "crm:shop/1", "basis": ""}),
        json!({"identity": "crm:shop/1"}),
        json!({"identity": "mailto:nobody", "basis": "typed"}),
    ] {
        let data =
            json!({"interaction": "1", "customer": "visitor:shop/4f2a", "claims": [bad, good]});
        let reading = read(&event("cornerstore.web.identify", data)).unwrap();
        assert_eq!(reading.rejections, [], "{bad}");
        assert_eq!(reading.events[0].claims.len(), 1, "{bad}");
        let is_blank = bad.is_null() || bad == "";
        let counted = reading
            .ignored
            .iter()
            .filter(|name| *name == "cloudevents claim");
        assert_eq!(counted.count(), usize::from(!is_blank), "{bad}");
    }
    for claims in [
        Value::Null,
        json!(""),
        json!("ada"),
        json!({"identity": "ada"}),
        json!([]),
    ] {
        let data = json!({"interaction": "1", "customer": "visitor:shop/4f2a", "claims": claims});
        let reading = read(&event("cornerstore.web.identify", data)).unwrap();
        assert_eq!(
            (reading.events.len(), reading.rejections.len()),
            (1, 0),
            "{claims}"
        );
    }
}

#[test]
fn two_senders_never_write_into_one_interaction() {
    let long = "k".repeat(190);
    let pairs = [
        ("shop-widget", "4711"),
        ("shop", "widget:4711"),
        ("a:b", "c"),
        ("a", "b:c"),
        ("a:b:c", "d"),
        ("https://a.example/x", "y"),
        ("https://a.example", "/x:y"),
        ("berlin-pbx", "4711"),
        ("berlin-pbx-with-a-longer-name", &long),
        ("berlin-pbx-with-a-longer", &long),
        ("A", "b:c"),
    ];
    let ids: BTreeSet<_> = pairs.iter().map(|(s, i)| id_of(s, i)).collect();
    assert_eq!(ids.len(), pairs.len(), "{ids:?}");
}

#[test]
fn an_interaction_id_is_readable_where_both_parts_are_plain() {
    assert_eq!(id_of("shop-widget", "4711"), "cloudevents:shop-widget:4711");
    let opaque = id_of("https://shop.example.com/widget", "4711");
    assert_eq!(opaque.len(), "cloudevents:".len() + 26);
    assert!(!id_of("shop", "Ada Example").contains("Ada"));
}

#[test]
fn an_event_sent_again_is_the_same_event_whenever_it_arrives() {
    let body = fixture("says-started").to_string();
    let later = Context {
        received_at: "2026-04-01T00:00:00Z".parse().unwrap(),
        region: Some("US".parse().unwrap()),
    };
    let again = sources::read(sources::CHATS, &body, &BTreeMap::new(), &later).unwrap();
    let first = read_text(&body).unwrap();
    assert_eq!(again.events[0].id, first.events[0].id);
    assert_eq!(
        again.events[0].interaction_id,
        first.events[0].interaction_id
    );
    assert_eq!(
        again.events[0].content_hash(),
        first.events[0].content_hash()
    );
}

#[test]
fn a_started_call_rings_and_a_started_chat_is_open() {
    let opening = |event_type, data| {
        let Fact::Started(started) = one(&event(event_type, data)).fact else {
            panic!()
        };
        started.opening
    };
    let plain = json!({"interaction": "1"});
    assert_eq!(
        opening("cornerstore.call.started", plain.clone()),
        Opening::Ringing
    );
    assert_eq!(opening("cornerstore.chat.started", plain), Opening::Open);
    let menu = json!({"interaction": "1", "opening": "ivr"});
    assert_eq!(opening("cornerstore.call.started", menu), Opening::Ivr);
}

#[test]
fn complaint_2_a_national_number_is_read_in_the_region_of_the_stack() {
    let call = |phone: &str| {
        let data = json!({"interaction": "1", "customer": {"phone": phone}});
        one(&event("cornerstore.call.started", data))
            .customer
            .unwrap()
    };
    assert_eq!(call("(415) 555-0123").uri.expose(), "tel:+14155550123");
    assert_eq!(call("+49 30 23125 000").uri.expose(), "tel:+493023125000");
    assert_eq!(call("(415) 555-0123").raw.expose(), "(415) 555-0123");
}

#[test]
fn complaint_14_an_interaction_related_to_itself_is_none() {
    let data = json!({"interaction": "1", "related": [
        {"relation": "previous", "interaction": "1"},
        {"relation": "previous", "interaction": 2}
    ]});
    let related = one(&event("cornerstore.call.ended", data)).related;
    assert_eq!(related.len(), 1);
    assert_eq!(
        related[0].interaction_id.as_str(),
        "cloudevents:berlin-pbx:2"
    );
}

#[test]
fn a_long_text_is_cut_and_lists_are_held_to_their_limits() {
    let data = json!({"interaction": "1", "author": "agent", "name": "n".repeat(9000), "text": "ä".repeat(40_000),
        "attachments": vec![json!({"name": "f".repeat(9000)}); 400]});
    let Fact::Message(message) = one(&event("cornerstore.chat.message", data)).fact else {
        panic!()
    };
    assert_eq!(message.text.full_length, Some(80_000));
    assert_eq!(message.attachments.len(), timeline::MAX_ATTACHMENTS);
    assert_eq!(message.attachments[0].name.expose().len(), 256);
    assert_eq!(message.name.unwrap().expose().len(), 256);
    let attributes: BTreeMap<String, String> = (0..500)
        .map(|n| (format!("a{n}"), "v".repeat(5000)))
        .collect();
    let data = json!({"interaction": "1", "attributes": attributes});
    let Fact::Updated(updated) = one(&event("cornerstore.call.updated", data)).fact else {
        panic!()
    };
    assert_eq!(updated.attributes.len(), timeline::MAX_ATTRIBUTES);
    assert!(
        updated
            .attributes
            .values()
            .all(|value| value.expose().len() == 1024)
    );
}

#[test]
fn an_array_is_held_to_its_limit() {
    let array = |length| Value::Array(vec![fixture("says-held"); length]);
    assert_eq!(read(&array(MAX_BATCH)).unwrap().events.len(), MAX_BATCH);
    assert!(matches!(
        read(&array(MAX_BATCH + 1)),
        Err(Rejection::TooMuch {
            limit: MAX_BATCH,
            ..
        })
    ));
}

#[test]
fn the_query_of_a_page_is_not_kept() {
    let kept = serde_json::to_string(&one(&fixture("says-viewed"))).unwrap();
    assert!(kept.contains("https://www.example.com/roof-survey"));
    assert!(!kept.contains("ada") && !kept.contains("prices"), "{kept}");
}

#[test]
fn what_the_vocabulary_does_not_know_is_not_kept() {
    let kept = serde_json::to_string(&one(&fixture("private-note-and-unknown-fields"))).unwrap();
    assert!(
        !kept.contains("192.0.2.7") && !kept.contains("Browser"),
        "{kept}"
    );
}

#[test]
fn a_rejection_never_holds_what_was_sent() {
    for (name, body) in FIXTURES.iter() {
        let told = match read_text(body) {
            Err(rejection) => rejection.to_string(),
            Ok(reading) => format!("{:?}", reading.rejections),
        };
        let body: Value = serde_json::from_str(body).unwrap();
        for secret in ["Ada", "ada", "555", "sideways", "pigeon", "cousin"] {
            assert!(!told.contains(secret), "{name}: {told} of {body}");
        }
    }
    let sly = json!({"interaction": "1", "direction": "x`, expected +14155550123"});
    let told = read(&event("cornerstore.call.started", sly))
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "the field `data.direction` is not `inbound` or `outbound`"
    );
}

proptest! {
    #[test]
    fn no_change_of_a_fixture_makes_the_reading_panic(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        bytes in prop::collection::vec(any::<u8>(), 0..6),
        removed in 0usize..6,
    ) {
        let mut body = pick.get(&FIXTURES).1.clone().into_bytes();
        let start = at.index(body.len());
        let end = (start + removed).min(body.len());
        body.splice(start..end, bytes);
        let _ = read_text(&String::from_utf8_lossy(&body));
    }

    #[test]
    fn no_value_in_any_field_makes_the_reading_panic(
        pick in any::<prop::sample::Index>(),
        field in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(Value::Null), any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from),
            any::<bool>().prop_map(Value::from), ".{0,40}".prop_map(Value::from), Just(json!([])),
            Just(json!({})), Just(json!([[{}], null, ""])), Just(json!({"uri": [], "a": {"b": null}})),
        ],
    ) {
        let word = pick.get(VOCABULARY);
        let mut event = fixture(&format!("says-{}", word.kind));
        let names: Vec<String> = event["data"].as_object().unwrap().keys().cloned().collect();
        event["data"][field.get(&names).as_str()] = value;
        let _ = read(&event);
    }
}
