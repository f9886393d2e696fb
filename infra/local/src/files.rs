//! Files that hold what customers wrote, or keys: readable by their owner only.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Where a part of the local stack keeps what it knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Storage {
    /// In this file, readable by its owner only.
    File(PathBuf),
    /// In memory, until the stack ends.
    Memory,
}

/// Opens the file for reading and writing; one that is new is readable by its owner only.
pub(crate) fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
