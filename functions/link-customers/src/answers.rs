//! The bodies of requests and answers about links.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use timeline::{
    Conflict, CustomerId, IdentityUri, Link, LinkRecord, LinkSet, Personal, Trait, TraitName,
};

/// Longest note of a link.
pub(crate) const MAX_NOTE_BYTES: usize = 500;

/// Who is the same person as the customer in the path: exactly one of `identity` and `customer_id`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkBody {
    /// An identity: its URI, an email address, or a telephone number in any punctuation.
    pub(crate) identity: Option<Personal>,
    /// Any id that the other customer ever had.
    pub(crate) customer_id: Option<String>,
    /// Why, in words: at most 500 bytes.
    pub(crate) note: Option<Personal>,
    /// Make the link though something speaks against it.
    #[serde(default)]
    pub(crate) accept_conflicts: bool,
}

/// A customer and the identities that are the customer's.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Linked {
    /// The customer's id.
    pub(crate) customer_id: CustomerId,
    /// All identities of the customer, in order.
    pub(crate) identities: BTreeSet<IdentityUri>,
}

impl Linked {
    pub(crate) fn of(own: &IdentityUri, links: &LinkSet, salt: &str) -> Self {
        Self {
            customer_id: links.customer_id(own, salt),
            identities: links.identities(own),
        }
    }

    /// The customers that are left of one, each once, in the order of their first identities.
    pub(crate) fn each(parts: &BTreeMap<IdentityUri, LinkSet>, salt: &str) -> Vec<Self> {
        let mut told = BTreeSet::new();
        let mut customers = Vec::new();
        for (identity, links) in parts {
            if !told.contains(identity) {
                let customer = Self::of(identity, links, salt);
                told.extend(customer.identities.iter().cloned());
                customers.push(customer);
            }
        }
        customers
    }
}

/// A link that was made, or was there.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LinkAnswer {
    /// The link.
    pub(crate) link: Link,
    /// The customer who both are now.
    #[serde(flatten)]
    pub(crate) customer: Linked,
}

/// The links of a customer and what happened to them.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LinksAnswer {
    /// The customer.
    #[serde(flatten)]
    pub(crate) customer: Linked,
    /// The active links.
    pub(crate) links: Vec<Link>,
    /// What happened to links of the customer's identities and to claims about them, newest first, at most 100.
    pub(crate) history: Vec<LinkRecord>,
}

/// What is left of a customer without a link.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct UnlinkAnswer {
    /// Whether nothing was changed, since it was only asked what would.
    pub(crate) dry_run: bool,
    /// The customers who are left.
    pub(crate) customers: Vec<Linked>,
    /// The links that still hold.
    pub(crate) links: Vec<Link>,
}

/// What a link would change. Nothing is.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct LinkPreviewAnswer {
    /// Always true: nothing was changed.
    pub(crate) dry_run: bool,
    /// The customer who both would be.
    #[serde(flatten)]
    pub(crate) customer: Linked,
    /// The customers who would become one: that of the path, and the other unless they are one already.
    pub(crate) customers: Vec<Linked>,
    /// What each identity brings, in order.
    pub(crate) holdings: Vec<Holding>,
    /// Traits that differ between both.
    pub(crate) traits: Vec<Differing>,
    /// What speaks against it.
    pub(crate) conflicts: Vec<Conflict>,
}

/// What an identity brings.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Holding {
    /// Which one.
    pub(crate) identity: IdentityUri,
    /// How many interactions it has, counted up to 100.
    pub(crate) interactions: usize,
    /// Whether it has more than are counted.
    pub(crate) more: bool,
}

/// A trait that two customers state differently.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Differing {
    /// Which trait.
    pub(crate) name: TraitName,
    /// What is stated of the customer in the path.
    pub(crate) own: Trait,
    /// What is stated of the other.
    pub(crate) other: Trait,
    /// What would be shown of both.
    pub(crate) shown: Trait,
}

/// Something speaks against a link (RFC 9457).
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct ConflictAnswer {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// What it is.
    pub(crate) title: &'static str,
    /// Always 409.
    pub(crate) status: u16,
    /// What can be done.
    pub(crate) detail: &'static str,
    /// What speaks against it.
    pub(crate) conflicts: Vec<Conflict>,
}
