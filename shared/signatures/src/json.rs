//! Single values out of a JSON body that nobody has proved yet: the rest is passed over and never held in memory.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::verify::Refusal;

/// Most objects of a list that each have to show a secret.
pub const MAX_ITEMS: usize = 1000;

/// The text or whole number at this path, as text.
pub(crate) fn pick(body: &[u8], path: &[&str]) -> Result<Option<String>, Refusal> {
    read(body, Pick(path))
}

/// The text in this field of each object of the list; `None` for those that have none.
pub(crate) fn each(body: &[u8], list: &str, field: &str) -> Result<Vec<Option<String>>, Refusal> {
    read(body, Each { list, field }).map(Option::unwrap_or_default)
}

/// Puts a value at this path; makes the objects on the way.
pub(crate) fn put(body: &[u8], path: &[&str], text: &str) -> Option<Vec<u8>> {
    let mut json: Value = serde_json::from_slice(body).ok()?;
    let mut at = &mut json;
    for name in path {
        at = at
            .as_object_mut()?
            .entry(*name)
            .or_insert_with(|| Value::Object(Default::default()));
    }
    *at = Value::String(text.to_owned());
    serde_json::to_vec(&json).ok()
}

/// Puts a value into this field of each object of the list.
pub(crate) fn put_each(body: &[u8], list: &str, field: &str, text: &str) -> Option<Vec<u8>> {
    let mut json: Value = serde_json::from_slice(body).ok()?;
    for item in json.get_mut(list)?.as_array_mut()? {
        item.as_object_mut()?
            .insert(field.to_owned(), Value::String(text.to_owned()));
    }
    serde_json::to_vec(&json).ok()
}

fn read<'a, S: DeserializeSeed<'a>>(body: &'a [u8], seed: S) -> Result<S::Value, Refusal> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = seed
        .deserialize(&mut json)
        .map_err(|_| Refusal::Malformed)?;
    json.end().map_err(|_| Refusal::Malformed)?;
    Ok(value)
}

/// Reads the value at a path. A field that stands twice is an error: two readers could take two values from it.
struct Pick<'p>(&'p [&'p str]);

impl<'a> DeserializeSeed<'a> for Pick<'_> {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'a> Visitor<'a> for Pick<'_> {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            match self.0.split_first() {
                Some((first, rest)) if *first == name => {
                    if found.is_some() {
                        return Err(A::Error::custom("stands twice"));
                    }
                    found = Some(map.next_value_seed(Pick(rest))?);
                }
                Some(_) | None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(found.flatten())
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| text.to_owned()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(self.0.is_empty().then(|| number.to_string()))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }
}

/// Reads a field of each object of a list.
struct Each<'p> {
    list: &'p str,
    field: &'p str,
}

impl<'a> DeserializeSeed<'a> for Each<'_> {
    type Value = Option<Vec<Option<String>>>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Each<'_> {
    type Value = Option<Vec<Option<String>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut found = None;
        while let Some(name) = map.next_key::<String>()? {
            if name != self.list {
                map.next_value::<IgnoredAny>()?;
            } else if found.is_some() {
                return Err(A::Error::custom("stands twice"));
            } else {
                found = Some(map.next_value_seed(Items(self.field))?);
            }
        }
        Ok(found)
    }
}

/// Reads a field of each item of the list itself.
struct Items<'p>(&'p str);

impl<'a> DeserializeSeed<'a> for Items<'_> {
    type Value = Vec<Option<String>>;

    fn deserialize<D: Deserializer<'a>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Items<'_> {
    type Value = Vec<Option<String>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON list")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Pick(&[self.0]))? {
            if items.len() == MAX_ITEMS {
                return Err(A::Error::custom("too many items"));
            }
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_at_its_path_only() {
        let body =
            br#"{"other":["\ud800",{"ts":9}],"signature":{"ts":1539112500,"token":"ab"},"ts":"x"}"#;
        let value = |path: &[&str]| pick(body, path).unwrap();
        assert_eq!(value(&["signature", "ts"]).as_deref(), Some("1539112500"));
        assert_eq!(value(&["signature", "token"]).as_deref(), Some("ab"));
        assert_eq!(value(&["ts"]).as_deref(), Some("x"));
        assert_eq!(value(&["signature"]), None);
        assert_eq!(value(&["signature", "token", "more"]), None);
        assert_eq!(value(&["missing"]), None);
        assert_eq!(pick(b"[1]", &["a"]).unwrap(), None);
        assert_eq!(pick(br#"{"a":1.5}"#, &["a"]).unwrap(), None);
    }

    #[test]
    fn what_two_readers_could_read_in_two_ways_is_refused() {
        for body in [
            r#"{"a":"1","a":"2"}"#,
            r#"{"a":"1"} x"#,
            r#"{"a":"1""#,
            "",
            "a=1",
        ] {
            assert_eq!(
                pick(body.as_bytes(), &["a"]),
                Err(Refusal::Malformed),
                "{body}"
            );
        }
        let deep = "[".repeat(100_000);
        assert_eq!(pick(deep.as_bytes(), &["a"]), Err(Refusal::Malformed));
    }

    #[test]
    fn each_item_is_read_up_to_a_limit() {
        let items = |body: &str| each(body.as_bytes(), "value", "s");
        let one = Some("x".to_owned());
        assert_eq!(
            items(r#"{"value":[{"s":"x"},{"t":1},{"s":"x"}]}"#),
            Ok(vec![one.clone(), None, one])
        );
        assert_eq!(items(r#"{"value":[]}"#), Ok(vec![]));
        assert_eq!(items("{}"), Ok(vec![]));
        assert_eq!(items(r#"{"value":{}}"#), Err(Refusal::Malformed));
        assert_eq!(items(r#"{"value":[],"value":[]}"#), Err(Refusal::Malformed));
        let many = format!(r#"{{"value":[{}{{}}]}}"#, "{},".repeat(MAX_ITEMS));
        assert_eq!(items(&many), Err(Refusal::Malformed));
    }

    #[test]
    fn values_are_put_in() {
        let body = put(br#"{"a":1}"#, &["signature", "token"], "ab").unwrap();
        assert_eq!(
            pick(&body, &["signature", "token"]).unwrap().as_deref(),
            Some("ab")
        );
        let body = put_each(br#"{"value":[{},{}]}"#, "value", "s", "x").unwrap();
        assert_eq!(
            each(&body, "value", "s").unwrap(),
            vec![Some("x".to_owned()); 2]
        );
        assert_eq!(put(b"[]", &["a"], "b"), None);
    }
}
