//! A delivery as it came, and the secrets that prove it.

use std::collections::BTreeMap;
use std::fmt;

/// A request as it came, before anything of it is believed.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The URL that the provider called, with its query: as the provider knows it.
    pub url: &'a str,
    /// Headers by name in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// The body's raw bytes.
    pub body: &'a [u8],
    /// Seconds since 1970 on this machine's clock.
    pub now: i64,
}

/// A shared secret, or a public key. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret's text as it is.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for who signs or verifies.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
