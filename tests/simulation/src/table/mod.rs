//! DynamoDB in memory: exactly what the store sends, and what real tables do and local ones do not. The index and reads
//! that are not consistent lag behind as the caller says.
//!
//! What it does not understand is refused by name, and never passed over.

mod base;
mod condition;
mod definition;
mod get;
mod index;
mod key_condition;
mod number;
mod params;
mod placeholders;
mod projection;
mod query;
mod refused;
#[cfg(test)]
mod tests;
mod tokens;
mod transaction;
mod update;
mod value;
mod write;

use std::sync::Arc;

use serde_json::{Value, json};

pub use base::MAX_STALE_MS;
pub use definition::{Definition, DefinitionError, template_table};
pub use refused::Refused;

use base::{Base, Stored, View};
use definition::Key;
use index::Index;
use params::Params;
use transaction::Tokens;
use write::{Effect, Failed, Kind, Write};

/// A number in the form in which the table keeps it; what is none stays as it is.
#[must_use]
pub fn plain_number(text: &str) -> String {
    number::Number::parse(text).map_or_else(|_| text.to_owned(), |number| number.to_string())
}

/// When a request reaches the table, and how far what it sees and writes lags behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// The time of day at the table, in milliseconds since 1970. A table's moments do not go back; one that does counts
    /// as the latest before.
    pub now_ms: i64,
    /// How long what is written takes to reach the index.
    pub index_lag_ms: i64,
    /// How old what a read sees is that is not consistent; at most [`MAX_STALE_MS`].
    pub stale_ms: i64,
}

impl Moment {
    /// A moment without any lag.
    #[must_use]
    pub fn at(now_ms: i64) -> Self {
        Self {
            now_ms,
            index_lag_ms: 0,
            stale_ms: 0,
        }
    }
}

/// A table in memory.
#[derive(Debug)]
pub struct Table {
    definition: Definition,
    base: Base,
    index: Index,
    tokens: Tokens,
    latest: i64,
    answered_keys: usize,
}

impl Table {
    /// An empty table.
    #[must_use]
    pub fn new(definition: Definition) -> Self {
        Self {
            definition,
            base: Base::default(),
            index: Index::default(),
            tokens: Tokens::default(),
            latest: i64::MIN,
            answered_keys: usize::MAX,
        }
    }

    /// Does what a request asks: an operation by its name, as in `Query`, and DynamoDB's JSON.
    ///
    /// # Errors
    /// What DynamoDB refuses, and what is not simulated.
    pub fn call(&mut self, operation: &str, body: &Value, at: Moment) -> Result<Value, Refused> {
        let at = self.moment(at);
        match operation {
            "GetItem" => self.get_item(body, at),
            "BatchGetItem" => self.batch_get_item(body, at),
            "Query" => self.query(body, at),
            "Scan" => self.scan(body, at),
            "TransactWriteItems" => self.transact_write_items(body, at),
            "PutItem" => self.write_item(Kind::Put, body, at),
            "UpdateItem" => self.write_item(Kind::Update, body, at),
            "DeleteItem" => self.write_item(Kind::Delete, body, at),
            _ => Err(Refused::not_simulated(&format!(
                "the operation {operation}"
            ))),
        }
    }

    /// Lets everything that is on its way to the index arrive.
    pub fn settle(&mut self) {
        self.index.advance(i64::MAX);
    }

    /// The items as they are now, in DynamoDB's JSON, ordered by their keys.
    pub fn items(&self) -> impl Iterator<Item = Value> {
        let all = self.base.all(View::Now);
        all.map(|(_, stored)| value::item_json(&stored.item))
    }

    /// Removes what has expired, as the real table does at some time after, and says how much that was.
    pub fn expire(&mut self, at: Moment) -> usize {
        self.expire_each(at, || true)
    }

    /// The same of those of which `goes` says so, each by itself: the real table takes its time with each.
    pub fn expire_each(&mut self, at: Moment, mut goes: impl FnMut() -> bool) -> usize {
        let at = self.moment(at);
        let Some(name) = self.definition.expires_at.clone() else {
            return 0;
        };
        let now = at.now_ms.div_euclid(1000);
        let is_over = |stored: &Stored| match stored.item.get(&name) {
            Some(value::Attribute::Number(number)) => {
                number.whole().is_some_and(|expires| expires < now)
            }
            // Anything but a number never expires.
            Some(_) | None => false,
        };
        let all = self.base.all(View::Now);
        let over = all.filter(|(_, stored)| is_over(stored));
        let over: Vec<Key> = over.map(|(key, _)| key).filter(|_| goes()).collect();
        for key in &over {
            self.store(key, None, at);
        }
        over.len()
    }

    /// Answers at most this many keys of a batch, as a busy table does; the rest is told as unprocessed.
    pub fn answer_at_most(&mut self, keys: usize) {
        self.answered_keys = keys;
    }

    /// The moment of a request, with everything arrived and forgotten that is due.
    fn moment(&mut self, at: Moment) -> Moment {
        self.latest = self.latest.max(at.now_ms);
        self.index.advance(self.latest);
        self.base
            .forget_before(self.latest.saturating_sub(MAX_STALE_MS));
        Moment {
            now_ms: self.latest,
            index_lag_ms: at.index_lag_ms.max(0),
            stale_ms: at.stale_ms.clamp(0, MAX_STALE_MS),
        }
    }

    fn stored_now(&self, key: &Key) -> Option<&Arc<Stored>> {
        self.base.get(key, View::Now)
    }

    fn store(&mut self, key: &Key, item: Option<Arc<Stored>>, at: Moment) {
        let arrives = at.now_ms.saturating_add(at.index_lag_ms);
        let content = item.as_ref().map(|stored| &stored.item);
        self.index.send(&self.definition, key, content, arrives);
        self.base.write(key, item, at.now_ms);
        self.index.advance(at.now_ms);
    }

    fn write_item(&mut self, kind: Kind, body: &Value, at: Moment) -> Result<Value, Refused> {
        let more = [
            "ReturnValues",
            "ReturnConsumedCapacity",
            "ReturnItemCollectionMetrics",
        ];
        let write = Write::read(kind, body, &more, &self.definition)??;
        let params = Params::checked(body)?;
        params.choice("ReturnConsumedCapacity", &["NONE"])?;
        params.choice("ReturnItemCollectionMetrics", &["NONE"])?;
        let returned = params.choice("ReturnValues", &["NONE", "ALL_OLD", "ALL_NEW"])?;
        if returned == "ALL_NEW" && kind != Kind::Update {
            return Err(Refused::invalid("Return values set to invalid value"));
        }
        let before = self.stored_now(&write.key).cloned();
        let after = match write.on(before.as_ref(), &self.definition) {
            Ok(Effect::Becomes(after)) => after,
            Ok(Effect::Nothing) => return Ok(json!({})),
            Err(Failed::Condition(item)) => return Err(Refused::condition_failed(item)),
            Err(Failed::Item(refused)) => return Err(refused),
        };
        self.store(&write.key, after.clone(), at);
        let shown = match returned {
            "ALL_OLD" => before,
            "ALL_NEW" => after,
            _ => None,
        };
        Ok(shown.map_or_else(
            || json!({}),
            |stored| json!({"Attributes": value::item_json(&stored.item)}),
        ))
    }
}

impl Definition {
    fn check_name(&self, params: &Params<'_>) -> Result<(), Refused> {
        match params.text("TableName")? {
            None => Err(Refused::invalid(
                "Value null at 'tableName' failed to satisfy constraint",
            )),
            Some(name) if name == self.name => Ok(()),
            Some(_) => Err(Refused::no_such_table()),
        }
    }
}
