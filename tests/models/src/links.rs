//! The model of links: agents who link and unlink, and claims that link by policy, all at once, over three identities.
//!
//! It models `Store::link` with `look` and `link_writes` (`shared/store/src/links.rs`, `links/found.rs`), `Store::unlink`
//! with `step` and `ending_writes` (`links/ending.rs`), `Store::note_claims` with `note`, `settle` and `follow_policy`
//! (`claims.rs`), `Store::commit` (`commit.rs`), and of `timeline`: `LinkSet::joined`, `without` and `identities`.
//!
//! Why the abstraction holds:
//! - Three identities are the fewest with a part that is linked only through another one; what touches one customer
//!   touches only the standings of its identities and the claims between them.
//! - A request that reads many items reads each for itself: DynamoDB's `BatchGetItem` is not atomic, so others write
//!   between. A transaction is one step. Where its answer is lost it is sent again as it is, and the first one may still
//!   arrive later, as in the model `append`.
//! - Both sides of a claim are one item here, since each transaction that changes one side changes the other, under the
//!   revisions of both; that they say the same is a property of the model `notes`.
//! - An interaction is in the timeline of the customer to whom its identity belongs, so an event is its identity.
//!
//! Left out: marks of shared identities, agents' decisions on claims and other conflicts (they decide whether a link is
//! made, and write over the same revisions), limits of size, records and entries (unconditional, with keys of their own),
//! and expiry. A link is a link between two given identities by one given act.

use stateright::{Model, Property};

use crate::{Pair, Protocol, Wrong};

mod process;
mod properties;
mod table;

use process::{Process, Stage};
use table::{Table, Transaction};

/// Identities: A, B and C.
const IDENTITIES: usize = 3;
/// The identity of the event that comes late: B.
const NAMED: usize = 1;
/// A and B, by an agent.
const AB: usize = 0;
/// B and C, by an agent.
const BC: usize = 1;
/// A and C, by a claim.
const AC: usize = 2;
/// The ends of each link, which are also the pairs of which something is claimed.
const LINKS: [(usize, usize); 3] = [(0, 1), (1, 2), (0, 2)];

/// The protocol as it is, and with faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Sound,
    /// A link is written under the identity from which it was made.
    OneSide,
    /// A link is written under its two ends, and not under who else is the customer.
    OnlyEnds,
    /// An unlink is written under the identity of which it was asked.
    UnlinkOneSide,
    /// A link is written under one identity after the other.
    TwoWrites,
    /// Standings are put over whatever is there.
    Unconditional,
    /// An unlink takes the set of links from one reading and the revision from the next.
    RevisionOfLater,
    /// An unlink leaves no trace at the claim.
    ForgetsEnding,
    /// An agent's link that was ended is made again when the ask comes again.
    MadeAgain,
    /// A claim links again what was linked once.
    ClaimsAgain,
    /// A claim looks at its own two identities only, and not at who else is separated.
    IgnoresParts,
    /// A lost answer counts as a yes.
    LostIsMade,
    /// A link moves what happened to the identity from which it was made.
    MovesEvents,
}

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// An agent links.
    Link(usize),
    /// An agent takes a link back who has seen it.
    Unlink(usize),
    /// An event claims that both are one person.
    Claim(usize),
}

/// The model: who asks for what, from which links it begins, and how much goes wrong.
#[derive(Debug, Clone)]
pub struct Links {
    asks: Vec<Ask>,
    /// The links that may be there when it begins, as sets.
    begins: Vec<u8>,
    /// How many answers are lost and processes crash.
    faults: u8,
    /// How often a claim's event comes again.
    redeliveries: u8,
    /// Whether items are read in any order, or in that of their keys.
    any_order: bool,
    variant: Variant,
}

/// A state of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct State {
    table: Table,
    processes: Vec<Process>,
    /// Transactions whose senders wait no longer, or have sent them again.
    late: Vec<Transaction>,
    faults: u8,
    redeliveries: u8,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Somebody asks, or an event is taken.
    Begin(usize),
    /// A process reads one item.
    Read(usize, u8),
    /// A process's transaction is answered.
    Write(usize),
    /// The answer is lost.
    Lose(usize),
    /// A process is gone; who asked asks again.
    Crash(usize),
    /// A transaction arrives for which nobody waits.
    Arrive(usize),
    /// Or never does.
    Vanish(usize),
    /// An event arrives and is stored.
    Happen,
    /// The event of a claim comes again.
    Redeliver(usize),
}

impl Links {
    fn leave(&self, state: &mut State, place: usize) {
        if let Some(transaction) = state.processes[place].transaction.clone() {
            state.late.push(transaction);
            state.late.sort();
        }
    }

    /// Whether somebody can ask. A link has to be seen before it is taken back.
    fn is_open(&self, state: &State, ask: Ask) -> bool {
        match ask {
            Ask::Unlink(link) => state.table.made & (1 << link) != 0,
            Ask::Link(_) | Ask::Claim(_) => true,
        }
    }

    /// A process that has read everything, or heard of its transaction, goes on.
    fn go_on(&self, state: &mut State, place: usize) {
        let process = &mut state.processes[place];
        self.proceed(process, self.asks[place]);
    }
}

impl Model for Links {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let begin = |links: &u8| State {
            table: Table::begin(*links),
            processes: vec![Process::default(); self.asks.len()],
            late: Vec::new(),
            faults: self.faults,
            redeliveries: self.redeliveries,
        };
        self.begins.iter().map(begin).collect()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (place, process) in state.processes.iter().enumerate() {
            match process.stage {
                Stage::Waiting => {
                    if self.is_open(state, self.asks[place]) {
                        actions.push(Action::Begin(place));
                    }
                    continue;
                }
                Stage::Done => {
                    let comes_again = matches!(self.asks[place], Ask::Claim(_));
                    if comes_again && state.redeliveries > 0 {
                        actions.push(Action::Redeliver(place));
                    }
                    continue;
                }
                Stage::Noting
                | Stage::Settling
                | Stage::Looking
                | Stage::LookingFurther
                | Stage::Finding
                | Stage::Separating => {}
            }
            if process.transaction.is_some() {
                actions.push(Action::Write(place));
            } else {
                let order = (0..8).filter(|item| process.want & (1 << item) != 0);
                let most = if self.any_order { 8 } else { 1 };
                actions.extend(order.take(most).map(|item| Action::Read(place, item)));
            }
            if state.faults > 0 {
                actions.push(Action::Crash(place));
                if process.transaction.is_some() {
                    actions.push(Action::Lose(place));
                }
            }
        }
        for place in 0..state.late.len() {
            actions.extend([Action::Arrive(place), Action::Vanish(place)]);
        }
        if state.table.event.is_none() {
            actions.push(Action::Happen);
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Begin(place) => self.begin(&mut state.processes[place], self.asks[place]),
            Action::Redeliver(place) => {
                state.redeliveries -= 1;
                self.begin(&mut state.processes[place], self.asks[place]);
            }
            Action::Read(place, item) => {
                let process = &mut state.processes[place];
                process.read(&state.table, item);
                if process.want == 0 {
                    self.go_on(&mut state, place);
                }
            }
            Action::Write(place) => {
                let State {
                    table, processes, ..
                } = &mut state;
                let process = &mut processes[place];
                if let Some(transaction) = &mut process.transaction
                    && let Some(written) = table.transact(transaction, self.variant)
                {
                    self.heard(process, self.asks[place], written);
                }
            }
            Action::Lose(place) => {
                state.faults -= 1;
                self.leave(&mut state, place);
                if self.variant == Variant::LostIsMade {
                    self.heard(&mut state.processes[place], self.asks[place], true);
                }
            }
            Action::Crash(place) => {
                state.faults -= 1;
                self.leave(&mut state, place);
                state.processes[place] = Process::default();
            }
            Action::Arrive(place) => {
                let mut transaction = state.late.remove(place);
                while state
                    .table
                    .transact(&mut transaction, self.variant)
                    .is_none()
                {}
            }
            Action::Vanish(place) => {
                state.late.remove(place);
            }
            Action::Happen => state.table.event = Some(NAMED as u8),
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut all = properties::truths();
        all.extend(properties::occasions());
        all
    }
}

impl Protocol for Links {
    type Variant = Variant;

    const NAME: &'static str = "links";
    const PAIRS: &'static [Pair] = properties::PAIRS;
    const WRONG: &'static [Wrong<Variant>] = properties::WRONG;
    const SETTLED: &'static str = "everybody who asked has heard";

    fn small() -> Self {
        Self {
            asks: vec![Ask::Link(AB), Ask::Unlink(AB), Ask::Claim(AC)],
            begins: vec![0, 1 << BC],
            faults: 1,
            redeliveries: 1,
            any_order: false,
            variant: Variant::Sound,
        }
    }

    fn large() -> Self {
        Self {
            asks: vec![
                Ask::Link(AB),
                Ask::Unlink(AB),
                Ask::Unlink(BC),
                Ask::Claim(AC),
            ],
            any_order: true,
            ..Self::small()
        }
    }

    fn with(variant: Variant) -> Self {
        let asks = match variant {
            Variant::ClaimsAgain => vec![Ask::Claim(AC), Ask::Unlink(AC)],
            Variant::RevisionOfLater => vec![Ask::Link(AB), Ask::Unlink(BC)],
            Variant::Sound
            | Variant::OneSide
            | Variant::OnlyEnds
            | Variant::UnlinkOneSide
            | Variant::TwoWrites
            | Variant::Unconditional
            | Variant::ForgetsEnding
            | Variant::MadeAgain
            | Variant::IgnoresParts
            | Variant::LostIsMade
            | Variant::MovesEvents => Self::small().asks,
        };
        Self {
            asks,
            variant,
            ..Self::small()
        }
    }

    fn size(&self) -> String {
        format!(
            "3 identities, {} who ask at once, {} faults, {} redeliveries, items read in {}",
            self.asks.len(),
            self.faults,
            self.redeliveries,
            if self.any_order {
                "any order"
            } else {
                "one order"
            }
        )
    }

    fn is_settled(&self, state: &State) -> bool {
        let is_over = |(place, process): (usize, &Process)| match process.stage {
            Stage::Done => true,
            // Nobody takes back what was never there.
            Stage::Waiting => !self.is_open(state, self.asks[place]),
            Stage::Noting
            | Stage::Settling
            | Stage::Looking
            | Stage::LookingFurther
            | Stage::Finding
            | Stage::Separating => false,
        };
        state.processes.iter().enumerate().all(is_over)
    }
}
