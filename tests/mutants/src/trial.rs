//! One run of some tests with one mutant.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::MutantsError;
use crate::build::{end_of, program};
use crate::subject::Step;
use crate::weave::CHOICE;

/// How much memory a program may ask for, in KiB: a mutant that only grows is stopped before the machine suffers.
const MAX_MEMORY_KIB: u64 = 6 * 1024 * 1024;
/// How long to wait until a program is looked at again, at first and at most.
const LOOK: (Duration, Duration) = (Duration::from_millis(2), Duration::from_millis(40));

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

/// Runs a step with a mutant, or with none.
pub(crate) fn attempt(
    step: &Step,
    ground: &Ground<'_>,
    mutant: Option<usize>,
) -> Result<End, MutantsError> {
    let log = File::create(&ground.log).map_err(MutantsError::file(&ground.log))?;
    let errors = log.try_clone().map_err(MutantsError::file(&ground.log))?;
    let limit = format!("ulimit -v {MAX_MEMORY_KIB}; exec \"$0\" \"$@\"");
    let mut command = Command::new("sh");
    command
        .args(["-c", &limit])
        .arg(ground.program)
        .args(step.arguments)
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
    match ended(&mut child, step.most).map_err(program(step.program))? {
        Some(status) if status.success() => Ok(End::Passed),
        Some(_) => Ok(End::Failed),
        None => Ok(End::TooLong),
    }
}

/// Waits for a program, and ends it and what it started when it takes too long.
fn ended(child: &mut Child, most: Duration) -> std::io::Result<Option<ExitStatus>> {
    let started = Instant::now();
    let mut pause = LOOK.0;
    while started.elapsed() < most {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
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

/// The end of what the last run said.
pub(crate) fn last_words(log: &Path) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    end_of(&String::from_utf8_lossy(&bytes))
}
