//! What keeps the mutants from being tried.

use std::path::PathBuf;

/// What keeps the mutants from being tried. Its cause is a failure of the tool or of the code, and none of the tests.
#[derive(Debug, thiserror::Error)]
pub enum MutantsError {
    /// A file cannot be read or written.
    #[error("{path} cannot be used")]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program cannot be run.
    #[error("{program} cannot be run")]
    Program {
        /// Which one.
        program: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A program ended otherwise than it has to.
    #[error("{program} failed:\n{said}")]
    Failed {
        /// Which one.
        program: String,
        /// The end of what it said.
        said: String,
    },
    /// A list is not what it has to be.
    #[error("{path} is no list of the kind")]
    List {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A source file is no Rust.
    #[error("{path} is no Rust")]
    Source {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: syn::Error,
    },
    /// With the mutants in it the code does not compile, and no mutant is to blame.
    #[error("what has the mutants in it does not compile:\n{0}")]
    Compile(String),
    /// Without any mutant a test fails: nothing can be concluded from its failing with one.
    #[error("without a mutant `{step}` fails:\n{said}")]
    Control {
        /// Which tests.
        step: String,
        /// The end of what they said.
        said: String,
    },
}

impl MutantsError {
    /// A file that cannot be used.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}
