//! WhatsApp: numbers, threads and receipts.

use super::*;

#[test]
fn complaint_3_forms_of_one_number_are_one_thread_and_one_customer() {
    for (one, other) in [
        ("551161234567", "5511961234567"),
        ("5491123456789", "541123456789"),
        ("5215512345678", "525512345678"),
    ] {
        let written = |number: &str| {
            changed("whatsapp", "message-2022", |body| {
                message(body)["from"] = json!(number);
                body["entry"][0]["changes"][0]["value"]["contacts"][0]["wa_id"] = json!(number);
            })
        };
        let receipt = changed("whatsapp", "status-read", |body| {
            body["entry"][0]["changes"][0]["value"]["statuses"][0]["recipient_id"] = json!(other);
        });
        let echo = changed("whatsapp", "echo", |body| {
            let echo = &mut body["entry"][0]["changes"][0]["value"]["message_echoes"][0];
            echo["to"] = json!(format!("+{other}"));
        });
        let (a, b) = (written(one), written(other));
        assert_eq!(uri(&a), uri(&b));
        for event in [&b, &receipt, &echo] {
            assert_eq!(event.interaction_id, a.interaction_id, "{one} and {other}");
        }
        // The number that telephones is the same person's.
        assert_eq!(participants(&a), participants(&b));
        assert!(participants(&a)[0].starts_with("tel:+"));
    }
}

#[test]
fn complaint_4_the_address_to_answer_is_as_whatsapp_wrote_it() {
    let event = &reading("whatsapp", "message-brazil").events[0];
    let customer = event.customer.as_ref().unwrap();
    assert_eq!(customer.uri.expose(), "whatsapp:+5511961234567");
    assert_eq!(customer.raw.expose(), "551161234567");
}

#[test]
fn whatsapp_ids_hold_no_number_in_any_dress() {
    for fixture in Fixture::all("whatsapp") {
        for event in read(&fixture).map(|read| read.events).unwrap_or_default() {
            for id in [event.interaction_id.as_str(), event.id.as_str()] {
                // `MTQxNTU1NTAxMjM` is base64 of the number, as it stands in a message's id.
                let told = ["4155550123", "MTQxNTU1NTAxMjM", "wamid"]
                    .iter()
                    .any(|part| id.contains(part));
                assert!(!told, "{}", fixture.name);
            }
        }
    }
}

#[test]
fn whatsapp_who_wrote_first_began_and_a_receipt_is_the_messages_own() {
    let asked = events("whatsapp", &["message-text", "echo"]);
    assert_eq!(summary(&asked).direction, Some(Direction::Inbound));
    let template = changed("whatsapp", "status-sent", |body| {
        let status = &mut body["entry"][0]["changes"][0]["value"]["statuses"][0];
        status["timestamp"] = json!("1772440000");
    });
    let answered: Vec<Event> = asked.into_iter().chain([template]).collect();
    assert_eq!(summary(&answered).direction, Some(Direction::Outbound));

    let service = changed("whatsapp", "status-sent", |body| {
        let status = &mut body["entry"][0]["changes"][0]["value"]["statuses"][0];
        status["conversation"]["origin"]["type"] = json!("service");
    });
    assert_eq!(service.direction, None);

    let [delivered, seen] =
        ["status-delivered", "status-read"].map(|name| reading("whatsapp", name).events.remove(0));
    assert!(matches!(&delivered.fact, Fact::Reached(reached) if reached.how == Reach::Delivered));
    assert!(matches!(&seen.fact, Fact::Reached(reached) if reached.how == Reach::Read));
    assert_ne!(delivered.id, seen.id);

    let undeliverable = events("whatsapp", &["status-failed"]);
    assert!(summary(&undeliverable).bounced_at.is_some());
    let too_late = events("whatsapp", &["status-failed-window"]);
    assert!(summary(&too_late).bounced_at.is_none());
}

#[test]
fn whatsapp_a_customer_with_a_new_number_goes_on_in_the_thread_of_that_number() {
    let moved = &reading("whatsapp", "message-number-changed").events[0];
    let after = changed("whatsapp", "message-2022", |body| {
        message(body)["from"] = json!("12025550177");
        body["entry"][0]["changes"][0]["value"]["contacts"][0]["wa_id"] = json!("12025550177");
    });
    assert_eq!(moved.related[0].relation, Relation::Next);
    assert_eq!(moved.related[0].interaction_id, after.interaction_id);
    assert!(participants(moved).contains(&"whatsapp:+12025550177"));
}

#[test]
fn whatsapp_two_numbers_of_the_company_and_a_group_are_threads_of_their_own() {
    let one = &reading("whatsapp", "message-text").events[0];
    let other = changed("whatsapp", "message-text", |body| {
        body["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] =
            json!("110203405067090");
    });
    let group = &reading("whatsapp", "message-group").events[0];
    assert_ne!(one.interaction_id, other.interaction_id);
    assert_ne!(one.interaction_id, group.interaction_id);
    assert_eq!(
        group.interaction_id,
        reading("whatsapp", "status-group").events[0].interaction_id
    );
    // The company's own number is nobody's identity.
    let own = changed("whatsapp", "message-2022", |body| {
        message(body)["from"] = json!("12025550142");
        body["entry"][0]["changes"][0]["value"]["contacts"] = json!([]);
    });
    assert_eq!((uri(&own), own.participants.len()), (None, 0));
}

#[test]
fn whatsapp_a_hidden_number_is_known_by_its_id_and_met_again_under_the_number() {
    let hidden = &reading("whatsapp", "message-no-number").events[0];
    assert_eq!(
        uri(hidden),
        Some("visitor:whatsapp/US.13579246801357924680")
    );
    let shown = changed("whatsapp", "message-no-number", |body| {
        message(body)["from"] = json!("14155550199");
    });
    assert_eq!(uri(&shown), Some("whatsapp:+14155550199"));
    assert!(participants(&shown).contains(&uri(hidden).unwrap()));
}
