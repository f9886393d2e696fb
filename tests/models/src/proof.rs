//! How a model is checked: in all its states by stateright, and in all its runs by a walk that looks for one that does
//! not end, or ends in the wrong place.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::{Duration, Instant};

use stateright::{Checker, Expectation, HasDiscoveries, Model};

/// Threads of a check: what the smallest machine of a CI has.
const THREADS: usize = 2;

/// What holds always, and what has to be reached sometimes, or it would hold for want of an occasion.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// The name of a property that holds in every state.
    pub always: &'static str,
    /// The names of states that are its occasions.
    pub sometimes: &'static [&'static str],
}

/// A protocol with a fault in it, and what has to find it.
#[derive(Debug, Clone, Copy)]
pub enum Wrong<V> {
    /// A property that holds always is broken in some state.
    Breaks(V, &'static str),
    /// Some run never ends, or ends before everything is settled.
    NeverSettles(V),
}

/// A protocol that is a model.
pub trait Protocol:
    Model<State: Clone + Debug + Hash + Eq + Send + Sync, Action: Clone + Debug + PartialEq>
    + Clone
    + Send
    + Sync
    + 'static
{
    /// The protocol as it is, and with faults.
    type Variant: Copy + Debug + PartialEq + 'static;

    /// Its name.
    const NAME: &'static str;
    /// Each property that holds always, with its occasions.
    const PAIRS: &'static [Pair];
    /// Each fault, with what finds it.
    const WRONG: &'static [Wrong<Self::Variant>];
    /// What is settled when nothing can happen any more.
    const SETTLED: &'static str;

    /// Small enough for every run of the tests.
    fn small() -> Self;
    /// As large as a machine takes in minutes.
    fn large() -> Self;
    /// The smallest in which each fault shows.
    fn with(variant: Self::Variant) -> Self;
    /// Its size in words.
    fn size(&self) -> String;
    /// Whether a state in which nothing can happen any more is one that should be the last.
    fn is_settled(&self, state: &Self::State) -> bool;
}

/// What a check in all states found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Steps from state to state.
    pub steps: usize,
    /// Different states.
    pub states: usize,
    /// Steps of the longest of the shortest ways to a state.
    pub depth: usize,
    /// How long it took.
    pub took: Duration,
    /// Properties that should hold always and do not, each with the way there.
    pub broken: Vec<(&'static str, String)>,
    /// States that should be reached and are not.
    pub unreached: Vec<&'static str>,
}

/// What a walk through all runs found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// Each run ends, and each with everything settled. So many states are ends.
    Settled(usize),
    /// A run comes back to where it was.
    Circles,
    /// A run ends before everything is settled.
    Unsettled,
}

/// Checks a model in all its states.
#[must_use]
pub fn check<P: Protocol>(model: P) -> Checked {
    let began = Instant::now();
    let properties = model.properties();
    let checker = model.checker().threads(THREADS);
    let checker = checker
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let found = checker.discoveries();
    let of = |wanted: Expectation| {
        let all = properties.iter();
        all.filter(move |property| property.expectation == wanted)
            .map(|property| property.name)
    };
    Checked {
        steps: checker.state_count(),
        states: checker.unique_state_count(),
        depth: checker.max_depth(),
        took: began.elapsed(),
        broken: of(Expectation::Always)
            .filter_map(|name| Some((name, told(&found.get(name)?.clone().into_vec()))))
            .collect(),
        unreached: of(Expectation::Sometimes)
            .filter(|name| !found.contains_key(name))
            .collect(),
    }
}

/// The way to a state, step by step.
fn told<S: Debug, A: Debug>(way: &[(S, Option<A>)]) -> String {
    let steps: Vec<String> = way
        .iter()
        .map(|(state, action)| match action {
            Some(action) => format!("{action:?}"),
            None => format!("{state:?}"),
        })
        .collect();
    steps.join("\n  ")
}

/// Whether a fault is found: in how many steps, or for a run that does not end well, by the walk.
#[must_use]
pub fn caught<P: Protocol>(wrong: &Wrong<P::Variant>) -> Option<String> {
    match *wrong {
        Wrong::Breaks(variant, always) => {
            let checker = P::with(variant).checker().threads(THREADS);
            let wanted = HasDiscoveries::AnyOf(BTreeSet::from([always]));
            let checker = checker.finish_when(wanted).spawn_bfs().join();
            let way = checker.discovery(always)?;
            Some(format!("{} steps", way.into_actions().len()))
        }
        Wrong::NeverSettles(variant) => match ends(&P::with(variant)) {
            Ends::Settled(_) => None,
            Ends::Circles => Some("a circle".to_owned()),
            Ends::Unsettled => Some("an end before its time".to_owned()),
        },
    }
}

/// Walks through all runs, depth first. Where no run comes back to where it was, each run ends; and where it ends, all
/// has to be settled. Together that says: in the end everything is settled, whatever happens.
#[must_use]
pub fn ends<P: Protocol>(model: &P) -> Ends {
    /// A state on the way that is walked just now, or one that is done with.
    #[derive(PartialEq)]
    enum Mark {
        OnTheWay,
        Done,
    }
    let mut marks = HashMap::new();
    let mut settled = 0;
    for start in model.init_states() {
        let mut way = Vec::new();
        let mut entered = Some(start);
        loop {
            if let Some(state) = entered.take() {
                let key = print_of(&state);
                match marks.get(&key) {
                    Some(Mark::OnTheWay) => return Ends::Circles,
                    Some(Mark::Done) => {}
                    None => {
                        let next = model.next_states(&state);
                        if next.is_empty() {
                            if !model.is_settled(&state) {
                                return Ends::Unsettled;
                            }
                            settled += 1;
                        }
                        marks.insert(key, Mark::OnTheWay);
                        way.push((key, next));
                    }
                }
            }
            let Some((key, next)) = way.last_mut() else {
                break;
            };
            entered = next.pop();
            if entered.is_none() {
                marks.insert(*key, Mark::Done);
                way.pop();
            }
        }
    }
    Ends::Settled(settled)
}

/// A state's print: as wide as those of stateright, and so as unlikely to stand for two states.
fn print_of(state: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    state.hash(&mut hasher);
    hasher.finish()
}
