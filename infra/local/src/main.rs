//! Wires the command line: logs, runtime, and one sentence per cause when something is in the way.

use std::process::ExitCode;

use clap::Parser;
use cornerstore::cli::{self, Cli};

#[tokio::main]
async fn main() -> ExitCode {
    cornerstore::log::init();
    match cli::run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut causes = error.to_string();
            let mut cause = std::error::Error::source(&error);
            while let Some(source) = cause {
                causes.push_str(&format!(": {source}"));
                cause = source.source();
            }
            anstream::eprintln!("{causes}");
            ExitCode::FAILURE
        }
    }
}
