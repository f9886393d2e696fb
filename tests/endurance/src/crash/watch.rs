//! How much memory and disk the stack takes at most.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;

use crate::stack::{bytes_in, peak_memory};

const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The most that was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Memory of one life of the stack, in bytes.
    pub memory: u64,
    /// Memory of this program, in bytes.
    pub own_memory: u64,
    /// The stack's files, in bytes.
    pub disk: u64,
}

#[derive(Debug)]
struct Seen {
    folder: PathBuf,
    pid: AtomicU32,
    memory: AtomicU64,
    disk: AtomicU64,
}

impl Seen {
    fn look(&self) {
        let memory = peak_memory(self.pid.load(Ordering::Relaxed)).unwrap_or(0);
        self.memory.fetch_max(memory, Ordering::Relaxed);
        self.disk
            .fetch_max(bytes_in(&self.folder), Ordering::Relaxed);
    }
}

/// Looks until it is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    seen: Arc<Seen>,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    pub(super) fn start(folder: PathBuf) -> Self {
        let seen = Arc::new(Seen {
            folder,
            pid: AtomicU32::new(0),
            memory: AtomicU64::new(0),
            disk: AtomicU64::new(0),
        });
        let looking = seen.clone();
        let task = tokio::spawn(async move {
            loop {
                looking.look();
                tokio::time::sleep(LOOK_EVERY).await;
            }
        });
        Self { seen, task }
    }

    /// Looks at another process from now on.
    pub(super) fn look_at(&self, pid: u32) {
        self.seen.pid.store(pid, Ordering::Relaxed);
    }

    /// Looks at once: the process is about to end.
    pub(super) fn look(&self) {
        self.seen.look();
    }

    pub(super) fn peaks(&self) -> Peaks {
        Peaks {
            memory: self.seen.memory.load(Ordering::Relaxed),
            own_memory: peak_memory(std::process::id()).unwrap_or(0),
            disk: self.seen.disk.load(Ordering::Relaxed),
        }
    }
}
