//! Whether a name is one that a person can read.

/// Fewest digits of a number that is an id. A phone number in national form has fewer, one in full has its plus.
const ID_DIGITS: usize = 12;
/// Fewest hexadecimal digits of an id.
const ID_HEX: usize = 24;

/// Whether a name is only an id: a UUID, a long number, an id such as those of Twilio (two letters and 32 hexadecimal
/// digits), or a path that ends in one. Such a name tells an agent nothing.
#[must_use]
pub fn is_id(name: &str) -> bool {
    let name = name.trim();
    let last = name.rsplit(['/', ':']).next().unwrap_or(name);
    let is_number = last.len() >= ID_DIGITS && last.bytes().all(|byte| byte.is_ascii_digit());
    let prefixed = last.len() == 34
        && last
            .get(..2)
            .is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_alphabetic()))
        && last.get(2..).is_some_and(is_hex);
    is_number || prefixed || is_uuid(last) || (last.len() >= ID_HEX && is_hex(last))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    let mut parts = text.split('-');
    let whole = [8, 4, 4, 4, 12].iter().all(|length| {
        parts
            .next()
            .is_some_and(|part| part.len() == *length && is_hex(part))
    });
    whole && parts.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_names() {
        for id in [
            "8c1d4e2a-6b3f-4a39-8f6e-0123456789ab",
            "arn:aws:connect:us-east-1:111122223333:instance/a/queue/8c1d4e2a-6b3f-4a39-8f6e-0123456789ab",
            "123456789012",
            "WQ0123456789abcdef0123456789abcdef",
            "0123456789abcdef01234567",
            " 8C1D4E2A6B3F4A398F6E0123456789AB ",
        ] {
            assert!(is_id(id), "{id}");
        }
        for name in [
            "",
            "Sales",
            "Field team",
            "ray.ortiz",
            "+442079460123",
            "2025550142",
            "8c1d4e2a-6b3f",
            "support:en",
            "Invoice 123456789012",
        ] {
            assert!(!is_id(name), "{name}");
        }
    }
}
