//! Kills the real stack under load and checks that nothing is lost and nothing doubled: see the crate's README.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use endurance::crash::{Asked, CrashError, Report, Row, run};

/// Kills the local stack with signal 9 at random moments while senders send, and compares what is there at the end with
/// what was accepted. Says 1 when anything is off.
#[derive(Debug, Parser)]
struct Options {
    /// Events that are sent.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Kills: a fifth of them while it starts, a fifth while it drains.
    #[arg(long, default_value_t = 25)]
    kills: u32,
    /// Chooses the ids and the moments; the machine's own timing is not in it.
    #[arg(long)]
    seed: Option<u64>,
    /// A fresh LocalStack: its queues and table through a proxy that spoils requests.
    #[arg(long, value_name = "URL")]
    localstack: Option<String>,
    /// Where the stack keeps its data; gone at the end when not given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Puts the measured rows into this file, beside those of the other setting.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
    /// Takes one event out of the table before the check, which must then fail: shows that it can.
    #[arg(long)]
    tamper: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let ended = tokio::select! {
        ended = crash(&options) => ended,
        // The stack dies with what holds it.
        _ = tokio::signal::ctrl_c() => Err(failed("interrupted")),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("failed: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

type Failed = Box<dyn std::error::Error>;

fn failed(text: &str) -> Failed {
    text.into()
}

async fn crash(options: &Options) -> Result<bool, Failed> {
    let temporary = tempfile::tempdir()?;
    let folder = options.folder.clone();
    let folder = folder.unwrap_or_else(|| temporary.path().to_owned());
    let asked = Asked {
        events: options.events,
        kills: options.kills,
        seed: options.seed.unwrap_or_else(|| fastrand::u64(..1 << 32)),
        folder,
        localstack: options.localstack.as_deref().map(address).transpose()?,
        tamper: options.tamper,
    };
    say(&format!("seed          {}", asked.seed));
    let report: Result<Report, CrashError> = run(&asked).await;
    let report = match report {
        Ok(report) => report,
        Err(error) => {
            // What the stack said of it may be the only trace.
            let kept = temporary.keep();
            say(&format!("its data and log are kept in {}", kept.display()));
            return Err(error.into());
        }
    };
    say(&report.to_string());
    if report.is_sound() {
        say("nothing lost, nothing doubled");
    }
    if let Some(path) = &options.write
        && report.is_sound()
    {
        write_rows(path, report.rows())?;
    }
    Ok(report.is_sound())
}

fn address(url: &str) -> Result<SocketAddr, Failed> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let address = address.replace("localhost", "127.0.0.1");
    Ok(address.parse()?)
}

/// Puts rows into a file, in place of those of the same name.
fn write_rows(path: &Path, rows: Vec<Row>) -> Result<(), Failed> {
    let mut all: Vec<Row> = match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error.into()),
    };
    all.retain(|row| !rows.iter().any(|new| new.what == row.what));
    all.extend(rows);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, serde_json::to_string_pretty(&all)? + "\n")?;
    Ok(())
}

fn say(text: &str) {
    // Nobody is left to be told when the output is closed.
    let _ = writeln!(std::io::stdout(), "{}", text.trim_end());
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}
