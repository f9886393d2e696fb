//! A stack and what its surroundings do to it: systems send through SQS's own protocol, agents ask over HTTP.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

use aws::AwsAccess;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    Message, MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry,
};
use cornerstore::stack::{self, Options, Running};
use serde_json::Value;
use store::client::dynamodb;
use tests::localstack;
use tokio::time::Instant;

/// Longest time in which what was sent has to show.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often is looked.
const GLANCE: Duration = Duration::from_millis(40);
/// The queues that functions take from.
pub(crate) const SOURCE_QUEUES: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];

/// Whose queues and tables a stack uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backend {
    Embedded,
    LocalStack,
}

impl Backend {
    /// A stack of its own on free ports, under a name that no other has.
    pub(crate) fn options(self) -> Options {
        Options {
            endpoint: (self == Self::LocalStack).then(localstack::endpoint),
            stack_name: format!("test-{:016x}", fastrand::u64(..)),
            ..Options::in_memory()
        }
    }

    pub(crate) async fn desk(self) -> Desk {
        Desk::start(&self.options()).await
    }
}

/// A stack as seen from outside.
pub(crate) struct Desk {
    pub(crate) http: String,
    pub(crate) sqs: Client,
    pub(crate) token: String,
    /// What `GET /local` says.
    pub(crate) about: Value,
    /// The stack itself, unless it runs in another process.
    pub(crate) running: Option<Running>,
}

/// An answer over HTTP.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

/// A record in the quarantine queue.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub(crate) body: String,
    /// Its attributes by name.
    pub(crate) said: BTreeMap<String, String>,
}

impl Desk {
    pub(crate) async fn start(options: &Options) -> Self {
        let running = stack::start(options).await.unwrap();
        let desk = Self::at(&running.http).await;
        Self {
            running: Some(running),
            ..desk
        }
    }

    /// The stack that answers there.
    pub(crate) async fn at(http: &str) -> Self {
        let about = request(format!("{http}/local"), None).await.body;
        let sqs = about["sqs"].as_str().unwrap();
        Self {
            http: http.to_owned(),
            sqs: queue::client(&AwsAccess::local(sqs)),
            token: about["agent_token"].as_str().unwrap().to_owned(),
            about,
            running: None,
        }
    }

    pub(crate) fn queue_url(&self, queue: &str) -> &str {
        self.about["queues"][queue].as_str().unwrap()
    }

    pub(crate) async fn send(&self, queue: &str, body: &str) {
        self.send_with(queue, body, &[]).await;
    }

    pub(crate) async fn send_with(&self, queue: &str, body: &str, attributes: &[(&str, &str)]) {
        let mut message = self
            .sqs
            .send_message()
            .queue_url(self.queue_url(queue))
            .message_body(body);
        for (name, value) in attributes {
            message = message.message_attributes(*name, text(value));
        }
        message.send().await.unwrap();
    }

    /// Sends up to ten messages in one request.
    pub(crate) async fn send_together(&self, queue: &str, bodies: &[&str]) {
        let entries = bodies.iter().enumerate().map(|(place, body)| {
            SendMessageBatchRequestEntry::builder()
                .id(place.to_string())
                .message_body(*body)
                .build()
                .unwrap()
        });
        let sent = self
            .sqs
            .send_message_batch()
            .queue_url(self.queue_url(queue))
            .set_entries(Some(entries.collect()))
            .send()
            .await
            .unwrap();
        assert!(sent.failed.is_empty(), "{:?}", sent.failed);
    }

    /// How many messages wait in a queue, and how many are being handled.
    pub(crate) async fn depth(&self, queue: &str) -> (u32, u32) {
        let waiting = QueueAttributeName::ApproximateNumberOfMessages;
        let taken = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let answer = self
            .sqs
            .get_queue_attributes()
            .queue_url(self.queue_url(queue))
            .attribute_names(waiting.clone())
            .attribute_names(taken.clone())
            .send()
            .await
            .unwrap();
        let counts = answer.attributes.unwrap_or_default();
        let count = |name| counts.get(&name).map_or(0, |count| count.parse().unwrap());
        (count(waiting), count(taken))
    }

    /// Waits until every message that was sent has had its fate.
    pub(crate) async fn settle(&self) {
        for queue in SOURCE_QUEUES {
            eventually(&format!("{queue} to be empty"), || async {
                // Twice, since a message on its way from waiting to taken is in neither count.
                let depths = (self.depth(queue).await, self.depth(queue).await);
                match depths {
                    ((0, 0), (0, 0)) => Ok(()),
                    _ => Err(format!("{depths:?} messages")),
                }
            })
            .await;
        }
    }

    /// All that is in quarantine once every message has had its fate.
    pub(crate) async fn quarantined(&self) -> Vec<Refused> {
        self.settle().await;
        self.take_all("quarantine").await
    }

    /// Takes all messages that wait in a queue.
    pub(crate) async fn take_all(&self, queue: &str) -> Vec<Refused> {
        let mut all = Vec::new();
        while self.depth(queue).await.0 > 0 {
            let taken = self
                .sqs
                .receive_message()
                .queue_url(self.queue_url(queue))
                .max_number_of_messages(10)
                .message_attribute_names("All")
                .visibility_timeout(600)
                .send()
                .await
                .unwrap();
            all.extend(taken.messages.unwrap_or_default().into_iter().map(refused));
        }
        all
    }

    /// Asks as an agent.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        request(format!("{}{path}", self.http), Some(self.token.clone())).await
    }

    /// Tells something as an agent.
    pub(crate) async fn tell(&self, method: &'static str, path: &str, body: Value) -> Answer {
        let url = format!("{}{path}", self.http);
        told(method, url, Some(self.token.clone()), body.to_string()).await
    }

    /// The pop that an agent sees for `phone=…`, `email=…` or `identity=…`.
    pub(crate) async fn pop(&self, query: &str) -> Value {
        let answer = self.get(&format!("/v1/screen-pop?{query}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    /// An interaction with its events, once it has so many.
    pub(crate) async fn interaction(&self, id: &str, events: usize) -> Value {
        let path = format!("/v1/interactions/{id}");
        eventually(&format!("{id} to have {events} events"), || async {
            let answer = self.get(&path).await;
            match answer.body["events"].as_array() {
                // Asked once more: the interaction and its events are read beside each other, so a first answer can
                // hold the events of a write and the interaction from before it.
                Some(found) if found.len() == events => Ok(self.get(&path).await.body),
                Some(found) => Err(format!("{} events", found.len())),
                None => Err(answer.status.to_string()),
            }
        })
        .await
    }

    /// How many events the table says that an interaction is the fold of.
    pub(crate) async fn rev(&self, id: &str) -> String {
        let client = dynamodb(&AwsAccess::local(self.about["dynamodb"].as_str().unwrap()));
        let key = |text: String| AttributeValue::S(text);
        let found = client
            .get_item()
            .table_name(self.about["table"].as_str().unwrap())
            .key("pk", key(format!("i#{id}")))
            .key("sk", key("i".to_owned()))
            .consistent_read(true)
            .send()
            .await
            .unwrap();
        found.item.unwrap()["rev"].as_n().unwrap().clone()
    }
}

impl Refused {
    pub(crate) fn said(&self, name: &str) -> &str {
        self.said.get(name).map_or("", String::as_str)
    }
}

/// Asks again until it is so, for a bounded time.
pub(crate) async fn eventually<T, F>(what: &str, ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let end = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Ok(seen) => return seen,
            Err(seen) => assert!(
                Instant::now() < end,
                "waited in vain for {what}; seen at last: {seen}"
            ),
        }
        tokio::time::sleep(GLANCE).await;
    }
}

/// A captured delivery of a source, such as `cti/new-call.txt`.
pub(crate) fn fixture(path: &str) -> String {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sources/fixtures");
    std::fs::read_to_string(fixtures.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Asks over HTTP, with a token or without.
pub(crate) async fn request(url: String, token: Option<String>) -> Answer {
    told("GET", url, token, String::new()).await
}

/// Sends one request over HTTP.
async fn told(method: &'static str, url: String, token: Option<String>, body: String) -> Answer {
    tokio::task::spawn_blocking(move || {
        let mut request = ureq::http::Request::builder().method(method).uri(url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if !body.is_empty() {
            request = request.header("content-type", "application/json");
        }
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(PATIENCE))
            .allow_non_standard_methods(true)
            .build()
            .into();
        let mut response = agent.run(request.body(body).unwrap()).unwrap();
        let content_type = response.headers().get("content-type");
        Answer {
            status: response.status().as_u16(),
            content_type: content_type
                .map_or("", |text| text.to_str().unwrap())
                .to_owned(),
            body: serde_json::from_str(&response.body_mut().read_to_string().unwrap()).unwrap(),
        }
    })
    .await
    .unwrap()
}

fn refused(message: Message) -> Refused {
    let attributes = message.message_attributes.unwrap_or_default();
    Refused {
        body: message.body.unwrap_or_default(),
        said: attributes
            .into_iter()
            .map(|(name, value)| (name, value.string_value.unwrap_or_default()))
            .collect(),
    }
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder()
        .data_type("String")
        .string_value(value)
        .build()
        .unwrap()
}
