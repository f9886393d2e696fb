//! What providers hear.

use serde_json::{Value, json};

use crate::desk::{Call, Desk, HOST, NOW, SECRET, all_configured, sample};
use crate::providers::SIGNED;
use crate::proving::problem;

const HUB: &str = "hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=";

#[tokio::test]
async fn metas_challenge_is_given_back_to_who_knows_the_token() {
    let desk = Desk::open(&all_configured()).await;
    let answer = desk
        .send(&Call::get("nested", &format!("{HUB}a+token")))
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "1158201444"));
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    assert_eq!(desk.figures.of("WebhookHandshakes"), 1);
    let long = "1".repeat(receive_webhook::MAX_CHALLENGE + 1);
    for query in [
        format!("{HUB}another"),
        format!("{HUB}{SECRET}").replace(' ', "+"),
        HUB.to_owned(),
        "hub.mode=subscribe&hub.challenge=1".to_owned(),
        "hub.mode=subscribe&hub.verify_token=a+token".to_owned(),
        "hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=a+token".to_owned(),
        "hub.mode=subscribe&hub.challenge=%3Cb%3E&hub.verify_token=a+token".to_owned(),
        format!("hub.mode=subscribe&hub.challenge={long}&hub.verify_token=a+token"),
    ] {
        let answer = desk.send(&Call::get("nested", &query)).await;
        assert_eq!(answer.status, 403, "{query}");
        assert!(!answer.body.contains("115820"));
    }
    assert_eq!(desk.send(&Call::get("nested", "")).await.status, 404);
}

#[tokio::test]
async fn without_a_token_in_the_configuration_no_challenge_is_given_back() {
    let desk = Desk::open(&json!({"nested": SECRET})).await;
    for token in ["", "x"] {
        let answer = desk
            .send(&Call::get("nested", &format!("{HUB}{token}")))
            .await;
        assert_eq!(answer.status, 403);
    }
}

#[tokio::test]
async fn graphs_token_is_given_back_before_anything_is_signed() {
    let desk = Desk::open(&all_configured()).await;
    let call = Call::post("graph", "");
    let asked = call
        .clone()
        .query("validationToken=Validation%3a+Testing%2Breach+%26%20more");
    let answer = desk.send(&asked).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "Validation: Testing+reach & more")
    );
    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
    for token in ["", "%3Cscript%3E", "%0d%0aX:1", "%C3%A9", &"x".repeat(2049)] {
        let asked = call.clone().query(&format!("validationToken={token}"));
        assert_eq!(desk.send(&asked).await.status, 403, "{token}");
    }
    let body = r#"{"value":[{"id":1},{"id":2}]}"#;
    let answer = desk.send(&Call::post("graph", body).signed(SECRET)).await;
    assert_eq!(answer.status, 202);
    assert_eq!(desk.bodies("email-events").await.len(), 2);
    // Elsewhere it is a parameter like any other.
    let asked = Call::post("plain", "").query("validationToken=1");
    assert_eq!(desk.send(&asked).await.status, 401);
}

#[tokio::test]
async fn twilio_hears_twiml() {
    let desk = Desk::open(&json!({
        "twiml": SECRET,
        "twiml.on": {"secrets": SECRET, "redirect": "https://example.com/flow?a=1&b='2'"}
    }))
    .await;
    let answer = desk
        .send(&Call::post("twiml", "CallSid=CA1").signed(SECRET))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
    assert_eq!(
        answer.body,
        r#"<?xml version="1.0" encoding="UTF-8"?><Response/>"#
    );
    let answer = desk
        .send(&Call::post("twiml.on", "CallSid=CA1").signed(SECRET))
        .await;
    assert_eq!(
        answer.body,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Redirect>https://example.com/flow?a=1&amp;b=&apos;2&apos;\
         </Redirect></Response>"
    );
    assert_eq!(desk.bodies("call-events").await.len(), 2);
}

#[tokio::test]
async fn sipgate_is_asked_for_the_rest_of_a_new_call() {
    let desk = Desk::open(&json!({"sipgate": "to&ken"})).await;
    let answer = desk
        .send(&Call::post("sipgate", "event=newCall&callId=1").signed("to&ken"))
        .await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "text/xml; charset=utf-8");
    let url = format!("https://{HOST}/v1/webhooks/sipgate?token=to%26ken");
    assert_eq!(
        answer.body,
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response onAnswer=\"{url}\" onHangup=\"{url}\"/>"
        )
    );
    let answer = desk
        .send(&Call::post("sipgate", "event=hangup&callId=1").signed("to&ken"))
        .await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

#[tokio::test]
async fn an_encoded_body_is_refused() {
    let desk = Desk::open(&all_configured()).await;
    for (encoding, status) in [("gzip", 415), ("br", 415), ("identity", 202), ("", 202)] {
        let call = Call::post("plain", "{}").header("content-encoding", encoding);
        assert_eq!(
            desk.send(&call.signed(SECRET)).await.status,
            status,
            "{encoding}"
        );
    }
}

#[tokio::test]
async fn cloud_events_come_in_three_ways() {
    let desk = Desk::open(&all_configured()).await;
    let binary = Call::post("cloudevents", r#"{"n": 1.50}"#)
        .header("ce-specversion", "1.0")
        .header("ce-id", "b 1")
        .header("ce-type", "cornerstore.call.started")
        .header("ce-source", "pbx")
        .header("ce-subject", "tel:%2B14155550123")
        .header("content-type", "application/json")
        .signed(SECRET);
    assert_eq!(desk.send(&binary).await.status, 202);
    let queued = desk.queued("journey-events").await;
    assert!(
        queued[0].body.ends_with(r#","data":{"n": 1.50}}"#),
        "{}",
        queued[0].body
    );
    let event: Value = serde_json::from_str(&queued[0].body).unwrap();
    assert_eq!(event["subject"], "tel:+14155550123");
    assert_eq!(queued[0].attributes.keys().collect::<Vec<_>>(), ["source"]);
    let one = r#"{"specversion": "1.0", "id": "s1"}"#;
    assert_eq!(
        desk.send(&Call::post("cloudevents", one).signed(SECRET))
            .await
            .status,
        202
    );
    assert_eq!(desk.bodies("journey-events").await, [one]);
    let two = format!("[{one}, {one}]");
    let batch =
        Call::post("cloudevents", two).header("content-type", "application/cloudevents-batch+json");
    assert_eq!(desk.send(&batch.signed(SECRET)).await.status, 202);
    assert_eq!(desk.bodies("journey-events").await, [one, one]);
}

/// Whoever has seen a signed event could send its body again with other headers, and so as another customer's.
#[tokio::test]
async fn a_cloud_event_is_not_read_from_headers_that_no_signature_covers() {
    let desk = Desk::open(&all_configured()).await;
    let signed = Call::post("cloudevents", r#"{"n": 1}"#)
        .header("content-type", "application/json")
        .signed_by(&SIGNED, SECRET, NOW);
    let forged = signed
        .header("ce-specversion", "1.0")
        .header("ce-id", "2")
        .header("ce-subject", "tel:%2B14155550123");
    let answer = desk.send(&forged).await;
    assert_eq!(answer.status, 503, "it is kept at its sender");
    assert_eq!(answer.headers["retry-after"], "10");
    let problem = problem(&answer);
    assert_eq!(
        problem["type"],
        "urn:cornerstore:webhook:attributes_unsigned"
    );
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("structured mode"), "{detail}");
    assert_eq!(desk.figures.of("WebhooksMisconfigured"), 1);
    desk.assert_nothing_queued().await;
    let insecure = Desk::open(&json!({"cloudevents": {"insecure": true}})).await;
    assert_eq!(insecure.send(&forged).await.status, 202);
}

#[tokio::test]
async fn an_event_that_is_the_body_stays_it_beside_a_stray_header() {
    let desk = Desk::open(&all_configured()).await;
    let one = r#"{"specversion": "1.0", "id": "s1"}"#;
    let call = Call::post("cloudevents", one)
        .header("ce-specversion", "1.0")
        .header("content-type", "application/cloudevents+json");
    for call in [
        call.clone().signed(SECRET),
        call.signed_by(&SIGNED, SECRET, NOW),
    ] {
        assert_eq!(desk.send(&call).await.status, 202);
        assert_eq!(desk.bodies("journey-events").await, [one]);
    }
}

#[tokio::test]
async fn other_routes_are_not_there() {
    let desk = Desk::open(&all_configured()).await;
    let mut event = Call::post("plain", "{}").signed(SECRET).event();
    event["routeKey"] = json!("PUT /v1/webhooks/{source}");
    assert_eq!(desk.handle(event).await.status, 404);
    let mut event = sample("stripe");
    event["pathParameters"] = json!({});
    assert_eq!(desk.handle(event).await.status, 404);
}

#[tokio::test]
async fn intercom_is_told_that_there_is_something() {
    let desk = Desk::open(&all_configured()).await;
    let answer = desk.send(&Call::head("plain")).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(desk.send(&Call::head("nobody")).await.status, 404);
    desk.assert_nothing_queued().await;
}
