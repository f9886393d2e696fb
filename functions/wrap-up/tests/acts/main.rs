//! The function as API Gateway calls it: real requests in, on a real table, answers out.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod desk;
mod manual;
mod promising;
mod refusing;
mod repeating;

use serde_json::json;
use tests::story::caller;

use desk::{Desk, note, sample, wrap_up};

#[tokio::test]
async fn a_wrap_up_is_stored_whole_and_answered_with_the_interaction() {
    let desk = Desk::open().await;
    let answer = desk.stored(sample("wrap-up")).await;
    assert_eq!(answer.body["id"], "invented:call-1");
    assert_eq!(answer.body["state"], "abandoned", "as it was");
    assert_eq!(answer.body["disposition"], "bid requested");
    assert_eq!(answer.body["notes"][0]["text"], "Wants the larger one.");
    assert_eq!(answer.body["notes"][0]["agent"], "agent-7");
    assert_eq!(answer.body["promises"][0]["promised"], "callback");
    assert_eq!(answer.body["promises"][0]["owner"], "sales");
    let events = desk.events_of("invented:call-1").await;
    let mut kinds: Vec<_> = events.iter().map(|event| event.fact.kind()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["ended", "note", "promised", "started", "wrap_up"]);
    let manual = events.iter().filter(|e| e.source.as_str() == "manual");
    assert_eq!(manual.count(), 3);
}

#[tokio::test]
async fn a_complaint_is_pinned_until_a_wrap_up_resolves_it() {
    let desk = Desk::open().await;
    let customer = caller(0).uri;
    desk.stored(wrap_up(None, &json!({"complaint": true})))
        .await;
    assert_eq!(desk.known(&customer).await.pinned.len(), 1);
    let answer = desk.stored(wrap_up(None, &json!({"resolved": true}))).await;
    assert_eq!(answer.body.get("open_complaint_since"), None);
    assert_eq!(desk.known(&customer).await.pinned.len(), 0);
    let again = desk
        .stored(wrap_up(None, &json!({"resolved": false})))
        .await;
    assert!(again.body["open_complaint_since"].is_string());
    assert_eq!(desk.known(&customer).await.pinned.len(), 1);
}

#[tokio::test]
async fn notes_stand_newest_first_under_their_agent() {
    let desk = Desk::open().await;
    for (minute, text) in [(5, "first"), (7, "third"), (6, "second")] {
        let body = json!({"text": text, "at": format!("2026-03-02T09:0{minute}:00Z")});
        desk.stored(desk::with("note", None, &body)).await;
    }
    let answer = desk.stored(note(None, "now")).await;
    let said: Vec<_> = answer.body["notes"].as_array().unwrap().iter().collect();
    let texts: Vec<_> = said.iter().map(|note| &note["text"]).collect();
    assert_eq!(texts, ["now", "third", "second"]);
    assert!(said.iter().all(|note| note["agent"] == "agent-7"));
}

#[tokio::test]
async fn each_sample_has_its_answer() {
    let desk = Desk::open().await;
    let expected = [
        ("mobile-call", 201),
        ("note", 201),
        ("promise-kept", 404),
        ("wrap-up", 201),
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), expected.len());
    for (name, status) in expected {
        assert_eq!(desk.ask(sample(name)).await.status, status, "{name}");
    }
}
