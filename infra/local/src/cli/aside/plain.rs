//! Which attributes may be shown: those in which nothing can be personal.
//!
//! What is in quarantine, the stack has written itself. The attributes of a dead letter are whatever its sender wrote.

use queue::attribute::{ACCOUNT, BASE64, ENCODING, RECEIVED_AT, SOURCE};

use crate::cli::reach::{QUARANTINE, UNDELIVERED};

/// The attribute in which EventBridge says why it could not deliver.
pub(super) const ERROR_CODE: &str = "ERROR_CODE";
/// Longest such code.
const MAX_CODE: usize = 64;
/// Attributes that the stack writes into quarantine.
const OWN: [&str; 8] = [
    "reason_code",
    "reason",
    "queue",
    "message_id",
    SOURCE,
    ACCOUNT,
    ENCODING,
    RECEIVED_AT,
];

/// Whether an attribute of a message in that queue may be shown.
pub(super) fn is_plain(queue: &str, name: &str, value: &str) -> bool {
    if queue == QUARANTINE {
        return OWN.contains(&name);
    }
    match name {
        SOURCE => is_source(value),
        ACCOUNT => sources::is_account(value),
        ENCODING => value == BASE64,
        ERROR_CODE => queue == UNDELIVERED && is_code(value),
        _ => false,
    }
}

fn is_source(name: &str) -> bool {
    let mut all = sources::ALL.iter().flat_map(|(_, sources)| sources.iter());
    all.any(|source| source.name() == name)
}

fn is_code(value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte == b'_';
    !value.is_empty() && value.len() <= MAX_CODE && value.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_dead_letter_only_what_has_the_form_is_shown() {
        for (queue, name, value, shown) in [
            ("call-events-dlq", SOURCE, "cti", true),
            ("call-events-dlq", SOURCE, "+14155550142", false),
            ("call-events-dlq", ACCOUNT, "berlin", true),
            ("call-events-dlq", ACCOUNT, "ada@example.com", false),
            ("call-events-dlq", ENCODING, BASE64, true),
            ("call-events-dlq", ENCODING, "ada", false),
            ("call-events-dlq", "reason", "+14155550142 calls", false),
            ("call-events-dlq", ERROR_CODE, "NO_PERMISSIONS", false),
            (UNDELIVERED, ERROR_CODE, "NO_PERMISSIONS", true),
            (UNDELIVERED, ERROR_CODE, "14155550142", false),
            ("call-events-dlq", RECEIVED_AT, "14155550142", false),
            (QUARANTINE, RECEIVED_AT, "1772442000000", true),
            (QUARANTINE, "reason", "the body is no JSON", true),
            (QUARANTINE, "caller", "+14155550142", false),
        ] {
            assert_eq!(is_plain(queue, name, value), shown, "{queue} {name}");
        }
    }
}
