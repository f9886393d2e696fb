//! Ids that come from immutable fields of what a provider sent, never from the time or way it arrived.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE32_NOPAD, Specification};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::identity::IdentityUri;

/// Longest id that is kept as the provider wrote it; a longer one is replaced by its digest.
const MAX_KEY: usize = 200;
/// Longest name of a source.
const MAX_SOURCE: usize = 40;

/// The system that an event comes from, such as `amazon-connect`: lower-case letters, digits and hyphens.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Source(String);

/// One call, chat or email thread: `<source>:<the provider's own conversation key>`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct InteractionId(String);

/// One event within its interaction: the provider's own id, or (kind, sequence).
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct EventId(String);

/// A customer: `cus_` and a digest of the stack's salt and the customer's first identity.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct CustomerId(String);

/// Why a text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing there.
    #[error("is empty")]
    Empty,
    /// A source's name has other characters than lower-case letters, digits and hyphens, or is too long.
    #[error("is not a source's name: up to 40 lower-case letters, digits and hyphens")]
    NotASource,
    /// Not `<source>:<key>`.
    #[error("is not an interaction's id: <source>:<key>")]
    NotAnInteraction,
    /// Not an event's id.
    #[error("is not an event's id")]
    NotAnEvent,
    /// Not `cus_` and 26 characters.
    #[error("is not a customer's id: cus_ and 26 characters")]
    NotACustomer,
    /// Not `lnk_` and 26 characters.
    #[error("is not a link's id: lnk_ and 26 characters")]
    NotALink,
    /// Not a promise's id.
    #[error("is not a promise's id: up to 64 letters, digits, hyphens and points")]
    NotAPromise,
}

/// What ids keep as it is. Everything else, `/` first of all, would need escapes in paths and logs.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '@' | '+' | '=' | '-' | '~')
}

/// The key itself where it is short and plain, else a digest of it.
fn short_and_plain(key: &str) -> Result<String, IdError> {
    match key {
        "" => Err(IdError::Empty),
        key if key.len() <= MAX_KEY && key.chars().all(is_plain) => Ok(key.to_owned()),
        key => Ok(opaque(&[key])),
    }
}

/// A digest of some texts, 26 characters of lower-case base32 (130 bits): the same for the same texts, and for
/// nobody to read. Lengths are part of it, so that ("ab", "c") and ("a", "bc") differ.
///
/// ```
/// assert_ne!(timeline::opaque(&["ab", "c"]), timeline::opaque(&["a", "bc"]));
/// assert_eq!(timeline::opaque(&["x"]).len(), 26);
/// ```
#[must_use]
pub fn opaque(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut text = lower_base32().encode(&hash.finalize());
    text.truncate(26);
    text
}

fn lower_base32() -> data_encoding::Encoding {
    let mut spec: Specification = BASE32_NOPAD.specification();
    spec.symbols.make_ascii_lowercase();
    // The specification is BASE32's own with other letters, so the fallback is never taken.
    spec.encoding().unwrap_or(BASE32_NOPAD)
}

impl Source {
    /// A source by its name.
    ///
    /// # Errors
    /// When the name has other characters than `a-z`, `0-9` and `-`.
    pub fn new(name: &str) -> Result<Self, IdError> {
        let plain = name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if name.is_empty() || name.len() > MAX_SOURCE || !plain {
            return Err(IdError::NotASource);
        }
        Ok(Self(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl InteractionId {
    /// The interaction that a source knows under `key`. A key that is long or has unusual characters stands as a
    /// digest of itself.
    ///
    /// ```
    /// use timeline::{InteractionId, Source};
    /// let id = InteractionId::new(&Source::new("cti")?, "1234.56")?;
    /// assert_eq!(id.as_str(), "cti:1234.56");
    /// # Ok::<(), timeline::IdError>(())
    /// ```
    ///
    /// # Errors
    /// When the key is empty.
    pub fn new(source: &Source, key: &str) -> Result<Self, IdError> {
        Ok(Self(format!("{}:{}", source.0, short_and_plain(key)?)))
    }

    /// The system that it is of.
    #[must_use]
    pub fn source(&self) -> Source {
        // Each id is made of a source, a colon and a key, and a source's name has no colon.
        let name = self.0.split(':').next().unwrap_or(&self.0);
        Source(name.to_owned())
    }

    /// The interaction of the same key in one of several accounts at the source.
    ///
    /// ```
    /// use timeline::{InteractionId, Source};
    /// let id = InteractionId::new(&Source::new("cti")?, "1234.56")?;
    /// assert_eq!(id.within("berlin").as_str(), "cti:berlin:1234.56");
    /// # Ok::<(), timeline::IdError>(())
    /// ```
    #[must_use]
    pub fn within(&self, account: &str) -> Self {
        let (source, key) = self.0.split_once(':').unwrap_or((&self.0, ""));
        let key = format!("{account}:{key}");
        // A key that has become too long stands as a digest of itself; none is empty.
        let key = short_and_plain(&key).unwrap_or(key);
        Self(format!("{source}:{key}"))
    }

    /// The id's text. Holds nothing personal unless the provider's own call ids do.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EventId {
    /// An event by the provider's id for it, or by its kind and sequence.
    ///
    /// # Errors
    /// When it is empty.
    pub fn new(key: &str) -> Result<Self, IdError> {
        short_and_plain(key).map(Self)
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl CustomerId {
    const PREFIX: &'static str = "cus_";

    /// The customer that a first identity implies. Deterministic, so that two first events racing create nothing
    /// twice; salted, so that nobody outside can try numbers.
    #[must_use]
    pub fn implied_by(identity: &IdentityUri, salt: &str) -> Self {
        Self(format!(
            "{}{}",
            Self::PREFIX,
            opaque(&["customer", salt, identity.expose()])
        ))
    }

    /// The id's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Source {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text)
    }
}

impl FromStr for InteractionId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let (source, key) = text.split_once(':').ok_or(IdError::NotAnInteraction)?;
        let source = Source::new(source).map_err(|_| IdError::NotAnInteraction)?;
        Self::new(&source, key).map_err(|_| IdError::NotAnInteraction)
    }
}

impl FromStr for EventId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::new(text).map_err(|_| IdError::NotAnEvent)
    }
}

impl FromStr for CustomerId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let id = text
            .strip_prefix(Self::PREFIX)
            .ok_or(IdError::NotACustomer)?;
        let base32 = id.len() == 26
            && id
                .bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        if base32 {
            Ok(Self(text.to_owned()))
        } else {
            Err(IdError::NotACustomer)
        }
    }
}

/// Text in and out, alike for all ids.
macro_rules! as_text {
    ($($id:ident),*) => {$(
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$id> for String {
            fn from(id: $id) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $id {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    )*};
}
as_text!(Source, InteractionId, EventId, CustomerId);

#[cfg(test)]
mod tests {
    use super::*;

    fn cti() -> Source {
        Source::new("cti").unwrap()
    }

    #[test]
    fn an_interaction_id_reads_back_as_itself() {
        for key in [
            "1234.56",
            "a:b@10.0.0.1",
            "<odd/key with spaces>",
            &"k".repeat(3000),
        ] {
            let id = InteractionId::new(&cti(), key).unwrap();
            assert_eq!(id.as_str().parse(), Ok(id.clone()));
            assert_eq!(id.source(), cti());
            assert!(
                id.as_str().len() <= MAX_SOURCE + 1 + MAX_KEY && id.as_str().chars().all(is_plain)
            );
        }
        assert_eq!(InteractionId::new(&cti(), ""), Err(IdError::Empty));
    }

    #[test]
    fn two_keys_never_share_an_id() {
        let ids =
            ["a b", "a/b", "a  b", "a%20b"].map(|key| InteractionId::new(&cti(), key).unwrap());
        let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len());
    }

    #[test]
    fn a_customer_id_depends_on_salt_and_identity_only() {
        let ada: IdentityUri = "tel:+14155550123".parse().unwrap();
        let id = CustomerId::implied_by(&ada, "salt");
        assert_eq!(id, CustomerId::implied_by(&ada, "salt"));
        assert_ne!(id, CustomerId::implied_by(&ada, "other"));
        assert_eq!(id.as_str().parse(), Ok(id.clone()));
        assert!(!id.as_str().contains("4155550123"));
        assert_eq!("cus_!".parse::<CustomerId>(), Err(IdError::NotACustomer));
    }
}
