//! What is Amazon Connect's own.

use timeline::{Fact, Interaction, Opening, Relation};

use crate::{CONNECT, assert_same, event, fixture, message, read};

#[test]
fn a_chat_of_amazon_connect_is_the_interaction_of_its_contact() {
    let events = [
        "joined-customer",
        "message-customer",
        "joined-agent",
        "message-for-agents",
        "chat-ended",
    ]
    .map(|name| event(&fixture(CONNECT, name)));
    for event in &events {
        let id = event.interaction_id.as_str();
        assert_eq!(id, "amazon-connect:5f2b7c10-1111-4aaa-9bbb-0c0c0c0c0c01");
        assert_eq!(event.related, [], "it is its own first contact");
    }
    assert!(matches!(&events[0].fact, Fact::Started(s) if s.opening == Opening::Open));
    assert!(
        matches!(&events[2].fact, Fact::Answered(p) if p.agent.as_deref() == Some("Bo Sample"))
    );
    assert!(matches!(events[4].fact, Fact::Ended(_)));
    let interaction = Interaction::of(&events).unwrap();
    let customer = interaction.customer().map(|c| c.uri.expose());
    assert_eq!(
        customer,
        Some("visitor:amazon-connect/b0000000-0000-4000-8000-00000000c001")
    );
}

#[test]
fn complaint_16_a_transferred_chat_points_to_where_it_began() {
    let event = event(&fixture(CONNECT, "message-agent-after-transfer"));
    let id = event.interaction_id.as_str();
    assert_eq!(id, "amazon-connect:5f2b7c10-2222-4aaa-9bbb-0c0c0c0c0c02");
    let related: Vec<_> = event
        .related
        .iter()
        .map(|r| (r.relation, r.interaction_id.as_str()))
        .collect();
    let initial = "amazon-connect:5f2b7c10-0000-4aaa-9bbb-0c0c0c0c0c00";
    assert_eq!(related, [(Relation::Initial, initial)]);
}

#[test]
fn raw_delivery_says_the_same_as_the_envelope() {
    assert_same(
        &event(&fixture(CONNECT, "message-customer")),
        &event(&fixture(CONNECT, "message-customer-raw-delivery")),
    );
}

#[test]
fn json_for_a_widget_is_never_shown_as_words() {
    let text = |name| {
        let event = event(&fixture(CONNECT, name));
        message(&event).unwrap().text.text.expose().to_owned()
    };
    assert_eq!(text("message-interactive"), "Which evening suits you?");
    assert_eq!(text("message-json-without-words"), "");
}

#[test]
fn only_customers_and_agents_who_join_change_the_chat() {
    for (name, ignored) in [
        ("joined-supervisor", "amazon-connect participant.joined"),
        ("left-agent", "amazon-connect participant.left"),
        ("typing", "amazon-connect typing"),
        ("transfer-succeeded", "amazon-connect transfer.succeeded"),
        ("receipt", "amazon-connect message.metadata"),
    ] {
        let reading = read(&fixture(CONNECT, name)).unwrap();
        assert_eq!(reading.events, [], "{name}");
        assert_eq!(reading.ignored, [ignored]);
    }
}

#[test]
fn what_a_customer_chose_in_an_interactive_message_is_what_they_said() {
    let event = event(&fixture(CONNECT, "message-interactive-answer"));
    let said = message(&event).unwrap();
    assert_eq!(said.text.text.expose(), "Friday, Saturday");
}
