//! All mutants of a crate, one after the other.

use std::collections::BTreeMap;
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
use crate::trial::{End, Ground, attempt, attempt_alone, last_words};
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
    /// Only those that were left the last time. The others count as they did then.
    pub left: bool,
    /// Only what is run for each, for a first look: those that are left have not met all tests.
    pub quickly: bool,
    /// How many are tried at once.
    pub jobs: usize,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Fate {
    Noticed(By),
    Endless(By),
    Left,
}

impl Fate {
    /// What has noticed it, if anything did.
    fn by(&self) -> Option<&By> {
        match self {
            Self::Noticed(by) | Self::Endless(by) => Some(by),
            Self::Left => None,
        }
    }
}

/// What has noticed a mutant: a step, and the test of it that is known to.
#[derive(Debug, Clone, PartialEq, Eq)]
struct By {
    step: String,
    test: Option<String>,
}

/// What became of the mutants, by number.
type Fates = BTreeMap<usize, Fate>;

/// Keeps what became of them so far.
type Keep<'a> = dyn Fn(&Fates) -> Result<(), MutantsError> + Sync + 'a;

/// A mutant, wherever it is in the list.
type Key = (String, String);

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
    let before = before(&yard)?;
    let key = |number: usize| (mutants[number - 1].title(), lines[&number].clone());
    let chosen: Vec<usize> = (1..=mutants.len())
        .filter(|number| !built.without.contains_key(number))
        .filter(|number| !built.uncompilable.contains(number))
        .filter(|number| {
            let name = &mutants[number - 1].name;
            // One that was not tried the last time is as one that was left.
            let fate = before.get(&key(*number));
            let left = fate.is_none_or(|fate| *fate == Fate::Left);
            options.only.as_ref().is_none_or(|only| name.contains(only)) && (left || !options.left)
        })
        .collect();
    let hints = Hints {
        is_enough: &|number| options.quickly || reason(number).is_some(),
        by: &|number| before.get(&key(number)).and_then(Fate::by).cloned(),
    };
    let mut as_before = Fates::new();
    if options.left {
        let others = (1..=mutants.len()).filter(|number| !chosen.contains(number));
        as_before
            .extend(others.filter_map(|number| Some((number, before.get(&key(number))?.clone()))));
    }
    let keep = |fates: &Fates| {
        let mut all = as_before.clone();
        all.extend(fates.clone());
        keep(&yard, &mutants, &lines, &all)
    };
    let mut fates = run.all(subject, &chosen, options.jobs, &hints, &keep)?;
    fates.extend(as_before.clone());
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
        whole: options.only.is_none() && !options.quickly,
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
    fates: &Fates,
) -> Result<(), MutantsError> {
    let rows = fates.iter().map(|(number, fate)| {
        let mutant = &mutants[number - 1];
        let (fate, by) = match fate {
            Fate::Noticed(by) => ("noticed", Some(by)),
            Fate::Endless(by) => ("endless", Some(by)),
            Fate::Left => ("left", None),
        };
        json!({
            "number": number, "name": mutant.name, "mutant": mutant.title(), "at": lines[number], "fate": fate,
            "by": by.map(|by| &by.step), "test": by.and_then(|by| by.test.as_ref()),
        })
    });
    let rows: Vec<_> = rows.collect();
    let text = format!("{:#}\n", json!(rows));
    write_if_other(&kept(yard), text.as_bytes())
}

/// What became of the mutants the last time.
fn before(yard: &Yard) -> Result<BTreeMap<Key, Fate>, MutantsError> {
    let path = kept(yard);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(MutantsError::file(path)(source)),
    };
    let rows: Vec<serde_json::Value> =
        serde_json::from_str(&text).map_err(|source| MutantsError::List { path, source })?;
    let text = |row: &serde_json::Value, name: &str| row[name].as_str().map(str::to_owned);
    let rows = rows.iter().filter_map(|row| {
        let test = text(row, "test");
        let by = text(row, "by").map(|step| By { step, test });
        let fate = match by {
            Some(by) if row["fate"] == "endless" => Fate::Endless(by),
            Some(by) => Fate::Noticed(by),
            None => Fate::Left,
        };
        Some(((text(row, "mutant")?, text(row, "at")?), fate))
    });
    let mut fates: BTreeMap<Key, Fate> = BTreeMap::new();
    for (key, fate) in rows {
        // Of several that cannot be told apart, one is left as soon as any is.
        if fates.get(&key) != Some(&Fate::Left) {
            fates.insert(key, fate);
        }
    }
    Ok(fates)
}

/// What is known of mutants before they are tried.
struct Hints<'a> {
    /// Whether what is run for each is enough.
    is_enough: &'a (dyn Fn(usize) -> bool + Sync),
    /// What noticed it the last time, which is looked at first.
    by: &'a (dyn Fn(usize) -> Option<By> + Sync),
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
        if attempt(step, &ground, None)?.0 == End::Passed {
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
            let (end, test) = attempt(step, &self.ground(step, worker), Some(number))?;
            let step = step.name.to_owned();
            match end {
                End::Passed => {}
                End::Failed => return Ok(Fate::Noticed(By { step, test })),
                End::TooLong => return Ok(Fate::Endless(By { step, test })),
            }
        }
        Ok(Fate::Left)
    }

    /// The same by what noticed it the last time only.
    fn fate_again(
        &self,
        subject: &'static Subject,
        by: By,
        number: usize,
        worker: usize,
    ) -> Result<Fate, MutantsError> {
        let steps = subject.steps.iter().chain(subject.last);
        let Some(step) = steps.into_iter().find(|step| step.name == by.step) else {
            return Ok(Fate::Left);
        };
        let Some(test) = &by.test else {
            return self.fate([step], number, worker);
        };
        let ground = self.ground(step, worker);
        Ok(match attempt_alone(step, &ground, Some(number), test)? {
            End::Passed => Fate::Left,
            End::Failed => Fate::Noticed(by),
            End::TooLong => Fate::Endless(by),
        })
    }

    fn all(
        &self,
        subject: &'static Subject,
        chosen: &[usize],
        jobs: usize,
        hints: &Hints<'_>,
        keep: &Keep<'_>,
    ) -> Result<Fates, MutantsError> {
        let next = AtomicUsize::new(0);
        let fates = Mutex::new(BTreeMap::new());
        let work = |worker: usize| -> Result<(), MutantsError> {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                let Some(number) = chosen.get(place).copied() else {
                    return Ok(());
                };
                let last: &'static [Step] = if (hints.is_enough)(number) {
                    &[]
                } else {
                    subject.last
                };
                let again = match (hints.by)(number) {
                    Some(by) => self.fate_again(subject, by, number, worker)?,
                    None => Fate::Left,
                };
                let fate = match again {
                    Fate::Left => self.fate(subject.steps.iter().chain(last), number, worker)?,
                    known @ (Fate::Noticed(_) | Fate::Endless(_)) => known,
                };
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
