//! All mutants of a crate in one program: each place where one differs asks which one was chosen.

mod constants;
mod text;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::MutantsError;
use crate::list::Mutant;
use text::Source;

/// The variable that chooses a mutant by its number.
pub(crate) const CHOICE: &str = "MUTANT";
/// What each crate with mutants gets at its end.
const CHOOSING: &str = r#"
/// Whether a mutant was chosen.
#[doc(hidden)]
pub fn mutant(number: u32) -> bool {
    static CHOSEN: std::sync::LazyLock<Option<u32>> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").ok()?.parse().ok());
    *CHOSEN == Some(number)
}
/// What a function gives whose kind only its body tells.
#[doc(hidden)]
pub enum Given<A, B> {
    Mutated(A),
    Right(B),
}
impl<T, A: Iterator<Item = T>, B: Iterator<Item = T>> Iterator for Given<A, B> {
    type Item = T;
    fn next(&mut self) -> Option<T> {
        match self {
            Self::Mutated(items) => items.next(),
            Self::Right(items) => items.next(),
        }
    }
}
"#;

/// Why a mutant is not in the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inexpressible {
    /// It is no Rust: an alternative to a `let` in a condition, or a `match` without a case.
    NoRust,
    /// This tool has no way to put it beside the right one.
    NoWay,
}

/// A crate with its mutants.
#[derive(Debug, Default)]
pub struct Woven {
    /// The files that differ from those of the crate.
    pub files: BTreeMap<PathBuf, WovenFile>,
    /// The mutants, by number, that are not among them.
    pub without: BTreeMap<usize, Inexpressible>,
}

/// A file with its mutants.
#[derive(Debug)]
pub struct WovenFile {
    /// What it says now.
    pub text: String,
    /// Which of its bytes are of which mutants.
    pub of: Vec<(Range<usize>, Vec<usize>)>,
}

impl WovenFile {
    /// The mutants that some bytes are of.
    #[must_use]
    pub fn at(&self, bytes: &Range<usize>) -> BTreeSet<usize> {
        let within = self
            .of
            .iter()
            .filter(|(range, _)| range.start <= bytes.start && bytes.start < range.end);
        within.flat_map(|(_, of)| of.iter().copied()).collect()
    }
}

/// Puts mutants into the sources of a crate. A mutant's number is its place in the list, counted from one; those in
/// `without` are left out. `crate_root` is the folder of its `Cargo.toml`, from `root`.
///
/// # Errors
/// When a file cannot be read, or is no Rust.
pub fn weave(
    root: &Path,
    crate_root: &Path,
    mutants: &[Mutant],
    without: &BTreeSet<usize>,
) -> Result<Woven, MutantsError> {
    let mut by_file: BTreeMap<PathBuf, Vec<(usize, &Mutant)>> = BTreeMap::new();
    let source = crate_root.join("src");
    for path in rust_files(&root.join(&source))? {
        let path = path.strip_prefix(root).unwrap_or(&path).to_owned();
        by_file.insert(path, Vec::new());
    }
    for (place, mutant) in mutants.iter().enumerate() {
        by_file
            .entry(mutant.file.clone())
            .or_default()
            .push((place + 1, mutant));
    }
    let mut parsed = Vec::new();
    for (path, mutants) in by_file {
        let text = std::fs::read_to_string(root.join(&path))
            .map_err(MutantsError::file(root.join(&path)))?;
        let file = syn::parse_file(&text).map_err(|source| MutantsError::Source {
            path: path.clone(),
            source,
        })?;
        parsed.push((path, text, file, mutants));
    }
    let files = parsed.iter().map(|(path, _, file, mutants)| {
        let module = module_of(path.strip_prefix(&source).unwrap_or(path));
        (module, file, mutants.as_slice())
    });
    let constants = constants::found(files);
    let mut woven = Woven::default();
    for (path, text, file, mutants) in &parsed {
        let module = module_of(path.strip_prefix(&source).unwrap_or(path));
        let source = Source::new(text);
        let mut walk = walk::Walk::new(&source, mutants, without, &constants, module);
        walk.file(file);
        let (insertions, left_out) = walk.end();
        woven.without.extend(left_out);
        let mut pieces = insertions.pieces(text, 0..text.len());
        if path.ends_with("src/lib.rs") {
            pieces.push(text::Piece {
                text: CHOOSING.to_owned(),
                of: Vec::new(),
            });
        }
        let (text, of) = text::joined(&pieces);
        woven.files.insert(path.clone(), WovenFile { text, of });
    }
    Ok(woven)
}

/// The path of the module that a file is, from the folder of the sources.
fn module_of(file: &Path) -> String {
    let mut path = "crate".to_owned();
    for part in &file.with_extension("") {
        let part = part.to_string_lossy();
        if part != "lib" {
            path.push_str("::");
            path.push_str(&part);
        }
    }
    path
}

/// The Rust files of a folder and of all in it, in order.
fn rust_files(folder: &Path) -> Result<Vec<PathBuf>, MutantsError> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).map_err(MutantsError::file(folder))?;
    for entry in entries {
        let path = entry.map_err(MutantsError::file(folder))?.path();
        if path.is_dir() {
            found.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
