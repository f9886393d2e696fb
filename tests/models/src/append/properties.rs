//! What holds always, on which occasions, and the faults that show that it might not.

use stateright::Property;

use super::table::Transaction;
use super::worker::{Stage, Worker};
use super::{Append, EVENTS, NAMING, Protocol, State, Variant};
use crate::{Pair, Wrong};

/// What is true in every state.
const ONCE: &str = "a stored event was put once";
const FOLD: &str = "the interaction is the fold of its stored events";
const REV: &str = "the revision counts the stored events";
const KEPT: &str = "no stored event is lost";
const ACKED: &str = "an acknowledged delivery is stored";
const ENTERED: &str = "the customer whom an acknowledged delivery names is entered";
const HEARD: &str = "at most one worker hears that it stored an event";

/// What is reached in some.
pub(super) const ALL_DONE: &str = "all is stored and acknowledged";
const COLLISION: &str = "two workers write over the same revision";
const LOST: &str = "a lost answer is recognised as a duplicate";
const LATE: &str = "a transaction that nobody waits for can still be applied";
const CRASHED: &str = "a worker was gone between commit and acknowledgement";
const REDELIVERED: &str = "a delivery comes again while it is worked on";
const WRONG_GUESS: &str = "an opening event finds its interaction there";
const PARTLY: &str = "a batch is stored in part";
const HELD_BY_TWO: &str = "one knows of its event as stored, another as a duplicate";
const UNNAMED: &str = "an acknowledged delivery names no customer";
const ENTERED_AGAIN: &str = "a duplicate enters the customer whom a crash left out";

pub(super) const PAIRS: &[Pair] = &[
    Pair {
        always: ONCE,
        sometimes: &[REDELIVERED, LATE, LOST],
    },
    Pair {
        always: FOLD,
        sometimes: &[COLLISION, WRONG_GUESS, PARTLY],
    },
    Pair {
        always: REV,
        sometimes: &[COLLISION, PARTLY],
    },
    Pair {
        always: KEPT,
        sometimes: &[LATE, COLLISION],
    },
    Pair {
        always: ACKED,
        sometimes: &[ALL_DONE, CRASHED, LOST],
    },
    Pair {
        always: ENTERED,
        sometimes: &[ENTERED_AGAIN, UNNAMED],
    },
    Pair {
        always: HEARD,
        sometimes: &[HELD_BY_TWO],
    },
];

pub(super) const WRONG: &[Wrong<Variant>] = &[
    Wrong::Breaks(Variant::EventsUnconditional, ONCE),
    Wrong::Breaks(Variant::InteractionUnconditional, FOLD),
    Wrong::Breaks(Variant::InteractionUnconditional, REV),
    Wrong::Breaks(Variant::TwoWrites, FOLD),
    Wrong::Breaks(Variant::StaleFold, FOLD),
    Wrong::Breaks(Variant::DuplicateEndsBatch, ACKED),
    Wrong::Breaks(Variant::DuplicateSkipsEntry, ENTERED),
    Wrong::Breaks(Variant::StaleEntry, ENTERED),
    Wrong::Breaks(Variant::AckFirst, ACKED),
    Wrong::Breaks(Variant::LostIsStored, ACKED),
    Wrong::NeverSettles(Variant::AckFirst),
    Wrong::NeverSettles(Variant::GuessesAgain),
];
pub(super) fn truths() -> Vec<Property<Append>> {
    vec![
        Property::always(ONCE, |_, state: &State| !state.table.put_twice),
        Property::always(FOLD, |_, state: &State| {
            let is_in = |place: usize| u8::from(state.table.stored & (1 << place) != 0);
            (0..EVENTS).all(|place| state.table.folded[place] == is_in(place))
        }),
        Property::always(REV, |_, state: &State| {
            u32::from(state.table.rev) == state.table.stored.count_ones()
        }),
        Property::always(KEPT, |_, state: &State| {
            state.table.ever & !state.table.stored == 0
        }),
        Property::always(ACKED, |model: &Append, state: &State| {
            model.events_of(state.gone()) & !state.table.stored == 0
        }),
        Property::always(ENTERED, |model: &Append, state: &State| {
            state.table.entered || model.events_of(state.gone()) & NAMING == 0
        }),
        Property::always(HEARD, |_, state: &State| {
            let heard = state.workers.iter().map(|worker| worker.stored);
            let sum: u32 = heard.clone().map(u8::count_ones).sum();
            sum == heard.fold(0, |all, stored| all | stored).count_ones()
        }),
    ]
}

pub(super) fn occasions() -> Vec<Property<Append>> {
    vec![
        Property::sometimes(ALL_DONE, |model: &Append, state: &State| {
            model.is_settled(state)
        }),
        Property::sometimes(COLLISION, |_, state: &State| {
            let sending = state.workers.iter().filter_map(Worker::transaction);
            let sending: Vec<_> = sending.map(|transaction| transaction.over).collect();
            sending.windows(2).any(|pair| pair[0] == pair[1])
        }),
        Property::sometimes(LOST, |_, state: &State| {
            let knows = |worker: &Worker| worker.unsure & worker.duplicate != 0;
            state.workers.iter().any(knows)
        }),
        Property::sometimes(LATE, |_, state: &State| {
            let fits = |late: &Transaction| state.table.takes(late);
            state.table.stored != 0 && state.late.iter().any(fits)
        }),
        Property::sometimes(CRASHED, |_, state: &State| {
            let idle = state.workers.iter().all(Worker::is_idle);
            idle && state.table.stored != 0 && state.gone() == 0
        }),
        Property::sometimes(REDELIVERED, |_, state: &State| {
            let held = state.workers.iter().map(|worker| worker.deliveries);
            let sum: u32 = held.clone().map(u8::count_ones).sum();
            sum > held.fold(0, |all, one| all | one).count_ones()
        }),
        Property::sometimes(WRONG_GUESS, |_, state: &State| {
            let mut sending = state.workers.iter().filter_map(Worker::transaction);
            state.table.rev > 0 && sending.any(|transaction| transaction.over == 0)
        }),
        Property::sometimes(PARTLY, |_, state: &State| {
            let partly = |worker: &Worker| worker.stored != 0 && worker.pending != 0;
            state.workers.iter().any(partly)
        }),
        Property::sometimes(HELD_BY_TWO, |_, state: &State| {
            let stored = state.workers.iter().fold(0, |all, one| all | one.stored);
            let twice = |worker: &Worker| worker.duplicate & stored & !worker.stored != 0;
            state.workers.iter().any(twice)
        }),
        Property::sometimes(UNNAMED, |model: &Append, state: &State| {
            !state.table.entered && state.gone() != 0 && model.events_of(state.gone()) & NAMING == 0
        }),
        Property::sometimes(ENTERED_AGAIN, |_, state: &State| {
            let enters = |worker: &Worker| {
                worker.stage == Stage::Entering && worker.stored == 0 && worker.duplicate != 0
            };
            !state.table.entered && state.workers.iter().any(enters)
        }),
    ]
}
