//! Random requests: few keys, so that conditions meet what others wrote.

use fastrand::Rng;
use serde_json::{Value, json};

use super::conditions::{self, Expression, NAMES};
use super::{OWN, TABLE, wrong};

/// How many requests a sequence has, about.
const STEPS: std::ops::Range<usize> = 9..16;
/// Sort keys: as the store makes them, and strange ones, among them some that UTF-16 orders otherwise than UTF-8.
const SORT_KEYS: [&str; 9] = [
    "i",
    "e#1",
    "e#2",
    "e#\u{e9}",
    "k#tel:+14155550123",
    "\u{1}\u{7f}",
    "\u{FFFD}",
    "\u{1F600}",
    " ",
];
/// One in so many sequences has big items.
const BIG_ONE_IN: u32 = 40;

/// A request, and what it is about.
#[derive(Debug, Clone)]
pub struct Step {
    /// The operation's name.
    pub operation: &'static str,
    /// What is special about it.
    pub about: &'static str,
    /// How many more pages are asked for where there are more.
    pub pages: usize,
    /// Whether its items come in no order.
    pub is_unordered: bool,
    pub(super) body: Value,
}

impl Step {
    pub(super) fn new(operation: &'static str, about: &'static str, body: Value) -> Self {
        Self {
            operation,
            about,
            pages: 0,
            is_unordered: false,
            body,
        }
    }

    /// The body with what makes the sequence's keys its own.
    #[must_use]
    pub fn body_for(&self, own: &str) -> Value {
        with_own(&self.body, own)
    }
}

fn with_own(value: &Value, own: &str) -> Value {
    match value {
        Value::String(text) => Value::String(text.replace(OWN, own)),
        Value::Array(values) => values.iter().map(|value| with_own(value, own)).collect(),
        Value::Object(fields) => {
            let fields = fields.iter();
            Value::Object(
                fields
                    .map(|(name, value)| (name.clone(), with_own(value, own)))
                    .collect(),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// What the requests of one sequence have in common.
pub(super) struct Maker<'a> {
    pub(super) rng: &'a mut Rng,
    /// Whether interactions may begin in one instant.
    pub(super) is_tied: bool,
    is_big: bool,
}

/// A random sequence.
#[must_use]
pub fn sequence(rng: &mut Rng) -> Vec<Step> {
    let length = rng.usize(STEPS);
    let (is_tied, is_big) = (rng.u8(..6) == 0, rng.u32(..BIG_ONE_IN) == 0);
    let mut maker = Maker {
        rng,
        is_tied,
        is_big,
    };
    let mut steps: Vec<Step> = Vec::with_capacity(length);
    while steps.len() < length {
        let step = maker.step();
        // The same request under the same token, or another one.
        let repeats = step.body.get("ClientRequestToken").is_some();
        if repeats && maker.rng.bool() {
            let mut again = maker.transaction();
            if maker.rng.bool() {
                again.body = step.body.clone();
                again.about = "the same under a token";
            } else {
                again.body["ClientRequestToken"] = step.body["ClientRequestToken"].clone();
                again.about = "another under a token";
            }
            steps.extend([step, again]);
        } else {
            steps.push(step);
        }
    }
    steps
}

impl Maker<'_> {
    fn step(&mut self) -> Step {
        match self.rng.u8(..20) {
            0..=5 => self.transaction(),
            6 | 7 => self.update_item(),
            8 => self.put_item(),
            9 => self.delete_item(),
            10 => self.get_item(),
            11 => self.batch_get_item(),
            12..=14 => self.query(),
            15 | 16 => self.query_index(),
            _ => wrong::step(self),
        }
    }

    pub(super) fn hash(&mut self) -> String {
        format!("i#{OWN}{}", self.rng.choice(["", "b"]).unwrap_or(""))
    }

    pub(super) fn range(&mut self) -> String {
        // Most requests meet at few keys.
        let among = if self.rng.bool() { 3 } else { SORT_KEYS.len() };
        SORT_KEYS[self.rng.usize(..among)].to_owned()
    }

    pub(super) fn key(&mut self) -> Value {
        json!({"pk": {"S": self.hash()}, "sk": {"S": self.range()}})
    }

    pub(super) fn index_hash(&mut self) -> String {
        format!("tel:{OWN}{}", self.rng.u8(..2))
    }

    fn instant(&mut self, key: &Value) -> String {
        let second = self.rng.u8(..5);
        if self.is_tied {
            return format!("2026-01-01T00:00:0{second}Z");
        }
        // No two items at one instant, since their order is no one's promise.
        let sort = key["sk"]["S"].as_str().unwrap_or_default();
        let place = SORT_KEYS
            .iter()
            .position(|key| *key == sort)
            .unwrap_or_default();
        let side = u8::from(
            key["pk"]["S"]
                .as_str()
                .is_some_and(|hash| hash.ends_with('b')),
        );
        format!("2026-01-01T00:00:0{second}.{side}{place}Z")
    }

    pub(super) fn item(&mut self) -> Value {
        let mut item = self.key();
        if self.rng.u8(..3) > 0 {
            item["ik"] = json!({"S": self.index_hash()});
        }
        if self.rng.u8(..4) > 0 {
            item["at"] = json!({"S": self.instant(&item)});
        }
        for name in NAMES {
            if self.rng.u8(..3) == 0 {
                item[name] = conditions::any(self.rng);
            }
        }
        if self.rng.bool() {
            item["rev"] = conditions::number(self.rng);
        }
        if self.rng.u8(..4) == 0 {
            item["summary"] = json!({"S": "{\"began\":1}"});
        }
        if self.is_big && self.rng.bool() {
            let name = if self.rng.bool() { "summary" } else { "fold" };
            item[name] = json!({"S": "x".repeat(self.rng.usize(150_000..409_000))});
        }
        item
    }

    /// A condition, as the store makes them or any.
    fn condition(&mut self, body: &mut Value, mut expression: Expression) {
        match self.rng.u8(..8) {
            0 => {}
            1..=3 => {
                let pk = expression.name("pk");
                body["ConditionExpression"] = json!(format!("attribute_not_exists({pk})"));
            }
            4 => {
                let (rev, value) = (expression.name("rev"), conditions::number(self.rng));
                let value = expression.value(value);
                body["ConditionExpression"] = json!(format!("{rev} = {value}"));
            }
            _ => {
                body["ConditionExpression"] = json!(expression.condition(self.rng, 0));
            }
        }
        expression.onto(body);
        if self.rng.bool() {
            body["ReturnValuesOnConditionCheckFailure"] = json!("ALL_OLD");
        }
    }

    fn put(&mut self) -> Value {
        let mut put = json!({"TableName": TABLE, "Item": self.item()});
        self.condition(&mut put, Expression::default());
        put
    }

    fn delete(&mut self) -> Value {
        let mut delete = json!({"TableName": TABLE, "Key": self.key()});
        self.condition(&mut delete, Expression::default());
        delete
    }

    fn update(&mut self) -> Value {
        let mut expression = Expression::default();
        let mut update = json!({"TableName": TABLE, "Key": self.key()});
        let mut names: Vec<&str> = NAMES.to_vec();
        self.rng.shuffle(&mut names);
        let sets = self.rng.usize(0..4);
        let removes = self.rng.usize(usize::from(sets == 0)..3);
        let mut sources = Vec::new();
        for name in &names[..sets] {
            let target = expression.name(name);
            let value = expression.value(conditions::any(self.rng));
            sources.push(match self.rng.u8(..3) {
                0 => format!("{target} = if_not_exists({target}, {value})"),
                _ => format!("{target} = {value}"),
            });
        }
        let removed = names[sets..sets + removes].iter();
        let removed: Vec<String> = removed.map(|name| expression.name(name)).collect();
        let mut sections = Vec::new();
        if !sources.is_empty() {
            sections.push(format!("SET {}", sources.join(", ")));
        }
        if !removed.is_empty() {
            sections.push(format!("REMOVE {}", removed.join(", ")));
        }
        if self.rng.u8(..5) == 0 {
            sections.reverse();
        }
        update["UpdateExpression"] = json!(sections.join(" "));
        self.condition(&mut update, expression);
        update
    }

    fn check(&mut self) -> Value {
        let mut check = self.delete();
        if check.get("ConditionExpression").is_none() {
            let mut expression = Expression::default();
            check["ConditionExpression"] = json!(expression.condition(self.rng, 0));
            expression.onto(&mut check);
        }
        check
    }

    pub(super) fn transaction(&mut self) -> Step {
        let mut writes: Vec<Value> = Vec::new();
        let mut keys: Vec<Value> = Vec::new();
        for _ in 0..self.rng.usize(1..5) {
            let (kind, write) = match self.rng.u8(..8) {
                0..=4 => ("Put", self.put()),
                5 => ("Update", self.update()),
                6 => ("Delete", self.delete()),
                _ => ("ConditionCheck", self.check()),
            };
            let whole = if kind == "Put" {
                &write["Item"]
            } else {
                &write["Key"]
            };
            let key = json!([whole["pk"], whole["sk"]]);
            if !keys.contains(&key) {
                keys.push(key);
                writes.push(json!({kind: write}));
            }
        }
        let mut body = json!({"TransactItems": writes});
        if self.rng.u8(..4) == 0 {
            body["ClientRequestToken"] = json!(format!("{OWN}-{}", self.rng.u8(..)));
        }
        Step::new("TransactWriteItems", "a transaction", body)
    }

    fn update_item(&mut self) -> Step {
        let mut body = self.update();
        if self.rng.u8(..3) == 0 {
            body["ReturnValues"] = json!(self.rng.choice(["ALL_OLD", "ALL_NEW", "NONE"]));
        }
        Step::new("UpdateItem", "an update", body)
    }

    fn put_item(&mut self) -> Step {
        let mut body = self.put();
        if self.rng.u8(..3) == 0 {
            body["ReturnValues"] = json!("ALL_OLD");
        }
        Step::new("PutItem", "a put", body)
    }

    fn delete_item(&mut self) -> Step {
        let mut body = self.delete();
        if self.rng.u8(..3) == 0 {
            body["ReturnValues"] = json!("ALL_OLD");
        }
        Step::new("DeleteItem", "a delete", body)
    }
}
