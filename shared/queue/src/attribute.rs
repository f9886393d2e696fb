//! What a record of an events queue says beside its body. Nothing of it is personal, and `sources` reads it.

use std::collections::BTreeMap;

use crate::is_carried;

/// The source that was authenticated, or that the sender knows.
pub const SOURCE: &str = "source";
/// Which account of the source it is.
pub const ACCOUNT: &str = "account";
/// Headers of the provider's request, as [`headers`] makes it.
pub const HEADERS: &str = "headers";
/// How the body is written, where that is not as it came: [`BASE64`].
pub const ENCODING: &str = "encoding";
/// The one encoding that there is.
pub const BASE64: &str = "base64";
/// When an events queue first had the record, in milliseconds since 1970, where it is sent again: the time of sending is
/// that of the last sending, and some sources have no other clock.
pub const RECEIVED_AT: &str = "received_at";

/// Longest value of a header that is kept, in bytes. A longer one is left out: cut, it would be another.
pub const MAX_HEADER_VALUE: usize = 1024;
/// Most bytes of all headers that are kept. Those that do not fit are left out.
pub const MAX_HEADERS_BYTES: usize = 8 * 1024;

/// The type of each attribute, which counts as well.
pub(crate) const DATA_TYPE: &str = "String";

/// The value of [`HEADERS`], a JSON object; `None` where no header is left.
#[must_use]
pub fn headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let mut kept = BTreeMap::new();
    let mut bytes = 0;
    for (name, value) in headers {
        if value.len() > MAX_HEADER_VALUE || !value.chars().all(is_carried) {
            continue;
        }
        bytes += name.len() + value.len();
        if bytes > MAX_HEADERS_BYTES {
            break;
        }
        kept.insert(name, value);
    }
    if kept.is_empty() {
        return None;
    }
    // Texts under texts always serialise.
    serde_json::to_string(&kept).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_kept_whole_or_not_at_all() {
        let long = "x".repeat(MAX_HEADER_VALUE);
        let longer = format!("{long}x");
        assert_eq!(headers([]), None);
        assert_eq!(headers([("a", longer.as_str()), ("b", "\u{1}")]), None);
        let kept = headers([("a", longer.as_str()), ("b", "1"), ("c", "\u{fffe}")]);
        assert_eq!(kept.as_deref(), Some(r#"{"b":"1"}"#));
        let names: Vec<String> = (0..20).map(|place| format!("h{place:02}")).collect();
        let many = names.iter().map(|name| (name.as_str(), long.as_str()));
        let kept = headers(many).unwrap();
        let kept: BTreeMap<String, String> = serde_json::from_str(&kept).unwrap();
        assert_eq!(kept.len(), MAX_HEADERS_BYTES / (MAX_HEADER_VALUE + 3));
        assert!(kept.contains_key("h00"));
    }
}
