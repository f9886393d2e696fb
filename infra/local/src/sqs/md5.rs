//! The checksums that SDKs compare with their own: AWS's layout, byte for byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use md5::{Digest, Md5};

use super::message::{Attribute, AttributeValue};

/// Marks a text or number in the checksum of attributes.
const STRING_TRANSPORT: u8 = 1;
/// Marks bytes in the checksum of attributes.
const BINARY_TRANSPORT: u8 = 2;

/// The checksum of a body, in lower-case hex.
pub(super) fn of_body(body: &str) -> String {
    hex(Md5::new().chain_update(body))
}

/// The checksum of attributes, in the order of their names; nothing when there are none.
pub(super) fn of_attributes(attributes: &BTreeMap<String, Attribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut digest = Md5::new();
    for (name, attribute) in attributes {
        add(&mut digest, name.as_bytes());
        add(&mut digest, attribute.data_type.as_bytes());
        match &attribute.value {
            AttributeValue::Text(text) => {
                digest.update([STRING_TRANSPORT]);
                add(&mut digest, text.as_bytes());
            }
            AttributeValue::Binary(bytes) => {
                digest.update([BINARY_TRANSPORT]);
                add(&mut digest, bytes);
            }
        }
    }
    Some(hex(digest))
}

fn add(digest: &mut Md5, bytes: &[u8]) {
    // Lengths are under the message limit, far below 2^32.
    digest.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    digest.update(bytes);
}

fn hex(digest: Md5) -> String {
    digest
        .finalize()
        .iter()
        .fold(String::with_capacity(32), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_of_a_body_is_plain_md5() {
        assert_eq!(of_body("hello"), "5d41402abc4b2a76b9719d911017c592");
    }

    #[test]
    fn no_attributes_have_no_checksum() {
        assert_eq!(of_attributes(&BTreeMap::new()), None);
    }

    #[test]
    fn attributes_are_laid_out_by_name_with_lengths_and_a_transport_byte() {
        let text = Attribute {
            data_type: "String".into(),
            value: AttributeValue::Text("v".into()),
        };
        let bytes = Attribute {
            data_type: "Binary".into(),
            value: AttributeValue::Binary(vec![7, 8]),
        };
        let attributes = BTreeMap::from([("b".into(), bytes), ("a".into(), text)]);
        let laid_out = b"\0\0\0\x01a\0\0\0\x06String\x01\0\0\0\x01v\0\0\0\x01b\0\0\0\x06Binary\x02\0\0\0\x02\x07\x08";
        assert_eq!(
            of_attributes(&attributes),
            Some(hex(Md5::new().chain_update(laid_out)))
        );
    }
}
