use serde_json::{Value, json};

use super::{Moment, call, item, key, put, sort_keys, table};
use crate::table::Table;

/// A query of the partition `p`, with a further condition on the sort key.
fn query(table: &mut Table, range: &str, values: Value, more: Value) -> Value {
    let mut body = json!({
        "TableName": "timeline", "KeyConditionExpression": format!("#pk = :pk{range}"),
        "ExpressionAttributeNames": {"#pk": "pk"}, "ExpressionAttributeValues": {":pk": {"S": "p"}},
    });
    if !range.is_empty() {
        body["ExpressionAttributeNames"]["#sk"] = json!("sk");
    }
    for (name, value) in values.as_object().unwrap() {
        body["ExpressionAttributeValues"][name] = value.clone();
    }
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    call(table, "Query", body).unwrap()
}

fn table_of(sks: &[&str]) -> Table {
    let mut table = table();
    for sk in sks {
        put(&mut table, key(sk), Moment::at(0));
    }
    put(
        &mut table,
        json!({"pk": {"S": "q"}, "sk": {"S": "b"}}),
        Moment::at(0),
    );
    table
}

#[test]
fn each_key_condition_gives_its_part() {
    let mut table = table_of(&["a", "b#1", "b#2", "c"]);
    let (b, c) = (
        json!({":b": {"S": "b#2"}}),
        json!({":b": {"S": "b#1"}, ":c": {"S": "c"}}),
    );
    for (range, values, found) in [
        ("", json!({}), vec!["a", "b#1", "b#2", "c"]),
        (" AND #sk = :b", b.clone(), vec!["b#2"]),
        (" AND #sk < :b", b.clone(), vec!["a", "b#1"]),
        (" AND #sk <= :b", b.clone(), vec!["a", "b#1", "b#2"]),
        (" AND #sk > :b", b.clone(), vec!["c"]),
        (" AND #sk >= :b", b, vec!["b#2", "c"]),
        (" AND #sk BETWEEN :b AND :c", c, vec!["b#1", "b#2", "c"]),
        (
            " AND begins_with(#sk, :b)",
            json!({":b": {"S": "b#"}}),
            vec!["b#1", "b#2"],
        ),
    ] {
        let forward = query(&mut table, range, values.clone(), json!({}));
        assert_eq!(sort_keys(&forward), found, "{range}");
        assert_eq!(forward.get("LastEvaluatedKey"), None);
        let backward = query(
            &mut table,
            range,
            values,
            json!({"ScanIndexForward": false}),
        );
        let found: Vec<&str> = found.into_iter().rev().collect();
        assert_eq!(sort_keys(&backward), found, "{range}");
    }
}

#[test]
fn pages_neither_skip_nor_repeat_in_either_direction() {
    let all = ["a", "b", "c", "d", "e"];
    let mut table = table_of(&all);
    for (forward, limit) in [(true, 1), (true, 2), (false, 2), (false, 5), (true, 9)] {
        let (mut seen, mut start): (Vec<String>, _) = (Vec::new(), Value::Null);
        loop {
            let more =
                json!({"ScanIndexForward": forward, "Limit": limit, "ExclusiveStartKey": start});
            let page = query(&mut table, "", json!({}), more);
            assert!(sort_keys(&page).len() <= limit);
            seen.extend(sort_keys(&page).into_iter().map(str::to_owned));
            match page.get("LastEvaluatedKey") {
                Some(end) => start = end.clone(),
                None => break,
            }
        }
        if !forward {
            seen.reverse();
        }
        assert_eq!(seen, all, "{forward} {limit}");
    }
}

#[test]
fn a_full_page_does_not_know_whether_more_follows() {
    let mut table = table_of(&["a"]);
    let page = query(&mut table, "", json!({}), json!({"Limit": 1}));
    assert_eq!(page["LastEvaluatedKey"], key("a"));
    let page = query(
        &mut table,
        "",
        json!({}),
        json!({"Limit": 1, "ExclusiveStartKey": key("a")}),
    );
    assert_eq!(
        (sort_keys(&page).len(), page.get("LastEvaluatedKey")),
        (0, None)
    );
}

#[test]
fn a_page_ends_at_a_megabyte() {
    let mut table = table();
    for n in 0..4 {
        put(
            &mut table,
            item(&n.to_string(), json!({"x": {"S": "x".repeat(400_000)}})),
            Moment::at(0),
        );
    }
    let page = query(&mut table, "", json!({}), json!({"Select": "COUNT"}));
    assert_eq!((page["Count"].clone(), page.get("Items")), (json!(3), None));
    assert_eq!(page["LastEvaluatedKey"], key("2"));
}

#[test]
fn the_index_is_paged_by_its_own_keys_and_holds_what_it_projects() {
    let mut table = table();
    for (sk, at) in [("x", "3"), ("y", "1"), ("z", "3")] {
        let more =
            json!({"ik": {"S": "k"}, "at": {"S": at}, "rev": {"N": "1"}, "fold": {"S": "f"}});
        put(&mut table, item(sk, more), Moment::at(0));
    }
    put(
        &mut table,
        item("none", json!({"ik": {"S": "k"}})),
        Moment::at(0),
    );
    let (mut seen, mut start) = (Vec::new(), Value::Null);
    loop {
        let body = json!({
            "TableName": "timeline", "IndexName": "by-identity", "Limit": 1, "ScanIndexForward": false,
            "KeyConditionExpression": "#ik = :ik AND #at <= :at",
            "ExpressionAttributeNames": {"#ik": "ik", "#at": "at"},
            "ExpressionAttributeValues": {":ik": {"S": "k"}, ":at": {"S": "3"}},
            "ExclusiveStartKey": start,
        });
        let page = call(&mut table, "Query", body).unwrap();
        for row in page["Items"].as_array().unwrap() {
            assert_eq!((row.get("fold"), &row["rev"]["N"]), (None, &json!("1")));
        }
        seen.extend(sort_keys(&page).into_iter().map(str::to_owned));
        let Some(end) = page.get("LastEvaluatedKey") else {
            break;
        };
        assert_eq!(end.as_object().unwrap().len(), 4);
        start = end.clone();
    }
    assert_eq!(seen, ["z", "x", "y"]);
}

#[test]
fn a_busy_table_leaves_keys_of_a_batch_for_later() {
    let mut table = table_of(&["a", "b", "c"]);
    table.answer_at_most(2);
    let keys = json!({"Keys": [key("a"), key("gone"), key("c")], "ConsistentRead": true});
    let answer = call(
        &mut table,
        "BatchGetItem",
        json!({"RequestItems": {"timeline": keys}}),
    )
    .unwrap();
    assert_eq!(answer["Responses"]["timeline"], json!([key("a")]));
    let left = answer["UnprocessedKeys"].clone();
    assert_eq!(
        left,
        json!({"timeline": {"Keys": [key("c")], "ConsistentRead": true}})
    );
    let answer = call(&mut table, "BatchGetItem", json!({"RequestItems": left})).unwrap();
    assert_eq!(answer["Responses"]["timeline"], json!([key("c")]));
    assert_eq!(answer["UnprocessedKeys"], json!({}));
}
