//! Typed configuration from the environment, whose one error names everything that is wrong.
//!
//! ```
//! use lambda_kit::config::{ConfigError, Env};
//!
//! struct Config {
//!     table: String,
//!     retention_days: u32,
//! }
//!
//! fn read(mut env: Env) -> Result<Config, ConfigError> {
//!     let table = env.required("TABLE_NAME");
//!     let retention_days = env.parsed_or("RETENTION_DAYS", 0);
//!     env.finish(|| {
//!         Some(Config {
//!             table: table?,
//!             retention_days: retention_days?,
//!         })
//!     })
//! }
//!
//! let config = read(Env::from_map([("TABLE_NAME", "timeline")])).unwrap();
//! assert_eq!((config.table.as_str(), config.retention_days), ("timeline", 0));
//!
//! let error = read(Env::from_map([("RETENTION_DAYS", "for ever")])).err().unwrap();
//! assert_eq!(
//!     error.to_string(),
//!     "the environment is incomplete: TABLE_NAME is missing; RETENTION_DAYS is not a valid u32"
//! );
//! ```

use std::any::type_name;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;

use crate::telemetry::Sensitive;

/// The variable in which Lambda says under which name it runs the function.
const FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";

/// Reads variables and remembers what was wrong with them. A variable that is empty or blank counts
/// as missing, since a template's optional parameter arrives as an empty string.
pub struct Env {
    variables: BTreeMap<String, OsString>,
    problems: Vec<Problem>,
}

impl Env {
    /// The variables of this process.
    pub fn from_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self {
            variables,
            problems: Vec::new(),
        }
    }

    /// The given variables, for tests and for functions that run inside another process.
    pub fn from_map<N: Into<String>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        Self {
            variables: variables
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
            problems: Vec::new(),
        }
    }

    /// A variable that has to be there. `None` is a problem that [`Env::finish`] tells.
    pub fn required(&mut self, name: &'static str) -> Option<String> {
        self.required_text(name).map(str::to_owned)
    }

    /// A secret that has to be there. `None` is a problem that [`Env::finish`] tells.
    pub fn required_secret(&mut self, name: &'static str) -> Option<Sensitive<String>> {
        self.required(name).map(Sensitive::new)
    }

    /// A variable that has to be there and to parse. `None` is a problem that [`Env::finish`] tells.
    pub fn parsed<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        let parsed = self.required_text(name)?.parse();
        self.accept(name, parsed)
    }

    /// A variable that has to parse when it is there. `None` is a problem that [`Env::finish`]
    /// tells: a value that is there but wrong is never replaced by the default.
    pub fn parsed_or<T: FromStr>(&mut self, name: &'static str, default: T) -> Option<T> {
        let Some(text) = self.text(name)? else {
            return Some(default);
        };
        let parsed = text.parse();
        self.accept(name, parsed)
    }

    /// A variable that may be missing. Only the outer `None` is a problem.
    pub fn optional(&mut self, name: &'static str) -> Option<Option<String>> {
        Some(self.text(name)?.map(str::to_owned))
    }

    /// A variable that may be missing but has to parse when it is there. Only the outer `None` is a
    /// problem.
    pub fn optional_parsed<T: FromStr>(&mut self, name: &'static str) -> Option<Option<T>> {
        let Some(text) = self.text(name)? else {
            return Some(None);
        };
        let parsed = text.parse();
        self.accept(name, parsed).map(Some)
    }

    /// The plain value of a variable, for code that reads several and reports what is wrong with them by itself; see
    /// [`Env::refuse`].
    pub fn lookup(&self, name: &str) -> Option<String> {
        self.variables.get(name)?.to_str().map(str::to_owned)
    }

    /// The name under which Lambda runs the function, or else its own: two stacks of one account have it under two names,
    /// and their figures stay apart.
    pub fn function_name(&self, own: &str) -> String {
        let deployed = self.lookup(FUNCTION_NAME);
        deployed
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| own.to_owned())
    }

    /// Notes a problem that only shows when variables are looked at together. `what` completes the
    /// sentence that the name begins and must not quote a value.
    pub fn refuse(&mut self, name: &'static str, what: impl Into<String>) {
        let what = what.into();
        self.problems.push(Problem { name, what });
    }

    /// What other code made of several variables, or its problems with them, noted with the rest.
    pub fn take<T>(&mut self, made: Result<T, Vec<(&'static str, &'static str)>>) -> Option<T> {
        match made {
            Ok(made) => Some(made),
            Err(problems) => {
                for (name, what) in problems {
                    self.refuse(name, what);
                }
                None
            }
        }
    }

    /// Builds the configuration if nothing was wrong. An `Err` is to end the process: it names
    /// every variable that is missing or malformed.
    ///
    /// `build` gives `None` only when a reading gave `None`, which is a problem of its own.
    pub fn finish<C>(self, build: impl FnOnce() -> Option<C>) -> Result<C, ConfigError> {
        let problems = self.problems;
        if problems.is_empty()
            && let Some(config) = build()
        {
            return Ok(config);
        }
        Err(ConfigError { problems })
    }

    fn required_text(&mut self, name: &'static str) -> Option<&str> {
        if self.text(name)?.is_none() {
            self.refuse(name, "is missing");
        }
        self.text(name)?
    }

    /// The outer `None` is a problem, the inner one a missing variable.
    fn text(&mut self, name: &'static str) -> Option<Option<&str>> {
        match self.variables.get(name).map(|value| value.to_str()) {
            None => Some(None),
            Some(Some(text)) if text.trim().is_empty() => Some(None),
            Some(Some(text)) => Some(Some(text)),
            Some(None) => {
                let what = "is not UTF-8".to_owned();
                self.problems.push(Problem { name, what });
                None
            }
        }
    }

    /// The parser's own error is dropped, because parsers quote what they could not parse.
    fn accept<T, E>(&mut self, name: &'static str, parsed: Result<T, E>) -> Option<T> {
        if parsed.is_err() {
            let full = type_name::<T>();
            let short = full.rsplit("::").next().unwrap_or(full);
            self.refuse(name, format!("is not a valid {short}"));
        }
        parsed.ok()
    }
}

/// Everything that is wrong with the environment. It names variables and never shows their values.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    problems: Vec<Problem>,
}

impl ConfigError {
    /// The names of the variables that are missing or malformed, in the order of reading.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.problems.iter().map(|problem| problem.name)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the environment is incomplete")?;
        for (index, problem) in self.problems.iter().enumerate() {
            let before = if index == 0 { ": " } else { "; " };
            write!(f, "{before}{} {}", problem.name, problem.what)?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Problem {
    name: &'static str,
    what: String,
}

#[cfg(test)]
mod tests;
