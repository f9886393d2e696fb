//! Attribute values and items, and their JSON.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::number::Number;
use super::refused::Refused;

/// Deepest nesting of lists and maps.
const MAX_DEPTH: usize = 32;
/// What a list or a map counts beside its elements, and each element beside itself.
const CONTAINER_BYTES: usize = 3;
const ELEMENT_BYTES: usize = 1;

/// An item.
pub(crate) type Item = BTreeMap<Arc<str>, Attribute>;

/// The value of an attribute. Sets and binary values are none that the store writes, and are not simulated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Attribute {
    Text(Arc<str>),
    Number(Number),
    Flag(bool),
    Null,
    List(Vec<Attribute>),
    Map(Item),
}

impl Attribute {
    pub(crate) fn read(value: &Value) -> Result<Self, Refused> {
        Self::read_nested(value, 0)
    }

    fn read_nested(value: &Value, depth: usize) -> Result<Self, Refused> {
        if depth > MAX_DEPTH {
            return Err(Refused::invalid(
                "Nesting Levels have exceeded supported limits",
            ));
        }
        let wrong = || {
            Refused::invalid(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            )
        };
        let object = value.as_object().ok_or_else(wrong)?;
        let mut fields = object.iter();
        let (Some((kind, content)), None) = (fields.next(), fields.next()) else {
            return Err(wrong());
        };
        match (kind.as_str(), content) {
            ("S", Value::String(text)) => Ok(Self::Text(text.as_str().into())),
            ("N", Value::String(text)) => Ok(Self::Number(Number::parse(text)?)),
            ("BOOL", Value::Bool(flag)) => Ok(Self::Flag(*flag)),
            ("NULL", Value::Bool(true)) => Ok(Self::Null),
            ("NULL", Value::Bool(false)) => Err(Refused::invalid(
                "One or more parameter values were invalid: Null attribute value types must have the value of true",
            )),
            ("L", Value::Array(elements)) => {
                let elements = elements.iter();
                let elements = elements.map(|element| Self::read_nested(element, depth + 1));
                Ok(Self::List(elements.collect::<Result<_, _>>()?))
            }
            ("M", Value::Object(fields)) => Ok(Self::Map(read_fields(fields, depth + 1)?)),
            ("B" | "SS" | "NS" | "BS", _) => {
                Err(Refused::not_simulated(&format!("the data type {kind}")))
            }
            _ => Err(wrong()),
        }
    }

    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Text(text) => json!({"S": &**text}),
            Self::Number(number) => json!({"N": number.to_string()}),
            Self::Flag(flag) => json!({"BOOL": flag}),
            Self::Null => json!({"NULL": true}),
            Self::List(elements) => {
                json!({"L": elements.iter().map(Self::json).collect::<Vec<_>>()})
            }
            Self::Map(fields) => json!({"M": item_json(fields)}),
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Flag(_) | Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// DynamoDB's letters for its type.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "S",
            Self::Number(_) => "N",
            Self::Flag(_) => "BOOL",
            Self::Null => "NULL",
            Self::List(_) => "L",
            Self::Map(_) => "M",
        }
    }

    /// Whether values of its type have an order.
    pub(crate) fn is_ordered(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Number(_))
    }

    /// The order of two values; `None` where their types differ or have none.
    pub(crate) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Number(one), Self::Number(other)) => Some(one.cmp(other)),
            (
                Self::Text(_)
                | Self::Number(_)
                | Self::Flag(_)
                | Self::Null
                | Self::List(_)
                | Self::Map(_),
                _,
            ) => None,
        }
    }

    fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Number(number) => number.size(),
            Self::Flag(_) | Self::Null => 1,
            Self::List(elements) => {
                let sizes = elements
                    .iter()
                    .map(|element| element.size() + ELEMENT_BYTES);
                CONTAINER_BYTES + sizes.sum::<usize>()
            }
            Self::Map(fields) => CONTAINER_BYTES + item_size(fields) + fields.len() * ELEMENT_BYTES,
        }
    }
}

/// Reads an item, or a key.
pub(crate) fn read_item(value: &Value) -> Result<Item, Refused> {
    let fields = value
        .as_object()
        .ok_or_else(|| Refused::invalid("an item is an object"))?;
    read_fields(fields, 0)
}

fn read_fields(fields: &Map<String, Value>, depth: usize) -> Result<Item, Refused> {
    let fields = fields.iter().map(|(name, value)| {
        if name.is_empty() {
            return Err(Refused::invalid("Empty attribute name"));
        }
        Ok((name.as_str().into(), Attribute::read_nested(value, depth)?))
    });
    fields.collect()
}

pub(crate) fn item_json(item: &Item) -> Value {
    let fields = item.iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_string(), value.json()))
            .collect(),
    )
}

/// What DynamoDB counts for an item.
pub(crate) fn item_size(item: &Item) -> usize {
    item.iter()
        .map(|(name, value)| name.len() + value.size())
        .sum()
}
