//! Links that are ended, one by one or by a mark on an identity.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use timeline::{
    Actor, IdentityUri, Link, LinkChange, LinkId, LinkReason, LinkRecord, LinkSet, Marked,
    Personal, Standing, Timestamp,
};
use tokio::time::Instant;

use super::MAX_ROUNDS;
use super::found::{Found, claim_key, standing_key};
use crate::commit::{Committed, MAX_WRITES};
use crate::error::{CONTENDED, StoreError};
use crate::known::{Revised, claim_item};
use crate::{Store, retry};

/// Most links that one transaction ends: with four writes for each, one for each of 50 identities and one for each that
/// then stands alone, it stays below what a transaction takes.
const MAX_ENDED: usize = 8;
const _: () = assert!(timeline::MAX_IDENTITIES + 4 * MAX_ENDED + MAX_ENDED + 1 < MAX_WRITES);

/// How taking links back ended up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unlinking {
    /// They are ended, or by a preview would be: for each identity of the former customer the links that it keeps.
    Unlinked(BTreeMap<IdentityUri, LinkSet>),
    /// None of them is an active link of this customer.
    NotFound,
}

/// Who ends links, when, and what is noted.
struct Act<'a> {
    by: &'a Actor,
    at: Timestamp,
    note: Option<&'a Personal>,
}

/// One transaction's worth of it.
struct Step {
    links: Vec<Link>,
    parts: BTreeMap<IdentityUri, LinkSet>,
    found: Found,
    /// The identity whose mark changes with it, and its mark then.
    mark: Option<(IdentityUri, Option<Marked>)>,
    /// Whether the links end since an identity is shared, and not for their own sake.
    marks: bool,
}

impl Step {
    /// Who said that both ends of a link belong together, where that holds on: not where somebody takes the link itself
    /// back.
    fn said_by(&self, link: &Link) -> Option<Marked> {
        (self.marks && !matches!(link.reason, LinkReason::Claim(_))).then(|| Marked {
            by: link.by.clone(),
            at: link.at,
        })
    }
}

impl Store {
    /// What taking links back would leave; writes nothing.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn preview_unlink(
        &self,
        of: &IdentityUri,
        ids: &BTreeSet<LinkId>,
        until: Instant,
    ) -> Result<Unlinking, StoreError> {
        let found = self.find(BTreeSet::from([standing_key(of)]), until).await?;
        let links = found.standing(of).value.links;
        Ok(if ids.iter().any(|id| links.get(id).is_some()) {
            Unlinking::Unlinked(links.without(of, ids))
        } else {
            Unlinking::NotFound
        })
    }

    /// Takes links of a customer back: every identity holds afterwards what it would hold had they never been made, and
    /// no policy makes them again.
    ///
    /// # Errors
    /// When the table does not answer in time, or others change the same customer all the time. Asking again goes on
    /// where this ended.
    pub async fn unlink(
        &self,
        of: &IdentityUri,
        ids: &BTreeSet<LinkId>,
        by: &Actor,
        at: Timestamp,
        note: Option<Personal>,
        until: Instant,
    ) -> Result<Unlinking, StoreError> {
        let act = Act {
            by,
            at,
            note: note.as_ref(),
        };
        // Each identity's part as the latest transaction left it.
        let mut parts: Option<BTreeMap<IdentityUri, LinkSet>> = None;
        let mut tried: Option<Step> = None;
        for round in 1..=MAX_ROUNDS {
            let found = self.find(BTreeSet::from([standing_key(of)]), until).await?;
            let standing = found.standing(of);
            // A link that one step cuts off from `of` is found at its own ends in the next.
            let (near, standing) = match self
                .active(of, ids, standing, parts.as_ref(), until)
                .await?
            {
                Some(place) => place,
                None => {
                    if let Some(step) = tried
                        && self.was_ended(&step, &act, until).await?
                    {
                        parts = Some(merged(parts, step.parts));
                    }
                    return Ok(parts.map_or(Unlinking::NotFound, Unlinking::Unlinked));
                }
            };
            let step = self
                .step(&near, standing, |link| ids.contains(&link.id), until)
                .await?;
            match self.commit(self.ending_writes(&step, &act)?, until).await? {
                Committed::Done => {
                    parts = Some(merged(parts, step.parts));
                    tried = None;
                    continue;
                }
                Committed::Changed => tried = Some(step),
            }
            retry::wait(round, CONTENDED, until).await?;
        }
        Err(StoreError::contended())
    }

    /// Marks an identity as one that several customers use, or takes the mark away. An agent's mark ends every link at
    /// the identity, a policy's only those that policies made. Marking what is marked changes nothing.
    ///
    /// # Errors
    /// When the table does not answer in time, or others change the same customer all the time. Asking again goes on
    /// where this ended.
    pub async fn mark_shared(
        &self,
        identity: &IdentityUri,
        shared: bool,
        by: &Actor,
        at: Timestamp,
        until: Instant,
    ) -> Result<(), StoreError> {
        let act = Act { by, at, note: None };
        let ends = |link: &Link| {
            let automatic = matches!(link.reason, LinkReason::Claim(_));
            shared
                && (&link.from == identity || &link.to == identity)
                && (automatic || !by.is_policy())
        };
        for round in 1..=MAX_ROUNDS {
            let found = self
                .find(BTreeSet::from([standing_key(identity)]), until)
                .await?;
            let standing = found.standing(identity);
            let is_marked = standing.value.shared.is_some() == shared;
            if is_marked && !standing.value.links.iter().any(ends) {
                return Ok(());
            }
            let mark = shared.then(|| Marked { by: by.clone(), at });
            let mut step = self.step(identity, standing, ends, until).await?;
            step.marks = true;
            step.mark = (!is_marked).then(|| (identity.clone(), mark));
            match self.commit(self.ending_writes(&step, &act)?, until).await? {
                Committed::Done => {}
                Committed::Changed => retry::wait(round, CONTENDED, until).await?,
            }
        }
        Err(StoreError::contended())
    }

    /// Where a link that is to be ended is still active: at `of`, or in a part that was cut off from it before.
    async fn active(
        &self,
        of: &IdentityUri,
        ids: &BTreeSet<LinkId>,
        standing: Revised<Standing>,
        parts: Option<&BTreeMap<IdentityUri, LinkSet>>,
        until: Instant,
    ) -> Result<Option<(IdentityUri, Revised<Standing>)>, StoreError> {
        let holds = |set: &LinkSet| ids.iter().any(|id| set.get(id).is_some());
        if holds(&standing.value.links) {
            return Ok(Some((of.clone(), standing)));
        }
        let Some(parts) = parts else { return Ok(None) };
        let Some((near, _)) = parts.iter().find(|(near, set)| *near != of && holds(set)) else {
            return Ok(None);
        };
        let found = self
            .find(BTreeSet::from([standing_key(near)]), until)
            .await?;
        let standing = found.standing(near);
        Ok(holds(&standing.value.links).then(|| (near.clone(), standing)))
    }

    /// What one transaction does of the ending of some links, with everything read that it writes over.
    async fn step(
        &self,
        of: &IdentityUri,
        before: Revised<Standing>,
        ends: impl Fn(&Link) -> bool,
        until: Instant,
    ) -> Result<Step, StoreError> {
        let set = &before.value.links;
        let links = set.iter().filter(|link| ends(link));
        let links: Vec<Link> = links.take(MAX_ENDED).cloned().collect();
        let ids = links.iter().map(|link| link.id.clone()).collect();
        let parts = set.without(of, &ids);
        let mut keys: BTreeSet<_> = parts.keys().map(standing_key).collect();
        for link in &links {
            keys.insert(claim_key(&link.from, &link.to));
            keys.insert(claim_key(&link.to, &link.from));
        }
        let mut found = self.find(keys, until).await?;
        // What is written comes from the set that was read first, so it is that reading that has to hold still: whoever
        // changes the set in between changes it here, too.
        found.standings.insert(of.clone(), before);
        Ok(Step {
            links,
            parts,
            found,
            mark: None,
            marks: false,
        })
    }

    fn ending_writes(
        &self,
        step: &Step,
        act: &Act<'_>,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = Vec::with_capacity(MAX_WRITES);
        for (identity, part) in &step.parts {
            let before = step.found.standing(identity);
            let mut standing = Standing {
                shared: before.value.shared.clone(),
                links: part.clone(),
            };
            if let Some((marked, mark)) = &step.mark
                && marked == identity
            {
                standing.shared.clone_from(mark);
            }
            writes.push(self.put_standing(identity, &standing, &before, act.at)?);
            if part.is_empty() && !step.links.is_empty() {
                writes.push(self.put_record(self.passing_entry(identity, act.at)));
            }
        }
        for link in &step.links {
            self.end_claim(link, step, act, &mut writes)?;
            let record = ended(link, act);
            for end in [&link.from, &link.to] {
                writes.push(self.put_link_record(end, &record)?);
            }
        }
        if let Some((identity, mark)) = &step.mark {
            writes.push(self.put_link_record(identity, &marked(identity, mark.as_ref(), act))?);
        }
        Ok(writes)
    }

    /// What is kept of two whose link is ended: no policy links them again, and a confirmation is taken back with it. A
    /// mark does not deny what an agent said by linking them: both use what is shared.
    fn end_claim(
        &self,
        link: &Link,
        step: &Step,
        act: &Act<'_>,
        writes: &mut Vec<TransactWriteItem>,
    ) -> Result<(), StoreError> {
        for (own, other, claimed) in [(&link.from, &link.to, false), (&link.to, &link.from, true)] {
            let before = step.found.claim(own, other, claimed);
            let mut claim = before.value.clone();
            claim.linked_once = true;
            claim.end(link.id.clone());
            claim.said_by = step.said_by(link);
            if claim.is_confirmed() {
                claim.decided = None;
            }
            let item = claim_item(&claim, &before, act.at, self.retention)?;
            writes.push(self.put_over(item, before.rev));
        }
        Ok(())
    }

    /// Whether a step whose answer was lost, or which came too late, was this very act's.
    async fn was_ended(
        &self,
        step: &Step,
        act: &Act<'_>,
        until: Instant,
    ) -> Result<bool, StoreError> {
        match step.links.first() {
            Some(link) => self.is_recorded(&link.from, &ended(link, act), until).await,
            None => Ok(false),
        }
    }
}

fn ended(link: &Link, act: &Act<'_>) -> LinkRecord {
    LinkRecord {
        what: LinkChange::Unlinked,
        from: link.from.clone(),
        to: link.to.clone(),
        link_id: Some(link.id.clone()),
        by: act.by.clone(),
        at: act.at,
        reason: Some(link.reason),
        note: act.note.cloned(),
    }
}

fn marked(identity: &IdentityUri, mark: Option<&Marked>, act: &Act<'_>) -> LinkRecord {
    LinkRecord {
        what: match mark {
            Some(_) => LinkChange::Shared,
            None => LinkChange::Unshared,
        },
        from: identity.clone(),
        to: identity.clone(),
        link_id: None,
        by: act.by.clone(),
        at: act.at,
        reason: None,
        note: None,
    }
}

/// The parts after a further step: what it left, and of the others what earlier steps left.
fn merged(
    before: Option<BTreeMap<IdentityUri, LinkSet>>,
    after: BTreeMap<IdentityUri, LinkSet>,
) -> BTreeMap<IdentityUri, LinkSet> {
    let mut parts = before.unwrap_or_default();
    parts.extend(after);
    parts
}
