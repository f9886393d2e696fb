//! The transport under the SDK: each request of a worker meets the world, and perhaps a fault.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use fastrand::Rng;
use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::fault::Fault;
use crate::table::Refused;
use crate::world::World;

/// How long one way of a request takes at most, where nothing is wrong.
const WAY_MS: u64 = 12;
/// How long a slow answer takes at most: longer than a function may run.
const SLOW_MS: u64 = 35_000;
/// How late a write may arrive that its sender has given up.
const LATE_MS: u64 = 60_000;
/// The table's service.
const TABLE: &str = "DynamoDB_20120810";
/// The queues' service.
const QUEUES: &str = "AmazonSQS";
/// Why the writes of a transaction may fail that others are in the way of.
const CROWDED: [&str; 3] = [
    "TransactionConflict",
    "ThrottlingError",
    "ProvisionedThroughputExceeded",
];
/// Longer than anybody waits.
const TOO_LATE: Duration = Duration::from_secs(120);

/// One incarnation of a worker.
#[derive(Debug, Clone)]
pub(crate) struct Worker {
    /// Its number in the trace.
    pub who: usize,
    killed: Arc<Notify>,
    suspect: Arc<AtomicBool>,
}

impl Worker {
    /// A worker that lives.
    #[must_use]
    pub(crate) fn new(who: usize) -> Self {
        Self {
            who,
            killed: Arc::default(),
            suspect: Arc::default(),
        }
    }

    /// Says whether what it does now must not ask for anything of a queue.
    pub(crate) fn suspect(&self, is: bool) {
        self.suspect.store(is, Ordering::Relaxed);
    }

    /// What its requests are counted under: those of the front door apart.
    fn label(&self, operation: &str) -> String {
        if self.who >= crate::door::FIRST {
            format!("{operation} (door)")
        } else {
            operation.to_owned()
        }
    }

    /// Ends when the worker is killed.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }
}

/// A worker's way to the world.
#[derive(Clone)]
pub(crate) struct Wire {
    world: World,
    worker: Worker,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

/// What a panic by plan carries.
struct ByPlan;

impl Wire {
    /// The way of a worker.
    #[must_use]
    pub(crate) fn new(world: World, worker: Worker) -> Self {
        Self { world, worker }
    }

    async fn carry(self, request: Request) -> Result<HttpResponse, ConnectorError> {
        let Request {
            service,
            operation,
            mut body,
        } = request;
        let (fault, there, back, slow) = {
            let mut inner = self.world.inside();
            let inner = &mut *inner;
            let label = self.worker.label(&operation);
            let fault = inner.faults.of_request(&operation, &label, &mut inner.rng);
            if service == QUEUES && self.worker.suspect.load(Ordering::Relaxed) {
                inner.breaches.push(format!("{operation}: {body}"));
            }
            let mut way = || Duration::from_millis(inner.rng.u64(1..=WAY_MS));
            let (there, back) = (way(), way());
            let slow = Duration::from_millis(inner.rng.u64(500..SLOW_MS));
            (fault, there, back, slow)
        };
        sleep(there).await;
        if fault == Some(Fault::ArrivesLate) {
            return self.arrive_late(service, operation, body).await;
        }
        let outage = match service.as_str() {
            TABLE => Fault::Outage,
            _ => Fault::QueueOutage,
        };
        if self.world.is_out(outage) {
            return throttled();
        }
        if let Some(answer) = self.stopped(fault, &body).await {
            return answer;
        }
        let answered = self
            .world
            .answer(self.worker.who, &service, &operation, &mut body);
        match fault {
            Some(Fault::CrashAfter) => self.crash().await,
            Some(Fault::AnswerLost) => return Err(ConnectorError::io("reset".into())),
            Some(Fault::AnswerLate) => sleep(TOO_LATE).await,
            Some(Fault::Slow) => sleep(slow).await,
            _ => sleep(back).await,
        }
        match answered {
            Ok(answer) => respond(200, &answer),
            Err(refused) => refuse(&refused),
        }
    }

    /// The request is on its way while its sender hears that the connection broke, and does what it says in the end.
    async fn arrive_late(
        self,
        service: String,
        operation: String,
        mut body: Value,
    ) -> Result<HttpResponse, ConnectorError> {
        let late = Duration::from_millis(self.world.inside().rng.u64(1..LATE_MS));
        tokio::task::spawn_local(async move {
            sleep(late).await;
            // Nobody hears the answer.
            let _ = self
                .world
                .answer(self.worker.who, &service, &operation, &mut body);
        });
        Err(ConnectorError::io("reset".into()))
    }

    /// What a fault makes of a request before it arrives.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the other faults befall requests later, or no request"
    )]
    async fn stopped(
        &self,
        fault: Option<Fault>,
        body: &Value,
    ) -> Option<Result<HttpResponse, ConnectorError>> {
        let plain = |status, code| {
            let text = json!({"__type": code, "message": "by plan"});
            Some(respond(status, &text))
        };
        match fault? {
            Fault::CrashBefore => {
                self.crash().await;
                None
            }
            Fault::Panic => resume_unwind(Box::new(ByPlan)),
            Fault::RequestLost => Some(Err(ConnectorError::io("reset".into()))),
            Fault::Throttled => Some(throttled()),
            Fault::ServerError => plain(500, "InternalServerError"),
            Fault::TransactionConflict => {
                let mut inner = self.world.inside();
                Some(crowded(body, &mut inner.rng))
            }
            _ => None,
        }
    }

    /// Ends this incarnation of the worker: nothing of it goes on.
    async fn crash(&self) {
        self.worker.killed.notify_one();
        std::future::pending::<()>().await;
    }
}

/// A request as the services understand it.
struct Request {
    service: String,
    operation: String,
    body: Value,
}

impl Request {
    fn of(request: &HttpRequest) -> Self {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or_default();
        let body = request.body().bytes().unwrap_or_default();
        Self {
            service: service.to_owned(),
            operation: operation.to_owned(),
            body: serde_json::from_slice(body).unwrap_or_default(),
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().carry(Request::of(&request)))
    }
}

fn throttled() -> Result<HttpResponse, ConnectorError> {
    let text = json!({"__type": "ThrottlingException", "message": "by plan"});
    respond(400, &text)
}

/// What DynamoDB answers when others are at some of the items: one reason for each write.
fn crowded(body: &Value, rng: &mut Rng) -> Result<HttpResponse, ConnectorError> {
    let writes = body["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![json!({"Code": "None"}); writes.max(1)];
    for _ in 0..rng.usize(1..=2) {
        let place = rng.usize(..reasons.len());
        let code = CROWDED[rng.usize(..CROWDED.len())];
        reasons[place] = json!({"Code": code, "Message": "by plan"});
    }
    let answer = json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": "by plan",
        "CancellationReasons": reasons,
    });
    respond(400, &answer)
}

fn refuse(refused: &Refused) -> Result<HttpResponse, ConnectorError> {
    let mut answer = refused.extra.clone();
    if !answer.is_object() {
        answer = json!({});
    }
    answer["__type"] = format!("com.amazonaws.dynamodb.v20120810#{}", refused.code).into();
    answer["message"] = refused.message.clone().into();
    respond(refused.status, &answer)
}

fn respond(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    let headers = response.headers_mut();
    headers.insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
