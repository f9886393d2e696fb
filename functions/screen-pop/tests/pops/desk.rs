//! The function on a table of its own, asked with the events that API Gateway sends.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use aws_sdk_dynamodb::Client;
use lambda_runtime::{Context, LambdaEvent};
use screen_pop::Pops;
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig};
use tests::people::People;
use tests::{embedded, table};
use timeline::{Event, Identity, Recall};
use tokio::time::Instant;

/// What `template.yaml` lets the function take.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) struct Desk {
    pub(crate) client: Client,
    table: String,
    store: Store,
}

/// Where the figures go.
#[derive(Clone, Default)]
pub(crate) struct Figures(Arc<Mutex<Vec<u8>>>);

impl Write for Figures {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Figures {
    pub(crate) fn lines(&self) -> Vec<Value> {
        let written = self.0.lock().unwrap();
        let lines = std::str::from_utf8(&written).unwrap().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }
}

/// An answer of the function.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) content_type: String,
    pub(crate) etag: Option<String>,
    pub(crate) body: Value,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let client = dynamodb(&AwsAccess::local(&embedded::serve().await));
        let table = table::create(&client).await;
        let store = store(client.clone(), &table);
        Self {
            client,
            table,
            store,
        }
    }

    /// Stores events of one interaction.
    pub(crate) async fn store(&self, events: &[Event]) {
        let stored = self
            .store
            .append(events, Instant::now() + Duration::from_secs(60))
            .await;
        assert!(
            stored
                .iter()
                .all(|outcome| matches!(outcome, Appended::Stored)),
            "{stored:?}"
        );
    }

    /// Notes what events say of other identities.
    pub(crate) async fn note_claims(&self, events: &[Event]) {
        let until = Instant::now() + Duration::from_secs(60);
        let policy = timeline::LinkPolicy::default();
        let noted = self.store.note_claims(events, &policy, until).await;
        noted.unwrap();
    }

    /// Writes what is known of people.
    pub(crate) fn people(&self) -> People<'_> {
        People {
            client: &self.client,
            table: &self.table,
        }
    }

    /// The function, with its requests going through this client.
    pub(crate) fn function(&self, client: Client) -> Pops {
        self.function_in("US", client)
    }

    /// The same in another country.
    pub(crate) fn function_in(&self, region: &str, client: Client) -> Pops {
        Pops::on(store(client, &self.table), Some(region.parse().unwrap()))
    }

    /// What the store tells of an identity through a client, with time enough for anything.
    pub(crate) async fn recall(&self, client: Client, of: &Identity) -> Recall {
        let until = Instant::now() + Duration::from_secs(60);
        store(client, &self.table).recall(of, until).await
    }

    /// Asks a function that was made for this one question.
    pub(crate) async fn ask(&self, event: Value) -> Answer {
        ask(&self.function(self.client.clone()), event).await
    }
}

pub(crate) async fn ask(function: &Pops, event: Value) -> Answer {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    let request = serde_json::from_value(event).unwrap();
    let response = function.handle(LambdaEvent::new(request, context)).await;
    let Some(Body::Text(body)) = response.body else {
        panic!("the answer has no text")
    };
    let etag = response.headers.get("etag");
    Answer {
        status: response.status_code,
        etag: etag.map(|tag| tag.to_str().unwrap().to_owned()),
        content_type: response.headers["content-type"]
            .to_str()
            .unwrap()
            .to_owned(),
        body: serde_json::from_str(&body).unwrap(),
    }
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

pub(crate) fn pop(query: &str) -> Value {
    let mut event = sample("pop-by-phone");
    event["rawQueryString"] = json!(query);
    event["queryStringParameters"] = json!({});
    event
}

pub(crate) fn interaction(id: &str, query: &str) -> Value {
    with_id("interaction", id, query)
}

pub(crate) fn customer(id: &str) -> Value {
    with_id("customer", id, "")
}

pub(crate) fn timeline(customer: &str, query: &str) -> Value {
    with_id("timeline", customer, query)
}

pub(crate) fn may_contact(customer: &str, query: &str) -> Value {
    let mut event = with_id("may-contact", customer, query);
    event["queryStringParameters"] = json!({});
    event
}

fn with_id(name: &str, id: &str, query: &str) -> Value {
    let mut event = sample(name);
    event["pathParameters"] = json!({"id": id});
    event["rawQueryString"] = json!(query);
    event
}

fn store(client: Client, table: &str) -> Store {
    let config = StoreConfig {
        table: table.to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention: None,
    };
    Store::new(client, config)
}
