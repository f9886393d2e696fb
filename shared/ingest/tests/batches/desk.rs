//! A table, functions on it, and a source of two versions.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::sqs::SqsEvent;
use aws_sdk_dynamodb::Client;
use ingest::Ingest;
use lambda_kit::config::Env;
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use serde_json::{Value, json};
use sources::{About, Context, Envelope, Reading, Rejection, Source};
use store::client::dynamodb;
use store::{Appended, Store};
use tests::story::{at, interaction, ring};
use tests::wire::{Passage, Wire};
use tests::{embedded, table};
use timeline::{Basis, Claim, Event, Identity, TraitName};
use tokio::time::Instant;

/// What a batch has at most.
const TIME: Duration = Duration::from_secs(20);
/// What the later version reads as claimed, whatever the record says.
pub(crate) const OTHER: &str = "mailto:ada@example.org";

pub(crate) fn soon() -> Instant {
    Instant::now() + TIME
}

/// Who calls.
pub(crate) fn ada() -> Identity {
    Identity::read("tel:+14155550142").unwrap()
}

/// A record: somebody calls, and claims an address.
pub(crate) fn said(call: &str, claims: &str) -> String {
    json!({"call": call, "claims": claims}).to_string()
}

fn event(body: &Value, claims: &str) -> Event {
    let call = interaction(body["call"].as_str().unwrap_or_default());
    let mut event = ring(&call, 0, Some(ada()));
    event.traits.insert(TraitName::name(), "Ada Sample".into());
    if let Ok(identity) = Identity::read(claims) {
        let basis = Basis::Typed;
        event.claims = vec![Claim { identity, basis }];
    }
    event
}

/// The source as the first version reads it.
pub(crate) struct Earlier;

/// The source as the next version reads it.
pub(crate) struct Later;

impl Source for Earlier {
    fn name(&self) -> &'static str {
        "cti"
    }

    fn recognises(&self, _envelope: &Envelope) -> bool {
        true
    }

    fn read(&self, envelope: &Envelope, _context: &Context) -> Result<Reading, Rejection> {
        let body = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let claims = body["claims"].as_str().unwrap_or_default();
        Ok(Reading::event(event(body, claims)))
    }

    fn about(&self) -> &'static About {
        sources::CALLS[0].about()
    }
}

impl Source for Later {
    fn name(&self) -> &'static str {
        Earlier.name()
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        Earlier.recognises(envelope)
    }

    fn read(&self, envelope: &Envelope, _context: &Context) -> Result<Reading, Rejection> {
        let body = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let mut event = event(body, OTHER);
        event.traits.insert(TraitName::name(), "Somebody".into());
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        Earlier.about()
    }
}

/// A table, and a store on it that sees what the functions wrote.
pub(crate) struct Desk {
    client: Client,
    endpoint: String,
    table: String,
    pub(crate) store: Store,
}

/// A function, with its figures.
pub(crate) struct Function {
    ingest: Ingest,
    figures: Figures,
}

#[derive(Clone, Default)]
struct Figures(Arc<Mutex<Vec<u8>>>);

impl Write for Figures {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Desk {
    pub(crate) async fn open() -> Self {
        let endpoint = embedded::serve().await;
        let client = dynamodb(&AwsAccess::local(&endpoint));
        let table = table::create(&client).await;
        let variables = variables(&endpoint, &table);
        let store = Store::from_environment(|name| variables.get(name).cloned()).unwrap();
        Self {
            client,
            endpoint,
            table,
            store,
        }
    }

    /// A function of these sources, to whose requests happens what the plan says.
    pub(crate) fn function(
        &self,
        sources: &'static [&'static dyn Source],
        plan: impl Fn(&str) -> Passage + Send + Sync + 'static,
    ) -> Function {
        let (_, wire) = Wire::broken(&self.client, plan);
        let env = Env::from_map(variables(&self.endpoint, &self.table));
        let transport = aws_sdk_dynamodb::config::SharedHttpClient::new(wire);
        let ingest = aws::through(transport, || Ingest::new("ingest-call", sources, env));
        let figures = Figures::default();
        let metrics = Metrics::new("ingest-call", figures.clone());
        Function {
            ingest: ingest.unwrap().with_metrics(metrics),
            figures,
        }
    }

    /// Stores what a version of a source reads of a record, and notes nothing of it.
    pub(crate) async fn store_only(&self, source: &dyn Source, record: &str) {
        let envelope = Envelope::open(record, &BTreeMap::new()).unwrap();
        let context = Context {
            received_at: at(1),
            region: None,
        };
        let reading = source.read(&envelope, &context).unwrap();
        let appended = self.store.append(&reading.events, soon()).await;
        assert!(matches!(appended[..], [Appended::Stored]), "{appended:?}");
    }

    /// How many events of a call are stored.
    pub(crate) async fn events(&self, call: &str) -> usize {
        let (_, _, events) = self
            .store
            .everything(&interaction(call), soon())
            .await
            .unwrap();
        events.len()
    }

    /// How many claims there are that an identity is the caller's.
    pub(crate) async fn claimed(&self, identity: &str) -> usize {
        let members = BTreeSet::from([ada().uri]);
        let other = Identity::read(identity).unwrap().uri;
        let about = self
            .store
            .claims_about(&members, &other, at(60), soon())
            .await;
        about.unwrap().len()
    }
}

impl Function {
    /// Hands over a batch. Gives the records that come again.
    pub(crate) async fn failed(&self, bodies: &[String]) -> Vec<String> {
        let records = bodies.iter().enumerate().map(|(place, body)| {
            json!({
                "messageId": format!("message-{place}"), "receiptHandle": "handle", "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772442001000"},
                "messageAttributes": {}, "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test-call-events",
            })
        });
        let event: SqsEvent =
            serde_json::from_value(json!({"Records": records.collect::<Vec<_>>()})).unwrap();
        let mut context = LambdaContext::default();
        let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIME;
        context.deadline = u64::try_from(end.as_millis()).unwrap();
        let handled = self.ingest.handle(LambdaEvent::new(event, context)).await;
        let failures = handled.unwrap().batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    /// The sum of a figure so far.
    pub(crate) fn figure(&self, name: &str) -> u64 {
        let written = self.figures.0.lock().unwrap().clone();
        let lines = String::from_utf8(written).unwrap();
        let lines = lines.lines().map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            line[name].as_u64().unwrap_or_default()
        });
        lines.sum()
    }
}

fn variables(endpoint: &str, table: &str) -> BTreeMap<String, String> {
    let variables = [
        ("TABLE_NAME", table),
        (
            "STACK_SECRET",
            "a-secret-of-the-tests-that-is-long-enough-for-all",
        ),
        ("DEFAULT_REGION", "US"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("QUARANTINE_QUEUE_URL", "http://127.0.0.1:9/quarantine"),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}
