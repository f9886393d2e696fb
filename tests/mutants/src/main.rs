//! Tries the mutants of a crate and says which no test notices.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use mutants::{MutantsError, Options, Report, Subject, examine};
use serde_json::json;

/// The list of those that no test can notice.
const EXPLAINED: &str = "docs/proof/mutants-left.json";

/// Tries the mutants of a crate and says which no test notices. Red when one is left without a reason.
#[derive(Parser)]
struct Arguments {
    /// The crates; all that can be tried, when none is named.
    crates: Vec<String>,
    /// The program `cargo-mutants`, which lists the mutants.
    #[arg(long)]
    tool: PathBuf,
    /// Only mutants in whose names this is.
    #[arg(long)]
    only: Option<String>,
    /// Only those that were left the last time. The others count as they did then, which more tests do not change.
    #[arg(long)]
    left: bool,
    /// Only the quickest tests, for a first look.
    #[arg(long)]
    quickly: bool,
    /// How many are tried at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// Write the figures into a file, as JSON.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[expect(clippy::print_stdout, reason = "it is what the program is for")]
fn tell(report: &Report) {
    println!("{}: {}", report.package, report.result());
    for name in &report.untried {
        println!("  not tried: {name}");
    }
    for left in &report.unexplained {
        println!("  left: {}\n        {}", left.mutant, left.at);
    }
}

fn causes(error: &MutantsError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn run(arguments: &Arguments) -> Result<ExitCode, MutantsError> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let root = root
        .canonicalize()
        .map_err(|source| MutantsError::File { path: root, source })?;
    let options = Options {
        explained: root.join(EXPLAINED),
        root,
        tool: arguments.tool.clone(),
        only: arguments.only.clone(),
        left: arguments.left,
        quickly: arguments.quickly,
        jobs: arguments.jobs.max(1),
    };
    let subjects: Vec<&'static Subject> = if arguments.crates.is_empty() {
        Subject::ALL.to_vec()
    } else {
        let named = arguments.crates.iter().map(|name| Subject::named(name));
        let Some(named) = named.collect::<Option<Vec<_>>>() else {
            eprintln!("there are mutants of these crates only: {}", names());
            return Ok(ExitCode::from(2));
        };
        named
    };
    let mut rows = Vec::new();
    let mut red = false;
    for subject in subjects {
        let report = examine(subject, &options)?;
        tell(&report);
        red |= !report.unexplained.is_empty() || !report.untried.is_empty();
        if report.whole {
            rows.push(json!({
                "what": format!("Mutants of `{}`", subject.folder),
                "result": report.result(),
                "command": format!("tests/tools/mutants {}", subject.package),
            }));
        }
    }
    if let Some(path) = &arguments.write {
        let text = format!("{:#}\n", json!(rows));
        std::fs::write(path, text).map_err(|source| MutantsError::File {
            path: path.clone(),
            source,
        })?;
    }
    Ok(if red {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn names() -> String {
    Subject::ALL.map(|subject| subject.package).join(", ")
}

fn main() -> ExitCode {
    run(&Arguments::parse()).unwrap_or_else(|error| {
        eprintln!("{}", causes(&error));
        ExitCode::from(2)
    })
}
