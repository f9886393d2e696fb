//! The function as API Gateway calls it: real events in, on a real table, answers out.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod contacting;
mod desk;
mod paging;
mod refusing;
mod round_trips;
mod states;
mod trips;

use serde_json::{Value, json};
use tests::story::{answer, caller, hangup, interaction, note, ring};

use desk::{Desk, sample};

/// A past with an ended call, which an agent took, and one of which no end was heard.
async fn with_a_past() -> Desk {
    let desk = Desk::open().await;
    let first = interaction("call-1");
    desk.store(&[
        ring(&first, 0, Some(caller(0))),
        answer(&first, 12),
        hangup(&first, 312),
    ])
    .await;
    let second = interaction("call-2");
    desk.store(&[
        ring(&second, 3600, Some(caller(0))),
        note(&second, "note", 3700, 5),
    ])
    .await;
    desk
}

#[tokio::test]
async fn a_pop_tells_who_calls_and_what_was_before() {
    let desk = with_a_past().await;
    let pop = desk.ask(sample("pop-by-phone")).await;
    assert_eq!(
        (pop.status, pop.content_type.as_str()),
        (200, "application/json")
    );
    insta::assert_json_snapshot!("pop", pop.body, {".pop_id" => "[id]"});
}

#[tokio::test]
async fn an_interaction_is_told_with_its_events() {
    let desk = with_a_past().await;
    let page = desk.ask(sample("interaction")).await;
    assert_eq!(page.status, 200);
    insta::assert_json_snapshot!("interaction", page.body);
    let other = desk.ask(desk::interaction("invented%3Acall-2", "")).await;
    assert_eq!(other.body["id"], "invented:call-2", "the path is decoded");
}

#[tokio::test]
async fn a_customer_is_told_under_the_id_that_the_pop_gives() {
    let desk = with_a_past().await;
    let pop = desk.ask(sample("pop-by-phone")).await.body;
    let id = pop["customer"]["id"].as_str().unwrap();
    let customer = desk.ask(desk::customer(id)).await;
    assert_eq!((customer.status, &customer.body), (200, &pop["customer"]));
    let page = desk.ask(desk::timeline(id, "")).await;
    assert_eq!(
        (page.status, &page.body["timeline"]),
        (200, &pop["timeline"])
    );
    assert_eq!(page.body["next_cursor"], Value::Null);
}

#[tokio::test]
async fn each_sample_has_its_answer() {
    let desk = with_a_past().await;
    let expected = [
        ("customer", 404, json!(null)),
        ("interaction", 200, json!("ended")),
        ("may-contact", 404, json!(null)),
        ("pop-anonymous", 200, json!("anonymous")),
        ("pop-by-email", 200, json!("unknown")),
        ("pop-by-identity", 200, json!("unknown")),
        ("pop-by-phone", 200, json!("match")),
        ("refused-number", 400, json!(null)),
        ("timeline", 404, json!(null)),
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), expected.len());
    for (name, status, state) in expected {
        let answer = desk.ask(sample(name)).await;
        assert_eq!(
            (answer.status, &answer.body["state"]),
            (status, &state),
            "{name}"
        );
    }
}
