//! Which route a path leads to, and what it says.

use std::borrow::Cow;
use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;

/// The path without its `%XX`. API Gateway's HTTP APIs decode it before they look for the route, so an encoded slash
/// parts segments as a plain one does, and functions are given decoded values. What is no UTF-8 stays as it is.
pub(super) fn decoded(path: &str) -> Cow<'_, str> {
    percent_decode_str(path)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(path))
}

/// Whether the pattern ends in a parameter that takes the rest of the path. Such a route gives way to any other.
pub(super) fn is_greedy(pattern: &str) -> bool {
    pattern.ends_with("+}")
}

/// The path's parameters when it fits the pattern.
pub(super) fn matches(pattern: &str, path: &str) -> Option<BTreeMap<String, String>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.splitn(pattern_parts(pattern), '/'));
    let mut parameters = BTreeMap::new();
    loop {
        let (segment, value) = match (wanted.next(), given.next()) {
            (None, None) => return Some(parameters),
            (Some(segment), Some(value)) => (segment, value),
            (Some(_), None) | (None, Some(_)) => return None,
        };
        match parameter(segment) {
            Some(_) if value.is_empty() => return None,
            Some(name) => {
                parameters.insert(name.to_owned(), value.to_owned());
            }
            None if segment == value => {}
            None => return None,
        }
    }
}

/// In how many parts a path is to be taken: one more than fits, so that a longer path is seen to be longer, unless the
/// last part is the rest.
fn pattern_parts(pattern: &str) -> usize {
    let segments = pattern.split('/').count();
    if is_greedy(pattern) {
        segments
    } else {
        segments + 1
    }
}

/// The parameter's name, without the plus of one that takes the rest.
fn parameter(segment: &str) -> Option<&str> {
    let name = segment.strip_prefix('{')?.strip_suffix('}')?;
    Some(name.strip_suffix('+').unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_fits_its_pattern_segment_by_segment() {
        let fits = |path| matches("/v1/customers/{id}/timeline", path);
        assert_eq!(fits("/v1/customers/cus_1/timeline").unwrap()["id"], "cus_1");
        for path in [
            "/v1/customers//timeline",
            "/v1/customers/a/b/timeline",
            "/v1/customers/a/timeline/",
            "/v1",
        ] {
            assert_eq!(fits(path), None, "{path}");
        }
    }

    #[test]
    fn a_greedy_parameter_takes_the_rest_with_its_slashes() {
        let fits = |path: &str| matches("/v1/customers/{id}/candidates/{identity+}", path);
        for identity in ["visitor:shop/4f2a", "tel:+14155550123", "visitor:shop//"] {
            let path = format!("/v1/customers/cus_1/candidates/{identity}");
            let parameters = fits(&path).unwrap();
            assert_eq!(parameters["id"], "cus_1");
            assert_eq!(parameters["identity"], identity);
        }
        for path in [
            "/v1/customers/cus_1/candidates/",
            "/v1/customers/cus_1/candidates",
            "/v1/customers/cus_1/links/tel:+14155550123",
        ] {
            assert_eq!(fits(path), None, "{path}");
        }
    }

    #[test]
    fn an_encoded_path_leads_where_the_plain_one_does() {
        for path in ["visitor:shop/4f2a", "visitor%3Ashop%2F4f2a"] {
            let path = format!("/v1/identities/{path}");
            let parameters = matches("/v1/identities/{identity+}", &decoded(&path)).unwrap();
            assert_eq!(parameters["identity"], "visitor:shop/4f2a");
        }
        // Once: what is encoded twice is a percent sign of the value.
        assert_eq!(decoded("/a%252Fb%40example.com+1"), "/a%2Fb@example.com+1");
        assert_eq!(decoded("/%ff"), "/%ff");
    }
}
