//! Compares the simulated table with the embedded store and DynamoDB Local:
//! `faithful --sequences 10000 [--seed 1] [--embedded] [--endpoint URL] [--write FILE]`.

use std::io::Write;
use std::process::ExitCode;

use simulation::faithful::{Comparison, Endpoint, told};

/// What is asked for.
struct Asked {
    sequences: u64,
    seed: u64,
    embedded: bool,
    endpoint: Option<String>,
    write: Option<String>,
}

const USAGE: &str = "usage: faithful --sequences N [--seed N] [--embedded] [--endpoint URL of DynamoDB Local] [--write FILE]";

fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            let mut source: Option<&dyn std::error::Error> = Some(&*error);
            while let Some(error) = source {
                say(&error.to_string());
                source = error.source();
            }
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let asked = asked(std::env::args().skip(1))?;
    let mut others = Vec::new();
    if asked.embedded {
        others.push(Endpoint::embedded()?);
    }
    if let Some(url) = &asked.endpoint {
        others.push(Endpoint::dynamodb_local(url));
    }
    if others.is_empty() {
        return Err(USAGE.into());
    }
    let mut comparison = Comparison::new(others)?;
    let (report, unknown) = comparison.run(asked.seed, asked.sequences)?;
    say(&report.to_string());
    for unknown in &unknown {
        say(&told(unknown));
    }
    if !unknown.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if !report.is_worth_something() {
        return Err("too few sequences: not every outcome that matters was met".into());
    }
    if let Some(file) = asked.write {
        let command = format!(
            "cargo run --profile trial -p simulation --bin faithful -- --sequences {} --seed {}{}{}",
            asked.sequences,
            asked.seed,
            if asked.embedded { " --embedded" } else { "" },
            if asked.endpoint.is_some() {
                " --endpoint $(tests/tools/dynamodb-local start DIR)"
            } else {
                ""
            },
        );
        std::fs::write(file, format!("{:#}\n", report.rows(&command)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn asked(mut words: impl Iterator<Item = String>) -> Result<Asked, Box<dyn std::error::Error>> {
    let mut asked = Asked {
        sequences: 0,
        seed: 1,
        embedded: false,
        endpoint: None,
        write: None,
    };
    while let Some(word) = words.next() {
        let mut next = || words.next().ok_or(USAGE);
        match word.as_str() {
            "--sequences" => asked.sequences = next()?.parse()?,
            "--seed" => asked.seed = next()?.parse()?,
            "--embedded" => asked.embedded = true,
            "--endpoint" => asked.endpoint = Some(next()?),
            "--write" => asked.write = Some(next()?),
            _ => return Err(USAGE.into()),
        }
    }
    if asked.sequences == 0 {
        return Err(USAGE.into());
    }
    Ok(asked)
}

fn say(words: &str) {
    // Nobody is left to tell where nobody reads.
    let _ = writeln!(std::io::stdout(), "{words}");
}
