//! Random reads.

use serde_json::{Value, json};

use super::TABLE;
use super::conditions::Expression;
use super::requests::{Maker, Step};

/// Most pages of one query that are followed.
const MAX_PAGES: usize = 6;

impl Maker<'_> {
    fn projection(&mut self, body: &mut Value, mut expression: Expression) {
        if self.rng.u8(..4) == 0 {
            let names = ["at", "rev", "pk", "content"];
            let held = &names[..self.rng.usize(1..=names.len())];
            let held: Vec<String> = held.iter().map(|name| expression.name(name)).collect();
            body["ProjectionExpression"] = json!(held.join(", "));
        }
        expression.onto(body);
    }

    pub(super) fn get_item(&mut self) -> Step {
        let mut body = json!({"TableName": TABLE, "Key": self.key()});
        body["ConsistentRead"] = json!(self.rng.bool());
        self.projection(&mut body, Expression::default());
        Step::new("GetItem", "a get", body)
    }

    pub(super) fn batch_get_item(&mut self) -> Step {
        let mut keys: Vec<Value> = Vec::new();
        for _ in 0..self.rng.usize(1..8) {
            let key = self.key();
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        let mut part = json!({"Keys": keys, "ConsistentRead": self.rng.bool()});
        self.projection(&mut part, Expression::default());
        Step::new(
            "BatchGetItem",
            "a batch",
            json!({"RequestItems": {TABLE: part}}),
        )
    }

    pub(super) fn query(&mut self) -> Step {
        let mut expression = Expression::default();
        let (pk, sk) = (expression.name("pk"), expression.name("sk"));
        let hash = expression.value(json!({"S": self.hash()}));
        let mut sort = |maker: &mut Self| expression.value(json!({"S": maker.range()}));
        let range = match self.rng.u8(..8) {
            0 | 1 => None,
            2 => {
                let mut ends = [self.range(), self.range()];
                ends.sort();
                let [low, high] = ends.map(|end| expression.value(json!({"S": end})));
                Some(format!("{sk} BETWEEN {low} AND {high}"))
            }
            3 | 4 => {
                let prefix = self.rng.choice(["e#", "k#tel:", "e#1", "\u{1}"]);
                let prefix = expression.value(json!({"S": prefix}));
                Some(format!("begins_with({sk}, {prefix})"))
            }
            5 => Some(format!("{sk} = {}", sort(self))),
            6 => Some(format!("{sk} <= {}", sort(self))),
            _ => Some(format!("{sk} > {}", sort(self))),
        };
        if range.is_none() {
            expression.names.remove("#sk");
        }
        let range = range
            .map(|range| format!(" AND {range}"))
            .unwrap_or_default();
        let mut body = json!({
            "TableName": TABLE,
            "KeyConditionExpression": format!("{pk} = {hash}{range}"),
        });
        body["ConsistentRead"] = json!(self.rng.bool());
        if range.is_empty() && self.rng.u8(..5) == 0 {
            let start = json!({"pk": {"S": self.rng.choice(["i#@@@@@@@@@@@@"])}, "sk": {"S": self.range()}});
            body["ExclusiveStartKey"] = start;
        }
        self.paged(body, expression, "a query")
    }

    pub(super) fn query_index(&mut self) -> Step {
        let mut expression = Expression::default();
        let ik = expression.name("ik");
        let hash = expression.value(json!({"S": self.index_hash()}));
        let mut condition = format!("{ik} = {hash}");
        if self.rng.u8(..3) == 0 {
            let at = expression.name("at");
            let second = self.rng.u8(..5);
            let instant = expression.value(json!({"S": format!("2026-01-01T00:00:0{second}.9Z")}));
            let sign = self.rng.choice(["<=", ">=", "<", ">"]).unwrap_or("<=");
            condition = format!("{condition} AND {at} {sign} {instant}");
        }
        let body = json!({
            "TableName": TABLE,
            "IndexName": "by-identity",
            "KeyConditionExpression": condition,
        });
        let mut step = self.paged(body, expression, "a query of the index");
        if self.is_tied {
            // The order of those that began in one instant is no one's promise, and so is where a page ends in it.
            step.is_unordered = true;
            step.about = "a query of the index with ties";
            if let Value::Object(body) = &mut step.body {
                body.remove("Limit");
            }
        }
        step
    }

    fn paged(&mut self, mut body: Value, expression: Expression, about: &'static str) -> Step {
        body["ScanIndexForward"] = json!(self.rng.bool());
        if self.rng.bool() {
            body["Limit"] = json!(self.rng.u8(1..5));
        }
        if self.rng.u8(..5) == 0 {
            body["Select"] = json!("COUNT");
            expression.onto(&mut body);
        } else {
            self.projection(&mut body, expression);
        }
        let mut step = Step::new("Query", about, body);
        step.pages = MAX_PAGES;
        step
    }
}
