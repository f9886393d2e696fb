//! The function on a table of its own, asked with the events that API Gateway sends.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::encodings::Body;
use aws_sdk_dynamodb::Client;
use lambda_runtime::{Context, LambdaEvent};
use link_customers::Links;
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig};
use tests::story::{caller, hangup, interaction, ring};
use tests::{checker, embedded, table};
use timeline::{CustomerId, IdentityUri};
use tokio::time::Instant;

/// What `template.yaml` lets the function take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The company's own number and address.
const OWN: &str = "+14155550190,service@example.com";

pub(crate) struct Desk {
    pub(crate) client: Client,
    pub(crate) store: Store,
    table: String,
}

/// An answer of the function.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: i64,
    pub(crate) content_type: String,
    pub(crate) body: Value,
}

pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let client = dynamodb(&AwsAccess::local(&embedded::serve().await));
        let table = table::create(&client).await;
        let store = store(client.clone(), &table);
        Self {
            client,
            store,
            table,
        }
    }

    /// Somebody calls so many times.
    pub(crate) async fn calls(&self, number: u32, times: i64) {
        for place in 0..times {
            let id = interaction(&format!("call-{number}-{place}"));
            let second = i64::from(number) * 1000 + place * 60;
            let call = [
                ring(&id, second, Some(caller(number))),
                hangup(&id, second + 9),
            ];
            let stored = self.store.append(&call, soon()).await;
            let stored = stored.iter().all(|o| matches!(o, Appended::Stored));
            assert!(stored);
        }
    }

    pub(crate) fn id_of(&self, identity: &IdentityUri) -> String {
        CustomerId::implied_by(identity, self.store.salt()).to_string()
    }

    /// The id of the customer who calls from a number.
    pub(crate) fn id(&self, number: u32) -> String {
        self.id_of(&caller(number).uri)
    }

    pub(crate) async fn ask(&self, event: Value) -> Answer {
        self.ask_through(self.client.clone(), event).await
    }

    /// The answer, which is one that the API's document declares.
    pub(crate) async fn ask_through(&self, client: Client, event: Value) -> Answer {
        let (region, own) = ("US".parse().unwrap(), OWN.parse().unwrap());
        let function = Links::on(store(client, &self.table), Some(region), own);
        let mut context = Context::default();
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
        context.deadline = u64::try_from(end.as_millis()).unwrap();
        let route = event["routeKey"].as_str().unwrap().to_owned();
        let request = serde_json::from_value(event).unwrap();
        let response = function.handle(LambdaEvent::new(request, context)).await;
        let Some(Body::Text(body)) = response.body else {
            panic!("the answer has no text")
        };
        let answer = Answer {
            status: response.status_code,
            content_type: response.headers["content-type"]
                .to_str()
                .unwrap()
                .to_owned(),
            body: serde_json::from_str(&body).unwrap(),
        };
        let (content_type, body) = (&answer.content_type, &answer.body);
        let faults = checker::faults_of_answer(&route, answer.status, content_type, body);
        assert!(faults.is_empty(), "{route}: {faults:?}: {answer:?}");
        answer
    }

    pub(crate) fn table(&self) -> &str {
        &self.table
    }

    /// Links what a body says to the customer of a number.
    pub(crate) async fn link(&self, number: u32, body: Value) -> Answer {
        self.ask(link(&self.id(number), &body, "")).await
    }

    pub(crate) async fn linked(&self, number: u32, other: u32) -> String {
        let body = json!({"identity": caller(other).uri});
        let answer = self.link(number, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.body["link"]["id"].as_str().unwrap().to_owned()
    }
}

/// A request as `events/links.json` holds one.
fn request(route: &str, parameters: Value, query: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join("links.json")).unwrap();
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["routeKey"] = json!(route);
    event["requestContext"]["routeKey"] = json!(route);
    event["pathParameters"] = parameters;
    event["rawQueryString"] = json!(query);
    event
}

pub(crate) fn links(id: &str) -> Value {
    request("GET /v1/customers/{id}/links", json!({"id": id}), "")
}

pub(crate) fn link(id: &str, body: &Value, query: &str) -> Value {
    let mut event = request("POST /v1/customers/{id}/links", json!({"id": id}), query);
    event["body"] = json!(body.to_string());
    event
}

pub(crate) fn unlink(id: &str, link_id: &str, query: &str) -> Value {
    request(
        "DELETE /v1/customers/{id}/links/{link_id}",
        json!({"id": id, "link_id": link_id}),
        query,
    )
}

pub(crate) fn identity(uri: &str, body: &Value) -> Value {
    let parameters = json!({"identity": uri});
    let mut event = request("PUT /v1/identities/{identity+}", parameters, "");
    event["body"] = json!(body.to_string());
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
