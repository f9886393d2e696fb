//! Which claims link by themselves.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::claim::{Basis, Strength};
use crate::identity::{IdentityKind, IdentityUri};
use crate::ids::Source;
use crate::own::OwnIdentities;

/// Most sources whose claims link by themselves.
const MAX_SOURCES: usize = 100;

/// What is done with claims by themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkPolicy {
    /// The sources whose verified claims link.
    pub sources: BTreeSet<Source>,
    /// The company's own numbers and addresses, which are nobody's.
    pub own: OwnIdentities,
}

/// What is wrong with a list of sources. Names the place in it, never the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkSourcesError {
    /// One of them is not a source's name.
    #[error("has something at place {place} that is no source's name")]
    Entry {
        /// Which one, from 1.
        place: usize,
    },
    /// More than a hundred.
    #[error("has more than {MAX_SOURCES} entries")]
    TooMany,
}

impl LinkPolicy {
    /// Reads the names of sources, with commas between them.
    ///
    /// # Errors
    /// When one of them can be no source's name, or there are too many.
    pub fn read_sources(list: &str) -> Result<BTreeSet<Source>, LinkSourcesError> {
        let mut sources = BTreeSet::new();
        for (place, name) in list.split(',').map(str::trim).enumerate() {
            if !name.is_empty() {
                let source = Source::new(name);
                sources.insert(source.map_err(|_| LinkSourcesError::Entry { place: place + 1 })?);
            }
        }
        if sources.len() > MAX_SOURCES {
            return Err(LinkSourcesError::TooMany);
        }
        Ok(sources)
    }

    /// Whether a claim of this source on this basis links by itself, if nothing speaks against it.
    #[must_use]
    pub fn links(&self, source: &Source, basis: Basis) -> bool {
        basis.strength() == Strength::Verified && self.sources.contains(source)
    }
}

/// The two ends of a link that a claim makes, the one whose customer's id stays first: the same whichever is named
/// first. A record outlives numbers, numbers outlive addresses, and a visitor is forgotten with a cookie.
#[must_use]
pub fn as_link<'a>(a: &'a IdentityUri, b: &'a IdentityUri) -> (&'a IdentityUri, &'a IdentityUri) {
    match (steadiness(a.kind()), a).cmp(&(steadiness(b.kind()), b)) {
        Ordering::Greater => (b, a),
        Ordering::Less | Ordering::Equal => (a, b),
    }
}

/// How long such an identity stays one person's, the longest first.
fn steadiness(kind: IdentityKind) -> u8 {
    match kind {
        IdentityKind::Crm => 0,
        IdentityKind::Tel => 1,
        IdentityKind::Mailto => 2,
        IdentityKind::Whatsapp => 3,
        IdentityKind::Sip => 4,
        IdentityKind::Visitor => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_verified_claims_of_the_sources_that_are_named_link() {
        let sources = LinkPolicy::read_sources(" amazon-connect, ,whatsapp").unwrap();
        let policy = LinkPolicy {
            sources,
            own: OwnIdentities::default(),
        };
        let source = |name| Source::new(name).unwrap();
        for basis in Basis::ALL {
            let verified = basis.strength() == Strength::Verified;
            assert_eq!(policy.links(&source("whatsapp"), basis), verified);
            assert!(!policy.links(&source("chatwoot"), basis));
        }
        assert_eq!(
            LinkPolicy::read_sources("whatsapp,Amazon Connect"),
            Err(LinkSourcesError::Entry { place: 2 })
        );
    }

    #[test]
    fn a_link_has_one_direction_whichever_end_is_named_first() {
        let order = [
            "crm:zoho/1",
            "crm:zoho/2",
            "tel:+493023125001",
            "mailto:ada@example.com",
            "whatsapp:+493023125001",
            "sip:ada@pbx.example.com",
            "visitor:shop/1",
        ];
        let order = order.map(|uri| uri.parse::<IdentityUri>().unwrap());
        for (place, from) in order.iter().enumerate() {
            for to in &order[place + 1..] {
                assert_eq!(as_link(from, to), (from, to));
                assert_eq!(as_link(to, from), (from, to));
            }
        }
    }
}
