//! Whose delivery it is.

use serde_json::{Value, json};

use crate::desk::{Answer, Call, Desk, NOW, SECRET, all_configured, in_base64};

const BODY: &str = r#"{"id": "evt_1", "amount": 1.50}"#;

pub(crate) fn problem(answer: &Answer) -> Value {
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.headers["cache-control"], "no-store");
    serde_json::from_str(&answer.body).unwrap()
}

fn kind(answer: &Answer) -> String {
    assert_eq!(answer.status, 401, "{answer:?}");
    problem(answer)["type"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_delivery_that_is_signed_is_taken_as_it_is() {
    let desk = Desk::open(&all_configured()).await;
    let answer = desk.send(&Call::post("stamped", BODY).signed(SECRET)).await;
    assert_eq!((answer.status, answer.body.as_str()), (202, ""));
    assert_eq!(desk.bodies("journey-events").await, [BODY]);
    assert_eq!(desk.figures.of("TakenFromStamped"), 1);
}

#[tokio::test]
async fn any_byte_that_is_changed_is_noticed() {
    let desk = Desk::open(&all_configured()).await;
    let call = Call::post("stamped", BODY).signed(SECRET);
    for place in 0..BODY.len() {
        let mut changed = call.clone();
        changed.body[place] ^= 1;
        assert_eq!(
            kind(&desk.send(&changed).await),
            "urn:cornerstore:webhook:wrong"
        );
    }
    let mut longer = call.clone();
    longer.body.push(b'\n');
    assert_eq!(
        kind(&desk.send(&longer).await),
        "urn:cornerstore:webhook:wrong"
    );
    desk.assert_nothing_queued().await;
    let changed = u64::try_from(BODY.len() + 1).unwrap();
    assert_eq!(desk.figures.of("WebhooksWrong"), changed);
    assert_eq!(desk.figures.of("RefusedFromStamped"), changed);
}

#[tokio::test]
async fn what_is_missing_unreadable_or_of_another_time_is_said() {
    let desk = Desk::open(&all_configured()).await;
    let unsigned = Call::post("stamped", BODY);
    let cases = [
        (unsigned.clone(), "unsigned"),
        (unsigned.clone().signed("another secret"), "wrong"),
        (unsigned.clone().signed_at(SECRET, NOW - 301), "stale"),
        (unsigned.clone().signed_at(SECRET, NOW + 301), "stale"),
        (
            unsigned.header("x-sample-signature", "t=1772442000,v1=zz"),
            "malformed",
        ),
    ];
    for (call, wanted) in cases {
        let answer = desk.send(&call).await;
        assert_eq!(kind(&answer), format!("urn:cornerstore:webhook:{wanted}"));
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
    for edge in [NOW - 300, NOW + 300] {
        let answer = desk
            .send(&Call::post("stamped", BODY).signed_at(SECRET, edge))
            .await;
        assert_eq!(answer.status, 202);
    }
    assert_eq!(desk.bodies("journey-events").await, [BODY, BODY]);
}

#[tokio::test]
async fn the_bytes_are_the_same_behind_base64() {
    let desk = Desk::open(&all_configured()).await;
    for body in [BODY.as_bytes(), b"a=1\0&b=\xff"] {
        let call = Call::post("plain", body).signed(SECRET);
        let event = in_base64(call.event(), body);
        assert_eq!(desk.handle(event).await.status, 202);
    }
    let queued = desk.queued("chat-events").await;
    assert_eq!(queued.len(), 2);
    assert_eq!(queued[0].body, "YT0xACZiPf8=");
    assert_eq!(queued[0].attributes["encoding"], "base64");
    assert_eq!(queued[1].body, BODY);
    assert!(!queued[1].attributes.contains_key("encoding"));
}

#[tokio::test]
async fn a_provider_of_basic_authentication_is_asked_for_it() {
    let desk = Desk::open(&all_configured()).await;
    let answer = desk.send(&Call::post("basic", BODY)).await;
    assert_eq!(answer.status, 401);
    assert!(answer.headers["www-authenticate"].starts_with("Basic realm="));
    let answer = desk.send(&Call::post("basic", BODY).signed(SECRET)).await;
    assert_eq!(answer.status, 202);
}

#[tokio::test]
async fn several_secrets_hold_at_once() {
    let desk = Desk::open(&json!({"plain": ["old", "new"]})).await;
    for secret in ["old", "new"] {
        let answer = desk.send(&Call::post("plain", secret).signed(secret)).await;
        assert_eq!(answer.status, 202);
    }
    let answer = desk.send(&Call::post("plain", "x").signed("older")).await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_secret_that_was_changed_is_taken_up_at_once_and_not_at_each_request() {
    let desk = Desk::open(&json!({"plain": "old"})).await;
    assert_eq!(
        desk.send(&Call::post("plain", "1").signed("old"))
            .await
            .status,
        202
    );
    assert_eq!(desk.vault().fetches, 1);
    desk.later(31);
    desk.vault().text = json!({"plain": ["new"]}).to_string();
    assert_eq!(
        desk.send(&Call::post("plain", "2").signed("new"))
            .await
            .status,
        202
    );
    assert_eq!(desk.vault().fetches, 2);
    assert_eq!(
        desk.send(&Call::post("plain", "3").signed("old"))
            .await
            .status,
        401
    );
    for _ in 0..5 {
        assert_eq!(
            desk.send(&Call::post("plain", "4").signed("no"))
                .await
                .status,
            401
        );
    }
    assert_eq!(
        desk.vault().fetches,
        2,
        "an attacker does not decide how often"
    );
    desk.later(31);
    assert_eq!(
        desk.send(&Call::post("plain", "5").signed("no"))
            .await
            .status,
        401
    );
    assert_eq!(desk.vault().fetches, 3);
}

#[tokio::test]
async fn without_proof_only_what_is_insecure_by_name_is_taken() {
    let desk =
        Desk::open(&json!({"plain": {"insecure": true}, "plain.two": {"insecure": false}})).await;
    desk.function.warm_up().await;
    assert_eq!(desk.send(&Call::post("plain", BODY)).await.status, 202);
    let answer = desk.send(&Call::post("plain.two", BODY)).await;
    assert_eq!(answer.status, 503, "it refuses to run without a secret");
    assert_eq!(answer.headers["retry-after"], "10");
    assert_eq!(desk.bodies("chat-events").await, [BODY]);
    assert_eq!(desk.figures.of("WebhookConnectionsInsecure"), 1);
    desk.later(300);
    assert_eq!(desk.send(&Call::post("plain", BODY)).await.status, 202);
    let each_time = desk.figures.of("WebhookConnectionsInsecure");
    assert_eq!(each_time, 2, "as long as it is so");
}

#[tokio::test]
async fn the_address_that_is_signed_is_the_public_one() {
    let form = "CallSid=CA1&From=%2B14155550123";
    let call = |url: &str| Call {
        url: url.to_owned(),
        ..Call::post("twiml", form)
    };
    let desk = Desk::open(&json!({
        "twiml": {"secrets": ["t"], "url": "https://public.example.com/in"},
        "twiml.plain": "t"
    }))
    .await;
    let signed = call("https://public.example.com/in?x=%20y").signed("t");
    assert_eq!(desk.handle(with_path(&signed)).await.status, 200);
    let signed = Call::post("twiml", form).query("x=%20y").signed("t");
    assert_eq!(desk.send(&signed).await.status, 401);
    let signed = Call::post("twiml.plain", form).query("x=%20y").signed("t");
    assert_eq!(desk.send(&signed).await.status, 200);
}

/// What API Gateway sees of a call that went to another address.
fn with_path(call: &Call) -> Value {
    let mut event = call.event();
    event["rawPath"] = json!("/v1/webhooks/twiml");
    event
}

#[tokio::test]
async fn a_secret_that_its_scheme_cannot_use_loses_no_delivery() {
    let public = include_str!("../../../../shared/signatures/tests/keys/rsa.pub");
    let desk = Desk::open(&json!({"plain": public})).await;
    let answer = desk.send(&Call::post("plain", BODY).signed(SECRET)).await;
    assert_eq!(answer.status, 503);
    assert_eq!(desk.figures.of("WebhooksMisconfigured"), 1);
}
