//! What a session is, and what of it reaches the queue.

use serde_json::{Value, json};
use timeline::{Channel, Interaction, State};
use widget_sessions::{REPEATS_MS, SCRIPT, TOKEN_LIFETIME_MS, Widget};

use crate::desk::{Desk, NOW, ORIGIN, ask, environment, page, post, sample, told};

#[tokio::test]
async fn a_session_begins_and_its_events_reach_the_queue() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    assert!(session["visitor_secret"].as_str().unwrap().len() >= 22);
    assert_eq!(session["expires_at"], "2026-03-02T09:45:00.000Z");
    let answer = desk.post(&told(&session, json!([page("page-0001")]))).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    let queued = desk.queued().await;
    assert_eq!(queued.len(), 1);
    let visitor = queued[0]["visitor"].as_str().unwrap();
    assert_eq!(
        queued[0],
        json!({
            "source": "widget", "widget": "shop", "visitor": visitor, "session": session["session"],
            "origin": ORIGIN, "events": [page("page-0001")],
        })
    );
    let secret = session["visitor_secret"].as_str().unwrap();
    assert!(!queued[0].to_string().contains(secret) && visitor.len() == 26);
    assert_eq!(
        session["visitor_id"], visitor,
        "a site may show it to a desktop"
    );
}

#[tokio::test]
async fn a_visitor_who_comes_again_is_the_same_in_another_session() {
    let desk = Desk::open().await;
    let first = desk.session().await;
    let again = json!({"widget": "shop", "visitor_secret": first["visitor_secret"]});
    let again = desk.post(&again).await.body();
    assert_eq!(again.get("visitor_secret"), None, "the browser has it");
    assert_eq!(again["visitor_id"], first["visitor_id"]);
    assert_ne!(first["session"], again["session"]);
    for session in [&first, &again] {
        desk.post(&told(session, json!([page("page-0001")]))).await;
    }
    let queued = desk.queued().await;
    assert_eq!(queued[0]["visitor"], queued[1]["visitor"]);
    let stranger = desk.session().await;
    desk.post(&told(&stranger, json!([page("page-0001")])))
        .await;
    assert_ne!(desk.queued().await[0]["visitor"], queued[0]["visitor"]);
}

#[tokio::test]
async fn complaint_17_what_is_sent_twice_is_the_same_event() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let batch = told(&session, json!([page("page-0001")]));
    desk.post(&batch).await;
    desk.post(&batch).await;
    let events = desk.events().await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].content_hash(), events[1].content_hash());
    assert_eq!(events[0].interaction_id, events[1].interaction_id);
}

#[tokio::test]
async fn the_timeline_gets_a_visit_and_an_open_conversation() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let batch = json!([
        page("page-0001"),
        {"id": "action-01", "at": NOW, "kind": "action", "name": "Checkout Failed", "attributes": {"step": 2}},
        {"id": "claim-001", "at": NOW, "kind": "identify", "email": "ada@example.com", "name": "Ada Sample"},
        {"id": "text-0001", "at": NOW, "kind": "message", "text": "Where is my parcel?"},
        {"id": "end-00001", "at": NOW, "kind": "end"},
        {"id": "other-001", "at": NOW, "kind": "of-next-year"},
    ]);
    assert_eq!(desk.post(&told(&session, batch)).await.status, 202);
    let events = desk.events().await;
    assert_eq!(events.len(), 5);
    let of = |channel| events.iter().filter(move |event| event.channel == channel);
    let visit = Interaction::of(of(Channel::Web)).unwrap().summary();
    let written = Interaction::of(of(Channel::Chat)).unwrap().summary();
    assert_eq!((visit.state, written.state), (State::Ended, State::Open));
    assert_eq!(visit.customer_name.unwrap().expose(), "Ada Sample");
    assert_eq!(written.preview.unwrap().expose(), "Where is my parcel?");
}

#[tokio::test]
async fn a_body_is_json_whatever_it_says_and_in_whatever_form_it_comes() {
    let desk = Desk::open().await;
    let body = json!({"widget": "shop"}).to_string();
    for kind in [
        "text/plain;charset=UTF-8",
        "application/json",
        "image/png",
        "",
    ] {
        let mut event = post(&body);
        event["headers"]["content-type"] = json!(kind);
        assert_eq!(desk.ask(event).await.status, 201, "{kind}");
    }
    let mut event = post(&data_encoding::BASE64.encode(body.as_bytes()));
    event["isBase64Encoded"] = json!(true);
    assert_eq!(desk.ask(event).await.status, 201);
}

#[tokio::test]
async fn a_token_is_good_for_a_day_and_half_an_hour_its_widget_and_its_origin() {
    let desk = Desk::open().await;
    let session = desk.session().await;
    let batch = told(&session, json!([page("page-0001")]));
    desk.pass(TOKEN_LIFETIME_MS + REPEATS_MS - 1);
    assert_eq!(desk.post(&batch).await.status, 202);
    desk.pass(1);
    let expired = desk.post(&batch).await;
    assert_eq!(expired.status, 401);
    assert_eq!(expired.headers["access-control-allow-origin"], ORIGIN);
    let fresh = desk.session().await;
    let mut other = told(&fresh, json!([page("page-0001")]));
    other["widget"] = json!("help");
    assert_eq!(desk.post(&other).await.status, 401);
    // Two origins of one stack, which share its key.
    let both = format!("{ORIGIN},https://other.example.com");
    let both = Widget::new(environment(
        "http://127.0.0.1:9",
        "http://127.0.0.1:9/q",
        &both,
    ));
    let both = both
        .unwrap()
        .with_clock(|| NOW + TOKEN_LIFETIME_MS + REPEATS_MS);
    let mut elsewhere = post(&told(&fresh, json!([page("page-0001")])).to_string());
    elsewhere["headers"]["origin"] = json!("https://other.example.com");
    assert_eq!(ask(&both, elsewhere).await.status, 401);
}

#[tokio::test]
async fn a_preflight_is_answered_without_credentials() {
    let desk = Desk::open().await;
    let answer = desk.ask(sample("preflight")).await;
    let headers: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(
        headers,
        [
            ("access-control-allow-headers", "content-type"),
            ("access-control-allow-methods", "POST"),
            ("access-control-allow-origin", ORIGIN),
            ("access-control-expose-headers", "retry-after"),
            ("access-control-max-age", "7200"),
            ("vary", "Origin"),
        ]
    );
}

#[tokio::test]
async fn the_script_is_served_and_kept_by_browsers() {
    let desk = Desk::open().await;
    let answer = desk.ask(sample("script")).await;
    assert_eq!((answer.status, answer.text.as_str()), (200, SCRIPT));
    assert_eq!(
        answer.headers["content-type"],
        "text/javascript; charset=utf-8"
    );
    assert_eq!(answer.headers["cache-control"], "public, max-age=3600");
    let etag = answer.headers["etag"].clone();
    for known in [
        etag.clone(),
        format!("W/{etag}"),
        format!("\"old\", {etag}"),
        "*".into(),
    ] {
        let mut event = sample("script");
        event["headers"]["if-none-match"] = json!(known);
        let answer = desk.ask(event).await;
        assert_eq!((answer.status, answer.text.as_str()), (304, ""), "{known}");
        assert_eq!(answer.headers["etag"], etag);
    }
    let mut event = sample("script");
    event["headers"]["if-none-match"] = json!("\"old\"");
    assert_eq!(desk.ask(event).await.status, 200);
}

#[tokio::test]
async fn each_sample_has_its_answer() {
    let desk = Desk::open().await;
    let expected = [
        ("events-without-a-session", 401),
        ("other-origin", 403),
        ("preflight", 204),
        ("script", 200),
        ("session", 201),
        ("session-of-a-known-visitor", 201),
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), expected.len());
    for (name, status) in expected {
        assert_eq!(desk.ask(sample(name)).await.status, status, "{name}");
    }
    let none: [Value; 0] = [];
    assert_eq!(desk.queued().await, none);
}

#[tokio::test]
async fn warming_up_leaves_nothing_in_the_queue() {
    let desk = Desk::open().await;
    desk.widget.warm_up().await;
    let none: [Value; 0] = [];
    assert_eq!(desk.queued().await, none);
}
