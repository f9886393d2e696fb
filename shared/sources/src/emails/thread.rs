//! Which thread a mail belongs to.

use timeline::{Distrust, opaque};

/// The thread's root: the first id of `References`, else the one of `In-Reply-To`, else the mail's own.
pub(super) fn root(
    references: Option<&str>,
    in_reply_to: Option<&str>,
    own: Option<&str>,
) -> Option<String> {
    [references, in_reply_to, own]
        .into_iter()
        .flatten()
        .find_map(first_id)
}

/// The first id of a field, without its angle brackets and in its own case: `None` when there is none.
///
/// Some systems write ids without brackets; then the first word is the id.
pub(super) fn first_id(value: &str) -> Option<String> {
    let mut rest = value;
    while let Some(open) = rest.find('<') {
        let Some(length) = rest[open + 1..].find('>') else {
            break;
        };
        // Folding may have put white space into a long id.
        let inside = &rest[open + 1..open + 1 + length];
        let id: String = inside
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_control())
            .collect();
        if !id.is_empty() {
            return Some(id);
        }
        rest = &rest[open + length + 2..];
    }
    let edge = |c: char| matches!(c, '<' | '>' | ',' | ';' | '"') || c.is_control();
    value
        .split_whitespace()
        .map(|word| word.trim_matches(edge))
        .find(|word| !word.is_empty())
        .map(|word| word.chars().filter(|c| !c.is_control()).collect())
}

/// The key of the interaction that a thread is with one customer.
///
/// Whoever writes chooses the references of a mail; the address is what the mail was checked for. With both in the
/// key, a forged reference opens an interaction of the forger's own and touches no other.
pub(super) fn key(root: &str, address_key: &str) -> String {
    opaque(&[root, address_key])
}

/// The key of the interaction that a mail is of: its thread with this customer. A mail that is not trusted, and one that
/// is nobody's, stands alone under its own id: it joins no thread that it names.
pub(super) fn key_of(
    root: Option<&str>,
    own_id: &str,
    address_key: Option<&str>,
    distrust: &[Distrust],
) -> String {
    match address_key {
        Some(address) => key(root.unwrap_or(own_id), address),
        None if distrust.is_empty() => format!("unknown:{own_id}"),
        None => format!("unverified:{own_id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_first_reference_else_the_answered_mail_else_the_mail_itself() {
        let (own, answered) = (Some("<own@x>"), Some(" <answered@x>\r\n"));
        let references = Some("<> <Root@x>\r\n <next@x>");
        assert_eq!(root(references, answered, own).as_deref(), Some("Root@x"));
        assert_eq!(
            root(Some(" "), answered, own).as_deref(),
            Some("answered@x")
        );
        assert_eq!(root(None, None, own).as_deref(), Some("own@x"));
        assert_eq!(root(None, Some("<>"), None), None);
    }

    #[test]
    fn an_id_is_read_in_whatever_way_it_was_broken() {
        for (text, id) in [
            ("<a@x>", "a@x"),
            ("a@x", "a@x"),
            ("<a@x", "a@x"),
            ("<long-\r\n  id@x>", "long-id@x"),
            ("Ada's mail of Monday <a@x>", "a@x"),
        ] {
            assert_eq!(first_id(text).as_deref(), Some(id), "{text:?}");
        }
    }

    #[test]
    fn the_same_root_with_another_address_is_another_interaction() {
        assert_ne!(
            key("root@x", "ada@example.com"),
            key("root@x", "eve@example.com")
        );
        assert_eq!(
            key("root@x", "ada@example.com"),
            key("root@x", "ada@example.com")
        );
    }
}
