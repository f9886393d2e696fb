//! The model of what is noted after an append and before its acknowledgement: what events say of a customer as a person,
//! and of further identities.
//!
//! It models `Ingest::append` with `note` (`shared/ingest/src/lib.rs`), `Store::note_traits` with `join_traits`
//! (`shared/store/src/traits.rs`), `Store::note_claims` with `note` and `between` (`claims.rs`), `Store::commit`
//! (`commit.rs`) and `Store::enter_customer` (`customers.rs`).
//!
//! Why the abstraction holds:
//! - The append is one step here, and says whether the event was new: the model `append` shows that it may be seen so.
//! - What is noted is a join, so a note is the set of events that went into it. One customer and one pair of identities
//!   are enough, since each is written by itself.
//! - A read of both sides of a claim reads each for itself. A write whose answer is lost is applied, and sent again.
//!
//! Left out: links by policy (the model `links`), expiry, and limits of what one event may say.

use stateright::{Model, Property};

use crate::{Pair, Protocol, Wrong, bits};

mod properties;

/// The protocol as it is, and with faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Sound,
    /// A delivery is acknowledged when its event is stored, and noted then.
    AckBeforeNote,
    /// An event that was stored before is not noted.
    DuplicateSkipsNote,
    /// What could not be noted is acknowledged.
    FailureAcked,
    /// A claim is noted under one identity after the other.
    SideBySide,
    /// A claim is noted under one identity.
    OneSide,
    /// Notes are put over whatever is there.
    Unconditional,
    /// A claim is noted before the customers are entered.
    NoteBeforeEntry,
    /// An event is noted before it is stored.
    NoteBeforeStore,
}

/// An item with the events that went into it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Note {
    rev: u8,
    said: u8,
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Stage {
    #[default]
    Idle,
    Appending,
    ReadingTraits,
    WritingTraits,
    ReadingOne,
    ReadingOther,
    Entering,
    Writing,
    Answering,
}

/// A worker.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Worker {
    stage: Stage,
    /// The deliveries in its hands, which are also its events.
    batch: u8,
    /// Whether nothing of it was new.
    duplicate: bool,
    traits: Note,
    sides: [Note; 2],
}

/// A state of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    stored: u8,
    entered: bool,
    traits: Note,
    sides: [Note; 2],
    /// From outside: what was ever noted, of the person and of the claim.
    ever: [u8; 2],
    waiting: u8,
    acked: u8,
    workers: Vec<Worker>,
    faults: u8,
    expiries: u8,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An idle worker takes deliveries.
    Take(usize, u8),
    /// A worker's request is answered.
    Step(usize),
    /// It is done, its answer is lost, and it is sent again.
    Lose(usize),
    /// A worker has no time left.
    GiveUp(usize),
    /// A worker is gone.
    Crash(usize),
    /// A delivery was not acknowledged in time.
    Expire(usize),
}

/// The model: how many events come at once, and how much goes wrong.
#[derive(Debug, Clone)]
pub struct Notes {
    deliveries: usize,
    workers: usize,
    faults: u8,
    expiries: u8,
    variant: Variant,
}

impl Notes {
    fn all(&self) -> u8 {
        (0..self.deliveries).fold(0, |all, place| all | 1 << place)
    }

    fn step(&self, state: &mut State, place: usize) {
        let mut worker = std::mem::take(&mut state.workers[place]);
        worker.stage = match worker.stage {
            Stage::Idle => Stage::Idle,
            Stage::Appending => self.append(state, &mut worker),
            Stage::ReadingTraits => {
                worker.traits = state.traits;
                if worker.batch & !worker.traits.said == 0 {
                    Stage::ReadingOne
                } else {
                    Stage::WritingTraits
                }
            }
            Stage::WritingTraits => {
                if self.put(&mut state.traits, worker.traits, worker.batch) {
                    state.ever[0] |= worker.batch;
                    Stage::ReadingOne
                } else {
                    Stage::ReadingTraits
                }
            }
            Stage::ReadingOne => {
                worker.sides[0] = state.sides[0];
                Stage::ReadingOther
            }
            Stage::ReadingOther => {
                worker.sides[1] = state.sides[1];
                let is_noted = worker.sides.iter().all(|side| side.said == worker.joined());
                if is_noted {
                    self.noted()
                } else if self.variant == Variant::NoteBeforeEntry {
                    Stage::Writing
                } else {
                    Stage::Entering
                }
            }
            Stage::Entering => {
                state.entered = true;
                if self.variant == Variant::NoteBeforeEntry {
                    self.noted()
                } else {
                    Stage::Writing
                }
            }
            Stage::Writing => self.write(state, &worker),
            Stage::Answering => {
                state.acked |= worker.batch;
                worker = Worker::default();
                Stage::Idle
            }
        };
        worker.forget();
        state.workers[place] = worker;
    }

    fn append(&self, state: &mut State, worker: &mut Worker) -> Stage {
        worker.duplicate = worker.batch & !state.stored == 0;
        state.stored |= worker.batch;
        if self.variant == Variant::AckBeforeNote {
            state.acked |= worker.batch;
        }
        let skips = worker.duplicate && self.variant == Variant::DuplicateSkipsNote;
        if skips || self.variant == Variant::NoteBeforeStore {
            Stage::Answering
        } else {
            Stage::ReadingTraits
        }
    }

    /// What follows when a claim is noted.
    fn noted(&self) -> Stage {
        if self.variant == Variant::NoteBeforeStore {
            Stage::Appending
        } else {
            Stage::Answering
        }
    }

    /// Writes the sides that change, all or none.
    fn write(&self, state: &mut State, worker: &Worker) -> Stage {
        let joined = worker.joined();
        let changes = |side: usize| worker.sides[side].said != joined;
        let is_other = |side: usize| state.sides[side].rev != worker.sides[side].rev;
        let mut changed = (0..2).filter(|side| changes(*side));
        if self.variant != Variant::Unconditional && changed.any(is_other) {
            return Stage::ReadingOne;
        }
        for side in (0..2).filter(|side| changes(*side)) {
            if side == 0 || self.variant != Variant::OneSide {
                self.put(&mut state.sides[side], worker.sides[side], joined);
                state.ever[1] |= worker.batch;
            }
            if self.variant == Variant::SideBySide {
                return Stage::ReadingOne;
            }
        }
        if self.variant == Variant::NoteBeforeEntry {
            Stage::Entering
        } else {
            self.noted()
        }
    }

    /// Puts an item over the one that was read.
    fn put(&self, item: &mut Note, read: Note, said: u8) -> bool {
        if item.rev != read.rev && self.variant != Variant::Unconditional {
            return false;
        }
        *item = Note {
            rev: read.rev + 1,
            said: read.said | said,
        };
        true
    }

    fn held(&self, state: &State) -> u8 {
        state.workers.iter().fold(0, |all, one| all | one.batch)
    }
}

impl Worker {
    /// What a claim says with what both sides say already.
    fn joined(&self) -> u8 {
        self.sides[0].said | self.sides[1].said | self.batch
    }

    /// Forgets what it will read anew, so that states that differ in nothing else are one.
    fn forget(&mut self) {
        if self.stage != Stage::WritingTraits {
            self.traits = Note::default();
        }
        if !matches!(
            self.stage,
            Stage::ReadingOther | Stage::Entering | Stage::Writing
        ) {
            self.sides = Default::default();
        }
    }
}

impl Model for Notes {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            stored: 0,
            entered: false,
            traits: Note::default(),
            sides: Default::default(),
            ever: [0; 2],
            waiting: self.all(),
            acked: 0,
            workers: vec![Worker::default(); self.workers],
            faults: self.faults,
            expiries: self.expiries,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let idle = |worker: &Worker| worker.stage == Stage::Idle;
        if let Some(place) = state.workers.iter().position(idle) {
            actions.extend(bits(state.waiting).map(|one| Action::Take(place, 1 << one)));
            if state.waiting.count_ones() > 1 {
                actions.push(Action::Take(place, state.waiting));
            }
        }
        for (place, worker) in state.workers.iter().enumerate() {
            if worker.stage == Stage::Idle {
                continue;
            }
            actions.push(Action::Step(place));
            if state.faults > 0 {
                actions.push(Action::Crash(place));
                if matches!(
                    worker.stage,
                    Stage::Appending | Stage::WritingTraits | Stage::Entering | Stage::Writing
                ) {
                    actions.extend([Action::Lose(place), Action::GiveUp(place)]);
                }
            }
        }
        let taken = self.all() & !state.waiting & !state.acked;
        let held = self.held(state);
        for place in bits(taken) {
            if held & (1 << place) == 0 || state.expiries > 0 {
                actions.push(Action::Expire(place));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Take(place, batch) => {
                state.waiting &= !batch;
                state.workers[place].batch = batch;
                state.workers[place].stage = if self.variant == Variant::NoteBeforeStore {
                    Stage::ReadingTraits
                } else {
                    Stage::Appending
                };
            }
            Action::Step(place) => self.step(&mut state, place),
            Action::Lose(place) => {
                state.faults -= 1;
                let worker = state.workers[place].clone();
                self.step(&mut state, place);
                state.workers[place] = worker;
            }
            Action::GiveUp(place) => {
                state.faults -= 1;
                let worker = &mut state.workers[place];
                let acks =
                    self.variant == Variant::FailureAcked && worker.stage != Stage::Appending;
                if acks {
                    worker.stage = Stage::Answering;
                    worker.forget();
                } else {
                    *worker = Worker::default();
                }
            }
            Action::Crash(place) => {
                state.faults -= 1;
                state.workers[place] = Worker::default();
            }
            Action::Expire(place) => {
                let is_held = self.held(&state) & (1 << place) != 0;
                state.expiries -= u8::from(is_held);
                state.waiting |= 1 << place;
            }
        }
        state.waiting &= !state.acked;
        state.workers.sort();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = properties::truths();
        all.extend(properties::occasions());
        all
    }
}

impl Protocol for Notes {
    type Variant = Variant;

    const NAME: &'static str = "notes";
    const PAIRS: &'static [Pair] = properties::PAIRS;
    const WRONG: &'static [Wrong<Variant>] = properties::WRONG;
    const SETTLED: &'static str = "all is stored, noted and acknowledged";

    fn small() -> Self {
        Self {
            deliveries: 2,
            workers: 2,
            faults: 2,
            expiries: 1,
            variant: Variant::Sound,
        }
    }

    fn large() -> Self {
        Self {
            deliveries: 3,
            ..Self::small()
        }
    }

    fn with(variant: Variant) -> Self {
        Self {
            variant,
            ..Self::small()
        }
    }

    fn size(&self) -> String {
        format!(
            "{} workers, {} deliveries, {} faults, {} early redeliveries",
            self.workers, self.deliveries, self.faults, self.expiries
        )
    }

    fn is_settled(&self, state: &State) -> bool {
        let noted = state.traits.said & state.sides[0].said & state.sides[1].said;
        state.acked & state.stored & noted == self.all()
    }
}
