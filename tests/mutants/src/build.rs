//! A copy of the code with all mutants in it, as far as they compile.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::list::Mutant;
use crate::subject::{Build, Subject};
use crate::weave::{Inexpressible, Woven, weave};
use crate::{MutantsError, list};

/// How often it is compiled to learn which mutants do not compile: the compiler tells of the next kind of errors only
/// when there are none of the one before.
const MAX_ROUNDS: usize = 30;
/// How much of what a program said is told, in characters.
const MAX_SAID: usize = 4_000;

/// Where everything lies.
pub(crate) struct Yard {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// The copy.
    pub(crate) tree: PathBuf,
    /// Where programs and results are kept.
    pub(crate) folder: PathBuf,
    target: PathBuf,
}

/// What was built.
pub(crate) struct Built {
    pub(crate) programs: BTreeMap<String, PathBuf>,
    /// The mutants, by number, that are not in it.
    pub(crate) without: BTreeMap<usize, Inexpressible>,
    /// Those that do not compile.
    pub(crate) uncompilable: BTreeSet<usize>,
}

impl Yard {
    pub(crate) fn of(root: &Path, subject: &Subject) -> Self {
        let target =
            std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
        let folder = target.join("mutants").join(subject.package);
        Self {
            root: root.to_owned(),
            tree: folder.join("tree"),
            folder,
            target,
        }
    }

    /// Makes the copy what the checkout is. Files that are as they were keep their times.
    fn copy(&self, woven: &Woven) -> Result<(), MutantsError> {
        let listed = said(
            Command::new("git")
                .args([
                    "ls-files",
                    "-z",
                    "--cached",
                    "--others",
                    "--exclude-standard",
                ])
                .current_dir(&self.root),
        )?;
        let listed = listed.split('\0').filter(|name| !name.is_empty());
        let listed: BTreeSet<PathBuf> = listed.map(PathBuf::from).collect();
        for path in &listed {
            let from = self.root.join(path);
            // What is deleted and not committed is still in Git's list.
            if !from.is_file() {
                continue;
            }
            let text = match woven.files.get(path) {
                Some(file) => file.text.clone().into_bytes(),
                None => std::fs::read(&from).map_err(MutantsError::file(from))?,
            };
            write_if_other(&self.tree.join(path), &text)?;
        }
        self.sweep(&self.tree, &listed)
    }

    /// Takes out of the copy what the checkout has no more.
    fn sweep(&self, folder: &Path, listed: &BTreeSet<PathBuf>) -> Result<(), MutantsError> {
        for entry in std::fs::read_dir(folder).map_err(MutantsError::file(folder))? {
            let path = entry.map_err(MutantsError::file(folder))?.path();
            if path.is_dir() {
                self.sweep(&path, listed)?;
            } else if path
                .strip_prefix(&self.tree)
                .is_ok_and(|name| !listed.contains(name))
            {
                std::fs::remove_file(&path).map_err(MutantsError::file(&path))?;
            }
        }
        Ok(())
    }

    /// How each crate of the workspace is compiled. None as the checkout's own are: cargo keeps those of both trees in
    /// one place, tells them apart by that, and would take one for the other.
    fn settings(&self, subject: &Subject) -> Result<Vec<String>, MutantsError> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let text = said(
            Command::new("cargo")
                .args(arguments)
                .current_dir(&self.root),
        )?;
        let list = |source| MutantsError::List {
            path: self.root.join("Cargo.toml"),
            source,
        };
        let metadata: Value = serde_json::from_str(&text).map_err(list)?;
        let members = metadata["packages"].as_array().into_iter().flatten();
        let names = members.filter_map(|member| member["name"].as_str());
        let level = |name: &str| u8::from(!subject.most_quickly.contains(&name));
        let setting = |name| format!("profile.trial.package.{name}.opt-level={}", level(name));
        Ok(names.map(setting).collect())
    }

    fn cargo(&self, settings: &[String], arguments: &[&str]) -> Command {
        let mut cargo = Command::new(
            std::env::var_os("CARGO")
                .as_deref()
                .unwrap_or(OsStr::new("cargo")),
        );
        cargo
            .current_dir(&self.tree)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_INCREMENTAL", "0")
            .args(arguments)
            .arg("--message-format=json");
        for setting in settings {
            cargo.args(["--config", setting]);
        }
        cargo
    }

    /// Copies the code, puts the mutants in and takes those out that do not compile, until it does.
    pub(crate) fn build(
        &self,
        subject: &Subject,
        mutants: &[Mutant],
    ) -> Result<Built, MutantsError> {
        let settings = self.settings(subject)?;
        let kept = self.folder.join("uncompilable.json");
        // The same mutants as the last time: so are those that do not compile.
        let mut uncompilable = self.uncompilable(&kept, mutants);
        for _ in 0..MAX_ROUNDS {
            let woven = weave(
                &self.root,
                Path::new(subject.folder),
                mutants,
                &uncompilable,
            )?;
            self.copy(&woven)?;
            let checked = self
                .cargo(&settings, subject.compile)
                .output()
                .map_err(program("cargo"))?;
            if checked.status.success() {
                let names = [true, false].map(|is_out| {
                    let numbers =
                        (1..=mutants.len()).filter(|at| uncompilable.contains(at) == is_out);
                    numbers
                        .map(|number| mutants[number - 1].name.as_str())
                        .collect::<Vec<_>>()
                });
                write_if_other(&kept, serde_json::json!(names).to_string().as_bytes())?;
                return Ok(Built {
                    programs: self.programs(subject, &settings)?,
                    without: woven.without,
                    uncompilable,
                });
            }
            let messages = String::from_utf8_lossy(&checked.stdout);
            let errors = messages.lines().filter_map(error_of);
            let (mut wrong, mut unknown) = (BTreeSet::new(), Vec::new());
            for error in errors {
                let blamed = blamed(&error, &woven);
                if blamed.is_empty() {
                    unknown.push(error["rendered"].as_str().unwrap_or_default().to_owned());
                }
                wrong.extend(blamed);
            }
            eprintln!("{} mutants do not compile", wrong.len());
            if wrong.is_empty() {
                let stderr = String::from_utf8_lossy(&checked.stderr);
                unknown.push(stderr.into_owned());
                return Err(MutantsError::Compile(unknown.join("\n")));
            }
            uncompilable.extend(wrong);
        }
        Err(MutantsError::Compile(format!(
            "after {MAX_ROUNDS} rounds there are still mutants that do not"
        )))
    }

    /// The mutants that did not compile the last time, if there were the same.
    fn uncompilable(&self, kept: &Path, mutants: &[Mutant]) -> BTreeSet<usize> {
        let text = std::fs::read_to_string(kept).unwrap_or_default();
        let [out, rest]: [BTreeSet<String>; 2] = serde_json::from_str(&text).unwrap_or_default();
        let is_out = |mutant: &Mutant| out.contains(&mutant.name);
        if mutants
            .iter()
            .any(|mutant| !is_out(mutant) && !rest.contains(&mutant.name))
        {
            return BTreeSet::new();
        }
        let numbers = mutants.iter().zip(1..).filter(|(mutant, _)| is_out(mutant));
        numbers.map(|(_, number)| number).collect()
    }

    /// Builds the programs, and keeps them apart from what is built later.
    fn programs(
        &self,
        subject: &Subject,
        settings: &[String],
    ) -> Result<BTreeMap<String, PathBuf>, MutantsError> {
        let kept = self.folder.join("programs");
        std::fs::create_dir_all(&kept).map_err(MutantsError::file(&kept))?;
        let mut programs = BTreeMap::new();
        for Build {
            arguments,
            programs: wanted,
        } in subject.builds
        {
            let messages = said(&mut self.cargo(settings, arguments))?;
            for message in messages.lines() {
                let Ok(message) = serde_json::from_str::<Value>(message) else {
                    continue;
                };
                let (Some(name), Some(path)) = (
                    message["target"]["name"].as_str(),
                    message["executable"].as_str(),
                ) else {
                    continue;
                };
                if wanted.contains(&name) {
                    let to = kept.join(name);
                    // One that runs cannot be written over.
                    let _ = std::fs::remove_file(&to);
                    std::fs::copy(path, &to).map_err(MutantsError::file(&to))?;
                    programs.insert(name.to_owned(), to);
                }
            }
        }
        Ok(programs)
    }
}

/// What a program said when it is as it has to be.
fn said(command: &mut Command) -> Result<String, MutantsError> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(program(&name))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(MutantsError::Failed {
        program: name,
        said: end_of(&String::from_utf8_lossy(&output.stderr)),
    })
}

/// The end of a long text.
pub(crate) fn end_of(text: &str) -> String {
    let skipped = text.chars().count().saturating_sub(MAX_SAID);
    text.chars().skip(skipped).collect()
}

pub(crate) fn program(name: &str) -> impl FnOnce(std::io::Error) -> MutantsError {
    let program = name.to_owned();
    move |source| MutantsError::Program { program, source }
}

/// Writes a file, unless it says this already.
pub(crate) fn write_if_other(path: &Path, text: &[u8]) -> Result<(), MutantsError> {
    if std::fs::read(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(MutantsError::file(folder))?;
    }
    std::fs::write(path, text).map_err(MutantsError::file(path))
}

/// An error of the compiler among its messages.
fn error_of(message: &str) -> Option<Value> {
    let mut message: Value = serde_json::from_str(message).ok()?;
    let message = message["message"].take();
    let spans = message["spans"]
        .as_array()
        .is_some_and(|spans| !spans.is_empty());
    (message["level"] == "error" && spans).then_some(message)
}

/// The mutants that an error is of: those in whose text its main places are, or else any of its places.
fn blamed(error: &Value, woven: &Woven) -> BTreeSet<usize> {
    let spans = error["spans"].as_array().cloned().unwrap_or_default();
    let of = |main: bool| -> BTreeSet<usize> {
        let spans = spans
            .iter()
            .filter(|span| !main || span["is_primary"] == true);
        spans.flat_map(|span| mutants_at(span, woven)).collect()
    };
    let main = of(true);
    if main.is_empty() { of(false) } else { main }
}

fn mutants_at(span: &Value, woven: &Woven) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut span = span;
    // Through the macros that it comes out of.
    loop {
        let name = span["file_name"].as_str().map(Path::new);
        let file = name.and_then(|name| woven.files.get(name));
        let offset = |name: &str| span[name].as_u64().and_then(|at| usize::try_from(at).ok());
        if let (Some(file), Some(start), Some(end)) =
            (file, offset("byte_start"), offset("byte_end"))
        {
            found.extend(file.at(&Range { start, end }));
        }
        span = &span["expansion"]["span"];
        if span.is_null() {
            return found;
        }
    }
}

/// The list of a crate's mutants, made by `cargo mutants`.
pub(crate) fn listed(
    yard: &Yard,
    subject: &Subject,
    tool: &Path,
) -> Result<Vec<Mutant>, MutantsError> {
    let arguments = ["mutants", "--list", "--json", "-p", subject.package];
    let text = said(Command::new(tool).args(arguments).current_dir(&yard.root))?;
    let path = yard.folder.join("list.json");
    write_if_other(&path, text.as_bytes())?;
    list(&path)
}
