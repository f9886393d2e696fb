//! What is refused, and what is said of it.

use serde_json::{Value, json};

use crate::desk::{Desk, patch};
use crate::with_a_caller;

const SECRET: &str = "+1 415 555 0123";

async fn refused(desk: &Desk, event: Value, status: i64) -> Value {
    let answer = desk.ask(event).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (status, "application/problem+json")
    );
    let text = answer.body.to_string();
    assert!(!text.contains("0123"), "nothing of what was sent: {text}");
    answer.body
}

#[tokio::test]
async fn wrong_fields_are_named_and_nothing_is_changed() {
    let (desk, id) = with_a_caller().await;
    let before = desk.ask(patch(&id, &json!({}))).await;
    let changes = json!({
        "name": "Ada Example",
        "phone": SECRET,
        "company": {"name": SECRET},
        "address": SECRET.repeat(100),
        "language": SECRET,
        "lifecycle_stage": SECRET,
        "preferences": {"+14155550123": "x", "time": 9}
    });
    let problem = refused(&desk, patch(&id, &changes), 400).await;
    let errors = problem["errors"].as_array().unwrap().iter();
    let told: Vec<_> = errors
        .map(|error| {
            format!(
                "{} {}",
                error["name"].as_str().unwrap(),
                error["reason"].as_str().unwrap()
            )
        })
        .collect();
    insta::assert_snapshot!("refused_fields", told.join("\n"));
    let after = desk.ask(patch(&id, &json!({}))).await;
    assert_eq!((after.etag, after.body), (before.etag, before.body));
}

#[tokio::test]
async fn a_body_that_is_no_patch_is_refused() {
    let (desk, id) = with_a_caller().await;
    for body in [
        json!(null),
        json!(""),
        json!("{\"name\": \"0123"),
        json!("[]"),
        json!("\"0123\""),
    ] {
        let mut event = patch(&id, &json!({}));
        event["body"] = body;
        refused(&desk, event, 400).await;
    }
    let long = json!({"name": "0123".repeat(4096)});
    refused(&desk, patch(&id, &long), 413).await;
}

#[tokio::test]
async fn another_media_type_is_refused_with_the_one_that_is_taken() {
    let (desk, id) = with_a_caller().await;
    for (media_type, status) in [
        ("application/json", 200),
        ("Application/Merge-Patch+JSON; charset=utf-8", 200),
        ("application/json-patch+json", 415),
        ("text/plain", 415),
        ("", 415),
    ] {
        let mut event = patch(&id, &json!({}));
        event["headers"]["content-type"] = json!(media_type);
        let answer = desk.ask(event).await;
        assert_eq!(answer.status, status, "{media_type}");
        let patches = (status == 415).then(|| "application/merge-patch+json".to_owned());
        assert_eq!(answer.accept_patch, patches, "{media_type}");
    }
}

#[tokio::test]
async fn a_header_that_cannot_be_understood_is_not_passed_over() {
    let (desk, id) = with_a_caller().await;
    for (header, value) in [
        ("if-match", ""),
        ("if-match", "\u{fc}"),
        ("x-cornerstore-rank", ""),
        ("x-cornerstore-rank", "\u{fc}"),
        ("x-cornerstore-rank", "boss"),
    ] {
        let mut event = patch(&id, &json!({"name": "Ada"}));
        event["headers"][header] = json!(value);
        let problem = refused(&desk, event, 400).await;
        assert_eq!(problem["errors"][0]["name"], header);
    }
}

#[tokio::test]
async fn a_customer_that_nobody_is_is_not_found() {
    let (desk, _) = with_a_caller().await;
    for id in ["cus_abcdefghijklmnopqrstuvwxyz", "cus_1", SECRET] {
        refused(&desk, patch(id, &json!({"name": "Ada"})), 404).await;
    }
}

#[tokio::test]
async fn a_token_that_names_nobody_and_a_rank_that_is_none_are_refused() {
    let (desk, id) = with_a_caller().await;
    let mut nobodys = patch(&id, &json!({"name": "Ada"}));
    nobodys["requestContext"]["authorizer"]["jwt"]["claims"]["sub"] = json!(" ");
    refused(&desk, nobodys, 403).await;
    let mut ranked = patch(&id, &json!({"name": "Ada"}));
    ranked["headers"]["x-cornerstore-rank"] = json!("0123");
    let problem = refused(&desk, ranked, 400).await;
    assert_eq!(problem["errors"][0]["name"], "x-cornerstore-rank");
}

#[tokio::test]
async fn a_customer_without_room_is_told_so() {
    let (desk, id) = with_a_caller().await;
    for (half, status) in [(0, 200), (1, 409)] {
        let named = (0..40).map(|n| (format!("p{half}_{n}"), json!("x")));
        let changes = json!({"preferences": Value::Object(named.collect())});
        assert_eq!(desk.ask(patch(&id, &changes)).await.status, status);
    }
}
