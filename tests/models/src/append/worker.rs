//! A worker of the model: what it knows, and how it goes on from answer to answer.

use super::table::{Seen, Table, Transaction};
use super::{Append, NAMING, OPENING, State, Variant};
use crate::split_lowest;

/// What a worker waits for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Stage {
    #[default]
    Idle,
    /// The interaction, before it appends.
    Reading,
    /// Its transaction.
    Sending,
    /// With a fault: its second write.
    Folding,
    /// The interaction, to learn of its customer.
    ReadingForEntry,
    /// The customer's entry.
    Entering,
    /// Nothing: it answers the queue next.
    Answering,
}

/// A worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Worker {
    pub(super) stage: Stage,
    pub(super) deliveries: u8,
    /// The events of the transaction in hand.
    pub(super) pending: u8,
    /// The events of the transactions after it.
    rest: u8,
    /// What it knows of the interaction.
    known: Option<Seen>,
    pub(super) stored: u8,
    pub(super) duplicate: u8,
    /// Events whose transaction got no answer.
    pub(super) unsure: u8,
}

impl Worker {
    pub(super) fn begin(deliveries: u8, pending: u8, rest: u8) -> Self {
        let mut worker = Self {
            deliveries,
            pending,
            rest,
            ..Self::default()
        };
        worker.send();
        worker
    }

    pub(super) fn is_idle(&self) -> bool {
        self.stage == Stage::Idle
    }

    /// The events that need not come again.
    pub(super) fn kept(&self) -> u8 {
        self.stored | self.duplicate
    }

    /// What it has on the wire that writes.
    pub(super) fn transaction(&self) -> Option<Transaction> {
        let known = self.known.unwrap_or_default();
        match self.stage {
            Stage::Sending | Stage::Folding => Some(known.with(self.pending)),
            Stage::Idle
            | Stage::Reading
            | Stage::ReadingForEntry
            | Stage::Entering
            | Stage::Answering => None,
        }
    }

    /// Sends what is pending, or asks first what it is to be added to.
    fn send(&mut self) {
        self.stage = match self.known {
            Some(_) => Stage::Sending,
            None if self.pending & OPENING != 0 => {
                self.known = Some(Seen::default());
                Stage::Sending
            }
            None => Stage::Reading,
        };
    }
}

impl Append {
    /// A worker's request reaches the table, and the answer reaches the worker.
    pub(super) fn serve(&self, state: &mut State, place: usize) {
        let State { table, workers, .. } = state;
        let worker = &mut workers[place];
        match worker.stage {
            Stage::Idle | Stage::Answering => {}
            Stage::Reading => {
                worker.known = Some(table.seen());
                worker.stage = Stage::Sending;
            }
            Stage::Sending => self.serve_transaction(table, worker),
            Stage::Folding => {
                let transaction = table.seen().with(worker.pending);
                table.put_interaction(&transaction);
                self.done(worker);
            }
            Stage::ReadingForEntry => {
                worker.known = Some(table.seen());
                worker.stage = entry_of(table.seen());
            }
            Stage::Entering => {
                table.entered = true;
                worker.stage = Stage::Answering;
            }
        }
    }

    fn serve_transaction(&self, table: &mut Table, worker: &mut Worker) {
        let Some(transaction) = worker.transaction() else {
            return;
        };
        if self.variant == Variant::TwoWrites {
            let failed = table.judge(&transaction, self.variant).failed;
            worker.duplicate |= failed;
            worker.pending &= !failed;
            if worker.pending == 0 {
                self.go_on(worker);
            } else {
                table.put_events(worker.pending);
                worker.stage = Stage::Folding;
            }
            return;
        }
        match table.transact(&transaction, self.variant) {
            Ok(()) => self.done(worker),
            Err(cancelled) => {
                self.drop_known(worker, cancelled.failed);
                if let Some(now) = cancelled.interaction {
                    worker.known = Some(match (self.variant, worker.known) {
                        (Variant::StaleFold, Some(before)) => Seen {
                            rev: now.rev,
                            folded: before.folded,
                        },
                        (Variant::GuessesAgain, _) if worker.pending & OPENING != 0 => {
                            Seen::default()
                        }
                        _ => now,
                    });
                }
                self.go_on(worker);
            }
        }
    }

    /// Events that are there already are no longer pending.
    fn drop_known(&self, worker: &mut Worker, failed: u8) {
        worker.duplicate |= failed;
        worker.pending &= !failed;
        if failed != 0 && self.variant == Variant::DuplicateEndsBatch {
            worker.duplicate |= worker.pending | worker.rest;
            (worker.pending, worker.rest) = (0, 0);
        }
    }

    fn done(&self, worker: &mut Worker) {
        let folded = worker.known.unwrap_or_default().with(worker.pending);
        worker.known = Some(Seen {
            rev: folded.rev(),
            folded: folded.folded,
        });
        worker.stored |= worker.pending;
        worker.pending = 0;
        self.go_on(worker);
    }

    /// The conditions of the events are judged as ever; whether the interaction is as it was seen, was not looked at.
    pub(super) fn crowd(&self, table: &Table, worker: &mut Worker) {
        let Some(transaction) = worker.transaction() else {
            return;
        };
        let failed = table.judge(&transaction, self.variant).failed;
        self.drop_known(worker, failed);
        if worker.pending == 0 && self.variant != Variant::StaleEntry {
            worker.known = None;
        }
        self.go_on(worker);
    }

    /// An answer is lost; the transaction is sent again with what was known.
    pub(super) fn lose(&self, worker: &mut Worker) {
        worker.unsure |= worker.pending;
        if self.variant == Variant::LostIsStored {
            self.done(worker);
        }
    }

    /// The same transaction with what is left, the next one, or the end.
    fn go_on(&self, worker: &mut Worker) {
        if worker.pending == 0 && worker.rest != 0 {
            (worker.pending, worker.rest) = split_lowest(worker.rest, self.chunk);
        }
        if worker.pending == 0 {
            self.settle(worker);
        } else {
            worker.send();
        }
    }

    /// Enters the customer where something is kept; the rest has failed.
    pub(super) fn settle(&self, worker: &mut Worker) {
        let skips = worker.stored == 0 && self.variant == Variant::DuplicateSkipsEntry;
        worker.stage = match worker.known {
            _ if worker.kept() == 0 || skips => Stage::Answering,
            Some(known) if known.rev > 0 => entry_of(known),
            Some(_) | None => Stage::ReadingForEntry,
        };
    }
}

/// Whether the interaction, as it was seen, has a customer to enter.
fn entry_of(seen: Seen) -> Stage {
    let naming = NAMING.trailing_zeros() as usize;
    if seen.folded[naming] > 0 {
        Stage::Entering
    } else {
        Stage::Answering
    }
}
