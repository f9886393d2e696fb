//! Who a customer may be as well: the claims of all identities of the customer, ranked.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use timeline::{
    Circumstances, ClaimRecord, CustomerId, Decided, EvidenceShown, IdentityUri, InteractionId,
    Marked, Strength, Timestamp, by_rank, evidence_shown, score,
};
use tokio::time::Instant;

use crate::Store;
use crate::error::StoreError;
use crate::known::Known;
use crate::links::{claim_key, standing_key};

/// Most candidates of one customer that are told, the likeliest.
pub const MAX_CLAIMED: usize = 50;
/// How many identities are read at the same time.
const ABREAST: usize = 8;

/// An identity that is claimed to be a customer's, or of whose customer it is claimed to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The identity.
    pub identity: IdentityUri,
    /// The customer to whom it belongs now.
    pub customer: CustomerId,
    /// How likely both are one, from 0 to 100.
    pub score: u8,
    /// What speaks for and against it, claim by claim, the weightiest first.
    pub evidence: Vec<EvidenceShown>,
    /// What was decided, of the likeliest claim that was decided on.
    pub decided: Option<Decided>,
    /// The claims, as they are kept under the identities of the customer, the likeliest first.
    pub claims: Vec<ClaimRecord>,
}

/// The claims about one other identity, with the marks of the members under which they stand.
type About = Vec<(ClaimRecord, Option<Marked>)>;

/// What is read of a candidate beside the claims.
struct Other {
    customer: CustomerId,
    shared: Option<Marked>,
    last_used: Option<(Timestamp, InteractionId)>,
}

impl Store {
    /// Who the customer to whom an identity belongs may be as well: undecided claims, and decided ones so that they can
    /// be withdrawn; the likeliest first, then by the customers' ids. Orders and tickets are none.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn candidates(
        &self,
        of: &IdentityUri,
        now: Timestamp,
        until: Instant,
    ) -> Result<Vec<Claimed>, StoreError> {
        let known = self.known(of, until).await?;
        let members = known.standing.value.links.identities(of);
        let siblings = members.iter().filter(|member| *member != of);
        let siblings: Vec<_> = siblings.map(|member| self.known(member, until)).collect();
        let siblings: Vec<Known> = stream::iter(siblings)
            .buffered(ABREAST)
            .try_collect()
            .await?;
        let about = about(std::iter::once(known).chain(siblings), &members);
        let likeliest = likeliest(about, now);
        let standings = likeliest.iter().map(|(other, _)| standing_key(other));
        let standings: Vec<_> = standings.collect();
        let found = self.find(standings, until).await?;
        let reads: Vec<_> = likeliest
            .into_iter()
            .map(|(identity, claims)| {
                let standing = found.standing(&identity).value;
                async move {
                    let page = self.timeline(&identity, 1, None, until).await?;
                    let newest = page
                        .ok()
                        .and_then(|page| page.interactions.into_iter().next());
                    let other = Other {
                        customer: standing.links.customer_id(&identity, &self.salt),
                        shared: standing.shared,
                        last_used: newest.map(|summary| (summary.last_at, summary.id)),
                    };
                    Ok::<_, StoreError>(claimed(identity, claims, &other, now))
                }
            })
            .collect();
        let mut claimed: Vec<Claimed> = stream::iter(reads).buffered(ABREAST).try_collect().await?;
        claimed.sort_by(|a, b| {
            let of_one = || a.identity.cmp(&b.identity);
            by_rank((a.score, &a.customer), (b.score, &b.customer)).then_with(of_one)
        });
        Ok(claimed)
    }

    /// What is claimed of one identity and any of a customer's, where an agent can decide on it, as it is kept under the
    /// customer's; the likeliest first. One request for a customer of up to a hundred identities.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn claims_about(
        &self,
        members: &BTreeSet<IdentityUri>,
        other: &IdentityUri,
        now: Timestamp,
        until: Instant,
    ) -> Result<Vec<ClaimRecord>, StoreError> {
        let keys = members.iter().map(|member| claim_key(member, other));
        let keys: Vec<_> = keys.collect();
        let found = self.find(keys, until).await?;
        let claims = members
            .iter()
            .map(|member| found.claim(member, other, false));
        let mut claims: Vec<ClaimRecord> = claims
            .map(|claim| claim.value)
            .filter(is_decidable)
            .collect();
        let circumstances = Circumstances {
            now,
            last_used: None,
            shared: None,
        };
        // Stable: of the same score, the smaller URI first.
        claims.sort_by_key(|claim| std::cmp::Reverse(score(claim, &circumstances)));
        Ok(claims)
    }
}

/// Whether an agent can decide on it: it says that they are one person, as an order or a ticket does not.
pub(super) fn is_decidable(claim: &ClaimRecord) -> bool {
    let mut bases = claim.evidence.iter().map(|evidence| evidence.basis);
    !claim.is_of_thing()
        && (claim.decided.is_some()
            || claim.said_by.is_some()
            || bases.any(|basis| basis.strength() != Strength::Reference))
}

/// The claims that an agent can decide on, by the other identity.
fn about(
    known: impl Iterator<Item = Known>,
    members: &BTreeSet<IdentityUri>,
) -> BTreeMap<IdentityUri, About> {
    let mut about: BTreeMap<IdentityUri, About> = BTreeMap::new();
    for known in known {
        for claim in known.claims {
            let claim = claim.value;
            let is_open = !members.contains(&claim.other);
            if is_decidable(&claim) && (is_open || claim.decided.is_some()) {
                let mark = known.standing.value.shared.clone();
                let claims = about.entry(claim.other.clone()).or_default();
                claims.push((claim, mark));
            }
        }
    }
    about
}

/// At most [`MAX_CLAIMED`] of them, by what their claims alone are worth.
fn likeliest(about: BTreeMap<IdentityUri, About>, now: Timestamp) -> Vec<(IdentityUri, About)> {
    let mut ranked: Vec<(u8, IdentityUri, About)> = about
        .into_iter()
        .map(|(other, claims)| {
            let scores = claims.iter().map(|(claim, shared)| {
                let circumstances = Circumstances {
                    now,
                    last_used: None,
                    shared: shared.as_ref(),
                };
                score(claim, &circumstances)
            });
            (scores.max().unwrap_or(0), other, claims)
        })
        .collect();
    // Stable: of the same score, the smaller URI first.
    ranked.sort_by_key(|(score, _, _)| std::cmp::Reverse(*score));
    ranked.truncate(MAX_CLAIMED);
    ranked
        .into_iter()
        .map(|(_, other, claims)| (other, claims))
        .collect()
}

fn claimed(identity: IdentityUri, claims: About, other: &Other, now: Timestamp) -> Claimed {
    let last_used = other.last_used.as_ref().map(|(at, id)| (*at, id));
    let mut scored: Vec<(u8, ClaimRecord, Vec<EvidenceShown>)> = claims
        .into_iter()
        .map(|(claim, mark)| {
            let circumstances = Circumstances {
                now,
                last_used,
                shared: other.shared.as_ref().or(mark.as_ref()),
            };
            let shown = evidence_shown(&claim, &circumstances);
            (score(&claim, &circumstances), claim, shown)
        })
        .collect();
    scored.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.own.cmp(&b.1.own)));
    let mut evidence: Vec<EvidenceShown> = Vec::new();
    for shown in scored.iter().flat_map(|(_, _, shown)| shown) {
        // A mark or the last use is the same for all claims.
        if !evidence.contains(shown) {
            evidence.push(shown.clone());
        }
    }
    evidence.sort_by_key(|shown| shown.kind);
    Claimed {
        identity,
        customer: other.customer.clone(),
        score: scored.first().map_or(0, |(score, _, _)| *score),
        evidence,
        decided: scored
            .iter()
            .find_map(|(_, claim, _)| claim.decided.clone()),
        claims: scored.into_iter().map(|(_, claim, _)| claim).collect(),
    }
}
