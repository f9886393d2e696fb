//! The command line: `up`, `demo`, `send`, `pop`, `sources`, `invoke`, `api`; for operators `dlq`, `quarantine`, `rebuild`.

mod api;
mod aside;
mod error;
mod invoke;
mod pop;
mod reach;
mod rebuild;
mod send;
mod sources;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::{Args, Parser, Subcommand};
use timeline::Timestamp;

use crate::{demo, stack};

use api::Api;
pub(crate) use api::request;
use aside::{DeadLetters, Quarantined};
pub use error::CliError;
use invoke::Invoke;
use pop::Pop;
pub(crate) use pop::{about, ask_pop};
use rebuild::Rebuild;
use send::Send;
pub(crate) use send::send_body;
use sources::Sources;

/// Where the local stack is expected.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8787";
/// Longest time that a request of the command line may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest file that `send` reads: what SQS takes.
const MAX_FILE: u64 = 1024 * 1024;

/// The customer timeline on this machine: starts the local stack, sends events to it, shows pops.
#[derive(Debug, Parser)]
#[command(
    name = "cornerstore",
    version,
    about,
    // An option before a command would be taken and mean nothing.
    args_conflicts_with_subcommands = true
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the local stack (what happens without a command, too).
    Up(Up),
    /// Play a customer's day and show the pop that the last agent sees.
    Demo(Demo),
    /// Send files: to a webhook, signed as its provider would, or to a queue, each as one message.
    Send(Send),
    /// Show the pop of a caller.
    Pop(Pop),
    /// List the systems whose events are understood, or say how to connect one.
    Sources(Sources),
    /// Send one request to the HTTP API with an agent's token: links, wrap-ups, notes, profiles.
    Api(Api),
    /// Call a function of the local stack with an event, as Lambda would.
    Invoke(Invoke),
    /// Look at what failed as often as its queue allows, and send it back.
    Dlq(DeadLetters),
    /// Look at what was read and refused, and have it read again.
    Quarantine(Quarantined),
    /// Compare interactions with their events, and write them anew where they differ.
    Rebuild(Rebuild),
}

#[derive(Debug, Clone, Args)]
struct Up {
    /// Port of the HTTP API; the queues and tables take the next two.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Port of the queues.
    #[arg(long)]
    sqs_port: Option<u16>,
    /// Port of the tables.
    #[arg(long)]
    dynamodb_port: Option<u16>,
    /// Keep nothing after the end.
    #[arg(long)]
    memory: bool,
    /// The folder that keeps queues, tables and keys.
    #[arg(long, default_value = ".cornerstore")]
    folder: PathBuf,
    /// Use SQS and DynamoDB of another emulator (such as LocalStack) in place of the embedded ones.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The template; found from here upwards when not given.
    #[arg(long)]
    template: Option<PathBuf>,
    /// Country whose numbering plan national phone numbers follow, such as US or DE.
    #[arg(long, value_name = "COUNTRY", value_parser = country)]
    region: Option<String>,
    /// Origins of websites that may include the widget, separated by commas; the stack's own page when not given.
    #[arg(long, value_name = "ORIGINS")]
    widget_origins: Option<String>,
}

#[derive(Debug, Args)]
struct Demo {
    /// Play on a stack that runs there, in place of one of its own in memory.
    #[arg(long)]
    url: Option<String>,
}

/// Does what the command line says.
///
/// # Errors
/// What went wrong, in a sentence that says what to do.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => up(cli.up).await,
        Some(Command::Up(options)) => up(options).await,
        Some(Command::Demo(options)) => demo::play(options.url.as_deref()).await,
        Some(Command::Send(options)) => send::send(options).await,
        Some(Command::Pop(options)) => pop::pop(&options),
        Some(Command::Sources(options)) => sources::show(&options),
        Some(Command::Api(options)) => api::api(&options),
        Some(Command::Invoke(options)) => invoke::invoke(&options),
        Some(Command::Dlq(options)) => aside::dead_letters(options).await,
        Some(Command::Quarantine(options)) => aside::quarantined(options).await,
        Some(Command::Rebuild(options)) => rebuild::rebuild(options).await,
    }
}

async fn up(up: Up) -> Result<(), CliError> {
    let next = |given: Option<u16>, after: u16| match (given, up.port) {
        (Some(port), _) => port,
        (None, 0) => 0,
        (None, port) => port.saturating_add(after),
    };
    let mut options = stack::Options {
        port: up.port,
        sqs_port: next(up.sqs_port, 1),
        dynamodb_port: next(up.dynamodb_port, 2),
        folder: (!up.memory).then_some(up.folder),
        endpoint: up.endpoint,
        template: up.template,
        ..stack::Options::in_memory()
    };
    options
        .parameters
        .extend(up.region.map(|region| ("DefaultRegion".to_owned(), region)));
    let origins = up
        .widget_origins
        .map(|origins| ("WidgetOrigins".to_owned(), origins));
    options.parameters.extend(origins);
    let running = stack::start(&options).await?;
    for (name, url) in &running.queues {
        anstream::println!("{name:<18} {url}");
    }
    anstream::println!("{:<18} {} at {}", "table", running.table, running.dynamodb);
    anstream::println!("{:<18} {}/local", "addresses, token", running.http);
    anstream::println!("ready {}", running.http);
    // Without a signal handler there is nothing to wait for but the end of the process.
    let _ = stop_signal().await;
    Ok(())
}

/// An error in one sentence with its causes.
#[must_use]
pub fn with_causes(error: &CliError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

/// A country's code, if there is such a country.
fn country(code: &str) -> Result<String, timeline::PhoneError> {
    code.parse::<timeline::Region>()
        .map(|_| code.to_ascii_uppercase())
}

async fn stop_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

/// The time on this machine.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)).unwrap_or(Timestamp::EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_before_a_command_is_refused_as_it_would_mean_nothing() {
        let parsed = |words: &[&str]| Cli::try_parse_from([&["cornerstore"], words].concat());
        assert!(parsed(&["--port", "9000"]).is_ok());
        assert!(parsed(&["up", "--port", "9000"]).is_ok());
        let error = parsed(&["--port", "9000", "up"]).unwrap_err();
        assert_eq!(error.kind(), clap::error::ErrorKind::ArgumentConflict);
    }
}
