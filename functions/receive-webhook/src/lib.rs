#![doc = include_str!("../README.md")]

mod answer;
mod binary;
mod connection;
pub mod figures;
mod handshake;
mod message;
pub mod openapi;
mod proof;
mod queues;
mod raw;
mod request;
mod secrets;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{path_parameter, unless_panicked};
use lambda_kit::metrics::Metrics;
use lambda_runtime::LambdaEvent;
use queue::MAX_MESSAGE_BYTES;
use signatures::Delivery;

pub use answer::RETRY_AFTER_S;
pub use connection::{MAX_CONNECTIONS, MAX_SECRETS, Registry};
pub use handshake::MAX_CHALLENGE;
pub use secrets::{MAX_SECRETS_BYTES, REFRESH_PAUSE, SECRETS_STALE, SECRETS_TTL};
pub use split::{MAX_PIECES, MAX_REPEATED_BYTES, split};

use answer::Refusal;
use connection::{Connection, Connections, Found};
use handshake::Asked;
use message::messages;
use proof::Proof;
use queues::Queues;
use request::Delivered;
use secrets::{Newer, Place, Secrets};
use tokio::time::Instant;

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "receive-webhook";

/// The route of deliveries.
const DELIVERY: &str = "POST /v1/webhooks/{source}";
/// Longest time until an answer: some providers wait no longer than five seconds.
pub const ANSWER_BUDGET: Duration = Duration::from_millis(4500);
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);
/// The queues that webhooks write to, and the variables with their URLs.
const QUEUES: [(&str, &str); 4] = [
    ("call-events", "CALL_EVENTS_QUEUE_URL"),
    ("chat-events", "CHAT_EVENTS_QUEUE_URL"),
    ("email-events", "EMAIL_EVENTS_QUEUE_URL"),
    ("journey-events", "JOURNEY_EVENTS_QUEUE_URL"),
];
const ARN: &str = "WEBHOOK_SECRETS_ARN";
const FILE: &str = "WEBHOOK_SECRETS_FILE";

/// The function.
pub struct Webhooks {
    secrets: Secrets,
    queues: Queues,
    metrics: Metrics,
    by_source: figures::BySource,
    registry: Registry,
    /// Milliseconds since 1970.
    clock: Box<dyn Fn() -> i64 + Send + Sync>,
}

/// What became of a request that was not refused.
enum Outcome {
    Handshake(String),
    Taken {
        url: String,
        body: Vec<u8>,
        pieces: usize,
    },
}

impl Webhooks {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(env: Env) -> Result<Self, ConfigError> {
        Self::of(env, sources::find)
    }

    /// The same with other sources.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn of(mut env: Env, registry: Registry) -> Result<Self, ConfigError> {
        let access = AwsAccess::from_environment("SQS", |variable| env.lookup(variable));
        let access = access.map_err(|missing| {
            let problems = missing.into_iter().map(|name| (name, "is missing"));
            problems.collect::<Vec<_>>()
        });
        let access = env.take(access);
        // What it lacks, the queues' access lacks too and has named already.
        let manager =
            AwsAccess::from_environment("SECRETS_MANAGER", |variable| env.lookup(variable)).ok();
        let urls: BTreeMap<&'static str, String> = QUEUES
            .into_iter()
            .filter_map(|(queue, variable)| Some((queue, env.required(variable)?)))
            .collect();
        let (arn, file) = (env.optional(ARN), env.optional(FILE));
        let (arn, file) = (arn.flatten(), file.flatten());
        match (&arn, &file) {
            (None, None) => env.refuse(ARN, "is missing, and so is WEBHOOK_SECRETS_FILE"),
            (Some(_), Some(_)) => env.refuse(ARN, "and WEBHOOK_SECRETS_FILE exclude each other"),
            (Some(_), None) | (None, Some(_)) => {}
        }
        let deployed_as = env.function_name(NAME);
        env.finish(|| {
            let place = match (arn, file) {
                (Some(arn), _) => Place::Manager {
                    client: secrets::client(&manager?),
                    arn,
                },
                (None, file) => Place::File(file?.into()),
            };
            Some(Self {
                secrets: Secrets::new(place, registry),
                queues: Queues::new(&access?, urls),
                metrics: Metrics::to_stdout(deployed_as),
                registry,
                by_source: figures::BySource::default(),
                clock: Box::new(system_clock),
            })
        })
    }

    /// The same with its figures written elsewhere.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self { metrics, ..self }
    }

    /// The same by another clock, which gives milliseconds since 1970.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        let clock = Box::new(clock);
        Self { clock, ..self }
    }

    /// Fetches the secrets, while nobody waits for them yet. What goes wrong is found again by the first request.
    pub async fn warm_up(&self) {
        let now = self.now();
        let _ = self
            .secrets
            .current(now, Deadline::after(WARM_UP), &self.metrics)
            .await;
    }

    /// Answers a request of the HTTP API.
    pub async fn handle(
        &self,
        event: LambdaEvent<ApiGatewayV2httpRequest>,
    ) -> ApiGatewayV2httpResponse {
        let began = Instant::now();
        let left = Deadline::of(&event.context).remaining();
        let deadline = Deadline::after(left.min(ANSWER_BUDGET));
        self.metrics.add(&figures::WEBHOOKS_RECEIVED, 1);
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        let response = unless_panicked(Box::pin(self.answer(event.payload, deadline))).await;
        let elapsed = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.metrics.add(&figures::WEBHOOK_DURATION, elapsed);
        self.metrics.flush_now();
        response
    }

    async fn answer(
        &self,
        request: ApiGatewayV2httpRequest,
        deadline: Deadline,
    ) -> ApiGatewayV2httpResponse {
        let name = path_parameter(&request, "source")
            .unwrap_or_default()
            .to_owned();
        let connections = match self.connections_for(&name, deadline).await {
            Ok(connections) => connections,
            Err(refusal) => return self.refuse(refusal, None),
        };
        let connection = match connections.find(&name) {
            Found::Connection(connection) => connection,
            Found::Faulty => return self.refuse(Refusal::Misconfigured, None),
            Found::Nothing => {
                self.miss(&name, request.route_key.as_deref());
                return self.refuse(Refusal::NotFound, None);
            }
        };
        let outcome = match request.route_key.as_deref() {
            Some("GET /v1/webhooks/{source}") => shake_hands(request, connection),
            Some("HEAD /v1/webhooks/{source}") => return answer::there(),
            Some(DELIVERY) => self.take(request, &connections, connection, deadline).await,
            _ => Err(Refusal::NotFound),
        };
        match outcome {
            Ok(Outcome::Handshake(text)) => {
                self.metrics.add(&figures::WEBHOOK_HANDSHAKES, 1);
                answer::echo(text)
            }
            Ok(Outcome::Taken { url, body, pieces }) => {
                self.metrics.add(&figures::WEBHOOKS_TAKEN, 1);
                let pieces = u64::try_from(pieces).unwrap_or(u64::MAX);
                self.metrics.add(&figures::WEBHOOK_PIECES, pieces);
                self.by_source.taken(&self.metrics, connection.source);
                answer::taken(connection, &url, &body)
            }
            Err(refusal) => self.refuse(refusal, Some(connection)),
        }
    }

    /// The connections, looked up once more where the name is of none: it may be new.
    async fn connections_for(
        &self,
        name: &str,
        deadline: Deadline,
    ) -> Result<Arc<Connections>, Refusal> {
        let now = self.now();
        let current = self.secrets.current(now, deadline, &self.metrics).await;
        let current = current.map_err(|secrets::Unavailable| Refusal::Unavailable)?;
        match current.find(name) {
            Found::Connection(_) => Ok(current),
            Found::Faulty | Found::Nothing => match self.newer_than(&current, deadline).await {
                Newer::Others(newer) => Ok(newer),
                Newer::Same => Ok(current),
                Newer::Unknown => Err(Refusal::Unavailable),
            },
        }
    }

    /// Takes a delivery: proves it, takes it apart, and has the queue store it.
    async fn take(
        &self,
        mut request: ApiGatewayV2httpRequest,
        connections: &Arc<Connections>,
        connection: &Connection,
        deadline: Deadline,
    ) -> Result<Outcome, Refusal> {
        match handshake::of_post(&request, connection) {
            Asked::Nothing => {}
            Asked::Echo(text) => return Ok(Outcome::Handshake(text)),
            Asked::Refused => return Err(Refusal::Handshake),
        }
        let delivered = Delivered::of(&mut request);
        if delivered.body.len() > MAX_MESSAGE_BYTES {
            return Err(Refusal::TooLarge);
        }
        let encoding = delivered.header("content-encoding").unwrap_or_default();
        if !(encoding.is_empty() || encoding.eq_ignore_ascii_case("identity")) {
            return Err(Refusal::Encoded);
        }
        let url = delivered.url(&request, connection.url.as_deref());
        let proof = match Proof::find(connection, &delivered, &url, self.now()) {
            Ok(proof) => proof,
            Err(why) if !may_be_outdated(why) => {
                return Err(Refusal::unproven(why, connection.webhook));
            }
            Err(why) => match self.newer_than(connections, deadline).await {
                Newer::Others(newer) => match newer.find(&connection.name) {
                    Found::Connection(newer) => {
                        let url = delivered.url(&request, newer.url.as_deref());
                        Proof::find(newer, &delivered, &url, self.now())
                            .map_err(|why| Refusal::unproven(why, connection.webhook))?
                    }
                    Found::Faulty => return Err(Refusal::Misconfigured),
                    Found::Nothing => return Err(Refusal::NotFound),
                },
                Newer::Same => return Err(Refusal::unproven(why, connection.webhook)),
                Newer::Unknown => return Err(Refusal::Unavailable),
            },
        };
        let messages = messages(connection, proof, &delivered)?;
        if messages
            .iter()
            .any(|message| message.size() > MAX_MESSAGE_BYTES)
        {
            return Err(Refusal::TooLarge);
        }
        let pieces = messages.len();
        if pieces == 0 {
            self.metrics.add(&figures::WEBHOOKS_EMPTY, 1);
        }
        let sent = self.queues.send(connection.queue, messages, deadline).await;
        sent.map_err(|error| {
            tracing::error!(webhook.connection = connection.name, %error, "webhook not queued");
            Refusal::Unavailable
        })?;
        Ok(Outcome::Taken {
            url,
            body: delivered.body,
            pieces,
        })
    }

    /// The connections after one more look, unless the last was a moment ago.
    async fn newer_than(&self, seen: &Arc<Connections>, deadline: Deadline) -> Newer {
        self.secrets
            .newer_than(seen, self.now(), deadline, &self.metrics)
            .await
    }

    /// Milliseconds since 1970.
    fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Tells of a delivery to a connection that is not configured, where it could be one: the provider may know it
    /// already, and its secret is missing. There are no more figures than sources. What else the name says is whatever
    /// somebody may have written, and is told nowhere.
    fn miss(&self, name: &str, route: Option<&str>) {
        if route != Some(DELIVERY) {
            return;
        }
        if let Some(source) = connection::source_of(name, self.registry) {
            self.by_source.refused(&self.metrics, source);
            tracing::warn!(
                webhook.source = source,
                "webhook of a connection that is not configured"
            );
        }
    }

    fn refuse(&self, refusal: Refusal, of: Option<&Connection>) -> ApiGatewayV2httpResponse {
        self.metrics.add(figures::of_refusal(refusal), 1);
        // What is not configured is counted only, and told by `miss` if at all: anybody can ask for anything.
        if let Some(connection) = of {
            self.by_source.refused(&self.metrics, connection.source);
            let reason = refusal.code();
            tracing::warn!(
                webhook.connection = connection.name,
                reason,
                "webhook refused"
            );
        }
        refusal.response()
    }
}

/// Whether a delivery that is refused so may be good by a secret that was changed since the secrets were fetched.
fn may_be_outdated(why: signatures::Refusal) -> bool {
    use signatures::Refusal as Why;
    match why {
        Why::Wrong | Why::NoSecret => true,
        Why::Unsigned | Why::Malformed | Why::Stale => false,
    }
}

fn shake_hands(
    mut request: ApiGatewayV2httpRequest,
    connection: &Connection,
) -> Result<Outcome, Refusal> {
    let delivered = Delivered::of(&mut request);
    let delivery = Delivery {
        url: &delivered.url(&request, connection.url.as_deref()),
        headers: &delivered.headers,
        body: &[],
        // A token has no time.
        now: 0,
    };
    match handshake::of_get(&request, connection, &delivery) {
        Asked::Nothing => Err(Refusal::NotFound),
        Asked::Echo(text) => Ok(Outcome::Handshake(text)),
        Asked::Refused => Err(Refusal::Handshake),
    }
}

fn system_clock() -> i64 {
    let now = clock::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |now| now.as_millis());
    i64::try_from(millis).unwrap_or(i64::MAX)
}
