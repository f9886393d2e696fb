//! Links: made, ended, and told of. Each change is one transaction over every identity that it touches.
//!
//! Every identity of a customer holds the customer's whole set of links. Whoever changes the set writes it over in all of
//! them, each only as it was read, so of two who change one customer at once one decides again.

mod ending;
mod found;
mod history;
mod survey;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_dynamodb::types::TransactWriteItem;
use timeline::{
    Actor, CustomerId, Decided, Decision, IdentityUri, Link, LinkChange, LinkError, LinkId,
    LinkReason, LinkRecord, LinkSet, Personal, Standing, Timestamp,
};

use crate::commit::{Committed, MAX_WRITES};
use crate::error::{CONTENDED, StoreError};
use crate::item::{self, Item};
use crate::known::{Revised, claim_item, link_record_item, standing_item};
use crate::{Store, retry, schema};

pub use ending::Unlinking;
pub use history::MAX_HISTORY;
pub use survey::{MAX_COUNTED, Surveyed};

use found::{Looked, Plan};
pub(crate) use found::{claim_key, standing_key};
use tokio::time::Instant;

/// How often a change is decided anew because another one came first.
const MAX_ROUNDS: u32 = 40;

/// A link that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAsk {
    /// Its id: the same ask is the same link, however often it comes.
    pub id: LinkId,
    /// The identity under whose customer it is made.
    pub from: IdentityUri,
    /// The identity that is added.
    pub to: IdentityUri,
    /// Who asks.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: LinkReason,
    /// What the agent notes.
    pub note: Option<Personal>,
    /// Whether it is made though something speaks against it.
    pub accept_conflicts: bool,
}

impl LinkAsk {
    fn link(&self) -> Link {
        Link {
            id: self.id.clone(),
            from: self.from.clone(),
            to: self.to.clone(),
            at: self.at,
            by: self.by.clone(),
            reason: self.reason,
            note: self.note.clone(),
        }
    }
}

/// What a link makes, or would make, of two customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkPreview {
    /// The link.
    pub link: Link,
    /// The links of the customer of `link.from` before it.
    pub own: LinkSet,
    /// The links of the customer of `link.to` before it.
    pub other: LinkSet,
    /// The links of the one customer after it.
    pub joined: LinkSet,
    /// What speaks against it.
    pub conflicts: Vec<timeline::Conflict>,
}

impl LinkPreview {
    /// All identities of the customer after the link.
    #[must_use]
    pub fn identities(&self) -> BTreeSet<IdentityUri> {
        self.joined.identities(&self.link.from)
    }
}

/// How a link ended up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Linking {
    /// It is made, or by a preview would be.
    Linked(LinkPreview),
    /// This link is active already: the same one, or one between the same two.
    Already(Link),
    /// A policy asks, and these two, or others of both customers, were linked once; whoever ended that link knew better.
    LinkedBefore,
    /// An agent's very link was made and has ended: asked for late or twice, it is not made again.
    Ended,
    /// It cannot be made.
    Refused(LinkError),
    /// Something speaks against it, and the ask does not accept that.
    Conflicts(Vec<timeline::Conflict>),
}

impl Store {
    /// What a link would change and what speaks against it, accepted or not; writes nothing.
    ///
    /// # Errors
    /// When the table cannot be read in time, or an item cannot be understood.
    pub async fn preview_link(&self, ask: &LinkAsk, until: Instant) -> Result<Linking, StoreError> {
        Ok(match self.look(ask, until).await? {
            Looked::Open(plan) => Linking::Linked(plan.preview),
            Looked::Closed(linking) => *linking,
        })
    }

    /// Makes a link: one transaction over the standings of all identities that become one customer, what is known of
    /// the claim, the records of both ends, and the entries of both ids. The same ask again changes nothing.
    ///
    /// # Errors
    /// When the table does not answer in time, or others change the same customers all the time. The ask may then be
    /// done or not; asking again tells.
    pub async fn link(&self, ask: &LinkAsk, until: Instant) -> Result<Linking, StoreError> {
        let mut tried = None;
        for round in 1..=MAX_ROUNDS {
            let plan = match (self.look(ask, until).await?, tried.take()) {
                (Looked::Open(plan), _) => plan,
                (Looked::Closed(linking), tried) => {
                    return Ok(match (*linking, tried) {
                        // An answer was lost: the link that stands there is the one of the last round.
                        (Linking::Already(link), Some(preview)) if link == ask.link() => {
                            Linking::Linked(preview)
                        }
                        (linking, _) => linking,
                    });
                }
            };
            if !plan.preview.conflicts.is_empty() && !ask.accept_conflicts {
                return Ok(Linking::Conflicts(plan.preview.conflicts));
            }
            let writes = self.link_writes(ask, &plan)?;
            match self.commit(writes, until).await? {
                Committed::Done => return Ok(Linking::Linked(plan.preview)),
                Committed::Changed => tried = Some(plan.preview),
            }
            retry::wait(round, CONTENDED, until).await?;
        }
        Err(StoreError::contended())
    }

    fn link_writes(
        &self,
        ask: &LinkAsk,
        plan: &Plan,
    ) -> Result<Vec<TransactWriteItem>, StoreError> {
        let mut writes = Vec::with_capacity(MAX_WRITES);
        let joined = &plan.preview.joined;
        for (identity, before) in &plan.standings {
            let standing = Standing {
                shared: before.value.shared.clone(),
                links: joined.clone(),
            };
            writes.push(self.put_standing(identity, &standing, before, ask.at)?);
        }
        self.claim_writes(ask, plan, &mut writes)?;
        let record = LinkRecord {
            what: LinkChange::Linked,
            from: ask.from.clone(),
            to: ask.to.clone(),
            link_id: Some(ask.id.clone()),
            by: ask.by.clone(),
            at: ask.at,
            reason: Some(ask.reason),
            note: ask.note.clone(),
        };
        for end in [&ask.from, &ask.to] {
            writes.push(self.put_link_record(end, &record)?);
            writes.push(self.put_record(self.kept_entry(end)));
        }
        Ok(writes)
    }

    /// What is kept of the claim between both ends. Where the link changes nothing of it, it has still to be as it was
    /// read, so that nobody links what somebody else has rejected meanwhile.
    fn claim_writes(
        &self,
        ask: &LinkAsk,
        plan: &Plan,
        writes: &mut Vec<TransactWriteItem>,
    ) -> Result<(), StoreError> {
        let is_claimed = plan.claims.iter().any(|claim| claim.rev > 0);
        for claim in &plan.claims {
            let mut record = claim.value.clone();
            match ask.reason {
                LinkReason::Claim(_) => record.linked_once = true,
                LinkReason::Confirmed if is_claimed => {
                    record.decided = Some(Decided {
                        decision: Decision::Confirmed,
                        by: ask.by.clone(),
                        at: ask.at,
                    });
                }
                LinkReason::Confirmed | LinkReason::Agent => {
                    let (pk, sk) = claim_key(&record.own, &record.other);
                    writes.push(self.check_unchanged(item::key(pk, sk), claim.rev));
                    continue;
                }
            }
            let item = claim_item(&record, claim, ask.at, self.retention)?;
            writes.push(self.put_over(item, claim.rev));
        }
        if ask.reason == LinkReason::Confirmed && is_claimed {
            let (ends, confirmed) = ((&ask.from, &ask.to), Some(Decision::Confirmed));
            writes.extend(self.decision_records(ends, confirmed, &ask.by, ask.at)?);
        }
        Ok(())
    }

    /// An identity's standing in the place of the one that was read. What says nothing goes with the events.
    fn put_standing(
        &self,
        identity: &IdentityUri,
        standing: &Standing,
        before: &Revised<Standing>,
        at: Timestamp,
    ) -> Result<TransactWriteItem, StoreError> {
        let mut item = standing_item(identity, standing, before.rev + 1)?;
        if *standing == Standing::default() {
            item::expire(&mut item, at, self.retention);
        }
        Ok(self.put_over(item, before.rev))
    }

    fn put_link_record(
        &self,
        under: &IdentityUri,
        record: &LinkRecord,
    ) -> Result<TransactWriteItem, StoreError> {
        let item = link_record_item(under, record, &self.salt, &history::record_key(record)?)?;
        Ok(self.put_record(item))
    }

    /// The entry of an identity's customer id, kept as long as it is linked.
    fn kept_entry(&self, identity: &IdentityUri) -> Item {
        let mut item = self.entry(identity);
        item.insert(schema::KEPT.to_owned(), item::number(1));
        item
    }

    /// The same for an identity that stands alone again: it goes with the last of its events.
    fn passing_entry(&self, identity: &IdentityUri, at: Timestamp) -> Item {
        let mut item = self.entry(identity);
        item::expire(&mut item, at, self.retention);
        item
    }

    fn entry(&self, identity: &IdentityUri) -> Item {
        let mut item = item::customer_keys(&CustomerId::implied_by(identity, &self.salt));
        item.insert(schema::VERSION.to_owned(), item::number(schema::SHAPE));
        item.insert(schema::IDENTITY.to_owned(), item::text(identity.expose()));
        item
    }
}

/// The identities of a customer and what was read of each.
type Standings = BTreeMap<IdentityUri, Revised<Standing>>;
