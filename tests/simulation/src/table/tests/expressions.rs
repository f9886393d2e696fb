use serde_json::{Value, json};

use super::{Moment, call, get, item, key, put, table};

/// Whether a condition holds for an item of `n` 2, `s` "ab", `f` true and `l` [1].
fn holds(condition: &str) -> bool {
    let mut table = table();
    let more = json!({
        "n": {"N": "2.0"}, "s": {"S": "ab"}, "f": {"BOOL": true}, "l": {"L": [{"N": "1"}]},
    });
    put(&mut table, item("i", more), Moment::at(0));
    let body = json!({
        "TableName": "timeline", "Key": key("i"), "ConditionExpression": condition,
        "ExpressionAttributeNames": used(condition, &["#n", "#s", "#f", "#l", "#none"], |name| json!(name)),
        "ExpressionAttributeValues": used(condition, &[":one", ":two", ":three", ":a", ":b", ":true", ":list"], |name| match name {
            "one" => json!({"N": "1"}),
            "two" => json!({"N": "2"}),
            "three" => json!({"N": "3e0"}),
            "true" => json!({"BOOL": true}),
            "list" => json!({"L": [{"N": "1.0"}]}),
            text => json!({"S": text}),
        }),
    });
    match call(&mut table, "DeleteItem", body) {
        Ok(_) => true,
        Err(refused) => {
            assert_eq!(
                refused.code, "ConditionalCheckFailedException",
                "{condition}: {refused}"
            );
            false
        }
    }
}

fn used(condition: &str, all: &[&str], value: impl Fn(&str) -> Value) -> Value {
    let words: Vec<&str> = condition
        .split(|letter: char| !(letter.is_alphanumeric() || "#:_".contains(letter)))
        .collect();
    let used = all.iter().filter(|name| words.contains(*name));
    let used: serde_json::Map<_, _> = used
        .map(|name| ((*name).to_owned(), value(&name[1..])))
        .collect();
    if used.is_empty() {
        Value::Null
    } else {
        Value::Object(used)
    }
}

#[test]
fn each_condition_holds_where_it_should_and_nowhere_else() {
    for condition in [
        "attribute_exists(#n)",
        "attribute_not_exists(#none)",
        "#n = :two",
        ":two = #n",
        "#l = :list",
        "#f = :true",
        "#n <> :one",
        "#n <> :a",
        "#none <> :one",
        "#n < :three",
        "#n <= :two",
        "#n > :one",
        "#n >= :two",
        "#s > :a",
        "#n BETWEEN :one AND :two",
        "#s between :a and :b",
        "begins_with(#s, :a)",
        "NOT #n = :one",
        "not attribute_exists(#none)",
        "#n = :one OR #s = :b OR attribute_exists(#f)",
        "#n = :two AND attribute_exists(#s)",
        // AND binds more tightly than OR, and NOT more than both.
        "#n = :two OR #s = :b AND #n = :one",
        "NOT #n = :one AND #n = :two",
        "attribute_not_exists(#none) AND (attribute_not_exists(#n) OR #n < :three)",
    ] {
        assert!(holds(condition), "{condition}");
    }
    for condition in [
        "attribute_exists(#none)",
        "attribute_not_exists(#n)",
        "#n = :one",
        "#n = :a",
        "#none = :one",
        "#n <> :two",
        "#n < :two",
        "#n < :a",
        "#none < :one",
        "#n <= :one",
        "#n > :two",
        "#n >= :three",
        "#n BETWEEN :three AND :three",
        "#none BETWEEN :one AND :two",
        "begins_with(#s, :b)",
        "begins_with(#n, :a)",
        "begins_with(#none, :a)",
        "NOT #n = :two",
        "#n = :one OR #s = :b",
        "#n = :two AND #s = :b",
        "(#n = :two OR #s = :b) AND #n = :one",
        "NOT (#n = :one OR #n = :two)",
    ] {
        assert!(!holds(condition), "{condition}");
    }
}

/// What an update makes of an item.
fn updated(before: Value, update: &str, names: Value, values: Value) -> Value {
    let mut table = table();
    put(&mut table, item("i", before), Moment::at(0));
    let body = json!({
        "TableName": "timeline", "Key": key("i"), "UpdateExpression": update,
        "ExpressionAttributeNames": names, "ExpressionAttributeValues": values,
    });
    call(&mut table, "UpdateItem", body).unwrap();
    get(&mut table, "i", true, Moment::at(0)).unwrap()
}

#[test]
fn an_update_sets_what_is_absent_keeps_what_is_there_and_removes() {
    let update = "SET #v = :v, #id = if_not_exists(#id, :id) REMOVE #at";
    let names = json!({"#v": "v", "#id": "id", "#at": "expires_at"});
    let values = json!({":v": {"N": "1"}, ":id": {"S": "new"}});
    let fresh = updated(
        json!({"expires_at": {"N": "5"}}),
        update,
        names.clone(),
        values.clone(),
    );
    assert_eq!(
        fresh,
        item("i", json!({"v": {"N": "1"}, "id": {"S": "new"}}))
    );
    let kept = updated(json!({"id": {"S": "old"}}), update, names, values);
    assert_eq!(
        kept,
        item("i", json!({"v": {"N": "1"}, "id": {"S": "old"}}))
    );
}

#[test]
fn an_update_reads_the_item_as_it_was() {
    let before = json!({"a": {"N": "1"}, "b": {"N": "2"}});
    let names = json!({"#a": "a", "#b": "b"});
    let after = updated(before, "set #a = #b, #b = #a", names, Value::Null);
    assert_eq!(after, item("i", json!({"a": {"N": "2"}, "b": {"N": "1"}})));
}

#[test]
fn an_update_makes_the_item_and_shows_what_is_asked_for() {
    let mut table = table();
    let body = |shown: &str| {
        json!({
            "TableName": "timeline", "Key": key("i"), "UpdateExpression": "SET #v = :v", "ReturnValues": shown,
            "ExpressionAttributeNames": {"#v": "v"}, "ExpressionAttributeValues": {":v": {"N": "1"}},
        })
    };
    let made = item("i", json!({"v": {"N": "1"}}));
    assert_eq!(
        call(&mut table, "UpdateItem", body("ALL_OLD")),
        Ok(json!({}))
    );
    assert_eq!(
        get(&mut table, "i", true, Moment::at(0)),
        Some(made.clone())
    );
    assert_eq!(
        call(&mut table, "UpdateItem", body("ALL_NEW")),
        Ok(json!({"Attributes": made}))
    );
}

#[test]
fn a_projection_gives_what_is_there_of_it() {
    let mut table = table();
    put(
        &mut table,
        item("i", json!({"a": {"N": "1"}, "b": {"N": "2"}})),
        Moment::at(0),
    );
    let body = json!({
        "TableName": "timeline", "Key": key("i"), "ProjectionExpression": "#a,#c",
        "ExpressionAttributeNames": {"#a": "a", "#c": "c"},
    });
    let answer = call(&mut table, "GetItem", body);
    assert_eq!(answer, Ok(json!({"Item": {"a": {"N": "1"}}})));
}
