//! Load on a real stack: what arrives when is fixed beforehand, and everything that was accepted is looked for in the
//! table afterwards.

pub mod arrivals;
pub mod big_customer;
pub mod found;
pub mod hot_number;
pub mod latency;
pub mod pops;
pub mod report;
pub mod rig;
pub mod sample;
pub mod steady;
pub mod sustained;
pub mod traffic;

use crate::http::NoAnswer;
use crate::senders::NotTaken;
use crate::stack::StackError;

/// Why a scenario cannot be played to its end. What it finds out is no error but a claim that does not hold.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// There is no stack.
    #[error("the stack does not run")]
    Stack(#[from] StackError),
    /// A request has no answer.
    #[error("a request is not answered")]
    NoAnswer(#[from] NoAnswer),
    /// A queue does not answer.
    #[error("a queue does not answer")]
    Queue(#[from] NotTaken),
    /// A file cannot be read or written.
    #[error("{0} cannot be read or written")]
    File(&'static str, #[source] std::io::Error),
    /// The table does not answer, or not as it should.
    #[error("the table: {0}")]
    Table(&'static str),
    /// A pop is not answered as it should be.
    #[error("a pop was answered with {0}")]
    Pop(u16),
    /// The queues do not get empty.
    #[error("{left} messages are still in the queues after {after_s} s without new ones")]
    NotDrained {
        /// How many.
        left: u64,
        /// After how long.
        after_s: u64,
    },
}
