//! What a scenario found out: rows for people and for the table of proofs, and the claims that do not hold.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LoadError;

/// A measured row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What came out.
    pub result: String,
    /// How to measure it again.
    pub command: String,
}

/// A scenario's rows, and what does not hold.
#[derive(Debug, Clone, Default)]
pub struct Report {
    command: String,
    rows: Vec<Row>,
    broken: Vec<String>,
}

impl Report {
    /// Nothing yet, of what this command measures.
    #[must_use]
    pub fn of(command: String) -> Self {
        Self {
            command,
            ..Self::default()
        }
    }

    /// Adds a row, told apart from those of other scenarios by the name of its own.
    pub fn row(&mut self, what: impl Into<String>, result: impl ToString) {
        let what = what.into();
        self.rows.push(Row {
            what: match scenario(&self.command) {
                Some(scenario) => format!("{scenario}: {what}"),
                None => what,
            },
            result: result.to_string(),
            command: self.command.clone(),
        });
    }

    /// Notes a claim, which is broken when it does not hold.
    pub fn claim(&mut self, holds: bool, claim: impl Into<String>) {
        if !holds {
            self.broken.push(claim.into());
        }
    }

    /// The claims that do not hold.
    #[must_use]
    pub fn broken(&self) -> &[String] {
        &self.broken
    }

    /// The rows as a table for people.
    #[must_use]
    pub fn table(&self) -> String {
        let wide = self.rows.iter().map(|row| row.what.chars().count()).max();
        let wide = wide.unwrap_or_default();
        let lines = self
            .rows
            .iter()
            .map(|row| format!("{:<wide$}  {}\n", row.what, row.result));
        lines.collect()
    }

    /// Writes the rows into a file, in the place of those that the same scenario wrote before; others stay.
    ///
    /// # Errors
    /// When it cannot be read or written.
    pub fn write(&self, path: &Path) -> Result<(), LoadError> {
        let failed = |error| LoadError::File("the file of rows", error);
        let mut rows: Vec<Row> = match std::fs::read(path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.into()))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let of = |command: &str| scenario(command).map(str::to_owned);
        let own = of(&self.command);
        rows.retain(|row| of(&row.command) != own);
        rows.extend(self.rows.iter().cloned());
        rows.sort_by_key(|row| of(&row.command));
        let text = serde_json::to_string_pretty(&rows).map_err(|error| failed(error.into()))?;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(failed)?;
        }
        std::fs::write(path, text + "\n").map_err(failed)
    }
}

/// The scenario of a command: the first word after this program's name.
fn scenario(command: &str) -> Option<&str> {
    command.split_once("/load ")?.1.split_whitespace().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(command: &str, result: &str) -> Report {
        let mut report = Report::of(command.to_owned());
        report.row("rate", result);
        report
    }

    #[test]
    fn rows_replace_those_of_the_same_scenario_and_leave_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proof/load.json");
        report("build && target/load soak --seconds 9", "old")
            .write(&path)
            .unwrap();
        report("build && target/load overload", "other")
            .write(&path)
            .unwrap();
        report("build && target/load soak", "new")
            .write(&path)
            .unwrap();
        let rows: Vec<Row> = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let results: Vec<_> = rows.iter().map(|row| row.result.as_str()).collect();
        assert_eq!(results, ["other", "new"]);
    }

    #[test]
    fn only_a_claim_that_does_not_hold_is_broken() {
        let mut report = report("build && target/load soak", "1");
        report.claim(true, "it holds");
        assert!(report.broken().is_empty());
        report.claim(false, "it does not");
        assert_eq!(report.broken(), ["it does not"]);
    }
}
