//! All mutants of a crate, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::MutantsError;
use crate::build::{Built, Yard, listed, write_if_other};
use crate::explained::{Explained, explained, line_of};
use crate::list::Mutant;
use crate::subject::{Step, Subject};
use crate::trial::{End, Ground, attempt, last_words};
use crate::weave::Inexpressible;

/// After how many mutants it is told how far it is, and kept what is known.
const TOLD_EACH: usize = 25;

/// What is tried, and how.
pub struct Options {
    /// The checkout.
    pub root: PathBuf,
    /// The program `cargo-mutants`.
    pub tool: PathBuf,
    /// The list of explanations.
    pub explained: PathBuf,
    /// Only mutants in whose names this is.
    pub only: Option<String>,
    /// Only those that were left the last time.
    pub left: bool,
    /// Only what is run for each, for a first look: those that are left have not met all tests.
    pub quickly: bool,
    /// How many are tried at once.
    pub jobs: usize,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Noticed(&'static str),
    Endless(&'static str),
    Left,
}

/// What was found.
#[derive(Debug)]
pub struct Report {
    /// The crate.
    pub package: &'static str,
    /// How many mutants there are, how many were noticed, how many of those by coming to no end, how many do not
    /// compile, and how many this tool has no way to try.
    pub counts: [usize; 5],
    /// Those that are left and explained.
    pub explained: Vec<Explained>,
    /// Those that are left and not explained.
    pub unexplained: Vec<Explained>,
    /// The names, with their places, of the mutants that this tool has no way to try.
    pub untried: Vec<String>,
    /// Whether all mutants were tried.
    pub whole: bool,
}

impl Report {
    /// What was found, in a line.
    #[must_use]
    pub fn result(&self) -> String {
        let [all, noticed, endless, uncompilable, untried] = self.counts;
        let left = self.explained.len();
        let mut text = format!(
            "{all}: {noticed} noticed ({endless} of them because the tests came to no end), {uncompilable} do not compile"
        );
        // Writing to a string cannot fail.
        if untried > 0 {
            let _ = write!(text, ", {untried} not tried");
        }
        let _ = write!(text, ", {left} left, each explained");
        if !self.unexplained.is_empty() {
            let _ = write!(text, ", {} left without a reason", self.unexplained.len());
        }
        text
    }
}

/// Tries the mutants of a crate.
///
/// # Errors
/// When they cannot be tried; that some are not noticed is no error.
pub fn examine(subject: &'static Subject, options: &Options) -> Result<Report, MutantsError> {
    let yard = Yard::of(&options.root, subject);
    let mutants = listed(&yard, subject, &options.tool)?;
    let built = yard.build(subject, &mutants)?;
    let run = Run {
        yard: &yard,
        built: &built,
    };
    let last = if options.quickly { &[] } else { subject.last };
    for step in subject.steps.iter().chain(last) {
        run.control(step)?;
    }
    let lines = lines(&options.root, &mutants)?;
    let known = explained(&options.explained)?;
    let reason = |number: usize| -> Option<&Explained> {
        let (title, at) = (mutants[number - 1].title(), &lines[&number]);
        known
            .iter()
            .find(|known| known.mutant == title && known.at == *at)
    };
    let before = options.left.then(|| left_before(&yard)).transpose()?;
    let chosen: Vec<usize> = (1..=mutants.len())
        .filter(|number| !built.without.contains_key(number))
        .filter(|number| !built.uncompilable.contains(number))
        .filter(|number| {
            let name = &mutants[number - 1].name;
            let key = (mutants[number - 1].title(), lines[number].clone());
            options.only.as_ref().is_none_or(|only| name.contains(only))
                && before.as_ref().is_none_or(|left| left.contains(&key))
        })
        .collect();
    let is_enough = |number: usize| options.quickly || reason(number).is_some();
    let keep = |fates: &BTreeMap<usize, Fate>| keep(&yard, &mutants, &lines, fates);
    let fates = run.all(subject, &chosen, options.jobs, &is_enough, &keep)?;
    let left = fates.iter().filter(|(_, fate)| **fate == Fate::Left);
    let (mut with_reason, mut without_reason) = (Vec::new(), Vec::new());
    for (number, _) in left {
        match reason(*number) {
            Some(known) => with_reason.push(known.clone()),
            None => without_reason.push(Explained {
                mutant: mutants[number - 1].title(),
                at: lines[number].clone(),
                why: String::new(),
            }),
        }
    }
    let endless = |fate: &&Fate| matches!(fate, Fate::Endless(_));
    let no_rust = |why: &&Inexpressible| **why == Inexpressible::NoRust;
    let no_rust = built.without.values().filter(no_rust).count();
    let no_way = built
        .without
        .iter()
        .filter(|(_, why)| **why == Inexpressible::NoWay);
    let untried: Vec<String> = no_way
        .map(|(number, _)| mutants[number - 1].name.clone())
        .collect();
    Ok(Report {
        package: subject.package,
        counts: [
            mutants.len(),
            fates.values().filter(|fate| **fate != Fate::Left).count(),
            fates.values().filter(endless).count(),
            built.uncompilable.len() + no_rust,
            untried.len(),
        ],
        explained: with_reason,
        unexplained: without_reason,
        untried,
        whole: options.only.is_none() && !options.left && !options.quickly,
    })
}

/// The line of each mutant, by its number.
fn lines(root: &Path, mutants: &[Mutant]) -> Result<BTreeMap<usize, String>, MutantsError> {
    let mut texts: BTreeMap<&Path, String> = BTreeMap::new();
    let mut lines = BTreeMap::new();
    for (place, mutant) in mutants.iter().enumerate() {
        let path = root.join(&mutant.file);
        if !texts.contains_key(mutant.file.as_path()) {
            let text = std::fs::read_to_string(&path).map_err(MutantsError::file(&path))?;
            texts.insert(&mutant.file, text);
        }
        lines.insert(place + 1, line_of(mutant, &texts[mutant.file.as_path()]));
    }
    Ok(lines)
}

fn kept(yard: &Yard) -> PathBuf {
    yard.folder.join("fates.json")
}

/// Keeps what became of the mutants, for people and for the next time.
fn keep(
    yard: &Yard,
    mutants: &[Mutant],
    lines: &BTreeMap<usize, String>,
    fates: &BTreeMap<usize, Fate>,
) -> Result<(), MutantsError> {
    let rows = fates.iter().map(|(number, fate)| {
        let mutant = &mutants[number - 1];
        let (fate, by) = match fate {
            Fate::Noticed(by) => ("noticed", *by),
            Fate::Endless(by) => ("endless", *by),
            Fate::Left => ("left", ""),
        };
        json!({
            "number": number, "name": mutant.name, "mutant": mutant.title(), "at": lines[number], "fate": fate, "by": by,
        })
    });
    let rows: Vec<_> = rows.collect();
    let text = format!("{:#}\n", json!(rows));
    write_if_other(&kept(yard), text.as_bytes())
}

fn left_before(yard: &Yard) -> Result<BTreeSet<(String, String)>, MutantsError> {
    let path = kept(yard);
    let text = std::fs::read_to_string(&path).map_err(MutantsError::file(&path))?;
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&text).map_err(|source| MutantsError::List { path, source })?;
    let left = rows.iter().filter(|row| row["fate"] == "left");
    let text =
        |row: &serde_json::Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
    Ok(left
        .map(|row| (text(row, "mutant"), text(row, "at")))
        .collect())
}

struct Run<'a> {
    yard: &'a Yard,
    built: &'a Built,
}

impl Run<'_> {
    fn ground(&self, step: &Step, worker: usize) -> Ground<'_> {
        Ground {
            tree: &self.yard.tree,
            program: &self.built.programs[step.program],
            log: self.yard.folder.join(format!("said-{worker}.txt")),
        }
    }

    /// Without a mutant everything has to pass.
    fn control(&self, step: &Step) -> Result<(), MutantsError> {
        let ground = self.ground(step, 0);
        if attempt(step, &ground, None)? == End::Passed {
            return Ok(());
        }
        Err(MutantsError::Control {
            step: step.name.to_owned(),
            said: last_words(&ground.log),
        })
    }

    fn fate(
        &self,
        steps: impl IntoIterator<Item = &'static Step>,
        number: usize,
        worker: usize,
    ) -> Result<Fate, MutantsError> {
        for step in steps {
            match attempt(step, &self.ground(step, worker), Some(number))? {
                End::Passed => {}
                End::Failed => return Ok(Fate::Noticed(step.name)),
                End::TooLong => return Ok(Fate::Endless(step.name)),
            }
        }
        Ok(Fate::Left)
    }

    fn all(
        &self,
        subject: &'static Subject,
        chosen: &[usize],
        jobs: usize,
        is_enough: &(dyn Fn(usize) -> bool + Sync),
        keep: &(dyn Fn(&BTreeMap<usize, Fate>) -> Result<(), MutantsError> + Sync),
    ) -> Result<BTreeMap<usize, Fate>, MutantsError> {
        let next = AtomicUsize::new(0);
        let fates = Mutex::new(BTreeMap::new());
        let work = |worker: usize| -> Result<(), MutantsError> {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(number) = chosen.get(place).copied() else {
                    return Ok(());
                };
                let last: &'static [Step] = if is_enough(number) { &[] } else { subject.last };
                let fate = self.fate(subject.steps.iter().chain(last), number, worker)?;
                let mut fates = fates
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                fates.insert(number, fate);
                if fates.len().is_multiple_of(TOLD_EACH) {
                    let left = fates.values().filter(|fate| **fate == Fate::Left).count();
                    eprintln!("{} of {}, {left} left", fates.len(), chosen.len());
                    keep(&fates)?;
                }
            }
        };
        let ended: Vec<Result<(), MutantsError>> = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..jobs)
                .map(|worker| scope.spawn(move || work(worker)))
                .collect();
            let ends = workers.into_iter().map(|worker| worker.join());
            ends.map(|end| end.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        ended.into_iter().collect::<Result<(), _>>()?;
        let fates = fates
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        keep(&fates)?;
        Ok(fates)
    }
}
