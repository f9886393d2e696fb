//! Requests that are wrong in one way each, and items at the limits.

use serde_json::{Value, json};

use super::TABLE;
use super::requests::{Maker, Step};

/// How many kinds there are.
const KINDS: u8 = 52;
/// Longest item.
const MAX_ITEM_BYTES: usize = 400 * 1024;

/// A request of one of these kinds.
pub(super) fn step(maker: &mut Maker<'_>) -> Step {
    match maker.rng.u8(..KINDS) {
        kind @ 0..=21 => of_items(maker, kind),
        kind @ 22..=37 => of_expressions(maker, kind),
        kind => of_reads(maker, kind),
    }
}

/// A put of an item with some attributes changed.
fn put(maker: &mut Maker<'_>, about: &'static str, change: impl FnOnce(&mut Value)) -> Step {
    let mut item = maker.key();
    change(&mut item);
    let body = json!({"TableName": TABLE, "Item": item});
    if maker.rng.bool() {
        Step::new("PutItem", about, body)
    } else {
        Step::new(
            "TransactWriteItems",
            about,
            json!({"TransactItems": [{"Put": body}]}),
        )
    }
}

fn of_items(maker: &mut Maker<'_>, kind: u8) -> Step {
    let number = |text: &str| json!({"N": text});
    match kind {
        0 => put(maker, "a missing sort key", |item| {
            item["sk"] = json!({"NULL": true});
        }),
        1 => put(maker, "an empty sort key", |item| {
            item["sk"] = json!({"S": ""})
        }),
        2 => put(maker, "an empty partition key", |item| {
            item["pk"] = json!({"S": ""})
        }),
        3 => put(maker, "a key that is a number", |item| {
            item["sk"] = number("1")
        }),
        4 => put(maker, "an index key that is a number", |item| {
            item["at"] = number("1")
        }),
        5 => put(maker, "an empty index key", |item| {
            item["ik"] = json!({"S": ""})
        }),
        6 => put(maker, "a partition key too long", |item| {
            item["pk"] = json!({"S": "p".repeat(2049)});
        }),
        7 => put(maker, "a sort key too long", |item| {
            item["sk"] = json!({"S": "s".repeat(1025)});
        }),
        8 => put(maker, "a sort key of the longest", |item| {
            item["sk"] = json!({"S": "é".repeat(512)});
        }),
        9 => put(maker, "a number of 39 digits", |item| {
            item["rev"] = number(&"9".repeat(39))
        }),
        10 => put(maker, "a number too great", |item| {
            item["rev"] = number("1e126")
        }),
        11 => put(maker, "a number too small", |item| {
            item["rev"] = number("1e-131")
        }),
        12 => put(maker, "no number", |item| item["rev"] = number("one")),
        13 => put(maker, "an empty number", |item| item["rev"] = number("")),
        14 => put(maker, "a null that is false", |item| {
            item["kept"] = json!({"NULL": false})
        }),
        15 => put(maker, "a value of two types", |item| {
            item["kept"] = json!({"S": "a", "N": "1"});
        }),
        16 => put(maker, "a value without a type", |item| {
            item["kept"] = json!({})
        }),
        17 => put(maker, "an item too big", |item| {
            fill(item, MAX_ITEM_BYTES + 1)
        }),
        18 => put(maker, "an item of the biggest", |item| {
            fill(item, MAX_ITEM_BYTES)
        }),
        19 => {
            let put = json!({"Put": {"TableName": TABLE, "Item": maker.item()}});
            let body = json!({"TransactItems": [put, put]});
            Step::new("TransactWriteItems", "an item twice in a transaction", body)
        }
        20 => Step::new(
            "TransactWriteItems",
            "no writes",
            json!({"TransactItems": []}),
        ),
        _ => {
            let key = maker.key();
            let puts = (0..101).map(|place| {
                let item = json!({"pk": key["pk"], "sk": {"S": format!("w{place}")}});
                json!({"Put": {"TableName": TABLE, "Item": item}})
            });
            let body = json!({"TransactItems": puts.collect::<Vec<_>>()});
            Step::new("TransactWriteItems", "101 writes", body)
        }
    }
}

/// Fills an item up to a size.
fn fill(item: &mut Value, bytes: usize) {
    let part = |name: &str| name.len() + item[name]["S"].as_str().map_or(0, str::len);
    let rest = bytes - part("pk") - part("sk") - "fold".len();
    item["fold"] = json!({"S": "x".repeat(rest)});
}

/// An update or a put whose expression is wrong.
fn of_expressions(maker: &mut Maker<'_>, kind: u8) -> Step {
    let names = json!({"#rev": "rev", "#v": "v"});
    let one = json!({":one": {"N": "1"}});
    let (about, condition, names, values) = match kind {
        22 => ("a name that is not defined", "#hash = :one", names, one),
        23 => (
            "a value that is not defined",
            "#rev = :two AND #v = :one",
            names,
            one,
        ),
        24 => ("a name that is not used", "#rev = :one", names, one),
        25 => ("a value that is not used", "#rev <> #v", names, one),
        26 => (
            "a condition without its end",
            "#rev = :one AND #v =",
            names,
            one,
        ),
        27 => ("an empty condition", "", names, one),
        28 => (
            "brackets too many",
            "((#rev = :one AND #v = :one))",
            names,
            one,
        ),
        29 => (
            "a bracket that is not closed",
            "(#rev = :one AND #v = :one",
            names,
            one,
        ),
        30 => (
            "an operand with itself",
            "#rev = #rev AND #v = :one",
            names,
            one,
        ),
        31 => (
            "the beginning of a number",
            "begins_with(#rev, :one) AND #v = :one",
            names,
            one,
        ),
        32 => (
            "bounds the wrong way",
            "#rev BETWEEN :b AND :a AND attribute_exists(#v)",
            names,
            json!({":a": {"N": "1"}, ":b": {"N": "2"}}),
        ),
        33 => (
            "bounds of two types",
            "#rev BETWEEN :a AND :b AND attribute_exists(#v)",
            names,
            json!({":a": {"N": "1"}, ":b": {"S": "2"}}),
        ),
        34 => (
            "the order of a flag",
            "#rev < :a AND attribute_exists(#v)",
            names,
            json!({":a": {"BOOL": true}}),
        ),
        35 => (
            "whether a value exists",
            "attribute_exists(:one) AND #rev = #v",
            names,
            one,
        ),
        _ => return of_updates(maker, kind),
    };
    let body = json!({
        "TableName": TABLE,
        "Key": maker.key(),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    });
    if maker.rng.bool() {
        Step::new("DeleteItem", about, body)
    } else {
        let check = json!({"TransactItems": [{"ConditionCheck": body}]});
        Step::new("TransactWriteItems", about, check)
    }
}

fn of_updates(maker: &mut Maker<'_>, kind: u8) -> Step {
    let names = |name: &str| json!({"#a": name, "#b": "rev"});
    let value = json!({":one": {"S": "x"}});
    let (about, update, names, values) = match (kind, maker.rng.u8(..5)) {
        (36, 0) => (
            "a change of a key",
            "SET #a = :one, #b = :one",
            names("sk"),
            value,
        ),
        (36, 1) => (
            "one attribute set twice",
            "SET #a = :one, #b = :one",
            names("rev"),
            value,
        ),
        (36, 2) => (
            "two parts of one kind",
            "SET #a = :one SET #b = :one",
            names("v"),
            value,
        ),
        (36, 3) => (
            "an index key set empty",
            "SET #a = :e, #b = :e",
            names("ik"),
            json!({":e": {"S": ""}}),
        ),
        (36, _) => (
            "an index key set to a number",
            "SET #a = :e, #b = :e",
            names("at"),
            json!({":e": {"N": "1"}}),
        ),
        (_, 0) => (
            "an update without its end",
            "SET #a = :one, #b =",
            names("v"),
            value,
        ),
        (_, 1) => ("an empty update", "", names("v"), value),
        (_, _) => (
            "a source that may be missing",
            "SET #a = #b, #c = :one",
            json!({"#a": "v", "#b": "hash", "#c": "kept"}),
            value,
        ),
    };
    let body = json!({
        "TableName": TABLE,
        "Key": maker.key(),
        "UpdateExpression": update,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    });
    if maker.rng.bool() {
        Step::new("UpdateItem", about, body)
    } else {
        let update = json!({"TransactItems": [{"Update": body}]});
        Step::new("TransactWriteItems", about, update)
    }
}

fn of_reads(maker: &mut Maker<'_>, kind: u8) -> Step {
    let key = maker.key();
    let hash = key["pk"].clone();
    let query = |change: &dyn Fn(&mut Value)| {
        let mut body = json!({
            "TableName": TABLE,
            "KeyConditionExpression": "#pk = :pk",
            "ExpressionAttributeNames": {"#pk": "pk"},
            "ExpressionAttributeValues": {":pk": hash},
        });
        change(&mut body);
        body
    };
    let batch = |keys: Vec<Value>| json!({"RequestItems": {TABLE: {"Keys": keys}}});
    let ranged = |condition: &str, value: Value| {
        query(&|body| {
            body["KeyConditionExpression"] = json!(format!("#pk = :pk AND {condition}"));
            body["ExpressionAttributeNames"]["#sk"] = json!("sk");
            body["ExpressionAttributeValues"][":sk"] = value.clone();
        })
    };
    match kind {
        38 => Step::new(
            "Query",
            "another table",
            query(&|body| body["TableName"] = json!("another")),
        ),
        39 => Step::new(
            "Query",
            "another index",
            query(&|body| body["IndexName"] = json!("another")),
        ),
        40 => Step::new(
            "Query",
            "a limit of none",
            query(&|body| body["Limit"] = json!(0)),
        ),
        41 => Step::new(
            "Query",
            "a consistent read of the index",
            query(&|body| {
                body["IndexName"] = json!("by-identity");
                body["ExpressionAttributeNames"]["#pk"] = json!("ik");
                body["ConsistentRead"] = json!(true);
            }),
        ),
        42 => Step::new(
            "Query",
            "a start elsewhere",
            query(&|body| {
                body["ExclusiveStartKey"] = json!({"pk": {"S": "elsewhere"}, "sk": {"S": "i"}});
            }),
        ),
        43 => Step::new(
            "Query",
            "a start of half a key",
            query(&|body| {
                body["ExclusiveStartKey"] = json!({"pk": hash});
            }),
        ),
        44 => Step::new(
            "Query",
            "a query without a partition",
            query(&|body| {
                body["ExpressionAttributeNames"]["#pk"] = json!("sk");
            }),
        ),
        45 => Step::new(
            "Query",
            "a sort key that is unequal",
            ranged("#sk <> :sk", json!({"S": "i"})),
        ),
        46 => Step::new(
            "Query",
            "an empty sort key asked for",
            ranged("#sk >= :sk", json!({"S": ""})),
        ),
        47 => Step::new(
            "Query",
            "a sort key that is a number",
            ranged("begins_with(#sk, :sk)", json!({"N": "1"})),
        ),
        48 => Step::new(
            "BatchGetItem",
            "a key twice in a batch",
            batch(vec![key.clone(), key]),
        ),
        49 => Step::new(
            "BatchGetItem",
            "101 keys",
            batch(
                (0..101)
                    .map(|place| json!({"pk": hash, "sk": {"S": format!("w{place}")}}))
                    .collect(),
            ),
        ),
        50 => {
            let mut more = key;
            more["at"] = json!({"S": "2026"});
            Step::new(
                "GetItem",
                "more than a key",
                json!({"TableName": TABLE, "Key": more}),
            )
        }
        _ => Step::new(
            "BatchGetItem",
            "half a key",
            batch(vec![json!({"pk": hash})]),
        ),
    }
}
