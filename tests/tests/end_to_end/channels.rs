//! One delivery of each kind, from its queue to the agent.

use serde_json::{Value, json};

use crate::desk::{Backend, eventually, fixture};

const CALL: &str = "amazon-connect:5f0c2a10-1111-4a1b-9c3d-000000000001";
const DELIVERIES: [&str; 6] = [
    "event-initiated",
    "event-queued",
    "event-connected-to-agent",
    "event-disconnected",
    "event-completed",
    "record",
];

pub(crate) async fn a_call_of_connect_is_one_call_in_any_order_and_however_often(on: Backend) {
    let desk = on.desk().await;
    let bodies = DELIVERIES.map(|name| fixture(&format!("amazon-connect/{name}.json")));
    let seed = fastrand::u64(..);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut first: Option<Value> = None;
    for round in 0..3 {
        let mut bodies: Vec<&str> = bodies.iter().map(String::as_str).collect();
        random.shuffle(&mut bodies);
        desk.send_together("call-events", &bodies).await;
        desk.settle().await;
        let call = desk.interaction(CALL, DELIVERIES.len()).await;
        assert_eq!(desk.rev(CALL).await, "6", "round {round}, seed {seed}");
        let first = first.get_or_insert_with(|| call.clone());
        assert_eq!(
            without_arrival(&call),
            without_arrival(first),
            "round {round}, seed {seed}"
        );
    }
    let pop = desk.pop("phone=%2B1%20415%20555%200142").await;
    assert_eq!(pop["state"], "match");
    assert_eq!(pop["timeline"].as_array().unwrap().len(), 1, "{pop}");
    let call = &pop["timeline"][0];
    assert_eq!(
        (
            &call["id"],
            &call["state"],
            &call["queue"],
            &call["duration_s"]
        ),
        (&json!(CALL), &json!("ended"), &json!("Loans"), &json!(299)),
        "{call}"
    );
    assert_eq!(pop["customer"]["identities"], json!(["tel:+14155550142"]));
    assert_eq!(desk.quarantined().await.len(), 0);
}

/// The time of arrival is the queue's, which differs from delivery to delivery.
fn without_arrival(interaction: &Value) -> Value {
    let mut interaction = interaction.clone();
    for event in interaction["events"].as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("received_at");
    }
    interaction
}

pub(crate) async fn a_call_of_a_telephone_system_is_read_from_forms_and_json(on: Backend) {
    let desk = on.desk().await;
    // Hangups first, as they arrive when a push is late.
    for name in [
        "hangup.txt",
        "answer.txt",
        "new-call.txt",
        "hangup-bare.json",
        "answer.json",
        "new-call.json",
    ] {
        desk.send("call-events", &fixture(&format!("cti/{name}")))
            .await;
    }
    let form = desk.interaction("cti:8437461", 3).await;
    assert_eq!(form["customer"]["uri"], "tel:+14155550142");
    let pop = eventually("both calls to be in the pop", || async {
        let pop = desk.pop("phone=14155550142").await;
        let calls = pop["timeline"].as_array().unwrap();
        let ended = calls.iter().filter(|call| call["state"] == "ended").count();
        if ended == 2 {
            Ok(pop)
        } else {
            Err(pop.to_string())
        }
    })
    .await;
    assert_eq!(pop["customer"]["interactions"], 2);
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn a_chat_shows_its_messages_and_never_a_private_note(on: Backend) {
    let desk = on.desk().await;
    for name in [
        "conversation-created",
        "message-incoming",
        "message-outgoing",
        "message-private-note",
    ] {
        desk.send("chat-events", &fixture(&format!("chatwoot/{name}.json")))
            .await;
    }
    desk.settle().await;
    let chat = eventually("the note to be stored", || async {
        let chat = desk.get("/v1/interactions/chatwoot:2:207").await.body;
        let noted = chat["events"].to_string().contains("Third time this month");
        if noted {
            Ok(chat)
        } else {
            Err(chat.to_string())
        }
    })
    .await;
    assert_eq!(chat["preview"], "It is on its way.", "the note came last");
    let pop = desk.pop("phone=%2B14155550123").await;
    assert_eq!(pop["timeline"][0]["preview"], "It is on its way.");
    assert_eq!(pop["customer"]["name"], "Ada Example");
    // The next agent reads it as what it is: a colleague's note, and nothing that was said in the chat.
    assert_eq!(
        pop["timeline"][0]["notes"][0]["text"],
        "Third time this month, be kind."
    );
    let said = ["preview", "subject"].map(|name| pop["timeline"][0][name].to_string());
    assert!(!said.concat().contains("Third time this month"), "{pop}");
    assert!(!pop["warnings"].to_string().contains("Third time"), "{pop}");
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn a_chat_of_connect_comes_through_its_topic(on: Backend) {
    let desk = on.desk().await;
    for name in ["chat-ended", "message-customer", "joined-customer"] {
        desk.send(
            "chat-events",
            &fixture(&format!("amazon-connect-chat/{name}.json")),
        )
        .await;
    }
    let chat = desk
        .interaction("amazon-connect:5f2b7c10-1111-4aaa-9bbb-0c0c0c0c0c01", 3)
        .await;
    assert_eq!(chat["preview"], "Is my table ready?");
    let visitor = "visitor:amazon-connect/b0000000-0000-4000-8000-00000000c001";
    let pop = desk.pop(&format!("identity={visitor}")).await;
    assert_eq!(pop["timeline"][0]["channel"], "chat");
    assert_eq!(pop["timeline"][0]["state"], "ended");
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn a_mail_comes_through_its_topic(on: Backend) {
    let desk = on.desk().await;
    desk.send("email-events", &fixture("ses/text-utf8.json"))
        .await;
    let mail = desk.interaction("ses:5bkhk46dpl4k4bwn3uwhdzop2s", 1).await;
    assert_eq!(
        mail["customer"]["raw"], "Ada@Example.com",
        "replies go to the address as written"
    );
    let pop = desk.pop("email=ADA@example.com").await;
    assert_eq!(pop["timeline"][0]["subject"], "Where is my order?");
    assert!(
        pop["timeline"][0]["preview"]
            .as_str()
            .unwrap()
            .contains("№1001")
    );
    assert_eq!(desk.quarantined().await.len(), 0);
}

pub(crate) async fn of_an_array_of_events_the_good_ones_are_stored(on: Backend) {
    let desk = on.desk().await;
    let body = fixture("cloudevents/bad-beside-good.json");
    desk.send("call-events", &body).await;
    desk.interaction("cloudevents:berlin-pbx:4711", 2).await;
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0].body, body);
    assert!(
        refused[0].said("reason").contains("[1].data.interaction"),
        "{refused:?}"
    );
}
