//! The function between API Gateway's events and the queues, with time in the test's hand.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use aws_sdk_sqs::types::Message;
use lambda_kit::config::Env;
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context, LambdaEvent};
use receive_webhook::{Registry, Webhooks};
use serde_json::{Value, json};
use signatures::{Scheme, Secret, SignError, Unsigned, sign};

use crate::providers;
use crate::services::{self, Fault, Faults, QUEUES, Shared, Vault};

/// What `template.yaml` may let the function take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The address that deliveries are signed for.
pub(crate) const HOST: &str = "hooks.example.com";
pub(crate) const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:webhooks-AbCdEf";
/// Seconds since 1970 when a desk opens.
pub(crate) const NOW: i64 = 1_772_442_000;
pub(crate) const SECRET: &str = "a secret of the tests";

pub(crate) struct Desk {
    pub(crate) function: Webhooks,
    pub(crate) vault: Shared<Vault>,
    pub(crate) faults: Shared<Faults>,
    pub(crate) figures: Figures,
    sqs: aws_sdk_sqs::Client,
    endpoint: String,
    clock: Arc<AtomicI64>,
    pub(crate) timeout: Duration,
}

/// Where the metrics go.
#[derive(Clone, Default)]
pub(crate) struct Figures(Arc<Mutex<Vec<u8>>>);

/// An answer of the function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// A message that a queue had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Queued {
    pub(crate) body: String,
    pub(crate) attributes: BTreeMap<String, String>,
}

/// A request that is not sent yet.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) method: &'static str,
    pub(crate) connection: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Call {
    pub(crate) fn post(connection: &str, body: impl AsRef<[u8]>) -> Self {
        Self {
            method: "POST",
            connection: connection.to_owned(),
            url: format!("https://{HOST}/v1/webhooks/{connection}"),
            headers: BTreeMap::from([("host".to_owned(), HOST.to_owned())]),
            body: body.as_ref().to_vec(),
        }
    }

    pub(crate) fn get(connection: &str, query: &str) -> Self {
        let call = Self::post(connection, "").query(query);
        Self {
            method: "GET",
            ..call
        }
    }

    pub(crate) fn head(connection: &str) -> Self {
        Self {
            method: "HEAD",
            ..Self::post(connection, "")
        }
    }

    pub(crate) fn query(mut self, query: &str) -> Self {
        self.url = format!("{}?{query}", self.url);
        self
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Signed as the invented system does, at the time at which desks open.
    pub(crate) fn signed(self, secret: &str) -> Self {
        self.signed_at(secret, NOW)
    }

    pub(crate) fn signed_at(self, secret: &str, now: i64) -> Self {
        let source = self.connection.split('.').next().unwrap().to_owned();
        self.signed_by(&providers::proof(&source)[0], secret, now)
    }

    pub(crate) fn signed_by(self, scheme: &Scheme, secret: &str, now: i64) -> Self {
        self.try_signed_by(scheme, secret, now).unwrap()
    }

    /// The same, unless the scheme cannot sign such a body.
    pub(crate) fn try_signed_by(
        self,
        scheme: &Scheme,
        secret: &str,
        now: i64,
    ) -> Result<Self, SignError> {
        let unsigned = Unsigned {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now,
        };
        let proof = sign(scheme, &Secret::new(secret), &unsigned)?;
        Ok(Self {
            url: proof.url,
            headers: proof.headers,
            body: proof.body,
            ..self
        })
    }

    /// As API Gateway hands it in.
    pub(crate) fn event(&self) -> Value {
        let (path, query) = self.url.split_once('?').unwrap_or((&self.url, ""));
        let path = path.split_once(HOST).map_or("/", |(_, path)| path);
        let mut event = sample("stripe");
        event["routeKey"] = json!(format!("{} /v1/webhooks/{{source}}", self.method));
        event["requestContext"]["http"]["method"] = json!(self.method);
        event["rawPath"] = json!(path);
        event["rawQueryString"] = json!(query);
        event["pathParameters"] = json!({"source": self.connection});
        event["headers"] = json!(self.headers);
        event["body"] = json!(String::from_utf8_lossy(&self.body));
        event["isBase64Encoded"] = json!(false);
        if std::str::from_utf8(&self.body).is_err() {
            event = in_base64(event, &self.body);
        }
        event
    }
}

/// The same with its body in base64, as API Gateway hands in most types.
pub(crate) fn in_base64(mut event: Value, body: &[u8]) -> Value {
    use base64::Engine as _;
    event["body"] = json!(base64::engine::general_purpose::STANDARD.encode(body));
    event["isBase64Encoded"] = json!(true);
    event
}

/// A configuration in which each invented system has the one secret.
pub(crate) fn all_configured() -> Value {
    let names = [
        "stamped",
        "plain",
        "identified",
        "listed",
        "graph",
        "twiml",
        "sipgate",
        "basic",
        "cloudevents",
    ];
    let mut secrets: serde_json::Map<String, Value> = names
        .into_iter()
        .map(|name| (name.to_owned(), json!(SECRET)))
        .collect();
    let nested = json!({"secrets": [SECRET], "verify_token": "a token"});
    secrets.insert("nested".to_owned(), nested);
    Value::Object(secrets)
}

impl Desk {
    pub(crate) async fn open(secrets: &Value) -> Self {
        Self::of(secrets, providers::find).await
    }

    pub(crate) async fn of(secrets: &Value, registry: Registry) -> Self {
        let faults = Shared::<Faults>::default();
        let endpoint = services::queues(Arc::clone(&faults)).await;
        let vault = Shared::<Vault>::default();
        vault.lock().unwrap().text = secrets.to_string();
        let manager = services::vault(Arc::clone(&vault)).await;
        let place = [
            ("WEBHOOK_SECRETS_ARN", ARN.to_owned()),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", manager),
        ];
        let figures = Figures::default();
        let clock = Arc::new(AtomicI64::new(NOW * 1000));
        let env = environment(&endpoint).into_iter().chain(place);
        let time = Arc::clone(&clock);
        let function = Webhooks::of(Env::from_map(env), registry)
            .unwrap()
            .with_metrics(Metrics::new(receive_webhook::NAME, figures.clone()))
            .with_clock(move || time.load(Ordering::SeqCst));
        Self {
            function,
            vault,
            faults,
            figures,
            sqs: queue::client(&AwsAccess::local(&endpoint)),
            endpoint,
            clock,
            timeout: TIMEOUT,
        }
    }

    /// Lets time pass.
    pub(crate) fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    /// Sets the clock, in seconds since 1970.
    pub(crate) fn set_clock(&self, seconds: i64) {
        self.clock.store(seconds * 1000, Ordering::SeqCst);
    }

    /// What the environment says of the queues.
    pub(crate) fn environment(&self) -> Vec<(&'static str, String)> {
        environment(&self.endpoint)
    }

    pub(crate) fn fail(&self, next: &[Fault], always: Option<Fault>) {
        let mut faults = self.faults.lock().unwrap();
        faults.next = next.to_vec();
        faults.always = always;
    }

    pub(crate) fn vault(&self) -> MutexGuard<'_, Vault> {
        self.vault.lock().unwrap()
    }

    pub(crate) async fn send(&self, call: &Call) -> Answer {
        self.handle(call.event()).await
    }

    pub(crate) async fn handle(&self, event: Value) -> Answer {
        handle(&self.function, event, self.timeout).await
    }

    /// All that is in a queue, in the order of its texts.
    pub(crate) async fn queued(&self, queue: &str) -> Vec<Queued> {
        let mut all = Vec::new();
        loop {
            let received = self
                .sqs
                .receive_message()
                .queue_url(url(&self.endpoint, queue))
                .max_number_of_messages(10)
                .message_attribute_names("All")
                .send()
                .await
                .unwrap();
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                all.sort();
                return all;
            }
            all.extend(messages.into_iter().map(Queued::of));
        }
    }

    /// All bodies in a queue.
    pub(crate) async fn bodies(&self, queue: &str) -> Vec<String> {
        let queued = self.queued(queue).await;
        queued.into_iter().map(|queued| queued.body).collect()
    }

    /// That no queue has anything.
    pub(crate) async fn assert_nothing_queued(&self) {
        for queue in QUEUES {
            assert_eq!(self.queued(queue).await, [], "{queue}");
        }
    }
}

pub(crate) async fn handle(function: &Webhooks, event: Value, timeout: Duration) -> Answer {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + timeout;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    let request = serde_json::from_value(event).unwrap();
    let response = function.handle(LambdaEvent::new(request, context)).await;
    let headers = response.headers.iter();
    let body = match response.body {
        None | Some(Body::Empty) => String::new(),
        Some(Body::Text(text)) => text,
        Some(Body::Binary(_)) => panic!("the answer is binary"),
        Some(_) => panic!("the answer is something new"),
    };
    Answer {
        status: response.status_code,
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body,
    }
}

fn url(endpoint: &str, queue: &str) -> String {
    format!("{endpoint}/000000000000/{queue}")
}

fn environment(endpoint: &str) -> Vec<(&'static str, String)> {
    vec![
        ("AWS_REGION", "us-east-1".to_owned()),
        ("AWS_ACCESS_KEY_ID", "local".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "local".to_owned()),
        ("AWS_ENDPOINT_URL_SQS", endpoint.to_owned()),
        ("CALL_EVENTS_QUEUE_URL", url(endpoint, "call-events")),
        ("CHAT_EVENTS_QUEUE_URL", url(endpoint, "chat-events")),
        ("EMAIL_EVENTS_QUEUE_URL", url(endpoint, "email-events")),
        ("JOURNEY_EVENTS_QUEUE_URL", url(endpoint, "journey-events")),
    ]
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

impl Queued {
    fn of(message: Message) -> Self {
        let attributes = message.message_attributes.unwrap_or_default().into_iter();
        Self {
            body: message.body.unwrap(),
            attributes: attributes
                .map(|(name, value)| (name, value.string_value.unwrap()))
                .collect(),
        }
    }
}

impl Figures {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The sum of a count over all requests so far.
    pub(crate) fn of(&self, metric: &str) -> u64 {
        let text = self.text();
        let lines = text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter_map(|line| line[metric].as_u64()).sum()
    }
}

impl std::io::Write for Figures {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
