//! The function with an embedded queue, asked with the events that API Gateway sends.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use aws_sdk_sqs::types::MessageSystemAttributeName;
use cornerstore::Storage;
use cornerstore::sqs::{QueueSpec, Sqs};
use lambda_kit::config::Env;
use lambda_runtime::{Context, LambdaEvent};
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};
use timeline::Event;
use tokio::net::TcpListener;
use widget_sessions::Widget;

/// What the template lets the function take.
const TIMEOUT: Duration = Duration::from_secs(10);
const QUEUE: &str = "chat-events";
/// Most messages that a test reads.
const MAX_MESSAGES: usize = 200;
/// The machine's clock as the tests set it.
pub(crate) const NOW: i64 = 1_772_442_900_000;
pub(crate) const ORIGIN: &str = "https://www.example.com";

pub(crate) struct Desk {
    pub(crate) widget: Widget,
    pub(crate) now: Arc<AtomicI64>,
    queue: aws_sdk_sqs::Client,
    queue_url: String,
}

/// An answer of the function.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }
}

impl Desk {
    pub(crate) async fn open() -> Self {
        Self::open_for(ORIGIN).await
    }

    /// A desk for the pages of that origin.
    pub(crate) async fn open_for(origin: &str) -> Self {
        let sqs = Sqs::open(&Storage::Memory, cornerstore::clock::system()).unwrap();
        let spec = QueueSpec {
            name: QUEUE.to_owned(),
            visibility_timeout_s: 60,
            retention_s: 3600,
            max_message_bytes: 1_048_576,
            redrive: None,
        };
        sqs.ensure_queue(spec).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = sqs.serve(listener);
        tokio::spawn(server);
        Self::on_for(&sqs.queue_url(QUEUE).unwrap(), origin)
    }

    /// A desk whose queue is under that URL, whatever answers there.
    pub(crate) fn on(queue_url: &str) -> Self {
        Self::on_for(queue_url, ORIGIN)
    }

    fn on_for(queue_url: &str, origin: &str) -> Self {
        let endpoint = queue_url.split("/000000000000").next().unwrap();
        let access = AwsAccess::local(endpoint);
        let now = Arc::new(AtomicI64::new(NOW));
        let clock = Arc::clone(&now);
        let widget = Widget::new(environment(endpoint, queue_url, origin)).unwrap();
        Self {
            widget: widget.with_clock(move || clock.load(Ordering::SeqCst)),
            now,
            queue: queue::client(&access),
            queue_url: queue_url.to_owned(),
        }
    }

    pub(crate) fn pass(&self, millis: i64) {
        self.now.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) async fn ask(&self, event: Value) -> Answer {
        ask(&self.widget, event).await
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.ask(post(&body.to_string())).await
    }

    /// Begins a session and gives its answer.
    pub(crate) async fn session(&self) -> Value {
        let answer = self.post(&json!({"widget": "shop"})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body()
    }

    /// The bodies that the queue has, which has them no longer.
    pub(crate) async fn queued(&self) -> Vec<Value> {
        let mut bodies = Vec::new();
        for _ in 0..MAX_MESSAGES {
            let received = self
                .queue
                .receive_message()
                .queue_url(&self.queue_url)
                .max_number_of_messages(10)
                .message_attribute_names("All")
                .message_system_attribute_names(MessageSystemAttributeName::All)
                .send()
                .await
                .unwrap();
            let messages = received.messages.unwrap_or_default();
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let source = &message.message_attributes.as_ref().unwrap()["source"];
                assert_eq!(source.string_value(), Some("widget"));
                bodies.push(serde_json::from_str(message.body().unwrap()).unwrap());
                self.queue
                    .delete_message()
                    .queue_url(&self.queue_url)
                    .receipt_handle(message.receipt_handle().unwrap())
                    .send()
                    .await
                    .unwrap();
            }
        }
        bodies
    }

    /// What the timeline gets of all that the queue has.
    pub(crate) async fn events(&self) -> Vec<Event> {
        let context = sources::Context {
            received_at: timeline::Timestamp::from_millis(self.now.load(Ordering::SeqCst)).unwrap(),
            region: Some("US".parse().unwrap()),
        };
        let attributes = BTreeMap::from([("source".to_owned(), "widget".to_owned())]);
        let mut events = Vec::new();
        for body in self.queued().await {
            let reading = sources::read(sources::CHATS, &body.to_string(), &attributes, &context);
            let reading = reading.unwrap();
            assert_eq!((reading.rejections, reading.ignored), (vec![], vec![]));
            events.extend(reading.events);
        }
        events
    }
}

pub(crate) fn environment(endpoint: &str, queue_url: &str, origins: &str) -> Env {
    Env::from_map([
        ("CHAT_EVENTS_QUEUE_URL", queue_url),
        ("STACK_SECRET", "the secret of the tests"),
        ("WIDGET_ORIGINS", origins),
        ("AWS_ENDPOINT_URL_SQS", endpoint),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
    ])
}

/// Asks, and holds the answer against what the API's description says of its route.
pub(crate) async fn ask(widget: &Widget, event: Value) -> Answer {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    let route = event["routeKey"].as_str().unwrap().to_owned();
    let request = serde_json::from_value(event).unwrap();
    let response = widget.handle(LambdaEvent::new(request, context)).await;
    let headers: BTreeMap<String, String> = response
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    let text = match response.body {
        Some(Body::Text(text)) => text,
        None | Some(Body::Empty) => String::new(),
        Some(other) => panic!("{other:?}"),
    };
    let answer = Answer {
        status: response.status_code,
        headers,
        text,
    };
    is_described(&route, &answer);
    answer
}

fn is_described(route: &str, answer: &Answer) {
    let generator = || SchemaSettings::draft2020_12().into_generator();
    let paths = widget_sessions::openapi::paths(&mut generator(), &mut generator());
    let (method, path) = route.split_once(' ').unwrap();
    let Some(operation) = paths[path].get(method.to_lowercase()) else {
        assert_eq!(answer.status, 404, "{route}");
        return;
    };
    let described = &operation["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{route} answers {}", answer.status);
    let kind = answer.headers.get("content-type");
    let kind = kind.map(|kind| kind.split(';').next().unwrap());
    let content = described.get("content").and_then(Value::as_object);
    assert_eq!(
        kind.is_some(),
        content.is_some_and(|content| content.contains_key(kind.unwrap_or_default())),
        "{route} answers {} with {kind:?}",
        answer.status
    );
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

pub(crate) fn post(body: &str) -> Value {
    let mut event = sample("session");
    event["body"] = json!(body);
    event
}

/// Events of one session.
pub(crate) fn told(session: &Value, events: Value) -> Value {
    json!({"widget": "shop", "token": session["token"], "events": events})
}

pub(crate) fn page(id: &str) -> Value {
    json!({
        "id": id, "at": NOW, "kind": "page", "url": "https://www.example.com/parcels", "title": "Parcels",
    })
}
