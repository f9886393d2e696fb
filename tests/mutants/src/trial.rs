//! One run of some tests with one mutant.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::MutantsError;
use crate::build::{end_of, program};
use crate::subject::Step;
use crate::weave::CHOICE;

/// How much memory a program may ask for, in KiB: a mutant that only grows is stopped before the machine suffers.
const MAX_MEMORY_KIB: u64 = 6 * 1024 * 1024;
/// How many times as long as it may compute a program may take, since others may be at work on the machine, too.
const PATIENCE: u32 = 3;
/// The signal that ends a program which has computed for too long.
const SIGXCPU: i32 = 24;
/// How long to wait until a program is looked at again, at first and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(40));
/// How often tests are run in which something fails that does not fail again alone.
const MAX_RUNS: usize = 3;
/// What a program says of one of its tests that fails, or comes to no end, stands behind its name.
const SAID: [&str; 2] = [" ... FAILED", " has been running for over 60 seconds"];

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Passed,
    Failed,
    TooLong,
}

/// Where a run takes place.
pub(crate) struct Ground<'a> {
    pub(crate) tree: &'a Path,
    pub(crate) program: &'a Path,
    /// What the program says goes there.
    pub(crate) log: PathBuf,
}

/// Runs a step with a mutant, or with none. It is over when the first of its tests fails, which is named then.
pub(crate) fn attempt(
    step: &Step,
    ground: &Ground<'_>,
    mutant: Option<usize>,
) -> Result<(End, Option<String>), MutantsError> {
    for _ in 0..MAX_RUNS {
        let (end, failing) = run(step, ground, mutant, step.arguments)?;
        let test = match failing {
            Some(test) if step.live && end == End::Failed => test,
            other => return Ok((end, other)),
        };
        if attempt_alone(step, ground, mutant, &test)? != End::Passed {
            return Ok((end, Some(test)));
        }
    }
    // Nothing of it fails for the mutant's sake. Better one more is looked at than one less.
    Ok((End::Passed, None))
}

/// Runs one test of a step.
pub(crate) fn attempt_alone(
    step: &Step,
    ground: &Ground<'_>,
    mutant: Option<usize>,
    test: &str,
) -> Result<End, MutantsError> {
    Ok(run(step, ground, mutant, &[test, "--exact"])?.0)
}

/// How a run ended, and the test that ended it.
fn run(
    step: &Step,
    ground: &Ground<'_>,
    mutant: Option<usize>,
    arguments: &[&str],
) -> Result<(End, Option<String>), MutantsError> {
    let log = File::create(&ground.log).map_err(MutantsError::file(&ground.log))?;
    let errors = log.try_clone().map_err(MutantsError::file(&ground.log))?;
    let most = step.most.as_secs();
    let limit = format!("ulimit -v {MAX_MEMORY_KIB}; ulimit -t {most}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit])
        .arg(ground.program)
        .args(arguments)
        .current_dir(ground.tree.join(step.folder))
        .envs(step.environment.iter().copied())
        // Nothing is written beside the tests, and nothing is looked for with another program.
        .env("PROPTEST_DISABLE_FAILURE_PERSISTENCE", "true")
        .env("INSTA_UPDATE", "no")
        .env("INSTA_WORKSPACE_ROOT", ground.tree)
        .env("RUST_BACKTRACE", "0")
        .env_remove(CHOICE)
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        .process_group(0);
    if let Some(number) = mutant {
        command.env(CHOICE, number.to_string());
    }
    let mut child = command.spawn().map_err(program(step.program))?;
    let status =
        ended(&mut child, step.most * PATIENCE, &ground.log).map_err(program(step.program))?;
    let [failing, endless] = SAID.map(|said| named(&ground.log, said));
    Ok(match status {
        Some(status) if status.success() => (End::Passed, None),
        Some(status) if status.signal() == Some(SIGXCPU) => (End::TooLong, endless),
        Some(_) => (End::Failed, failing),
        None if failing.is_some() => (End::Failed, failing),
        None => (End::TooLong, endless),
    })
}

/// Waits for a program, and ends it and what it started when a test fails or it takes too long.
fn ended(child: &mut Child, most: Duration, log: &Path) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    let mut pause = LOOK.0;
    while started.elapsed() < most {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if named(log, SAID[0]).is_some() {
            break;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LOOK.1);
    }
    let group = format!("-{}", child.id());
    Command::new("kill")
        .args(["-KILL", "--", &group])
        .status()?;
    child.wait()?;
    Ok(None)
}

/// The first test of which a program has said this.
fn named(log: &Path, what: &str) -> Option<String> {
    let said = std::fs::read(log).ok()?;
    let said = String::from_utf8_lossy(&said);
    let mut names = said
        .lines()
        .filter_map(|line| line.strip_prefix("test ")?.strip_suffix(what));
    names.next().map(str::to_owned)
}

/// The end of what the last run said.
pub(crate) fn last_words(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    end_of(&String::from_utf8_lossy(&bytes))
}
