#![doc = include_str!("../README.md")]

mod delivery;
mod scheme;

pub use delivery::{Delivery, Secret};
pub use scheme::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Shown, Signed, Stamp, TimeForm,
};
