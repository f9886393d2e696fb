use serde_json::{Value, json};

use super::{Moment, call, item, key, put, table};

/// The words of a refusal as wrong.
fn invalid(operation: &str, body: Value) -> String {
    let mut table = table();
    put(
        &mut table,
        item("i", json!({"n": {"N": "1"}})),
        Moment::at(0),
    );
    let before: Vec<Value> = table.items().collect();
    let refused = call(&mut table, operation, body.clone()).unwrap_err();
    assert_eq!(
        (refused.status, refused.code),
        (400, "ValidationException"),
        "{body}"
    );
    assert_eq!(
        table.items().collect::<Vec<_>>(),
        before,
        "nothing is written: {body}"
    );
    refused.message
}

fn delete_if(condition: &str, names: Value, values: Value) -> String {
    let body = json!({
        "TableName": "timeline", "Key": key("i"), "ConditionExpression": condition,
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
    });
    invalid("DeleteItem", body)
}

#[test]
fn what_is_not_simulated_is_refused_by_name() {
    let named = |operation: &str, body: Value, name: &str| {
        let message = invalid(operation, body);
        assert!(
            message.contains("not simulated") && message.contains(name),
            "{message}"
        );
    };
    let with = |name: &str, value: Value| {
        let mut body = json!({"TableName": "timeline", "Key": key("i")});
        body[name] = value;
        body
    };
    named("BatchWriteItem", json!({}), "BatchWriteItem");
    named(
        "GetItem",
        with("AttributesToGet", json!(["a"])),
        "AttributesToGet",
    );
    named(
        "GetItem",
        with("ReturnConsumedCapacity", json!("TOTAL")),
        "ReturnConsumedCapacity TOTAL",
    );
    named(
        "DeleteItem",
        with("ConditionExpression", json!("size(#n) = :one")),
        "size",
    );
    named(
        "DeleteItem",
        with("ConditionExpression", json!("attribute_exists(pk)")),
        "pk",
    );
    named(
        "UpdateItem",
        with("UpdateExpression", json!("ADD #n :one")),
        "ADD",
    );
    named(
        "PutItem",
        json!({"TableName": "timeline", "Item": item("i", json!({"b": {"B": "AA=="}}))}),
        "B",
    );
    named(
        "PutItem",
        json!({"TableName": "timeline", "Item": item("i", json!({"b": {"SS": ["a"]}}))}),
        "SS",
    );
    let query = |name: &str, value: Value| {
        let mut body = with(name, value);
        body.as_object_mut().unwrap().remove("Key");
        body["KeyConditionExpression"] = json!("#pk = :pk");
        body["ExpressionAttributeNames"] = json!({"#pk": "pk"});
        body["ExpressionAttributeValues"] = json!({":pk": {"S": "p"}});
        body
    };
    named(
        "Query",
        query("FilterExpression", json!("#a = :a")),
        "FilterExpression",
    );
    named(
        "Query",
        query("Select", json!("ALL_ATTRIBUTES")),
        "Select ALL_ATTRIBUTES",
    );
}

#[test]
fn a_wrong_expression_is_refused() {
    let (names, one) = (json!({"#n": "n"}), json!({":one": {"N": "1"}}));
    for (condition, says) in [
        ("#m = :one", "attribute name"),
        ("#n = :two", "attribute value"),
        ("attribute_exists(#n)", "unused"),
        ("#n =", "Syntax error"),
        ("#n :one", "Syntax error"),
        ("(#n = :one", "Syntax error"),
        ("#n = :one)", "Syntax error"),
        ("", "empty"),
        ("((#n = :one))", "redundant"),
        ("#n = #n AND #n = :one", "distinct"),
        ("begins_with(#n, :one)", "begins_with"),
        ("attribute_exists(:one) AND #n = :one", "document path"),
        ("#n ! :one", "Syntax error"),
    ] {
        let message = delete_if(condition, names.clone(), one.clone());
        assert!(message.contains(says), "{condition}: {message}");
    }
    let bounds = |low: Value, high: Value| {
        delete_if(
            "#n BETWEEN :a AND :b",
            names.clone(),
            json!({":a": low, ":b": high}),
        )
    };
    assert!(bounds(json!({"N": "2"}), json!({"N": "1"})).contains("upper bound"));
    assert!(bounds(json!({"N": "1"}), json!({"S": "1"})).contains("same data type"));
    assert!(bounds(json!({"BOOL": true}), json!({"BOOL": true})).contains("BETWEEN"));
    let message = delete_if("#n < :f", names.clone(), json!({":f": {"NULL": true}}));
    assert!(message.contains("operand type: NULL"), "{message}");
    assert!(delete_if("#n = :one", json!({"#n": "n", "#o": "o"}), one.clone()).contains("#o"));
    assert!(delete_if("#n = :one", json!({}), one.clone()).contains("must not be empty"));
    assert!(delete_if("#n = :one", json!({"n": "n"}), one.clone()).contains("invalid key"));
    let long = format!("#n = :one{}", " OR #n = :one".repeat(400));
    assert!(delete_if(&long, names.clone(), one.clone()).contains("size"));
    let deep = format!("{}#n = :one", "NOT ".repeat(200));
    assert!(delete_if(&deep, names, one).contains("deeply"));
}

#[test]
fn a_wrong_update_is_refused() {
    for (update, says) in [
        ("SET #sk = :one, #n = :one", "part of the key"),
        ("SET #n = :one REMOVE #n, #sk", "overlap"),
        ("SET #n = :one SET #sk = :one", "once"),
        ("SET #n = #gone, #sk = :one", "attribute name"),
        ("SET #n = :one, ", "Syntax error"),
        ("", "empty"),
    ] {
        let body = json!({
            "TableName": "timeline", "Key": key("i"), "UpdateExpression": update,
            "ExpressionAttributeNames": {"#n": "n", "#sk": "sk"},
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        });
        let message = invalid("UpdateItem", body);
        assert!(message.contains(says), "{update}: {message}");
    }
    let body = |names: Value, value: Value| {
        json!({
            "TableName": "timeline", "Key": key("i"), "UpdateExpression": "SET #a = :a",
            "ExpressionAttributeNames": names, "ExpressionAttributeValues": {":a": value},
        })
    };
    assert!(invalid("UpdateItem", body(json!({"#a": "ik"}), json!({"S": ""}))).contains("empty"));
    assert!(
        invalid("UpdateItem", body(json!({"#a": "at"}), json!({"N": "1"})))
            .contains("Type mismatch")
    );
    let big = json!({"S": "x".repeat(400 * 1024)});
    assert!(invalid("UpdateItem", body(json!({"#a": "a"}), big)).contains("size"));
    let missing = json!({
        "TableName": "timeline", "Key": key("i"), "UpdateExpression": "SET #a = #b",
        "ExpressionAttributeNames": {"#a": "a", "#b": "b"},
    });
    assert!(invalid("UpdateItem", missing).contains("does not exist"));
}

#[test]
fn a_wrong_item_is_refused() {
    let put = |item: Value| invalid("PutItem", json!({"TableName": "timeline", "Item": item}));
    let text = |length: usize| json!({"S": "x".repeat(length)});
    for (item, says) in [
        (json!({"pk": {"S": "p"}}), "Missing the key sk"),
        (json!({"pk": {"S": ""}, "sk": {"S": "s"}}), "empty string"),
        (json!({"pk": {"N": "1"}, "sk": {"S": "s"}}), "Type mismatch"),
        (json!({"pk": text(2049), "sk": {"S": "s"}}), "2048"),
        (json!({"pk": {"S": "p"}, "sk": text(1025)}), "1024"),
        (item("s", json!({"ik": {"S": ""}})), "empty string"),
        (item("s", json!({"at": {"BOOL": true}})), "Type mismatch"),
        (item("s", json!({"a": {"N": "x"}})), "numeric"),
        (item("s", json!({"a": {}})), "exactly one"),
        (item("s", json!({"a": {"S": "a", "N": "1"}})), "exactly one"),
        (item("s", json!({"a": {"NULL": false}})), "true"),
        (
            item("s", json!({"a": {"M": {"": {"S": "a"}}}})),
            "Empty attribute name",
        ),
        // `pk`, `p`, `sk`, `s` and `a` are seven bytes.
        (item("s", json!({"a": text(400 * 1024 - 6)})), "size"),
    ] {
        let message = put(item);
        assert!(message.contains(says), "{message}");
    }
    let mut table = table();
    super::put(
        &mut table,
        item("s", json!({"a": text(400 * 1024 - 7)})),
        Moment::at(0),
    );
}

#[test]
fn a_wrong_read_is_refused() {
    let get = |key: Value| invalid("GetItem", json!({"TableName": "timeline", "Key": key}));
    assert!(get(item("i", json!({"at": {"S": "x"}}))).contains("schema"));
    assert!(get(json!({"pk": {"S": "p"}})).contains("schema"));
    let batch = |keys: Vec<Value>| {
        invalid(
            "BatchGetItem",
            json!({"RequestItems": {"timeline": {"Keys": keys}}}),
        )
    };
    assert!(batch(vec![key("a"), key("a")]).contains("duplicates"));
    assert!(batch((0..101).map(|n| key(&n.to_string())).collect()).contains("Too many"));
    assert!(batch(vec![]).contains("Too many"));
    let query = |change: Value| {
        let mut body = json!({
            "TableName": "timeline", "KeyConditionExpression": "#k = :k",
            "ExpressionAttributeNames": {"#k": "pk"}, "ExpressionAttributeValues": {":k": {"S": "p"}},
        });
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        invalid("Query", body)
    };
    assert!(query(json!({"Limit": 0})).contains("Limit"));
    assert!(query(json!({"IndexName": "other"})).contains("index"));
    assert!(query(json!({"IndexName": "by-identity"})).contains("not supported"));
    let index = json!({"IndexName": "by-identity", "ExpressionAttributeNames": {"#k": "ik"}});
    let with = |name: &str, value: Value| {
        let mut index = index.clone();
        index[name] = value;
        index
    };
    assert!(query(with("ConsistentRead", json!(true))).contains("Consistent reads"));
    let unprojected = json!({"#k": "ik", "#f": "fold"});
    let mut unprojected = with("ExpressionAttributeNames", unprojected);
    unprojected["ProjectionExpression"] = json!("#f");
    assert!(query(unprojected).contains("does not project"));
    assert!(query(json!({"ExclusiveStartKey": {"pk": {"S": "p"}}})).contains("starting key"));
    assert!(
        query(json!({"ExclusiveStartKey": {"pk": {"S": "q"}, "sk": {"S": "i"}}}))
            .contains("outside")
    );
    assert!(query(json!({"ExpressionAttributeNames": {"#k": "sk"}})).contains("missed key schema"));
    assert!(query(json!({"KeyConditionExpression": "#k > :k"})).contains("not supported"));
    assert!(query(json!({"KeyConditionExpression": "#k <> :k"})).contains("Invalid operator"));
    assert!(
        query(json!({"KeyConditionExpression": "#k = :k OR #k = :k"})).contains("Invalid operator")
    );
    assert!(
        query(json!({"KeyConditionExpression": "#k = :k AND #k = :k"}))
            .contains("one condition per key")
    );
}

#[test]
fn another_table_is_not_there() {
    for (operation, body) in [
        ("GetItem", json!({"TableName": "other", "Key": key("i")})),
        ("PutItem", json!({"TableName": "other", "Item": key("i")})),
        (
            "BatchGetItem",
            json!({"RequestItems": {"other": {"Keys": [key("i")]}}}),
        ),
        (
            "TransactWriteItems",
            json!({"TransactItems": [{"Put": {"TableName": "other", "Item": key("i")}}]}),
        ),
    ] {
        let refused = call(&mut table(), operation, body).unwrap_err();
        assert_eq!(refused.code, "ResourceNotFoundException", "{operation}");
    }
}
