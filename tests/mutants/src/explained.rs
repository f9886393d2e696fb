//! The mutants that no test can notice, each with the reason why not.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::MutantsError;
use crate::list::{Genre, Mutant};

/// A mutant that no test can notice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Explained {
    /// Its file, and what is wrong in it.
    pub mutant: String,
    /// The line, and in it what is replaced.
    pub at: String,
    /// Why no test can notice it.
    pub why: String,
}

/// The line of a mutant as it is shown: what is replaced stands in marks, where it does not fill lines.
#[must_use]
pub(crate) fn line_of(mutant: &Mutant, text: &str) -> String {
    let (start, end) = (mutant.span.start, mutant.span.end);
    let line = text.lines().nth(start.line - 1).unwrap_or_default();
    let marked = match mutant.genre {
        Genre::FnValue | Genre::MatchArm | Genre::StructField => false,
        Genre::BinaryOperator | Genre::UnaryOperator | Genre::MatchArmGuard => {
            start.line == end.line
        }
    };
    if !marked {
        return line.trim().to_owned();
    }
    let part = |from: usize, to: usize| -> String {
        line.chars()
            .skip(from)
            .take(to.saturating_sub(from))
            .collect()
    };
    let (from, to) = (start.column - 1, end.column - 1);
    let whole = format!(
        "{}⟦{}⟧{}",
        part(0, from),
        part(from, to),
        part(to, usize::MAX)
    );
    whole.trim().to_owned()
}

/// Reads the explanations; none where there is no such file.
///
/// # Errors
/// When it is no list of them.
pub(crate) fn explained(path: &Path) -> Result<Vec<Explained>, MutantsError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(MutantsError::file(path)(source)),
    };
    serde_json::from_str(&text).map_err(|source| MutantsError::List {
        path: path.to_owned(),
        source,
    })
}
