#![doc = include_str!("../README.md")]

mod build;
mod error;
mod explained;
mod list;
mod run;
mod subject;
mod trial;
mod weave;

pub use error::MutantsError;
pub use explained::Explained;
pub use list::{Genre, Mutant, Place, Span, list};
pub use run::{Options, Report, examine};
pub use subject::Subject;
pub use weave::{Inexpressible, Woven, weave};
