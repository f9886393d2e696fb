#![doc = include_str!("../README.md")]

mod acts;
mod aging;
mod check;
mod deployed;
mod desk;
mod door;
pub mod faithful;
mod fault;
mod history;
mod ledger;
mod looks;
mod own_clock;
mod queue;
mod report;
pub mod story;
pub mod table;
mod trace;
mod wire;
mod worker;
mod world;

pub use check::judged::{Counts, Judged};
pub use fault::Fault;
pub use history::{Options, Outcome, play};
pub use report::Report;
