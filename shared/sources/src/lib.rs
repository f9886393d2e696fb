#![doc = include_str!("../README.md")]

mod about;
mod address;
mod calls;
mod chats;
pub mod cloudevents;
mod emails;
mod envelope;
mod fields;
mod form;
mod journeys;
mod json;
mod multipart;
mod parts;
mod reading;
mod registry;

pub use about::{About, Answer, Batch, Handshake, Kind, Webhook};
pub use calls::connect_flow::connect_flow;
pub use envelope::{Envelope, MAX_ACCOUNT, Payload, Sns, is_account};
pub use fields::Fields;
pub use reading::{Context, Reading, Rejection, Source};
pub use registry::{ALL, CALLS, CHATS, EMAILS, JOURNEYS, find, read};

/// Names this version of the parsers: another version may read the same record otherwise.
pub const READING: &str = env!("CORNERSTORE_READING");
