//! Names the version of the parsers: a digest of all that bears on which events a record gives.
//!
//! The store writes the name beside each event, so that a record that is delivered again after a deployment, and reads
//! otherwise now, is not taken for another event under the same id.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where the parsers, the vocabulary and the versions of libraries stand, seen from this crate.
const READ: [&str; 3] = ["src", "../timeline/src", "../../Cargo.lock"];
/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 8;
/// FNV-1a's own numbers, for 64 bits.
const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

fn main() -> io::Result<()> {
    let mut files = Vec::new();
    for path in READ.map(Path::new) {
        println!("cargo::rerun-if-changed={}", path.display());
        collect(path, 0, &mut files)?;
    }
    // Folders list their files in no order of their own.
    files.sort();
    let mut digest = OFFSET_BASIS;
    for file in files {
        add(&mut digest, file.to_string_lossy().as_bytes());
        add(&mut digest, &fs::read(&file)?);
    }
    println!("cargo::rustc-env=CORNERSTORE_READING={digest:016x}");
    Ok(())
}

fn collect(path: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    if depth > MAX_DEPTH {
        return Err(io::Error::other("folders are nested too deeply"));
    }
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            collect(&entry?.path(), depth + 1, files)?;
        }
    } else if path.is_file() {
        // Built without a lock file, the crate goes by its own sources.
        files.push(path.to_owned());
    }
    Ok(())
}

/// FNV-1a: enough to tell versions of one program apart, and needs no crate.
fn add(digest: &mut u64, bytes: &[u8]) {
    // The length stands before the bytes, so that none can move from one file into the next unseen.
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    for byte in length.to_le_bytes().iter().chain(bytes) {
        *digest = (*digest ^ u64::from(*byte)).wrapping_mul(PRIME);
    }
}
