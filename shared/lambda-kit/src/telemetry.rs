//! JSON logs to standard output, and what keeps personal data out of them.
//!
//! The first rule is not to log personal data at all; [`Sensitive`] holds it in types, and
//! libraries that log whole requests are held at [`LIBRARY_LEVEL`]. The redacting writer behind
//! that is the second line: it scrubs what looks like a phone number or an email address from each
//! line before it is written.

use std::io;
use std::panic::PanicHookInfo;

use tracing::Subscriber;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;

mod redact;
mod sensitive;
mod writer;

pub use redact::redact;
pub use sensitive::Sensitive;
pub use writer::Redacting;

/// The environment variable that sets the level: `error`, `warn`, `info`, `debug`, `trace`, `off`.
pub const LEVEL_VARIABLE: &str = "LOG_LEVEL";

/// The most verbose level of libraries that log payloads when they are asked to debug.
pub const LIBRARY_LEVEL: LevelFilter = LevelFilter::INFO;

/// Targets beginning so are held at [`LIBRARY_LEVEL`].
const LIBRARIES: [&str; 7] = [
    "aws_",
    "h2",
    "hyper",
    "lambda_runtime",
    "rustls",
    "tokio",
    "tower",
];

/// The most errors of a chain that [`causes`] tells.
const MAX_CAUSES: usize = 8;

/// Sends this process's events to standard output, at the level of [`LEVEL_VARIABLE`] (by default
/// `info`), and its panics with them. A second call changes nothing.
pub fn init() {
    let level = level(std::env::var(LEVEL_VARIABLE).ok().as_deref());
    let subscriber = subscriber(io::stdout, level);
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(log_panic));
    }
}

/// The subscriber that [`init`] installs, on any writer: one JSON object per line with `timestamp`
/// (UTC), `level`, `target`, the event's own fields beside them, and `spans` from the outside in.
pub fn subscriber<W>(writer: W, level: LevelFilter) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        // The list of spans ends with the current one: telling that apart would tell it twice.
        .with_current_span(false)
        .with_span_list(true)
        .with_writer(Redacting::new(writer));
    tracing_subscriber::registry()
        .with(levels(level))
        .with(lines)
}

/// Which events are written at a level: ours at this one, those of libraries that log payloads at [`LIBRARY_LEVEL`] at
/// most.
pub fn levels(level: LevelFilter) -> Targets {
    let libraries = LIBRARIES.map(|target| (target, level.min(LIBRARY_LEVEL)));
    Targets::new().with_default(level).with_targets(libraries)
}

/// An error and what caused it, in one line: `Display` leaves the causes out.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let chain = std::iter::successors(error.source(), |cause| cause.source());
    for cause in chain.take(MAX_CAUSES) {
        text.push_str(": ");
        text.push_str(&cause.to_string());
    }
    text
}

/// A level that is not known is the default, so that a typing error never silences a function. An
/// empty one is as good as missing; the parser would take it for `error`.
fn level(name: Option<&str>) -> LevelFilter {
    name.map(str::trim)
        .filter(|name| !name.is_empty())
        .and_then(|name| name.parse().ok())
        .unwrap_or(LevelFilter::INFO)
}

/// Logs where a panic happened and never what it said, which may quote a record.
fn log_panic(panic: &PanicHookInfo<'_>) {
    let (file, line) = panic
        .location()
        .map_or(("unknown", 0), |place| (place.file(), place.line()));
    tracing::error!(panic.file = file, panic.line = line, "panicked");
}

#[cfg(test)]
mod tests;
