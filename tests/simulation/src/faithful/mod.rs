//! How faithful the simulated table is: random requests, the same to it and to other stores, and all answers compared.

mod compare;
mod conditions;
mod endpoint;
mod known;
mod reads;
mod report;
mod requests;
mod wrong;

use std::collections::BTreeSet;

use fastrand::Rng;
use serde_json::Value;

pub use compare::Difference;
pub use endpoint::{Endpoint, EndpointError};
pub use known::{KNOWN_DIFFERENCES, Known, Which};
pub use report::{Report, told};
pub use requests::{Step, sequence};

use crate::table::{Definition, DefinitionError, Moment, Table};

/// The name of the table on every store.
const TABLE: &str = "faithful";
/// Stands in requests for what makes a sequence's keys its own, in as many letters.
const OWN: &str = "@@@@@@@@@@@@";
/// How often a sequence that shows a difference is run again to make it shorter.
const MAX_SHRINKS: usize = 60;

/// How many kinds of differences that are not known end a comparison.
const MAX_UNKNOWN: usize = 40;

/// Why a comparison cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum FaithfulError {
    /// The table's definition cannot be had.
    #[error("the table's definition cannot be had")]
    Definition(#[from] DefinitionError),
    /// A store does not answer.
    #[error("a store does not answer")]
    Endpoint(#[from] EndpointError),
}

/// The simulated table, and the stores that it is compared with.
pub struct Comparison {
    simulated: Table,
    others: Vec<Endpoint>,
    now_ms: i64,
    /// Tells the keys of this run's sequences from those of all others on the same store.
    run: u16,
    ran: u32,
}

/// A difference that nobody knew, with what it takes to see it.
#[derive(Debug)]
pub struct Unknown {
    /// The seed of the sequence.
    pub seed: u64,
    /// What differs.
    pub difference: Difference,
    /// The fewest requests that were found to show it.
    pub steps: Vec<Step>,
}

impl Comparison {
    /// A comparison with stores, on each of which the template's table is made where it is not there.
    ///
    /// # Errors
    /// When a store does not answer.
    pub fn new(others: Vec<Endpoint>) -> Result<Self, FaithfulError> {
        for other in &others {
            other.make_table(TABLE)?;
        }
        Ok(Self {
            simulated: Table::new(Definition::of_template(TABLE)?),
            others,
            now_ms: 1_767_225_600_000,
            // What is on a store from before is another run's.
            run: fastrand::u16(..),
            ran: 0,
        })
    }

    /// Compares sequences from a seed on, and gives the first difference of each kind that is not known.
    ///
    /// # Errors
    /// When a store does not answer.
    pub fn run(
        &mut self,
        first_seed: u64,
        sequences: u64,
    ) -> Result<(Report, Vec<Unknown>), FaithfulError> {
        let mut unknown: Vec<Unknown> = Vec::new();
        let mut report = Report::of(self.others.iter().map(Endpoint::which).collect());
        for seed in first_seed..first_seed + sequences {
            let steps = sequence(&mut Rng::with_seed(seed));
            let differences = self.differences(&steps, Some(&mut report))?;
            report.sequences += 1;
            for difference in differences {
                match difference.known() {
                    Some(known) => report.count(known),
                    None if unknown
                        .iter()
                        .any(|seen| seen.difference.is_alike(&difference)) => {}
                    None => {
                        let steps = self.shrunk(steps.clone(), &difference)?;
                        unknown.push(Unknown {
                            seed,
                            difference,
                            steps,
                        });
                    }
                }
            }
            if unknown.len() >= MAX_UNKNOWN {
                break;
            }
        }
        Ok((report, unknown))
    }

    /// Runs a sequence on keys of its own. A store whose table is no longer the same is left out of the rest of it.
    fn differences(
        &mut self,
        steps: &[Step],
        mut report: Option<&mut Report>,
    ) -> Result<Vec<Difference>, FaithfulError> {
        self.ran += 1;
        let own = format!("{:04x}{:08x}", self.run, self.ran);
        let mut differences = Vec::new();
        let mut apart: BTreeSet<Which> = BTreeSet::new();
        for step in steps {
            let mut body: Value = step.body_for(&own);
            for page in 0..=step.pages {
                self.now_ms += 1;
                let began = std::time::Instant::now();
                let answer = self
                    .simulated
                    .call(step.operation, &body, Moment::at(self.now_ms));
                if let Some(report) = report.as_deref_mut() {
                    report.took(began.elapsed());
                }
                let is_tied = step.is_unordered;
                let simulated = compare::of_table(&answer, is_tied);
                for other in &self.others {
                    if apart.contains(&other.which()) {
                        continue;
                    }
                    let (status, answer) = other.send(step.operation, &body)?;
                    let answered = compare::of_wire(status, answer, is_tied);
                    if let Some(report) = report.as_deref_mut() {
                        report.compared(other.which(), step.operation, &simulated);
                    }
                    if let Some(difference) =
                        Difference::between(other.which(), step, page, &simulated, &answered)
                    {
                        // Whatever is written by one of them only makes all that follows differ.
                        if difference.about != known::FORM_OF_NUMBERS {
                            apart.insert(other.which());
                        }
                        differences.push(difference);
                    }
                }
                let ended = answer
                    .ok()
                    .and_then(|answer| answer.get("LastEvaluatedKey").cloned());
                let Some(ended) = ended else { break };
                body["ExclusiveStartKey"] = ended;
            }
        }
        Ok(differences)
    }

    /// Leaves out of a sequence what a difference does not need.
    fn shrunk(
        &mut self,
        mut steps: Vec<Step>,
        difference: &Difference,
    ) -> Result<Vec<Step>, FaithfulError> {
        let mut place = steps.len();
        for _ in 0..MAX_SHRINKS {
            let Some(next) = place.checked_sub(1) else {
                break;
            };
            place = next;
            let mut fewer = steps.clone();
            fewer.remove(place);
            let found = self.differences(&fewer, None)?;
            if found.iter().any(|found| found.is_alike(difference)) {
                steps = fewer;
            }
        }
        Ok(steps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simulated_table_answers_as_the_embedded_store_does() {
        let mut comparison = Comparison::new(vec![Endpoint::embedded().unwrap()]).unwrap();
        let (report, unknown) = comparison.run(1, 500).unwrap();
        let unknown: Vec<String> = unknown.iter().map(told).collect();
        assert!(unknown.is_empty(), "{}", unknown.join("\n"));
        assert_eq!(report.sequences, 500);
        assert!(report.is_worth_something(), "{report}");
    }

    #[test]
    fn a_sequence_is_its_seed_s() {
        let steps = |seed| format!("{:?}", sequence(&mut Rng::with_seed(seed)));
        assert_eq!(steps(7), steps(7));
        assert_ne!(steps(7), steps(8));
    }
}
