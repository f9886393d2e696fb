//! Telephony.

pub(crate) mod asterisk_ami;
pub(crate) mod asterisk_ari;
pub(crate) mod connect;
pub(crate) mod connect_flow;
mod contact;
pub(crate) mod cti;
pub(crate) mod freeswitch;
pub(crate) mod genesys;
mod party;
pub(crate) mod plivo;
pub(crate) mod record;
pub(crate) mod sipgate;
pub(crate) mod threecx;
mod twilio;
pub(crate) mod twilio_events;
pub(crate) mod twilio_voice;
pub(crate) mod vonage;
