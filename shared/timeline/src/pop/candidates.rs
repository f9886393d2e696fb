//! Whom it could be: which claims name a candidate, in which order they stand, and what speaks for each.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::claim::{Basis, ClaimRecord, Strength};
use crate::identity::IdentityUri;
use crate::ids::CustomerId;
use crate::link::{Marked, Standing};
use crate::pop::Customer;
use crate::pop::recall::Possible;
use crate::ranking::{
    Circumstances, EvidenceShown, MAX_EVIDENCE_SHOWN, by_rank, evidence_shown, score,
};
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
    pub evidence: Vec<EvidenceShown>,
}

/// The claims under an identity that name somebody whom it could be, the likeliest first: undecided ones, or all that were
/// not rejected where several customers use the identity. Those who are linked to such a one use it, too, whether
/// anybody claims it or not.
#[must_use]
pub fn possible_claims<'a>(
    own: &IdentityUri,
    standing: &Standing,
    claims: impl Iterator<Item = &'a ClaimRecord>,
) -> Vec<ClaimRecord> {
    let mut members = standing.links.identities(own);
    let shared = standing.shared.is_some();
    let mut possible = Vec::new();
    // A thing is nobody, whoever wrote of it.
    for claim in claims.filter(|claim| !claim.other.is_thing()) {
        let is_claimed = match claim.strength() {
            Some(Strength::Verified | Strength::Unverified) => true,
            Some(Strength::Reference) => claim.said_by.is_some(),
            None => claim.is_confirmed() || claim.said_by.is_some(),
        };
        let is_open = shared || !(claim.is_confirmed() || members.contains(&claim.other));
        if claim.is_rejected() {
            members.remove(&claim.other);
        } else if is_claimed && is_open {
            members.remove(&claim.other);
            possible.push(claim.clone());
        }
    }
    if shared {
        let linked = members.iter().filter(|one| *one != own && !one.is_thing());
        possible.extend(linked.map(|one| ClaimRecord::new(own.clone(), one.clone(), true)));
        possible.sort_by(|a, b| a.other.cmp(&b.other));
    } else {
        possible.sort_by_key(|claim| {
            let last_at = claim.evidence.iter().map(|evidence| evidence.last_at).max();
            (
                Reverse(score_of_claim(claim)),
                Reverse(last_at),
                claim.other.clone(),
            )
        });
    }
    possible
}

/// The claims that say whose thing an order's or a ticket's number is, whatever else is known of it. Another identity
/// is a thing only where nothing but references is known of it, since it may be a person's in its own right.
#[must_use]
pub fn references<'a>(
    own: &IdentityUri,
    standing: &Standing,
    claims: impl Iterator<Item = &'a ClaimRecord>,
) -> Vec<&'a ClaimRecord> {
    let claims: Vec<_> = claims.collect();
    let is_reference = |claim: &ClaimRecord| {
        let mut bases = claim.evidence.iter().map(|evidence| evidence.basis);
        claim.claimed && bases.any(|basis| basis == Basis::Reference)
    };
    let is_only_that = standing == &Standing::default()
        && claims
            .iter()
            .all(|claim| claim.claimed && claim.strength() == Some(Strength::Reference));
    if !own.is_thing() && !is_only_that {
        return Vec::new();
    }
    let mut references: Vec<_> = claims
        .into_iter()
        .filter(|claim| is_reference(claim) && !claim.is_rejected() && !claim.other.is_thing())
        .collect();
    references.sort_by(|a, b| a.other.cmp(&b.other));
    references
}

/// Leaves out whom an agent has rejected: a customer of whom one identity was rejected for any of the asked customer's
/// is not shown by another identity. What an agent has confirmed stays.
#[must_use]
pub fn not_rejected(possible: Vec<Possible>, rejected: &BTreeSet<IdentityUri>) -> Vec<Possible> {
    possible
        .into_iter()
        .filter(|one| one.claim.is_confirmed() || one.identities().is_disjoint(rejected))
        .collect()
}

/// How likely a claim alone makes it, from 0 to 100, whenever it is asked.
fn score_of_claim(claim: &ClaimRecord) -> u8 {
    // At the beginning of time everything is recent, so that this does not tell claims apart.
    let circumstances = Circumstances {
        now: Timestamp::EPOCH,
        last_used: None,
        shared: None,
    };
    score(claim, &circumstances)
}

/// Makes candidates of what was recalled: one per customer, since several identities may lead to one.
pub(crate) fn candidates(
    possible: &[Possible],
    shared: Option<&Marked>,
    salt: &str,
    now: Timestamp,
) -> Vec<Candidate> {
    let mut by_customer: BTreeMap<CustomerId, Vec<&Possible>> = BTreeMap::new();
    for one in possible {
        let id = one.links.customer_id(&one.claim.other, salt);
        by_customer.entry(id).or_default().push(one);
    }
    let mut candidates: Vec<_> = by_customer
        .into_iter()
        .filter_map(|(id, of)| candidate(id, &of, shared, now))
        .collect();
    if shared.is_some() {
        // Who called last changes with each call, and nobody finds a name that moves.
        candidates.sort_by(|a, b| a.identity.cmp(&b.identity));
    } else {
        candidates.sort_by(|a, b| by_rank((a.score, &a.customer.id), (b.score, &b.customer.id)));
    }
    candidates
}

fn candidate(
    id: CustomerId,
    of: &[&Possible],
    shared: Option<&Marked>,
    now: Timestamp,
) -> Option<Candidate> {
    let mut ranked: Vec<_> = of
        .iter()
        .map(|one| {
            let newest = one.newest.as_ref();
            let circumstances = Circumstances {
                now,
                last_used: newest.map(|newest| (newest.last_at, &newest.id)),
                shared,
            };
            let score = score(&one.claim, &circumstances);
            (score, one, evidence_shown(&one.claim, &circumstances))
        })
        .collect();
    ranked.sort_by_key(|(score, one, _)| (Reverse(*score), one.claim.other.clone()));
    let (score, identity) = ranked
        .first()
        .map(|(score, one, _)| (*score, one.claim.other.clone()))?;
    let newest = of.iter().filter_map(|one| one.newest.as_ref());
    let newest = newest.max_by_key(|summary| (summary.last_at, Reverse(summary.id.clone())));
    let name = ranked
        .iter()
        .find_map(|(_, one, _)| one.traits.get(&TraitName::name()))
        .or_else(|| newest.and_then(|summary| summary.customer_name.as_ref()))
        .cloned();
    let identities: BTreeSet<_> = of.iter().flat_map(|one| one.identities()).collect();
    let mut evidence: Vec<EvidenceShown> = Vec::new();
    for shown in ranked.into_iter().flat_map(|(_, _, shown)| shown) {
        if !evidence.contains(&shown) {
            evidence.push(shown);
        }
    }
    evidence.truncate(MAX_EVIDENCE_SHOWN);
    Some(Candidate {
        customer: Customer {
            id,
            name,
            linked: identities.len() > 1,
            // The others of the customer are not looked at, so there may be more.
            more_interactions: of.iter().any(|one| one.more) || identities.len() > of.len(),
            identities: identities.into_iter().collect(),
            first_seen_at: None,
            last_seen_at: newest.map(|summary| summary.last_at),
            interactions: of.iter().filter(|one| one.newest.is_some()).count(),
            profile: None,
        },
        identity,
        score,
        evidence,
    })
}
