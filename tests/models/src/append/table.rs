//! The table of the model: the items of one interaction, and how a transaction over them is judged.

use super::{EVENTS, Variant};
use crate::bits;

/// The items of one interaction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Table {
    /// The events that have an item.
    pub(super) stored: u8,
    /// The interaction's revision; 0 where there is no such item.
    pub(super) rev: u8,
    /// How often each event went into the fold.
    pub(super) folded: [u8; EVENTS],
    /// Whether the customer has an entry.
    pub(super) entered: bool,
    /// Seen from outside: what was ever stored.
    pub(super) ever: u8,
    /// Seen from outside: whether an event was put over another one.
    pub(super) put_twice: bool,
}

/// What a worker has seen of the interaction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Seen {
    /// 0 where there is none.
    pub(super) rev: u8,
    pub(super) folded: [u8; EVENTS],
}

/// A transaction: events that must not be there, and the interaction over the revision that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Transaction {
    pub(super) events: u8,
    pub(super) over: u8,
    pub(super) folded: [u8; EVENTS],
}

/// Why a transaction was cancelled.
pub(super) struct Cancelled {
    /// The events that are stored already.
    pub(super) failed: u8,
    /// The interaction as it is, if it is not as it was seen.
    pub(super) interaction: Option<Seen>,
}

impl Table {
    pub(super) fn seen(&self) -> Seen {
        Seen {
            rev: self.rev,
            folded: self.folded,
        }
    }

    /// Whether every condition of a transaction holds.
    pub(super) fn takes(&self, transaction: &Transaction) -> bool {
        self.stored & transaction.events == 0 && self.rev == transaction.over
    }

    /// What speaks against a transaction.
    pub(super) fn judge(&self, transaction: &Transaction, variant: Variant) -> Cancelled {
        let failed = if variant == Variant::EventsUnconditional {
            0
        } else {
            self.stored & transaction.events
        };
        let is_other = self.rev != transaction.over && variant != Variant::InteractionUnconditional;
        Cancelled {
            failed,
            interaction: is_other.then(|| self.seen()),
        }
    }

    /// Writes all or nothing.
    pub(super) fn transact(
        &mut self,
        transaction: &Transaction,
        variant: Variant,
    ) -> Result<(), Cancelled> {
        let cancelled = self.judge(transaction, variant);
        if cancelled.failed != 0 || cancelled.interaction.is_some() {
            return Err(cancelled);
        }
        self.put_events(transaction.events);
        self.put_interaction(transaction);
        Ok(())
    }

    pub(super) fn put_events(&mut self, events: u8) {
        self.put_twice |= self.stored & events != 0;
        self.stored |= events;
        self.ever |= events;
    }

    pub(super) fn put_interaction(&mut self, transaction: &Transaction) {
        self.rev = transaction.rev();
        self.folded = transaction.folded;
    }
}

impl Seen {
    /// The transaction that adds events to what was seen.
    pub(super) fn with(self, events: u8) -> Transaction {
        let mut folded = self.folded;
        for event in bits(events) {
            folded[event] += 1;
        }
        Transaction {
            events,
            over: self.rev,
            folded,
        }
    }
}

impl Transaction {
    /// The revision that it leaves.
    pub(super) fn rev(&self) -> u8 {
        self.over + self.events.count_ones() as u8
    }
}
