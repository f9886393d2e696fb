//! Links: which identities are one customer's.
//!
//! The links that are active form a graph over identities; a customer is a connected part of it. A set of links has no
//! order, so neither has linking, and taking a link away leaves what would be there without it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::claim::Basis;
use crate::identity::{IdentityKind, IdentityUri};
use crate::ids::{CustomerId, IdError, opaque};
use crate::personal::Personal;
use crate::time::Timestamp;

/// Most identities of one customer.
pub const MAX_IDENTITIES: usize = 50;
/// Most links of one customer: identities may be linked in more than one way.
pub const MAX_LINKS: usize = 100;
/// Most identities of one kind that policies link to one record: the id that stands in a flow as a placeholder is claimed for
/// everybody who calls.
pub const MAX_NUMBERS_OF_A_RECORD: usize = 5;
/// Most bytes of all links of one customer together. Each of the identities holds them all, and one transaction writes
/// at most 4 MB.
pub const MAX_LINK_BYTES: usize = 64 * 1024;
const _: () = assert!(MAX_IDENTITIES * MAX_LINK_BYTES < 7 * 1024 * 1024 / 2);

/// A link: `lnk_` and a digest.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct LinkId(String);

/// Why two identities are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkReason {
    /// An agent said so.
    Agent,
    /// An agent confirmed a candidate.
    Confirmed,
    /// A verified claim, by policy.
    Claim(#[schemars(description = "How the source came to say so.")] Basis),
}

/// Two identities are one person's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// Which link.
    pub id: LinkId,
    /// The identity under whose customer the link was made: that customer's id stays.
    pub from: IdentityUri,
    /// The identity that was added.
    pub to: IdentityUri,
    /// When it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: Actor,
    /// Why.
    pub reason: LinkReason,
    /// What the agent noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Personal>,
}

/// The active links of one customer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkSet(BTreeMap<LinkId, Link>);

/// Why links are not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// Both are the same identity.
    #[error("an identity is not linked to itself")]
    Same,
    /// The customer would have more identities than [`MAX_IDENTITIES`].
    #[error("a customer has at most {MAX_IDENTITIES} identities")]
    TooManyIdentities,
    /// The customer would have more links than [`MAX_LINKS`].
    #[error("a customer has at most {MAX_LINKS} links")]
    TooManyLinks,
    /// The links, with what is noted of them, would be longer than [`MAX_LINK_BYTES`].
    #[error("the links of a customer have at most {MAX_LINK_BYTES} bytes")]
    TooLong,
    /// A policy would link more identities of one kind to one record than [`MAX_NUMBERS_OF_A_RECORD`].
    #[error("policies link at most {MAX_NUMBERS_OF_A_RECORD} identities of one kind to a record")]
    TooManyOfARecord,
}

/// What speaks against a link, without making it impossible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Conflict {
    /// Both have a record of their own in the same system.
    TwoRecords {
        /// The system.
        system: String,
        /// The records, in order.
        identities: Vec<IdentityUri>,
    },
    /// An agent has rejected it.
    Rejected {
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// The identity is marked as one that several customers use.
    Shared {
        /// Which one.
        identity: IdentityUri,
    },
}

impl LinkId {
    /// The link that a verified claim makes by itself between two identities: the same whichever is named first.
    #[must_use]
    pub fn of_claim(a: &IdentityUri, b: &IdentityUri, salt: &str) -> Self {
        let (a, b) = if a < b { (a, b) } else { (b, a) };
        Self(format!(
            "lnk_{}",
            opaque(&["claim", salt, a.expose(), b.expose()])
        ))
    }

    /// A link that somebody makes, by a key that is that act's own.
    #[must_use]
    pub fn of_act(key: &str, salt: &str) -> Self {
        Self(format!("lnk_{}", opaque(&["act", salt, key])))
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LinkId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let digest = text.strip_prefix("lnk_").unwrap_or_default();
        let is_digest = digest.len() == 26
            && digest
                .bytes()
                .all(|b| b.is_ascii_lowercase() || (b'2'..=b'7').contains(&b));
        if is_digest {
            Ok(Self(text))
        } else {
            Err(IdError::NotALink)
        }
    }
}

impl From<LinkId> for String {
    fn from(id: LinkId) -> Self {
        id.0
    }
}

impl LinkSet {
    /// The active links.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.0.values()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One of them.
    #[must_use]
    pub fn get(&self, id: &LinkId) -> Option<&Link> {
        self.0.get(id)
    }

    /// The link between two identities, whichever way round.
    #[must_use]
    pub fn between(&self, a: &IdentityUri, b: &IdentityUri) -> Option<&Link> {
        self.iter()
            .find(|link| (&link.from, &link.to) == (a, b) || (&link.from, &link.to) == (b, a))
    }

    /// Whether an identity is a record to which policies have linked as many of a kind as they do.
    #[must_use]
    pub fn is_full(&self, record: &IdentityUri, kind: IdentityKind) -> bool {
        let by_policy = self
            .iter()
            .filter(|link| matches!(link.reason, LinkReason::Claim(_)));
        let others = by_policy.filter_map(|link| match (&link.from, &link.to) {
            (from, to) if from == record => Some(to),
            (from, to) if to == record => Some(from),
            _ => None,
        });
        let alike = others.filter(|other| other.kind() == kind);
        record.kind() == IdentityKind::Crm && alike.count() >= MAX_NUMBERS_OF_A_RECORD
    }

    /// The identities of the customer to whom `own` belongs, in order. `own` is one of them, linked or not.
    #[must_use]
    pub fn identities(&self, own: &IdentityUri) -> BTreeSet<IdentityUri> {
        let mut identities: BTreeSet<_> = self
            .iter()
            .flat_map(|link| [&link.from, &link.to])
            .cloned()
            .collect();
        identities.insert(own.clone());
        identities
    }

    /// The id of the customer to whom `own` belongs: that of the identity from which the others were linked.
    #[must_use]
    pub fn customer_id(&self, own: &IdentityUri, salt: &str) -> CustomerId {
        CustomerId::implied_by(&self.root(own, salt), salt)
    }

    /// The identity that gives the customer its id.
    #[must_use]
    pub fn root(&self, own: &IdentityUri, salt: &str) -> IdentityUri {
        let all = self.identities(own);
        let added: BTreeSet<_> = self.iter().map(|link| &link.to).collect();
        let smallest = |of: Vec<&IdentityUri>| {
            of.into_iter()
                .min_by_key(|identity| CustomerId::implied_by(identity, salt))
                .cloned()
        };
        // A thing is nobody, so nobody is named by it where there is a person.
        let persons = || all.iter().filter(|identity| !identity.is_thing());
        let roots = persons().filter(|identity| !added.contains(identity));
        smallest(roots.collect())
            .or_else(|| smallest(persons().collect()))
            .or_else(|| smallest(all.iter().collect()))
            .unwrap_or_else(|| own.clone())
    }

    /// The links of two customers and one more between them.
    ///
    /// # Errors
    /// When it would link an identity to itself, or the customer would become too large.
    pub fn joined(&self, other: &Self, link: Link) -> Result<Self, LinkError> {
        if link.from == link.to {
            return Err(LinkError::Same);
        }
        let mut links = self.0.clone();
        links.extend(other.0.clone());
        let from = link.from.clone();
        links.insert(link.id.clone(), link);
        let joined = Self(links);
        if joined.0.len() > MAX_LINKS {
            Err(LinkError::TooManyLinks)
        } else if joined.identities(&from).len() > MAX_IDENTITIES {
            Err(LinkError::TooManyIdentities)
        } else if joined.bytes() > MAX_LINK_BYTES {
            Err(LinkError::TooLong)
        } else {
            Ok(joined)
        }
    }

    /// The links that one identity keeps where none of another's count: who uses a number together with others is who
    /// they are without it.
    #[must_use]
    pub fn apart(&self, own: &IdentityUri, from: &IdentityUri) -> Self {
        let of_it = |link: &&Link| &link.from == from || &link.to == from;
        let ended = self.iter().filter(of_it).map(|link| link.id.clone());
        let mut parts = self.without(own, &ended.collect());
        parts.remove(own).unwrap_or_default()
    }

    /// How long they are as they are stored.
    fn bytes(&self) -> usize {
        // Texts and times always serialise.
        serde_json::to_string(self).map_or(usize::MAX, |text| text.len())
    }

    /// What is left without some links: each identity's own set, one per identity of the customer to whom `own` belongs.
    #[must_use]
    pub fn without(
        &self,
        own: &IdentityUri,
        ended: &BTreeSet<LinkId>,
    ) -> BTreeMap<IdentityUri, Self> {
        let kept: BTreeMap<_, _> = self
            .0
            .iter()
            .filter(|(id, _)| !ended.contains(id))
            .map(|(id, link)| (id.clone(), link.clone()))
            .collect();
        self.identities(own)
            .into_iter()
            .map(|identity| {
                let part = part_of(&identity, &kept);
                (identity, part)
            })
            .collect()
    }
}

/// The links of the connected part to which an identity belongs.
fn part_of(identity: &IdentityUri, links: &BTreeMap<LinkId, Link>) -> LinkSet {
    let mut reached = BTreeSet::from([identity.clone()]);
    let mut part: BTreeMap<LinkId, Link> = BTreeMap::new();
    // Each round takes in at least one link or is the last, so there are at most as many rounds as links.
    loop {
        let before = part.len();
        for (id, link) in links {
            if reached.contains(&link.from) || reached.contains(&link.to) {
                reached.insert(link.from.clone());
                reached.insert(link.to.clone());
                part.insert(id.clone(), link.clone());
            }
        }
        if part.len() == before {
            return LinkSet(part);
        }
    }
}

/// The systems in which two customers have records that differ: they are hardly one person.
#[must_use]
pub fn records_in_conflict(a: &BTreeSet<IdentityUri>, b: &BTreeSet<IdentityUri>) -> Vec<Conflict> {
    let mut systems: BTreeMap<String, BTreeSet<IdentityUri>> = BTreeMap::new();
    for identity in a.union(b) {
        if let Some(system) = record_system(identity) {
            systems
                .entry(system.to_owned())
                .or_default()
                .insert(identity.clone());
        }
    }
    let in_both = |identities: &BTreeSet<IdentityUri>| {
        identities.len() > 1
            && identities.iter().any(|identity| !b.contains(identity))
            && identities.iter().any(|identity| !a.contains(identity))
    };
    systems
        .into_iter()
        .filter(|(_, identities)| in_both(identities))
        .map(|(system, identities)| Conflict::TwoRecords {
            system,
            identities: identities.into_iter().collect(),
        })
        .collect()
}

/// The system in which a `crm:` identity is a record of a person.
fn record_system(identity: &IdentityUri) -> Option<&str> {
    if identity.kind() != IdentityKind::Crm || identity.is_thing() {
        return None;
    }
    let (_, id) = identity.expose().split_once(':')?;
    id.split_once('/').map(|(system, _)| system)
}

/// What an identity is known as beyond its interactions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Since when and by whom it is marked as one that several customers use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Marked>,
    /// The active links of the whole customer to whom it belongs.
    #[serde(default, skip_serializing_if = "LinkSet::is_empty")]
    pub links: LinkSet,
}

/// Who set a mark, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Marked {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What happened to a link or a claim. Append-only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LinkRecord {
    /// What happened.
    pub what: LinkChange,
    /// The identities that it is about: the one under whose customer it happened, and the other.
    pub from: IdentityUri,
    /// The other one.
    pub to: IdentityUri,
    /// The link that was made or ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link_id: Option<LinkId>,
    /// Who did it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why a link was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<LinkReason>,
    /// What the agent noted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Personal>,
}

/// What can happen to a link or a claim.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LinkChange {
    /// A link was made.
    Linked,
    /// A link was ended.
    Unlinked,
    /// An agent confirmed a candidate.
    Confirmed,
    /// An agent rejected a candidate.
    Rejected,
    /// An agent took a decision back.
    Withdrawn,
    /// The identity `to` was marked as shared by several customers.
    Shared,
    /// That mark was taken away.
    Unshared,
}
