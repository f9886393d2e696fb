//! Whom it could be: which claims name a candidate, in which order they stand, and what speaks for each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::actor::Actor;
use crate::claim::{Basis, ClaimRecord, Strength};
use crate::identity::IdentityUri;
use crate::ids::{CustomerId, EventId, InteractionId, Source};
use crate::link::Standing;
use crate::personal::Personal;
use crate::pop::Customer;
use crate::pop::recall::Possible;
use crate::time::Timestamp;
use crate::traits::TraitName;

/// Most candidates that a pop looks up and shows.
pub const MAX_CANDIDATES: usize = 10;
/// Most customers of a shared number that a pop looks up and shows.
pub const MAX_SHARING: usize = 25;

/// A customer that the caller could be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The customer.
    pub customer: Customer,
    /// The identity by which it could be this one: what is confirmed or rejected.
    pub identity: IdentityUri,
    /// How likely, from 0 to 100.
    pub score: u8,
    /// Why, the weightiest first.
    pub evidence: Vec<CandidateEvidence>,
}

/// One thing that speaks for a candidate, and where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CandidateEvidence {
    /// What sort of thing.
    pub kind: EvidenceKind,
    /// A sentence for the agent.
    pub text: Personal,
    /// When it was last so.
    pub at: Timestamp,
    /// The system that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// The interaction in which it was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interaction_id: Option<InteractionId>,
    /// The event that says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    /// Who decided it, where an agent did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
}

/// What can speak for a candidate. The order of the variants is that of their weight.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// An agent has confirmed it.
    AgentConfirmed,
    /// The source has made sure of it: a login, a verified number, a customer record.
    Verified,
    /// It is an order's, a ticket's or another thing's customer.
    Reference,
    /// Both wrote in the same thread, or one stands in the other's signature.
    SameConversation,
    /// Somebody typed it, and nobody has made sure of it.
    TypedUnverified,
    /// Several customers use the number: a household's or a company's.
    SharedNumber,
    /// When the candidate was last in touch.
    LastUsed,
}

/// The claims under an identity that name somebody whom it could be, the likeliest first: undecided ones, or all that were
/// not rejected where several customers use the identity.
#[must_use]
pub fn possible_claims<'a>(
    own: &IdentityUri,
    standing: &Standing,
    claims: impl Iterator<Item = &'a ClaimRecord>,
) -> Vec<&'a ClaimRecord> {
    let members = standing.links.identities(own);
    let shared = standing.shared.is_some();
    let mut possible: Vec<_> = claims
        .filter(|claim| !claim.is_rejected() && !members.contains(&claim.other))
        .filter(|claim| shared || !claim.is_confirmed())
        .filter(|claim| match claim.strength() {
            Some(Strength::Verified | Strength::Unverified) => true,
            // A thing is nobody.
            Some(Strength::Reference) => false,
            None => claim.is_confirmed(),
        })
        .collect();
    if shared {
        possible.sort_by(|a, b| a.other.cmp(&b.other));
    } else {
        possible.sort_by_key(|claim| {
            let last_at = claim.evidence.iter().map(|evidence| evidence.last_at).max();
            (Reverse(score(claim)), Reverse(last_at), claim.other.clone())
        });
    }
    possible
}

/// The claims that say whose thing an order's or a ticket's number is; none where the identity is a person's in its own
/// right.
#[must_use]
pub fn references<'a>(
    standing: &Standing,
    claims: impl Iterator<Item = &'a ClaimRecord>,
) -> Vec<&'a ClaimRecord> {
    let claims: Vec<_> = claims.collect();
    let is_reference =
        |claim: &ClaimRecord| claim.claimed && claim.strength() == Some(Strength::Reference);
    if standing != &Standing::default() || !claims.iter().all(|claim| is_reference(claim)) {
        return Vec::new();
    }
    let mut references: Vec<_> = claims
        .into_iter()
        .filter(|claim| !claim.is_rejected())
        .collect();
    references.sort_by(|a, b| a.other.cmp(&b.other));
    references
}

/// How likely a claim alone makes it, from 0 to 100.
fn score(claim: &ClaimRecord) -> u8 {
    if claim.is_confirmed() {
        return 100;
    }
    let weight = |basis| match basis {
        Basis::SignedIn => 90,
        Basis::Messenger => 85,
        Basis::Record => 80,
        Basis::Reference => 60,
        Basis::Thread => 50,
        Basis::Signature => 40,
        Basis::Typed => 20,
    };
    let weights = claim.evidence.iter().map(|evidence| weight(evidence.basis));
    weights.max().unwrap_or_default()
}

/// Makes candidates of what was recalled: one per customer, since several identities may lead to one.
pub(crate) fn candidates(possible: &[Possible], shared: bool, salt: &str) -> Vec<Candidate> {
    let mut by_customer: BTreeMap<CustomerId, Vec<&Possible>> = BTreeMap::new();
    for one in possible {
        let id = one.links.customer_id(&one.claim.other, salt);
        by_customer.entry(id).or_default().push(one);
    }
    let mut candidates: Vec<_> = by_customer
        .into_iter()
        .filter_map(|(id, of)| candidate(id, of, shared))
        .collect();
    if shared {
        candidates.sort_by(|a, b| a.identity.cmp(&b.identity));
    } else {
        candidates.sort_by_key(|one| {
            let last_seen_at = one.customer.last_seen_at;
            (
                Reverse(one.score),
                Reverse(last_seen_at),
                one.identity.clone(),
            )
        });
    }
    candidates
}

fn candidate(id: CustomerId, mut of: Vec<&Possible>, shared: bool) -> Option<Candidate> {
    of.sort_by_key(|one| (Reverse(score(&one.claim)), one.claim.other.clone()));
    let first = of.first()?;
    let newest = of.iter().filter_map(|one| one.newest.as_ref());
    let newest = newest.max_by_key(|summary| (summary.last_at, Reverse(summary.id.clone())));
    let name = of
        .iter()
        .find_map(|one| one.traits.get(&TraitName::name()))
        .or_else(|| newest.and_then(|summary| summary.customer_name.as_ref()));
    let identities: BTreeSet<_> = of.iter().flat_map(|one| one.identities()).collect();
    let interactions = of.iter().filter(|one| one.newest.is_some()).count();
    Some(Candidate {
        customer: Customer {
            id,
            name: name.cloned(),
            linked: identities.len() > 1,
            // The others of the customer are not looked at, so there may be more.
            more_interactions: of.iter().any(|one| one.more) || identities.len() > of.len(),
            identities: identities.into_iter().collect(),
            first_seen_at: None,
            last_seen_at: newest.map(|summary| summary.last_at),
            interactions,
            profile: None,
        },
        identity: first.claim.other.clone(),
        score: score(&first.claim),
        evidence: evidence(&of, shared),
    })
}

fn evidence(of: &[&Possible], shared: bool) -> Vec<CandidateEvidence> {
    let mut evidence: Vec<_> = of
        .iter()
        .flat_map(|one| stated(&one.claim, shared).into_iter().chain(last_used(one)))
        .collect();
    evidence.sort_by(|a, b| {
        let order = |of: &CandidateEvidence| {
            (
                of.kind,
                Reverse(of.at),
                of.interaction_id.clone(),
                of.event_id.clone(),
            )
        };
        order(a).cmp(&order(b))
    });
    evidence.dedup();
    evidence
}

fn stated(claim: &ClaimRecord, shared: bool) -> Vec<CandidateEvidence> {
    let confirmed = claim.decided.as_ref().filter(|_| claim.is_confirmed());
    let confirmed = confirmed.map(|decided| CandidateEvidence {
        kind: EvidenceKind::AgentConfirmed,
        text: Personal::new("An agent has confirmed it".to_owned()),
        at: decided.at,
        source: None,
        interaction_id: None,
        event_id: None,
        by: Some(decided.by.clone()),
    });
    let said = claim.evidence.iter().map(|evidence| {
        let (kind, text) = words(evidence.basis);
        CandidateEvidence {
            kind: if shared && kind == EvidenceKind::TypedUnverified {
                EvidenceKind::SharedNumber
            } else {
                kind
            },
            text: Personal::new(text.to_owned()),
            at: evidence.last_at,
            source: Some(evidence.source.clone()),
            interaction_id: Some(evidence.interaction_id.clone()),
            event_id: Some(evidence.event_id.clone()),
            by: None,
        }
    });
    confirmed.into_iter().chain(said).collect()
}

fn last_used(of: &Possible) -> Option<CandidateEvidence> {
    let newest = of.newest.as_ref()?;
    Some(CandidateEvidence {
        kind: EvidenceKind::LastUsed,
        text: Personal::new(format!("Last in touch by {}", newest.channel.name())),
        at: newest.last_at,
        source: Some(newest.source.clone()),
        interaction_id: Some(newest.id.clone()),
        event_id: None,
        by: None,
    })
}

fn words(basis: Basis) -> (EvidenceKind, &'static str) {
    match basis {
        Basis::SignedIn => (EvidenceKind::Verified, "Signed in with it"),
        Basis::Messenger => (
            EvidenceKind::Verified,
            "The messenger has verified the number",
        ),
        Basis::Record => (EvidenceKind::Verified, "It stands in the customer's record"),
        Basis::Reference => (EvidenceKind::Reference, "It is this customer's"),
        Basis::Thread => (
            EvidenceKind::SameConversation,
            "Both wrote in the same conversation",
        ),
        Basis::Signature => (
            EvidenceKind::SameConversation,
            "It stands in a mail's signature",
        ),
        Basis::Typed => (
            EvidenceKind::TypedUnverified,
            "Somebody typed it; nobody has made sure of it",
        ),
    }
}
