//! Makes the table that the template describes, where it does not exist yet.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, TableStatus,
};
use sam_template::Table;

use crate::plainly::of_emulator;
use crate::stack::StackError;

/// How often a table that is being made is looked at, and how often at most.
const LOOK_EVERY: std::time::Duration = std::time::Duration::from_millis(200);
const LOOKS: u32 = 150;

/// Makes the table unless it is there, and waits until it can be used.
pub(crate) async fn ensure(client: &Client, table: &Table) -> Result<(), StackError> {
    // The template's own form of the request is the only definition; this reads it into the SDK's types.
    let wanted = table.create_table_json();
    let request = client
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(list(&wanted["AttributeDefinitions"], attribute)?))
        .set_key_schema(Some(list(&wanted["KeySchema"], key)?))
        .set_global_secondary_indexes(Some(list(&wanted["GlobalSecondaryIndexes"], index)?));
    match request.send().await {
        Ok(_) => {}
        Err(SdkError::ServiceError(error))
            if matches!(error.err(), CreateTableError::ResourceInUseException(_)) => {}
        Err(error) => return Err(StackError::Table(of_emulator(&error))),
    }
    for _ in 0..LOOKS {
        let described = client.describe_table().table_name(&table.name).send().await;
        let described = described.map_err(|error| StackError::Table(of_emulator(&error)))?;
        let status = described
            .table()
            .and_then(|table| table.table_status())
            .cloned();
        if status == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(StackError::Table("it does not become active".to_owned()))
}

type Json = serde_json::Value;

fn list<T>(json: &Json, read: impl Fn(&Json) -> Option<T>) -> Result<Vec<T>, StackError> {
    let items = json.as_array().map_or(&[][..], Vec::as_slice);
    items
        .iter()
        .map(|item| {
            read(item).ok_or_else(|| StackError::Table("its definition is incomplete".to_owned()))
        })
        .collect()
}

fn attribute(json: &Json) -> Option<AttributeDefinition> {
    AttributeDefinition::builder()
        .attribute_name(json["AttributeName"].as_str()?)
        .attribute_type(ScalarAttributeType::from(json["AttributeType"].as_str()?))
        .build()
        .ok()
}

fn key(json: &Json) -> Option<KeySchemaElement> {
    KeySchemaElement::builder()
        .attribute_name(json["AttributeName"].as_str()?)
        .key_type(KeyType::from(json["KeyType"].as_str()?))
        .build()
        .ok()
}

fn index(json: &Json) -> Option<GlobalSecondaryIndex> {
    let projection = &json["Projection"];
    let names = projection["NonKeyAttributes"].as_array();
    let names = names.map(|names| {
        names
            .iter()
            .filter_map(|name| Some(name.as_str()?.to_owned()))
            .collect()
    });
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(projection["ProjectionType"].as_str()?))
        .set_non_key_attributes(names)
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(json["IndexName"].as_str()?)
        .set_key_schema(list(&json["KeySchema"], key).ok())
        .projection(projection)
        .build()
        .ok()
}
