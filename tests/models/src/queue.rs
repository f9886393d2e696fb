//! The model of the way through the queue: from a provider's delivery to the table, the quarantine or the dead-letter
//! queue.
//!
//! It models `Webhooks::handle` up to its yes (`functions/receive-webhook/src/lib.rs`), `batch::run` with `judge`,
//! `keep_refused` and `answer` (`shared/lambda-kit/src/batch.rs`), `Fate::worst` (`fate.rs`), `Ingest::handle`
//! (`shared/ingest/src/lib.rs`), and of SQS what its documentation promises and no more: a message comes at least once,
//! comes again when its visibility ends, and goes to the dead-letter queue after its last receive.
//!
//! Why the abstraction holds:
//! - That an append is all or nothing, however often it comes, is the model `append`; here it is one step.
//! - A record is of one of four kinds, which are all that its fate depends on.
//! - A message is moved to the dead-letter queue when its visibility ends for the last time, and not at the receive that
//!   would follow. Nobody can see the difference.
//!
//! Left out: how long messages are kept (14 days, with an alarm before), the deadline (a record that is not judged in
//! time is one whose store fails), and what is in a record.

use stateright::{Model, Property};

use crate::{Pair, Protocol, Wrong, bits};

mod properties;
mod worker;

use worker::Worker;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event.
    Good,
    /// Something that is refused.
    Bad,
    /// An event, and something that is refused.
    Mixed,
    /// Something at which the function panics, however often it comes.
    Panics,
}

impl Kind {
    fn has_event(self) -> bool {
        matches!(self, Self::Good | Self::Mixed)
    }

    fn is_refused(self) -> bool {
        matches!(self, Self::Bad | Self::Mixed)
    }
}

/// The protocol as it is, and with faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Sound,
    /// The provider hears a yes before its delivery is in the queue.
    YesFirst,
    /// The provider hears a yes when a part of its delivery is in the queue.
    YesInPart,
    /// What the quarantine does not take is acknowledged.
    QuarantineUnheard,
    /// What the table does not take is acknowledged.
    FailureSwallowed,
    /// What the table does not take is quarantined.
    FailureQuarantined,
    /// A record of which a part is refused and a part failed is quarantined.
    RefusalBeforeFailure,
    /// A record of which a part is refused and a part is stored is done.
    StoredBeforeRefusal,
    /// One record that is not stored returns its whole batch.
    BatchFailsTogether,
    /// After the last receive a record is gone.
    NoDeadLetters,
    /// There is no last receive.
    ComesForEver,
}

/// The model: what providers send, and how much goes wrong.
#[derive(Debug, Clone)]
pub struct Queue {
    /// The records of each delivery.
    deliveries: Vec<Vec<usize>>,
    kinds: Vec<Kind>,
    workers: usize,
    /// After how many receives a message is a dead letter.
    receives: u8,
    /// How many requests fail, answers are lost and workers crash.
    faults: u8,
    /// How many messages come again while they are worked on.
    expiries: u8,
    /// How many dead letters somebody sends back.
    redrives: u8,
    variant: Variant,
}

/// Where a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// In the queue.
    Waiting,
    /// Taken by a function.
    Taken,
    /// In the dead-letter queue.
    Dead,
    /// Acknowledged.
    Gone,
}

/// A message: a record may be in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Message {
    record: usize,
    place: Place,
    receives: u8,
}

/// How far a delivery has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Delivery {
    /// How many of its records this try has put into the queue.
    sent: u8,
    /// Whether its provider was told yes.
    accepted: bool,
}

/// A state of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    deliveries: Vec<Delivery>,
    messages: Vec<Message>,
    workers: Vec<Worker>,
    /// The records whose event is stored.
    stored: u8,
    /// How often each record is in the quarantine, up to two.
    quarantined: Vec<u8>,
    faults: u8,
    expiries: u8,
    redrives: u8,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The next record of a delivery is put into the queue, and where it was the last one, the provider hears a yes.
    Send(usize),
    /// It is not, and the provider hears a no.
    SendFails(usize),
    /// It is, but nobody knows, and the provider hears a no.
    SendLost(usize),
    /// The yes is lost, and the provider sends again.
    YesLost(usize),
    /// A function takes messages.
    Take(usize, u8),
    /// It does what is next.
    Step(usize),
    /// What is next fails.
    StepFails(usize),
    /// What is next is done, and its answer is lost.
    StepLost(usize),
    /// It is gone.
    Crash(usize),
    /// A message was not acknowledged in time.
    Expire(usize),
    /// Somebody sends a dead letter back.
    Redrive(usize),
}

impl Queue {
    /// Whether everything that a record holds is where it belongs.
    fn is_kept(&self, state: &State, record: usize) -> bool {
        let kind = self.kinds[record];
        let stored = !kind.has_event() || state.stored & (1 << record) != 0;
        let refused = !kind.is_refused() || state.quarantined[record] > 0;
        kind != Kind::Panics && stored && refused
    }

    fn send(&self, state: &mut State, place: usize) {
        let delivery = &mut state.deliveries[place];
        let records = &self.deliveries[place];
        let record = records[usize::from(delivery.sent)];
        delivery.sent += 1;
        let is_all = usize::from(delivery.sent) == records.len();
        delivery.accepted |= is_all || self.variant == Variant::YesInPart;
        state.messages.push(Message {
            record,
            place: Place::Waiting,
            receives: 0,
        });
    }

    fn is_sent(&self, state: &State, place: usize) -> bool {
        usize::from(state.deliveries[place].sent) == self.deliveries[place].len()
    }

    fn expire(&self, state: &mut State, place: usize) {
        let held = state
            .workers
            .iter()
            .any(|worker| worker.batch & (1 << place) != 0);
        state.expiries -= u8::from(held);
        let message = &mut state.messages[place];
        let is_last = message.receives >= self.receives && self.variant != Variant::ComesForEver;
        message.place = if !is_last {
            Place::Waiting
        } else if self.variant == Variant::NoDeadLetters {
            Place::Gone
        } else {
            Place::Dead
        };
    }

    /// A provider's side: what it can do next with a delivery.
    fn sending(&self, state: &State, place: usize, actions: &mut Vec<Action>) {
        if !self.is_sent(state, place) {
            actions.push(Action::Send(place));
            if state.faults > 0 {
                actions.extend([Action::SendFails(place), Action::SendLost(place)]);
            }
        } else if state.faults > 0 {
            actions.push(Action::YesLost(place));
        }
    }
}

impl Model for Queue {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let accepted = self.variant == Variant::YesFirst;
        vec![State {
            deliveries: vec![Delivery { sent: 0, accepted }; self.deliveries.len()],
            messages: Vec::new(),
            workers: vec![Worker::default(); self.workers],
            stored: 0,
            quarantined: vec![0; self.kinds.len()],
            faults: self.faults,
            expiries: self.expiries,
            redrives: self.redrives,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for place in 0..state.deliveries.len() {
            self.sending(state, place, actions);
        }
        let at = |place: Place| {
            let messages = state.messages.iter().enumerate();
            messages.filter_map(move |(number, message)| (message.place == place).then_some(number))
        };
        if let Some(idle) = state.workers.iter().position(Worker::is_idle) {
            actions.extend(at(Place::Waiting).map(|number| Action::Take(idle, 1 << number)));
            if at(Place::Waiting).count() > 1 {
                let all = at(Place::Waiting).fold(0, |all, number| all | 1 << number);
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
                if !worker.answers() {
                    actions.extend([Action::StepFails(place), Action::StepLost(place)]);
                }
            }
        }
        for number in at(Place::Taken) {
            let mut workers = state.workers.iter();
            let held = workers.any(|worker| worker.batch & (1 << number) != 0);
            if !held || state.expiries > 0 {
                actions.push(Action::Expire(number));
            }
        }
        if state.redrives > 0 {
            actions.extend(at(Place::Dead).map(Action::Redrive));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Send(place) => self.send(&mut state, place),
            Action::SendFails(place) => {
                state.faults -= 1;
                state.deliveries[place].sent = 0;
            }
            Action::SendLost(place) => {
                state.faults -= 1;
                let before = state.deliveries[place].accepted;
                self.send(&mut state, place);
                state.deliveries[place] = Delivery {
                    sent: 0,
                    accepted: before,
                };
            }
            Action::YesLost(place) => {
                state.faults -= 1;
                state.deliveries[place].sent = 0;
            }
            Action::Take(place, messages) => {
                for number in bits(messages) {
                    let message = &mut state.messages[number];
                    message.place = Place::Taken;
                    message.receives = (message.receives + 1).min(self.receives);
                }
                state.workers[place] = Worker::begin(messages);
            }
            Action::Step(place) => self.step(&mut state, place),
            Action::StepFails(place) => {
                state.faults -= 1;
                self.fail(&mut state, place);
            }
            Action::StepLost(place) => {
                state.faults -= 1;
                let worker = state.workers[place].clone();
                self.step(&mut state, place);
                state.workers[place] = worker;
                self.fail(&mut state, place);
            }
            Action::Crash(place) => {
                state.faults -= 1;
                state.workers[place] = Worker::default();
            }
            Action::Expire(place) => self.expire(&mut state, place),
            Action::Redrive(place) => {
                state.redrives -= 1;
                state.messages[place].place = Place::Waiting;
                state.messages[place].receives = 0;
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

impl Protocol for Queue {
    type Variant = Variant;

    const NAME: &'static str = "queue";
    const PAIRS: &'static [Pair] = properties::PAIRS;
    const WRONG: &'static [Wrong<Variant>] = properties::WRONG;
    const SETTLED: &'static str =
        "each record is in the table, in the quarantine or in the dead-letter queue";

    fn small() -> Self {
        Self {
            deliveries: vec![vec![0, 1]],
            kinds: vec![Kind::Mixed, Kind::Panics],
            workers: 2,
            receives: 2,
            faults: 1,
            expiries: 1,
            redrives: 1,
            variant: Variant::Sound,
        }
    }

    fn large() -> Self {
        Self {
            deliveries: vec![vec![0, 1], vec![2]],
            kinds: vec![Kind::Good, Kind::Mixed, Kind::Panics],
            ..Self::small()
        }
    }

    fn with(variant: Variant) -> Self {
        let alone = Self {
            deliveries: vec![vec![0, 1]],
            kinds: vec![Kind::Good, Kind::Bad],
            faults: 1,
            variant,
            ..Self::small()
        };
        match variant {
            Variant::ComesForEver => Self {
                deliveries: vec![vec![0]],
                kinds: vec![Kind::Panics],
                ..alone
            },
            Variant::RefusalBeforeFailure | Variant::StoredBeforeRefusal => Self {
                kinds: vec![Kind::Good, Kind::Mixed],
                ..alone
            },
            Variant::Sound
            | Variant::YesFirst
            | Variant::YesInPart
            | Variant::QuarantineUnheard
            | Variant::FailureSwallowed
            | Variant::FailureQuarantined
            | Variant::BatchFailsTogether
            | Variant::NoDeadLetters => alone,
        }
    }

    fn size(&self) -> String {
        format!(
            "{} functions, {} deliveries of {} records, {} receives, {} faults, {} early redeliveries, {} redrives",
            self.workers,
            self.deliveries.len(),
            self.kinds.len(),
            self.receives,
            self.faults,
            self.expiries,
            self.redrives
        )
    }

    fn is_settled(&self, state: &State) -> bool {
        let accepted = state.deliveries.iter().all(|delivery| delivery.accepted);
        let is_dead = |record: usize| {
            let mut messages = state.messages.iter();
            messages.any(|message| message.record == record && message.place == Place::Dead)
        };
        let mut records = 0..self.kinds.len();
        accepted && records.all(|record| self.is_kept(state, record) || is_dead(record))
    }
}
