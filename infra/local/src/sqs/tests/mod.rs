//! The queues through the real SDK, and the rules that time makes, under a clock that stands
//! still until it is moved.

mod durable;
mod protocol;
mod receiving;
mod sending;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use aws_sdk_sqs::{Client, Config};

use super::{QueueSpec, Redrive, Sqs};
use crate::Storage;

const START_MS: i64 = 1_772_353_800_000;

/// A served stack with two queues: `call`, which gives up after two receives, and its `dead`.
struct Stack {
    sqs: Sqs,
    client: Client,
    call: String,
    dead: String,
    now_ms: Arc<AtomicI64>,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn stack() -> Stack {
    stack_on(&Storage::Memory).await
}

async fn stack_on(storage: &Storage) -> Stack {
    let now_ms = Arc::new(AtomicI64::new(START_MS));
    let read = Arc::clone(&now_ms);
    let sqs = Sqs::open(storage, Arc::new(move || read.load(Ordering::SeqCst))).unwrap();
    sqs.ensure_queue(spec("dead", None)).await.unwrap();
    let redrive = Redrive {
        dead_letter_queue: "dead".into(),
        max_receive_count: 2,
    };
    sqs.ensure_queue(spec("call", Some(redrive))).await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = tokio::spawn(sqs.serve(listener));
    let (call, dead) = (
        sqs.queue_url("call").unwrap(),
        sqs.queue_url("dead").unwrap(),
    );
    let client = client(call.strip_suffix("/000000000000/call").unwrap());
    Stack {
        sqs,
        client,
        call,
        dead,
        now_ms,
        server,
    }
}

fn spec(name: &str, redrive: Option<Redrive>) -> QueueSpec {
    QueueSpec {
        name: name.into(),
        visibility_timeout_s: 180,
        retention_s: 3600,
        max_message_bytes: 1_048_576,
        redrive,
    }
}

fn client(endpoint: &str) -> Client {
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .endpoint_url(endpoint)
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build(),
    )
}

impl Stack {
    fn pass(&self, seconds: i64) {
        self.now_ms.fetch_add(seconds * 1000, Ordering::SeqCst);
    }

    async fn send(&self, body: &str) -> String {
        let sent = self
            .client
            .send_message()
            .queue_url(&self.call)
            .message_body(body);
        sent.send().await.unwrap().message_id.unwrap()
    }

    async fn receive(&self, queue: &str) -> Vec<Message> {
        let receive = self
            .client
            .receive_message()
            .queue_url(queue)
            .max_number_of_messages(10);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        receive.send().await.unwrap().messages.unwrap_or_default()
    }

    /// What `call` holds: visible, in flight, delayed.
    async fn depth(&self) -> (i64, i64, i64) {
        let depth = self.sqs.depth("call").await.unwrap();
        (depth.visible, depth.in_flight, depth.delayed)
    }
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}

fn code<T: std::fmt::Debug, E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    outcome: Result<T, SdkError<E, R>>,
) -> String {
    outcome.unwrap_err().code().unwrap_or_default().to_owned()
}
