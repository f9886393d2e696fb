//! The local stack: everything that `template.yaml` describes, on one machine, with no account and no network.
//!
//! The table and the queues speak the protocols of DynamoDB and SQS on ports of their own; the functions run in this
//! process, called with the same event JSON that AWS sends them.

pub mod card;
pub mod cli;
pub mod clock;
pub mod demo;
pub mod dynamodb;
mod files;
mod functions;
mod gateway;
mod guard;
pub mod issuer;
pub mod log;
mod plainly;
mod poller;
mod queues;
mod secret;
pub mod sqs;
pub mod stack;
mod table;
pub mod webhooks;

pub use files::Storage;
