//! What the store could say of an identity, before anybody says what it means.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::claim::ClaimRecord;
use crate::identity::{IdentityKind, IdentityUri};
use crate::link::{LinkSet, Standing};
use crate::summary::Summary;
use crate::time::Timestamp;
use crate::traits::Traits;

/// What the store could say of an identity and of the customer to whom it belongs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recall {
    /// The identity that all of this is of, where it is not the one that was asked for: an order or a ticket leads to
    /// its customer.
    pub of: Option<IdentityUri>,
    /// The newest interactions under all identities of the customer, newest first.
    pub recent: Vec<Summary>,
    /// Whether there are older ones.
    pub more: bool,
    /// When the first interaction of all began.
    pub first_seen_at: Option<Timestamp>,
    /// Where the timeline goes on.
    pub next_cursor: Option<String>,
    /// The identity's links and marks.
    pub standing: Standing,
    /// What is stated of the customer as a person, under each identity of which something is.
    pub traits: BTreeMap<IdentityUri, Traits>,
    /// Interactions that stay in view until somebody settles them and that are older than `recent`, newest first.
    pub pinned: Vec<Summary>,
    /// Whether somebody says of it, or it says, that it and another identity are one person's.
    pub claimed: bool,
    /// Whom it could be.
    pub possible: Vec<Possible>,
    /// Whether there are more of those than were looked at.
    pub more_possible: bool,
    /// Whether some of it could not be read.
    pub incomplete: bool,
    /// Whether the identity's own standing could not be read: it may be one that several customers use.
    pub unsure: bool,
}

/// A customer whom it could be, by a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Possible {
    /// What speaks for it.
    pub claim: ClaimRecord,
    /// The links of the other identity.
    pub links: LinkSet,
    /// What is stated of the other identity.
    pub traits: Traits,
    /// The newest interaction of the other identity.
    pub newest: Option<Summary>,
    /// Whether the other identity has more interactions than that one.
    pub more: bool,
}

impl Possible {
    /// A browser of which nothing is known but that somebody who used it gave the identity that is asked for: it tells an
    /// agent nothing, and most chats bring one.
    pub(crate) fn is_bare_visitor(&self) -> bool {
        self.claim.other.kind() == IdentityKind::Visitor
            && self.newest.is_none()
            && self.links.is_empty()
            && self.traits.is_empty()
    }
}

impl Recall {
    /// Whether anything at all is known, be it that it could be somebody.
    #[must_use]
    pub fn knows_anything(&self) -> bool {
        self.knows_itself() || !self.possible.is_empty()
    }

    /// Whether something is known of the identity itself, and not only claimed: its history, links, marks or traits.
    #[must_use]
    pub fn knows_itself(&self) -> bool {
        !(self.recent.is_empty()
            && self.pinned.is_empty()
            && self.standing == Standing::default()
            && self.traits.is_empty())
    }

    /// What is stated of the customer as a person.
    #[must_use]
    pub fn joined_traits(&self) -> Traits {
        Traits::joined(self.traits.values())
    }

    /// All that was recalled, in a form that is the same for the same content. Cursors differ each time, so they are left
    /// out.
    pub(crate) fn fingerprint(&self) -> String {
        // All of it is strings, integers, lists and maps with strings as keys, which always serialize.
        serde_json::to_string(&(
            &self.of,
            &self.recent,
            &self.pinned,
            &self.standing,
            &self.traits,
            &self.possible,
            self.incomplete,
        ))
        .unwrap_or_default()
    }
}

impl Possible {
    /// All identities of the customer.
    pub(crate) fn identities(&self) -> BTreeSet<IdentityUri> {
        self.links.identities(&self.claim.other)
    }
}
