//! Names and keys of the table's items. The table itself is defined in `template.yaml`; a test holds both together.

use timeline::{CustomerId, EventId, IdentityUri, InteractionId, Timestamp};

/// Partition key.
pub const PK: &str = "pk";
/// Sort key.
pub const SK: &str = "sk";
/// The index of interactions by identity, newest first.
pub const BY_IDENTITY: &str = "by-identity";
/// Partition key of the index: the URI of the interaction's customer.
pub const IK: &str = "ik";
/// Sort key of the index: when the interaction began.
pub const AT: &str = "at";
/// How many events an interaction is the fold of.
pub const REV: &str = "rev";
/// What a timeline shows of an interaction.
pub const SUMMARY: &str = "summary";
/// Version of an item's shape.
pub const VERSION: &str = "v";
/// When the item may be removed, in seconds since 1970.
pub const EXPIRES_AT: &str = "expires_at";
/// The fold of an interaction.
pub const FOLD: &str = "fold";
/// An event's content.
pub const EVENT: &str = "event";
/// Digest of an event's content.
pub const HASH: &str = "hash";
/// As which version of the parsers, under which configuration, an event was read.
pub const READING: &str = "reading";
/// When an event happened, for people who look at the table.
pub const OCCURRED_AT: &str = "occurred_at";
/// When an event arrived, likewise.
pub const RECEIVED_AT: &str = "received_at";
/// The system that an event comes from, likewise.
pub const SOURCE: &str = "source";
/// A customer's first identity.
pub const IDENTITY: &str = "identity";

/// The version of the shapes that are written here.
pub const SHAPE: u32 = 1;

/// Sort key of an interaction.
pub const INTERACTION_SK: &str = "i";
/// Sort key of an identity.
pub const IDENTITY_SK: &str = "p";
/// Sort key of a customer.
pub const CUSTOMER_SK: &str = "c";
/// Sort key of an identity's traits.
pub const TRAITS_SK: &str = "t";
/// What the sort keys of claims begin with, in the partition of an identity.
pub const CLAIM_SK_PREFIX: &str = "k#";
/// What the sort keys of pinned interactions begin with, in the partition of an identity.
pub const PINNED_SK_PREFIX: &str = "o#";
/// What the sort keys of links' records begin with, in the partition of a customer.
pub const LINK_SK_PREFIX: &str = "l#";
/// What is known of an identity, a claim, or a link: the content of those items.
pub const CONTENT: &str = "content";
/// Marks the entry of a customer's id that is kept as long as the identity is linked, whatever happens to its events.
pub const KEPT: &str = "kept";
/// What the partition keys of identities begin with.
pub const IDENTITY_PK_PREFIX: &str = "p#";
/// What the sort keys of events begin with.
pub const EVENT_SK_PREFIX: &str = "e#";

/// Partition of an interaction and its events.
#[must_use]
pub fn interaction_pk(id: &InteractionId) -> String {
    format!("i#{id}")
}

/// Sort key of an event.
#[must_use]
pub fn event_sk(id: &EventId) -> String {
    format!("{EVENT_SK_PREFIX}{id}")
}

/// Partition of an identity.
#[must_use]
pub fn identity_pk(identity: &IdentityUri) -> String {
    format!("{IDENTITY_PK_PREFIX}{}", identity.expose())
}

/// Partition of a customer.
#[must_use]
pub fn customer_pk(customer: &CustomerId) -> String {
    format!("c#{customer}")
}

/// Sort key of a claim about another identity.
#[must_use]
pub fn claim_sk(other: &IdentityUri) -> String {
    format!("{CLAIM_SK_PREFIX}{}", other.expose())
}

/// Sort key of a pinned interaction.
#[must_use]
pub fn pinned_sk(id: &InteractionId) -> String {
    format!("{PINNED_SK_PREFIX}{id}")
}

/// Sort key of a record of what happened to a link or a claim, by time; `key` tells records of one moment apart.
#[must_use]
pub fn link_sk(at: Timestamp, key: &str) -> String {
    format!("{LINK_SK_PREFIX}{at}#{key}")
}
