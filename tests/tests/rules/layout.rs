//! What lies where: each function's folder, each source's fixtures.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::{folders, root};

/// Most lines of a `main.rs`: it wires and never decides.
const MAX_MAIN: usize = 40;
const FIXTURES: &str = "shared/sources/fixtures";

/// What is wrong with a function's folder.
fn faults(folder: &Path) -> Vec<&'static str> {
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap_or_default();
    let mut faults = Vec::new();
    if read("README.md").trim().is_empty() {
        faults.push("it has no README.md");
    }
    if read("src/lib.rs").trim().is_empty() {
        faults.push("it has no src/lib.rs");
    }
    match read("src/main.rs").lines().count() {
        0 => faults.push("it has no src/main.rs"),
        lines if lines > MAX_MAIN => faults.push("its src/main.rs does more than to wire"),
        _ => {}
    }
    let samples: Vec<_> = std::fs::read_dir(folder.join("events"))
        .into_iter()
        .flatten()
        .collect();
    if samples.is_empty() {
        faults.push("it has no events to invoke it with");
    }
    for sample in samples {
        let text = std::fs::read_to_string(sample.unwrap().path()).unwrap();
        if !serde_json::from_str::<Value>(&text).is_ok_and(|event| event.is_object()) {
            faults.push("an event of it is not JSON");
        }
    }
    faults
}

#[test]
fn each_functions_folder_is_complete() {
    let functions = folders("functions");
    assert!(functions.len() >= 4, "{functions:?}");
    for function in functions {
        assert_eq!(
            faults(&root().join("functions").join(&function)),
            [""; 0],
            "{function}"
        );
    }
}

#[test]
fn an_incomplete_function_is_found() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(faults(folder.path()).len(), 4);
    let write = |path: &str, text: &str| std::fs::write(folder.path().join(path), text).unwrap();
    std::fs::create_dir_all(folder.path().join("src")).unwrap();
    std::fs::create_dir_all(folder.path().join("events")).unwrap();
    write("README.md", "# sample\n");
    write("src/lib.rs", "//! Sample.\n");
    write("src/main.rs", &"// line\n".repeat(MAX_MAIN + 1));
    write("events/sample.json", "{");
    assert_eq!(
        faults(folder.path()),
        [
            "its src/main.rs does more than to wire",
            "an event of it is not JSON"
        ]
    );
}

/// Sources without fixtures of good or of bad deliveries.
fn without_fixtures(sources: &BTreeSet<&str>) -> Vec<String> {
    let mut missing = Vec::new();
    for source in sources {
        let entries = std::fs::read_dir(root().join(FIXTURES).join(source))
            .into_iter()
            .flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let (bad, good): (Vec<_>, Vec<_>) = names.partition(|name| name.starts_with("bad-"));
        if good.is_empty() {
            missing.push(format!("{source}: good ones"));
        }
        if bad.is_empty() {
            missing.push(format!("{source}: bad ones"));
        }
    }
    missing
}

#[test]
fn each_source_has_fixtures_and_all_fixtures_have_a_source() {
    let sources: BTreeSet<&str> = sources::ALL
        .iter()
        .flat_map(|(_, sources)| sources.iter().map(|source| source.name()))
        .collect();
    assert_eq!(without_fixtures(&sources), [""; 0]);
    for folder in folders(FIXTURES) {
        let known = sources.iter().any(|source| folder.starts_with(source));
        assert!(known, "the fixtures in {folder} are of no source");
    }
}

#[test]
fn a_source_without_fixtures_is_found() {
    assert_eq!(without_fixtures(&BTreeSet::from(["nobody"])).len(), 2);
}

/// Whether the release profile says aloud that it unwinds.
fn unwinds(manifest: &str) -> bool {
    let profile = manifest.split("[profile.release]").nth(1);
    let profile = profile.and_then(|rest| rest.split("\n[").next());
    profile.is_some_and(|profile| {
        profile
            .lines()
            .any(|line| line.trim() == "panic = \"unwind\"")
    })
}

#[test]
fn the_deployed_functions_unwind_so_that_a_panic_stays_with_its_record() {
    assert!(!unwinds("[profile.release]\nlto = true\n"));
    assert!(!unwinds(
        "[profile.release]\nlto = true\n[profile.dev]\npanic = \"unwind\"\n"
    ));
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(
        unwinds(&manifest),
        "cargo-lambda builds with panic=abort unless the profile says otherwise"
    );
}

/// Links of a page that lead to no file, as the page writes them.
fn dead_links(page: &str, exists: impl Fn(&str) -> bool) -> Vec<String> {
    let links = page
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let local = links.filter(|link| !link.contains("://") && !link.starts_with('#'));
    local
        .filter(|link| !exists(link.split('#').next().unwrap_or_default()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_page_links_to_a_file_that_is_not_there() {
    assert_eq!(
        dead_links("[a](b.md#c) [d](https://e) [f](#g)", |_| false),
        ["b.md#c"]
    );
    let pages = [
        "README.md",
        "ARCHITECTURE.md",
        "docs/adr/README.md",
        "docs/cloudevents.md",
        "docs/measurements.md",
    ];
    let folders = ["docs/sources", "docs/runbooks"];
    let in_folders = folders.into_iter().flat_map(|folder| {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        entries.map(move |entry| format!("{folder}/{}", entry.unwrap().file_name().display()))
    });
    for page in pages.map(str::to_owned).into_iter().chain(in_folders) {
        let path = root().join(&page);
        let text = std::fs::read_to_string(&path).unwrap();
        let folder = path.parent().unwrap();
        let dead = dead_links(&text, |link| folder.join(link).exists());
        assert!(dead.is_empty(), "{page} links to {dead:?}");
    }
}
