//! Whole numbers of JSON, which knows no other numbers than decimal ones.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// A whole number, however it is written: in JSON, `17755.0` is one, too.
pub(crate) fn whole<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let number = Number::deserialize(from)?;
    let rounded = || number.as_f64().filter(|float| float.fract() == 0.0);
    number
        .as_i64()
        .or_else(|| Some(rounded()? as i64))
        .ok_or_else(|| D::Error::custom("is no whole number"))
}
