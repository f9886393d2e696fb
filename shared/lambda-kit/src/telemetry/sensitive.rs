//! Personal data and secrets in a type that does not print.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

use super::redact::REDACTED;

/// A value that shows as `[redacted]` wherever it is printed or serialised.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Covers a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. A call to this is where to look when personal data has leaked.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value itself, for good.
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<T> fmt::Display for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

impl<T> Serialize for Sensitive<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(REDACTED)
    }
}
