//! The function as API Gateway calls it: real requests in, on a real table, answers out.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod desk;
mod refusing;

use serde_json::{Value, json};
use tests::story::{caller, event, interaction, ring};
use timeline::{Fact, Personal, Updated};

use desk::{Desk, patch, sample};

/// A customer who called once, of whom a website has said something.
async fn with_a_caller() -> (Desk, String) {
    let desk = Desk::open().await;
    let mut call = ring(&interaction("call-1"), 0, Some(caller(0)));
    call.customer_name = Some(Personal::new("A. Example"));
    let said = Fact::Updated(Updated::default());
    let mut identify = event(&interaction("visit-1"), "identify", 60, said);
    identify.customer = Some(caller(0));
    for (name, value) in [("company", "Exmple"), ("language", "de")] {
        identify
            .traits
            .insert(name.parse().unwrap(), Personal::new(value));
    }
    desk.store(&[call]).await;
    desk.store(&[identify]).await;
    let id = desk.id_of(&caller(0).uri);
    (desk, id)
}

#[tokio::test]
async fn a_change_is_answered_with_the_profile_and_its_version() {
    let (desk, id) = with_a_caller().await;
    let changes = json!({
        "company": "Example Ltd",
        "language": null,
        "preferences": {"channel": "email"}
    });
    let answer = desk.ask(patch(&id, &changes)).await;
    assert_eq!(
        (answer.status, answer.content_type.as_str()),
        (200, "application/json")
    );
    let etag = answer.etag.unwrap();
    assert_eq!(etag.len(), 28, "{etag}");
    insta::assert_json_snapshot!("profile", answer.body, {
        ".profile.company.at" => "[now]",
        ".profile.preferences.channel.at" => "[now]",
    });
}

#[tokio::test]
async fn a_version_is_good_for_one_change() {
    let (desk, id) = with_a_caller().await;
    let first = desk.ask(patch(&id, &json!({}))).await.etag.unwrap();
    let with = |tag: &str, name: &str| {
        let mut event = patch(&id, &json!({"name": name}));
        event["headers"]["if-match"] = json!(tag);
        event
    };
    let changed = desk.ask(with(&first, "Ada Example")).await;
    assert_eq!(changed.status, 200);
    let second = changed.etag.clone().unwrap();
    assert_ne!(first, second);
    let stale = desk.ask(with(&first, "Ada Other")).await;
    assert_eq!((stale.status, stale.etag), (412, None));
    assert_eq!(stale.content_type, "application/problem+json");

    let again = desk.ask(with(&first, "Ada Example")).await;
    assert_eq!(
        (again.status, again.etag, again.body),
        (200, Some(second), changed.body)
    );
    assert_eq!(desk.ask(with("*", "Ada Other")).await.status, 200);
    let without = desk.ask(patch(&id, &json!({"name": "Ada"}))).await;
    assert_eq!(without.body["profile"]["name"]["value"], "Ada");
}

#[tokio::test]
async fn complaint_23_a_sync_of_a_crm_never_overwrites_what_an_agent_wrote() {
    let (desk, id) = with_a_caller().await;
    let sync = |changes: Value| {
        let mut event = sample("patch-by-sync");
        event["pathParameters"]["id"] = json!(id);
        event["body"] = json!(changes.to_string());
        event
    };
    let synced = desk
        .ask(sync(json!({"company": "Exmpl", "name": "ADA"})))
        .await;
    let company = &synced.body["profile"]["company"];
    assert_eq!(
        (&company["value"], &company["rank"]),
        (&json!("Exmpl"), &json!("automation"))
    );
    desk.ask(patch(&id, &json!({"company": "Example Ltd", "name": null})))
        .await;
    let synced = desk
        .ask(sync(json!({"company": "Exmpl", "name": "ADA"})))
        .await;
    assert_eq!(synced.status, 200);
    let profile = &synced.body["profile"];
    assert_eq!(profile["company"]["value"], "Example Ltd");
    assert_eq!(profile["company"]["by"], "agent:agent-7");
    assert_eq!(
        profile["name"],
        Value::Null,
        "neither the sync's nor the call's"
    );
}

#[tokio::test]
async fn each_sample_has_its_answer() {
    let (desk, id) = with_a_caller().await;
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    let mut samples = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let mut event = sample(name.strip_suffix(".json").unwrap());
        assert_eq!(
            desk.ask(event.clone()).await.status,
            404,
            "{name}: an invented id"
        );
        event["pathParameters"]["id"] = json!(id);
        assert_eq!(desk.ask(event).await.status, 200, "{name}");
        samples += 1;
    }
    assert_eq!(samples, 2);
}
