//! What a browser sends: read with its limits, and cut down to what goes on.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use timeline::{Timestamp, cut};

/// Most bytes of a request's body. A browser sends no more with a page that is being left.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// Most events of one request.
pub const MAX_EVENTS: usize = 50;
/// Most attributes of one action; what is beyond is left out.
pub const MAX_ATTRIBUTES: usize = 20;
/// Longest name of a widget.
pub(crate) const MAX_WIDGET: usize = 32;
/// The kinds of events that are known.
const KINDS: [&str; 5] = ["page", "action", "message", "identify", "end"];
/// What is wrong with a field that cannot be read. Where it is says enough; what it is may be anything.
const AMISS: &str = "is missing or of another type";
/// How long an event's id is. The script's has 128 random bits.
const ID_CHARS: std::ops::RangeInclusive<usize> = 8..=64;
/// Longest address of a page, in bytes.
const MAX_URL: usize = 2048;
/// Longest title of a page, in bytes.
const MAX_TITLE: usize = 512;
/// Longest name of an action, of an attribute or of a person, in bytes.
const MAX_NAME: usize = 256;
/// Longest value of an attribute, in bytes.
const MAX_ATTRIBUTE: usize = 1024;
/// Longest message, in bytes.
const MAX_TEXT: usize = 16 * 1024;
/// Longest email address or number as it was typed, in bytes.
const MAX_CLAIM: usize = 320;

/// What a page's script sends: without a token, it asks for a session; with one, it tells what happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SessionRequest {
    /// The widget's name: up to 32 lower-case letters, digits and hyphens.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,32}$"))]
    pub widget: String,
    /// The token of the session that the events are of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// The visitor's secret, where the browser has one from before. Only looked at without a token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{22,64}$"))]
    pub visitor_secret: Option<String>,
    /// What happened, in any order. Empty without a token. Each is judged alone.
    #[serde(default)]
    #[schemars(with = "Vec<WidgetEvent>", length(max = 50))]
    pub events: Vec<Value>,
}

/// One thing that happened on a page. Which fields count depends on its kind.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WidgetEvent {
    /// A random id, the same when it is sent again.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]{8,64}$"))]
    pub id: String,
    /// When it happened, in milliseconds since 1970 by the browser's clock.
    #[serde(deserialize_with = "crate::whole::whole")]
    #[schemars(range(min = 0, max = 253_370_764_799_999_i64))]
    pub at: i64,
    /// What it is: `page`, `action`, `message`, `identify` or `end`. Others are passed over.
    pub kind: String,
    /// Of a page: its address. Query and fragment are cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Of a page: its title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Of a page: where the visitor came from. Query and fragment are cut off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<String>,
    /// Of an action: what it is called. Of `identify`: what the visitor is called.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Of an action: names and values. Texts, numbers and truth values are kept, up to 20.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, Value>,
    /// Of a message: what the visitor wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Of `identify`: an email address as the visitor typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Of `identify`: a telephone number as the visitor typed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// A field that is not as it should be: its path, and what is wrong, without what was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) field: String,
    pub(crate) what: &'static str,
}

fn fault(field: impl Into<String>, what: &'static str) -> Fault {
    Fault {
        field: field.into(),
        what,
    }
}

impl SessionRequest {
    /// Reads a request, whatever media type it came under: a browser sends what it sends last as plain text.
    pub(crate) fn read(body: &[u8]) -> Result<Self, Fault> {
        let text = std::str::from_utf8(body).ok();
        let mended = text.and_then(sources::without_lone_surrogates);
        let body = mended.as_deref().map_or(body, str::as_bytes);
        let mut json = serde_json::Deserializer::from_slice(body);
        let request: Self = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| fault(error.path().to_string(), AMISS))?;
        json.end()
            .map_err(|_| fault(".", "goes on behind its end"))?;
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let length = request.widget.len();
        if !(1..=MAX_WIDGET).contains(&length) || !request.widget.bytes().all(plain) {
            return Err(fault(
                "widget",
                "is not up to 32 lower-case letters, digits and hyphens",
            ));
        }
        if request.events.len() > MAX_EVENTS {
            return Err(fault("events", "has more than 50 items"));
        }
        Ok(request)
    }

    /// The events as they go on, without those of unknown kinds and those that say nothing, and what is wrong with the
    /// others: one that is wrong takes none with it.
    pub(crate) fn events(&self) -> (Vec<Value>, Vec<Fault>) {
        let (mut kept, mut faults) = (Vec::with_capacity(self.events.len()), Vec::new());
        for (place, event) in self.events.iter().enumerate() {
            match WidgetEvent::read(event).and_then(|event| match event {
                Some(event) => event.kept(),
                None => Ok(None),
            }) {
                Ok(event) => kept.extend(event),
                Err(fault) => faults.push(Fault {
                    field: match fault.field.as_str() {
                        "." => format!("events[{place}]"),
                        field => format!("events[{place}].{field}"),
                    },
                    ..fault
                }),
            }
        }
        (kept, faults)
    }
}

impl WidgetEvent {
    /// An event of a known kind; `None` for another, of which nothing else is looked at: its fields may mean anything.
    fn read(event: &Value) -> Result<Option<Self>, Fault> {
        let kind = event.get("kind").and_then(Value::as_str);
        if kind.is_some_and(|kind| !KINDS.contains(&kind)) {
            return Ok(None);
        }
        serde_path_to_error::deserialize(event)
            .map(Some)
            .map_err(|error| fault(error.path().to_string(), AMISS))
    }

    /// Only what belongs to its kind, with texts cut; `None` for a kind that is not known, and where nothing is left.
    fn kept(&self) -> Result<Option<Value>, Fault> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if !ID_CHARS.contains(&self.id.len()) || !self.id.bytes().all(plain) {
            return Err(fault(
                "id",
                "is not 8 to 64 letters, digits, hyphens and underscores",
            ));
        }
        Timestamp::from_millis(self.at).map_err(|_| fault("at", "is not a time"))?;
        let mut said = Map::new();
        let mut say = |name: &str, value: Option<String>| {
            said.extend(value.map(|value| (name.to_owned(), Value::String(value))));
        };
        let text = |value: &Option<String>, limit| {
            let value = cut(value.as_deref()?.trim(), limit).trim_end();
            (!value.is_empty()).then(|| value.to_owned())
        };
        match self.kind.as_str() {
            "page" => {
                say("url", self.url.as_deref().and_then(page));
                say("title", text(&self.title, MAX_TITLE));
                say("referrer", self.referrer.as_deref().and_then(page));
            }
            "action" => {
                say("name", text(&self.name, MAX_NAME));
                if said.is_empty() {
                    return Ok(None);
                }
                let attributes = self.attributes();
                if !attributes.is_empty() {
                    said.insert("attributes".to_owned(), Value::Object(attributes));
                }
            }
            "message" => {
                say("text", text(&self.text, MAX_TEXT));
                if said.is_empty() {
                    return Ok(None);
                }
            }
            "identify" => {
                say("email", text(&self.email, MAX_CLAIM));
                say("phone", text(&self.phone, MAX_CLAIM));
                say("name", text(&self.name, MAX_NAME));
                if said.is_empty() {
                    return Ok(None);
                }
            }
            "end" => {}
            _ => return Ok(None),
        }
        said.insert("id".to_owned(), self.id.clone().into());
        said.insert("at".to_owned(), self.at.into());
        said.insert("kind".to_owned(), self.kind.clone().into());
        Ok(Some(Value::Object(said)))
    }

    fn attributes(&self) -> Map<String, Value> {
        let kept = self.attributes.iter().filter_map(|(name, value)| {
            let name = cut(name.trim(), MAX_NAME);
            let value = match value {
                Value::String(text) => cut(text, MAX_ATTRIBUTE).to_owned(),
                Value::Number(number) => number.to_string(),
                Value::Bool(truth) => truth.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => return None,
            };
            (!name.is_empty()).then(|| (name.to_owned(), Value::String(value)))
        });
        kept.take(MAX_ATTRIBUTES).collect()
    }
}

/// A page's address without what follows it: queries hold names, addresses and one-time tokens.
fn page(url: &str) -> Option<String> {
    let url = url.trim().split(['?', '#']).next()?;
    let scheme = url.split_once("://")?.0;
    matches!(scheme, "http" | "https").then(|| cut(url, MAX_URL).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(request: &Value) -> Result<Vec<Value>, String> {
        let told = |fault: &Fault| format!("{} {}", fault.field, fault.what);
        let request = SessionRequest::read(request.to_string().as_bytes());
        let (kept, faults) = request.map_err(|fault| told(&fault))?.events();
        faults.first().map_or(Ok(kept), |fault| Err(told(fault)))
    }

    fn event(event: Value) -> Result<Vec<Value>, String> {
        let mut whole = json!({"id": "0123456789", "at": 1_772_442_900_000_i64});
        whole
            .as_object_mut()
            .into_iter()
            .for_each(|whole| whole.extend(event.as_object().cloned().unwrap_or_default()));
        read(&json!({"widget": "shop", "events": [whole]}))
    }

    #[test]
    fn a_time_is_taken_exactly_where_the_schema_allows_it_however_it_is_written() {
        let schema = schemars::schema_for!(WidgetEvent);
        let limit = |name| {
            schema.as_value()["properties"]["at"][name]
                .as_i64()
                .unwrap_or(-2)
        };
        let taken = |at: &str| {
            let text = format!(r#"{{"id": "0123456789", "kind": "end", "at": {at}}}"#);
            let event: WidgetEvent = serde_json::from_str(&text).ok()?;
            event.kept().ok()?.map(|_| event.at)
        };
        for at in [limit("minimum"), limit("maximum"), 17_755] {
            assert_eq!(taken(&format!("{at}.0")), Some(at));
        }
        let (early, late) = (limit("minimum") - 1, limit("maximum") + 1);
        for at in [&early.to_string(), &late.to_string(), "17755.5", "1e300"] {
            assert_eq!(taken(at), None, "{at}");
        }
    }

    #[test]
    fn only_what_belongs_to_its_kind_goes_on() {
        let page = event(json!({
            "kind": "page", "url": "https://www.example.com/a?token=1#b", "title": " A ",
            "referrer": "https://search.example.net/?q=ada", "email": "ada@example.com", "else": 1,
        }));
        assert_eq!(
            page,
            Ok(vec![json!({
                "id": "0123456789", "at": 1_772_442_900_000_i64, "kind": "page",
                "url": "https://www.example.com/a", "title": "A", "referrer": "https://search.example.net/",
            })])
        );
        let action = event(
            json!({"kind": "action", "name": "Buy", "attributes": {"n": 3, "b": true, "o": {}, "x": null}}),
        );
        assert_eq!(
            action.map(|mut events| events.remove(0)["attributes"].take()),
            Ok(json!({"n": "3", "b": "true"}))
        );
        for nothing in [
            json!({"kind": "scroll", "depth": 3}),
            json!({"kind": "action", "name": " "}),
            json!({"kind": "message", "text": " \n"}),
            json!({"kind": "identify", "email": ""}),
        ] {
            assert_eq!(event(nothing.clone()), Ok(vec![]), "{nothing}");
        }
    }

    #[test]
    fn a_fault_names_its_field_and_not_what_was_sent() {
        let cases = [
            (
                json!({"kind": "page", "at": -1}),
                "events[0].at is not a time",
            ),
            (
                json!({"kind": "page", "at": "+1 415 555 0123"}),
                "events[0].at is missing or of another type",
            ),
            (
                json!({"kind": "page", "id": "ada@example.com"}),
                "events[0].id is not 8 to 64 letters, digits, hyphens and underscores",
            ),
        ];
        for (sent, told) in cases {
            assert_eq!(event(sent), Err(told.to_owned()));
        }
        for body in [
            "",
            "{",
            "[]",
            "null",
            "{}",
            "{\"widget\":\"shop\"} x",
            "{\"widget\":\"Shop\"}",
        ] {
            assert!(SessionRequest::read(body.as_bytes()).is_err(), "{body}");
        }
        let many = vec![json!({"id": "0123456789", "at": 0, "kind": "end"}); MAX_EVENTS + 1];
        let many = json!({"widget": "shop", "events": many});
        assert_eq!(read(&many), Err("events has more than 50 items".to_owned()));
    }

    #[test]
    fn each_event_is_judged_alone() {
        let page = json!({"id": "0123456789", "at": 0, "kind": "page"});
        let events = json!([
            {"kind": "future", "url": {"a": 1}},
            page,
            {"id": "0123456789", "at": 0, "kind": "page", "url": {"a": 1}},
            "page",
            {"id": "0123456789", "at": 0},
            {"id": "0123456789", "at": 0, "kind": 7},
        ]);
        let request = json!({"widget": "shop", "events": events}).to_string();
        let request = SessionRequest::read(request.as_bytes());
        let (kept, faults) = request.map(|request| request.events()).unwrap_or_default();
        assert_eq!(kept, [page]);
        let fields: Vec<_> = faults.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            fields,
            ["events[2].url", "events[3]", "events[4]", "events[5].kind"]
        );
    }

    #[test]
    fn texts_are_cut_and_attributes_counted() {
        let long = "é".repeat(MAX_TEXT);
        let message = event(json!({"kind": "message", "text": long}));
        let text = message.map(|events| events[0]["text"].as_str().map(str::len));
        assert_eq!(text, Ok(Some(MAX_TEXT)));
        let many: Map<String, Value> = (0..100)
            .map(|number| (format!("a{number}"), json!(number)))
            .collect();
        let action = event(json!({"kind": "action", "name": "Buy", "attributes": many}));
        let count = action.map(|events| events[0]["attributes"].as_object().map(Map::len));
        assert_eq!(count, Ok(Some(MAX_ATTRIBUTES)));
    }
}
