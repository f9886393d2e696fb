//! Telephony.

pub(crate) mod connect;
mod contact;
pub(crate) mod cti;
pub(crate) mod record;
