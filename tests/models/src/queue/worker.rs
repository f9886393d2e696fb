//! A function at work on a batch: what each record becomes, one after the other, and what the queue is told.

use super::{Kind, Place, Queue, State, Variant};
use crate::bits;

/// A function and the messages in its hands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Worker {
    pub(super) batch: u8,
    /// Not judged yet.
    unjudged: u8,
    /// To be put into the quarantine.
    refused: u8,
    /// To come again.
    pub(super) again: u8,
}

impl Worker {
    pub(super) fn begin(batch: u8) -> Self {
        Self {
            batch,
            unjudged: batch,
            ..Self::default()
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.batch == 0
    }

    /// Whether all that is left to do is to answer the queue.
    pub(super) fn answers(&self) -> bool {
        self.unjudged == 0 && self.refused == 0
    }
}

impl Queue {
    /// Stores the next record's event, or quarantines the next that is refused, or answers.
    pub(super) fn step(&self, state: &mut State, place: usize) {
        let worker = &mut state.workers[place];
        if let Some(number) = bits(worker.unjudged).next() {
            let record = state.messages[number].record;
            let kind = self.kinds[record];
            worker.unjudged &= !(1 << number);
            if kind.has_event() {
                state.stored |= 1 << record;
            }
            let is_done = kind == Kind::Mixed && self.variant == Variant::StoredBeforeRefusal;
            if kind == Kind::Panics {
                self.come_again(state, place, number);
            } else if kind.is_refused() && !is_done {
                if self.variant == Variant::BatchFailsTogether {
                    self.come_again(state, place, number);
                } else {
                    worker.refused |= 1 << number;
                }
            }
        } else if let Some(number) = bits(worker.refused).next() {
            let record = state.messages[number].record;
            worker.refused &= !(1 << number);
            let kept = &mut state.quarantined[record];
            *kept = (*kept + 1).min(2);
        } else {
            let worker = std::mem::take(worker);
            for number in bits(worker.batch & !worker.again) {
                state.messages[number].place = Place::Gone;
            }
        }
    }

    /// What is next fails, or seems to.
    pub(super) fn fail(&self, state: &mut State, place: usize) {
        let worker = &mut state.workers[place];
        if let Some(number) = bits(worker.unjudged).next() {
            let kind = self.kinds[state.messages[number].record];
            worker.unjudged &= !(1 << number);
            let refuses = self.variant == Variant::FailureQuarantined
                || kind.is_refused() && self.variant == Variant::RefusalBeforeFailure;
            if refuses {
                worker.refused |= 1 << number;
            } else if self.variant != Variant::FailureSwallowed {
                self.come_again(state, place, number);
            }
        } else if let Some(number) = bits(worker.refused).next() {
            worker.refused &= !(1 << number);
            if self.variant != Variant::QuarantineUnheard {
                self.come_again(state, place, number);
            }
        }
    }

    fn come_again(&self, state: &mut State, place: usize, number: usize) {
        let worker = &mut state.workers[place];
        worker.again |= if self.variant == Variant::BatchFailsTogether {
            worker.batch
        } else {
            1 << number
        };
    }
}
