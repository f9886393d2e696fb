//! The function as API Gateway calls it, on an embedded queue; and its script in a small engine, talking to it.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod browser;
mod desk;
mod leaving;
mod lost_answers;
mod protocol;
mod refusing;
mod script;
mod tabs;
