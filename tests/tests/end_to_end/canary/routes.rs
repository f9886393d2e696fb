//! Each route of the HTTP API, asked well and badly.

use std::path::Path;

use serde_json::{Value, json};

use super::Sent;
use super::plant::encoded;
use super::trace::{ADDRESS, MAIL, NAME, NOTE, PHONE, TOKEN, WORDS, trace_in};
use crate::desk::Desk;

/// What the description of the API calls a method.
const METHODS: [(&str, &str); 6] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("options", "OPTIONS"),
];
/// How many operations there are at least.
const LEAST_OPERATIONS: usize = 20;

/// What agents say and ask of the customer whom the queues have told of.
pub(super) async fn good(desk: &Desk, sent: &mut Sent) {
    let pop = desk.pop(&format!("phone=%2B{PHONE}")).await;
    assert_eq!(pop["state"], "match", "the canaries are stored: {pop}");
    assert!(trace_in(&pop.to_string()).is_some(), "{pop}");
    let mailed = desk.pop(&format!("email={MAIL}")).await;
    assert!(trace_in(&mailed.to_string()).is_some(), "{mailed}");
    let customer = pop["customer"]["id"].as_str().unwrap();
    let interaction = pop["timeline"][0]["id"].as_str().unwrap();
    let promise =
        json!({"promised": "email", "text": NOTE, "owner": NAME, "due_at": "2026-03-03T09:00:00Z"});
    let call = json!({
        "channel": "call", "direction": "inbound", "customer": format!("+{PHONE}"), "subject": WORDS, "note": NOTE,
        "started_at": "2026-03-02T09:00:00Z", "agent": NAME, "promises": [promise.clone()]
    });
    let identity = encoded(&format!("mailto:{MAIL}"));
    for path in [
        format!("customers/{customer}"),
        format!("customers/{customer}/links"),
        format!("customers/{customer}/candidates"),
        format!("customers/{customer}/timeline?limit=3"),
        format!(
            "customers/{customer}/may-contact?purpose=sales&channel=call&identity=tel:%2B{PHONE}"
        ),
        format!("interactions/{interaction}"),
        format!("screen-pop?interaction={interaction}"),
        format!("screen-pop?phone=%2B{PHONE}"),
        format!("screen-pop?email={MAIL}"),
    ] {
        let answer = desk.get(&format!("/v1/{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        sent.down(
            format!("GET /v1/{}, good", shape(&path, customer, interaction)),
            1,
        );
    }
    for (method, path, body) in [
        (
            "POST",
            format!("customers/{customer}/links"),
            json!({"identity": MAIL, "note": WORDS, "accept_conflicts": true}),
        ),
        (
            "PATCH",
            format!("customers/{customer}"),
            json!({"name": NAME, "address": ADDRESS, "preferences": {"tea": WORDS}}),
        ),
        (
            "POST",
            format!("interactions/{interaction}/wrap-up"),
            json!({"note": NOTE, "promises": [promise]}),
        ),
        (
            "POST",
            format!("interactions/{interaction}/notes"),
            json!({"text": format!("{NAME} {MAIL} {TOKEN}")}),
        ),
        ("POST", "interactions".to_owned(), call),
        (
            "PUT",
            format!("identities/tel:+{PHONE}"),
            json!({"shared": true}),
        ),
        (
            "POST",
            format!("customers/{customer}/candidates/{identity}"),
            json!({"decision": "confirm"}),
        ),
    ] {
        let answer = desk
            .tell(method, &format!("/v1/{path}"), body.clone())
            .await;
        let canaries = [
            "name", "note", "text", "subject", "identity", "shared", "decision",
        ];
        let canaries = canaries
            .iter()
            .filter(|field| !body[**field].is_null())
            .count();
        // What speaks against a link is told the agent who asks for it; all else of a refusal is a problem's.
        let mut told = answer.body;
        if let Some(told) = told.as_object_mut().filter(|_| answer.status == 409) {
            told.remove("conflicts");
        }
        judge(method, &path, answer.status, &told.to_string());
        sent.down(
            format!("{method} /v1/{}, good", shape(&path, customer, interaction)),
            canaries,
        );
    }
}

/// The route of a path, without what it is asked about.
fn shape(path: &str, customer: &str, interaction: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    path.replace(customer, "{id}").replace(interaction, "{id}")
}

/// Each operation of the described API with canaries in each place that a caller can fill.
pub(super) async fn bad(desk: &Desk, sent: &mut Sent) {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let document: Value =
        serde_json::from_str(&std::fs::read_to_string(document).unwrap()).unwrap();
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        // Whoever is refused before the body was read is hung up on.
        .max_idle_connections(0)
        .build()
        .into();
    let mut operations = 0;
    for (path, described) in document["paths"].as_object().unwrap() {
        for (key, method) in METHODS {
            let operation = &described[key];
            if operation.is_null() {
                continue;
            }
            operations += 1;
            for (place, asked) in asked(path, operation).into_iter().enumerate() {
                let agents = Some(desk.token.clone());
                let nobodys = Some(format!("{TOKEN}.{TOKEN}.{TOKEN}"));
                // Whoever shows no good token is judged before the body is read.
                let tokens = match place % 5 {
                    0 => vec![agents, nobodys, None],
                    _ => vec![agents],
                };
                for token in tokens {
                    let outcome = if token.as_ref() == Some(&desk.token) {
                        "bad"
                    } else {
                        "by nobody"
                    };
                    let (url, body) = (format!("{}{}", desk.http, asked.path), asked.body.clone());
                    let (status, said) = send(&agent, method, url, token, body).await;
                    judge(method, &asked.path, status, &said);
                    sent.down(format!("{method} {path}, {outcome}"), asked.canaries);
                }
            }
        }
    }
    assert!(operations >= LEAST_OPERATIONS, "{operations}");
}

struct Asked {
    path: String,
    body: String,
    canaries: usize,
}

/// The same operation asked with each canary in its path and query, and with each body that it cannot take.
fn asked(path: &str, operation: &Value) -> Vec<Asked> {
    let mut all = Vec::new();
    let mail = format!("mailto:{MAIL}");
    let call = format!("cti:{PHONE} {WORDS}");
    for canary in [
        NAME,
        PHONE,
        MAIL,
        WORDS,
        ADDRESS,
        TOKEN,
        &mail,
        &call,
        "\r\nx: quillon\u{1b}[31m\0",
    ] {
        let mut filled = String::new();
        for part in path.split_inclusive('}') {
            let (before, _) = part.split_once('{').unwrap_or((part, ""));
            filled.push_str(before);
            if part.ends_with('}') {
                filled.push_str(&encoded(canary));
            }
        }
        let names = operation["parameters"].as_array().into_iter().flatten();
        let names = names
            .filter(|parameter| parameter["in"] == "query")
            .filter_map(|parameter| parameter["name"].as_str());
        let known: Vec<String> = names
            .map(|name| format!("{name}={}", encoded(canary)))
            .collect();
        let (escaped, unknown) = (
            encoded(canary),
            format!("cursor={0}&{0}={0}", encoded(canary)),
        );
        for query in known.iter().map(String::as_str).chain([unknown.as_str()]) {
            for body in [
                String::new(),
                json!({canary: canary}).to_string(),
                json!([canary]).to_string(),
                json!(canary).to_string(),
                format!("{{\"{WORDS}\": \"{escaped}\""),
                json!({"name": [canary], "preferences": {canary: canary}, "text": {canary: 1}, "note": 7,
                    "identity": canary, "decision": canary, "channel": canary, "direction": canary, "customer": canary,
                    "started_at": canary, "promises": [{"promised": canary, "due_at": canary}], "shared": canary,
                    "outcome": canary, "widget": canary, "events": [{"type": canary}]}).to_string(),
            ] {
                let path = format!("{filled}?{query}");
                all.push(Asked { path, body, canaries: 2 });
            }
            if operation["requestBody"].is_null() {
                all.truncate(all.len() - 5);
            }
        }
    }
    all
}

/// What is refused names fields and quotes nothing.
fn judge(method: &str, path: &str, status: u16, body: &str) {
    assert_ne!(status, 500, "{method} {path}: {body}");
    if status >= 400 {
        assert_eq!(trace_in(body), None, "{method} {path} {status}: {body}");
    }
}

async fn send(
    agent: &ureq::Agent,
    method: &'static str,
    url: String,
    token: Option<String>,
    body: String,
) -> (u16, String) {
    let agent = agent.clone();
    let ask = move || {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let media_type = if method == "PATCH" {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        let request = request
            .header("content-type", media_type)
            .header("origin", format!("https://{TOKEN}.example.com"))
            .header("user-agent", format!("{NAME} {WORDS}"))
            .header("idempotency-key", format!("{NAME} {WORDS}"))
            .header("if-match", format!("{NAME} {WORDS}"))
            .header("x-cornerstore-rank", WORDS)
            .header("x-forwarded-for", NAME);
        let request = request.body(body).unwrap();
        let what = format!("{method} {}", request.uri());
        let answer = agent.run(request);
        let mut response = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
        let text = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), text)
    };
    tokio::task::spawn_blocking(ask).await.unwrap()
}
