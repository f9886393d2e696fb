//! Writes: what is asked, and what it makes of an item.

use std::sync::Arc;

use serde_json::Value;

use super::base::Stored;
use super::condition::Condition;
use super::definition::{self, Definition, Key};
use super::params::Params;
use super::placeholders::Placeholders;
use super::refused::Refused;
use super::update::Update;
use super::value::{self, Item};

/// Longest item.
pub(crate) const MAX_ITEM_BYTES: usize = 400 * 1024;

/// Parameters of conditions, which all writes share.
const CONDITION: [&str; 4] = [
    "ConditionExpression",
    "ExpressionAttributeNames",
    "ExpressionAttributeValues",
    "ReturnValuesOnConditionCheckFailure",
];

/// What a write makes of an item.
#[derive(Debug)]
enum Change {
    Put(Arc<Stored>),
    Update(Update),
    Delete,
    /// Nothing: it only looks at the condition.
    Check,
}

/// The four kinds of writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Put,
    Update,
    Delete,
    Check,
}

impl Kind {
    fn own_parameters(self) -> &'static [&'static str] {
        match self {
            Self::Put => &["TableName", "Item"],
            Self::Update => &["TableName", "Key", "UpdateExpression"],
            Self::Delete | Self::Check => &["TableName", "Key"],
        }
    }
}

/// One write.
#[derive(Debug)]
pub(crate) struct Write {
    pub(crate) key: Key,
    /// What it counts in the size of a transaction.
    pub(crate) size: usize,
    change: Change,
    condition: Option<Condition>,
    shows_old: bool,
}

/// Why a write is not done.
#[derive(Debug)]
pub(crate) enum Failed {
    /// The condition does not hold; with the item that is there, where that is asked for.
    Condition(Option<Value>),
    /// The item cannot be what the write makes of it.
    Item(Refused),
}

/// What a write comes to.
#[derive(Debug)]
pub(crate) enum Effect {
    Becomes(Option<Arc<Stored>>),
    Nothing,
}

impl Write {
    /// Reads a write; `more` are parameters that its request may have beside.
    ///
    /// # Errors
    /// What is refused before anything is tried; within, what is refused when it is tried.
    pub(crate) fn read(
        kind: Kind,
        body: &Value,
        more: &[&str],
        definition: &Definition,
    ) -> Result<Result<Self, Refused>, Refused> {
        let known = [kind.own_parameters(), &CONDITION, more].concat();
        let params = Params::read(body, &known)?;
        definition.check_name(&params)?;
        let given = Placeholders::read(&params)?;
        let condition = match params.text("ConditionExpression")? {
            Some(expression) => Some(Condition::parse(expression, &given)?),
            None if kind == Kind::Check => {
                return Err(Refused::invalid("ConditionExpression must not be null"));
            }
            None => None,
        };
        let on_failure =
            params.choice("ReturnValuesOnConditionCheckFailure", &["NONE", "ALL_OLD"])?;
        let update = match params.text("UpdateExpression")? {
            Some(expression) => Update::parse(expression, &given)?,
            None if kind == Kind::Update && more.is_empty() => {
                return Err(Refused::invalid("UpdateExpression must not be null"));
            }
            None => Update::default(),
        };
        if params.get("ConditionExpression").is_none()
            && params.get("UpdateExpression").is_none()
            && (params.get("ExpressionAttributeNames").is_some()
                || params.get("ExpressionAttributeValues").is_some())
        {
            return Err(Refused::invalid(
                "ExpressionAttributeNames can only be specified when using expressions",
            ));
        }
        given.finish()?;
        let (key, change, size) = match kind {
            Kind::Put => {
                let item = value::read_item(params.required("Item")?)?;
                let key = match definition.key_of(&item)? {
                    Ok(key) => key,
                    Err(refused) => return Ok(Err(refused)),
                };
                let stored = Stored::new(item);
                check_size(&stored)?;
                let size = stored.size;
                (key, Change::Put(Arc::new(stored)), size)
            }
            Kind::Update => {
                let key = definition.key_alone(params.required("Key")?)?;
                if let Some(name) = update
                    .emptied()
                    .find(|name| definition.index_key.holds(name))
                {
                    return Err(definition::empty_key(name));
                }
                if let Err(refused) = check_no_key_changes(&update, definition) {
                    return Ok(Err(refused));
                }
                (key, Change::Update(update), 0)
            }
            Kind::Delete => (
                definition.key_alone(params.required("Key")?)?,
                Change::Delete,
                0,
            ),
            Kind::Check => (
                definition.key_alone(params.required("Key")?)?,
                Change::Check,
                0,
            ),
        };
        Ok(Ok(Self {
            key,
            size,
            change,
            condition,
            shows_old: on_failure == "ALL_OLD",
        }))
    }

    /// What it comes to on the item that is there.
    pub(crate) fn on(
        &self,
        before: Option<&Arc<Stored>>,
        definition: &Definition,
    ) -> Result<Effect, Failed> {
        let nothing = Item::new();
        let item = before.map_or(&nothing, |stored| &stored.item);
        if self
            .condition
            .as_ref()
            .is_some_and(|condition| !condition.holds(item))
        {
            let shown = before.filter(|_| self.shows_old);
            return Err(Failed::Condition(
                shown.map(|stored| value::item_json(&stored.item)),
            ));
        }
        match &self.change {
            Change::Put(stored) => Ok(Effect::Becomes(Some(stored.clone()))),
            Change::Delete => Ok(Effect::Becomes(None)),
            Change::Check => Ok(Effect::Nothing),
            Change::Update(update) => {
                let of_key;
                let item = match before {
                    Some(stored) => &stored.item,
                    None => {
                        of_key = definition.key_item(&self.key);
                        &of_key
                    }
                };
                let after = update.applied(item).map_err(Failed::Item)?;
                definition.check_index_key(&after).map_err(Failed::Item)?;
                let stored = Stored::new(after);
                check_size(&stored).map_err(Failed::Item)?;
                Ok(Effect::Becomes(Some(Arc::new(stored))))
            }
        }
    }
}

fn check_size(stored: &Stored) -> Result<(), Refused> {
    if stored.size > MAX_ITEM_BYTES {
        return Err(Refused::invalid(
            "Item size has exceeded the maximum allowed size",
        ));
    }
    Ok(())
}

fn check_no_key_changes(update: &Update, definition: &Definition) -> Result<(), Refused> {
    match update.names().find(|name| definition.key.holds(name)) {
        None => Ok(()),
        Some(name) => Err(Refused::invalid(format!(
            "One or more parameter values were invalid: Cannot update attribute {name}. This attribute is part of the key"
        ))),
    }
}
