//! The list of mutants, as `cargo mutants --list --json` tells it.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::MutantsError;

/// One wrong variant of the code.
#[derive(Debug, Clone, Deserialize)]
pub struct Mutant {
    /// The file that it is of, from the root of the workspace.
    pub file: PathBuf,
    /// What it is, with file, line and column.
    pub name: String,
    /// Of what kind it is.
    pub genre: Genre,
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// The kinds of mutants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Genre {
    /// What a function gives, or that it does anything.
    FnValue,
    /// An operator between two operands.
    BinaryOperator,
    /// An operator before one.
    UnaryOperator,
    /// An arm of a `match` that is taken out.
    MatchArm,
    /// The condition of an arm.
    MatchArmGuard,
    /// A field of a structure whose others come from another one.
    StructField,
}

/// From where to where something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Span {
    /// Its first character.
    pub start: Place,
    /// What follows its last one.
    pub end: Place,
}

/// A place in a file. Both count from one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in it.
    pub column: usize,
}

impl Mutant {
    /// What it is, with its file and without its place, which changes with every line above it.
    #[must_use]
    pub fn title(&self) -> String {
        let file = self.file.display().to_string();
        let rest = self.name.strip_prefix(&file).unwrap_or(&self.name);
        let what = rest.splitn(4, ':').last().unwrap_or(rest);
        format!("{file}:{what}")
    }
}

/// Reads the list from a file.
///
/// # Errors
/// When the file is not there, or no such list.
pub fn list(path: &Path) -> Result<Vec<Mutant>, MutantsError> {
    let text = std::fs::read_to_string(path).map_err(MutantsError::file(path))?;
    serde_json::from_str(&text).map_err(|source| MutantsError::List {
        path: path.to_owned(),
        source,
    })
}
