//! The origins whose pages may have the widget.

use std::str::FromStr;

/// Most origins of one stack.
const MAX_ORIGINS: usize = 100;
/// Longest origin: the longest name of a host, its scheme and its port.
const MAX_ORIGIN: usize = 270;

/// The configured origins, as browsers write them: `https://www.example.com`, with a port where it is not the scheme's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origins(Vec<String>);

/// A list that is none of origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a list of origins such as https://www.example.com, separated by commas")]
pub(crate) struct NotOrigins;

impl FromStr for Origins {
    type Err = NotOrigins;

    fn from_str(list: &str) -> Result<Self, NotOrigins> {
        let origins: Vec<String> = list
            .split(',')
            .map(str::trim)
            .filter(|origin| !origin.is_empty())
            .map(str::to_owned)
            .collect();
        if origins.len() <= MAX_ORIGINS && origins.iter().all(|origin| is_origin(origin)) {
            Ok(Self(origins))
        } else {
            Err(NotOrigins)
        }
    }
}

impl Origins {
    /// Whether no page may have the widget, so that it is off.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a page of exactly this origin may have the widget.
    pub(crate) fn allow(&self, origin: &str) -> bool {
        self.0.iter().any(|allowed| allowed == origin)
    }
}

/// Whether a browser could write this: a scheme, a host in lower case, perhaps a port, and nothing behind it. What no
/// browser writes would match nothing, and nobody would know why.
fn is_origin(text: &str) -> bool {
    let Some((scheme, authority)) = text.split_once("://") else {
        return false;
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        Some(_) | None => (authority, None),
    };
    let is_port = |port: &str| {
        let number: Option<u16> = port.parse().ok();
        let default = match scheme {
            "https" => 443,
            _ => 80,
        };
        number.is_some_and(|number| number != default && number.to_string() == port)
    };
    let is_host = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '[' | ']' | ':')
    };
    text.len() <= MAX_ORIGIN
        && matches!(scheme, "https" | "http")
        && !host.is_empty()
        && host.chars().all(is_host)
        && port.is_none_or(is_port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_exactly_as_it_stands() {
        let origins: Origins = " https://www.example.com ,http://localhost:8080,"
            .parse()
            .unwrap_or_default();
        assert!(origins.allow("https://www.example.com"));
        assert!(origins.allow("http://localhost:8080"));
        for other in [
            "https://example.com",
            "http://www.example.com",
            "https://www.example.com:8443",
            "https://www.example.com.example.net",
            "https://www.example.com/",
            "HTTPS://WWW.EXAMPLE.COM",
            "null",
            "",
        ] {
            assert!(!origins.allow(other), "{other}");
        }
        assert!(" , ".parse::<Origins>().is_ok_and(|none| none.is_empty()));
    }

    #[test]
    fn what_no_browser_writes_is_refused() {
        for wrong in [
            "*",
            "www.example.com",
            "https://",
            "https://www.example.com/",
            "https://WWW.example.com",
            "https://www.example.com:443",
            "http://www.example.com:80",
            "https://www.example.com:08443",
            "https://www.example.com:99999",
            "ftp://www.example.com",
            "https://*.example.com",
            "https://ada@example.com",
            &format!("https://{}", "a".repeat(300)),
        ] {
            assert_eq!(wrong.parse::<Origins>(), Err(NotOrigins), "{wrong}");
        }
        assert!("http://[::1]:8080,https://[::1]".parse::<Origins>().is_ok());
    }
}
