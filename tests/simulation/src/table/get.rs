//! Reads of single items.

use serde_json::{Map, Value, json};

use super::base::View;
use super::params::Params;
use super::placeholders::Placeholders;
use super::projection::Projection;
use super::refused::Refused;
use super::{Moment, Table, value};

/// Most keys of one batch.
const MAX_KEYS: usize = 100;
/// Most bytes of a batch's answer.
const MAX_BATCH_BYTES: usize = 16 * 1024 * 1024;

impl Table {
    pub(super) fn get_item(&self, body: &Value, at: Moment) -> Result<Value, Refused> {
        let known = [
            "TableName",
            "Key",
            "ConsistentRead",
            "ProjectionExpression",
            "ExpressionAttributeNames",
            "ReturnConsumedCapacity",
        ];
        let params = Params::read(body, &known)?;
        params.choice("ReturnConsumedCapacity", &["NONE"])?;
        self.definition.check_name(&params)?;
        let given = Placeholders::read(&params)?;
        let projection = Projection::read(&params, &given)?;
        given.finish()?;
        let key = self.definition.key_alone(params.required("Key")?)?;
        let view = at.view(params.flag("ConsistentRead", false)?);
        Ok(match self.base.get(&key, view) {
            Some(stored) => json!({"Item": projection.of(&stored.item)}),
            None => json!({}),
        })
    }

    pub(super) fn batch_get_item(&self, body: &Value, at: Moment) -> Result<Value, Refused> {
        let params = Params::read(body, &["RequestItems", "ReturnConsumedCapacity"])?;
        params.choice("ReturnConsumedCapacity", &["NONE"])?;
        let tables = params.object("RequestItems")?;
        let tables = tables.filter(|tables| !tables.is_empty());
        let tables = tables.ok_or_else(|| {
            Refused::invalid("The requestItems parameter is required for BatchGetItem")
        })?;
        let Some(asked) = tables
            .get(&self.definition.name)
            .filter(|_| tables.len() == 1)
        else {
            return Err(Refused::no_such_table());
        };
        let known = [
            "Keys",
            "ConsistentRead",
            "ProjectionExpression",
            "ExpressionAttributeNames",
        ];
        let part = Params::read(asked, &known)?;
        let given = Placeholders::read(&part)?;
        let projection = Projection::read(&part, &given)?;
        given.finish()?;
        let view = at.view(part.flag("ConsistentRead", false)?);
        let keys = part.list("Keys")?;
        if keys.is_empty() || keys.len() > MAX_KEYS {
            return Err(Refused::invalid(
                "Too many items requested for the BatchGetItem call",
            ));
        }
        let read = keys.iter().map(|key| self.definition.key_alone(key));
        let read: Vec<_> = read.collect::<Result<_, _>>()?;
        let mut sorted: Vec<_> = read.iter().collect();
        sorted.sort();
        if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(Refused::invalid(
                "Provided list of item keys contains duplicates",
            ));
        }
        let (mut items, mut left, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (place, (key, json)) in read.iter().zip(keys).enumerate() {
            let stored = self.base.get(key, view);
            let size = stored.map_or(0, |stored| stored.size);
            let is_full = bytes + size > MAX_BATCH_BYTES;
            if !left.is_empty() || is_full || place >= self.answered_keys {
                // As it was sent, since it is sent again so.
                left.push(value::item_json(&value::read_item(json)?));
                continue;
            }
            bytes += size;
            items.extend(stored.map(|stored| projection.of(&stored.item)));
        }
        let mut unprocessed = Map::new();
        if !left.is_empty() {
            let mut rest = asked.clone();
            rest["Keys"] = Value::Array(left);
            unprocessed.insert(self.definition.name.clone(), rest);
        }
        let table = self.definition.name.as_str();
        Ok(json!({"Responses": {table: items}, "UnprocessedKeys": unprocessed}))
    }
}

impl Moment {
    pub(super) fn view(self, consistent: bool) -> View {
        if consistent || self.stale_ms <= 0 {
            View::Now
        } else {
            View::At(self.now_ms - self.stale_ms)
        }
    }
}
