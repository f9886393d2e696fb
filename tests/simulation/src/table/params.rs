//! Parameters of a request: the ones that are known, and no others.

use serde_json::{Map, Value};

use super::refused::Refused;

/// A request's parameters, or a part of them.
#[derive(Clone, Copy)]
pub(crate) struct Params<'a> {
    fields: &'a Map<String, Value>,
}

impl<'a> Params<'a> {
    /// Reads an object that has only these fields.
    pub(crate) fn read(value: &'a Value, known: &[&str]) -> Result<Self, Refused> {
        let params = Self::checked(value)?;
        for name in params.fields.keys() {
            if !known.contains(&name.as_str()) {
                return Err(Refused::not_simulated(&format!("the parameter {name}")));
            }
        }
        Ok(params)
    }

    /// Reads an object whose fields were looked at before.
    pub(crate) fn checked(value: &'a Value) -> Result<Self, Refused> {
        let fields = value
            .as_object()
            .ok_or_else(|| Refused::invalid("parameters are an object"))?;
        Ok(Self { fields })
    }

    /// A parameter as it is; null is none.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&'a Value, Refused> {
        self.get(name).ok_or_else(|| {
            Refused::invalid(format!(
                "Value null at '{name}' failed to satisfy constraint"
            ))
        })
    }

    pub(crate) fn text(&self, name: &str) -> Result<Option<&'a str>, Refused> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let text = value.as_str();
        text.map(Some)
            .ok_or_else(|| Refused::invalid(format!("{name} is not text")))
    }

    pub(crate) fn flag(&self, name: &str, default: bool) -> Result<bool, Refused> {
        let Some(value) = self.get(name) else {
            return Ok(default);
        };
        let flag = value.as_bool();
        flag.ok_or_else(|| Refused::invalid(format!("{name} is not true or false")))
    }

    /// A number of at least one.
    pub(crate) fn count(&self, name: &str) -> Result<Option<usize>, Refused> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| *count > 0);
        count.map(Some).ok_or_else(|| {
            Refused::invalid(format!(
                "Value at '{name}' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ))
        })
    }

    pub(crate) fn list(&self, name: &str) -> Result<&'a [Value], Refused> {
        let list = self.required(name)?.as_array();
        list.map(Vec::as_slice)
            .ok_or_else(|| Refused::invalid(format!("{name} is not a list")))
    }

    pub(crate) fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Refused> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        let object = value.as_object();
        object
            .map(Some)
            .ok_or_else(|| Refused::invalid(format!("{name} is not an object")))
    }

    /// Which of these choices a parameter is; the first where it is not there.
    pub(crate) fn choice(
        &self,
        name: &str,
        choices: &[&'static str],
    ) -> Result<&'static str, Refused> {
        let asked = self.text(name)?;
        let mut choices = choices.iter().copied();
        match asked {
            None => Ok(choices.next().unwrap_or_default()),
            Some(asked) => choices
                .find(|choice| *choice == asked)
                .ok_or_else(|| Refused::not_simulated(&format!("{name} {asked}"))),
        }
    }
}
