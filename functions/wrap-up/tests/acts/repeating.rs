//! Idempotency keys: the same request again does nothing twice, another one under its key is refused.

use futures_util::future::join_all;
use serde_json::{Value, json};

use tests::story::{caller, interaction, ring};

use crate::desk::{Desk, ask, manual, note, settle, wrap_up};

fn mobile() -> Value {
    json!({
        "channel": "call", "direction": "inbound", "customer": "415 555 0107",
        "started_at": "2026-03-02T08:00:00Z", "ended_at": "2026-03-02T08:05:00Z"
    })
}

#[tokio::test]
async fn the_same_request_again_is_answered_alike_and_stored_once() {
    let desk = Desk::open().await;
    let all = json!({"disposition": "bid", "complaint": false, "note": "Said so.",
        "promises": [{"promised": "email", "due_at": "2030-01-01T00:00:00Z"}]});
    for request in [
        wrap_up(Some("w"), &all),
        note(Some("n"), "Said so."),
        manual(Some("m"), &mobile()),
    ] {
        let first = desk.stored(request.clone()).await;
        let events = desk.events_of(first.body["id"].as_str().unwrap()).await;
        for _ in 0..2 {
            assert_eq!(desk.ask(request.clone()).await, first);
        }
        let after = desk.events_of(first.body["id"].as_str().unwrap()).await;
        assert_eq!(after.len(), events.len());
    }
}

#[tokio::test]
async fn another_content_under_the_same_key_is_refused_and_the_first_stays() {
    let desk = Desk::open().await;
    let due = "2030-01-01T00:00:00Z";
    let promise = json!({"promised": "email", "due_at": due});
    let first = json!({"disposition": "bid", "note": "One", "promises": [promise]});
    desk.stored(wrap_up(Some("k"), &first)).await;
    let before = desk.events_of("invented:call-1").await;
    for other in [
        json!({"disposition": "bid"}),
        json!({"disposition": "bid", "note": "One"}),
        json!({"disposition": "bid", "note": "Two", "promises": [promise]}),
        json!({"disposition": "bid", "note": "One", "promises": [promise, promise]}),
        json!({"disposition": "bid", "note": "One", "promises": [promise], "at": "2026-03-02T09:00:00Z"}),
        json!({"note": "One"}),
    ] {
        let answer = desk.ask(wrap_up(Some("k"), &other)).await;
        assert_eq!(answer.status, 409, "{other}: {answer:?}");
    }
    assert_eq!(desk.events_of("invented:call-1").await, before);
    desk.stored(note(Some("k"), "Another route has keys of its own."))
        .await;
    desk.stored(manual(Some("k"), &mobile())).await;
    let mut other = mobile();
    other["customer"] = json!("415 555 0108");
    assert_eq!(desk.ask(manual(Some("k"), &other)).await.status, 409);
    other = mobile();
    other["note"] = json!("more");
    assert_eq!(desk.ask(manual(Some("k"), &other)).await.status, 409);
}

#[tokio::test]
async fn an_end_under_a_key_is_one_end() {
    let desk = Desk::open().await;
    let promise = json!({"promised": "email", "due_at": "2030-01-01T00:00:00Z"});
    let made = desk
        .stored(wrap_up(None, &json!({"promises": [promise]})))
        .await;
    let id = made.body["promises"][0]["id"].as_str().unwrap().to_owned();
    let kept = desk.stored(settle(&id, Some("k"), "kept")).await;
    assert_eq!(desk.ask(settle(&id, Some("k"), "kept")).await, kept);
    let other = desk.ask(settle(&id, Some("k"), "withdrawn")).await;
    assert_eq!(other.status, 409);
    let ends = desk.events_of("invented:call-1").await;
    let ends = ends.iter().filter(|e| e.fact.kind() == "promise_ended");
    assert_eq!(ends.count(), 1);
}

#[tokio::test]
async fn another_agent_has_keys_of_its_own_and_without_a_key_each_request_is_another() {
    let desk = Desk::open().await;
    desk.stored(note(Some("k"), "One")).await;
    let mut other = note(Some("k"), "Two");
    other["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!("agent-8");
    desk.stored(other).await;
    desk.stored(note(None, "Three")).await;
    desk.stored(note(None, "Three")).await;
    assert_eq!(desk.events_of("invented:call-1").await.len(), 2 + 4);
    let (one, two) = (
        desk.stored(manual(None, &mobile())).await,
        desk.stored(manual(None, &mobile())).await,
    );
    assert_ne!(one.location, two.location);
}

#[tokio::test]
async fn a_request_and_its_twin_at_the_same_moment_are_stored_once() {
    let desk = Desk::open().await;
    let functions: Vec<_> = (0..6).map(|_| desk.function(desk.client.clone())).collect();
    let body = json!({"resolved": true, "note": "Once"});
    let asked = functions
        .iter()
        .map(|function| ask(function, wrap_up(Some("twin"), &body)));
    for answer in join_all(asked).await {
        assert_eq!(answer.status, 201, "{answer:?}");
    }
    assert_eq!(desk.events_of("invented:call-1").await.len(), 2 + 2);
}

#[tokio::test]
async fn the_same_key_on_another_interaction_or_promise_is_another_request() {
    let desk = Desk::open().await;
    let other = interaction("call-2");
    desk.store(&[ring(&other, 0, Some(caller(0)))]).await;
    let promise = json!({"promised": "email", "due_at": "2030-01-01T00:00:00Z"});
    let request = wrap_up(Some("k"), &json!({"promises": [promise, promise]}));
    let mut on_other = request.clone();
    on_other["pathParameters"]["id"] = json!(other.as_str());
    let made = desk.stored(request).await.body;
    let there = desk.stored(on_other).await.body;
    assert_ne!(made["promises"][0]["id"], there["promises"][0]["id"]);
    for place in 0..2 {
        let id = made["promises"][place]["id"].as_str().unwrap();
        let kept = desk.stored(settle(id, Some("kept"), "kept")).await;
        assert_eq!(kept.body["promises"][place]["state"], "kept");
    }
}
