//! CloudEvents in binary mode: the attributes come in headers, the data is the body. The queue gets the structured form,
//! since a subject may be personal and queue attributes are not for that.
//! Source: HTTP Protocol Binding for CloudEvents 1.0.2, section 3.1.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use serde_json::value::RawValue;

/// What the attributes' headers begin with.
const PREFIX: &str = "ce-";
/// What the types of structured events and of batches begin with.
const STRUCTURED: &str = "application/cloudevents";
/// Most attributes of one event.
const MAX_ATTRIBUTES: usize = 64;
/// Longest name of an attribute.
const MAX_NAME: usize = 64;
/// Attributes that a header cannot give: the data, and what the content type says.
const NOT_IN_HEADERS: [&str; 3] = ["data", "data_base64", "datacontenttype"];

/// The event in structured form; `None` when the request is not in binary mode.
pub(crate) fn structured(headers: &BTreeMap<String, String>, body: &[u8]) -> Option<String> {
    headers.get("ce-specversion")?;
    let content_type = headers.get("content-type").map(|value| value.trim());
    if content_type.is_some_and(is_structured) {
        return None;
    }
    let mut event: BTreeMap<String, Value> = headers
        .iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?, value)))
        .filter(|(name, _)| is_attribute(name))
        .take(MAX_ATTRIBUTES)
        .map(|(name, value)| (name.to_owned(), Value::String(decoded(value))))
        .collect();
    if let Some(content_type) = content_type {
        event.insert("datacontenttype".to_owned(), content_type.into());
    }
    let mut text = serde_json::to_string(&event).ok()?;
    if body.is_empty() {
        return Some(text);
    }
    // Cut in as it is: its numbers and escapes are the sender's.
    let json = std::str::from_utf8(body)
        .ok()
        .filter(|_| is_json(content_type));
    let json = json.and_then(|text| serde_json::from_str::<&RawValue>(text).ok());
    text.pop();
    match json {
        Some(json) => {
            text.push_str(",\"data\":");
            text.push_str(json.get());
        }
        None => {
            text.push_str(",\"data_base64\":\"");
            STANDARD.encode_string(body, &mut text);
            text.push('"');
        }
    }
    text.push('}');
    Some(text)
}

fn is_attribute(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        && !NOT_IN_HEADERS.contains(&name)
}

/// Whether the event is the body, one or a batch of them: the type decides that, whatever headers there are (section 3).
fn is_structured(content_type: &str) -> bool {
    let begins = content_type.get(..STRUCTURED.len());
    begins.is_some_and(|begins| begins.eq_ignore_ascii_case(STRUCTURED))
}

/// Without a type, data is JSON.
fn is_json(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else {
        return true;
    };
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let (_, subtype) = kind.split_once('/').unwrap_or_default();
    let subtype = subtype.to_ascii_lowercase();
    subtype == "json" || subtype.ends_with("+json")
}

/// A header's value: first out of its quotes, where it has some, then percent-decoded once.
fn decoded(value: &str) -> String {
    let value = value.trim();
    let quoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    let value = match quoted {
        None => value.to_owned(),
        Some(quoted) => {
            let mut plain = String::with_capacity(quoted.len());
            let mut characters = quoted.chars();
            while let Some(character) = characters.next() {
                let escaped = (character == '\\').then(|| characters.next()).flatten();
                plain.push(escaped.unwrap_or(character));
            }
            plain
        }
    };
    percent_decode_str(&value).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn event(pairs: &[(&str, &str)], body: &[u8]) -> Value {
        let headers = headers(pairs);
        serde_json::from_str(&structured(&headers, body).unwrap()).unwrap()
    }

    const TYPED: [(&str, &str); 3] = [
        ("ce-specversion", "1.0"),
        ("ce-id", "A%20b-%E2%82%AC"),
        ("ce-subject", "\"a \\\"b\\\" %2541\""),
    ];

    #[test]
    fn attributes_are_decoded_once_and_json_data_stays_as_it_was_written() {
        let mut with = TYPED.to_vec();
        with.extend([
            ("content-type", "application/json; charset=utf-8"),
            ("ce-data", "forged"),
            ("ce-data_base64", "forged"),
            ("ce-datacontenttype", "forged"),
            ("ce-Bad", "x"),
            ("other", "x"),
        ]);
        let text = structured(&headers(&with), b" {\"n\": 1.500}\n").unwrap();
        assert!(text.ends_with(r#","data":{"n": 1.500}}"#), "{text}");
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({
                "specversion": "1.0", "id": "A b-€", "subject": "a \"b\" %41",
                "datacontenttype": "application/json; charset=utf-8", "data": {"n": 1.5}
            })
        );
    }

    #[test]
    fn other_data_goes_as_base64_and_none_stays_none() {
        let with = [TYPED[0], ("content-type", "text/plain")];
        assert_eq!(event(&with, b"{}")["data_base64"], "e30=");
        let with = [TYPED[0], ("content-type", "application/vnd.x+json")];
        assert_eq!(event(&with, b"{}")["data"], json!({}));
        assert_eq!(event(&with, b"{,")["data_base64"], "eyw=");
        assert_eq!(event(&[TYPED[0]], b"\xff")["data_base64"], "/w==");
        assert_eq!(event(&[TYPED[0]], b""), json!({"specversion": "1.0"}));
        assert_eq!(structured(&headers(&[("ce-id", "1")]), b"{}"), None);
    }

    #[test]
    fn the_type_says_that_the_event_is_the_body() {
        for content_type in [
            "application/cloudevents+json",
            " Application/CloudEvents+JSON; charset=utf-8",
            "application/cloudevents-batch+json",
        ] {
            let with = headers(&[TYPED[0], ("content-type", content_type)]);
            assert_eq!(structured(&with, b"{}"), None, "{content_type}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_one_json_object_with_what_came(
            attributes in proptest::collection::btree_map("ce-[a-z0-9_]{0,70}", any::<String>(), 0..80),
            content_type in "(application/)?(json|[a-z+;= ]{0,20})",
            body in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut headers = attributes;
            headers.insert("ce-specversion".to_owned(), "1.0".to_owned());
            headers.insert("content-type".to_owned(), content_type);
            let text = structured(&headers, &body).unwrap();
            let event: serde_json::Map<String, Value> = serde_json::from_str(&text).unwrap();
            prop_assert!(event.len() <= MAX_ATTRIBUTES + 2);
            let data = event.get("data").is_some() || event.get("data_base64").is_some();
            prop_assert_eq!(data, !body.is_empty());
            if let Some(Value::String(data)) = event.get("data_base64") {
                prop_assert_eq!(STANDARD.decode(data).unwrap(), body);
            }
        }
    }
}
