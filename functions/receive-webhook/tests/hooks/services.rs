//! AWS on this machine: the local stack's own SQS with faults before it, and a Secrets Manager of one secret.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use cornerstore::sqs::{QueueSpec, Sqs};
use cornerstore::{Storage, clock};
use queue::MAX_MESSAGE_BYTES;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) const QUEUES: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];

/// What goes wrong with a request to SQS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It answers with a failure of its own.
    Down,
    /// It never answers.
    Mute,
    /// It takes every second message and fails for the others.
    Half,
    /// It refuses every message for good.
    Refusing,
}

/// What stands in SQS's way.
#[derive(Default)]
pub(crate) struct Faults {
    pub(crate) next: Vec<Fault>,
    /// What happens when those are used up.
    pub(crate) always: Option<Fault>,
    pub(crate) requests: usize,
}

/// Secrets Manager's state.
#[derive(Default)]
pub(crate) struct Vault {
    pub(crate) text: String,
    pub(crate) down: bool,
    pub(crate) fetches: usize,
}

pub(crate) type Shared<T> = Arc<Mutex<T>>;

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Queues of the sizes that the template gives them; their endpoint.
pub(crate) async fn queues(faults: Shared<Faults>) -> String {
    let sqs = Sqs::open(&Storage::Memory, clock::system()).unwrap();
    for name in QUEUES {
        let spec = QueueSpec {
            name: name.to_owned(),
            visibility_timeout_s: 60,
            retention_s: 3600,
            max_message_bytes: i64::try_from(MAX_MESSAGE_BYTES).unwrap(),
            redrive: None,
        };
        sqs.ensure_queue(spec).await.unwrap();
    }
    serve(sqs.router().layer(from_fn_with_state(faults, spoil))).await
}

async fn spoil(State(faults): State<Shared<Faults>>, request: Request, next: Next) -> Response {
    let target = request.headers()["x-amz-target"]
        .to_str()
        .unwrap()
        .to_owned();
    if target != "AmazonSQS.SendMessageBatch" {
        return next.run(request).await;
    }
    let fault = {
        let mut faults = faults.lock().unwrap();
        faults.requests += 1;
        if faults.next.is_empty() {
            faults.always
        } else {
            Some(faults.next.remove(0))
        }
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::Down) => failure(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable"),
        Some(Fault::Mute) => std::future::pending().await,
        Some(Fault::Half) => half(request, next).await,
        Some(Fault::Refusing) => {
            let (_, sent) = taken_apart(request).await;
            let failed = failed(sent["Entries"].as_array().unwrap(), true);
            json_answer(&json!({"Successful": [], "Failed": failed}))
        }
    }
}

async fn half(request: Request, next: Next) -> Response {
    let (parts, mut sent) = taken_apart(request).await;
    let entries = sent["Entries"].as_array().unwrap().clone();
    let (lost, kept): (Vec<_>, Vec<_>) = entries
        .into_iter()
        .enumerate()
        .partition(|(place, _)| place % 2 == 0);
    let items = |pairs: Vec<(usize, Value)>| pairs.into_iter().map(|(_, item)| item).collect();
    let (lost, kept): (Vec<Value>, Vec<Value>) = (items(lost), items(kept));
    let mut answer = json!({"Successful": []});
    if !kept.is_empty() {
        sent["Entries"] = json!(kept);
        let mut parts = parts;
        parts.headers.remove("content-length");
        let request = Request::from_parts(parts, Body::from(sent.to_string()));
        let body = to_bytes(next.run(request).await.into_body(), usize::MAX)
            .await
            .unwrap();
        answer = serde_json::from_slice(&body).unwrap();
    }
    answer["Failed"] = json!(failed(&lost, false));
    json_answer(&answer)
}

fn failed(entries: &[Value], sender_fault: bool) -> Vec<Value> {
    let failed = entries.iter().map(|entry| {
        json!({"Id": entry["Id"], "SenderFault": sender_fault, "Code": "InternalError", "Message": "x"})
    });
    failed.collect()
}

async fn taken_apart(request: Request) -> (axum::http::request::Parts, Value) {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (parts, serde_json::from_slice(&body).unwrap())
}

/// A Secrets Manager; its endpoint.
pub(crate) async fn vault(vault: Shared<Vault>) -> String {
    serve(Router::new().fallback(give).with_state(vault)).await
}

async fn give(State(vault): State<Shared<Vault>>) -> Response {
    let mut vault = vault.lock().unwrap();
    vault.fetches += 1;
    if vault.down {
        return failure(StatusCode::BAD_REQUEST, "ResourceNotFoundException");
    }
    json_answer(&json!({
        "ARN": "arn:aws:secretsmanager:us-east-1:000000000000:secret:webhooks-AbCdEf",
        "Name": "webhooks",
        "SecretString": vault.text
    }))
}

fn failure(status: StatusCode, code: &str) -> Response {
    let body = json!({"__type": code, "message": "An invented failure."});
    (status, body.to_string()).into_response()
}

fn json_answer(answer: &Value) -> Response {
    (
        [("content-type", "application/x-amz-json-1.0")],
        answer.to_string(),
    )
        .into_response()
}
