//! What is Chatwoot's own.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sources::Rejection;
use timeline::{Author, Direction, Event, Fact, IdentityKind, Personal, Status};

use crate::{
    CHATWOOT, assert_same, author, changed, event, event_with, fixture, message, read, uri,
};

#[test]
fn the_same_event_over_two_webhooks_is_one_event() {
    // Each webhook has a delivery id of its own, and looks at the conversation a moment later.
    for name in [
        "message-incoming",
        "message-outgoing",
        "message-private-note",
    ] {
        let body = fixture(CHATWOOT, name);
        let again = changed(&body, |m| {
            m["conversation"]["status"] = json!("resolved");
            m["conversation"]["unread_count"] = json!(9);
            m["conversation"]["updated_at"] = json!(1_772_999_999.5);
            m["conversation"]["labels"] = json!(["complaint"]);
            m["conversation"]["meta"]["assignee"] = json!({"id": 8, "name": "Di Sample"});
        });
        assert_same(
            &event_with(&body, "delivery-1"),
            &event_with(&again, "delivery-2"),
        );
    }
    let created = fixture(CHATWOOT, "conversation-created");
    let again = changed(&created, |c| {
        c["status"] = json!("pending");
        c["messages"][0]["content"] = json!("We answer within the hour.");
        c["meta"]["team"] = json!({"id": 5, "name": "Deliveries"});
        c["updated_at"] = json!(1_772_999_999);
    });
    assert_same(&event(&created), &event(&again));
}

#[test]
fn a_conversation_can_be_resolved_opened_and_resolved_again() {
    let body = fixture(CHATWOOT, "conversation-resolved");
    let opened = changed(&body, |c| {
        c["status"] = json!("open");
        c["updated_at"] = json!(1_772_544_100.25);
    });
    let resolved = changed(&body, |c| c["updated_at"] = json!(1_772_544_200.25));
    let ids: BTreeSet<_> = [&body, &opened, &resolved].map(|b| event(b).id).into();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_changed_state_is_one_event_whichever_webhook_tells_it() {
    let body = fixture(CHATWOOT, "conversation-resolved");
    for other in ["conversation_updated", "conversation_resolved"] {
        let again = changed(&body, |c| c["event"] = json!(other));
        assert_same(&event(&body), &event(&again));
    }
}

#[test]
fn complaint_17_an_update_of_a_message_is_never_a_second_message() {
    for name in [
        "message-deleted",
        "message-edited",
        "message-email-submitted",
    ] {
        let update = event(&fixture(CHATWOOT, name));
        assert!(matches!(update.fact, Fact::Updated(_)), "{name}");
        let moves = update
            .customer
            .is_some_and(|of| of.uri.kind() != IdentityKind::Visitor);
        assert!(!moves, "{name} moves no interaction");
    }
    let delivered = read(&fixture(CHATWOOT, "message-delivered")).unwrap();
    assert_eq!(delivered.events, []);
    assert_eq!(delivered.ignored, ["chatwoot message_updated"]);
}

#[test]
fn the_strongest_identity_is_the_customer_and_the_others_take_part() {
    let event = event(&fixture(CHATWOOT, "message-incoming"));
    assert_eq!(uri(&event).as_deref(), Some("tel:+14155550123"));
    let others: Vec<_> = event.participants.iter().map(|p| p.uri.expose()).collect();
    assert_eq!(
        others,
        [
            "mailto:ada.example@example.com",
            "visitor:chatwoot/0b6c1f2e-5b1d-4a52-9a57-0d1f6d1c7a10"
        ]
    );
}

#[test]
fn the_contacts_record_names_the_customer_in_every_inbox() {
    let channels = [
        json!("Channel::WebWidget"),
        json!("Channel::Api"),
        json!("Channel::Email"),
        json!("Channel::Whatsapp"),
        json!("Channel::Telegram"),
        Value::Null,
    ];
    for channel in channels {
        let of_record = |strongest: usize| {
            let body = changed(&fixture(CHATWOOT, "message-incoming"), |m| {
                m["conversation"]["channel"] = channel.clone();
                m["conversation"]["contact_inbox"]["source_id"] = json!("a1b2");
                for of in ["/sender", "/conversation/meta/sender"] {
                    let person = m.pointer_mut(of).unwrap();
                    person["identifier"] = json!("loyal-41");
                    for field in ["phone_number", "email", "identifier"]
                        .iter()
                        .take(strongest)
                    {
                        person[*field] = Value::Null;
                    }
                }
            });
            uri(&event(&body)).unwrap()
        };
        let customers: Vec<_> = (0..4).map(of_record).collect();
        assert_eq!(
            customers,
            [
                "tel:+14155550123",
                "mailto:ada.example@example.com",
                "crm:chatwoot/loyal-41",
                "visitor:chatwoot/a1b2"
            ],
            "{channel}"
        );
    }
}

#[test]
fn an_inboxs_own_id_of_a_person_that_is_their_number_is_no_second_identity() {
    let event = event(&fixture(CHATWOOT, "message-whatsapp"));
    let others: Vec<_> = event.participants.iter().map(|p| p.uri.expose()).collect();
    assert_eq!(others, ["crm:chatwoot/loyal-77"]);
}

#[test]
fn complaint_2_a_national_number_is_read_in_the_stacks_region() {
    let body = changed(&fixture(CHATWOOT, "message-whatsapp"), |m| {
        m["conversation"]["meta"]["sender"]["phone_number"] = json!("(415) 555-0124");
        m["sender"] = Value::Null;
    });
    assert_eq!(uri(&event(&body)).as_deref(), Some("tel:+14155550124"));
}

#[test]
fn the_agent_is_never_the_customer() {
    let body = changed(&fixture(CHATWOOT, "message-outgoing"), |m| {
        m["conversation"]["meta"] = Value::Null;
        m["conversation"]["contact_inbox"] = Value::Null;
    });
    let event = event(&body);
    assert_eq!(event.customer, None);
    assert_eq!(event.participants, []);
    assert_eq!(event.customer_name, None);
}

#[test]
fn an_agent_who_stands_beside_the_contact_of_an_old_webhook_is_not_the_customer() {
    let event = event(&fixture(CHATWOOT, "message-2020-with-agent"));
    let customer = event.customer.as_ref().map(|c| c.uri.expose());
    assert_eq!(customer, Some("visitor:chatwoot/2-contact-41"));
    assert_eq!(event.participants, []);
    let said = message(&event).unwrap();
    assert_eq!(said.author, Author::Customer);
    assert_eq!(
        said.name.as_ref().map(Personal::expose),
        Some("Ada Example")
    );
}

#[test]
fn a_conversation_that_begins_without_account_and_message_is_left_to_its_first_message() {
    let body = fixture(CHATWOOT, "conversation-created-empty");
    let reading = read(&body).unwrap();
    assert_eq!(
        reading.ignored,
        ["chatwoot conversation_created-without-account"]
    );
    let told = changed(&body, |c| c["account"] = json!({"id": 2}));
    assert_eq!(read(&told).unwrap().events.len(), 1);
    let resolved = changed(&body, |c| c["event"] = json!("conversation_status_changed"));
    assert_eq!(read(&resolved), Err(Rejection::missing("account.id")));
}

#[test]
fn another_person_who_writes_into_a_conversation_does_not_become_its_customer() {
    let body = changed(&fixture(CHATWOOT, "message-visitor"), |m| {
        m["sender"] = json!({"id": 44, "name": "Di Sample", "phone_number": "+14155550125"});
    });
    let uri = uri(&event(&body)).unwrap();
    assert!(uri.starts_with("visitor:chatwoot/"), "{uri}");
}

#[test]
fn a_bad_number_or_address_costs_the_identity_and_not_the_message() {
    let event = event(&fixture(CHATWOOT, "message-bad-phone"));
    assert_eq!(
        uri(&event).as_deref(),
        Some("visitor:chatwoot/2-contact-43")
    );
    assert_eq!(author(&event), Some(Author::Customer));
    assert_eq!(unread(&event).as_deref(), Some("call me"));
}

#[test]
fn an_address_that_cannot_be_read_is_kept_as_it_was_written_and_a_withheld_one_is_not() {
    let with = |phone: &str, email: &str| {
        event(&changed(&fixture(CHATWOOT, "message-bad-phone"), |m| {
            m["conversation"]["meta"]["sender"]["phone_number"] = json!(phone);
            m["conversation"]["meta"]["sender"]["email"] = json!(email);
        }))
    };
    let no_phone = with("", "ada at example");
    assert_eq!(unread(&no_phone).as_deref(), Some("ada at example"));
    let bad_phone = with("ada@example.com", "bo@example.com");
    assert_eq!(uri(&bad_phone).as_deref(), Some("mailto:bo@example.com"));
    assert_eq!(unread(&bad_phone).as_deref(), Some("ada@example.com"));
    assert_eq!(unread(&with("anonymous", "unknown")), None);
    assert_eq!(unread(&with("+1 415 555 0123", "ada@example.com")), None);
    assert_eq!(unread(&with(&"ä".repeat(500), "")).unwrap().len(), 320);
}

#[test]
fn a_content_that_is_no_text_is_refused_and_none_is_an_empty_message() {
    let refused = Rejection::malformed("content", "is not a text");
    assert_eq!(
        read(&fixture(CHATWOOT, "bad-content")),
        Err(refused.clone())
    );
    for name in ["message-incoming", "message-private-note", "message-edited"] {
        for content in [json!(["a"]), json!({"text": "a"}), json!(7), json!(false)] {
            let body = changed(&fixture(CHATWOOT, name), |m| m["content"] = content.clone());
            assert_eq!(read(&body), Err(refused.clone()), "{name} {content}");
        }
    }
    let empty = changed(&fixture(CHATWOOT, "message-incoming"), |m| {
        m["content"] = Value::Null;
    });
    let event = event(&empty);
    assert!(message(&event).unwrap().text.is_blank());
}

#[test]
fn an_emoji_that_was_cut_in_half_costs_itself_and_not_the_message() {
    let event = event(&fixture(CHATWOOT, "message-lone-surrogate"));
    let said = message(&event).unwrap().text.text.expose();
    assert_eq!(said, "Where is my parcel? \u{fffd} x");
}

fn unread(event: &Event) -> Option<String> {
    let address = event.unread_customer.as_ref()?;
    Some(address.expose().to_owned())
}

#[test]
fn who_wrote_first_began_the_conversation() {
    let direction = |name| event(&fixture(CHATWOOT, name)).direction;
    assert_eq!(direction("message-incoming"), Some(Direction::Inbound));
    assert_eq!(direction("message-outgoing"), None, "an answer");
    assert_eq!(
        direction("message-outgoing-first"),
        Some(Direction::Outbound)
    );
}

/// What a conversation says of complaints.
fn complaint(name: &str, change: impl Fn(&mut Value)) -> Option<bool> {
    let Fact::Status(set) = event(&changed(&fixture(CHATWOOT, name), change)).fact else {
        panic!("a status")
    };
    set.complaint
}

#[test]
fn a_label_makes_a_complaint_in_any_case_and_a_list_without_it_says_nothing() {
    let labelled =
        |labels: Value| complaint("conversation-resolved", |c| c["labels"] = labels.clone());
    assert_eq!(labelled(json!(["parcel", "COMPLAINT"])), Some(true));
    assert_eq!(labelled(json!([" complaint "])), Some(true));
    assert_eq!(labelled(json!(["complaints-desk"])), None);
    assert_eq!(labelled(json!([])), None);
    assert_eq!(labelled(Value::Null), None);
}

#[test]
fn only_taking_the_label_away_ends_a_complaint() {
    assert_eq!(complaint("conversation-unlabelled", |_| {}), Some(false));
    let change = |before: Value, now: Value| json!([{"cached_label_list": {"previous_value": before, "current_value": now}}]);
    for (before, now, expected) in [
        (json!("parcel, complaint"), json!("parcel"), Some(false)),
        (json!("complaint"), Value::Null, Some(false)),
        (json!("parcel"), json!("parcel, late"), None),
        (json!(["parcel"]), json!([]), None),
    ] {
        let told = complaint("conversation-unlabelled", |c| {
            c["changed_attributes"] = change(before.clone(), now.clone());
        });
        assert_eq!(told, expected, "{before} to {now}");
    }
    let other_change = complaint("conversation-unlabelled", |c| {
        c["changed_attributes"] =
            json!([{"assignee_id": {"previous_value": null, "current_value": 8}}]);
    });
    assert_eq!(other_change, None);
}

#[test]
fn the_account_is_part_of_the_interaction_wherever_it_stands() {
    let body = fixture(CHATWOOT, "conversation-created");
    let direct = event(&body).interaction_id;
    assert_eq!(direct.as_str(), "chatwoot:2:207");
    let nested = changed(&body, |c| c["account"] = Value::Null);
    assert_eq!(event(&nested).interaction_id, direct);
    let texts = changed(&body, |c| {
        c["account"]["id"] = json!("2");
        c["id"] = json!("207");
    });
    assert_eq!(event(&texts).interaction_id, direct);
    let message = event(&fixture(CHATWOOT, "message-incoming"));
    assert_eq!(message.interaction_id, direct);
    let other = changed(&body, |c| c["account"]["id"] = json!(3));
    assert_ne!(event(&other).interaction_id, direct);
}

#[test]
fn an_unused_event_is_counted_by_its_name_and_never_by_what_it_says() {
    for (name, ignored) in [
        ("contact-updated", "chatwoot contact_updated"),
        ("webwidget-triggered", "chatwoot webwidget_triggered"),
        ("typing", "chatwoot conversation_typing_on"),
        ("automation", "chatwoot automation_event.message_created"),
        ("conversation-waiting", "chatwoot conversation_updated"),
    ] {
        let reading = read(&fixture(CHATWOOT, name)).unwrap();
        assert_eq!(reading.events, [], "{name}");
        assert_eq!(reading.ignored, [ignored]);
    }
    let body = changed(&fixture(CHATWOOT, "typing"), |c| {
        c["event"] = json!("note_for ada.example@example.com");
    });
    assert_eq!(read(&body).unwrap().ignored, ["chatwoot other"]);
}

#[test]
fn every_status_has_its_meaning_as_word_and_as_number() {
    for (words, number, status) in [
        (["open", "open"], 0, Status::Open),
        (["resolved", "resolved"], 1, Status::Resolved),
        (["pending", "bot"], 2, Status::Pending),
        (["snoozed", "snoozed"], 3, Status::Snoozed),
    ] {
        for written in [json!(words[0]), json!(words[1]), json!(number)] {
            let body = changed(&fixture(CHATWOOT, "conversation-resolved"), |c| {
                c["status"] = written.clone();
            });
            assert!(
                matches!(event(&body).fact, Fact::Status(change) if change.status == status),
                "{written}"
            );
        }
    }
}

#[test]
fn names_texts_and_lists_are_bounded() {
    let body = changed(&fixture(CHATWOOT, "message-incoming"), |m| {
        m["content"] = json!("ä".repeat(75_000));
        m["sender"]["name"] = json!("n".repeat(100_000));
        m["attachments"] = json!(vec![
            json!({"data_url": "https://x.example/".repeat(999)});
            999
        ]);
    });
    let event = event(&body);
    let size = serde_json::to_string(&event).unwrap().len();
    assert!(size < 64 * 1024, "{size} bytes");
    let Fact::Message(message) = event.fact else {
        panic!("a message")
    };
    assert_eq!(message.text.full_length, Some(150_000));
    assert_eq!(message.attachments.len(), timeline::MAX_ATTACHMENTS);
}
