//! Parts of a URL as it is written, without any decoding: what is signed is the text.

/// The URL before its query.
pub(crate) fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// The raw query, without its question mark.
pub(crate) fn query(url: &str) -> &str {
    let query = url.split_once('?').map(|(_, query)| query);
    let query = query.unwrap_or_default();
    query.split('#').next().unwrap_or_default()
}

/// The raw values of this query parameter.
pub(crate) fn query_values<'a>(url: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    query(url).split('&').filter_map(move |pair| {
        let (given, value) = pair.split_once('=').unwrap_or((pair, ""));
        (given == name).then_some(value)
    })
}

/// The URL with one more query parameter, whose value is encoded already.
pub(crate) fn with_query(url: &str, name: &str, value: &str) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}{name}={value}")
}

/// A URL taken apart where its writers differ.
pub(crate) struct Parts<'a> {
    /// `https`.
    scheme: &'a str,
    /// `user:password`.
    pub(crate) credentials: Option<&'a str>,
    host: &'a str,
    port: Option<&'a str>,
    /// Path and query.
    rest: &'a str,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (credentials, place) = match authority.rsplit_once('@') {
            Some((credentials, place)) => (Some(credentials), place),
            None => (None, authority),
        };
        let (host, port) = match place.rsplit_once(':') {
            // The colons of an IPv6 address stand in brackets.
            Some((host, port)) if !port.contains(']') => (host, Some(port)),
            Some(_) | None => (place, None),
        };
        Some(Self {
            scheme,
            credentials,
            host,
            port,
            rest,
        })
    }

    /// The URL with the port where it has none, or without the one that it has.
    pub(crate) fn other_port(&self, credentials: Option<&str>) -> String {
        let port = match self.port {
            Some(_) => None,
            None if self.scheme.eq_ignore_ascii_case("http") => Some("80"),
            None => Some("443"),
        };
        self.write(credentials, port)
    }

    /// The URL with these credentials and its own port.
    pub(crate) fn same_port(&self, credentials: Option<&str>) -> String {
        self.write(credentials, self.port)
    }

    fn write(&self, credentials: Option<&str>, port: Option<&str>) -> String {
        let Self {
            scheme, host, rest, ..
        } = self;
        let credentials = credentials
            .map(|text| format!("{text}@"))
            .unwrap_or_default();
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("{scheme}://{credentials}{host}{port}{rest}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_put_in_or_taken_out_and_the_rest_stays() {
        for (url, other) in [
            (
                "https://a.example.com/x?y=%20z#f",
                "https://a.example.com:443/x?y=%20z#f",
            ),
            ("http://a.example.com", "http://a.example.com:80"),
            ("https://a.example.com:8443?x", "https://a.example.com?x"),
            (
                "https://u:p@a.example.com/:1@",
                "https://u:p@a.example.com:443/:1@",
            ),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
            ("https://[2001:db8::1]:443/x", "https://[2001:db8::1]/x"),
        ] {
            let parts = Parts::of(url).unwrap();
            assert_eq!(parts.same_port(parts.credentials), url);
            assert_eq!(parts.other_port(parts.credentials), other);
        }
        assert!(Parts::of("/x").is_none());
    }

    #[test]
    fn the_query_is_read_raw() {
        let url = "https://example.com/x?a=1&b=%20&b#&b=3";
        assert_eq!(query_values(url, "b").collect::<Vec<_>>(), ["%20", ""]);
        assert_eq!(query_values("https://example.com/b=1", "b").count(), 0);
        assert_eq!(without_query(url), "https://example.com/x");
        assert_eq!(
            with_query("https://example.com", "t", "1"),
            "https://example.com?t=1"
        );
        assert_eq!(
            with_query("https://example.com?s", "t", "1"),
            "https://example.com?s&t=1"
        );
    }
}
