//! The table of the model: standings and claims, and how a transaction over them is judged.

use super::{AC, IDENTITIES, LINKS, Variant};
use crate::bits;

/// An identity's standing: the links of its whole customer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Standing {
    pub(super) rev: u8,
    pub(super) links: u8,
}

/// What is claimed of two identities.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) rev: u8,
    /// Whether an event claims it.
    pub(super) noted: bool,
    /// Whether they were linked, so that no policy does it again.
    pub(super) linked_once: bool,
    /// The links between them that were ended.
    pub(super) ended: u8,
}

/// What a transaction does when it is seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Effect {
    Made(usize),
    Ended(usize),
    Noted,
}

/// A write of one claim, or the condition that it is unchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ClaimWrite {
    pub(super) pair: usize,
    pub(super) over: u8,
    pub(super) put: Option<Claim>,
}

/// A transaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Transaction {
    /// By identity: the revision over which it is put, and the links.
    pub(super) standings: [Option<(u8, u8)>; IDENTITIES],
    pub(super) claim: Option<ClaimWrite>,
    pub(super) effect: Effect,
}

/// The table, and what is seen of it from outside.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Table {
    pub(super) standings: [Standing; IDENTITIES],
    pub(super) claims: [Claim; LINKS.len()],
    /// Under which identity the late event stands, once it is there.
    pub(super) event: Option<u8>,
    /// From outside: the links that were ever made.
    pub(super) made: u8,
    /// From outside: those that were ended.
    pub(super) ended: u8,
    /// From outside: whether a link came back that was ended.
    pub(super) came_back: bool,
    /// From outside: whether a policy joined what somebody had separated.
    pub(super) rejoined: bool,
}

impl Table {
    /// A table with some links.
    pub(super) fn begin(links: u8) -> Self {
        let standing = |identity| Standing {
            rev: u8::from(links != 0),
            links: part_of(identity, links),
        };
        Self {
            standings: std::array::from_fn(standing),
            claims: Default::default(),
            event: None,
            made: links,
            ended: 0,
            came_back: false,
            rejoined: false,
        }
    }

    /// From outside: the links that were made and not ended.
    pub(super) fn active(&self) -> u8 {
        self.made & !self.ended
    }

    fn holds(&self, transaction: &Transaction, variant: Variant) -> bool {
        let standings = transaction.standings.iter().zip(&self.standings);
        let mut standings = standings.filter_map(|(put, is)| Some((put.as_ref()?.0, is.rev)));
        let as_read = variant == Variant::Unconditional || standings.all(|(over, is)| over == is);
        let claim = transaction.claim.as_ref();
        as_read && claim.is_none_or(|write| self.claims[write.pair].rev == write.over)
    }

    /// Writes all or nothing, and says which. With one fault it takes two, and after the first one says nothing yet.
    pub(super) fn transact(
        &mut self,
        transaction: &mut Transaction,
        variant: Variant,
    ) -> Option<bool> {
        if !self.holds(transaction, variant) {
            return Some(false);
        }
        for (identity, put) in transaction.standings.iter_mut().enumerate() {
            if let Some((over, links)) = put.take() {
                self.standings[identity] = Standing {
                    rev: over + 1,
                    links,
                };
                if variant == Variant::TwoWrites {
                    return None;
                }
            }
        }
        if let Some(write) = &transaction.claim
            && let Some(claim) = write.put
        {
            self.claims[write.pair] = Claim {
                rev: write.over + 1,
                ..claim
            };
        }
        self.see(transaction.effect, variant);
        Some(true)
    }

    /// Keeps what is to be known from outside.
    fn see(&mut self, effect: Effect, variant: Variant) {
        match effect {
            Effect::Made(link) => {
                let (from, to) = LINKS[link];
                let before = self.active();
                let (ours, theirs) = (members_of(from, before), members_of(to, before));
                let is_between = |ended: usize| {
                    let (a, b) = LINKS[ended];
                    let has = |members: u8, end: usize| members & (1 << end) != 0;
                    has(ours, a) && has(theirs, b) || has(ours, b) && has(theirs, a)
                };
                // The only link that a policy makes.
                self.rejoined |= link == AC && bits(self.ended).any(is_between);
                self.came_back |= self.ended & (1 << link) != 0;
                self.made |= 1 << link;
                self.ended &= !(1 << link);
                if variant == Variant::MovesEvents
                    && self.event.is_some_and(|at| theirs & (1 << at) != 0)
                {
                    self.event = Some(from as u8);
                }
            }
            Effect::Ended(link) => self.ended |= 1 << link,
            Effect::Noted => {}
        }
    }
}

/// The links of the connected part to which an identity belongs.
pub(super) fn part_of(identity: usize, links: u8) -> u8 {
    let mut members: u8 = 1 << identity;
    let mut part = 0;
    // Each round but the last takes in a link.
    for _ in 0..=LINKS.len() {
        for link in bits(links) {
            let (a, b) = LINKS[link];
            if members & (1 << a | 1 << b) != 0 {
                members |= 1 << a | 1 << b;
                part |= 1 << link;
            }
        }
    }
    part
}

/// The identities that a standing names, its own among them.
pub(super) fn named_by(own: usize, links: u8) -> u8 {
    bits(links).fold(1 << own, |all, link| {
        let (a, b) = LINKS[link];
        all | 1 << a | 1 << b
    })
}

/// The identities that links hold together with one.
pub(super) fn members_of(identity: usize, links: u8) -> u8 {
    named_by(identity, part_of(identity, links))
}
