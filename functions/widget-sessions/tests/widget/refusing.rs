//! What is not taken, and what is said then.

use std::time::Duration;

use lambda_kit::config::Env;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;
use widget_sessions::{MAX_BODY_BYTES, MAX_EVENTS, Widget};

use crate::desk::{Desk, ORIGIN, ask, environment, page, post, sample, told};

const NONE: [Value; 0] = [];

#[tokio::test]
async fn another_origin_is_refused_before_anything_is_looked_at() {
    let desk = Desk::open().await;
    for origin in [
        json!("https://www.example.net"),
        json!("http://www.example.com"),
        json!("https://www.example.com:8443"),
        json!("https://www.example.com.example.net"),
        json!("null"),
        json!(""),
    ] {
        for name in ["session", "preflight"] {
            let mut event = sample(name);
            event["headers"]["origin"] = origin.clone();
            event["body"] = json!("{ no JSON");
            let answer = desk.ask(event).await;
            assert_eq!(answer.status, 403, "{origin}");
            assert_eq!(answer.headers["vary"], "Origin");
            assert_eq!(answer.headers.get("access-control-allow-origin"), None);
        }
    }
    let mut nobody = sample("session");
    nobody["headers"].as_object_mut().unwrap().remove("origin");
    assert_eq!(desk.ask(nobody).await.status, 403);
    assert_eq!(desk.queued().await, NONE);
}

#[tokio::test]
async fn without_origins_the_widget_is_off() {
    let off = Widget::new(environment(
        "http://127.0.0.1:9",
        "http://127.0.0.1:9/q",
        "",
    ))
    .unwrap();
    off.warm_up().await;
    for name in ["session", "preflight", "script", "other-origin"] {
        assert_eq!(ask(&off, sample(name)).await.status, 404, "{name}");
    }
    let desk = Desk::open().await;
    let mut other = sample("script");
    other["routeKey"] = json!("GET /v1/other");
    assert_eq!(desk.ask(other).await.status, 404);
}

#[tokio::test]
async fn no_changed_or_foreign_token_is_taken() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let token = session["token"].as_str().unwrap();
    let (signed, tag) = token.rsplit_once('.').unwrap();
    let flipped = |text: &str| {
        let mut bytes = text.to_owned().into_bytes();
        bytes[7] ^= 1;
        String::from_utf8(bytes).unwrap()
    };
    for forged in [
        format!("{}.{tag}", flipped(signed)),
        format!("{signed}.{}", flipped(tag)),
        String::new(),
        "w1..".to_owned(),
    ] {
        let batch = json!({"widget": "shop", "token": forged, "events": [page("page-0001")]});
        assert_eq!(desk.post(&batch).await.status, 401, "{forged}");
    }
    assert_eq!(desk.queued().await, NONE);
}

#[tokio::test]
async fn what_is_too_long_or_too_much_is_refused() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let padded = |length: usize| {
        let body = told(&session, json!([page("page-0001")])).to_string();
        format!("{body}{}", " ".repeat(length - body.len()))
    };
    assert_eq!(desk.ask(post(&padded(MAX_BODY_BYTES))).await.status, 202);
    let long = padded(MAX_BODY_BYTES + 1);
    assert_eq!(desk.ask(post(&long)).await.status, 413);
    let mut encoded = post(&data_encoding::BASE64.encode(long.as_bytes()));
    encoded["isBase64Encoded"] = json!(true);
    assert_eq!(desk.ask(encoded).await.status, 413);
    let many: Vec<_> = (0..=MAX_EVENTS)
        .map(|number| page(&format!("page-{number:04}")))
        .collect();
    let refused = desk.post(&told(&session, json!(many))).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body()["errors"][0]["name"], "events");
    assert_eq!(
        desk.post(&told(&session, json!(many[1..]))).await.status,
        202
    );
    let queued = desk.queued().await;
    assert_eq!(queued.len(), 2);
}

#[tokio::test]
async fn a_refusal_names_the_field_and_quotes_nothing() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let mut bad = page("page-0001");
    bad["at"] = json!("ada@example.com");
    let cases = [
        (
            told(&session, json!([page("page-0002"), bad])),
            "events[1].at",
        ),
        (told(&session, json!([])), "events"),
        (
            json!({"widget": "shop", "events": [page("page-0001")]}),
            "token",
        ),
        (
            json!({"widget": "shop", "visitor_secret": "ada@example.com"}),
            "visitor_secret",
        ),
        (json!({"widget": "ada@example.com"}), "widget"),
        (json!({}), "."),
    ];
    for (body, field) in cases {
        let refused = desk.post(&body).await;
        assert_eq!(refused.status, 400, "{field}");
        assert_eq!(refused.headers["access-control-allow-origin"], ORIGIN);
        assert!(!refused.text.contains("ada"), "{}", refused.text);
        assert_eq!(refused.body()["errors"][0]["name"], field);
    }
    for body in [
        "",
        "{",
        "[]",
        "null",
        "\"shop\"",
        "\u{0}",
        &"[".repeat(10_000),
    ] {
        assert_eq!(desk.ask(post(body)).await.status, 400);
    }
    let mut broken = post("%%%");
    broken["isBase64Encoded"] = json!(true);
    assert_eq!(
        desk.ask(broken).await.status,
        500,
        "API Gateway encodes right"
    );
    let queued = desk.queued().await;
    assert_eq!(queued.len(), 1);
    assert_eq!(
        queued[0]["events"],
        json!([page("page-0002")]),
        "the good one of the first"
    );
}

#[tokio::test]
async fn an_event_that_is_not_understood_takes_no_other_with_it() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let future = json!({"kind": "future", "url": {"a": 1}});
    let batch = told(&session, json!([future, page("page-0001")]));
    assert_eq!(desk.post(&batch).await.status, 202);
    let mut odd = page("page-0003");
    odd["title"] = json!(["Parcels"]);
    let batch = told(&session, json!([odd, page("page-0002"), "page"]));
    let refused = desk.post(&batch).await;
    assert_eq!(refused.status, 400);
    let fields: Vec<_> = refused.body()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["name"].clone())
        .collect();
    assert_eq!(fields, ["events[0].title", "events[2]"]);
    let queued = desk.queued().await;
    let events: Vec<_> = queued.iter().map(|body| &body["events"]).collect();
    assert_eq!(
        events,
        [&json!([page("page-0001")]), &json!([page("page-0002")])]
    );
}

#[tokio::test]
async fn who_sends_too_much_is_told_when_to_come_again() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let batch = told(&session, json!([page("page-0001")]));
    let mut statuses = Vec::new();
    for _ in 0..25 {
        statuses.push(desk.post(&batch).await.status);
    }
    // One of the twenty was the session's beginning.
    assert_eq!(statuses[..19], [202; 19]);
    assert_eq!(statuses[19..], [429; 6]);
    let refused = desk.post(&batch).await;
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(
        refused.headers["access-control-expose-headers"],
        "retry-after"
    );
    assert_eq!(
        desk.post(&json!({"widget": "shop"})).await.status,
        201,
        "others may"
    );
    desk.pass(1000);
    assert_eq!(desk.post(&batch).await.status, 202);
    // New visitors without end from one address.
    let mut statuses = Vec::new();
    for _ in 0..300 {
        statuses.push(desk.post(&json!({"widget": "shop"})).await.status);
    }
    assert_eq!(statuses.last(), Some(&429));
    let mut elsewhere = post(&json!({"widget": "shop"}).to_string());
    elsewhere["requestContext"]["http"]["sourceIp"] = json!("192.0.2.8");
    assert_eq!(desk.ask(elsewhere).await.status, 201);
}

#[tokio::test]
async fn what_the_queue_does_not_take_is_not_accepted() {
    // One that nobody serves, and one that never answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = format!("http://{}/000000000000/q", silent.local_addr().unwrap());
    for url in ["http://127.0.0.1:9/000000000000/q", &silent] {
        let desk = Desk::on(url);
        let session = desk.session().await;
        let began = Instant::now();
        let refused = desk.post(&told(&session, json!([page("page-0001")]))).await;
        assert_eq!(refused.status, 503, "{url}");
        assert_eq!(refused.headers["retry-after"], "5");
        assert!(began.elapsed() < Duration::from_secs(7), "{url}");
    }
}

#[test]
fn the_environment_is_checked_at_once() {
    let names = |env: Env| -> Vec<_> { Widget::new(env).err().unwrap().names().collect() };
    let nothing: [(&str, &str); 0] = [];
    let missing = names(Env::from_map(nothing));
    for name in ["CHAT_EVENTS_QUEUE_URL", "STACK_SECRET", "AWS_REGION"] {
        assert!(missing.contains(&name), "{name}");
    }
    assert!(!missing.contains(&"WIDGET_ORIGINS"), "empty, it is off");
    let wrong = environment("http://127.0.0.1:9", "http://127.0.0.1:9/q", "*");
    assert_eq!(names(wrong), ["WIDGET_ORIGINS"]);
}
