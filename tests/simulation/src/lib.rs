#![doc = include_str!("../README.md")]

pub mod faithful;
pub mod table;
