//! Queries and scans, a page at a time.

use std::ops::Bound;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::base::Stored;
use super::condition::Condition;
use super::definition::{self, Key, KeyNames};
use super::index::Rows;
use super::key_condition::Part;
use super::params::Params;
use super::placeholders::Placeholders;
use super::projection::Projection;
use super::refused::Refused;
use super::value::{self, Attribute, Item};
use super::{Moment, Table};

/// Most bytes of a page, before anything is left out of its items.
const MAX_PAGE_BYTES: usize = 1024 * 1024;

/// What a page is made of beside the items.
struct Page {
    limit: usize,
    counts_only: bool,
    projection: Projection,
}

impl Page {
    fn read(params: &Params<'_>, given: &Placeholders<'_>) -> Result<Self, Refused> {
        params.choice("ReturnConsumedCapacity", &["NONE"])?;
        let projection = Projection::read(params, given)?;
        let counts_only = match params.text("Select")? {
            None => false,
            Some("COUNT") => true,
            Some(select) => return Err(Refused::not_simulated(&format!("Select {select}"))),
        };
        if counts_only && matches!(projection, Projection::Only(_)) {
            return Err(Refused::invalid(
                "Cannot specify the ProjectionExpression when choosing to get only the COUNT",
            ));
        }
        Ok(Self {
            limit: params.count("Limit")?.unwrap_or(usize::MAX),
            counts_only,
            projection,
        })
    }

    /// Fills the page, and says at which item it ended where it may go on.
    fn filled<'a>(
        &self,
        mut items: impl Iterator<Item = &'a Arc<Stored>>,
        place: impl Fn(&Item) -> Value,
    ) -> Value {
        let (mut held, mut count, mut bytes) = (Vec::new(), 0_usize, 0_usize);
        let mut ended = None;
        for stored in items.by_ref() {
            count += 1;
            bytes += stored.size;
            if !self.counts_only {
                held.push(self.projection.of(&stored.item));
            }
            // It does not look whether anything comes behind.
            if count >= self.limit || bytes >= MAX_PAGE_BYTES {
                ended = Some(place(&stored.item));
                break;
            }
        }
        let mut answer = json!({"Count": count, "ScannedCount": count});
        if !self.counts_only {
            answer["Items"] = Value::Array(held);
        }
        if let Some(ended) = ended {
            answer["LastEvaluatedKey"] = ended;
        }
        answer
    }
}

impl Table {
    pub(super) fn query(&self, body: &Value, at: Moment) -> Result<Value, Refused> {
        let known = [
            "TableName",
            "IndexName",
            "KeyConditionExpression",
            "ExpressionAttributeNames",
            "ExpressionAttributeValues",
            "ProjectionExpression",
            "ScanIndexForward",
            "ConsistentRead",
            "Limit",
            "ExclusiveStartKey",
            "Select",
            "ReturnConsumedCapacity",
        ];
        let params = Params::read(body, &known)?;
        self.definition.check_name(&params)?;
        let given = Placeholders::read(&params)?;
        let page = Page::read(&params, &given)?;
        let consistent = params.flag("ConsistentRead", false)?;
        let forward = params.flag("ScanIndexForward", true)?;
        let expression = params.text("KeyConditionExpression")?.ok_or_else(|| {
            Refused::invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
        })?;
        let condition = Condition::parse(expression, &given)?;
        given.finish()?;
        let start = params.get("ExclusiveStartKey");
        let start = start.map(value::read_item).transpose()?;
        match params.text("IndexName")? {
            None => {
                let part = Part::read(&condition, &self.definition.key)?;
                let start = start.map(|start| self.start(&start, &part)).transpose()?;
                let rows = self.base.partition(&part.hash, at.view(consistent));
                let rows = rows.filter(|(range, _)| part.holds(range));
                let place = |item: &Item| key_json(item, &[&self.definition.key]);
                Ok(if forward {
                    let rows =
                        rows.filter(|(range, _)| start.as_ref().is_none_or(|at| *range > at));
                    page.filled(rows.map(|(_, stored)| stored), place)
                } else {
                    let rows =
                        rows.filter(|(range, _)| start.as_ref().is_none_or(|at| *range < at));
                    page.filled(rows.rev().map(|(_, stored)| stored), place)
                })
            }
            Some(name) if name == self.definition.index_name => {
                if consistent {
                    return Err(Refused::invalid(
                        "Consistent reads are not supported on global secondary indexes",
                    ));
                }
                let mut asked = page.projection.names().iter();
                if let Some(name) = asked.find(|name| !self.definition.projects(name)) {
                    return Err(Refused::invalid(format!(
                        "One or more parameter values were invalid: Global secondary index does not project [{name}]"
                    )));
                }
                let part = Part::read(&condition, &self.definition.index_key)?;
                let start = start
                    .map(|start| self.index_start(&start, &part))
                    .transpose()?;
                let nothing = Rows::new();
                let rows = self.index.partition(&part.hash).unwrap_or(&nothing);
                let place = |item: &Item| {
                    key_json(item, &[&self.definition.key, &self.definition.index_key])
                };
                let start = start.as_ref();
                Ok(if forward {
                    let after = start.map_or(Bound::Unbounded, Bound::Excluded);
                    let rows = rows.range((after, Bound::Unbounded));
                    let rows = rows.filter(|((range, _), _)| part.holds(range));
                    page.filled(rows.map(|(_, stored)| stored), place)
                } else {
                    let before = start.map_or(Bound::Unbounded, Bound::Excluded);
                    let rows = rows.range((Bound::Unbounded, before)).rev();
                    let rows = rows.filter(|((range, _), _)| part.holds(range));
                    page.filled(rows.map(|(_, stored)| stored), place)
                })
            }
            Some(_) => Err(Refused::invalid(
                "The table does not have the specified index",
            )),
        }
    }

    pub(super) fn scan(&self, body: &Value, at: Moment) -> Result<Value, Refused> {
        let known = [
            "TableName",
            "ExpressionAttributeNames",
            "ProjectionExpression",
            "ConsistentRead",
            "Limit",
            "ExclusiveStartKey",
            "Select",
            "ReturnConsumedCapacity",
        ];
        let params = Params::read(body, &known)?;
        self.definition.check_name(&params)?;
        let given = Placeholders::read(&params)?;
        let page = Page::read(&params, &given)?;
        given.finish()?;
        let start = params.get("ExclusiveStartKey");
        let start = start
            .map(|key| self.definition.key_alone(key))
            .transpose()?;
        let view = at.view(params.flag("ConsistentRead", false)?);
        let rows = self.base.all(view);
        let rows = rows.filter(|(key, _)| start.as_ref().is_none_or(|start| key > start));
        let place = |item: &Item| key_json(item, &[&self.definition.key]);
        Ok(page.filled(rows.map(|(_, stored)| stored), place))
    }

    /// The sort key behind which a query goes on.
    fn start(&self, start: &Item, part: &Part) -> Result<Arc<str>, Refused> {
        let (hash, range) = start_part(start, &self.definition.key, 2)?;
        within(part, &hash, &range)?;
        Ok(range)
    }

    /// The place behind which a query of the index goes on.
    fn index_start(&self, start: &Item, part: &Part) -> Result<(Arc<str>, Key), Refused> {
        let key = start_part(start, &self.definition.key, 4)?;
        let (hash, range) = start_part(start, &self.definition.index_key, 4)?;
        within(part, &hash, &range)?;
        Ok((range, key))
    }
}

fn start_part(start: &Item, names: &KeyNames, length: usize) -> Result<Key, Refused> {
    let wrong = || Refused::invalid("The provided starting key is invalid");
    if start.len() != length {
        return Err(wrong());
    }
    let part = |name| start.get(name).ok_or_else(wrong);
    let hash = definition::hash_value(part(&names.hash)?, &names.hash)?;
    Ok((
        hash,
        definition::range_value(part(&names.range)?, &names.range)?,
    ))
}

fn within(part: &Part, hash: &Arc<str>, range: &Arc<str>) -> Result<(), Refused> {
    if *hash == part.hash && part.holds(range) {
        return Ok(());
    }
    Err(Refused::invalid(
        "The provided starting key is outside query boundaries based on provided conditions",
    ))
}

fn key_json(item: &Item, keys: &[&KeyNames]) -> Value {
    let names = keys.iter().flat_map(|key| [&key.hash, &key.range]);
    let fields = names.filter_map(|name| Some((name.to_string(), item.get(name)?)));
    Value::Object(
        fields
            .map(|(name, value)| (name, Attribute::json(value)))
            .collect::<Map<_, _>>(),
    )
}
