//! The table as `template.yaml` defines it, created on any store.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::Client;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use sam_template::{GeneratedSecret, Pseudo, Resolver, Stack, Table, Template};
use serde_json::Value;

/// The project's template.
const TEMPLATE: &str = include_str!("../../template.yaml");

struct Here<'a> {
    table: &'a str,
}

impl Resolver for Here<'_> {
    fn queue_url(&self, queue: &str) -> String {
        format!("http://127.0.0.1/{queue}")
    }

    fn table_name(&self, _: &str) -> String {
        self.table.to_owned()
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        secret.logical_id.clone()
    }
}

/// The stack that the template describes, with this name for its table.
///
/// # Panics
/// When the template is not understood.
#[must_use]
pub fn stack(table: &str) -> Stack {
    let parameters = [
        ("JwtIssuer", "https://issuer.example.com/"),
        ("JwtAudience", "desk"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    Template::parse(TEMPLATE)
        .and_then(|template| {
            template.resolve(
                &BTreeMap::from(parameters),
                &Pseudo::local("tests"),
                &Here { table },
            )
        })
        .expect("the template is understood")
}

/// Creates the template's table under a name that no other test uses, and returns the name.
///
/// # Panics
/// When the store does not create it.
pub async fn create(client: &Client) -> String {
    let name = format!("timeline-{:016x}", fastrand::u64(..));
    let table: Table = stack(&name).table;
    // The SDK sends the template's own request, so that no second definition stands here.
    client
        .create_table()
        .table_name(&name)
        .customize()
        .mutate_request(sending(table.create_table_json()))
        .send()
        .await
        .expect("the template's table can be created");
    if let Some(expiry) = table.update_time_to_live_json() {
        client
            .update_time_to_live()
            .table_name(&name)
            .customize()
            .mutate_request(sending(expiry))
            .send()
            .await
            .expect("its items can expire");
    }
    name
}

fn sending(body: Value) -> impl Fn(&mut HttpRequest) + Send + Sync + 'static {
    let body = body.to_string();
    move |request| {
        request
            .headers_mut()
            .insert("content-length", body.len().to_string());
        *request.body_mut() = SdkBody::from(body.clone());
    }
}
