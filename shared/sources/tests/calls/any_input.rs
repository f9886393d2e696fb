//! Whatever order, damage or nonsense arrives.

use proptest::prelude::*;
use serde_json::{Value, json};
use timeline::{Event, Interaction, State};

use super::{NAMES_OF_A_CALL, connect, fixture, names, read};

proptest! {
    #[test]
    fn complaint_13_any_order_and_repetition_of_a_calls_events_is_the_same_call(
        order in proptest::collection::vec(0..NAMES_OF_A_CALL.len(), 0..20),
        whole in Just((0..NAMES_OF_A_CALL.len()).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let events: Vec<Event> = order
            .into_iter()
            .chain(whole)
            .map(|n| connect(NAMES_OF_A_CALL[n]))
            .collect();
        let call = Interaction::of(&events).unwrap();
        let in_order: Vec<Event> = NAMES_OF_A_CALL.into_iter().map(connect).collect();
        prop_assert_eq!(&call, &Interaction::of(&in_order).unwrap());
        let customer = call.customer().map(|customer| customer.uri.expose());
        prop_assert_eq!(customer, Some("tel:+14155550142"));
        let call = call.summary();
        prop_assert_eq!(call.state, State::Ended);
        prop_assert_eq!(call.agents, ["bea.lind"]);
        prop_assert_eq!(call.queue.as_deref(), Some("Loans"));
    }

    #[test]
    fn no_text_makes_it_panic(body in ".{0,400}") {
        let _ = read(&body);
    }

    #[test]
    fn no_damage_to_a_fixture_makes_it_panic_or_show_a_number(
        pick in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0_usize..20,
        with in "[\\PC\"{}0-9]{0,12}",
    ) {
        let all: Vec<(&str, String)> = ["amazon-connect", "cti"]
            .into_iter()
            .flat_map(|folder| names(folder).into_iter().map(move |name| (folder, name)))
            .collect();
        let (folder, name) = pick.get(&all);
        let mut body = fixture(folder, name);
        let from = body.floor_char_boundary(at.index(body.len()));
        let to = body.floor_char_boundary((from + length).min(body.len()));
        body.replace_range(from..to.max(from), &with);
        let said = match read(&body) {
            Ok(reading) => format!("{:?} {:?}", reading.ignored, reading.rejections),
            Err(rejection) => rejection.to_string(),
        };
        prop_assert!(!said.contains("5550142"), "{said}");
    }

    #[test]
    fn any_value_in_any_field_of_a_record_is_survived(
        field in any::<prop::sample::Index>(),
        value in prop_oneof![
            Just(Value::Null), Just(json!([])), Just(json!({})), Just(json!([[]])), Just(json!("")),
            any::<f64>().prop_map(|n| json!(n)), any::<i64>().prop_map(|n| json!(n)),
            ".{0,60}".prop_map(|text| json!(text)),
        ],
    ) {
        for name in ["record-resent.json", "event-disconnected.json"] {
            let mut body: Value = serde_json::from_str(&fixture("amazon-connect", name)).unwrap();
            let object = match body.get_mut("detail") {
                Some(detail) => detail.as_object_mut().unwrap(),
                None => body.as_object_mut().unwrap(),
            };
            let keys: Vec<String> = object.keys().cloned().collect();
            object.insert(field.get(&keys).clone(), value.clone());
            let _ = read(&body.to_string());
        }
    }
}
