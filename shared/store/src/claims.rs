//! Claims: what events say of other identities of their customer is noted under both, and linked where policy has it.
//!
//! Noting is a join, so events may come in any order and as often as they like; an event that comes again heals what a
//! crash left undone.

mod deciding;
mod listing;

use std::collections::BTreeMap;

use timeline::{
    Actor, Basis, ClaimRecord, Conflict, Event, Evidence, IdentityKind, IdentityUri, LinkId,
    LinkPolicy, LinkReason, Standing, Timestamp, as_link,
};

use crate::commit::Committed;
use crate::error::{CONTENDED, StoreError};
use crate::known::{Revised, claim_item};
use crate::links::{LinkAsk, Linking, claim_key, standing_key};
use crate::{Store, item, retry};

pub use deciding::Deciding;
pub use listing::{Claimed, MAX_CLAIMED};
use tokio::time::Instant;

/// How often a record is joined anew because another writer came first.
const MAX_ROUNDS: u32 = 40;

/// Who links by policy and marks what several customers use.
fn policy_actor() -> Actor {
    Actor::policy("claims")
}

/// Two identities, the smaller one first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Pair(IdentityUri, IdentityUri);

impl Pair {
    fn of(a: &IdentityUri, b: &IdentityUri) -> Self {
        if a < b {
            Self(a.clone(), b.clone())
        } else {
            Self(b.clone(), a.clone())
        }
    }
}

/// What events say of two identities.
#[derive(Default)]
struct Said {
    /// Whether the smaller, and whether the greater of them, is one that was claimed.
    claimed: [bool; 2],
    evidence: Vec<Evidence>,
    /// By which basis they link by themselves, and since when.
    links_by: Option<(Basis, Timestamp)>,
    /// When the newest of the events arrived.
    received: Option<Timestamp>,
}

/// All that is kept of two identities, each side as it is kept under one of them.
pub(crate) struct Between {
    records: [Revised<ClaimRecord>; 2],
    standings: [Standing; 2],
}

impl Between {
    fn linked_once(&self) -> bool {
        self.records.iter().any(|side| side.value.linked_once)
    }

    fn is_decided(&self) -> bool {
        self.records.iter().any(|side| side.value.decided.is_some())
    }

    fn is_shared(&self) -> bool {
        self.standings.iter().any(|end| end.shared.is_some())
    }

    /// Whether links hold both together, directly or through others.
    fn is_one_customer(&self) -> bool {
        let [a, b] = &self.records;
        let members = self.standings[0].links.identities(&a.value.own);
        members.contains(&b.value.own)
    }

    /// Both sides with what the other side and some events say. One side may have expired before the other.
    fn joined(&self, said: &Said) -> [ClaimRecord; 2] {
        let [a, b] = &self.records;
        let mut sides = [a.value.clone(), b.value.clone()];
        let kept = a.value.evidence.iter().chain(&b.value.evidence);
        let all: Vec<Evidence> = kept.chain(&said.evidence).cloned().collect();
        for (side, claimed) in sides.iter_mut().zip(said.claimed) {
            side.claimed |= claimed;
            side.linked_once = self.linked_once();
            side.decided = a.value.decided.clone().or(b.value.decided.clone());
            side.said_by = a.value.said_by.clone().or(b.value.said_by.clone());
            for evidence in &all {
                side.add(evidence.clone());
            }
        }
        sides
    }
}

impl Store {
    /// Notes what events say of other identities of their customers: each claim under both identities. Then links where
    /// policy has it, once ever, and marks numbers and addresses that several records of one system claim. Events
    /// without claims cost no request, and what is noted already costs a read. What a policy does, it does when the event
    /// was received, whenever that happened: records and lives of what it changes go by that.
    ///
    /// # Errors
    /// When the table does not answer in time. The same events again go on where this ended.
    pub async fn note_claims(
        &self,
        events: &[Event],
        policy: &LinkPolicy,
        until: Instant,
    ) -> Result<(), StoreError> {
        for (pair, said) in said_by(events, policy) {
            let between = self.note(&pair, &said, until).await?;
            self.follow_policy(&pair, &said, between, policy, until)
                .await?;
        }
        Ok(())
    }

    /// Joins what was said into both records, and gives what is kept then.
    async fn note(&self, pair: &Pair, said: &Said, until: Instant) -> Result<Between, StoreError> {
        for round in 1..=MAX_ROUNDS {
            let mut between = self.between(pair, said.claimed, until).await?;
            let joined = between.joined(said);
            let sides = joined.iter().zip(&between.records);
            let lives_to = said
                .received
                .and_then(|received| item::expiry(received, self.retention));
            let changed: Vec<_> = sides
                .filter(|(after, before)| {
                    let ends_before = before.expires_at.is_some() && before.expires_at < lives_to;
                    before.rev == 0 || **after != before.value || ends_before
                })
                .collect();
            if changed.is_empty() {
                return Ok(between);
            }
            let mut writes = Vec::with_capacity(2);
            for (after, before) in changed {
                let touched = touched(after).into_iter().chain(said.received).max();
                let touched = touched.unwrap_or(Timestamp::EPOCH);
                // Before the claim is noted, which is not noted again: each id that a pop gives leads somewhere.
                if !after.own.is_thing() {
                    self.enter_customer(&after.own, item::expiry(touched, self.retention), until)
                        .await?;
                }
                let item = claim_item(after, before, touched, self.retention)?;
                writes.push(self.put_over(item, before.rev));
            }
            match self.commit(writes, until).await? {
                Committed::Done => {
                    for (side, after) in between.records.iter_mut().zip(joined) {
                        side.value = after;
                    }
                    return Ok(between);
                }
                Committed::Changed => retry::wait(round, CONTENDED, until).await?,
            }
        }
        Err(StoreError::contended())
    }

    /// Reads what is kept of two identities, in one request.
    async fn between(
        &self,
        pair: &Pair,
        claimed: [bool; 2],
        until: Instant,
    ) -> Result<Between, StoreError> {
        let Pair(a, b) = pair;
        let keys = [
            claim_key(a, b),
            claim_key(b, a),
            standing_key(a),
            standing_key(b),
        ];
        let found = self.find(keys, until).await?;
        Ok(Between {
            records: [found.claim(a, b, claimed[0]), found.claim(b, a, claimed[1])],
            standings: [found.standing(a).value, found.standing(b).value],
        })
    }

    /// Records that there was nothing left to link: both were one customer already. Whoever separates them later knows
    /// better than this claim.
    async fn settle(&self, pair: &Pair, said: &Said, until: Instant) -> Result<(), StoreError> {
        for round in 1..=MAX_ROUNDS {
            let between = self.between(pair, said.claimed, until).await?;
            if between.linked_once() {
                return Ok(());
            }
            let mut writes = Vec::with_capacity(2);
            for (mut side, before) in between.joined(said).into_iter().zip(&between.records) {
                side.linked_once = true;
                let touched = touched(&side).unwrap_or(Timestamp::EPOCH);
                let item = claim_item(&side, before, touched, self.retention)?;
                writes.push(self.put_over(item, before.rev));
            }
            match self.commit(writes, until).await? {
                Committed::Done => return Ok(()),
                Committed::Changed => retry::wait(round, CONTENDED, until).await?,
            }
        }
        Err(StoreError::contended())
    }

    /// What is done by itself with two identities of which something is said.
    async fn follow_policy(
        &self,
        pair: &Pair,
        said: &Said,
        between: Between,
        policy: &LinkPolicy,
        until: Instant,
    ) -> Result<(), StoreError> {
        let Some((basis, at)) = said.links_by else {
            return Ok(());
        };
        let settled = between.linked_once() || between.is_decided() || between.is_shared();
        if settled {
            return Ok(());
        }
        // A policy acts when it hears of something, however long that took.
        let at = said.received.map_or(at, |received| received.max(at));
        if let Some((record, address)) = as_record_of(pair)
            && self.is_of_several(record, address, policy, until).await?
        {
            return self
                .mark_shared(address, true, &policy_actor(), at, until)
                .await;
        }
        if between.is_one_customer() {
            self.settle(pair, said, until).await
        } else {
            self.link_by_policy(pair, basis, at, until).await
        }
    }

    /// Whether another record of the same system claims this number or address, too: then it is nobody's alone, and
    /// which of them was first says nothing. It depends on the claims only, so their order does not matter. Claims
    /// of sources that do not link do not count, so that no stranger makes a number shared, nor do claims that an agent
    /// has rejected, or whose link was ended.
    async fn is_of_several(
        &self,
        record: &IdentityUri,
        address: &IdentityUri,
        policy: &LinkPolicy,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let known = self.known(address, until).await?;
        let members = known.standing.value.links.identities(address);
        let same = |other: &IdentityUri| system(other).is_some() && system(other) == system(record);
        Ok(known.claims.iter().map(|claim| &claim.value).any(|claim| {
            let links = |evidence: &Evidence| policy.links(&evidence.source, evidence.basis);
            let ended = claim.linked_once && !members.contains(&claim.other);
            claim.other != *record
                && same(&claim.other)
                && claim.evidence.iter().any(links)
                && !claim.is_rejected()
                && !ended
        }))
    }

    async fn link_by_policy(
        &self,
        pair: &Pair,
        basis: Basis,
        at: Timestamp,
        until: Instant,
    ) -> Result<(), StoreError> {
        let Pair(a, b) = pair;
        let (from, to) = as_link(a, b);
        let ask = LinkAsk {
            id: LinkId::of_claim(a, b, &self.salt),
            from: from.clone(),
            to: to.clone(),
            by: policy_actor(),
            at,
            reason: LinkReason::Claim(basis),
            note: None,
            accept_conflicts: false,
        };
        match self.link(&ask, until).await? {
            Linking::Linked(_) | Linking::Already(_) | Linking::LinkedBefore | Linking::Ended => {}
            // It stays a candidate, for an agent to decide on.
            Linking::Refused(refused) => {
                tracing::info!(reason = %refused, "a verified claim is not linked");
            }
            Linking::Conflicts(conflicts) => {
                let records = conflicts
                    .iter()
                    .any(|conflict| matches!(conflict, Conflict::TwoRecords { .. }));
                tracing::info!(
                    records,
                    "a verified claim is not linked: something speaks against it"
                );
            }
        }
        Ok(())
    }
}

/// What events say of each two identities.
fn said_by(events: &[Event], policy: &LinkPolicy) -> BTreeMap<Pair, Said> {
    let mut pairs: BTreeMap<Pair, Said> = BTreeMap::new();
    for event in events {
        let Some(customer) = &event.customer else {
            continue;
        };
        let customer = &customer.uri;
        for claim in &event.claims {
            let claimed = &claim.identity.uri;
            if claimed == customer || policy.own.contains(claimed) || policy.own.contains(customer)
            {
                continue;
            }
            let pair = Pair::of(customer, claimed);
            let place = usize::from(pair.1 == *claimed);
            let said = pairs.entry(pair).or_default();
            let at = event.happened_at();
            said.claimed[place] = true;
            said.received = said.received.max(Some(event.received_at));
            let trusted = policy.links(&event.source, claim.basis);
            said.evidence.push(Evidence {
                basis: claim.basis,
                source: event.source.clone(),
                interaction_id: event.interaction_id.clone(),
                event_id: event.id.clone(),
                trusted,
                at,
                last_at: at,
            });
            if trusted && !customer.is_thing() && !claimed.is_thing() {
                let by = (claim.basis, at);
                said.links_by = Some(said.links_by.map_or(by, |first| first.min(by)));
            }
        }
    }
    pairs
}

/// When a claim was last said.
fn touched(claim: &ClaimRecord) -> Option<Timestamp> {
    claim.evidence.iter().map(|evidence| evidence.last_at).max()
}

/// The record of a system and the number or address that a claim is between, where it is between such.
fn as_record_of(pair: &Pair) -> Option<(&IdentityUri, &IdentityUri)> {
    let (from, to) = as_link(&pair.0, &pair.1);
    let is_address = match to.kind() {
        IdentityKind::Tel | IdentityKind::Mailto | IdentityKind::Whatsapp => true,
        IdentityKind::Sip | IdentityKind::Visitor | IdentityKind::Crm => false,
    };
    (system(from).is_some() && is_address).then_some((from, to))
}

/// The system of a record: the scheme and the system's name.
fn system(identity: &IdentityUri) -> Option<&str> {
    let is_record = identity.kind() == IdentityKind::Crm && !identity.is_thing();
    let (system, _) = identity.expose().split_once('/')?;
    is_record.then_some(system)
}
