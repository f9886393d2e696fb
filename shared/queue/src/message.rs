//! A message, and how large it is in the queue.

use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::types::MessageAttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::attribute::{BASE64, DATA_TYPE, ENCODING};
use crate::is_carried;

/// Largest message that the events queues of `template.yaml` take, attributes included. SQS would take 16 KiB more,
/// which are left so that a refused body and its reason fit into the quarantine.
pub const MAX_MESSAGE_BYTES: usize = 1_032_192;

/// A message that is not sent yet. It has no `Debug`, since its body is personal.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Its body, of characters that SQS carries.
    pub body: String,
    /// Its attributes, by name.
    pub attributes: Vec<(&'static str, String)>,
}

impl Message {
    /// A message with that body, in base64 where SQS does not carry the bytes as they are.
    #[must_use]
    pub fn of(body: &[u8], mut attributes: Vec<(&'static str, String)>) -> Self {
        let text = std::str::from_utf8(body).ok();
        let text = text.filter(|text| text.chars().all(is_carried));
        let body = match text {
            Some(text) => text.to_owned(),
            None => {
                attributes.push((ENCODING, BASE64.to_owned()));
                STANDARD.encode(body)
            }
        };
        Self { body, attributes }
    }

    /// Its size as SQS counts it.
    #[must_use]
    pub fn size(&self) -> usize {
        let attributes = self.attributes.iter();
        let attributes = attributes.map(|(name, value)| name.len() + DATA_TYPE.len() + value.len());
        self.body.len() + attributes.sum::<usize>()
    }

    /// Its attributes as the SDK wants them.
    pub(crate) fn values(&self) -> Result<Vec<(&'static str, MessageAttributeValue)>, BuildError> {
        let attributes = self.attributes.iter();
        let values = attributes.map(|(name, value)| {
            let value = MessageAttributeValue::builder()
                .data_type(DATA_TYPE)
                .string_value(value);
            Ok((*name, value.build()?))
        });
        values.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::SOURCE;

    fn plain() -> Vec<(&'static str, String)> {
        vec![(SOURCE, "plain".to_owned())]
    }

    #[test]
    fn what_sqs_carries_goes_as_it_is_and_the_rest_in_base64() {
        for body in ["{\"a\": 1}\r\n\t", "żółć 🙂", "\u{fffd}\u{e000}\u{d7ff}"] {
            let message = Message::of(body.as_bytes(), plain());
            assert_eq!(message.body, body);
            assert_eq!(message.attributes, plain());
        }
        for body in [
            b"\x00".as_slice(),
            b"\x1f",
            b"\xff\xfe",
            "\u{fffe}".as_bytes(),
            "\u{ffff}".as_bytes(),
        ] {
            let message = Message::of(body, plain());
            assert_eq!(STANDARD.decode(&message.body).unwrap(), body);
            assert_eq!(message.attributes[1], (ENCODING, BASE64.to_owned()));
        }
    }

    #[test]
    fn names_types_and_values_of_attributes_count() {
        assert_eq!(Message::of(b"12345", Vec::new()).size(), 5);
        // source, String, plain.
        assert_eq!(Message::of(b"12345", plain()).size(), 5 + 6 + 6 + 5);
        // encoding, String, base64 and four characters.
        assert_eq!(Message::of(b"\x00", Vec::new()).size(), 4 + 8 + 6 + 6);
    }
}
