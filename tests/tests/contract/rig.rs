//! A store of its own for each case.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use aws::AwsAccess;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig, schema};
use tests::people::People;
use tests::{embedded, localstack, table};
use timeline::{Event, EventId, Interaction, InteractionId};
use tokio::time::Instant;

/// A table, a client of it and a store on it.
pub(crate) struct Rig {
    pub(crate) client: Client,
    pub(crate) table: String,
    pub(crate) store: Store,
}

impl Rig {
    pub(crate) async fn embedded() -> Self {
        Self::at(&embedded::serve().await).await
    }

    pub(crate) async fn localstack() -> Self {
        Self::at(&localstack::endpoint()).await
    }

    async fn at(endpoint: &str) -> Self {
        let client = dynamodb(&AwsAccess::local(endpoint));
        let table = table::create(&client).await;
        let store = store_on(&client, &table, None);
        Self {
            client,
            table,
            store,
        }
    }

    /// The same on an empty table of its own.
    pub(crate) async fn twin(&self) -> Self {
        let table = table::create(&self.client).await;
        let store = store_on(&self.client, &table, None);
        Self {
            client: self.client.clone(),
            table,
            store,
        }
    }

    /// Every item of the table, by its keys.
    pub(crate) async fn items(
        &self,
    ) -> BTreeMap<(String, String), HashMap<String, AttributeValue>> {
        let scan = self.client.scan().table_name(&self.table);
        let answer = scan.consistent_read(true).send().await.unwrap();
        assert!(answer.last_evaluated_key.is_none(), "one page holds all");
        let text =
            |item: &HashMap<String, AttributeValue>, name: &str| item[name].as_s().unwrap().clone();
        let items = answer.items.unwrap_or_default().into_iter();
        items
            .map(|item| {
                let key = (text(&item, schema::PK), text(&item, schema::SK));
                (key, item)
            })
            .collect()
    }

    /// Puts content under keys, as another part of the store writes it.
    pub(crate) async fn put_content(&self, pk: &str, sk: &str, content: &impl serde::Serialize) {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.client
            .put_item()
            .table_name(&self.table)
            .item(schema::PK, text(pk))
            .item(schema::SK, text(sk))
            .item(schema::VERSION, AttributeValue::N("1".to_owned()))
            .item(schema::REV, AttributeValue::N("1".to_owned()))
            .item(
                schema::CONTENT,
                AttributeValue::S(serde_json::to_string(content).unwrap()),
            )
            .send()
            .await
            .unwrap();
    }

    /// Another store on the same table, as another process would have it.
    pub(crate) fn store_through(&self, client: &Client) -> Store {
        store_on(client, &self.table, None)
    }

    pub(crate) fn store_keeping(&self, retention: Duration) -> Store {
        store_on(&self.client, &self.table, Some(retention))
    }

    /// Writes what is known of people.
    pub(crate) fn people(&self) -> People<'_> {
        People {
            client: &self.client,
            table: &self.table,
        }
    }

    /// An item as it stands in the table.
    pub(crate) async fn item(&self, pk: &str, sk: &str) -> Option<HashMap<String, AttributeValue>> {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        self.client
            .get_item()
            .table_name(&self.table)
            .key(schema::PK, text(pk))
            .key(schema::SK, text(sk))
            .consistent_read(true)
            .send()
            .await
            .unwrap()
            .item
    }

    /// Removes an item, as its expiry would.
    pub(crate) async fn remove(&self, pk: &str, sk: &str) {
        self.client
            .delete_item()
            .table_name(&self.table)
            .key(schema::PK, AttributeValue::S(pk.to_owned()))
            .key(schema::SK, AttributeValue::S(sk.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// Writes a text over an attribute of an item, as no store does.
    pub(crate) async fn overwrite(&self, pk: &str, sk: &str, attribute: &str, text: &str) {
        self.client
            .update_item()
            .table_name(&self.table)
            .key(schema::PK, AttributeValue::S(pk.to_owned()))
            .key(schema::SK, AttributeValue::S(sk.to_owned()))
            .update_expression("SET #a = :a")
            .expression_attribute_names("#a", attribute)
            .expression_attribute_values(":a", AttributeValue::S(text.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// Appends events that are all new.
    pub(crate) async fn append_new(&self, events: &[Event]) {
        let outcomes = self.store.append(events, soon()).await;
        assert!(
            outcomes.iter().all(|o| matches!(o, Appended::Stored)),
            "{outcomes:?}"
        );
    }

    /// The invariant: the stored events are exactly these, and the stored interaction is their fold.
    pub(crate) async fn assert_holds(&self, id: &InteractionId, expected: &[Event]) {
        assert_holds(&self.store, id, expected, "").await;
    }
}

fn store_on(client: &Client, table: &str, retention: Option<Duration>) -> Store {
    let config = StoreConfig {
        table: table.to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention,
    };
    Store::new(client.clone(), config)
}

/// Time enough for anything that a test does at once.
pub(crate) fn soon() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

/// See [`Rig::assert_holds`]; `context` stands in the messages.
pub(crate) async fn assert_holds(
    store: &Store,
    id: &InteractionId,
    expected: &[Event],
    context: &str,
) {
    let (stored, rev, events) = store.everything(id, soon()).await.unwrap();
    let ids = |events: &[Event]| -> BTreeSet<EventId> {
        events.iter().map(|event| event.id.clone()).collect()
    };
    assert_eq!(
        ids(&events),
        ids(expected),
        "the stored events are others {context}"
    );
    assert_eq!(
        rev,
        events.len() as u64,
        "rev is not the number of events {context}"
    );
    let fold = Interaction::of(&events).unwrap();
    assert_eq!(
        stored,
        Some(fold),
        "the interaction is not the fold of its events {context}"
    );
}
