//! The function on a table of its own, asked with the events that API Gateway sends.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use edit_profile::Profiles;
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig};
use tests::{embedded, table};
use timeline::{CustomerId, Event, IdentityUri};
use tokio::time::Instant;

/// What `template.yaml` lets the function take.
const TIMEOUT: Duration = Duration::from_secs(10);
const SECRET: &str = "the secret of the tests";

pub(crate) struct Desk {
    function: Profiles,
    store: Store,
}

/// An answer of the function.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) content_type: String,
    pub(crate) etag: Option<String>,
    pub(crate) accept_patch: Option<String>,
    pub(crate) body: Value,
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let client = dynamodb(&AwsAccess::local(&embedded::serve().await));
        let table = table::create(&client).await;
        let store = || {
            let config = StoreConfig {
                table: table.clone(),
                secret: SECRET.to_owned(),
                retention: None,
            };
            Store::new(client.clone(), config)
        };
        Self {
            function: Profiles::on(store()),
            store: store(),
        }
    }

    /// Stores events of one interaction, and what they say of their customer.
    pub(crate) async fn store(&self, events: &[Event]) {
        let until = Instant::now() + Duration::from_secs(60);
        let stored = self.store.append(events, until).await;
        let all = stored.iter().all(|o| matches!(o, Appended::Stored));
        assert!(all, "{stored:?}");
        self.store.note_traits(events, until).await.unwrap();
    }

    pub(crate) fn id_of(&self, identity: &IdentityUri) -> String {
        CustomerId::implied_by(identity, SECRET).to_string()
    }

    pub(crate) async fn ask(&self, event: Value) -> Answer {
        let mut context = Context::default();
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
        context.deadline = u64::try_from(end.as_millis()).unwrap();
        let request = serde_json::from_value(event).unwrap();
        let response = self
            .function
            .handle(LambdaEvent::new(request, context))
            .await;
        let header = |name: &str| {
            let value = response.headers.get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (content_type, etag) = (header("content-type").unwrap(), header("etag"));
        let accept_patch = header("accept-patch");
        let Some(Body::Text(body)) = response.body else {
            panic!("the answer has no text")
        };
        Answer {
            status: response.status_code,
            content_type,
            etag,
            accept_patch,
            body: serde_json::from_str(&body).unwrap(),
        }
    }
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// An agent's change of a customer.
pub(crate) fn patch(id: &str, changes: &Value) -> Value {
    let mut event = sample("patch");
    event["pathParameters"]["id"] = json!(id);
    event["body"] = json!(changes.to_string());
    event
}
