//! The table by itself: each expression, each refusal, and time.

mod expressions;
mod lagging;
mod paging;
mod refusing;
mod transacting;

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::{Definition, Moment, Refused, Table};

/// A table whose moments are told by the test.
pub(super) fn table() -> Table {
    // The template is long, and each test has many tables.
    static DEFINITION: LazyLock<Definition> =
        LazyLock::new(|| Definition::of_template("timeline").unwrap());
    Table::new(DEFINITION.clone())
}

pub(super) fn key(sk: &str) -> Value {
    json!({"pk": {"S": "p"}, "sk": {"S": sk}})
}

/// An item under `p` with more attributes.
pub(super) fn item(sk: &str, more: Value) -> Value {
    let mut item = key(sk);
    for (name, value) in more.as_object().unwrap() {
        item[name] = value.clone();
    }
    item
}

pub(super) fn call(table: &mut Table, operation: &str, body: Value) -> Result<Value, Refused> {
    table.call(operation, &body, Moment::at(0))
}

pub(super) fn put(table: &mut Table, item: Value, at: Moment) {
    let body = json!({"TableName": "timeline", "Item": item});
    table.call("PutItem", &body, at).unwrap();
}

pub(super) fn get(table: &mut Table, sk: &str, consistent: bool, at: Moment) -> Option<Value> {
    let body = json!({"TableName": "timeline", "Key": key(sk), "ConsistentRead": consistent});
    table
        .call("GetItem", &body, at)
        .unwrap()
        .get("Item")
        .cloned()
}

/// The sort keys of a query's answer.
pub(super) fn sort_keys(answer: &Value) -> Vec<&str> {
    let items = answer["Items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["sk"]["S"].as_str().unwrap())
        .collect()
}

#[test]
fn items_are_given_in_the_order_of_their_keys() {
    let mut table = table();
    for sk in ["b", "a", "\u{1F600}", "\u{FFFD}"] {
        put(&mut table, key(sk), Moment::at(0));
    }
    let items: Vec<Value> = table.items().collect();
    assert_eq!(items, ["a", "b", "\u{FFFD}", "\u{1F600}"].map(key));
    let body = json!({"TableName": "timeline", "Limit": 3});
    let answer = call(&mut table, "Scan", body).unwrap();
    assert_eq!(sort_keys(&answer), ["a", "b", "\u{FFFD}"]);
    let body = json!({"TableName": "timeline", "ExclusiveStartKey": answer["LastEvaluatedKey"]});
    let answer = call(&mut table, "Scan", body).unwrap();
    assert_eq!(sort_keys(&answer), ["\u{1F600}"]);
}

#[test]
fn what_has_expired_goes_when_it_is_told_to() {
    let mut table = table();
    put(
        &mut table,
        item("past", json!({"expires_at": {"N": "9"}})),
        Moment::at(0),
    );
    put(
        &mut table,
        item("now", json!({"expires_at": {"N": "10"}})),
        Moment::at(0),
    );
    put(
        &mut table,
        item("text", json!({"expires_at": {"S": "9"}})),
        Moment::at(0),
    );
    put(&mut table, key("never"), Moment::at(0));
    assert_eq!(table.expire(Moment::at(10_000)), 1);
    assert_eq!(get(&mut table, "past", true, Moment::at(10_000)), None);
    assert_eq!(table.items().count(), 3);
}
