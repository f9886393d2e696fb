//! The company's own numbers and addresses: nobody's identity.
//!
//! A system that reports the company's main number as the caller would otherwise make one customer of everybody whom
//! the company rings up.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

use crate::email::EmailAddress;
use crate::event::Event;
use crate::identity::{Identity, IdentityError, IdentityKind, IdentityUri};

/// Most numbers and addresses of a company that are configured.
pub const MAX_OWN: usize = 500;

/// The company's own numbers and addresses. Its `Debug` says only how many.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct OwnIdentities(BTreeSet<IdentityUri>);

/// What is wrong with a list of own numbers and addresses. Names the place in it, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// One of them is neither a number nor an address.
    #[error(
        "has an entry that is neither a number in E.164 (+49…), an address, nor an identity's URI: number {place}"
    )]
    Entry {
        /// Which one, from 1.
        place: usize,
        /// What is wrong with it.
        #[source]
        problem: IdentityError,
    },
    /// More than [`MAX_OWN`].
    #[error("has more than {MAX_OWN} entries")]
    TooMany,
}

impl OwnIdentities {
    /// Whether an identity is the company's. A number is so as a telephone's and as a messenger's.
    #[must_use]
    pub fn contains(&self, identity: &IdentityUri) -> bool {
        self.0.contains(&plain(identity))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A digest of them, the same for the same identities in any order and punctuation.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for identity in &self.0 {
            hash.update((identity.expose().len() as u64).to_be_bytes());
            hash.update(identity.expose());
        }
        let mut digest = data_encoding::HEXLOWER.encode(&hash.finalize());
        digest.truncate(16);
        digest
    }
}

impl FromStr for OwnIdentities {
    type Err = OwnError;

    /// `+493023125000, info@example.com`: numbers in E.164, addresses, or identities' URIs, with commas between them.
    fn from_str(list: &str) -> Result<Self, OwnError> {
        let entries = list.split(',').map(str::trim);
        let mut own = BTreeSet::new();
        for (place, entry) in entries.enumerate().filter(|(_, entry)| !entry.is_empty()) {
            let identity = read(entry).map_err(|problem| OwnError::Entry {
                place: place + 1,
                problem,
            })?;
            own.insert(plain(&identity));
        }
        if own.len() > MAX_OWN {
            return Err(OwnError::TooMany);
        }
        Ok(Self(own))
    }
}

impl fmt::Debug for OwnIdentities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnIdentities({})", self.0.len())
    }
}

fn read(entry: &str) -> Result<IdentityUri, IdentityError> {
    let is_uri = IdentityKind::ALL.iter().any(|kind| {
        entry
            .split_once(':')
            .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(kind.scheme()))
    });
    if is_uri {
        return entry.parse();
    }
    if entry.contains('@') {
        let address = EmailAddress::read(entry).map_err(IdentityError::Email)?;
        return Ok(Identity::email(&address).uri);
    }
    format!("tel:{entry}").parse()
}

/// A messenger's account is its number.
fn plain(identity: &IdentityUri) -> IdentityUri {
    let number = match identity.kind() {
        IdentityKind::Whatsapp => identity.expose().split_once(':').map(|(_, number)| number),
        _ => None,
    };
    number
        .and_then(|number| IdentityUri::try_from(format!("tel:{number}")).ok())
        .unwrap_or_else(|| identity.clone())
}

impl Event {
    /// The event without the company's own numbers and addresses: they are neither the customer, nor a participant, nor
    /// anybody's by a claim. What the event says of its customer as a person goes with the customer.
    ///
    /// Nobody else becomes the customer instead: participants are whoever took part, agents and colleagues among them,
    /// and no field tells for all sources that one of them is the customer. Another event of the interaction names the
    /// customer, or none does.
    #[must_use]
    pub fn without_own(mut self, own: &OwnIdentities) -> Self {
        if own.is_empty() {
            return self;
        }
        let is_own = |identity: &Identity| own.contains(&identity.uri);
        if self.customer.as_ref().is_some_and(is_own) {
            self.customer = None;
            self.customer_name = None;
            self.traits.clear();
            // They are claimed to be the company's.
            self.claims.clear();
        }
        self.participants.retain(|participant| !is_own(participant));
        self.claims.retain(|claim| !is_own(&claim.identity));
        self
    }
}
