//! Logs of the local stack: on the error output, warnings and worse unless `LOG_LEVEL` says more, and redacted as
//! everywhere.

use lambda_kit::telemetry::{LEVEL_VARIABLE, Redacting};
use tracing_subscriber::filter::LevelFilter;

/// Begins to log.
pub fn init() {
    let level = std::env::var(LEVEL_VARIABLE)
        .ok()
        .and_then(|level| level.parse().ok());
    tracing_subscriber::fmt()
        .compact()
        .with_max_level(level.unwrap_or(LevelFilter::WARN))
        .with_writer(Redacting::new(std::io::stderr))
        .init();
}
