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
    #[error("has something at place {place} that is no number in E.164, address or identity's URI")]
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
    let account = (identity.kind() == IdentityKind::Whatsapp).then_some(identity);
    account
        .and_then(|account| account.expose().split_once(':'))
        .and_then(|(_, number)| IdentityUri::try_from(format!("tel:{number}")).ok())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::{Basis, Claim};
    use crate::event::Channel;
    use crate::fact::{Fact, Started};
    use crate::ids::{EventId, InteractionId, Source};
    use crate::traits::TraitName;

    fn own() -> OwnIdentities {
        "+49 30 23125-000, Info@Example.com,".parse().unwrap()
    }

    fn identity(uri: &str) -> Identity {
        Identity::read(uri).unwrap()
    }

    fn event(customer: &str) -> Event {
        let source = Source::new("invented").unwrap();
        let id = InteractionId::new(&source, "a").unwrap();
        let started = Fact::Started(Started::default());
        let mut event = Event::new(
            id,
            EventId::new("e").unwrap(),
            source,
            Channel::Call,
            started,
        );
        event.customer = Some(identity(customer));
        event.customer_name = Some("Ada Example".into());
        event.traits.insert(TraitName::language(), "de".into());
        event
    }

    fn claim(uri: &str) -> Claim {
        Claim {
            identity: identity(uri),
            basis: Basis::Typed,
        }
    }

    #[test]
    fn an_own_number_is_own_in_any_writing_and_as_a_messengers_account() {
        for uri in [
            "tel:+493023125000",
            "tel:+49 (30) 23125-000",
            "whatsapp:+493023125000",
            "sip:+493023125000@pbx.example.com",
            "mailto:INFO@example.com",
        ] {
            assert!(own().contains(&identity(uri).uri), "{uri}");
        }
        for uri in [
            "tel:+493023125001",
            "mailto:ada@example.com",
            "crm:zoho/493023125000",
        ] {
            assert!(!own().contains(&identity(uri).uri), "{uri}");
        }
    }

    /// frappe links every call to the contact that has the company's own number.
    #[test]
    fn complaint_10_an_own_number_is_neither_customer_nor_participant_nor_claimed() {
        let mut reported = event("tel:+493023125000");
        reported.participants = vec![
            identity("tel:+493023125001"),
            identity("mailto:info@example.com"),
        ];
        reported.claims = vec![claim("mailto:ada@example.com")];
        let kept = reported.without_own(&own());
        assert_eq!(kept.customer, None);
        assert_eq!(kept.customer_name, None);
        assert!(kept.traits.is_empty() && kept.claims.is_empty());
        assert_eq!(kept.participants, [identity("tel:+493023125001")]);
    }

    #[test]
    fn the_customer_stays_and_only_what_is_own_goes() {
        let mut reported = event("tel:+493023125001");
        reported.participants = vec![identity("tel:+493023125000")];
        reported.claims = vec![
            claim("mailto:info@example.com"),
            claim("mailto:ada@example.com"),
        ];
        let kept = reported.clone().without_own(&own());
        assert_eq!(kept.customer, reported.customer);
        assert_eq!(kept.customer_name, reported.customer_name);
        assert_eq!(kept.traits, reported.traits);
        assert!(kept.participants.is_empty());
        assert_eq!(kept.claims, [claim("mailto:ada@example.com")]);
        assert_eq!(
            reported.clone().without_own(&OwnIdentities::default()),
            reported
        );
    }

    #[test]
    fn what_is_wrong_with_the_list_is_told_by_its_place() {
        let error = "+493023125000,nobody-knows,info@example.com"
            .parse::<OwnIdentities>()
            .unwrap_err();
        assert!(matches!(error, OwnError::Entry { place: 2, .. }));
        let said = error.to_string();
        assert!(
            said.contains("place 2") && !said.contains("nobody"),
            "{said}"
        );
        let national = "030 23125000".parse::<OwnIdentities>();
        assert!(matches!(national, Err(OwnError::Entry { place: 1, .. })));
        let many: Vec<String> = (0..=MAX_OWN).map(|n| format!("n{n}@example.com")).collect();
        assert_eq!(
            many.join(",").parse::<OwnIdentities>(),
            Err(OwnError::TooMany)
        );
    }

    #[test]
    fn the_digest_is_that_of_the_identities() {
        let again: OwnIdentities = "info@example.com,tel:+493023125000".parse().unwrap();
        assert_eq!(own().digest(), again.digest());
        assert_ne!(own().digest(), OwnIdentities::default().digest());
        assert_eq!(format!("{:?}", own()), "OwnIdentities(2)");
    }
}
