use serde_json::{Value, json};

use super::{Moment, call, get, item, key, put, table};
use crate::table::Table;

fn put_new(sk: &str) -> Value {
    json!({"Put": {
        "TableName": "timeline", "Item": item(sk, json!({"new": {"BOOL": true}})),
        "ConditionExpression": "attribute_not_exists(#pk)",
        "ExpressionAttributeNames": {"#pk": "pk"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }})
}

fn of_rev(kind: &str, sk: &str, rev: u8) -> Value {
    json!({kind: {
        "TableName": "timeline", "Key": key(sk), "ConditionExpression": "#rev = :rev",
        "ExpressionAttributeNames": {"#rev": "rev"},
        "ExpressionAttributeValues": {":rev": {"N": rev.to_string()}},
    }})
}

fn table_with_i() -> Table {
    let mut table = table();
    put(
        &mut table,
        item("i", json!({"rev": {"N": "1"}})),
        Moment::at(0),
    );
    table
}

#[test]
fn a_transaction_does_all_or_nothing_and_says_why() {
    let mut table = table_with_i();
    let writes =
        json!({"TransactItems": [put_new("a"), put_new("i"), of_rev("ConditionCheck", "j", 2)]});
    let refused = call(&mut table, "TransactWriteItems", writes).unwrap_err();
    assert_eq!(refused.code, "TransactionCanceledException");
    let reasons = &refused.extra["CancellationReasons"];
    assert_eq!(reasons[0], json!({"Code": "None"}));
    assert_eq!(reasons[1]["Item"], item("i", json!({"rev": {"N": "1"}})));
    assert_eq!(reasons[2]["Code"], "ConditionalCheckFailed");
    assert_eq!(reasons[2].get("Item"), None, "it was not asked for");
    assert_eq!(refused.body()["CancellationReasons"], *reasons);
    assert_eq!(table.items().count(), 1);
    let writes = json!({"TransactItems": [put_new("a"), of_rev("Delete", "i", 1)]});
    assert_eq!(
        call(&mut table, "TransactWriteItems", writes),
        Ok(json!({}))
    );
    assert_eq!(
        table
            .items()
            .map(|item| item["sk"]["S"].clone())
            .collect::<Vec<_>>(),
        ["a"]
    );
}

#[test]
fn a_check_alone_changes_nothing() {
    let mut table = table_with_i();
    let writes = json!({"TransactItems": [of_rev("ConditionCheck", "i", 1)]});
    assert_eq!(
        call(&mut table, "TransactWriteItems", writes),
        Ok(json!({}))
    );
    assert_eq!(table.items().count(), 1);
}

#[test]
fn a_token_does_its_request_once_for_ten_minutes() {
    let mut table = table();
    let at = |minutes: i64| Moment::at(minutes * 60_000);
    let mut writes = json!({"TransactItems": [put_new("a")], "ClientRequestToken": "t"});
    assert_eq!(
        table.call("TransactWriteItems", &writes, at(0)),
        Ok(json!({}))
    );
    assert_eq!(
        table.call("TransactWriteItems", &writes, at(9)),
        Ok(json!({})),
        "without effect"
    );
    let refused = table
        .call("TransactWriteItems", &writes, at(10))
        .unwrap_err();
    assert_eq!(
        refused.code, "TransactionCanceledException",
        "it is a request of its own"
    );
    writes["ClientRequestToken"] = json!("u");
    writes["TransactItems"] = json!([put_new("b")]);
    table.call("TransactWriteItems", &writes, at(11)).unwrap();
    writes["TransactItems"] = json!([put_new("c")]);
    let refused = table
        .call("TransactWriteItems", &writes, at(11))
        .unwrap_err();
    assert_eq!(refused.code, "IdempotentParameterMismatchException");
}

#[test]
fn a_transaction_beyond_its_limits_is_refused() {
    let refused = |body: Value| {
        let mut table = table_with_i();
        let refused = call(&mut table, "TransactWriteItems", body).unwrap_err();
        assert_eq!(table.items().count(), 1);
        (refused.code, refused.message)
    };
    let too_many: Vec<Value> = (0..101).map(|n| put_new(&n.to_string())).collect();
    let big = |n: u8| json!({"Put": {"TableName": "timeline", "Item": item(&n.to_string(), json!({"x": {"S": "x".repeat(390_000)}}))}});
    let too_big: Vec<Value> = (0..11).map(big).collect();
    for (writes, says) in [
        (json!([]), "1 to 100"),
        (json!(too_many), "1 to 100"),
        (json!(too_big), "4 MB"),
        (
            json!([put_new("a"), of_rev("Delete", "a", 1)]),
            "multiple operations on one item",
        ),
        (json!([{}]), "only contain one"),
        (
            json!([{"ConditionCheck": {"TableName": "timeline", "Key": key("i")}}]),
            "must not be null",
        ),
    ] {
        let (code, message) = refused(json!({"TransactItems": writes}));
        assert_eq!(code, "ValidationException", "{message}");
        assert!(message.contains(says), "{message}");
    }
    let long = json!({"TransactItems": [put_new("a")], "ClientRequestToken": "t".repeat(37)});
    assert_eq!(refused(long).0, "ValidationException");
}

#[test]
fn what_cannot_be_written_cancels_with_a_reason_of_its_own() {
    let mut table = table_with_i();
    let wrong =
        json!({"Put": {"TableName": "timeline", "Item": {"pk": {"S": "p"}, "sk": {"N": "1"}}}});
    let writes = json!({"TransactItems": [put_new("a"), wrong]});
    let refused = call(&mut table, "TransactWriteItems", writes).unwrap_err();
    assert_eq!(
        refused.extra["CancellationReasons"][1]["Code"],
        "ValidationError"
    );
    assert_eq!(get(&mut table, "a", true, Moment::at(0)), None);
}

#[test]
fn a_single_write_shows_the_item_that_is_in_its_way() {
    let mut table = table_with_i();
    let body = put_new("i")["Put"].clone();
    let refused = call(&mut table, "PutItem", body).unwrap_err();
    assert_eq!(refused.code, "ConditionalCheckFailedException");
    assert_eq!(refused.extra["Item"], item("i", json!({"rev": {"N": "1"}})));
}
