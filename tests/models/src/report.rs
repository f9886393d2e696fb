//! What a check found, as rows of a table.

use serde_json::{Value, json};

use crate::append::Append;
use crate::links::Links;
use crate::notes::Notes;
use crate::queue::Queue;
use crate::{Checked, Ends, Protocol, caught, check, ends};

/// What was found of one model.
#[derive(Debug, Clone)]
pub struct Row {
    /// The model's name.
    pub name: &'static str,
    /// Its size in words.
    pub size: String,
    /// What the check in all states found.
    pub checked: Checked,
    /// What the walk through all runs found.
    pub ends: Ends,
    /// What is settled when nothing can happen any more.
    pub settled: &'static str,
    /// How many properties hold always, and in how many kinds of states they were looked at.
    pub pairs: (usize, usize),
    /// The faults, each with what found it.
    pub wrong: Vec<(String, Option<String>)>,
}

/// Checks one model: the protocol as it is, and each of its faults.
#[must_use]
pub fn row<P: Protocol>(model: P) -> Row {
    let wrong = P::WRONG.iter();
    let sometimes = P::PAIRS.iter().map(|pair| pair.sometimes.len());
    Row {
        name: P::NAME,
        size: model.size(),
        ends: ends(&model),
        checked: check(model),
        settled: P::SETTLED,
        pairs: (P::PAIRS.len(), sometimes.sum()),
        wrong: wrong
            .map(|wrong| (format!("{wrong:?}"), caught::<P>(wrong)))
            .collect(),
    }
}

/// Checks every model, in sizes for each day or in large ones.
pub fn rows(large: bool) -> impl Iterator<Item = Row> {
    fn one<P: Protocol>(large: bool) -> Row {
        row(if large { P::large() } else { P::small() })
    }
    let all: [fn(bool) -> Row; 4] = [one::<Append>, one::<Notes>, one::<Links>, one::<Queue>];
    all.into_iter().map(move |row| row(large))
}

impl Row {
    /// Whether everything is as it has to be.
    #[must_use]
    pub fn holds(&self) -> bool {
        let all_caught = self.wrong.iter().all(|(_, caught)| caught.is_some());
        let checked = self.checked.broken.is_empty() && self.checked.unreached.is_empty();
        checked && self.settles() && all_caught
    }

    /// Whether each run ends with everything settled.
    #[must_use]
    pub fn settles(&self) -> bool {
        matches!(self.ends, Ends::Settled(ends) if ends > 0)
    }

    /// How many faults were found.
    #[must_use]
    pub fn caught(&self) -> usize {
        let caught = self.wrong.iter().filter(|(_, caught)| caught.is_some());
        caught.count()
    }

    /// As a row of the table of proofs.
    #[must_use]
    pub fn proof(&self, command: &str) -> Value {
        json!({
            "what": format!(
                "The model `{}` in all its states ({}): {} properties hold always, on {} occasions; each run ends, and then {}",
                self.name, self.size, self.pairs.0, self.pairs.1, self.settled
            ),
            "result": format!(
                "{} states, {} steps, {:.1} s; {} of {} planted faults found",
                self.checked.states,
                self.checked.steps,
                self.checked.took.as_secs_f64(),
                self.caught(),
                self.wrong.len()
            ),
            "command": command,
        })
    }
}
