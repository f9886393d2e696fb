//! The stores that the simulated table is compared with, over DynamoDB's own protocol.

use std::time::Duration;

use dynoxide::{Database, server};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use ureq::Agent;

use super::known::Which;
use crate::table::{DefinitionError, template_table};

/// For how long an answer is waited for.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Longest answer: a page and what JSON adds to it.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;
/// Looks like a signature; these stores check none.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0";

/// Why a store does not answer.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// The embedded store does not start.
    #[error("the embedded store does not start: {0}")]
    Embedded(String),
    /// The connection failed.
    #[error("the connection to {0} failed")]
    Connection(String, #[source] Box<ureq::Error>),
    /// The table cannot be made.
    #[error("the table cannot be made: {0}")]
    Table(Value),
    /// The table's definition cannot be had.
    #[error("the table's definition cannot be had")]
    Definition(#[from] DefinitionError),
}

/// A store that speaks DynamoDB's protocol.
pub struct Endpoint {
    which: Which,
    url: String,
    agent: Agent,
    /// What an embedded store runs on.
    _runtime: Option<Runtime>,
}

impl Endpoint {
    /// The store that is embedded in the local stack, in memory, in this process.
    ///
    /// # Errors
    /// When it does not start.
    pub fn embedded() -> Result<Self, EndpointError> {
        let wrong = |error: &dyn std::fmt::Display| EndpointError::Embedded(error.to_string());
        let database = Database::memory().map_err(|error| wrong(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|error| wrong(&error))?;
        let listener = runtime
            .block_on(TcpListener::bind("127.0.0.1:0"))
            .map_err(|error| wrong(&error))?;
        let address = listener.local_addr().map_err(|error| wrong(&error))?;
        runtime.spawn(server::serve_on(listener, database));
        Ok(Self {
            which: Which::Embedded,
            url: format!("http://{address}/"),
            agent: agent(),
            _runtime: Some(runtime),
        })
    }

    /// Amazon's DynamoDB Local at a URL.
    #[must_use]
    pub fn dynamodb_local(url: &str) -> Self {
        Self {
            which: Which::DynamoDbLocal,
            url: format!("{}/", url.trim_end_matches('/')),
            agent: agent(),
            _runtime: None,
        }
    }

    /// Which one it is.
    #[must_use]
    pub fn which(&self) -> Which {
        self.which
    }

    /// Makes the template's table unless it is there. Its items do not expire: when that happens differs everywhere.
    pub(super) fn make_table(&self, name: &str) -> Result<(), EndpointError> {
        let wanted = template_table(name)?.create_table_json();
        let (status, answer) = self.send("CreateTable", &wanted)?;
        let kind = answer["__type"].as_str().unwrap_or_default();
        if status == 200 || kind.ends_with("ResourceInUseException") {
            Ok(())
        } else {
            Err(EndpointError::Table(answer))
        }
    }

    /// Sends a request, and gives status and body of the answer.
    pub(super) fn send(
        &self,
        operation: &str,
        body: &Value,
    ) -> Result<(u16, Value), EndpointError> {
        let failed =
            |error: ureq::Error| EndpointError::Connection(self.url.clone(), Box::new(error));
        let request = self.agent.post(&self.url);
        let request = request
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("DynamoDB_20120810.{operation}"))
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", SIGNATURE);
        let mut answer = request.send(body.to_string()).map_err(failed)?;
        let status = answer.status().as_u16();
        let text = answer.body_mut().with_config().limit(MAX_ANSWER_BYTES);
        let text = text.read_to_string().map_err(failed)?;
        Ok((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }
}

fn agent() -> Agent {
    Agent::config_builder()
        .timeout_global(Some(TIMEOUT))
        .http_status_as_error(false)
        .build()
        .into()
}
