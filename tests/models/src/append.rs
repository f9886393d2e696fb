//! The model of an append: workers that take deliveries out of a queue and store their events, one conditional
//! transaction after another.
//!
//! It models `Store::append` with `append_chunk`, `enter_customer_of`, `fold` and `judge` (`shared/store/src/append.rs`),
//! `Outcomes::drop_known` and `settle` (`candidates.rs`), `enter_customer` (`customers.rs`) and what `Ingest::append`
//! makes of it for the queue.
//!
//! Why the abstraction holds:
//! - One interaction is enough, since an append touches the items of one interaction only and the conditions of its
//!   transaction name no others.
//! - The fold is how often each event went into it. The real fold is a function of the set of events (ADR 0002), so it
//!   is right exactly if each stored event went in once.
//! - A transaction is one step, as DynamoDB has it. An answer on its way changes nothing that others see, so request and
//!   answer are one step, too, but where the answer is lost: then the transaction stays on the wire, and is applied later
//!   or never, whoever has tried again meanwhile.
//! - Workers are alike, so they stand in order, which folds states together that differ in nothing.
//!
//! Left out: digests (an event of other content under a stored id; its fate is in `queue`), what is pinned (it has no
//! condition and rides in the same transaction), expiry, and how long waits are.

use stateright::{Model, Property};

use crate::{Pair, Protocol, Wrong, bits, split_lowest};

mod properties;
mod table;
mod worker;

use table::{Table, Transaction};
use worker::{Stage, Worker};

/// Different events.
const EVENTS: usize = 3;
/// The event with which a conversation opens: an append that has it guesses that the interaction is new.
const OPENING: u8 = 0b001;
/// The event that names the customer.
const NAMING: u8 = 0b010;

/// The protocol as it is, and with faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Sound,
    /// Events are put whether or not they are there.
    EventsUnconditional,
    /// The interaction is put over whatever is there.
    InteractionUnconditional,
    /// Events and interaction are written one after the other.
    TwoWrites,
    /// A cancelled transaction is sent again with the new revision and the old fold.
    StaleFold,
    /// One event that is stored already ends its batch.
    DuplicateEndsBatch,
    /// Where nothing was new, the customer is not entered.
    DuplicateSkipsEntry,
    /// What was last seen of the interaction is believed though others were in the way.
    StaleEntry,
    /// A delivery is acknowledged when it is taken.
    AckFirst,
    /// A lost answer counts as a yes.
    LostIsStored,
    /// An opening event guesses again and again that it is the first.
    GuessesAgain,
}

/// The model: deliveries as sets of events, and how much goes wrong.
#[derive(Debug, Clone)]
pub struct Append {
    deliveries: Vec<u8>,
    workers: usize,
    /// Most events of a transaction.
    chunk: u32,
    /// How many answers are lost, workers crash or give up, transactions are in each other's way.
    faults: u8,
    /// How many deliveries come again while they are worked on.
    expiries: u8,
    variant: Variant,
}

/// Where a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// In the queue, to be taken.
    Waiting,
    /// Taken; it comes again unless it is acknowledged.
    Taken,
    /// Acknowledged.
    Gone,
}

/// A state of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    table: Table,
    queue: Vec<Delivery>,
    workers: Vec<Worker>,
    /// Transactions whose senders wait no longer.
    late: Vec<Transaction>,
    faults: u8,
    expiries: u8,
}

/// What can happen. Workers and late transactions are named by their place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// An idle worker takes deliveries.
    Take(usize, u8),
    /// A worker's request is answered.
    Step(usize),
    /// Its answer is lost, and it tries again.
    Lose(usize),
    /// Others are in the way of its transaction, which is cancelled.
    Crowd(usize),
    /// It has no time left.
    GiveUp(usize),
    /// It is gone.
    Crash(usize),
    /// A transaction arrives whose sender waits no longer.
    Arrive(usize),
    /// Or never does.
    Vanish(usize),
    /// A delivery was not acknowledged in time and comes again.
    Expire(usize),
}

impl Append {
    fn all_events(&self) -> u8 {
        self.deliveries.iter().fold(0, |all, events| all | events)
    }

    fn events_of(&self, deliveries: u8) -> u8 {
        bits(deliveries).fold(0, |all, place| all | self.deliveries[place])
    }

    fn take(&self, state: &mut State, place: usize, deliveries: u8) {
        for delivery in bits(deliveries) {
            state.queue[delivery] = if self.variant == Variant::AckFirst {
                Delivery::Gone
            } else {
                Delivery::Taken
            };
        }
        let (pending, rest) = split_lowest(self.events_of(deliveries), self.chunk);
        state.workers[place] = Worker::begin(deliveries, pending, rest);
    }

    /// Acknowledges each delivery of which everything is kept, and lets the others come again.
    fn answer(&self, state: &mut State, place: usize) {
        let worker = std::mem::take(&mut state.workers[place]);
        for delivery in bits(worker.deliveries) {
            if self.deliveries[delivery] & !worker.kept() == 0 {
                state.queue[delivery] = Delivery::Gone;
            }
        }
    }

    /// Leaves a worker's transaction on the wire.
    fn leave(&self, state: &mut State, place: usize) {
        if let Some(transaction) = state.workers[place].transaction() {
            state.late.push(transaction);
            state.late.sort();
        }
    }
}

impl Model for Append {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            table: Table::default(),
            queue: vec![Delivery::Waiting; self.deliveries.len()],
            workers: vec![Worker::default(); self.workers],
            late: Vec::new(),
            faults: self.faults,
            expiries: self.expiries,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        let waiting: Vec<usize> = (0..state.queue.len())
            .filter(|place| state.queue[*place] == Delivery::Waiting)
            .collect();
        // All idle workers are alike, so the first one takes; one delivery, or all that wait as one batch.
        if let Some(idle) = state.workers.iter().position(Worker::is_idle) {
            actions.extend(waiting.iter().map(|place| Action::Take(idle, 1 << place)));
            if waiting.len() > 1 {
                let all = waiting.iter().fold(0, |all, place| all | 1 << place);
                actions.push(Action::Take(idle, all));
            }
        }
        for (place, worker) in state.workers.iter().enumerate() {
            if worker.is_idle() {
                continue;
            }
            actions.push(Action::Step(place));
            if state.faults > 0 {
                actions.push(Action::Crash(place));
                if worker.transaction().is_some() {
                    actions.extend([
                        Action::Lose(place),
                        Action::Crowd(place),
                        Action::GiveUp(place),
                    ]);
                }
            }
        }
        for place in 0..state.late.len() {
            actions.extend([Action::Arrive(place), Action::Vanish(place)]);
        }
        for (place, delivery) in state.queue.iter().enumerate() {
            let held = state
                .workers
                .iter()
                .any(|worker| worker.deliveries & (1 << place) != 0);
            if *delivery == Delivery::Taken && (!held || state.expiries > 0) {
                actions.push(Action::Expire(place));
            }
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Take(place, deliveries) => self.take(&mut state, place, deliveries),
            Action::Step(place) if state.workers[place].stage == Stage::Answering => {
                self.answer(&mut state, place);
            }
            Action::Step(place) => self.serve(&mut state, place),
            Action::Lose(place) => {
                state.faults -= 1;
                self.leave(&mut state, place);
                self.lose(&mut state.workers[place]);
            }
            Action::Crowd(place) => {
                state.faults -= 1;
                let State { table, workers, .. } = &mut state;
                self.crowd(table, &mut workers[place]);
            }
            Action::GiveUp(place) => {
                state.faults -= 1;
                self.leave(&mut state, place);
                self.settle(&mut state.workers[place]);
            }
            Action::Crash(place) => {
                state.faults -= 1;
                self.leave(&mut state, place);
                state.workers[place] = Worker::default();
            }
            Action::Arrive(place) => {
                let transaction = state.late.remove(place);
                // Nobody hears how it ended.
                let _ = state.table.transact(&transaction, self.variant);
            }
            Action::Vanish(place) => {
                state.late.remove(place);
            }
            Action::Expire(place) => {
                let is_held = |worker: &Worker| worker.deliveries & (1 << place) != 0;
                if state.workers.iter().any(is_held) {
                    state.expiries -= 1;
                }
                state.queue[place] = Delivery::Waiting;
            }
        }
        state.workers.sort();
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = properties::truths();
        all.extend(properties::occasions());
        all
    }
}

impl State {
    /// The deliveries that were acknowledged.
    fn gone(&self) -> u8 {
        let gone = |place: &usize| self.queue[*place] == Delivery::Gone;
        (0..self.queue.len())
            .filter(gone)
            .fold(0, |all, place| all | 1 << place)
    }
}

impl Protocol for Append {
    type Variant = Variant;

    const NAME: &'static str = "append";
    const PAIRS: &'static [Pair] = properties::PAIRS;
    const WRONG: &'static [Wrong<Variant>] = properties::WRONG;
    const SETTLED: &'static str = properties::ALL_DONE;

    fn small() -> Self {
        Self {
            deliveries: vec![0b101, 0b010, 0b110],
            workers: 2,
            chunk: 2,
            faults: 1,
            expiries: 1,
            variant: Variant::Sound,
        }
    }

    fn large() -> Self {
        Self {
            workers: 3,
            chunk: 1,
            ..Self::small()
        }
    }

    fn with(variant: Variant) -> Self {
        Self {
            faults: 2,
            variant,
            ..Self::small()
        }
    }

    fn size(&self) -> String {
        format!(
            "{} workers, {} deliveries of {} events, {} to a transaction, {} faults, {} early redeliveries",
            self.workers,
            self.deliveries.len(),
            self.all_events().count_ones(),
            self.chunk,
            self.faults,
            self.expiries
        )
    }

    fn is_settled(&self, state: &State) -> bool {
        let gone = state
            .queue
            .iter()
            .all(|delivery| *delivery == Delivery::Gone);
        gone && state.table.stored == self.all_events()
    }
}
