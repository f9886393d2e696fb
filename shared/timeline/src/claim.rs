//! Claims: a source says that an identity beside the customer's own is the customer's, too.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::identity::{Identity, IdentityUri};
use crate::ids::{EventId, InteractionId, Source};
use crate::link::{LinkId, Marked};
use crate::time::Timestamp;

/// Most pieces of evidence that are told of one claim: one of each basis. Twice as many are kept, since what any source says
/// displaces nothing that one says whose claims link.
pub const MAX_EVIDENCE: usize = Basis::ALL.len();

/// Most links between the same two that are remembered to have ended, the latest.
pub const MAX_ENDED_LINKS: usize = 20;

/// How a source comes to say that two identities are of one person. The order of the variants is that of their weight.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The person has signed in, or was identified by a secret: a website's login, an IVR's PIN, an identity token.
    SignedIn,
    /// The messenger has verified the number of the account.
    Messenger,
    /// A customer record of the source holds both, such as a CRM's or a contact record's attribute.
    Record,
    /// An order, a ticket, an invoice of the customer: a thing, and no address of the person.
    Reference,
    /// Both wrote in the same thread or ticket.
    Thread,
    /// It stands in the signature block of a mail.
    Signature,
    /// Somebody typed it.
    Typed,
}

/// How much a claim is worth.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Strength {
    /// The source has made sure of it. May link by policy.
    Verified,
    /// The identity is a thing of the customer's: it leads to the customer and never links.
    Reference,
    /// Nobody has made sure of it. Never links by itself.
    Unverified,
}

impl Basis {
    /// Every basis.
    pub const ALL: [Self; 7] = [
        Self::SignedIn,
        Self::Messenger,
        Self::Record,
        Self::Reference,
        Self::Thread,
        Self::Signature,
        Self::Typed,
    ];

    /// How much it is worth.
    #[must_use]
    pub fn strength(self) -> Strength {
        match self {
            Self::SignedIn | Self::Messenger | Self::Record => Strength::Verified,
            Self::Reference => Strength::Reference,
            Self::Thread | Self::Signature | Self::Typed => Strength::Unverified,
        }
    }
}

/// What one event says of another identity of its customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// The identity that is claimed to be the customer's.
    pub identity: Identity,
    /// How the source comes to say so.
    pub basis: Basis,
}

/// What speaks for a claim: the first event that said so on this basis, of those that are trusted alike, and when one last
/// did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// How the source came to say so.
    pub basis: Basis,
    /// The system that said so.
    pub source: Source,
    /// The interaction in which it did.
    pub interaction_id: InteractionId,
    /// The event that says so.
    pub event_id: EventId,
    /// Whether it came from a source whose claims link, as the stack was set then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub trusted: bool,
    /// When it was first said.
    pub at: Timestamp,
    /// When it was last said.
    pub last_at: Timestamp,
}

/// What an agent decided of a claim.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Both are one person.
    Confirmed,
    /// They are not.
    Rejected,
}

/// A decision, by whom and when. Final until it is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// Who decided.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// All that is known of whether two identities are one person, as it is kept under one of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRecord {
    /// The identity under which it is kept.
    pub own: IdentityUri,
    /// The other one.
    pub other: IdentityUri,
    /// Whether `own` is the identity that was claimed and `other` the customer of the events that claimed it.
    pub claimed: bool,
    /// What speaks for it: of each basis one piece of evidence that is trusted and one that is not, the weightiest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
    /// What an agent decided, until it is withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided: Option<Decided>,
    /// Who had linked both, and when, where that link ended only because one of them is shared by several customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said_by: Option<Marked>,
    /// Whether it has linked by itself once. It never does again: who ended that link knew better.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub linked_once: bool,
    /// Links between both that were ended, the oldest first, at most [`MAX_ENDED_LINKS`]: who asks for one of them again asks
    /// for what was done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended: Vec<LinkId>,
}

impl ClaimRecord {
    /// A record without evidence.
    #[must_use]
    pub fn new(own: IdentityUri, other: IdentityUri, claimed: bool) -> Self {
        Self {
            own,
            other,
            claimed,
            evidence: Vec::new(),
            decided: None,
            said_by: None,
            linked_once: false,
            ended: Vec::new(),
        }
    }

    /// Remembers that a link between both was ended.
    pub fn end(&mut self, link: LinkId) {
        self.ended.retain(|ended| *ended != link);
        self.ended.push(link);
        let over = self.ended.len().saturating_sub(MAX_ENDED_LINKS);
        self.ended.drain(..over);
    }

    /// Adds evidence. A join: any order and any repetition give the same record.
    pub fn add(&mut self, evidence: Evidence) {
        match self
            .evidence
            .iter_mut()
            .find(|kept| (kept.basis, kept.trusted) == (evidence.basis, evidence.trusted))
        {
            Some(kept) => {
                let last_at = kept.last_at.max(evidence.last_at);
                let order = |of: &Evidence| {
                    (
                        of.at,
                        of.source.clone(),
                        of.interaction_id.clone(),
                        of.event_id.clone(),
                    )
                };
                if order(&evidence) < order(kept) {
                    *kept = evidence;
                }
                kept.last_at = last_at;
            }
            None => {
                let place = self.evidence.partition_point(|kept| {
                    (kept.basis, !kept.trusted) < (evidence.basis, !evidence.trusted)
                });
                self.evidence.insert(place, evidence);
            }
        }
    }

    /// What is told of the evidence: the weightiest of each basis, at most [`MAX_EVIDENCE`].
    pub fn weightiest(&self) -> impl Iterator<Item = &Evidence> {
        let mut told = None;
        self.evidence
            .iter()
            .filter(move |evidence| told.replace(evidence.basis) != Some(evidence.basis))
    }

    /// What the weightiest evidence is worth; `None` where an agent decided or linked without any.
    #[must_use]
    pub fn strength(&self) -> Option<Strength> {
        self.evidence
            .iter()
            .map(|evidence| evidence.basis.strength())
            .min()
    }

    /// Whether one of both is a thing: it says whose the thing is, or who wrote of it, and never who somebody is.
    #[must_use]
    pub fn is_of_thing(&self) -> bool {
        self.own.is_thing() || self.other.is_thing()
    }

    /// Whether an agent has rejected it.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        self.decided
            .as_ref()
            .is_some_and(|decided| decided.decision == Decision::Rejected)
    }

    /// Whether an agent has confirmed it.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.decided
            .as_ref()
            .is_some_and(|decided| decided.decision == Decision::Confirmed)
    }
}
