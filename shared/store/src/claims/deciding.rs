//! What an agent decides of a claim: final until it is withdrawn, and recorded.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::TransactWriteItem;
use timeline::{
    Actor, ClaimRecord, Conflict, Decided, Decision, IdentityUri, LinkChange, LinkError, LinkId,
    LinkReason, LinkRecord, Timestamp, as_link, opaque,
};
use tokio::time::Instant;

use super::listing::is_decidable;
use super::{Between, MAX_ROUNDS, Pair, touched};
use crate::commit::Committed;
use crate::error::{CONTENDED, StoreError};
use crate::known::{claim_item, link_record_item};
use crate::links::{LinkAsk, Linking, standing_key};
use crate::{Store, retry};

/// How a decision ended up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deciding {
    /// It stands so now, as it may have before: the claim as it is kept under the first identity, and whether links
    /// hold both together.
    Decided {
        /// The claim.
        claim: Box<ClaimRecord>,
        /// Whether both are one customer now. A rejection ends the link between the two, and none through others.
        one_customer: bool,
    },
    /// No claim says that these two are one person.
    NotClaimed,
    /// Somebody decided otherwise, and that is not withdrawn.
    DecidedBefore(Decided),
    /// They cannot be linked.
    Refused(LinkError),
    /// Something speaks against linking them.
    Conflicts(Vec<Conflict>),
}

/// Who decides, and when.
struct Act<'a> {
    by: &'a Actor,
    at: Timestamp,
}

impl Store {
    /// Records what an agent decides of a claim that two identities are one person's, or with `None` that the decision
    /// is withdrawn. Confirming links them; rejecting ends the link between them; withdrawing a confirmation ends the
    /// link that it made. The same decision again changes nothing.
    ///
    /// # Errors
    /// When the table does not answer in time. The decision may then stand or not; deciding again tells.
    pub async fn decide(
        &self,
        own: &IdentityUri,
        other: &IdentityUri,
        decision: Option<Decision>,
        by: &Actor,
        at: Timestamp,
        until: Instant,
    ) -> Result<Deciding, StoreError> {
        let pair = Pair::of(own, other);
        let act = Act { by, at };
        for round in 1..=MAX_ROUNDS {
            let between = self.between(&pair, [false; 2], until).await?;
            if !is_claimed(&between) {
                return Ok(Deciding::NotClaimed);
            }
            let before = decided(&between).cloned();
            let settled = match (decision, before) {
                (Some(decision), Some(before)) if before.decision != decision => {
                    return Ok(Deciding::DecidedBefore(before));
                }
                (Some(Decision::Confirmed), before) => {
                    match self.confirm(&pair, &between, before, &act, until).await? {
                        Ok(settled) => settled,
                        Err(refused) => return Ok(refused),
                    }
                }
                (Some(Decision::Rejected), before) => {
                    self.reject(&pair, &between, before, &act, until).await?
                }
                (None, before) => self.withdraw(&pair, &between, before, &act, until).await?,
            };
            if settled {
                return self.as_it_stands(own, &pair, until).await;
            }
            retry::wait(round, CONTENDED, until).await?;
        }
        Err(StoreError::contended())
    }

    async fn as_it_stands(
        &self,
        own: &IdentityUri,
        pair: &Pair,
        until: Instant,
    ) -> Result<Deciding, StoreError> {
        let between = self.between(pair, [false; 2], until).await?;
        let one_customer = between.is_one_customer();
        let [a, b] = between.records;
        let claim = if a.value.own == *own { a } else { b };
        Ok(Deciding::Decided {
            claim: Box::new(claim.value),
            one_customer,
        })
    }

    /// Links first: what speaks against that speaks against the decision. `false`: something changed meanwhile.
    async fn confirm(
        &self,
        pair: &Pair,
        between: &Between,
        before: Option<Decided>,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<Result<bool, Deciding>, StoreError> {
        if before.is_some() {
            return Ok(Ok(true));
        }
        let (from, to) = as_link(&pair.0, &pair.1);
        let key = format!("confirm {} {} {}", from.expose(), to.expose(), act.at);
        let ask = LinkAsk {
            id: LinkId::of_act(&key, &self.salt),
            from: from.clone(),
            to: to.clone(),
            by: act.by.clone(),
            at: act.at,
            reason: LinkReason::Confirmed,
            note: None,
            accept_conflicts: false,
        };
        match self.link(&ask, until).await? {
            // The link's own transaction has written the decision, and that it was made.
            Linking::Linked(_) => Ok(Ok(true)),
            Linking::Already(_) | Linking::LinkedBefore | Linking::Ended => self
                .write_decision(pair, between, Some(Decision::Confirmed), act, until)
                .await
                .map(Ok),
            Linking::Refused(error) => Ok(Err(Deciding::Refused(error))),
            Linking::Conflicts(conflicts) => Ok(Err(Deciding::Conflicts(conflicts))),
        }
    }

    /// Decides first: from then on no policy links them again.
    async fn reject(
        &self,
        pair: &Pair,
        between: &Between,
        before: Option<Decided>,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let rejected = Some(Decision::Rejected);
        let is_written = before.is_some()
            || self
                .write_decision(pair, between, rejected, act, until)
                .await?;
        if is_written {
            self.end_link(pair, |_| true, act, until).await?;
        }
        Ok(is_written)
    }

    async fn withdraw(
        &self,
        pair: &Pair,
        between: &Between,
        before: Option<Decided>,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let is_written =
            before.is_none() || self.write_decision(pair, between, None, act, until).await?;
        if is_written {
            let by_confirming = |reason| reason == LinkReason::Confirmed;
            self.end_link(pair, by_confirming, act, until).await?;
        }
        Ok(is_written)
    }

    /// Ends the link between both that stands now, after the decision: none that is decided on later is made in spite of
    /// it, and the same decision again ends what a crash has left.
    async fn end_link(
        &self,
        pair: &Pair,
        ends: impl Fn(LinkReason) -> bool,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<(), StoreError> {
        let found = self.find([standing_key(&pair.0)], until).await?;
        let links = found.standing(&pair.0).value.links;
        let link = links.between(&pair.0, &pair.1);
        if let Some(link) = link.filter(|link| ends(link.reason)) {
            let ids = BTreeSet::from([link.id.clone()]);
            self.unlink(&pair.0, &ids, act.by, act.at, None, until)
                .await?;
        }
        Ok(())
    }

    /// Writes a decision into both records, with what happened under both customers. `false`: something changed.
    async fn write_decision(
        &self,
        pair: &Pair,
        between: &Between,
        decision: Option<Decision>,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<bool, StoreError> {
        let mut writes = self.decision_records((&pair.0, &pair.1), decision, act.by, act.at)?;
        for side in &between.records {
            let mut claim = side.value.clone();
            claim.decided = decision.map(|decision| Decided {
                decision,
                by: act.by.clone(),
                at: act.at,
            });
            let touched = touched(&claim).max(Some(act.at)).unwrap_or(act.at);
            let item = claim_item(&claim, side, touched, self.retention)?;
            writes.push(self.put_over(item, side.rev));
        }
        Ok(self.commit(writes, until).await? == Committed::Done)
    }

    /// What happened, as it stands under the customers of both. The same act has the same key.
    pub(crate) fn decision_records(
        &self,
        (a, b): (&IdentityUri, &IdentityUri),
        decision: Option<Decision>,
        by: &Actor,
        at: Timestamp,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let (from, to) = as_link(a, b);
        let (what, kind) = match decision {
            Some(Decision::Confirmed) => (LinkChange::Confirmed, "confirmed"),
            Some(Decision::Rejected) => (LinkChange::Rejected, "rejected"),
            None => (LinkChange::Withdrawn, "withdrawn"),
        };
        let record = LinkRecord {
            what,
            from: from.clone(),
            to: to.clone(),
            link_id: None,
            by: by.clone(),
            at,
            reason: None,
            note: None,
        };
        let key = format!("{}#{kind}", opaque(&[from.expose(), to.expose()]));
        let mut records = Vec::with_capacity(2);
        for end in [from, to] {
            let item = link_record_item(end, &record, &self.salt, &key)?;
            records.push(self.put_record(item));
        }
        Ok(records)
    }
}

/// Whether something says that they are one person. An order or a ticket does not.
fn is_claimed(between: &Between) -> bool {
    between.records.iter().any(|side| is_decidable(&side.value))
}

fn decided(between: &Between) -> Option<&Decided> {
    let mut sides = between.records.iter();
    sides.find_map(|side| side.value.decided.as_ref())
}
