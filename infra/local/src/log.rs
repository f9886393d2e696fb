//! Logs of the local stack: on the error output, warnings and worse unless `LOG_LEVEL` says more, and redacted as
//! everywhere.

use lambda_kit::telemetry::{LEVEL_VARIABLE, Redacting, levels};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to log.
pub fn init() {
    let level = std::env::var(LEVEL_VARIABLE)
        .ok()
        .and_then(|level| level.parse().ok());
    let level = level.unwrap_or(LevelFilter::WARN);
    // The embedded table logs each condition that fails as a warning, which is how duplicates are found here.
    let targets = levels(level).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer()
        .compact()
        .with_writer(Redacting::new(std::io::stderr));
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
}
