//! Evaluates conditions.

use serde_json::Value;

use crate::{
    error::{Place, TemplateError},
    scope::{MAX_REFERENCES, Scope, call, shape, unknown},
};

impl Scope<'_> {
    /// Whether the condition of this name holds.
    pub(crate) fn condition(
        &self,
        name: &str,
        place: &Place,
        depth: usize,
    ) -> Result<bool, TemplateError> {
        let condition = self
            .conditions
            .get(name)
            .ok_or_else(|| unknown(place, name))?;
        self.truth(condition, &Place::of("Conditions").child(name), depth + 1)
    }

    fn truth(&self, value: &Value, place: &Place, depth: usize) -> Result<bool, TemplateError> {
        if depth > MAX_REFERENCES {
            return Err(TemplateError::TooDeep {
                place: place.clone(),
                limit: MAX_REFERENCES,
            });
        }
        let (name, argument) = call(value).ok_or_else(|| shape(place, "a function"))?;
        if let ("Condition", Value::String(other)) = (name, argument) {
            return self.condition(other, place, depth);
        }
        let operands = argument.as_array().map_or(&[][..], Vec::as_slice);
        match (name, operands) {
            ("Fn::Equals", [left, right]) => {
                Ok(self.value(left, place, depth)? == self.value(right, place, depth)?)
            }
            ("Fn::Not", [inner]) => Ok(!self.truth(inner, place, depth + 1)?),
            ("Fn::And", [_, _, ..]) => operands.iter().try_fold(true, |all, operand| {
                Ok(self.truth(operand, place, depth + 1)? && all)
            }),
            ("Fn::Or", [_, _, ..]) => operands.iter().try_fold(false, |any, operand| {
                Ok(self.truth(operand, place, depth + 1)? || any)
            }),
            _ => Err(shape(place, "Equals, Not, And, Or or a condition's name")),
        }
    }
}
