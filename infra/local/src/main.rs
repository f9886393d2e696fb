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
            anstream::eprintln!("{}", cli::with_causes(&error));
            ExitCode::from(error.exit_code())
        }
    }
}
