//! A cancelled transaction that does not tell how the interaction stands, since another writer has it just then.
//!
//! No embedded store answers so; the answers here are DynamoDB's by hand.

use std::time::Duration;

use aws::AwsAccess;
use aws_sdk_dynamodb::config::{HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig, schema};
use tests::story::{caller, interaction, ring};
use tests::wire::Wire;
use tokio::time::Instant;

/// Says that the event is stored under this digest and that the interaction is being written to; all else is too much.
#[derive(Debug, Clone)]
struct Crowded {
    hash: String,
}

impl HttpClient for Crowded {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Crowded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body: Value = if target.ends_with("TransactWriteItems") {
            let stored = json!({
                "Code": "ConditionalCheckFailed",
                "Item": { schema::HASH: {"S": self.hash} },
            });
            json!({
                "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
                "CancellationReasons": [stored, {"Code": "TransactionConflict"}],
            })
        } else {
            json!({ "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException" })
        };
        let status = StatusCode::try_from(400).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(
            status,
            SdkBody::from(body.to_string()),
        )))
    }
}

#[tokio::test(start_paused = true)]
async fn a_repeated_event_is_not_acknowledged_while_nobody_knows_whose_its_interaction_is() {
    let ring = ring(&interaction("a"), 0, Some(caller(0)));
    let crowded = Crowded {
        hash: ring.content_hash(),
    };
    let client = dynamodb(&AwsAccess::local("http://127.0.0.1:1"));
    let config = client.config().to_builder().http_client(crowded);
    let (client, wire) = Wire::watching(&aws_sdk_dynamodb::Client::from_conf(config.build()));
    let config = StoreConfig {
        table: "none".to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention: None,
    };
    let until = Instant::now() + Duration::from_millis(300);
    let outcomes = Store::new(client, config).append(&[ring], until).await;
    assert!(
        matches!(outcomes[..], [Appended::Failed(_)]),
        "{outcomes:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), 1);
    assert!(wire.count("GetItem") > 0, "the interaction is looked at");
}
