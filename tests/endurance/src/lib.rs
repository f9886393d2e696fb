#![doc = include_str!("../README.md")]

pub mod crash;
pub mod http;
pub mod ledger;
pub mod load;
pub mod plan;
pub mod proxy;
pub mod senders;
pub mod stack;
pub mod verify;
