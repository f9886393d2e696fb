//! The function on a table of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws::AwsAccess;
use aws_sdk_dynamodb::Client;
use connect_flow::{FLOW_BUDGET, Flow};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::{Value, json};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig};
use tests::people::People;
use tests::{embedded, story, table};
use timeline::{
    Author, Channel, Event, Fact, Identity, Interaction, InteractionId, Message, ScreenPop, Status,
    StatusChange, Text, Timestamp,
};
use tokio::time::Instant;

/// What the template lets the function take.
const TIMEOUT: Duration = Duration::from_secs(8);

pub(crate) struct Desk {
    pub(crate) client: Client,
    table: String,
    store: Store,
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

    /// Writes what is known of people.
    pub(crate) fn people(&self) -> People<'_> {
        People {
            client: &self.client,
            table: &self.table,
        }
    }

    /// Stores events of one interaction.
    pub(crate) async fn store(&self, events: &[Event]) {
        let stored = self.store.append(events, soon()).await;
        let kept = |outcome: &Appended| matches!(outcome, Appended::Stored);
        assert!(stored.iter().all(kept), "{stored:?}");
    }

    pub(crate) fn function(&self, client: Client) -> Flow {
        self.function_within(client, FLOW_BUDGET)
    }

    pub(crate) fn function_within(&self, client: Client, budget: Duration) -> Flow {
        Flow::on(
            store(client, &self.table),
            Some("US".parse().unwrap()),
            budget,
        )
    }

    pub(crate) async fn ask(&self, event: Value) -> BTreeMap<String, String> {
        ask(&self.function(self.client.clone()), event).await
    }

    pub(crate) async fn interaction(&self, id: &InteractionId) -> Option<Interaction> {
        let page = self.store.interaction(id, None, soon()).await.unwrap();
        page.unwrap().map(|page| page.interaction)
    }

    /// How many events are stored of an interaction.
    pub(crate) async fn events(&self, id: &InteractionId) -> usize {
        let page = self.store.interaction(id, None, soon()).await.unwrap();
        page.unwrap().map_or(0, |page| page.events.len())
    }

    /// What an agent sees of a customer now.
    pub(crate) async fn pop(&self, customer: &Identity) -> ScreenPop {
        let recall = self.store.recall(customer, soon()).await;
        ScreenPop::assemble(customer, recall, self.store.salt(), now())
    }

    /// A contact event of the samples' contact arrives through its queue.
    pub(crate) async fn queue(&self, kind: &str, time_field: &str, at: Timestamp) {
        let mut detail = json!({
            "eventType": kind, "contactId": "8F2B6C1E-4D7A-4C59-9B3E-0A1D2C3B4E5F", "channel": "VOICE",
            "initiationMethod": "INBOUND",
        });
        detail[time_field] = json!(at.to_string());
        let event = json!({
            "version": "0", "id": format!("{kind}-0001"), "detail-type": "Amazon Connect Contact Event",
            "source": "aws.connect", "time": at.to_string(), "detail": detail,
        });
        self.relay(&event).await;
    }

    /// Reads a body as the queue's function does, and appends what comes out.
    pub(crate) async fn relay(&self, body: &Value) {
        let context = sources::Context {
            received_at: now(),
            region: Some("US".parse().unwrap()),
        };
        let reading = sources::read(
            sources::CALLS,
            &body.to_string(),
            &BTreeMap::new(),
            &context,
        );
        let appended = self.store.append(&reading.unwrap().events, soon()).await;
        let kept = |outcome: &Appended| matches!(outcome, Appended::Stored | Appended::Duplicate);
        assert!(appended.iter().all(kept), "{appended:?}");
    }
}

pub(crate) async fn ask(function: &Flow, event: Value) -> BTreeMap<String, String> {
    let mut context = Context::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIMEOUT;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    function.handle(LambdaEvent::new(event, context)).await
}

/// A sample of `events/`.
pub(crate) fn sample(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("events");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json")));
    serde_json::from_str(&text.unwrap()).unwrap()
}

/// Contacts of their own for each sample, since one contact has one customer.
pub(crate) fn contacts() -> [String; 5] {
    [1, 2, 3, 4, 5].map(|number| format!("8f2b6c1e-4d7a-4c59-9b3e-00000000000{number}"))
}

/// A chat that is an open complaint since an hour before now, so that it is not too old to be open.
pub(crate) fn complaint(id: &str, customer: Identity) -> Vec<Event> {
    let id = story::interaction(id);
    let message = Fact::Message(Message {
        author: Author::Customer,
        name: None,
        text: Text::new("The parcel came\nbroken, twice."),
        private: false,
        attachments: Vec::new(),
    });
    let status = Fact::Status(StatusChange {
        status: Status::Open,
        complaint: Some(true),
        agent: Some("Bo Sample".to_owned()),
        queue: Some("Returns".to_owned()),
    });
    [("message", 3600, message), ("status", 3605, status)]
        .into_iter()
        .map(|(name, second, fact)| {
            let mut event = story::event(&id, name, second, fact);
            event.channel = Channel::Chat;
            event.occurred_at = Some(now().plus_millis((second - 7200) * 1000));
            event.received_at = now();
            event.customer = Some(customer.clone());
            event.customer_name = Some("Ada Sample".into());
            event
        })
        .collect()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn now() -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap()).unwrap()
}

fn store(client: Client, table: &str) -> Store {
    let config = StoreConfig {
        table: table.to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention: None,
    };
    Store::new(client, config)
}
