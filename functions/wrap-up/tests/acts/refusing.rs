//! What is refused, and that nothing of it is stored or quoted.

use lambda_kit::http::MAX_BODY_BYTES;
use serde_json::{Value, json};
use tests::wire::{Passage, Wire};
use wrap_up::{MAX_KEY_BYTES, MAX_LINE_CHARS, MAX_NOTE_BYTES};

use crate::desk::{Desk, ask, note, settle, wrap_up};

#[tokio::test]
async fn a_form_that_cannot_be_taken_names_the_field_and_stores_nothing() {
    let desk = Desk::open().await;
    let long = "x".repeat(MAX_LINE_CHARS + 1);
    let promise = |change: Value| {
        let mut promise = json!({"promised": "callback", "due_at": "2030-01-01T00:00:00Z"});
        let change = change.as_object().unwrap().clone();
        promise.as_object_mut().unwrap().extend(change);
        json!({"promises": [promise]})
    };
    for (body, field) in [
        (json!({}), "body"),
        (json!({"at": "2026-03-02T09:00:00Z"}), "body"),
        (json!({"disposition": long}), "disposition"),
        (json!({"disposition": " "}), "disposition"),
        (json!({"note": ""}), "note"),
        (json!({"note": "n".repeat(MAX_NOTE_BYTES + 1)}), "note"),
        (json!({"complaint": "yes"}), "complaint"),
        (
            json!({"complaint": true, "at": "2999-01-01T00:00:00Z"}),
            "at",
        ),
        (promise(json!({"text": long})), "promises[0].text"),
        (promise(json!({"owner": long})), "promises[0].owner"),
        (
            promise(json!({"promised": "the moon"})),
            "promises[0].promised",
        ),
        (promise(json!({"due_at": null})), "promises[0].due_at"),
        (json!({"compliant": true}), "compliant"),
    ] {
        let answer = desk.ask(wrap_up(None, &body)).await;
        assert_eq!(answer.status, 400, "{body}: {answer:?}");
        assert_eq!(answer.body["errors"][0]["name"], field, "{answer:?}");
        assert!(!answer.body.to_string().contains("xxx"));
    }
    let as_long_as_can_be = note(None, &"n".repeat(MAX_NOTE_BYTES));
    desk.stored(as_long_as_can_be).await;
    assert_eq!(desk.events_of("invented:call-1").await.len(), 3);
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let desk = Desk::open().await;
    let answer = desk.ask(note(None, &"n".repeat(MAX_BODY_BYTES))).await;
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn a_note_as_long_as_can_be_is_taken_from_who_writes_it_in_escapes() {
    let desk = Desk::open().await;
    let mut event = note(None, "");
    let balloons = "\\ud83c\\udf88".repeat(MAX_NOTE_BYTES / 4);
    event["body"] = json!(format!("{{\"text\": \"{balloons}\"}}"));
    desk.stored(event).await;
}

#[tokio::test]
async fn nothing_is_said_of_an_interaction_before_it_began() {
    let desk = Desk::open().await;
    let before = "1999-01-01T00:00:00Z";
    let promise = json!({"promised": "callback", "due_at": "2030-01-01T00:00:00Z"});
    let promised = desk
        .stored(wrap_up(None, &json!({"promises": [promise]})))
        .await;
    let promise = promised.body["promises"][0]["id"].as_str().unwrap();
    let mut kept = settle(promise, None, "kept");
    kept["body"] = json!(json!({"how": "kept", "at": before}).to_string());
    let mut noted = note(None, "");
    noted["body"] = json!(json!({"text": "Called.", "at": before}).to_string());
    let wrapped = wrap_up(None, &json!({"resolved": true, "at": before}));
    for event in [kept, noted, wrapped] {
        let answer = desk.ask(event).await;
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(answer.body["errors"][0]["name"], "at");
    }
    assert_eq!(desk.events_of("invented:call-1").await.len(), 3);
}

#[tokio::test]
async fn an_interaction_that_is_not_there_may_still_be_under_way() {
    let desk = Desk::open().await;
    for id in ["invented:call-2", "no id", "", "manual:"] {
        let mut request = note(None, "x");
        request["pathParameters"]["id"] = json!(id);
        let answer = desk.ask(request).await;
        assert_eq!(answer.status, 404, "{id}");
        let detail = answer.body["detail"].as_str().unwrap();
        assert!(detail.contains("may be sent again"), "{detail}");
    }
    assert!(desk.events_of("invented:call-2").await.is_empty());
}

#[tokio::test]
async fn a_key_that_cannot_be_kept_is_refused() {
    let desk = Desk::open().await;
    let long = "k".repeat(MAX_KEY_BYTES + 1);
    for key in ["", " ", &long, "schlüssel"] {
        let answer = desk.ask(note(Some(key), "x")).await;
        assert_eq!(answer.status, 400, "{key}: {answer:?}");
        assert_eq!(answer.body["errors"][0]["name"], "Idempotency-Key");
    }
    assert_eq!(desk.events_of("invented:call-1").await.len(), 2);
}

#[tokio::test]
async fn who_does_not_say_who_it_is_may_not_write() {
    let desk = Desk::open().await;
    for claims in [json!({}), json!({"sub": " "})] {
        let mut request = note(None, "x");
        request["requestContext"]["authorizer"]["jwt"]["claims"] = claims;
        assert_eq!(desk.ask(request).await.status, 403);
    }
    let mut elsewhere = note(None, "x");
    elsewhere["routeKey"] = json!("POST /v1/interactions/{id}/other");
    assert_eq!(desk.ask(elsewhere).await.status, 404);
}

#[tokio::test]
async fn a_table_that_cannot_be_reached_is_told_as_such() {
    let desk = Desk::open().await;
    for broken in ["GetItem", "Query", "TransactWriteItems"] {
        let (client, _) = Wire::broken(&desk.client, move |operation| {
            if operation == broken {
                Passage::Throttled
            } else {
                Passage::Through
            }
        });
        let answer = ask(&desk.function(client), note(Some("k"), "x")).await;
        assert_eq!(answer.status, 503, "{broken}");
    }
    assert_eq!(desk.events_of("invented:call-1").await.len(), 2);
}
