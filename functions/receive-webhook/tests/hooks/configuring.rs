//! Secrets, and where they come from.

use std::time::Duration;

use lambda_kit::config::Env;
use lambda_kit::metrics::Metrics;
use receive_webhook::Webhooks;
use serde_json::json;

use crate::desk::{ARN, Call, Desk, SECRET, all_configured, handle};
use crate::providers;
use crate::services::QUEUES;

const CONFIGURED: [&str; 9] = [
    "stamped",
    "plain",
    "listed",
    "graph",
    "twiml",
    "sipgate",
    "basic",
    "cloudevents",
    "nested",
];

#[tokio::test]
async fn what_is_not_configured_is_not_there_and_says_nothing_else() {
    let desk = Desk::open(
        &json!({"stamped": SECRET, "nested.eu": {"secrets": SECRET, "verify_token": "a token"}}),
    )
    .await;
    let absent = desk.send(&Call::post("nobody", "{}")).await;
    assert_eq!(absent.status, 404);
    let calls = [
        Call::post("plain", "{}").signed(SECRET),
        Call::post("nested", "{}").signed(SECRET),
        Call::post("unreachable", "{}"),
        Call::post("stamped.eu", "{}").signed(SECRET),
        Call::post("Stamped", "{}"),
        Call::post("../stamped", "{}"),
        Call::post("graph", "{}").query("validationToken=x"),
        Call::get(
            "nested",
            "hub.mode=subscribe&hub.verify_token=a%20token&hub.challenge=1",
        ),
        Call::get("nobody", "hub.mode=subscribe"),
        Call::get("stamped", "hub.mode=subscribe"),
        Call::get("stamped", ""),
    ];
    for call in calls {
        assert_eq!(desk.send(&call).await, absent, "{}", call.connection);
    }
    desk.assert_nothing_queued().await;
    assert_eq!(desk.figures.of("WebhooksNotFound"), 12);
    // A delivery to what could be a connection of a source is counted as one of that source's; nothing else makes a figure.
    for (figure, count) in [
        ("RefusedFromPlain", 1),
        ("RefusedFromNested", 1),
        // Two of them are handshakes that its source does not have.
        ("RefusedFromStamped", 3),
        ("RefusedFromGraph", 1),
        ("RefusedFromUnreachable", 0),
        ("RefusedFromNobody", 0),
    ] {
        assert_eq!(desk.figures.of(figure), count, "{figure}");
    }
}

#[tokio::test]
async fn each_connection_is_its_own_account() {
    let secrets = json!({"plain.eu": "one", "plain.us": "two"});
    let desk = Desk::open(&secrets).await;
    let crossed = Call {
        connection: "plain.us".to_owned(),
        ..Call::post("plain.eu", "1").signed("one")
    };
    assert_eq!(desk.send(&crossed).await.status, 401);
    assert_eq!(
        desk.send(&Call::post("plain.eu", "1").signed("one"))
            .await
            .status,
        202
    );
    let queued = desk.queued("chat-events").await;
    let attributes: Vec<_> = queued[0]
        .attributes
        .iter()
        .map(|(n, v)| format!("{n}={v}"))
        .collect();
    assert_eq!(attributes, ["account=eu", "source=plain"]);
}

#[tokio::test]
async fn secrets_are_fetched_once_and_again_when_they_are_old() {
    let desk = Desk::open(&all_configured()).await;
    desk.function.warm_up().await;
    for _ in 0..5 {
        assert_eq!(
            desk.send(&Call::post("plain", "1").signed(SECRET))
                .await
                .status,
            202
        );
    }
    assert_eq!(desk.vault().fetches, 1);
    desk.later(299);
    desk.send(&Call::post("plain", "1").signed(SECRET)).await;
    assert_eq!(desk.vault().fetches, 1);
    desk.later(1);
    desk.send(&Call::post("plain", "1").signed(SECRET)).await;
    assert_eq!(desk.vault().fetches, 2);
}

#[tokio::test]
async fn requests_at_once_fetch_once() {
    let desk = Desk::open(&all_configured()).await;
    let call = Call::post("plain", "1").signed(SECRET);
    let sending = (0..8).map(|_| desk.send(&call));
    for answer in futures_util::future::join_all(sending).await {
        assert_eq!(answer.status, 202);
    }
    assert_eq!(desk.vault().fetches, 1);
}

#[tokio::test]
async fn a_new_connection_is_found_soon() {
    let desk = Desk::open(&json!({"plain": SECRET})).await;
    let call = Call::post("listed", "[]").signed(SECRET);
    assert_eq!(desk.send(&call).await.status, 404);
    desk.vault().text = all_configured().to_string();
    assert_eq!(desk.send(&call).await.status, 404);
    assert_eq!(
        desk.vault().fetches,
        1,
        "an attacker does not decide how often"
    );
    desk.later(30);
    assert_eq!(desk.send(&call).await.status, 200);
}

#[tokio::test]
async fn old_secrets_are_used_for_an_hour_while_there_are_no_new_ones() {
    let desk = Desk::open(&all_configured()).await;
    desk.function.warm_up().await;
    desk.vault().down = true;
    desk.later(300);
    let call = Call::post("plain", "1").signed(SECRET);
    assert_eq!(desk.send(&call).await.status, 202);
    assert_eq!(desk.send(&call).await.status, 202);
    assert_eq!(
        desk.vault().fetches,
        2,
        "a failed fetch is not repeated at once"
    );
    desk.later(3299);
    assert_eq!(desk.send(&call).await.status, 202);
    desk.later(1);
    let answer = desk.send(&call).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.headers["retry-after"], "10");
    desk.vault().down = false;
    desk.later(5);
    assert_eq!(desk.send(&call).await.status, 202);
}

/// The secret, or the connection, may be new: who is told no does not come again.
#[tokio::test]
async fn what_may_be_new_comes_again_while_nobody_can_ask() {
    let desk = Desk::open(&json!({"plain": "old"})).await;
    desk.function.warm_up().await;
    let old = Call::post("plain", "1").signed("old");
    let new_secret = Call::post("plain", "1").signed("new");
    let new_connection = Call::post("listed", "[]").signed(SECRET);
    desk.vault().down = true;
    desk.vault().text = json!({"plain": "new", "listed": SECRET}).to_string();
    desk.later(60);
    // The second of each comes in the pause after a fetch that failed.
    for call in [&new_secret, &new_connection, &new_secret, &new_connection] {
        let answer = desk.send(call).await;
        assert_eq!(answer.status, 503, "{}", call.connection);
        assert_eq!(answer.headers["retry-after"], "10");
    }
    assert_eq!(desk.vault().fetches, 2);
    assert_eq!(desk.send(&old).await.status, 202, "what is known holds");
    let unsigned = desk.send(&Call::post("plain", "1")).await;
    assert_eq!(unsigned.status, 401, "no secret makes that good");
    desk.vault().down = false;
    desk.later(30);
    assert_eq!(desk.send(&new_secret).await.status, 202);
    assert_eq!(desk.send(&new_connection).await.status, 200);
    assert_eq!(desk.send(&old).await.status, 401, "asked, and not so");
    assert_eq!(desk.send(&Call::head("nobody")).await.status, 404);
}

#[tokio::test]
async fn without_secrets_nobody_is_told_what_there_is() {
    let desk = Desk::open(&all_configured()).await;
    desk.vault().down = true;
    desk.function.warm_up().await;
    let known = desk.send(&Call::post("plain", "1").signed(SECRET)).await;
    let unknown = desk.send(&Call::post("nobody", "1")).await;
    assert_eq!(known.status, 503);
    assert_eq!(known, unknown);
    for text in [
        "",
        "[]",
        "{",
        "\"x\"",
        &format!("{{\"plain\":\"{}\"}}", "x".repeat(70_000)),
    ] {
        let desk = Desk::open(&json!(null)).await;
        desk.vault().text = text.to_owned();
        let answer = desk.send(&Call::post("plain", "1").signed(SECRET)).await;
        assert_eq!(answer.status, 503);
    }
}

#[tokio::test]
async fn a_broken_change_leaves_what_was_known() {
    let desk = Desk::open(&all_configured()).await;
    desk.function.warm_up().await;
    desk.vault().text = "{\"plain\": ".to_owned();
    desk.later(301);
    assert_eq!(
        desk.send(&Call::post("plain", "1").signed(SECRET))
            .await
            .status,
        202
    );
    assert_eq!(desk.figures.of("WebhookSecretsNotFetched"), 1);
}

#[tokio::test]
async fn a_faulty_connection_does_not_stop_the_others() {
    let desk =
        Desk::open(&json!({"stamped": 1, "plain": SECRET, "no source": "x", "unreachable": "x"}))
            .await;
    assert_eq!(
        desk.send(&Call::post("stamped", "1").signed(SECRET))
            .await
            .status,
        503
    );
    assert_eq!(
        desk.send(&Call::post("plain", "1").signed(SECRET))
            .await
            .status,
        202
    );
    assert_eq!(desk.send(&Call::post("unreachable", "1")).await.status, 404);
    assert_eq!(desk.figures.of("WebhooksMisconfigured"), 1);
}

#[tokio::test]
async fn a_file_stands_in_for_the_secret_of_the_stack() {
    let desk = Desk::open(&json!({})).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("webhooks.json");
    let mut environment = desk.environment();
    environment.push(("WEBHOOK_SECRETS_FILE", path.to_str().unwrap().to_owned()));
    let now = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(crate::desk::NOW * 1000));
    let clock = std::sync::Arc::clone(&now);
    let function = Webhooks::of(Env::from_map(environment), providers::find)
        .unwrap()
        .with_metrics(Metrics::new("x", std::io::sink()))
        .with_clock(move || clock.load(std::sync::atomic::Ordering::SeqCst));
    let call = Call::post("plain", "1").signed(SECRET);
    let ten_seconds = Duration::from_secs(10);
    assert_eq!(
        handle(&function, call.event(), ten_seconds).await.status,
        404
    );
    std::fs::write(&path, json!({"plain": SECRET}).to_string()).unwrap();
    now.fetch_add(1000, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(
        handle(&function, call.event(), ten_seconds).await.status,
        202
    );
}

#[test]
fn the_environment_is_complained_about_at_once() {
    let error = Webhooks::new(Env::from_map([("x", "y")])).err().unwrap();
    let names: Vec<_> = error.names().collect();
    assert_eq!(
        names,
        [
            "AWS_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "CALL_EVENTS_QUEUE_URL",
            "CHAT_EVENTS_QUEUE_URL",
            "EMAIL_EVENTS_QUEUE_URL",
            "JOURNEY_EVENTS_QUEUE_URL",
            "WEBHOOK_SECRETS_ARN",
        ]
    );
    let both = [("WEBHOOK_SECRETS_ARN", ARN), ("WEBHOOK_SECRETS_FILE", "x")];
    let error = Webhooks::new(Env::from_map(both)).err().unwrap();
    assert!(
        error
            .to_string()
            .ends_with("WEBHOOK_SECRETS_ARN and WEBHOOK_SECRETS_FILE exclude each other")
    );
    assert_eq!(QUEUES.len(), 4);
    assert!(
        CONFIGURED
            .iter()
            .all(|name| all_configured().get(name).is_some())
    );
}
