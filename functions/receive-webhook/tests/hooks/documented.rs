//! The OpenAPI paths, held against answers.

use std::collections::BTreeSet;

use receive_webhook::openapi::paths;
use serde_json::{Value, json};

use crate::desk::{Answer, Call, Desk, SECRET, all_configured};
use crate::services::Fault;

fn operation(method: &str) -> Value {
    paths()["/v1/webhooks/{source}"][method.to_lowercase()].clone()
}

/// That the status, and the type of its content, are described.
fn assert_described(method: &str, answer: &Answer) {
    let described = &operation(method)["responses"][answer.status.to_string()];
    assert!(
        described["description"].is_string(),
        "{method} {}",
        answer.status
    );
    if method == "HEAD" {
        return;
    }
    let Some(content_type) = answer.headers.get("content-type") else {
        assert!(described.get("content").is_none(), "{method} {answer:?}");
        return;
    };
    let media_type = content_type.split(';').next().unwrap();
    assert!(
        described["content"].get(media_type).is_some(),
        "{method} {answer:?}"
    );
}

#[tokio::test]
async fn each_answer_is_one_of_the_described() {
    let mut secrets = all_configured();
    secrets["plain.faulty"] = json!([]);
    let desk = Desk::open(&secrets).await;
    let signed = |name: &str, body: &str| Call::post(name, body).signed(SECRET);
    let calls = [
        signed("plain", "{}"),
        signed("listed", "[]"),
        signed("twiml", "a=1"),
        signed("sipgate", "event=newCall"),
        Call::post("graph", "").query("validationToken=1"),
        Call::post("graph", "").query("validationToken=%3C"),
        Call::post("plain", "{}"),
        Call::post("basic", "{}"),
        Call::post("nobody", "{}"),
        Call::post("plain.faulty", "{}"),
        Call::post("plain", "x".repeat(2_000_000)),
        signed("plain", "{}").header("content-encoding", "gzip"),
        Call::get(
            "nested",
            "hub.mode=subscribe&hub.verify_token=a+token&hub.challenge=1",
        ),
        Call::get(
            "nested",
            "hub.mode=subscribe&hub.verify_token=x&hub.challenge=1",
        ),
        Call::get("plain", ""),
        Call::head("plain"),
        Call::head("nobody"),
        Call::head("plain.faulty"),
    ];
    let mut seen = BTreeSet::new();
    for call in calls {
        let answer = desk.send(&call).await;
        assert_described(call.method, &answer);
        seen.insert((call.method, answer.status));
    }
    desk.fail(&[], Some(Fault::Down));
    let answer = desk.send(&signed("plain", "{}")).await;
    assert_described("POST", &answer);
    seen.insert(("POST", answer.status));
    let wanted = [200, 202, 401, 403, 404, 413, 415, 503].map(|status| ("POST", status));
    let wanted = wanted
        .into_iter()
        .chain([200, 403, 404].map(|status| ("GET", status)));
    let wanted = wanted.chain([200, 404, 503].map(|status| ("HEAD", status)));
    assert_eq!(seen, wanted.collect());
}

#[test]
fn nothing_is_described_that_cannot_be() {
    for (method, wanted) in [
        ("GET", vec!["200", "403", "404", "429", "500", "503"]),
        ("HEAD", vec!["200", "404", "429", "500", "503"]),
        (
            "POST",
            vec![
                "200", "202", "401", "403", "404", "413", "415", "429", "500", "503",
            ],
        ),
    ] {
        let operation = operation(method);
        let statuses: Vec<_> = operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let sorted: BTreeSet<_> = statuses.into_iter().collect();
        assert_eq!(sorted.into_iter().collect::<Vec<_>>(), wanted);
        assert_eq!(
            operation["security"],
            json!([]),
            "a signature is the permission"
        );
    }
}
