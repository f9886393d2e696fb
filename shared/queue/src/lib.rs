#![doc = include_str!("../README.md")]

pub mod attribute;
mod client;
mod message;
mod sender;

pub use client::{client, client_that_waits};
pub use message::{MAX_MESSAGE_BYTES, Message};
pub use sender::{MAX_BATCH_BYTES, MAX_ENTRIES, SendError, Sender};

/// Whether SQS carries a character.
#[must_use]
pub fn is_carried(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
