#![doc = include_str!("../README.md")]

use ingest::Ingest;
use lambda_kit::config::{ConfigError, Env};

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "ingest-journey";

/// The function as its environment describes it.
///
/// # Errors
/// One error that lists every variable that is missing or wrong.
pub fn function(env: Env) -> Result<Ingest, ConfigError> {
    Ingest::new(NAME, sources::JOURNEYS, env)
}
