use std::collections::HashMap;

use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, KeysAndAttributes, Projection, ProjectionType, Put,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType, TransactWriteItem,
};
use aws_sdk_dynamodb::{Client, Config};
use tokio::sync::oneshot;

use super::*;

type Item = HashMap<String, AttributeValue>;

const TABLE: &str = "cornerstore";

struct Stack {
    client: Client,
    stop: oneshot::Sender<()>,
    server: tokio::task::JoinHandle<Result<(), EmbeddedError>>,
}

impl Stack {
    async fn stop(self) {
        self.stop.send(()).unwrap();
        drop(self.client);
        self.server.await.unwrap().unwrap();
    }

    async fn put(&self, item: Item) {
        let put = self
            .client
            .put_item()
            .table_name(TABLE)
            .set_item(Some(item));
        put.send().await.unwrap();
    }
}

async fn stack_on(storage: &Storage) -> Stack {
    let embedded = Embedded::open(storage).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(embedded.serve(listener, async {
        // A sender that is gone stops the server as well.
        let _ = stopped.await;
    }));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(embedded.endpoint().unwrap())
        .retry_config(RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Stack {
        client: Client::from_conf(config),
        stop,
        server,
    }
}

async fn stack() -> Stack {
    let stack = stack_on(&Storage::Memory).await;
    make_table(&stack.client).await;
    stack
}

async fn make_table(client: &Client) {
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    let text = |name: &str| {
        let attribute = AttributeDefinition::builder().attribute_name(name);
        attribute
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-identity")
        .key_schema(key("ik", KeyType::Hash))
        .key_schema(key("at", KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::All)
                .build(),
        );
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["pk", "sk", "ik", "at"].map(text).to_vec()))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .send()
        .await
        .unwrap();
}

fn item(pk: &str, sk: &str, more: &[(&str, &str)]) -> Item {
    let keys = [("pk", pk), ("sk", sk)];
    let all = keys.iter().chain(more);
    all.map(|(name, value)| ((*name).into(), AttributeValue::S((*value).into())))
        .collect()
}

fn put_if_absent(item: Item) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(TABLE)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    TransactWriteItem::builder()
        .put(put.build().unwrap())
        .build()
}

#[tokio::test]
async fn a_cancelled_transaction_gives_a_reason_and_the_old_item_for_each_write() {
    let stack = stack().await;
    let old = item("i#1", "e#1", &[("hash", "old")]);
    stack.put(old.clone()).await;
    let cancelled = stack
        .client
        .transact_write_items()
        .transact_items(put_if_absent(item("i#1", "e#2", &[])))
        .transact_items(put_if_absent(item("i#1", "e#1", &[("hash", "new")])))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(
        cancelled,
    ) = cancelled
    else {
        panic!("{cancelled:?}")
    };
    let reasons = cancelled.cancellation_reasons();
    assert_eq!(
        reasons
            .iter()
            .filter_map(|reason| reason.code())
            .collect::<Vec<_>>(),
        ["None", "ConditionalCheckFailed"]
    );
    assert_eq!(reasons[0].item(), None);
    assert_eq!(reasons[1].item(), Some(&old));
    let first = stack
        .client
        .get_item()
        .table_name(TABLE)
        .set_key(Some(item("i#1", "e#2", &[])));
    assert_eq!(
        first.send().await.unwrap().item,
        None,
        "nothing of it was written"
    );
}

#[tokio::test]
async fn what_was_written_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let storage = Storage::File(folder.path().join("table.db"));
    let first = stack_on(&storage).await;
    make_table(&first.client).await;
    let kept = item("i#1", "i", &[("state", "ended")]);
    first.put(kept.clone()).await;
    first.stop().await;

    let second = stack_on(&storage).await;
    let get = second
        .client
        .get_item()
        .table_name(TABLE)
        .set_key(Some(item("i#1", "i", &[])));
    assert_eq!(get.send().await.unwrap().item, Some(kept));
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_table_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let stack = stack_on(&Storage::File(folder.path().join("table.db"))).await;
    make_table(&stack.client).await;
    for file in std::fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(
            file.metadata().unwrap().permissions().mode() & 0o777,
            0o600,
            "{file:?}"
        );
    }
}

#[tokio::test]
async fn a_batch_get_finds_what_there_is_and_leaves_out_the_rest() {
    let stack = stack().await;
    stack.put(item("p#1", "p", &[])).await;
    let keys = KeysAndAttributes::builder()
        .keys(item("p#1", "p", &[]))
        .keys(item("c#1", "c", &[]))
        .build()
        .unwrap();
    let got = stack
        .client
        .batch_get_item()
        .request_items(TABLE, keys)
        .send()
        .await
        .unwrap();
    assert_eq!(got.responses.unwrap()[TABLE], [item("p#1", "p", &[])]);
    assert!(got.unprocessed_keys.unwrap_or_default().is_empty());
}

#[tokio::test]
async fn a_query_of_the_index_pages_past_one_megabyte_newest_first() {
    const ITEMS: usize = 12;
    let stack = stack().await;
    let long = "x".repeat(200_000);
    for number in 0..ITEMS {
        let (pk, at) = (format!("i#{number}"), format!("{number:03}"));
        stack
            .put(item(
                &pk,
                "i",
                &[("ik", "tel:+14155550123"), ("at", &at), ("text", &long)],
            ))
            .await;
    }
    let mut seen = Vec::new();
    let mut pages = 0;
    let mut from = None;
    loop {
        let page = stack
            .client
            .query()
            .table_name(TABLE)
            .index_name("by-identity")
            .key_condition_expression("ik = :ik")
            .expression_attribute_values(":ik", AttributeValue::S("tel:+14155550123".into()))
            .scan_index_forward(false)
            .set_exclusive_start_key(from)
            .send()
            .await
            .unwrap();
        seen.extend(
            page.items()
                .iter()
                .map(|item| item["at"].as_s().unwrap().clone()),
        );
        pages += 1;
        from = page.last_evaluated_key;
        if from.is_none() {
            break;
        }
    }
    let expected: Vec<_> = (0..ITEMS)
        .rev()
        .map(|number| format!("{number:03}"))
        .collect();
    assert_eq!(seen, expected);
    assert!(pages > 1, "2.4 MB came in one page");
}

#[tokio::test]
async fn a_transaction_of_nearly_four_megabytes_is_taken() {
    let stack = stack().await;
    let long = "x".repeat(390_000);
    let writes =
        (0..10).map(|number| put_if_absent(item("i#1", &number.to_string(), &[("text", &long)])));
    stack
        .client
        .transact_write_items()
        .set_transact_items(Some(writes.collect()))
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table.db");
    std::fs::write(&path, "no database".repeat(1000)).unwrap();
    assert!(matches!(
        Embedded::open(&Storage::File(path)),
        Err(EmbeddedError::Database(_))
    ));
}
