use serde_json::json;

use super::{Moment, call, get, item, key, put, table};
use crate::table::{MAX_STALE_MS, Table};

fn moment(now_ms: i64, index_lag_ms: i64, stale_ms: i64) -> Moment {
    Moment {
        now_ms,
        index_lag_ms,
        stale_ms,
    }
}

/// The revs that the index shows under an identity.
fn indexed(table: &mut Table, identity: &str, now_ms: i64) -> Vec<String> {
    let body = json!({
        "TableName": "timeline", "IndexName": "by-identity", "KeyConditionExpression": "#ik = :ik",
        "ExpressionAttributeNames": {"#ik": "ik"}, "ExpressionAttributeValues": {":ik": {"S": identity}},
    });
    let answer = table.call("Query", &body, Moment::at(now_ms)).unwrap();
    let items = answer["Items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["rev"]["N"].as_str().unwrap().to_owned())
        .collect()
}

fn put_rev(table: &mut Table, identity: &str, rev: u8, at: Moment) {
    let more = json!({"ik": {"S": identity}, "at": {"S": "1"}, "rev": {"N": rev.to_string()}});
    put(table, item("i", more), at);
}

#[test]
fn a_write_reaches_the_index_later_and_in_its_item_s_order() {
    let mut table = table();
    put_rev(&mut table, "a", 1, moment(0, 100, 0));
    // Sent later and quicker, it does not overtake.
    put_rev(&mut table, "b", 2, moment(10, 5, 0));
    assert!(indexed(&mut table, "a", 99).is_empty());
    assert!(indexed(&mut table, "b", 99).is_empty());
    assert!(
        indexed(&mut table, "a", 100).is_empty(),
        "both have arrived"
    );
    assert_eq!(indexed(&mut table, "b", 100), ["2"]);
    assert!(get(&mut table, "i", true, Moment::at(100)).is_some());
}

#[test]
fn a_delete_reaches_the_index_later_too() {
    let mut table = table();
    put_rev(&mut table, "a", 1, Moment::at(0));
    assert_eq!(indexed(&mut table, "a", 0), ["1"], "without a lag at once");
    let body = json!({"TableName": "timeline", "Key": key("i")});
    table.call("DeleteItem", &body, moment(10, 50, 0)).unwrap();
    assert_eq!(indexed(&mut table, "a", 59), ["1"]);
    assert!(indexed(&mut table, "a", 60).is_empty());
}

#[test]
fn what_settles_is_there_at_once() {
    let mut table = table();
    put_rev(&mut table, "a", 1, moment(0, i64::MAX, 0));
    assert!(indexed(&mut table, "a", 1_000_000).is_empty());
    table.settle();
    assert_eq!(indexed(&mut table, "a", 1_000_000), ["1"]);
}

#[test]
fn a_read_that_is_not_consistent_sees_what_was() {
    let mut table = table();
    put_rev(&mut table, "a", 1, Moment::at(1000));
    put_rev(&mut table, "a", 2, Moment::at(2000));
    let rev = |table: &mut Table, consistent, at| {
        get(table, "i", consistent, at).map(|item| item["rev"]["N"].as_str().unwrap().to_owned())
    };
    let late = moment(2500, 0, 1000);
    assert_eq!(rev(&mut table, false, late).as_deref(), Some("1"));
    assert_eq!(rev(&mut table, true, late).as_deref(), Some("2"));
    assert_eq!(
        rev(&mut table, false, moment(2500, 0, 500)).as_deref(),
        Some("2")
    );
    assert_eq!(rev(&mut table, false, moment(2500, 0, 2000)), None);
    let body = json!({
        "TableName": "timeline", "KeyConditionExpression": "#pk = :pk",
        "ExpressionAttributeNames": {"#pk": "pk"}, "ExpressionAttributeValues": {":pk": {"S": "p"}},
    });
    let answer = table.call("Query", &body, late).unwrap();
    assert_eq!(answer["Items"][0]["rev"]["N"], "1");
    let body = json!({"RequestItems": {"timeline": {"Keys": [key("i")]}}});
    let answer = table.call("BatchGetItem", &body, late).unwrap();
    assert_eq!(answer["Responses"]["timeline"][0]["rev"]["N"], "1");
}

#[test]
fn a_condition_sees_what_is_however_stale_reads_are() {
    let mut table = table();
    put_rev(&mut table, "a", 1, Moment::at(1000));
    let body = json!({
        "TableName": "timeline", "Item": key("i"), "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
    });
    assert!(
        table
            .call("PutItem", &body, moment(1000, 0, MAX_STALE_MS))
            .is_err()
    );
}

#[test]
fn what_is_long_gone_is_forgotten_and_time_does_not_go_back() {
    let mut table = table();
    put_rev(&mut table, "a", 1, Moment::at(1000));
    let body = json!({"TableName": "timeline", "Key": key("i")});
    table.call("DeleteItem", &body, Moment::at(2000)).unwrap();
    let later = 2000 + MAX_STALE_MS;
    assert!(get(&mut table, "i", false, moment(later - 1, 0, MAX_STALE_MS)).is_some());
    assert!(get(&mut table, "i", false, moment(later, 0, MAX_STALE_MS)).is_none());
    // A moment of before counts as now.
    assert!(get(&mut table, "i", false, Moment::at(1500)).is_none());
    assert!(
        call(&mut table, "Scan", json!({"TableName": "timeline"})).unwrap()["Items"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
