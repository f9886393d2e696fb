//! The parts of the local stack: queues, table and agent tokens on one machine, with no account
//! and no network.

pub mod clock;
pub mod dynamodb;
mod files;
pub mod issuer;
pub mod sqs;

pub use files::Storage;
