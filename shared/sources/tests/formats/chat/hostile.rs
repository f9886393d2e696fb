//! Any value in any place of a delivery.

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_changed_value_panics(
        nth_source in 0..SOURCES.len(),
        nth_fixture in any::<prop::sample::Index>(),
        nth_value in any::<prop::sample::Index>(),
        other in prop::sample::select(vec![
            json!(null), json!(""), json!([]), json!({}), json!(-1), json!(1e300), json!(u64::MAX), json!(true),
            json!("\u{0}é\u{202e}"), json!([[], {}, null]), json!("9".repeat(400)), json!("<img"), json!("wamid."),
        ]),
    ) {
        let source = SOURCES[nth_source];
        let mut fixtures = Fixture::all(source);
        let mut fixture = fixtures.swap_remove(nth_fixture.index(fixtures.len()));
        let mut body: Value = serde_json::from_str(&fixture.body).unwrap();
        let mut pointers = Vec::new();
        collect(&body, String::new(), &mut pointers);
        let pointer = &pointers[nth_value.index(pointers.len())];
        *body.pointer_mut(pointer).unwrap() = other;
        fixture.body = body.to_string();
        let by_name = read(&fixture);
        if let Ok(reading) = by_name {
            let mut by_interaction: BTreeMap<_, Vec<Event>> = BTreeMap::new();
            for event in reading.events {
                by_interaction.entry(event.interaction_id.clone()).or_default().push(event);
            }
            for events in by_interaction.values() {
                let _ = Interaction::of(events).unwrap().summary();
            }
        }
        let _ = sources::read(sources::CHATS, &fixture.body, &BTreeMap::new(), &context());
    }
}

/// JSON pointers of all values.
fn collect(value: &Value, here: String, out: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                collect(
                    value,
                    format!("{here}/{}", name.replace('~', "~0").replace('/', "~1")),
                    out,
                );
            }
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                collect(value, format!("{here}/{at}"), out);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
    out.push(here);
}
