//! `#names` and `:values`: each one that an expression uses is given, and each one that is given is used.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::params::Params;
use super::refused::Refused;
use super::value::Attribute;

/// The names and values that a request's expressions stand on.
pub(crate) struct Placeholders<'a> {
    names: BTreeMap<&'a str, Arc<str>>,
    values: BTreeMap<&'a str, Attribute>,
    used: RefCell<BTreeSet<String>>,
}

impl<'a> Placeholders<'a> {
    pub(crate) fn read(params: &Params<'a>) -> Result<Self, Refused> {
        let (mut names, mut values) = (BTreeMap::new(), BTreeMap::new());
        if let Some(given) = params.object("ExpressionAttributeNames")? {
            not_empty("ExpressionAttributeNames", given.is_empty())?;
            for (placeholder, name) in given {
                check("ExpressionAttributeNames", placeholder, '#')?;
                let name = name.as_str().filter(|name| !name.is_empty());
                let name = name.ok_or_else(|| {
                    Refused::invalid(
                        "ExpressionAttributeNames contains invalid value: no attribute name",
                    )
                })?;
                names.insert(placeholder.as_str(), name.into());
            }
        }
        if let Some(given) = params.get("ExpressionAttributeValues") {
            let given = given
                .as_object()
                .ok_or_else(|| Refused::invalid("ExpressionAttributeValues is not an object"))?;
            not_empty("ExpressionAttributeValues", given.is_empty())?;
            for (placeholder, value) in given {
                check("ExpressionAttributeValues", placeholder, ':')?;
                values.insert(placeholder.as_str(), Attribute::read(value)?);
            }
        }
        Ok(Self {
            names,
            values,
            used: RefCell::default(),
        })
    }

    pub(crate) fn name(&self, placeholder: &str) -> Result<Arc<str>, Refused> {
        let name = self.names.get(placeholder).ok_or_else(|| {
            Refused::invalid(format!(
                "An expression attribute name used in the document path is not defined; attribute name: {placeholder}"
            ))
        })?;
        self.used.borrow_mut().insert(placeholder.to_owned());
        Ok(name.clone())
    }

    pub(crate) fn value(&self, placeholder: &str) -> Result<Attribute, Refused> {
        let value = self.values.get(placeholder).ok_or_else(|| {
            Refused::invalid(format!(
                "An expression attribute value used in expression is not defined; attribute value: {placeholder}"
            ))
        })?;
        self.used.borrow_mut().insert(placeholder.to_owned());
        Ok(value.clone())
    }

    /// Refuses what no expression has used.
    pub(crate) fn finish(&self) -> Result<(), Refused> {
        let used = self.used.borrow();
        let mut given = self.names.keys().chain(self.values.keys());
        match given.find(|placeholder| !used.contains(**placeholder)) {
            None => Ok(()),
            Some(unused) => Err(Refused::invalid(format!(
                "Value provided in ExpressionAttributeNames or ExpressionAttributeValues unused in expressions: keys: {{{unused}}}"
            ))),
        }
    }
}

fn not_empty(parameter: &str, is_empty: bool) -> Result<(), Refused> {
    if is_empty {
        return Err(Refused::invalid(format!("{parameter} must not be empty")));
    }
    Ok(())
}

fn check(parameter: &str, placeholder: &str, sign: char) -> Result<(), Refused> {
    let rest = placeholder.strip_prefix(sign).unwrap_or_default();
    let is_right = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if rest.is_empty() || !rest.chars().all(is_right) {
        return Err(Refused::invalid(format!(
            "{parameter} contains invalid key: Syntax error; key: \"{placeholder}\""
        )));
    }
    Ok(())
}
