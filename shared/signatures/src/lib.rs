#![doc = include_str!("../README.md")]

mod constant;
mod delivery;
mod der;
mod form;
mod json;
mod jwt;
mod keys;
mod multipart;
mod place;
mod scheme;
mod shown;
mod sign;
mod signed;
mod stamp;
mod twilio;
mod url;
mod url_and_form;
mod verify;

pub use delivery::{Delivery, Secret};
pub use scheme::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Shown, Signed, Stamp, TimeForm,
};
pub use sign::{Proof, SignError, Unsigned, sign};
pub use stamp::MAX_CLOCK_SKEW_S;
pub use verify::{MAX_SCHEMES, MAX_SECRETS, Refusal, verify};

pub use form::MAX_FORM_FIELDS;
pub use json::MAX_ITEMS;
pub use place::{MAX_HEADER_BYTES, MAX_SIGNATURES};
