//! The function as providers and operators meet it: on the local stack's own queues, with a Secrets Manager that can
//! fail, and time that the test moves.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod answering;
mod configuring;
mod desk;
mod documented;
mod hostile;
mod providers;
mod proving;
mod queueing;
mod quiet;
mod real;
mod services;
