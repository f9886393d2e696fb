use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

const NESTED: Batch = Batch::Nested {
    outer: "entry",
    inner: "changes",
};

fn texts(body: &str, batch: Batch) -> Vec<String> {
    split(body, batch)
        .into_iter()
        .map(Cow::into_owned)
        .collect()
}

#[test]
fn each_event_of_a_list_is_a_piece_of_its_own_bytes() {
    let body =
        "\u{feff} [ {\"n\": 1.500, \"t\":\"\\u00e9\"} ,\n{\"n\":12345678901234567890123}]\r\n";
    assert_eq!(
        texts(body, Batch::List),
        [
            "{\"n\": 1.500, \"t\":\"\\u00e9\"}",
            "{\"n\":12345678901234567890123}"
        ]
    );
}

#[test]
fn each_event_within_an_object_keeps_what_is_around_it() {
    let body = r#"{"sentAt": 1.0, "batch": [ {"a":1}, {"a":2} ], "writeKey":"k"}"#;
    assert_eq!(
        texts(body, Batch::Within("batch")),
        [
            r#"{"sentAt": 1.0, "batch": [{"a":1}], "writeKey":"k"}"#,
            r#"{"sentAt": 1.0, "batch": [{"a":2}], "writeKey":"k"}"#,
        ]
    );
}

#[test]
fn each_change_keeps_its_entry() {
    let body = r#"{"object":"x","entry":[{"id":"1","changes":[{"a":1},{"a":2}]},{"id":"2"},{"changes":[],"id":"3"},{"id":"4","changes":[3]}]}"#;
    assert_eq!(
        texts(body, NESTED),
        [
            r#"{"object":"x","entry":[{"id":"1","changes":[{"a":1}]}]}"#,
            r#"{"object":"x","entry":[{"id":"1","changes":[{"a":2}]}]}"#,
            r#"{"object":"x","entry":[{"id":"2"}]}"#,
            r#"{"object":"x","entry":[{"changes":[],"id":"3"}]}"#,
            r#"{"object":"x","entry":[{"id":"4","changes":[3]}]}"#,
        ]
    );
}

#[test]
fn what_cannot_be_taken_apart_stays_whole() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep_inside = format!("{{\"entry\":{deep}}}");
    for body in [
        "",
        "{",
        "a=b&c=d",
        "[]",
        "[{\"a\":1}]",
        "[{\"a\":1}",
        "[{},{}] x",
        "{\"batch\":1}",
        "{\"batch\":[1]}",
        "{\"batch\":[1,2],\"batch\":[3,4]}",
        "{\"entry\":[{\"changes\":[1]}]}",
        &deep,
        &deep_inside,
    ] {
        for batch in [Batch::Whole, Batch::List, Batch::Within("batch"), NESTED] {
            if batch == Batch::List && body.starts_with("[{},") {
                continue;
            }
            assert_eq!(texts(body, batch), [body], "{batch:?}");
        }
    }
    // A list where an object should be.
    for batch in [Batch::Within("batch"), NESTED] {
        assert_eq!(texts("[{\"a\":1},{\"a\":2}]", batch).len(), 1);
    }
}

#[test]
fn a_deep_event_is_a_piece_and_holds_up_no_other() {
    let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let body = format!("[{{\"a\":1}},{deep}]");
    assert_eq!(texts(&body, Batch::List), ["{\"a\":1}".to_owned(), deep]);
}

#[test]
fn events_beyond_the_limit_share_pieces() {
    let body = |count: usize| format!("[{}]", vec!["{}"; count].join(","));
    assert_eq!(texts(&body(MAX_PIECES), Batch::List).len(), MAX_PIECES);
    let shared = texts(&body(MAX_PIECES + 1), Batch::List);
    assert_eq!(shared.len(), 51);
    assert_eq!(shared[0], "[{},{}]");
    assert_eq!(shared[50], "{}");
    assert_eq!(texts(&body(1000), Batch::List).len(), MAX_PIECES);
}

#[test]
fn what_is_around_is_not_repeated_beyond_its_limit() {
    let around = "x".repeat(900_000);
    let events = vec!["{}"; 100].join(",");
    let body = format!("{{\"around\":\"{around}\",\"batch\":[{events}]}}");
    let pieces = texts(&body, Batch::Within("batch"));
    assert_eq!(pieces.len(), 4);
    assert!(pieces.iter().map(String::len).sum::<usize>() <= MAX_REPEATED_BYTES + body.len());
}

/// The events of a body, each with what is around it.
fn events(body: &str, batch: Batch) -> Vec<Value> {
    let value: Value = serde_json::from_str(body).unwrap();
    let list = |value: &Value| value.as_array().cloned();
    match batch {
        Batch::Whole => vec![value],
        Batch::List => list(&value).unwrap_or_else(|| vec![value]),
        Batch::Within(name) => {
            let items = list(&value[name]).unwrap();
            let with = |item| {
                let mut event = value.clone();
                event[name] = item;
                event
            };
            items.into_iter().map(with).collect()
        }
        Batch::Nested { outer, inner } => {
            let mut events = Vec::new();
            for item in list(&value[outer]).unwrap() {
                let inside = list(&item[inner]).filter(|inside| !inside.is_empty());
                for change in inside.unwrap_or_else(|| vec![Value::Null]) {
                    let mut item = item.clone();
                    if !change.is_null() {
                        item[inner] = change;
                    }
                    let mut event = value.clone();
                    event[outer] = item;
                    events.push(event);
                }
            }
            events
        }
    }
}

fn event() -> impl Strategy<Value = Value> {
    (any::<i64>(), any::<String>(), any::<Option<bool>>())
        .prop_map(|(n, t, b)| json!({"n": n, "t": t, "b": b, "changes": "no list"}))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_pieces_together_hold_all_events_in_their_order(
        entries in proptest::collection::vec(proptest::collection::vec(event(), 0..20), 0..12),
        around in any::<String>(),
    ) {
        let flat: Vec<Value> = entries.iter().flatten().cloned().collect();
        let entry: Vec<Value> = entries.iter().enumerate()
            .map(|(id, changes)| json!({"id": id, "changes": changes})).collect();
        let bodies = [
            (Batch::List, Value::from(flat.clone())),
            (Batch::Within("batch"), json!({"a": around, "batch": flat, "z": [1]})),
            (NESTED, json!({"a": around, "entry": entry, "z": {"changes": [1]}})),
        ];
        for (batch, body) in bodies {
            let body = body.to_string();
            let pieces = split(&body, batch);
            prop_assert!(pieces.len() <= MAX_PIECES);
            let joined: Vec<Value> =
                pieces.iter().flat_map(|piece| events(piece, batch)).collect();
            let wanted = events(&body, batch);
            prop_assert_eq!(joined, wanted);
        }
    }

    #[test]
    fn no_text_breaks_it(body in "[\\[\\]{}\", :a-z0-9\\\\]{0,60}") {
        for batch in [Batch::List, Batch::Within("a"), Batch::Nested { outer: "a", inner: "b" }] {
            prop_assert!(!split(&body, batch).is_empty());
        }
    }
}
