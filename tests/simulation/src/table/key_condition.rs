//! Which part of a partition a query asks for.

use std::ops::Bound;
use std::sync::Arc;

use super::condition::{Condition, Operand};
use super::definition::{self, KeyNames};
use super::refused::Refused;
use super::tokens::Comparator;

/// One partition, and the sort keys that are asked for in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Part {
    pub(crate) hash: Arc<str>,
    pub(crate) low: Bound<Arc<str>>,
    pub(crate) high: Bound<Arc<str>>,
    /// What the sort keys begin with beside lying between the bounds.
    pub(crate) prefix: Option<Arc<str>>,
}

impl Part {
    pub(crate) fn read(condition: &Condition, keys: &KeyNames) -> Result<Self, Refused> {
        let mut hash = None;
        let mut range = None;
        let mut terms = vec![condition];
        while let Some(term) = terms.pop() {
            let seen = match term {
                Condition::And(one, other) => {
                    terms.extend([&**other, &**one]);
                    continue;
                }
                Condition::Compare(Operand::Name(name), comparator, Operand::Value(value)) => {
                    if *comparator == Comparator::NotEqual {
                        return Err(unsupported());
                    }
                    if **name == *keys.hash {
                        if *comparator != Comparator::Equal {
                            return Err(Refused::invalid("Query key condition not supported"));
                        }
                        let value = definition::hash_value(value, name)?;
                        hash.replace(value).map(drop)
                    } else {
                        is_range(name, keys)?;
                        let value = definition::range_value(value, name)?;
                        range.replace(compared(*comparator, value)).map(drop)
                    }
                }
                Condition::Between(
                    Operand::Name(name),
                    Operand::Value(low),
                    Operand::Value(high),
                ) => {
                    is_range(name, keys)?;
                    let low = Bound::Included(definition::range_value(low, name)?);
                    let high = Bound::Included(definition::range_value(high, name)?);
                    range.replace((low, high, None)).map(drop)
                }
                Condition::BeginsWith(Operand::Name(name), Operand::Value(prefix)) => {
                    is_range(name, keys)?;
                    let prefix = definition::range_value(prefix, name)?;
                    let low = Bound::Included(prefix.clone());
                    range
                        .replace((low, Bound::Unbounded, Some(prefix)))
                        .map(drop)
                }
                Condition::Exists(_)
                | Condition::Absent(_)
                | Condition::Compare(..)
                | Condition::Between(..)
                | Condition::BeginsWith(..)
                | Condition::Or(..)
                | Condition::Not(_) => return Err(unsupported()),
            };
            if seen.is_some() {
                return Err(Refused::invalid(
                    "KeyConditionExpressions must only contain one condition per key",
                ));
            }
        }
        let hash = hash.ok_or_else(|| {
            Refused::invalid(format!(
                "Query condition missed key schema element: {}",
                keys.hash
            ))
        })?;
        let (low, high, prefix) = range.unwrap_or((Bound::Unbounded, Bound::Unbounded, None));
        Ok(Self {
            hash,
            low,
            high,
            prefix,
        })
    }

    /// Whether a sort key is asked for.
    pub(crate) fn holds(&self, range: &Arc<str>) -> bool {
        let above = match &self.low {
            Bound::Included(low) => range >= low,
            Bound::Excluded(low) => range > low,
            Bound::Unbounded => true,
        };
        let below = match &self.high {
            Bound::Included(high) => range <= high,
            Bound::Excluded(high) => range < high,
            Bound::Unbounded => true,
        };
        let prefix = self.prefix.as_deref();
        above && below && prefix.is_none_or(|prefix| range.starts_with(prefix))
    }
}

type Range = (Bound<Arc<str>>, Bound<Arc<str>>, Option<Arc<str>>);

fn compared(comparator: Comparator, value: Arc<str>) -> Range {
    let (low, high) = match comparator {
        Comparator::Equal | Comparator::NotEqual => {
            (Bound::Included(value.clone()), Bound::Included(value))
        }
        Comparator::Less => (Bound::Unbounded, Bound::Excluded(value)),
        Comparator::AtMost => (Bound::Unbounded, Bound::Included(value)),
        Comparator::Greater => (Bound::Excluded(value), Bound::Unbounded),
        Comparator::AtLeast => (Bound::Included(value), Bound::Unbounded),
    };
    (low, high, None)
}

fn is_range(name: &str, keys: &KeyNames) -> Result<(), Refused> {
    if *name == *keys.range {
        Ok(())
    } else {
        Err(Refused::invalid("Query key condition not supported"))
    }
}

fn unsupported() -> Refused {
    Refused::invalid("Invalid operator used in KeyConditionExpression")
}
