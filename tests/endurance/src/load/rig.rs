//! A stack of its own for a scenario: the real program, on a folder of the disk that goes with it.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use super::LoadError;
use super::sample::{Watch, backlog};
use crate::http::Http;
use crate::stack::{Addresses, Program, Stack};

/// How often a queue that gets empty is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// How often it has to be found empty: a message on its way from one state to the other may be missed once.
const EMPTY_LOOKS: u32 = 3;
/// The file that holds the stack's secret, and how long it is at most.
const SECRET: &str = "stack.secret";
const MAX_SECRET: u64 = 4096;

/// A stack that runs, and the way to it.
#[derive(Debug)]
pub struct Rig {
    /// What requests are sent by.
    pub http: Http,
    /// Where the stack's parts are.
    pub to: Arc<Addresses>,
    /// Its process.
    pub pid: u32,
    program: Program,
    // Ends before its folder does.
    _stack: Stack,
    _folder: TempDir,
}

impl Rig {
    /// Starts one on an empty folder.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn start() -> Result<Self, LoadError> {
        let failed = |error| LoadError::File("the stack's folder", error);
        let folder = tempfile::tempdir().map_err(failed)?;
        let program = Program::beside_this(folder.path())?;
        let http = Http::default();
        let stack = program.spawn()?.ready(&http).await?;
        Ok(Self {
            to: Arc::new(stack.addresses.clone()),
            pid: stack.pid(),
            http,
            program,
            _stack: stack,
            _folder: folder,
        })
    }

    /// The stack's secret, which salts customers' ids.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn secret(&self) -> Result<String, LoadError> {
        let failed = |error| LoadError::File("the stack's secret", error);
        let path = self.program.data().join(SECRET);
        if std::fs::metadata(&path).map_err(failed)?.len() > MAX_SECRET {
            return Err(LoadError::File(
                "the stack's secret",
                std::io::ErrorKind::FileTooLarge.into(),
            ));
        }
        let secret = std::fs::read_to_string(path).map_err(failed)?;
        Ok(secret.trim().to_owned())
    }

    /// Begins to sample it.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch::begin(self.http.clone(), self.to.clone(), self.pid)
    }

    /// How many messages wait or are being handled.
    ///
    /// # Errors
    /// When a queue does not answer.
    pub async fn backlog(&self) -> Result<u64, LoadError> {
        Ok(backlog(&self.http, &self.to).await?)
    }

    /// Waits until the queues are empty, and says how long that took.
    ///
    /// # Errors
    /// When they are not after the limit.
    pub async fn drain(&self, limit: Duration) -> Result<Duration, LoadError> {
        let begun = Instant::now();
        let (mut empty, mut since) = (0, Duration::ZERO);
        while empty < EMPTY_LOOKS {
            let left = self.backlog().await?;
            if left == 0 {
                if empty == 0 {
                    since = begun.elapsed();
                }
                empty += 1;
            } else {
                empty = 0;
            }
            if begun.elapsed() > limit {
                return Err(LoadError::NotDrained {
                    left,
                    after_s: limit.as_secs(),
                });
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(since)
    }
}
