//! Rules of the repository that no compiler holds: which way dependencies point, what a function's folder holds, what
//! no file does, what the description of the HTTP API says. Each rule is a function of what it judges, so that a broken
//! sample shows that it can fail.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod complaints;
mod dependencies;
mod files;
mod fuzz;
mod layout;
mod mutants;
mod openapi;
mod proof;
mod threats;

use std::path::{Path, PathBuf};

/// Deepest folder that is looked into.
const MAX_DEPTH: usize = 12;

/// The repository's root.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The names of the folders in a folder.
fn folders(of: &str) -> Vec<String> {
    let entries = std::fs::read_dir(root().join(of)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// All Rust files of the repository, by their path from its root.
fn rust_files() -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root(), String::new(), MAX_DEPTH, &mut found);
    found
}

fn collect(folder: &Path, path: String, depth: usize, found: &mut Vec<(String, String)>) {
    assert!(depth > 0, "{path} is too deep to look into");
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let path = if path.is_empty() {
            name.clone()
        } else {
            format!("{path}/{name}")
        };
        if entry.file_type().unwrap().is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&entry.path(), path, depth - 1, found);
            }
        } else if Path::new(&name)
            .extension()
            .is_some_and(|extension| extension == "rs")
        {
            found.push((path, std::fs::read_to_string(entry.path()).unwrap()));
        }
    }
}
