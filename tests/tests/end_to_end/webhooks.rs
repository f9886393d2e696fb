//! Deliveries over HTTPS: signed as their providers sign them, taken, refused, and seen by the agent.

use std::collections::BTreeMap;
use std::path::Path;

use cornerstore::webhooks::{connection, sources_with_webhooks};
use signatures::{Proof, Secret, Unsigned};
use sources::{Source, Webhook};

use crate::desk::{Backend, Desk, fixture};

/// What a provider got for an answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    content_type: String,
    pub(crate) body: String,
}

/// Sends a delivery as it is.
pub(crate) async fn send(proof: Proof) -> Heard {
    tokio::task::spawn_blocking(move || {
        let mut request = ureq::post(&proof.url)
            .config()
            .http_status_as_error(false)
            .build();
        for (name, value) in &proof.headers {
            request = request.header(name, value);
        }
        heard(request.send(proof.body.as_slice()).unwrap())
    })
    .await
    .unwrap()
}

async fn get(url: String) -> Heard {
    let ask = move || {
        let request = ureq::get(&url).config().http_status_as_error(false);
        heard(request.build().call().unwrap())
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}

fn heard(mut response: ureq::http::Response<ureq::Body>) -> Heard {
    let content_type = response.headers().get("content-type");
    Heard {
        status: response.status().as_u16(),
        content_type: content_type
            .map_or("", |text| text.to_str().unwrap())
            .to_owned(),
        body: response.body_mut().read_to_string().unwrap(),
    }
}

/// A fixture of a source, signed as its provider would.
fn signed(desk: &Desk, source: &dyn Source, webhook: &Webhook, file: &str) -> Proof {
    let body = fixture(&format!("{}/{file}", source.name()));
    signed_with(desk, source, webhook, file, body)
}

/// The same with another body in its place.
pub(crate) fn signed_with(
    desk: &Desk,
    source: &dyn Source,
    webhook: &Webhook,
    file: &str,
    body: String,
) -> Proof {
    let name = source.name();
    let secrets = desk.about["webhook_secrets"].as_str().unwrap();
    let secret = connection(Path::new(secrets), name)
        .unwrap()
        .unwrap()
        .secret
        .unwrap();
    let beside = Path::new(file).with_extension("headers");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sources/fixtures");
    let beside = std::fs::read_to_string(folder.join(name).join(beside));
    let mut headers: BTreeMap<String, String> = beside.map_or_else(
        |_| BTreeMap::new(),
        |text| serde_json::from_str(&text).unwrap(),
    );
    let kind = match body.get(..2) {
        Some("--") => {
            let boundary = body.lines().next().unwrap().trim_start_matches("--");
            format!("multipart/form-data; boundary={boundary}")
        }
        Some(start) if start.starts_with(['{', '[']) => "application/json".to_owned(),
        _ => "application/x-www-form-urlencoded".to_owned(),
    };
    headers.insert("content-type".to_owned(), kind);
    let unsigned = Unsigned {
        url: &format!("{}/v1/webhooks/{name}", desk.http),
        headers: &headers,
        body: body.trim_end_matches('\n').as_bytes(),
        now: jiff::Timestamp::now().as_second(),
    };
    signatures::sign(&webhook.proof[0], &Secret::new(secret), &unsigned).unwrap()
}

fn of(name: &str) -> (&'static dyn Source, &'static Webhook) {
    let mut found = sources_with_webhooks().into_iter();
    let (_, source, webhook) = found.find(|(_, source, _)| source.name() == name).unwrap();
    (source, webhook)
}

/// Another character, in hexadecimal digits too, whose case means nothing.
fn other_than(character: u8) -> &'static str {
    if character.eq_ignore_ascii_case(&b'a') {
        "B"
    } else {
        "A"
    }
}

/// Where the value of `clientState` stands.
fn state_in(body: &[u8]) -> usize {
    let text = std::str::from_utf8(body).unwrap();
    let name = "\"clientState\":";
    text.find(name).unwrap() + name.len() + 5
}

/// The delivery with one byte of its proof's own place changed: in a header, in the address, else in the body.
fn changed(proof: &Proof, unsigned_headers: &[&str]) -> Proof {
    let mut changed = proof.clone();
    let in_header = changed
        .headers
        .iter_mut()
        .find(|(name, _)| !unsigned_headers.contains(&name.as_str()));
    if let Some((_, value)) = in_header {
        // Not the last one: base64's last letter may hold bits that mean nothing.
        let at = value.len() / 2;
        value.replace_range(at..=at, other_than(value.as_bytes()[at]));
    } else if let Some(at) = changed.url.find('?') {
        let at = at + (changed.url.len() - at) / 2;
        let other = other_than(changed.url.as_bytes()[at]);
        changed.url.replace_range(at..=at, other);
    } else {
        // Mailgun's signature stands at the end of the form, and is all that it signs with; Graph's secret stands in
        // the middle.
        let is_form = !changed.body.starts_with(b"{");
        let at = if is_form {
            changed.body.len() - 10
        } else {
            state_in(&changed.body)
        };
        changed.body[at] = other_than(changed.body[at]).as_bytes()[0];
    }
    changed
}

pub(crate) async fn each_provider_is_taken_with_its_proof_and_not_with_a_byte_changed(on: Backend) {
    let desk = on.desk().await;
    let all = sources_with_webhooks();
    assert!(all.len() > 25, "{}", all.len());
    for (_, source, webhook) in all {
        let name = source.name();
        let good = signed(&desk, source, webhook, source.about().kinds[0].fixture);
        let theirs: Vec<&str> = ["content-type"]
            .into_iter()
            .chain(webhook.headers.iter().copied())
            .collect();
        let forged = send(changed(&good, &theirs)).await;
        assert_eq!(forged.status, 401, "{name}: {forged:?}");
        assert!(
            forged.content_type.starts_with("application/problem+json"),
            "{name}: {forged:?}"
        );
        let taken = send(good).await;
        assert!(matches!(taken.status, 200 | 202), "{name}: {taken:?}");
    }
    let refused = desk.quarantined().await;
    let why: Vec<_> = refused
        .iter()
        .map(|record| (record.said("source"), record.said("reason")))
        .collect();
    assert!(refused.is_empty(), "{why:?}");
}

pub(crate) async fn a_connection_that_is_not_configured_is_not_there(on: Backend) {
    let desk = on.desk().await;
    let (source, webhook) = of("stripe");
    let good = signed(&desk, source, webhook, source.about().kinds[0].fixture);
    let mut answers = Vec::new();
    for connection in [
        "nobody",
        "amazon-connect",
        "stripe.elsewhere",
        "stripe%2F",
        "Stripe",
    ] {
        let mut lost = good.clone();
        lost.url = format!("{}/v1/webhooks/{connection}", desk.http);
        answers.push(send(lost).await);
        answers.push(get(format!("{}/v1/webhooks/{connection}", desk.http)).await);
    }
    // What no route fits, such as a name with a slash, API Gateway answers by itself, whatever is configured.
    let of_gateway = |answer: &&Heard| answer.content_type == "application/json";
    assert_eq!(answers[0].status, 404);
    assert!(
        answers
            .iter()
            .filter(|answer| !of_gateway(answer))
            .all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let by_gateway: Vec<_> = answers.iter().filter(of_gateway).collect();
    assert_eq!(by_gateway.len(), 2, "{by_gateway:?}");
    assert!(by_gateway.iter().all(|answer| answer.status == 404));
}

pub(crate) async fn a_handshake_is_answered_to_who_knows_its_token(on: Backend) {
    let desk = on.desk().await;
    let ask = |token: &str| {
        let query = format!("hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}");
        get(format!("{}/v1/webhooks/whatsapp?{query}", desk.http))
    };
    let known = ask("cornerstore-local").await;
    assert_eq!((known.status, known.body.as_str()), (200, "1158201444"));
    assert_eq!(ask("guessed").await.status, 403);
}

pub(crate) async fn a_call_a_message_and_an_invoice_meet_the_agent(on: Backend) {
    let desk = on.desk().await;
    for (name, file, answer) in [
        ("twilio-voice", "incoming.txt", "<Response"),
        ("whatsapp", "message-text.json", ""),
        ("stripe", "invoice-sent.json", ""),
    ] {
        let (source, webhook) = of(name);
        let taken = send(signed(&desk, source, webhook, file)).await;
        assert_eq!(taken.status, 200, "{name}: {taken:?}");
        assert!(taken.body.contains(answer), "{name}: {taken:?}");
    }
    let refused = desk.quarantined().await;
    assert!(refused.is_empty(), "{:?}", refused.len());
    for (query, channel) in [
        ("phone=%2B14155550123", "call"),
        ("identity=whatsapp:%2B14155550123", "chat"),
        ("email=ada%40example.com", "invoice"),
    ] {
        let pop = desk.pop(query).await;
        let shown = pop["timeline"].as_array().unwrap();
        assert!(
            shown.iter().any(|line| line["channel"] == channel),
            "{query}: {pop}"
        );
    }
}

pub(crate) async fn what_reading_it_again_needs_is_kept_in_quarantine_and_nothing_else(
    on: Backend,
) {
    let desk = on.desk().await;
    let headers = r#"{"webhook-id":"msg_4711","x-forwarded-for":"192.0.2.7"}"#;
    let said = [
        ("source", "standard-webhooks"),
        ("account", "berlin"),
        ("encoding", "base64"),
        ("headers", headers),
        ("caller", "+14155550123"),
    ];
    // `{"event":1}`
    desk.send_with("journey-events", "eyJldmVudCI6MX0=", &said)
        .await;
    let refused = desk.quarantined().await;
    assert_eq!(refused.len(), 1);
    let record = &refused[0];
    assert_eq!(record.body, "eyJldmVudCI6MX0=");
    for (name, value) in [
        ("source", "standard-webhooks"),
        ("account", "berlin"),
        ("encoding", "base64"),
        ("headers", r#"{"webhook-id":"msg_4711"}"#),
        ("caller", ""),
    ] {
        assert_eq!(record.said(name), value, "{name}");
    }
}
