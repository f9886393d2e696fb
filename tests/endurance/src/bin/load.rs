//! Load on the local stack: finds the rate that it takes, soaks it, overloads it, and tries customers and numbers with
//! very much history.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use endurance::load::report::Report;
use endurance::load::{LoadError, big_customer, hot_number, sustained};
use endurance::stack::BUILD;

/// Plays one scenario on a local stack of its own.
#[derive(Debug, Parser)]
struct Options {
    /// What to play.
    scenario: Scenario,
    /// For how long; each scenario has its own time when this is not given.
    #[arg(long, value_parser = clap::value_parser!(u64).range(5..=86_400))]
    seconds: Option<u64>,
    /// The rate that the stack takes, in events a second; searched for when this is not given.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=20_000))]
    rate: Option<u64>,
    /// How many interactions the big customer has.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=1_000_000))]
    interactions: u32,
    /// What times and ids are made of.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The file that the measured rows are written into.
    #[arg(long)]
    write: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// Finds the rate that the stack keeps up with.
    Sustained,
    /// Runs for long at 70 % of that rate.
    Soak,
    /// Runs at twice that rate.
    Overload,
    /// Pops of a customer with a hundred thousand interactions.
    BigCustomer,
    /// A number with a thousand calls a minute.
    HotNumber,
}

impl Scenario {
    fn name(self) -> &'static str {
        match self {
            Self::Sustained => "sustained",
            Self::Soak => "soak",
            Self::Overload => "overload",
            Self::BigCustomer => "big-customer",
            Self::HotNumber => "hot-number",
        }
    }

    fn usual_seconds(self) -> u64 {
        match self {
            Self::Sustained | Self::Overload | Self::HotNumber | Self::BigCustomer => 60,
            Self::Soak => 600,
        }
    }
}

impl Options {
    /// What plays it again in the same way: with all that was chosen or that has its effect.
    fn command(&self, seconds: u64) -> String {
        let name = self.scenario.name();
        let mut command = format!("{BUILD} && target/trial/load {name}");
        if self.scenario == Scenario::BigCustomer {
            command.push_str(&format!(" --interactions {}", self.interactions));
            return command;
        }
        command.push_str(&format!(" --seconds {seconds} --seed {}", self.seed));
        if let Some(rate) = self.rate {
            command.push_str(&format!(" --rate {rate}"));
        }
        command
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let options = Options::parse();
    match play(&options).await {
        Ok(report) => over(&options, &report),
        Err(error) => {
            println!("{}", with_causes(&error));
            ExitCode::FAILURE
        }
    }
}

async fn play(options: &Options) -> Result<Report, LoadError> {
    let Options { seed, rate, .. } = *options;
    let seconds = options
        .seconds
        .unwrap_or_else(|| options.scenario.usual_seconds());
    let within = Duration::from_secs(seconds);
    let mut report = Report::of(options.command(seconds));
    match options.scenario {
        Scenario::Sustained => sustained::sustained(seed, within, rate, &mut report).await?,
        Scenario::Soak => sustained::soak(seed, within, rate, &mut report).await?,
        Scenario::Overload => sustained::overload(seed, within, rate, &mut report).await?,
        Scenario::BigCustomer => {
            big_customer::big_customer(options.interactions, &mut report).await?;
        }
        Scenario::HotNumber => hot_number::hot_number(seed, within, &mut report).await?,
    }
    Ok(report)
}

fn over(options: &Options, report: &Report) -> ExitCode {
    print!("{}", report.table());
    for claim in report.broken() {
        println!("does not hold: {claim}");
    }
    // What fails proves nothing.
    if let Some(path) = &options.write
        && report.broken().is_empty()
        && let Err(error) = report.write(path)
    {
        println!("{}", with_causes(&error));
        return ExitCode::FAILURE;
    }
    if report.broken().is_empty() {
        println!("all claims hold");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn with_causes(error: &LoadError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}
