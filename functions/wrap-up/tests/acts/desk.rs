//! The function on a table of its own, asked with the events that API Gateway sends.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use aws_sdk_dynamodb::Client;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Known, Store, StoreConfig};
use tests::story::{caller, hangup, interaction, ring};
use tests::{checker, embedded, table};
use timeline::{Event, IdentityUri, InteractionId, Timestamp};
use tokio::time::Instant;
use wrap_up::WrapUps;

/// What `template.yaml` lets the function take.
const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Desk {
    pub(crate) client: Client,
    table: String,
    pub(crate) store: Store,
}

/// An answer of the function.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) location: Option<String>,
    pub(crate) body: Value,
}

impl Desk {
    /// With an ended call of the first caller.
    pub(crate) async fn open() -> Self {
        let client = dynamodb(&AwsAccess::local(&embedded::serve().await));
        let table = table::create(&client).await;
        let desk = Self {
            store: store(client.clone(), &table),
            client,
            table,
        };
        let id = interaction("call-1");
        desk.store(&[ring(&id, 0, Some(caller(0))), hangup(&id, 300)])
            .await;
        desk
    }

    /// Stores events of one interaction.
    pub(crate) async fn store(&self, events: &[Event]) {
        let stored = self.store.append(events, soon()).await;
        assert!(
            stored.iter().all(|one| matches!(one, Appended::Stored)),
            "{stored:?}"
        );
    }

    pub(crate) async fn events_of(&self, id: &str) -> Vec<Event> {
        let id: InteractionId = id.parse().unwrap();
        self.store.everything(&id, soon()).await.unwrap().2
    }

    pub(crate) async fn known(&self, identity: &IdentityUri) -> Known {
        self.store.known(identity, soon()).await.unwrap()
    }

    /// The function, with its requests going through this client.
    pub(crate) fn function(&self, client: Client) -> WrapUps {
        let own = "+1 415 555 0199, desk@example.com".parse().unwrap();
        let region = Some("US".parse().unwrap());
        WrapUps::on(store(client, &self.table), region, own)
    }

    /// Asks a function that was made for this one question.
    pub(crate) async fn ask(&self, event: Value) -> Answer {
        ask(&self.function(self.client.clone()), event).await
    }

    /// The answer, which is that it is stored.
    pub(crate) async fn stored(&self, event: Value) -> Answer {
        let answer = self.ask(event).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer
    }
}

/// The answer, which is one that the API's document declares.
pub(crate) async fn ask(function: &WrapUps, event: Value) -> Answer {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    let route = event["routeKey"].as_str().unwrap().to_owned();
    let request = serde_json::from_value(event).unwrap();
    let response = function.handle(LambdaEvent::new(request, context)).await;
    let Some(Body::Text(body)) = response.body else {
        panic!("the answer has no text")
    };
    let location = response.headers.get("location");
    let content_type = response.headers["content-type"].to_str().unwrap();
    let answer = Answer {
        status: response.status_code,
        location: location.map(|path| path.to_str().unwrap().to_owned()),
        body: serde_json::from_str(&body).unwrap(),
    };
    let faults = checker::faults_of_answer(&route, answer.status, content_type, &answer.body);
    assert!(faults.is_empty(), "{route}: {faults:?}: {answer:?}");
    answer
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// A sample with another body, under a key or none.
pub(crate) fn with(name: &str, key: Option<&str>, body: &Value) -> Value {
    let mut event = sample(name);
    let headers = event["headers"].as_object_mut().unwrap();
    headers.remove("idempotency-key");
    if let Some(key) = key {
        headers.insert("idempotency-key".to_owned(), json!(key));
    }
    event["body"] = json!(body.to_string());
    event
}

pub(crate) fn wrap_up(key: Option<&str>, body: &Value) -> Value {
    with("wrap-up", key, body)
}

pub(crate) fn note(key: Option<&str>, text: &str) -> Value {
    with("note", key, &json!({"text": text}))
}

pub(crate) fn settle(promise: &str, key: Option<&str>, how: &str) -> Value {
    let mut event = with("promise-kept", key, &json!({"how": how}));
    event["pathParameters"]["promise"] = json!(promise);
    event
}

pub(crate) fn manual(key: Option<&str>, body: &Value) -> Value {
    with("mobile-call", key, body)
}

/// A time that many minutes from now.
pub(crate) fn minutes_ahead(minutes: i64) -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap()).unwrap();
    now.plus_millis(minutes * 60_000)
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn store(client: Client, table: &str) -> Store {
    let config = StoreConfig {
        table: table.to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention: None,
    };
    Store::new(client, config)
}
