//! What holds always, on which occasions, and the faults that show that it might not.

use stateright::Property;

use super::{Notes, Protocol, Stage, State, Variant, Worker};
use crate::{Pair, Wrong};

const NOTED: &str = "what an acknowledged delivery says is stored and noted";
const SIDES: &str = "both sides of a claim say the same";
const KEPT: &str = "nothing that was noted is lost";
const ENTERED: &str = "who is named in a claim is entered";
const AFTER: &str = "nothing is noted of an event that is not stored";

const ALL_DONE: &str = "all is stored, noted and acknowledged";
const CRASHED: &str = "a worker was gone between store and note";
const HALF: &str = "a worker was gone between the notes of a person and of a claim";
const COLLISION: &str = "two workers note over the same revision";
const TORN: &str = "a worker has read both sides of a claim at different times";
const DUPLICATE: &str = "an event that was stored before is noted";
const SENT_TWICE: &str = "a note is sent again that is there already";
const ENTERED_ONLY: &str = "customers are entered of whom nothing is claimed yet";
const REDELIVERED: &str = "a delivery is in the hands of two workers";

pub(super) const PAIRS: &[Pair] = &[
    Pair {
        always: NOTED,
        sometimes: &[ALL_DONE, CRASHED, HALF, DUPLICATE],
    },
    Pair {
        always: SIDES,
        sometimes: &[TORN, COLLISION],
    },
    Pair {
        always: KEPT,
        sometimes: &[COLLISION, SENT_TWICE, REDELIVERED],
    },
    Pair {
        always: ENTERED,
        sometimes: &[ENTERED_ONLY],
    },
    Pair {
        always: AFTER,
        sometimes: &[CRASHED],
    },
];

pub(super) const WRONG: &[Wrong<Variant>] = &[
    Wrong::Breaks(Variant::AckBeforeNote, NOTED),
    Wrong::NeverSettles(Variant::AckBeforeNote),
    Wrong::Breaks(Variant::DuplicateSkipsNote, NOTED),
    Wrong::Breaks(Variant::FailureAcked, NOTED),
    Wrong::Breaks(Variant::SideBySide, SIDES),
    Wrong::Breaks(Variant::OneSide, SIDES),
    Wrong::Breaks(Variant::Unconditional, KEPT),
    Wrong::Breaks(Variant::NoteBeforeEntry, ENTERED),
    Wrong::Breaks(Variant::NoteBeforeStore, AFTER),
];

pub(super) fn truths() -> Vec<Property<Notes>> {
    vec![
        Property::always(NOTED, |_, state: &State| {
            let [one, other] = state.sides;
            let noted = state.traits.said & one.said & other.said;
            state.acked & !(state.stored & noted) == 0
        }),
        Property::always(SIDES, |_, state: &State| {
            state.sides[0].said == state.sides[1].said
        }),
        Property::always(KEPT, |_, state: &State| {
            state.ever == [state.traits.said, state.sides[0].said]
        }),
        Property::always(ENTERED, |_, state: &State| {
            state.entered || state.sides.iter().all(|side| side.said == 0)
        }),
        Property::always(AFTER, |_, state: &State| {
            (state.traits.said | state.sides[0].said) & !state.stored == 0
        }),
    ]
}

fn is_idle(state: &State) -> bool {
    let mut workers = state.workers.iter();
    workers.all(|worker| worker.stage == Stage::Idle)
}

fn writing(state: &State) -> impl Iterator<Item = &Worker> {
    let workers = state.workers.iter();
    workers.filter(|worker| worker.stage == Stage::Writing)
}

pub(super) fn occasions() -> Vec<Property<Notes>> {
    vec![
        Property::sometimes(ALL_DONE, |model: &Notes, state: &State| {
            model.is_settled(state)
        }),
        Property::sometimes(CRASHED, |_, state: &State| {
            is_idle(state) && state.stored != 0 && state.traits.said == 0
        }),
        Property::sometimes(HALF, |_, state: &State| {
            is_idle(state) && state.traits.said & !state.sides[0].said != 0
        }),
        Property::sometimes(COLLISION, |_, state: &State| {
            let revs: Vec<u8> = writing(state).map(|worker| worker.sides[0].rev).collect();
            revs.len() > 1 && revs.windows(2).all(|pair| pair[0] == pair[1])
        }),
        Property::sometimes(TORN, |_, state: &State| {
            writing(state).any(|worker| worker.sides[0] != worker.sides[1])
        }),
        Property::sometimes(DUPLICATE, |_, state: &State| {
            writing(state).any(|worker| worker.duplicate)
        }),
        Property::sometimes(SENT_TWICE, |_, state: &State| {
            writing(state).any(|worker| worker.batch & !state.sides[0].said == 0)
        }),
        Property::sometimes(ENTERED_ONLY, |_, state: &State| {
            state.entered && is_idle(state) && state.sides[0].said == 0
        }),
        Property::sometimes(REDELIVERED, |_, state: &State| {
            let held = state.workers.iter().map(|worker| worker.batch);
            let sum: u32 = held.clone().map(u8::count_ones).sum();
            sum > held.fold(0, |all, one| all | one).count_ones()
        }),
    ]
}
