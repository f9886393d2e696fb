//! Which attributes of an item an answer holds.

use std::sync::Arc;

use serde_json::Value;

use super::params::Params;
use super::placeholders::Placeholders;
use super::refused::Refused;
use super::tokens::{Reader, Token};
use super::value::{self, Item};

/// The attributes that are asked for.
#[derive(Debug)]
pub(crate) enum Projection {
    All,
    Only(Vec<Arc<str>>),
}

impl Projection {
    pub(crate) fn read(params: &Params<'_>, given: &Placeholders<'_>) -> Result<Self, Refused> {
        let Some(expression) = params.text("ProjectionExpression")? else {
            return Ok(Self::All);
        };
        let mut reader = Reader::new(expression)?;
        let mut names: Vec<Arc<str>> = Vec::new();
        loop {
            let Some(Token::Name(name)) = reader.peek() else {
                return Err(reader.unexpected());
            };
            reader.next();
            let name = given.name(name)?;
            if names.contains(&name) {
                return Err(Refused::invalid(
                    "Two document paths overlap with each other; must remove or rewrite one of these paths;",
                ));
            }
            names.push(name);
            if !reader.take(Token::Comma) {
                break;
            }
        }
        reader.end()?;
        Ok(Self::Only(names))
    }

    /// The attributes that are asked for by name.
    pub(crate) fn names(&self) -> &[Arc<str>] {
        match self {
            Self::All => &[],
            Self::Only(names) => names,
        }
    }

    pub(crate) fn of(&self, item: &Item) -> Value {
        match self {
            Self::All => value::item_json(item),
            Self::Only(names) => {
                let held = names
                    .iter()
                    .filter_map(|name| Some((name.to_string(), item.get(name)?.json())));
                Value::Object(held.collect())
            }
        }
    }
}
