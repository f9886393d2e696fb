//! Puts canaries into what providers send: into each value that is a person's or that people write, at any depth and in
//! each encoding that a delivery can have inside.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::trace::{ADDRESS, MAIL, NAME, NOTE, PHONE, WORDS};

/// Deepest JSON that is planted into.
const MAX_DEPTH: usize = 40;
/// Fields whose text tells a machine what to do, though it holds spaces or an address: kinds, times, and ids of mails,
/// which are the provider's and not a person's.
const STRUCTURE: [&str; 28] = [
    "type",
    "detail-type",
    "event",
    "time",
    "date",
    "timestamp",
    "version",
    "eventname",
    "eventtype",
    "notificationtype",
    "kind",
    "subtype",
    "status",
    "messageid",
    "message-id",
    "message_id",
    "in-reply-to",
    "references",
    "sg_message_id",
    "smtp-id",
    "useragent",
    "user-agent",
    "user_agent",
    "content-type",
    "contenttype",
    "action",
    "state",
    "specversion",
];

/// A delivery with canaries in it, and how many.
pub(super) struct Planted {
    pub(super) body: String,
    pub(super) canaries: usize,
}

/// A delivery as JSON, as a form, or as any other text. `strange` gives each object one field more that nobody knows,
/// whose name is personal, too.
pub(super) fn planted(body: &str, strange: bool) -> Planted {
    let mut garden = Garden {
        canaries: 0,
        strange,
    };
    let body = garden.text(body, "", MAX_DEPTH);
    Planted {
        body,
        canaries: garden.canaries,
    }
}

struct Garden {
    canaries: usize,
    strange: bool,
}

impl Garden {
    fn text(&mut self, text: &str, key: &str, depth: usize) -> String {
        let is_nested = text.trim_start().starts_with(['{', '[']);
        if let (true, Ok(value), Some(depth)) =
            (is_nested, serde_json::from_str(text), depth.checked_sub(1))
        {
            return self.value(&value, key, depth).to_string();
        }
        if let Some(inside) = self.base64(text, key, depth) {
            return inside;
        }
        if text.contains("\r\n") || text.contains('\n') {
            return self.lines(text);
        }
        if depth == MAX_DEPTH && text.contains('=') {
            return self.form(text);
        }
        self.leaf(text, key)
    }

    fn value(&mut self, value: &Value, key: &str, depth: usize) -> Value {
        let Some(deeper) = depth.checked_sub(1) else {
            return value.clone();
        };
        match value {
            Value::String(text) => Value::String(self.text(text, key, depth)),
            Value::Array(items) => items
                .iter()
                .map(|item| self.value(item, key, deeper))
                .collect(),
            Value::Object(fields) => {
                let mut planted: Map<String, Value> = Map::new();
                for (key, value) in fields {
                    planted.insert(key.clone(), self.value(value, key, deeper));
                }
                if self.strange {
                    planted.insert(format!("{NAME} {MAIL}"), Value::from(WORDS));
                    self.canaries += 3;
                }
                Value::Object(planted)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A record of a stream, whose data is JSON in base64.
    fn base64(&mut self, text: &str, key: &str, depth: usize) -> Option<String> {
        if key != "data" && key != "content" {
            return None;
        }
        let inside = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
        Some(STANDARD.encode(self.text(&inside, key, depth.checked_sub(1)?)))
    }

    /// A mail or a form of several parts: what stands in its lines, but for those that say how it is written.
    fn lines(&mut self, text: &str) -> String {
        let mut planted = String::new();
        for line in text.split_inclusive('\n') {
            let (content, end) = line.trim_end_matches(['\r', '\n']).len().into_parts(line);
            let name = content
                .split_once(':')
                .map(|(name, _)| name.to_ascii_lowercase());
            let name = name.unwrap_or_default();
            let says_how = content.starts_with("--")
                || name.starts_with("content-")
                || name.starts_with("mime-");
            planted.push_str(&match (says_how, name.as_str()) {
                (true, _) => content.to_owned(),
                (false, "subject") => self.words("Subject: ", WORDS),
                (false, name) => self.leaf(content, name),
            });
            planted.push_str(end);
        }
        planted
    }

    fn form(&mut self, text: &str) -> String {
        let pairs = text.trim_end().split('&').map(|pair| {
            let Some((name, value)) = pair.split_once('=') else {
                return pair.to_owned();
            };
            let before = decoded(value);
            let after = self.text(&before, name, MAX_DEPTH - 1);
            if after == before {
                pair.to_owned()
            } else {
                format!("{name}={}", encoded(&after))
            }
        });
        let mut pairs: Vec<String> = pairs.collect();
        if self.strange {
            pairs.push(format!("{}={}", encoded(NAME), encoded(WORDS)));
            self.canaries += 2;
        }
        pairs.join("&")
    }

    fn leaf(&mut self, text: &str, key: &str) -> String {
        let key = key.to_ascii_lowercase();
        if STRUCTURE.contains(&key.as_str()) {
            return text.to_owned();
        }
        let with_mail = self.mails(text);
        let with_phone = self.phones(&with_mail);
        let told = |words: &[&str]| words.iter().any(|word| key.contains(word));
        if with_phone != text {
            return with_phone;
        }
        if text.is_empty() || text.contains("://") || text.contains("arn:") {
            return text.to_owned();
        }
        if told(&["street", "address", "city"]) {
            return self.words("", ADDRESS);
        }
        if told(&["name", "caller_id", "company"])
            && !told(&["queue", "event", "channel", "file", "user_name"])
        {
            return self.words("", NAME);
        }
        if told(&["note", "comment", "description", "memo"]) {
            return self.words("", NOTE);
        }
        // Times hold a `T`, kinds no space.
        let is_written =
            text.contains(' ') && text.chars().filter(char::is_ascii_alphabetic).count() > 6;
        let begins_like_a_time = text.starts_with(|c: char| c.is_ascii_digit());
        if is_written && !begins_like_a_time && !text.contains("GMT") && !text.contains('<') {
            return self.words("", WORDS);
        }
        text.to_owned()
    }

    fn words(&mut self, before: &str, canary: &str) -> String {
        self.canaries += 1;
        format!("{before}{canary}")
    }

    /// Each address of the reserved domains becomes the canary.
    fn mails(&mut self, text: &str) -> String {
        let is_local = |c: char| c.is_ascii_alphanumeric() || ".+_-".contains(c);
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("@example.") {
            let start = rest[..at]
                .rfind(|c| !is_local(c))
                .map_or(0, |place| place + 1);
            let domain = &rest[at + 1..];
            let end = domain
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '.')
                .unwrap_or(domain.len());
            // The id of a mail stands between angles and is longer than any name.
            let is_id = at - start > 24;
            out.push_str(&rest[..start]);
            if is_id {
                out.push_str(&rest[start..at + 1 + end]);
            } else {
                self.canaries += 1;
                out.push_str(MAIL);
            }
            rest = &domain[end..];
        }
        out + rest
    }

    /// Each reserved number becomes the canary, in the digits that it was written in.
    fn phones(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(place) = rest.find("55501").filter(|place| *place >= 3) {
            let start = place - 3;
            let area = rest
                .get(start..place)
                .filter(|area| area.bytes().all(|b| b.is_ascii_digit()));
            let number = rest
                .get(place..place + 7)
                .filter(|number| number.bytes().all(|b| b.is_ascii_digit()));
            let (Some(_), Some(_)) = (area, number) else {
                let next = place + 5;
                out.push_str(&rest[..next]);
                rest = &rest[next..];
                continue;
            };
            self.canaries += 1;
            out.push_str(&rest[..start]);
            out.push_str(&PHONE[1..]);
            rest = &rest[place + 7..];
        }
        out + rest
    }
}

/// A place in a line as the two texts around it.
trait IntoParts {
    fn into_parts(self, line: &str) -> (&str, &str);
}

impl IntoParts for usize {
    fn into_parts(self, line: &str) -> (&str, &str) {
        line.split_at(self)
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.replace('+', " ");
    let bytes = bytes.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits =
            (bytes[at] == b'%').then(|| std::str::from_utf8(bytes.get(at + 1..at + 3)?).ok());
        let byte = digits
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

pub(super) fn encoded(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    });
    escaped.collect()
}

#[test]
fn canaries_are_planted_in_each_encoding() {
    use super::trace::trace_in;
    let base64 = STANDARD.encode(r#"{"phone":"+14155550142"}"#);
    for body in [
        r#"{"customer":{"name":"Ada Example"}}"#.to_owned(),
        r#"{"Message":"{\"from\":\"+14155550142\"}"}"#.to_owned(),
        r#"{"mail":"Ada <ada@example.com>"}"#.to_owned(),
        r#"{"text":"Where is my order?"}"#.to_owned(),
        format!(r#"{{"partitionKey":"p","data":"{base64}"}}"#),
        "from=%2B14155550142&event=newCall".to_owned(),
        "From: ada@example.com\r\nSubject: x\r\n\r\nhello".to_owned(),
    ] {
        let planted = planted(&body, false);
        assert!(planted.canaries > 0, "{body}");
        assert!(trace_in(&planted.body).is_some(), "{}", planted.body);
    }
    let structure = r#"{"type":"conversation updated","id":"1","at":"2026-03-02T09:00:00Z","n":1,"url":"https://example.com/a b"}"#;
    let same = planted(structure, false);
    assert_eq!(
        serde_json::from_str::<Value>(&same.body).unwrap(),
        serde_json::from_str::<Value>(structure).unwrap()
    );
    assert!(planted(structure, true).canaries > 0);
}
