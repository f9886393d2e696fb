#![doc = include_str!("../README.md")]

mod about;
mod address;
mod calls;
mod chats;
pub mod cloudevents;
mod emails;
mod envelope;
mod evidence;
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
pub use json::without_lone_surrogates;
pub use reading::{Context, Reading, Rejection, Source};
pub use registry::{ALL, CALLS, CHATS, EMAILS, JOURNEYS, find, read};

/// Names this version of the parsers: another version may read the same record otherwise.
pub const READING: &str = env!("CORNERSTORE_READING");

/// What events are read as: this version of the parsers, and the configuration that bears on what they give, which is the
/// region of numbers without a country's code.
#[must_use]
pub fn reading_in(region: Option<&str>) -> String {
    let region = region.unwrap_or_default().trim().to_ascii_uppercase();
    format!("{READING}/{region}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_region_is_another_reading() {
        assert_eq!(reading_in(Some("us ")), reading_in(Some("US")));
        assert_ne!(reading_in(Some("US")), reading_in(Some("DE")));
        assert_ne!(reading_in(None), reading_in(Some("US")));
        assert!(reading_in(None).starts_with(READING));
        assert_eq!(READING.len(), 16);
    }
}
