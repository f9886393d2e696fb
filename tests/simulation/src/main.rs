//! Plays histories and says what happened in them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use simulation::story::Size;
use simulation::{Options, Report, play};

/// Faults that a history meets on average at least.
const FAULTS_EACH: u64 = 30;
/// Every so many histories one is played twice, and has to leave the same trace.
const TWICE_EACH: u64 = 50;
/// Unoptimised, the nested futures of the functions are longer than a thread's stack usually is.
const STACK_BYTES: usize = 64 * 1024 * 1024;
/// How long one history may take before that is told.
const LONGEST: Duration = Duration::from_secs(120);

/// Deterministic simulation: the real functions on a simulated table, queue, clock and chance.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Play many histories; red if anything does not hold in one, or if nothing is proved by them.
    Run {
        /// How many.
        #[arg(long, default_value_t = 10_000)]
        histories: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// How much happens in one.
        #[arg(long, value_enum, default_value = "small")]
        size: SizeOf,
        /// How many are played at once; as many as there are cores, where it is not said.
        #[arg(long)]
        threads: Option<usize>,
        /// Stop at the first violation.
        #[arg(long)]
        first: bool,
        /// Write the figures into a file, as JSON.
        #[arg(long)]
        write: Option<PathBuf>,
    },
    /// Play one history twice and show it: its trace, and whether the traces are equal.
    Replay {
        /// Its seed.
        seed: u64,
        /// How much happens in it.
        #[arg(long, value_enum, default_value = "small")]
        size: SizeOf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum SizeOf {
    /// About six interactions.
    Small,
    /// About twenty.
    Large,
}

impl From<SizeOf> for Size {
    fn from(size: SizeOf) -> Self {
        match size {
            SizeOf::Small => Self::Small,
            SizeOf::Large => Self::Large,
        }
    }
}

fn main() -> ExitCode {
    match Arguments::parse().what {
        What::Run {
            histories,
            seed,
            size,
            threads,
            first,
            write,
        } => run(seed, histories, size.into(), threads, first, write),
        What::Replay { seed, size } => std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn(move || replay(seed, size.into()))
            .map_or(ExitCode::FAILURE, |playing| {
                playing.join().unwrap_or(ExitCode::FAILURE)
            }),
    }
}

fn run(
    seed: u64,
    histories: u64,
    size: Size,
    threads: Option<usize>,
    first: bool,
    write: Option<PathBuf>,
) -> ExitCode {
    let began = Instant::now();
    let threads = threads
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let next = AtomicU64::new(seed);
    let end = seed.saturating_add(histories);
    let report = std::thread::scope(|scope| {
        let played: Vec<_> = (0..threads)
            .map(|_| {
                let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
                thread.spawn_scoped(scope, || some(&next, end, size, first))
            })
            .collect::<std::io::Result<_>>()
            .expect("this machine has a thread to spare");
        let mut report = Report::default();
        for thread in played {
            match thread.join() {
                Ok(part) => report.join(part),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        report
    });
    let seconds = began.elapsed().as_secs();
    say(&format!(
        "{}{seconds} s on {threads} threads",
        report.text()
    ));
    let vacuous = if first {
        Vec::new()
    } else {
        report.vacuous(FAULTS_EACH)
    };
    for what in &vacuous {
        say(&format!("nothing is proved: {what}"));
    }
    if let Some(file) = write
        && let Err(error) = std::fs::write(&file, rows(&report, seed, histories, size))
    {
        say(&format!("{} cannot be written: {error}", file.display()));
        return ExitCode::FAILURE;
    }
    if let Some(seed) = report.broken.keys().next() {
        say(&format!(
            "look at one with: simulate replay{} {seed}",
            sized(size)
        ));
    }
    if report.broken.is_empty() && vacuous.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Plays histories, the next that nobody has, until there are none.
fn some(next: &AtomicU64, end: u64, size: Size, first: bool) -> Report {
    let mut report = Report::default();
    let options = Options {
        size,
        traced: false,
    };
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end {
            return report;
        }
        let _told = Told(seed);
        let began = Instant::now();
        let mut outcome = play(seed, &options);
        if !first && seed.is_multiple_of(TWICE_EACH) && play(seed, &options).hash != outcome.hash {
            let what = "played twice, it leaves two traces".to_owned();
            outcome.violations.push(what);
        }
        if began.elapsed() > LONGEST {
            say(&format!("seed {seed} took {} s", began.elapsed().as_secs()));
        }
        let is_broken = !outcome.violations.is_empty();
        report.add(&outcome);
        if first && is_broken {
            next.store(end, Ordering::Relaxed);
        }
    }
}

/// The option that a size is chosen with; nothing for the usual one.
fn sized(size: Size) -> &'static str {
    match size {
        Size::Small => "",
        Size::Large => " --size large",
    }
}

/// Tells the seed of a history that panics, which nothing else would.
struct Told(u64);

impl Drop for Told {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&format!("seed {} panicked", self.0));
        }
    }
}

fn rows(report: &Report, seed: u64, histories: u64, size: Size) -> String {
    let command = format!(
        "cargo run --profile trial -p simulation --bin simulate -- run --histories {histories} --seed {seed}{}",
        sized(size)
    );
    let row =
        |what: String, result: String| json!({"what": what, "result": result, "command": command});
    let each = report.all_faults() / report.histories.max(1);
    let mut rows = vec![
        row(
            "Simulated histories".to_owned(),
            format!(
                "{} with {} steps, {} events and {} pops; {} violations",
                report.histories,
                report.steps,
                report.events,
                report.pops,
                report.broken.len()
            ),
        ),
        row(
            "Faults in them, without stale reads, an index behind and clocks that are set, which may change nothing"
                .to_owned(),
            format!("{}, {each} a history", report.all_faults()),
        ),
    ];
    for (fault, count) in &report.faults {
        rows.push(row(format!("Fault: {}", fault.name()), count.to_string()));
    }
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
    text
}

fn replay(seed: u64, size: Size) -> ExitCode {
    let options = Options { size, traced: true };
    let (one, two) = (play(seed, &options), play(seed, &options));
    for line in &one.lines {
        say(line);
    }
    let mut report = Report::default();
    report.add(&one);
    say(&report.text());
    if one.hash != two.hash {
        let first = one.lines.iter().zip(&two.lines).find(|(a, b)| a != b);
        say(&format!("played twice, it leaves two traces: {first:?}"));
        return ExitCode::FAILURE;
    }
    if one.violations.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::print_stdout, reason = "a command says what it found")]
fn say(text: &str) {
    println!("{text}");
}
