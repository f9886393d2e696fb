//! Reads the properties of one mapping and complains about what is left over.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    error::{Place, TemplateError},
    scope::{Scope, shape},
};

/// Properties that matter in the cloud only, each with the reason.
pub(crate) type CloudOnly = &'static [(&'static str, &'static str)];

/// The properties of one mapping. Each is taken once; [`Fields::finish`] refuses
/// those that nobody took.
pub(crate) struct Fields<'a> {
    scope: &'a Scope<'a>,
    place: Place,
    left: BTreeMap<String, Value>,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(
        scope: &'a Scope<'a>,
        place: Place,
        value: &Value,
    ) -> Result<Self, TemplateError> {
        let left = value
            .as_object()
            .ok_or_else(|| shape(&place, "a mapping"))?
            .clone()
            .into_iter()
            .collect();
        Ok(Self { scope, place, left })
    }

    pub(crate) fn missing(&self, name: &str) -> TemplateError {
        TemplateError::MissingProperty {
            place: self.place.child(name),
        }
    }

    /// Refuses a value that is understood in general and not in this place.
    pub(crate) fn unexpected(&self, name: &str, expected: &'static str) -> TemplateError {
        shape(&self.place.child(name), expected)
    }

    pub(crate) fn optional_text(&mut self, name: &str) -> Result<Option<String>, TemplateError> {
        match self.resolved(name)? {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.unexpected(name, "a text")),
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> Result<String, TemplateError> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    pub(crate) fn optional_number(&mut self, name: &str) -> Result<Option<u32>, TemplateError> {
        let Some(value) = self.resolved(name)? else {
            return Ok(None);
        };
        // Parameters are texts, whatever their type.
        let number = match &value {
            Value::Number(number) => number.as_u64().and_then(|n| u32::try_from(n).ok()),
            Value::String(text) => text.parse().ok(),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        };
        number
            .map(Some)
            .ok_or_else(|| self.unexpected(name, "a whole number"))
    }

    pub(crate) fn number(&mut self, name: &str) -> Result<u32, TemplateError> {
        self.optional_number(name)?
            .ok_or_else(|| self.missing(name))
    }

    pub(crate) fn optional_flag(&mut self, name: &str) -> Result<Option<bool>, TemplateError> {
        match self.resolved(name)? {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(flag)),
            Some(_) => Err(self.unexpected(name, "true or false")),
        }
    }

    /// A list of texts; absent is empty.
    pub(crate) fn texts(&mut self, name: &str) -> Result<Vec<String>, TemplateError> {
        let elements = match self.resolved(name)? {
            None => return Ok(Vec::new()),
            Some(Value::Array(elements)) => elements,
            Some(_) => return Err(self.unexpected(name, "a list of texts")),
        };
        elements
            .into_iter()
            .map(|element| {
                let Value::String(text) = element else {
                    return Err(self.unexpected(name, "a list of texts"));
                };
                Ok(text)
            })
            .collect()
    }

    /// A nested mapping, whose own properties are read like these.
    pub(crate) fn nested(&mut self, name: &str) -> Result<Option<Fields<'a>>, TemplateError> {
        match self.outermost(name)? {
            None => Ok(None),
            Some(value) => Fields::new(self.scope, self.place.child(name), &value).map(Some),
        }
    }

    /// A list of mappings; absent is empty.
    pub(crate) fn list(&mut self, name: &str) -> Result<Vec<Fields<'a>>, TemplateError> {
        let elements = match self.outermost(name)? {
            None => return Ok(Vec::new()),
            Some(Value::Array(elements)) => elements,
            Some(_) => return Err(self.unexpected(name, "a list")),
        };
        let place = self.place.child(name);
        let mut list = Vec::new();
        for (number, element) in elements.iter().enumerate() {
            let place = place.child(number);
            if let Some(element) = self.scope.resolve_outermost(element, &place)? {
                list.push(Fields::new(self.scope, place, &element)?);
            }
        }
        Ok(list)
    }

    /// Mappings under names of the template's own choice; absent is empty.
    pub(crate) fn named(&mut self, name: &str) -> Result<Vec<(String, Fields<'a>)>, TemplateError> {
        let entries = match self.outermost(name)? {
            None => Map::new(),
            Some(Value::Object(entries)) => entries,
            Some(_) => return Err(self.unexpected(name, "a mapping")),
        };
        let place = self.place.child(name);
        entries
            .into_iter()
            .map(|(key, value)| {
                let fields = Fields::new(self.scope, place.child(&key), &value)?;
                Ok((key, fields))
            })
            .collect()
    }

    /// Every property that is left, as texts under names of the template's own
    /// choice.
    pub(crate) fn remaining_texts(mut self) -> Result<BTreeMap<String, String>, TemplateError> {
        let names: Vec<_> = self.left.keys().cloned().collect();
        let mut texts = BTreeMap::new();
        for name in names {
            let text = match self.resolved(&name)? {
                None => continue,
                Some(Value::String(text)) => text,
                Some(Value::Number(number)) => number.to_string(),
                Some(Value::Bool(flag)) => flag.to_string(),
                Some(_) => return Err(self.unexpected(&name, "a text")),
            };
            texts.insert(name, text);
        }
        Ok(texts)
    }

    /// Refuses every property that was neither taken nor is listed.
    pub(crate) fn finish(self, cloud_only: CloudOnly) -> Result<(), TemplateError> {
        let unknown = self
            .left
            .keys()
            .find(|name| !cloud_only.iter().any(|(listed, _)| listed == name));
        match unknown {
            None => Ok(()),
            Some(name) => Err(TemplateError::UnknownProperty {
                place: self.place.child(name),
            }),
        }
    }

    fn resolved(&mut self, name: &str) -> Result<Option<Value>, TemplateError> {
        match self.left.remove(name) {
            None => Ok(None),
            Some(value) => self.scope.resolve(&value, &self.place.child(name)),
        }
    }

    fn outermost(&mut self, name: &str) -> Result<Option<Value>, TemplateError> {
        match self.left.remove(name) {
            None => Ok(None),
            Some(value) => self
                .scope
                .resolve_outermost(&value, &self.place.child(name)),
        }
    }
}
