//! The wire between a client and its store: watched, held up, or broken by a plan.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use tokio::sync::Barrier;

/// What happens to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passage {
    /// It goes through, and so does its answer.
    Through,
    /// It reaches no table, and is answered as if it had been done.
    Committed,
    /// The table says that it is too busy.
    Throttled,
    /// The table says that it failed.
    ServerError,
    /// Others write the same items: a cancelled transaction whose reasons say so.
    Crowded,
    /// A cancelled transaction, for this reason of its last write.
    Cancelled(&'static str),
    /// The table says that it does not do this, under this name.
    Refused(&'static str),
    /// The connection breaks before the table has the request.
    RequestLost,
    /// The table does what was asked, and the connection breaks before its answer is here.
    AnswerLost,
    /// Nothing comes back in time, though the table did what was asked.
    AnswerLate,
    /// Nothing ever comes back, and nothing was done.
    Silence,
}

impl Passage {
    /// Everything that can go wrong and end by itself.
    pub const FAULTS: [Self; 6] = [
        Self::Throttled,
        Self::ServerError,
        Self::Crowded,
        Self::RequestLost,
        Self::AnswerLost,
        Self::AnswerLate,
    ];
}

type Plan = dyn Fn(&str) -> Passage + Send + Sync;

/// A wire that counts what passes and does to each request what its plan says.
#[derive(Clone)]
pub struct Wire {
    inner: Inner,
    plan: Arc<Plan>,
    requests: Arc<Mutex<Vec<String>>>,
    gate: Option<Arc<Barrier>>,
    trips: Option<Arc<Mutex<Trips>>>,
}

/// Round trips: requests that are under way at the same time are one.
#[derive(Debug, Default)]
struct Trips {
    under_way: usize,
    trips: usize,
}

/// How long a request is under way at least where round trips are counted, so that those of one are so together.
const A_TRIP: Duration = Duration::from_millis(60);

/// What carries the requests: a client, or the connector that it made.
#[derive(Clone)]
enum Inner {
    Client(SharedHttpClient),
    Connector(SharedHttpConnector),
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}

impl Wire {
    /// A wire around a client's own, with a plan that is asked for each request by the operation's name.
    fn around(
        client: &Client,
        plan: impl Fn(&str) -> Passage + Send + Sync + 'static,
        gate: Option<usize>,
    ) -> (Client, Self) {
        let inner = client
            .config()
            .http_client()
            .expect("the store's client is built with an HTTP client");
        let wire = Self {
            inner: Inner::Client(inner),
            plan: Arc::new(plan),
            requests: Arc::default(),
            gate: gate.map(|size| Arc::new(Barrier::new(size))),
            trips: None,
        };
        let config = client.config().to_builder().http_client(wire.clone());
        (Client::from_conf(config.build()), wire)
    }

    /// A client that works like the given one and is watched.
    ///
    /// # Panics
    /// When the client has no HTTP client to watch.
    #[must_use]
    pub fn watching(client: &Client) -> (Client, Self) {
        Self::around(client, |_| Passage::Through, None)
    }

    /// A client to whose requests happens what the plan says of their operation.
    ///
    /// # Panics
    /// When the client has no HTTP client to break.
    #[must_use]
    pub fn broken(
        client: &Client,
        plan: impl Fn(&str) -> Passage + Send + Sync + 'static,
    ) -> (Client, Self) {
        Self::around(client, plan, None)
    }

    /// A client whose requests are let through in groups of `size` only: each waits until all of its group are on
    /// their way. Requests that follow one another never arrive.
    ///
    /// # Panics
    /// When the client has no HTTP client to hold up.
    #[must_use]
    pub fn abreast(client: &Client, size: usize) -> (Client, Self) {
        Self::around(client, |_| Passage::Through, Some(size))
    }

    /// A client whose round trips are counted.
    ///
    /// # Panics
    /// When the client has no HTTP client to watch.
    #[must_use]
    pub fn counting_trips(client: &Client) -> (Client, Self) {
        let (_, mut wire) = Self::around(client, |_| Passage::Through, None);
        wire.trips = Some(Arc::default());
        let config = client.config().to_builder().http_client(wire.clone());
        (Client::from_conf(config.build()), wire)
    }

    /// How many round trips there were so far, where they are counted.
    ///
    /// # Panics
    /// When another test thread panicked while it noted one.
    #[must_use]
    pub fn trips(&self) -> usize {
        let trips = self.trips.as_ref();
        trips.map_or(0, |trips| trips.lock().expect("noting cannot panic").trips)
    }

    /// The operations of all requests so far.
    ///
    /// # Panics
    /// When another test thread panicked while it noted one.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().expect("noting cannot panic").clone()
    }

    /// How many requests there were of an operation.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.requests()
            .iter()
            .filter(|noted| *noted == operation)
            .count()
    }

    /// Forgets the requests so far.
    ///
    /// # Panics
    /// When another test thread panicked while it noted one.
    pub fn forget(&self) {
        self.requests.lock().expect("noting cannot panic").clear();
        if let Some(trips) = &self.trips {
            trips.lock().expect("noting cannot panic").trips = 0;
        }
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = match &self.inner {
            Inner::Client(client) => Inner::Connector(client.http_connector(settings, components)),
            connector @ Inner::Connector(_) => connector.clone(),
        };
        SharedHttpConnector::new(Self {
            inner,
            ..self.clone()
        })
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request);
        self.requests
            .lock()
            .expect("noting cannot panic")
            .push(operation.clone());
        let passage = (self.plan)(&operation);
        let (inner, gate) = (self.inner.clone(), self.gate.clone());
        let trip = self.trips.clone().map(Trip::begun);
        HttpConnectorFuture::new(async move {
            if trip.is_some() {
                tokio::time::sleep(A_TRIP).await;
            }
            if let Some(gate) = gate {
                gate.wait().await;
            }
            let send = |request| async move {
                match inner {
                    Inner::Connector(connector) => connector.call(request).await,
                    // The SDK makes its connector from the client before it calls it.
                    Inner::Client(_) => Err(ConnectorError::other("no connector".into(), None)),
                }
            };
            let answered = match passage {
                Passage::Through => send(request).await,
                Passage::Committed => done(),
                Passage::Throttled => answer(400, "ThrottlingException", json!({})),
                Passage::ServerError => answer(500, "InternalServerError", json!({})),
                Passage::Crowded => cancelled(&request, "TransactionConflict"),
                Passage::Cancelled(why) => cancelled(&request, why),
                Passage::Refused(why) => answer(400, why, json!({})),
                Passage::RequestLost => Err(ConnectorError::io("connection reset".into())),
                Passage::AnswerLost => {
                    send(request).await?;
                    Err(ConnectorError::io("connection reset".into()))
                }
                Passage::AnswerLate => {
                    send(request).await?;
                    Err(ConnectorError::timeout("no answer in time".into()))
                }
                Passage::Silence => std::future::pending().await,
            };
            drop(trip);
            answered
        })
    }
}

/// A request under way, until it is answered or given up.
struct Trip(Arc<Mutex<Trips>>);

impl Trip {
    fn begun(trips: Arc<Mutex<Trips>>) -> Self {
        if let Ok(mut trips) = trips.lock() {
            trips.trips += usize::from(trips.under_way == 0);
            trips.under_way += 1;
        }
        Self(trips)
    }
}

impl Drop for Trip {
    fn drop(&mut self) {
        if let Ok(mut trips) = self.0.lock() {
            trips.under_way -= 1;
        }
    }
}

/// `TransactWriteItems` from the header `x-amz-target: DynamoDB_20120810.TransactWriteItems`.
fn operation(request: &HttpRequest) -> String {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    target.rsplit('.').next().unwrap_or_default().to_owned()
}

/// What DynamoDB answers when it is the last of a transaction's writes that cannot be: one reason for each of them.
fn cancelled(request: &HttpRequest, why: &str) -> Result<HttpResponse, ConnectorError> {
    let body: Value =
        serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let Some(writes) = body["TransactItems"].as_array() else {
        return answer(400, "TransactionConflictException", json!({}));
    };
    let mut reasons = vec![json!({"Code": "None"}); writes.len()];
    if let Some(last) = reasons.last_mut() {
        *last = json!({"Code": why, "Message": "by plan"});
    }
    let reasons = json!({"CancellationReasons": reasons});
    answer(400, "TransactionCanceledException", reasons)
}

fn done() -> Result<HttpResponse, ConnectorError> {
    respond(200, &json!({}))
}

fn answer(status: u16, error: &str, mut body: Value) -> Result<HttpResponse, ConnectorError> {
    body["__type"] = format!("com.amazonaws.dynamodb.v20120810#{error}").into();
    body["message"] = "by plan".into();
    respond(status, &body)
}

fn respond(status: u16, body: &Value) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, SdkBody::from(body.to_string()));
    response
        .headers_mut()
        .insert("content-type", "application/x-amz-json-1.0");
    Ok(response)
}
