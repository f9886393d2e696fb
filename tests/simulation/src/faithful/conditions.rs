//! Random conditions and values.

use fastrand::Rng;
use serde_json::{Map, Value, json};

/// Attributes that conditions and updates speak of.
pub(super) const NAMES: [&str; 7] = [
    "rev",
    "v",
    "hash",
    "kept",
    "identity",
    "expires_at",
    "content",
];
/// Deepest nesting of a random condition.
const MAX_DEPTH: usize = 3;

/// An expression on its way, with the placeholders that it uses.
#[derive(Default)]
pub(super) struct Expression {
    pub(super) names: Map<String, Value>,
    pub(super) values: Map<String, Value>,
}

impl Expression {
    pub(super) fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), json!(name));
        placeholder
    }

    pub(super) fn value(&mut self, value: Value) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Puts the placeholders beside the expressions that use them.
    pub(super) fn onto(self, body: &mut Value) {
        if !self.names.is_empty() {
            body["ExpressionAttributeNames"] = Value::Object(self.names);
        }
        if !self.values.is_empty() {
            body["ExpressionAttributeValues"] = Value::Object(self.values);
        }
    }

    /// A random condition.
    pub(super) fn condition(&mut self, rng: &mut Rng, depth: usize) -> String {
        if depth < MAX_DEPTH && rng.u8(..3) == 0 {
            let one = self.condition(rng, depth + 1);
            return match rng.u8(..5) {
                0 => format!("NOT {}", in_brackets(one)),
                1 | 2 => format!("{one} AND {}", self.condition(rng, depth + 1)),
                3 => {
                    let other = self.condition(rng, depth + 1);
                    format!("{} or {other}", in_brackets(one))
                }
                _ => format!("{one} OR {}", self.condition(rng, depth + 1)),
            };
        }
        let name = rng.choice(NAMES).unwrap_or("rev");
        let name = self.name(name);
        match rng.u8(..8) {
            0 => format!("attribute_not_exists({name})"),
            1 => format!("attribute_exists({name})"),
            2 => {
                let prefix = self.value(json!({"S": *rng.choice(&["", "a", "é"]).unwrap_or(&"")}));
                format!("begins_with({name}, {prefix})")
            }
            3 => {
                let [low, high] = ordered(rng);
                let (low, high) = (self.value(low), self.value(high));
                format!("{name} BETWEEN {low} AND {high}")
            }
            4 => {
                let sign = rng.choice(["=", "<>"]).unwrap_or("=");
                let value = self.value(any(rng));
                format!("{name} {sign} {value}")
            }
            5 => {
                // A value may stand first, and a name be compared with another.
                let value = self.value(comparable(rng));
                format!("{value} >= {name}")
            }
            _ => {
                let sign = rng.choice(["=", "<>", "<", "<=", ">", ">="]).unwrap_or("=");
                let value = self.value(comparable(rng));
                format!("{name}{sign}{value}")
            }
        }
    }
}

fn in_brackets(condition: String) -> String {
    format!("({condition})")
}

fn ordered(rng: &mut Rng) -> [Value; 2] {
    if rng.bool() {
        let low = rng.u8(..4);
        [
            json!({"N": low.to_string()}),
            json!({"N": format!("{}.0", low + rng.u8(..3))}),
        ]
    } else {
        [
            json!({"S": "a"}),
            json!({"S": *rng.choice(&["a", "b", "\u{1F600}"]).unwrap_or(&"b")}),
        ]
    }
}

/// A value that has an order.
pub(super) fn comparable(rng: &mut Rng) -> Value {
    if rng.u8(..3) > 0 {
        number(rng)
    } else {
        text(rng)
    }
}

/// A value of any type that is simulated.
pub(super) fn any(rng: &mut Rng) -> Value {
    match rng.u8(..9) {
        0 => json!({"BOOL": rng.bool()}),
        1 => json!({"NULL": true}),
        2 => json!({"L": [number(rng), text(rng)]}),
        3 => json!({"M": {"a": number(rng), "b": text(rng)}}),
        4 | 5 => text(rng),
        _ => number(rng),
    }
}

/// A small number in one of its forms, so that equal ones meet; now and then a strange one.
pub(super) fn number(rng: &mut Rng) -> Value {
    let strange = [
        "-0",
        "0.0",
        "1E2",
        "100",
        "1e-130",
        "9.9999999999999999999999999999999999999E+125",
        "-12.50",
        "00012.5",
        "0.1",
        "123456789012345678901234567890.12345678",
        "1e20",
    ];
    if rng.u8(..6) == 0 {
        return json!({"N": *rng.choice(&strange).unwrap_or(&"0")});
    }
    let number = rng.u8(..4);
    json!({"N": match rng.u8(..4) {
        0 => format!("{number}.0"),
        1 => format!("0{number}"),
        _ => number.to_string(),
    }})
}

pub(super) fn text(rng: &mut Rng) -> Value {
    let texts = [
        "",
        "a",
        "ab",
        "b",
        "é",
        "e\u{301}",
        "\u{1F600}",
        "\u{FFFD}",
        "\u{0}\u{7f}",
        "1",
    ];
    json!({"S": *rng.choice(&texts).unwrap_or(&"a")})
}
