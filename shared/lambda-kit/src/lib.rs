#![doc = include_str!("../README.md")]

pub mod batch;
pub mod config;
pub mod deadline;
pub mod fate;
pub mod http;
pub mod metrics;
pub mod telemetry;

#[cfg(test)]
mod captured;
