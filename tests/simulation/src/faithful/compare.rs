//! Answers brought into one form, and how two of them differ.

use serde_json::{Value, json};

use super::known::{self, Known, Which};
use super::requests::Step;
use crate::table::{Refused, plain_number};

/// Fields of answers that no program of ours looks at.
const ACCOUNTING: [&str; 2] = ["ConsumedCapacity", "ItemCollectionMetrics"];

/// An answer in one form: `done` with its body, or `refused` with its name.
#[derive(Debug, Clone)]
pub struct Answer {
    compared: Value,
    /// What a refusal says for people, which differs everywhere and is not compared.
    words: String,
}

impl Answer {
    /// The same where nothing says that the page may go on.
    fn without_end(&self) -> Value {
        let mut compared = self.with_plain_numbers();
        if let Some(body) = compared.get_mut("done").and_then(Value::as_object_mut) {
            body.remove("LastEvaluatedKey");
        }
        compared
    }

    /// Whether it shows an item that is nothing but its keys.
    fn shows_keys_alone(&self) -> bool {
        let shown = self.compared["done"]["Attributes"].as_object();
        shown.is_some_and(|shown| shown.keys().eq(["pk", "sk"]))
    }

    fn with_plain_numbers(&self) -> Value {
        plain(&self.compared)
    }
}

/// The same with all numbers in their one form.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(fields) => match fields.get("N").and_then(Value::as_str) {
            Some(number) if fields.len() == 1 => json!({"N": plain_number(number)}),
            Some(_) | None => {
                let fields = fields.iter();
                Value::Object(
                    fields
                        .map(|(name, value)| (name.clone(), plain(value)))
                        .collect(),
                )
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

impl PartialEq for Answer {
    fn eq(&self, other: &Self) -> bool {
        self.compared == other.compared
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.compared, self.words)
    }
}

impl Answer {
    /// The name of the refusal, or `done`.
    #[must_use]
    pub fn outcome(&self) -> &str {
        self.compared["refused"].as_str().unwrap_or("done")
    }
}

/// What one store answers differently.
#[derive(Debug)]
pub struct Difference {
    /// Which store.
    pub which: Which,
    /// What the request was about.
    pub about: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// On which page of the answer.
    pub page: usize,
    /// What the simulated table says.
    pub simulated: Answer,
    /// What the other store says.
    pub other: Answer,
}

impl Difference {
    pub(super) fn between(
        which: Which,
        step: &Step,
        page: usize,
        simulated: &Answer,
        other: &Answer,
    ) -> Option<Self> {
        let is_form = simulated.with_plain_numbers() == other.with_plain_numbers();
        let about = if is_form {
            known::FORM_OF_NUMBERS
        } else if simulated.without_end() == other.with_plain_numbers() {
            known::END_OF_PAGE
        } else if simulated.compared == json!({"done": {}}) && other.shows_keys_alone() {
            known::KEYS_SHOWN
        } else {
            step.about
        };
        (simulated != other).then(|| Self {
            which,
            about,
            operation: step.operation,
            page,
            simulated: simulated.clone(),
            other: other.clone(),
        })
    }

    /// The known difference that it is one of.
    #[must_use]
    pub fn known(&self) -> Option<&'static Known> {
        known::KNOWN_DIFFERENCES.iter().find(|known| {
            known.store == self.which
                && known.about == self.about
                && known.simulated == self.simulated.outcome()
                && known.other.contains(&self.other.outcome())
        })
    }

    /// Whether another difference is of the same kind.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        let kind = |difference: &Self| {
            (
                difference.which,
                difference.about,
                difference.operation,
                difference.simulated.outcome().to_owned(),
                difference.other.outcome().to_owned(),
            )
        };
        kind(self) == kind(other)
    }
}

pub(super) fn of_table(answer: &Result<Value, Refused>, is_unordered: bool) -> Answer {
    match answer {
        Ok(body) => done(body.clone(), is_unordered),
        Err(refused) => self::refused(&refused.body()),
    }
}

pub(super) fn of_wire(status: u16, body: Value, is_unordered: bool) -> Answer {
    if status == 200 {
        done(body, is_unordered)
    } else {
        refused(&body)
    }
}

fn done(mut body: Value, is_unordered: bool) -> Answer {
    if let Value::Object(fields) = &mut body {
        for name in ACCOUNTING {
            fields.remove(name);
        }
        fields.retain(|_, value| !value.is_null());
        // A batch answers in no order.
        if let Some(Value::Object(tables)) = fields.get_mut("Responses") {
            tables.values_mut().for_each(sort);
        }
        if is_unordered && let Some(items) = fields.get_mut("Items") {
            sort(items);
        }
    }
    Answer {
        compared: json!({"done": body}),
        words: String::new(),
    }
}

fn sort(items: &mut Value) {
    if let Value::Array(items) = items {
        items.sort_by_cached_key(Value::to_string);
    }
}

/// The refusal without its words, which differ everywhere.
fn refused(body: &Value) -> Answer {
    let kind = body["__type"].as_str().unwrap_or("without a name");
    let code = kind.rsplit('#').next().unwrap_or(kind);
    let reasons = body["CancellationReasons"].as_array();
    let reasons = reasons.map(|reasons| {
        let reasons = reasons.iter();
        let reasons = reasons.map(|reason| json!([reason["Code"], item(&reason["Item"])]));
        reasons.collect::<Vec<_>>()
    });
    let words = [&body["message"], &body["Message"]];
    let words = words.into_iter().filter_map(Value::as_str);
    let reasons_words = body["CancellationReasons"].as_array().into_iter().flatten();
    let words = words.chain(reasons_words.filter_map(|reason| reason["Message"].as_str()));
    Answer {
        compared: json!({"refused": code, "reasons": reasons, "item": item(&body["Item"])}),
        words: words.collect::<Vec<_>>().join("; "),
    }
}

/// No item and an empty one are the same to every client.
fn item(item: &Value) -> Value {
    match item.as_object() {
        Some(fields) if !fields.is_empty() => item.clone(),
        Some(_) | None => Value::Null,
    }
}
