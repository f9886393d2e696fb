#![doc = include_str!("../README.md")]

mod input;
mod proofs;
mod readings;

pub use proofs::{Proofs, prove};
pub use readings::{open, read};
