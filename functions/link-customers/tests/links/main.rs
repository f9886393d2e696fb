//! The function as API Gateway calls it: real requests in, on a real table, answers out.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod desk;
mod refusing;

use serde_json::{Value, json};
use tests::story::caller;
use tests::wire::{Passage, Wire};

use desk::{Desk, identity, link, links, soon, unlink};

#[tokio::test]
async fn complaint_8_a_second_number_is_linked_in_any_punctuation_and_either_id_leads_to_both() {
    let desk = Desk::open().await;
    desk.calls(0, 2).await;
    let body = json!({"identity": "(415) 555-0101", "note": "called from the car"});
    let made = desk.link(0, body).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["customer_id"], desk.id(0));
    let both = json!([caller(0).uri, caller(1).uri]);
    assert_eq!(made.body["identities"], both);
    let link = &made.body["link"];
    assert_eq!(
        (&link["by"], &link["note"], &link["reason"]),
        (
            &json!("agent:agent-7"),
            &json!("called from the car"),
            &json!("agent")
        )
    );
    for number in [0, 1] {
        let told = desk.ask(links(&desk.id(number))).await;
        assert_eq!(told.status, 200);
        assert_eq!(told.body["customer_id"], desk.id(0));
        assert_eq!(told.body["identities"], both);
        assert_eq!(told.body["links"], json!([link]));
        assert_eq!(told.body["history"][0]["what"], "linked");
    }
}

#[tokio::test]
async fn a_customer_is_linked_by_any_id_and_a_link_that_is_there_is_told() {
    let desk = Desk::open().await;
    for number in 0..3 {
        desk.calls(number, 1).await;
    }
    desk.linked(1, 2).await;
    // The id of the number that was added leads to the customer, too.
    let body = json!({"customer_id": desk.id(2)});
    let made = desk.link(0, body.clone()).await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.body["identities"].as_array().unwrap().len(), 3);
    let again = desk.link(0, body).await;
    assert_eq!((again.status, &again.body), (200, &made.body));
    let body = json!({"customer_id": desk.id(2)});
    let preview = desk.ask(link(&desk.id(0), &body, "dry_run=true")).await;
    let told = (preview.status, &preview.body["dry_run"]);
    assert_eq!(told, (200, &json!(true)), "{preview:?}");
    assert_eq!(preview.body["customers"].as_array().unwrap().len(), 1);
    assert_eq!(preview.body["holdings"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_request_that_comes_again_under_its_key_is_the_same_link() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let mut event = link(&desk.id(0), &json!({"identity": "ada@example.com"}), "");
    event["headers"]["Idempotency-Key"] = json!("click-1");
    // The answer to the first is lost for good: the agent's desktop sends it again.
    let (client, _) = Wire::broken(&desk.client, |operation| match operation {
        "TransactWriteItems" => Passage::AnswerLost,
        _ => Passage::Through,
    });
    let lost = desk.ask_through(client, event.clone()).await;
    let again = desk.ask(event).await;
    assert!([200, 201, 503].contains(&lost.status), "{lost:?}");
    assert_eq!(again.status, 200, "{again:?}");
    let told = desk.ask(links(&desk.id(0))).await;
    assert_eq!(told.body["links"], json!([again.body["link"]]));
    assert_eq!(told.body["history"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn complaint_32_a_request_that_comes_again_after_its_link_was_ended_links_nothing() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    let mut event = link(&desk.id(0), &json!({"identity": "ada@example.com"}), "");
    event["headers"]["Idempotency-Key"] = json!("click-1");
    let made = desk.ask(event.clone()).await;
    let id = made.body["link"]["id"].as_str().unwrap();
    assert_eq!(desk.ask(unlink(&desk.id(0), id, "")).await.status, 200);
    let late = desk.ask(event.clone()).await;
    assert_eq!(
        (late.status, late.content_type.as_str()),
        (409, "application/problem+json")
    );
    assert_eq!(desk.ask(links(&desk.id(0))).await.body["links"], json!([]));
    event["headers"]["Idempotency-Key"] = json!("click-2");
    assert_eq!(desk.ask(event).await.status, 201);
}

#[tokio::test]
async fn complaint_32_a_link_is_taken_back_and_the_same_request_again_gets_the_same_answer() {
    let desk = Desk::open().await;
    for number in 0..3 {
        desk.calls(number, 1).await;
    }
    let first = desk.linked(0, 1).await;
    let second = desk.linked(0, 2).await;
    let preview = desk.ask(unlink(&desk.id(2), &first, "dry_run=true")).await;
    assert_eq!(
        (preview.status, &preview.body["dry_run"]),
        (200, &json!(true))
    );
    let still = desk.ask(links(&desk.id(1))).await;
    assert_eq!(
        still.body["links"].as_array().unwrap().len(),
        2,
        "nothing is changed"
    );
    let ended = desk.ask(unlink(&desk.id(1), &first, "")).await;
    assert_eq!((ended.status, &ended.body["dry_run"]), (200, &json!(false)));
    for field in ["customers", "links"] {
        assert_eq!(ended.body[field], preview.body[field]);
    }
    let left = json!([
        {"customer_id": desk.id(0), "identities": [caller(0).uri, caller(2).uri]},
        {"customer_id": desk.id(1), "identities": [caller(1).uri]},
    ]);
    assert_eq!(ended.body["customers"], left);
    assert_eq!(
        ended.body["links"][0]["id"],
        json!(second),
        "another link still holds"
    );
    assert_eq!(desk.ask(unlink(&desk.id(1), &first, "")).await, ended);
    let told = desk.ask(links(&desk.id(1))).await;
    let what = |place: usize| told.body["history"][place]["what"].clone();
    assert_eq!((what(0), what(1)), (json!("unlinked"), json!("linked")));
}

#[tokio::test]
async fn a_preview_counts_and_compares_and_writes_nothing() {
    let desk = Desk::open().await;
    desk.calls(0, 2).await;
    desk.calls(1, 3).await;
    desk.linked(1, 2).await;
    for (number, name) in [(0, "Ada"), (1, "Ada L.")] {
        desk.states(number, name).await;
    }
    let body = json!({"customer_id": desk.id(1)});
    let preview = desk.ask(link(&desk.id(0), &body, "dry_run=true")).await;
    assert_eq!(preview.status, 200, "{preview:?}");
    insta::assert_json_snapshot!("preview", preview.body);
    let told = desk.ask(links(&desk.id(0))).await;
    assert_eq!(
        (&told.body["links"], &told.body["history"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn complaint_9_a_number_that_several_use_is_marked_and_the_mark_is_taken_away() {
    let desk = Desk::open().await;
    desk.calls(0, 1).await;
    desk.linked(0, 1).await;
    let mark = |shared: bool| identity("tel:+1 415 555 0101", &json!({"shared": shared}));
    let marked = desk.ask(mark(true)).await;
    assert_eq!((marked.status, &marked.body["shared"]), (200, &json!(true)));
    assert_eq!(marked.body["identity"], json!(caller(1).uri));
    assert_eq!(
        desk.ask(mark(true)).await.body,
        marked.body,
        "it is marked since then"
    );
    let told = desk.ask(links(&desk.id(0))).await;
    assert_eq!(told.body["links"], json!([]));
    let body = json!({"identity": caller(1).uri});
    let refused = desk.link(0, body.clone()).await;
    assert_eq!(
        (refused.status, refused.content_type.as_str()),
        (409, "application/problem+json")
    );
    assert_eq!(
        refused.body["conflicts"],
        json!([{"kind": "shared", "identity": caller(1).uri}])
    );
    let unmarked = desk.ask(mark(false)).await;
    assert_eq!(
        unmarked.body,
        json!({"identity": caller(1).uri, "shared": false})
    );
    assert_eq!(desk.link(0, body).await.status, 201);
}

impl Desk {
    /// A source says what the customer of a number is called.
    async fn states(&self, number: u32, name: &str) {
        let traits = json!({"name": {
            "value": name, "rank": "automation", "at": tests::story::at(i64::from(number)),
            "source": "invented", "interaction_id": format!("invented:call-{number}-0"), "event_id": "ring",
        }});
        let text = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        let one = aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned());
        let put = self.client.put_item().table_name(self.table());
        put.item("pk", text(store::schema::identity_pk(&caller(number).uri)))
            .item("sk", text(store::schema::TRAITS_SK.to_owned()))
            .item("v", one.clone())
            .item("rev", one)
            .item("content", text(traits.to_string()))
            .send()
            .await
            .unwrap();
        let known = self.store.known(&caller(number).uri, soon()).await.unwrap();
        assert_eq!(known.traits.rev, 1);
    }
}

/// The names of the fields that a problem complains of.
fn fields(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap().iter();
    errors
        .map(|error| error["name"].as_str().unwrap())
        .collect()
}
