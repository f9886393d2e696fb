//! The table's definition: its keys and its index, as `template.yaml` says.

use std::sync::Arc;

use sam_template::Projection;
use serde_json::Value;

use super::refused::Refused;
use super::value::{self, Attribute, Item};

/// Longest partition key.
const MAX_HASH_BYTES: usize = 2048;
/// Longest sort key.
const MAX_RANGE_BYTES: usize = 1024;

/// The keys of an item: partition and sort key.
pub(crate) type Key = (Arc<str>, Arc<str>);

/// Why a definition is not one that can be simulated.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionError {
    /// The template is not understood.
    #[error("the template is not understood")]
    Template(#[from] sam_template::TemplateError),
    /// The table is of a shape that is not simulated.
    #[error("the table is not simulated: {0}")]
    Shape(&'static str),
}

/// The names that a key is made of. Both are text.
#[derive(Debug, Clone)]
pub(crate) struct KeyNames {
    pub(crate) hash: Arc<str>,
    pub(crate) range: Arc<str>,
}

/// A table's keys, and its index.
#[derive(Debug, Clone)]
pub struct Definition {
    pub(crate) name: String,
    pub(crate) key: KeyNames,
    pub(crate) index_name: String,
    pub(crate) index_key: KeyNames,
    /// What the index holds beside the keys; `None` for all.
    pub(crate) projected: Option<Vec<Arc<str>>>,
    pub(crate) expires_at: Option<Arc<str>>,
}

/// The table that the project's template describes, under a name.
///
/// # Errors
/// When the template is not understood.
pub fn template_table(name: &str) -> Result<sam_template::Table, DefinitionError> {
    Ok(crate::deployed::stack(name)?.table)
}

impl Definition {
    /// The project's table, under a name.
    ///
    /// # Errors
    /// When the template is not understood, or describes a table that is not simulated.
    pub fn of_template(name: &str) -> Result<Self, DefinitionError> {
        Self::of_table(&template_table(name)?)
    }

    /// A table as a template describes it.
    ///
    /// # Errors
    /// When it is of another shape than text keys of two parts and one index.
    pub fn of_table(table: &sam_template::Table) -> Result<Self, DefinitionError> {
        if table
            .attributes
            .iter()
            .any(|attribute| attribute.kind != "S")
        {
            return Err(DefinitionError::Shape("a key that is not text"));
        }
        let [index] = table.indexes.as_slice() else {
            return Err(DefinitionError::Shape("other than one index"));
        };
        Ok(Self {
            name: table.name.clone(),
            key: KeyNames::read(&table.key)?,
            index_name: index.name.clone(),
            index_key: KeyNames::read(&index.key)?,
            projected: match &index.projection {
                Projection::All => None,
                Projection::KeysOnly => Some(Vec::new()),
                Projection::Include(names) => {
                    Some(names.iter().map(|name| name.as_str().into()).collect())
                }
            },
            expires_at: table.ttl_attribute.as_deref().map(Arc::from),
        })
    }

    /// The keys of an item that is to be written, whose other attributes must fit the index.
    ///
    /// # Errors
    /// A refusal that comes before a transaction is tried, or the one that cancels it: DynamoDB looks at whether keys
    /// are empty before, and at their types and lengths only when it writes.
    pub(crate) fn key_of(&self, item: &Item) -> Result<Result<Key, Refused>, Refused> {
        let keys = [&self.key, &self.index_key].into_iter();
        for name in keys.flat_map(|key| [&key.hash, &key.range]) {
            if item
                .get(name)
                .and_then(Attribute::text)
                .is_some_and(|text| text.is_empty())
            {
                return Err(empty_key(name));
            }
        }
        for name in [&self.key.hash, &self.key.range] {
            if !item.contains_key(name) {
                return Err(missing_key(name));
            }
        }
        Ok(self.fitting_key_of(item))
    }

    fn fitting_key_of(&self, item: &Item) -> Result<Key, Refused> {
        let hash = key_part(item, &self.key.hash, MAX_HASH_BYTES)?;
        let range = key_part(item, &self.key.range, MAX_RANGE_BYTES)?;
        self.check_index_key(item)?;
        Ok((hash, range))
    }

    /// What an item holds of the index's keys has to be fit for keys.
    pub(crate) fn check_index_key(&self, item: &Item) -> Result<(), Refused> {
        let parts = [
            (&self.index_key.hash, MAX_HASH_BYTES),
            (&self.index_key.range, MAX_RANGE_BYTES),
        ];
        for (name, longest) in parts {
            if item.contains_key(name) {
                key_part(item, name, longest)?;
            }
        }
        Ok(())
    }

    /// The keys that a request names, and nothing else.
    pub(crate) fn key_alone(&self, key: &Value) -> Result<Key, Refused> {
        let key = value::read_item(key)?;
        if key.len() != 2 {
            return Err(wrong_key());
        }
        let hash = key_part(&key, &self.key.hash, MAX_HASH_BYTES)?;
        Ok((hash, key_part(&key, &self.key.range, MAX_RANGE_BYTES)?))
    }

    /// An item of nothing but its keys.
    pub(crate) fn key_item(&self, key: &Key) -> Item {
        Item::from([
            (self.key.hash.clone(), Attribute::Text(key.0.clone())),
            (self.key.range.clone(), Attribute::Text(key.1.clone())),
        ])
    }

    /// Whether the index holds an attribute.
    pub(crate) fn projects(&self, name: &Arc<str>) -> bool {
        let is_key = self.key.holds(name) || self.index_key.holds(name);
        let projected = self.projected.as_ref();
        is_key || projected.is_none_or(|names| names.contains(name))
    }

    /// Where an item stands in the index; `None` where it does not.
    pub(crate) fn index_place(&self, item: &Item) -> Option<Key> {
        let part = |name: &Arc<str>| item.get(name).and_then(Attribute::text).cloned();
        Some((part(&self.index_key.hash)?, part(&self.index_key.range)?))
    }

    /// What the index holds of an item.
    pub(crate) fn projected(&self, item: &Item) -> Item {
        let Some(names) = &self.projected else {
            return item.clone();
        };
        let keys = [
            &self.key.hash,
            &self.key.range,
            &self.index_key.hash,
            &self.index_key.range,
        ];
        let names = names.iter().chain(keys);
        names
            .filter_map(|name| Some((name.clone(), item.get(name)?.clone())))
            .collect()
    }
}

impl KeyNames {
    fn read(key: &sam_template::Key) -> Result<Self, DefinitionError> {
        let range = key.range.as_deref();
        Ok(Self {
            hash: key.hash.as_str().into(),
            range: range
                .ok_or(DefinitionError::Shape("a key of one part"))?
                .into(),
        })
    }

    pub(crate) fn holds(&self, name: &str) -> bool {
        *self.hash == *name || *self.range == *name
    }
}

pub(crate) fn wrong_key() -> Refused {
    Refused::invalid("The provided key element does not match the schema")
}

fn key_part(item: &Item, name: &Arc<str>, longest: usize) -> Result<Arc<str>, Refused> {
    let Some(value) = item.get(name) else {
        return Err(missing_key(name));
    };
    check_key_value(value, name, longest)
}

fn check_key_value(value: &Attribute, name: &str, longest: usize) -> Result<Arc<str>, Refused> {
    let Some(text) = value.text() else {
        return Err(Refused::invalid(format!(
            "One or more parameter values were invalid: Type mismatch for key {name} expected: S actual: {}",
            value.kind()
        )));
    };
    if text.is_empty() {
        return Err(empty_key(name));
    }
    if text.len() > longest {
        return Err(Refused::invalid(format!(
            "One or more parameter values were invalid: Size of key {name} has exceeded the maximum size limit of {longest} bytes"
        )));
    }
    Ok(text.clone())
}

fn missing_key(name: &str) -> Refused {
    Refused::invalid(format!(
        "One or more parameter values were invalid: Missing the key {name} in the item"
    ))
}

pub(crate) fn empty_key(name: &str) -> Refused {
    Refused::invalid(format!(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
    ))
}

/// A value that a query compares a partition key with.
pub(crate) fn hash_value(value: &Attribute, name: &str) -> Result<Arc<str>, Refused> {
    check_key_value(value, name, MAX_HASH_BYTES)
}

/// A value that a query compares a sort key with.
pub(crate) fn range_value(value: &Attribute, name: &str) -> Result<Arc<str>, Refused> {
    check_key_value(value, name, MAX_RANGE_BYTES)
}
