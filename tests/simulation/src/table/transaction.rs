//! Transactions: all of their writes or none, and each token's once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::definition::Definition;
use super::params::Params;
use super::refused::Refused;
use super::write::{Effect, Failed, Kind, Write};
use super::{Moment, Table};

/// Most writes of one transaction.
const MAX_WRITES: usize = 100;
/// Most bytes of one transaction.
const MAX_BYTES: usize = 4 * 1024 * 1024;
/// For how long a token stands for its request.
const TOKEN_MS: i64 = 10 * 60 * 1000;
/// Longest token.
const MAX_TOKEN_BYTES: usize = 36;

/// A write, or what is refused when it is tried.
type Planned = Result<Write, Refused>;

/// Which requests were done under which tokens of late.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    requests: BTreeMap<String, (i64, u64)>,
    order: VecDeque<(i64, String)>,
}

impl Tokens {
    /// Whether a request was done before under a token.
    fn knows(&mut self, token: &str, digest: u64, now: i64) -> Result<bool, Refused> {
        while let Some((at, _)) = self.order.front()
            && *at <= now - TOKEN_MS
        {
            if let Some((_, token)) = self.order.pop_front() {
                self.requests.remove(&token);
            }
        }
        match self.requests.get(token) {
            None => Ok(false),
            Some((_, known)) if *known == digest => Ok(true),
            Some(_) => Err(Refused::other_request_under_token()),
        }
    }

    fn keep(&mut self, token: &str, digest: u64, now: i64) {
        self.requests.insert(token.to_owned(), (now, digest));
        self.order.push_back((now, token.to_owned()));
    }
}

impl Table {
    pub(super) fn transact_write_items(
        &mut self,
        body: &Value,
        at: Moment,
    ) -> Result<Value, Refused> {
        let known = [
            "TransactItems",
            "ClientRequestToken",
            "ReturnConsumedCapacity",
        ];
        let params = Params::read(body, &known)?;
        params.choice("ReturnConsumedCapacity", &["NONE"])?;
        let token = params.text("ClientRequestToken")?;
        if token.is_some_and(|token| token.is_empty() || token.len() > MAX_TOKEN_BYTES) {
            return Err(Refused::invalid(
                "a ClientRequestToken has 1 to 36 characters",
            ));
        }
        let items = params.list("TransactItems")?;
        let writes = read_writes(items, &self.definition)?;
        let digest = digest(items);
        if let Some(token) = token
            && self.tokens.knows(token, digest, at.now_ms)?
        {
            return Ok(json!({}));
        }
        let mut effects = Vec::with_capacity(writes.len());
        let mut reasons = Vec::with_capacity(writes.len());
        for write in &writes {
            let tried = match write {
                Ok(write) => {
                    let before = self.stored_now(&write.key);
                    let effect = write.on(before, &self.definition);
                    effect.map(|effect| (&write.key, effect))
                }
                Err(refused) => Err(Failed::Item(refused.clone())),
            };
            match tried {
                Ok(effect) => {
                    effects.push(effect);
                    reasons.push(json!({"Code": "None"}));
                }
                Err(failed) => reasons.push(reason(failed)),
            }
        }
        if effects.len() < writes.len() {
            return Err(Refused::cancelled(reasons));
        }
        for (key, effect) in effects {
            match effect {
                Effect::Becomes(item) => self.store(key, item, at),
                Effect::Nothing => {}
            }
        }
        if let Some(token) = token {
            self.tokens.keep(token, digest, at.now_ms);
        }
        Ok(json!({}))
    }
}

/// The writes, each of them fit to be tried or with what cancels the transaction.
fn read_writes(items: &[Value], definition: &Definition) -> Result<Vec<Planned>, Refused> {
    if items.is_empty() || items.len() > MAX_WRITES {
        return Err(Refused::invalid(
            "Value at 'transactItems' failed to satisfy constraint: Member must have length from 1 to 100",
        ));
    }
    let writes = items.iter().map(|item| read_write(item, definition));
    let writes: Vec<Planned> = writes.collect::<Result<_, _>>()?;
    let fit = || writes.iter().filter_map(|write| write.as_ref().ok());
    let keys: BTreeSet<_> = fit().map(|write| &write.key).collect();
    if keys.len() < fit().count() {
        return Err(Refused::invalid(
            "Transaction request cannot include multiple operations on one item",
        ));
    }
    if fit().map(|write| write.size).sum::<usize>() > MAX_BYTES {
        return Err(Refused::invalid(
            "Collection size of a transaction exceeds the maximum of 4 MB",
        ));
    }
    Ok(writes)
}

fn read_write(item: &Value, definition: &Definition) -> Result<Planned, Refused> {
    let params = Params::read(item, &["Put", "Update", "Delete", "ConditionCheck"])?;
    let kinds = [
        ("Put", Kind::Put),
        ("Update", Kind::Update),
        ("Delete", Kind::Delete),
        ("ConditionCheck", Kind::Check),
    ];
    let mut asked = kinds
        .into_iter()
        .filter_map(|(name, kind)| Some((kind, params.get(name)?)));
    match (asked.next(), asked.next()) {
        (Some((kind, write)), None) => Write::read(kind, write, &[], definition),
        (_, _) => Err(Refused::invalid(
            "TransactItems can only contain one of Check, Put, Update or Delete",
        )),
    }
}

fn reason(failed: Failed) -> Value {
    match failed {
        Failed::Condition(item) => {
            let mut reason = json!({
                "Code": "ConditionalCheckFailed",
                "Message": "The conditional request failed",
            });
            if let Some(item) = item {
                reason["Item"] = item;
            }
            reason
        }
        Failed::Item(refused) => json!({"Code": "ValidationError", "Message": refused.message}),
    }
}

fn digest(items: &[Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    items.hash(&mut hasher);
    hasher.finish()
}
