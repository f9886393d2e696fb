//! What a message may hold, and the handles under which it is deleted.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::errors::{Code, SqsError};

/// Most attributes of one message.
const MAX_ATTRIBUTES: usize = 10;
/// Longest attribute name, and longest data type.
const MAX_ATTRIBUTE_NAME: usize = 256;
/// Longest group id.
const MAX_GROUP: usize = 128;
/// The one system attribute that a sender may set.
const TRACE_HEADER: &str = "AWSTraceHeader";

/// An attribute as it travels and as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct WireAttribute {
    data_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    /// Base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

impl WireAttribute {
    /// Its text, when it is no binary.
    pub(super) fn text(&self) -> Option<&str> {
        self.string_value.as_deref()
    }
}

/// An attribute that has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) data_type: String,
    pub(super) value: AttributeValue,
}

/// Its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum AttributeValue {
    Text(String),
    Binary(Vec<u8>),
}

/// A message as a sender hands it in.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Outgoing {
    pub(super) message_body: Option<String>,
    pub(super) delay_seconds: Option<i64>,
    pub(super) message_attributes: BTreeMap<String, WireAttribute>,
    pub(super) message_system_attributes: BTreeMap<String, WireAttribute>,
    pub(super) message_group_id: Option<String>,
    pub(super) message_deduplication_id: Option<String>,
}

impl Outgoing {
    /// Body and attributes together, as SQS counts them.
    pub(super) fn size(&self) -> usize {
        let attributes = self.message_attributes.iter().map(|(name, attribute)| {
            let binary = attribute.binary_value.as_deref().unwrap_or_default();
            let binary = STANDARD
                .decode(binary)
                .map_or(binary.len(), |bytes| bytes.len());
            name.len()
                + attribute.data_type.as_deref().unwrap_or_default().len()
                + attribute.string_value.as_deref().unwrap_or_default().len()
                + binary
        });
        self.message_body.as_deref().unwrap_or_default().len() + attributes.sum::<usize>()
    }
}

/// The attributes of a message, each refused when SQS would refuse it.
pub(super) fn check_attributes(
    wire: &BTreeMap<String, WireAttribute>,
) -> Result<BTreeMap<String, Attribute>, SqsError> {
    if wire.len() > MAX_ATTRIBUTES {
        return Err(SqsError::invalid(
            "MessageAttributes",
            "Number of message attributes exceeds the allowed maximum [10].",
        ));
    }
    wire.iter()
        .map(|(name, attribute)| {
            check_attribute_name(name)?;
            Ok((name.clone(), check_attribute(attribute)?))
        })
        .collect()
}

/// The system attributes that a sender sets, by the names under which they are received.
pub(super) fn check_system(outgoing: &Outgoing) -> Result<BTreeMap<String, Attribute>, SqsError> {
    let checked = check_attributes(&outgoing.message_system_attributes)?;
    let only_trace = checked
        .iter()
        .all(|(name, attribute)| name == TRACE_HEADER && attribute.data_type == "String");
    if !only_trace {
        return Err(SqsError::invalid(
            "MessageSystemAttributes",
            "Only AWSTraceHeader of type String may be sent.",
        ));
    }
    if outgoing.message_deduplication_id.is_some() {
        return Err(SqsError::invalid(
            "MessageDeduplicationId",
            "The request includes a parameter that is not valid for this queue type.",
        ));
    }
    if outgoing
        .message_group_id
        .as_ref()
        .is_some_and(|id| id.is_empty() || id.len() > MAX_GROUP)
    {
        return Err(SqsError::invalid("MessageGroupId", "1 to 128 characters."));
    }
    Ok(checked)
}

/// Refuses an empty body, one that is too long, and characters that SQS does not carry.
pub(super) fn check_body(outgoing: &Outgoing, max_bytes: i64) -> Result<&str, SqsError> {
    let body = outgoing
        .message_body
        .as_deref()
        .filter(|body| !body.is_empty());
    let body = body.ok_or_else(|| SqsError::missing("MessageBody"))?;
    if i64::try_from(outgoing.size()).unwrap_or(i64::MAX) > max_bytes {
        return Err(SqsError::refused(
            Code::InvalidParameterValue,
            format!(
                "One or more parameters are invalid. \
                 Reason: Message must be shorter than {max_bytes} bytes."
            ),
        ));
    }
    check_characters(body)?;
    Ok(body)
}

/// Whether a receiver asked for this attribute: by name, by prefix, or all.
pub(super) fn is_wanted(name: &str, wanted: &[String]) -> bool {
    wanted.iter().any(|pattern| {
        pattern == "All"
            || pattern == name
            || pattern.strip_suffix(".*").is_some_and(|prefix| {
                prefix.is_empty()
                    || name
                        .strip_prefix(prefix)
                        .is_some_and(|rest| rest.starts_with('.'))
            })
    })
}

/// One receive of one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) queue: i64,
    pub(super) message: i64,
    /// Differs with every receive.
    pub(super) receive: i64,
}

impl Receipt {
    /// The handle that the receiver gets.
    pub(super) fn handle(self) -> String {
        URL_SAFE_NO_PAD.encode(format!("{}:{}:{}", self.queue, self.message, self.receive))
    }

    /// Reads a handle, and refuses what was never one of this queue.
    pub(super) fn parse(handle: Option<&str>, queue: i64) -> Result<Self, SqsError> {
        let handle = handle.ok_or_else(|| SqsError::missing("ReceiptHandle"))?;
        let receipt = URL_SAFE_NO_PAD.decode(handle).ok().and_then(|bytes| {
            let text = String::from_utf8(bytes).ok()?;
            let mut parts = text.split(':').map(|part| part.parse().ok());
            let receipt = Self {
                queue: parts.next()??,
                message: parts.next()??,
                receive: parts.next()??,
            };
            parts.next().is_none().then_some(receipt)
        });
        receipt
            .filter(|receipt| receipt.queue == queue)
            .ok_or_else(|| {
                SqsError::refused(
                    Code::ReceiptHandleIsInvalid,
                    "The input receipt handle is not a valid receipt handle.",
                )
            })
    }
}

fn check_characters(text: &str) -> Result<(), SqsError> {
    let allowed = |char: char| matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    if text.chars().all(allowed) {
        return Ok(());
    }
    Err(SqsError::refused(
        Code::InvalidMessageContents,
        "Invalid characters found. Valid are #x9 | #xA | #xD | #x20 to #xD7FF | \
         #xE000 to #xFFFD | #x10000 to #x10FFFF",
    ))
}

fn check_attribute_name(name: &str) -> Result<(), SqsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let lower = name.to_ascii_lowercase();
    // The trace header travels among the system attributes and bears AWS's own prefix.
    let reserved =
        (lower.starts_with("aws") && name != TRACE_HEADER) || lower.starts_with("amazon");
    let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
    let long = name.is_empty() || name.len() > MAX_ATTRIBUTE_NAME;
    if long || dots || reserved || !name.bytes().all(allowed) {
        return Err(SqsError::invalid(
            "MessageAttributes",
            "An attribute name has 1 to 256 letters, digits, _, - and single dots inside, \
             and does not start with AWS or Amazon.",
        ));
    }
    Ok(())
}

fn check_attribute(wire: &WireAttribute) -> Result<Attribute, SqsError> {
    let refused = |reason| SqsError::invalid("MessageAttributes", reason);
    let data_type = wire.data_type.clone().unwrap_or_default();
    if data_type.len() > MAX_ATTRIBUTE_NAME {
        return Err(refused("A data type has at most 256 characters."));
    }
    let text = || {
        let text = wire.string_value.clone().filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| refused("StringValue must not be empty."))?;
        check_characters(&text)?;
        Ok::<_, SqsError>(text)
    };
    let value = match data_type.split('.').next().unwrap_or_default() {
        "String" => AttributeValue::Text(text()?),
        "Number" => {
            let number = text()?;
            if !number.trim().parse::<f64>().is_ok_and(f64::is_finite) {
                return Err(refused("A Number must be a number."));
            }
            AttributeValue::Text(number)
        }
        "Binary" => {
            let bytes = wire
                .binary_value
                .as_deref()
                .and_then(|text| STANDARD.decode(text).ok());
            let bytes = bytes.filter(|bytes| !bytes.is_empty());
            AttributeValue::Binary(
                bytes.ok_or_else(|| refused("BinaryValue must be base64 and not empty."))?,
            )
        }
        _ => {
            return Err(refused(
                "The data type must start with String, Number or Binary.",
            ));
        }
    };
    Ok(Attribute { data_type, value })
}

impl From<&Attribute> for WireAttribute {
    fn from(attribute: &Attribute) -> Self {
        let (string_value, binary_value) = match &attribute.value {
            AttributeValue::Text(text) => (Some(text.clone()), None),
            AttributeValue::Binary(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        Self {
            data_type: Some(attribute.data_type.clone()),
            string_value,
            binary_value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(data_type: &str, value: &str) -> WireAttribute {
        WireAttribute {
            data_type: Some(data_type.into()),
            string_value: Some(value.into()),
            binary_value: None,
        }
    }

    fn outgoing(body: &str) -> Outgoing {
        Outgoing {
            message_body: Some(body.into()),
            ..Outgoing::default()
        }
    }

    #[test]
    fn control_characters_are_refused_and_tabs_and_emoji_pass() {
        check_body(&outgoing("tab\t line\r\n \u{1f4de}"), 1024).unwrap();
        for body in ["nul\0", "bell\u{7}", "\u{ffff}"] {
            let refusal = check_body(&outgoing(body), 1024).unwrap_err();
            assert_eq!(refusal.code(), Code::InvalidMessageContents);
        }
    }

    #[test]
    fn attributes_count_towards_the_size() {
        let mut message = outgoing(&"x".repeat(1000));
        check_body(&message, 1024).unwrap();
        message
            .message_attributes
            .insert("a".into(), text("String", &"y".repeat(17)));
        check_body(&message, 1024).unwrap();
        message
            .message_attributes
            .insert("a".into(), text("String", &"y".repeat(18)));
        assert_eq!(
            check_body(&message, 1024).unwrap_err().code(),
            Code::InvalidParameterValue
        );
    }

    #[test]
    fn an_empty_body_is_missing() {
        assert_eq!(
            check_body(&outgoing(""), 1024).unwrap_err().code(),
            Code::MissingParameter
        );
    }

    #[test]
    fn bad_attributes_are_refused() {
        for (name, attribute) in [
            ("AWS.x", text("String", "v")),
            ("a..b", text("String", "v")),
            ("a b", text("String", "v")),
            ("a", text("Text", "v")),
            ("a", text("String", "")),
            ("a", text("Number", "one")),
            ("a", text("Binary", "v")),
        ] {
            let refusal =
                check_attributes(&BTreeMap::from([(name.into(), attribute)])).unwrap_err();
            assert_eq!(refusal.code(), Code::InvalidParameterValue, "{name}");
        }
    }

    #[test]
    fn attributes_are_wanted_by_name_prefix_or_all() {
        let wanted = |pattern: &str| is_wanted("trace.id", &[pattern.to_owned()]);
        assert!(["All", ".*", "trace.*", "trace.id"].into_iter().all(wanted));
        assert!(!["trace", "tr.*", "other"].into_iter().any(wanted));
        assert!(!is_wanted("trace.id", &[]));
    }

    #[test]
    fn a_handle_reads_back_only_for_its_queue() {
        let receipt = Receipt {
            queue: 1,
            message: 2,
            receive: -3,
        };
        let handle = receipt.handle();
        assert_eq!(Receipt::parse(Some(&handle), 1).unwrap(), receipt);
        for (handle, queue) in [(handle.as_str(), 2), ("", 1), ("!!", 1), ("MTox", 1)] {
            let refusal = Receipt::parse(Some(handle), queue).unwrap_err();
            assert_eq!(refusal.code(), Code::ReceiptHandleIsInvalid);
        }
    }
}
