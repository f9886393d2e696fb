//! JSON that is looked into without being rebuilt: values stay the text that they were.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of a JSON object in their order, each value as its own text. `None` for anything else.
pub(crate) fn fields(object: &str) -> Option<Vec<(String, &str)>> {
    let mut json = serde_json::Deserializer::from_str(object);
    let fields = json.deserialize_map(Fields).ok()?;
    json.end().ok()?;
    Some(fields)
}

/// The items of a JSON list, each as its own text. `None` for anything else.
pub(crate) fn items(list: &str) -> Option<Vec<&str>> {
    let items: Vec<&RawValue> = serde_json::from_str(list).ok()?;
    Some(items.into_iter().map(RawValue::get).collect())
}

/// The value of a field that the object has exactly once. Of several, readers differ in which one counts.
pub(crate) fn field<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let mut found = fields(object)?
        .into_iter()
        .filter(|(key, _)| key == name)
        .map(|(_, value)| value);
    let value = found.next()?;
    found.next().is_none().then_some(value)
}

/// The texts before and behind a part of a text. The part has to be one of it, not a copy.
pub(crate) fn around<'a>(whole: &'a str, part: &str) -> Option<(&'a str, &'a str)> {
    let start = part.as_ptr().addr().checked_sub(whole.as_ptr().addr())?;
    let end = start.checked_add(part.len())?;
    Some((whole.get(..start)?, whole.get(end..)?))
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Vec<(String, &'de str)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &'de RawValue>()? {
            fields.push((name, value.get()));
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_text() {
        let object = r#" {"a": 1.0e2, "b\u0062" : {"x":[ 1 ]} } "#;
        assert_eq!(
            fields(object).unwrap(),
            [
                ("a".to_owned(), "1.0e2"),
                ("bb".to_owned(), r#"{"x":[ 1 ]}"#)
            ]
        );
        assert_eq!(
            items("[1.50, \"\\u00e9\" ]").unwrap(),
            ["1.50", "\"\\u00e9\""]
        );
        for other in ["", "1", "[1", "[1] 2", "{}"] {
            assert_eq!(items(other), None, "{other}");
        }
        for other in ["", "[]", "{\"a\":1", "{} x", "\"{}\""] {
            assert_eq!(fields(other), None, "{other}");
        }
    }

    #[test]
    fn a_field_that_is_there_twice_is_none() {
        assert_eq!(field(r#"{"a":1,"b":2}"#, "b"), Some("2"));
        assert_eq!(field(r#"{"a":1,"a":2}"#, "a"), None);
        assert_eq!(field(r#"{"a":1}"#, "c"), None);
    }

    #[test]
    fn what_is_around_a_part_is_the_rest_of_the_text() {
        let whole = "abcdef";
        assert_eq!(around(whole, &whole[2..4]), Some(("ab", "ef")));
        assert_eq!(around(whole, whole), Some(("", "")));
        let elsewhere = String::from("cd");
        assert_eq!(around(&whole[2..], whole), None);
        assert!(around(whole, &elsewhere).is_none_or(|(a, b)| a.len() + b.len() + 2 == 6));
    }
}
