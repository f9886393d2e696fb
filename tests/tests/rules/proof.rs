//! What proves that nothing is lost and nothing doubled: a page made of what each command found when it was last run.

mod summary;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

use summary::{Found, before, summary};

use crate::root;

const PAGE: &str = "docs/proof.md";
/// What was found, in the order of the page, each with its heading.
const PARTS: [(&str, &str); 9] = [
    ("simulation", "Simulation"),
    ("planted", "Planted bugs"),
    ("mutants", "Mutants"),
    ("models", "Models"),
    ("faithful", "The simulated table against real ones"),
    ("crash", "Crashes of real processes"),
    ("load", "Load"),
    ("hostile", "Threats"),
    ("canary", "Canaries"),
];
/// What fuzzing found has a page of its own.
const FUZZING: &str = "docs/measurements-fuzz.md";
/// What the line of that page begins with that says how it was made.
const MADE_BY: &str = "Made by `";
/// The heading of the table that sums up the others; `tests/tools/proof` prints what follows it.
const SUMMARY: &str = "In one table";
/// Fewest histories that the page tells of, and the sequences.
const HISTORIES: u64 = 10_000;
const SEQUENCES: u64 = 10_000;
/// The crates whose mutants were tried.
const MUTATED: [&str; 2] = ["shared/timeline", "shared/store"];

const HEAD: &str = "# Proof that nothing is lost and nothing doubled

Made of `docs/proof/*.json` by `UPDATE_DOCS=1 cargo test -p tests --test rules proof`; see [ARCHITECTURE.md](../ARCHITECTURE.md)
for what is claimed. A command writes its rows with `--write docs/proof/NAME.json` (for `tests/tools/planted` before the names),
a test with `UPDATE_DOCS=1`. `DIR` is an empty folder, `URL` what `tests/tools/localstack start DIR` prints. Each command is red
when its claim does not hold; a `--rate` is what `load sustained` found on that machine, and without it `load` finds its own.
Numbers are those of the last run that was written, not of each commit. `tests/tools/proof` prints the first table.
";

/// A row: what, with which result, by which command.
type Row = (String, String, String);

/// The rows of a file, or what is wrong with it.
fn rows(json: &str) -> Result<Vec<Row>, String> {
    let rows: Vec<Value> = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let read = rows.iter().map(|row| {
        let text = |name: &str| {
            let text = row[name].as_str().filter(|text| !text.trim().is_empty());
            text.map(str::to_owned)
                .ok_or(format!("a row without {name}"))
        };
        Ok((text("what")?, text("result")?, text("command")?))
    });
    let rows: Vec<Row> = read.collect::<Result<_, String>>()?;
    if rows.is_empty() {
        return Err("no rows".to_owned());
    }
    Ok(rows)
}

/// Crates that lie under another name than their folder's, or in another folder than most.
const PLACES: [&str; 5] = [
    "tests",
    "tests/simulation",
    "tests/models",
    "tests/endurance",
    "infra/local",
];

/// The folder of the crate of a name.
fn place_of(package: &str) -> Option<std::path::PathBuf> {
    let places = PLACES.iter().map(|place| root().join(place));
    let beside = ["functions", "shared"].map(|folder| root().join(folder).join(package));
    places.chain(beside).find(|place| {
        let manifest = std::fs::read_to_string(place.join("Cargo.toml"));
        manifest.is_ok_and(|text| text.contains(&format!("name = \"{package}\"")))
    })
}

/// Whether one of these crates has a program of this name.
fn have_program(packages: &[&str], name: &str) -> bool {
    packages.iter().copied().filter_map(place_of).any(|place| {
        let manifest = std::fs::read_to_string(place.join("Cargo.toml")).unwrap_or_default();
        let named = format!("[[bin]]\nname = \"{name}\"");
        manifest.contains(&named) || place.join("src/bin").join(format!("{name}.rs")).exists()
    })
}

/// What follows each time an option is given.
fn given<'a>(command: &'a str, option: &str) -> Vec<&'a str> {
    let (own, _) = command.split_once(" -- ").unwrap_or((command, ""));
    let words: Vec<&str> = own.split_whitespace().collect();
    let pairs = words.windows(2).filter(|pair| pair[0] == option);
    pairs.map(|pair| pair[1]).collect()
}

/// The programs that a command names are some that there are. What lies in a folder of built programs is built by the
/// command itself: another would be as old as it is.
fn is_there(command: &str) -> bool {
    let mut built = Vec::new();
    command.split(" && ").all(|command| {
        let command = command.strip_prefix("UPDATE_DOCS=1 ").unwrap_or(command);
        match command.split_whitespace().next() {
            Some("cargo") => {
                let packages = given(command, "-p");
                let programs = given(command, "--bin");
                let are_there = packages.iter().all(|package| place_of(package).is_some())
                    && programs.iter().all(|name| have_program(&packages, name));
                built.extend(packages);
                are_there
            }
            Some(path) => match path.strip_prefix("target/trial/") {
                Some(name) => have_program(&built, name),
                None => root().join(path).exists(),
            },
            None => false,
        }
    })
}

/// Executions and crashes of all fuzz targets.
fn fuzzed(page: &str) -> (u64, u64, usize) {
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split('|').skip(1);
        let mut number = || cells.next()?.trim().parse::<u64>().ok();
        Some((number()?, number()?))
    });
    rows.fold((0, 0, 0), |(runs, crashes, targets), (more, crashed)| {
        (runs + more, crashes + crashed, targets + 1)
    })
}

/// What fuzzing found, with the command that its page says it was made by.
fn fuzzing(page: &str) -> Row {
    let (runs, crashes, targets) = fuzzed(page);
    assert!(targets > 0, "{FUZZING} tells of no target");
    let made = page.lines().find_map(|line| line.strip_prefix(MADE_BY));
    let (command, _) = made
        .and_then(|rest| rest.split_once('`'))
        .unwrap_or_else(|| panic!("{FUZZING} does not say how it was made"));
    (
        format!("Inputs fuzzed in {targets} targets"),
        format!("{runs}, {crashes} crashes"),
        command.to_owned(),
    )
}

/// All rows, by the name of their file.
fn found() -> Found {
    let read = |name: &'static str| {
        let path = root().join("docs/proof").join(format!("{name}.json"));
        let json = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("docs/proof/{name}.json: {error}"));
        let rows = rows(&json).unwrap_or_else(|wrong| panic!("docs/proof/{name}.json: {wrong}"));
        (name, rows)
    };
    PARTS.map(|(name, _)| read(name)).into_iter().collect()
}

fn page() -> String {
    let found = found();
    let fuzzing = fuzzing(&std::fs::read_to_string(root().join(FUZZING)).unwrap());
    let mut page = HEAD.to_owned();
    let mut write = |heading: &str, rows: &[Row]| {
        // Writing to a string cannot fail.
        let _ = write!(
            page,
            "\n## {heading}\n| What | Result | Command |\n|---|---|---|\n"
        );
        for (what, result, command) in rows {
            let _ = writeln!(page, "| {what} | {result} | `{command}` |");
        }
    };
    write(SUMMARY, &summary(&found, &fuzzing));
    for (name, heading) in PARTS {
        for (_, _, command) in &found[name] {
            assert!(is_there(command), "there is nothing to run: {command}");
        }
        write(heading, &found[name]);
    }
    assert!(
        is_there(&fuzzing.2),
        "there is nothing to run: {}",
        fuzzing.2
    );
    write("Fuzzing", &[fuzzing]);
    page
}

/// What the rows tell less of than is claimed; `planted` are the names of the bugs that can be planted.
fn too_little(found: &Found, planted: &BTreeSet<String>) -> Vec<String> {
    let mut too_little = Vec::new();
    let most = |name: &str, word: &str| {
        let rows = found.get(name).into_iter().flatten();
        let numbers = rows.filter_map(|(_, result, _)| before(result, word));
        numbers.max().unwrap_or(0)
    };
    let histories = most("simulation", " with ");
    if histories < HISTORIES {
        too_little.push(format!("{histories} histories"));
    }
    let sequences = most("faithful", " random sequences");
    if sequences < SEQUENCES {
        too_little.push(format!("{sequences} sequences"));
    }
    let what = |name: &str| {
        let rows = found.get(name).into_iter().flatten();
        rows.map(|(what, _, _)| what.as_str()).collect::<Vec<_>>()
    };
    for mutated in MUTATED {
        if !what("mutants").iter().any(|what| what.contains(mutated)) {
            too_little.push(format!("no mutants of {mutated}"));
        }
    }
    let rows = what("planted").into_iter().filter_map(|what| {
        let (name, _) = what.strip_prefix('`')?.split_once('`')?;
        Some(name.to_owned())
    });
    let rows: BTreeSet<String> = rows.collect();
    for name in planted.symmetric_difference(&rows) {
        too_little.push(format!(
            "{name} is planted without a row, or a row without it"
        ));
    }
    too_little
}

fn patches() -> BTreeSet<std::path::PathBuf> {
    let folder = root().join("tests/simulation/planted").canonicalize();
    let patches = std::fs::read_dir(folder.unwrap()).unwrap();
    patches.map(|entry| entry.unwrap().path()).collect()
}

fn planted() -> BTreeSet<String> {
    let named = patches().into_iter().map(|patch| {
        let name = patch.file_stem().unwrap().to_str().unwrap();
        name.to_owned()
    });
    named.collect()
}

#[test]
fn the_rows_tell_of_as_much_as_is_claimed() {
    assert_eq!(too_little(&found(), &planted()), Vec::<String>::new());
}

#[test]
fn rows_that_tell_of_too_little_are_found() {
    let row = |what: &str, result: &str| (what.to_owned(), result.to_owned(), String::new());
    let planted = BTreeSet::from(["a".to_owned()]);
    let mut found = Found::from([
        ("simulation", vec![row("", "10000 with 7 steps")]),
        ("faithful", vec![row("", "10000 random sequences")]),
        (
            "mutants",
            vec![
                row("of `shared/timeline`", ""),
                row("of `shared/store`", ""),
            ],
        ),
        ("planted", vec![row("`a`: It is wrong", "found")]),
    ]);
    assert_eq!(too_little(&found, &planted), Vec::<String>::new());
    for (name, rows) in [
        ("simulation", vec![row("", "9999 with 7 steps")]),
        ("faithful", vec![row("", "1000 random sequences")]),
        ("mutants", vec![row("of `shared/timeline`", "")]),
        ("planted", vec![]),
        ("planted", vec![row("`a`: x", ""), row("`b`: x", "")]),
    ] {
        let kept = found.insert(name, rows).unwrap();
        assert_eq!(too_little(&found, &planted).len(), 1, "{name}");
        found.insert(name, kept);
    }
}

#[test]
fn the_page_of_proof_says_what_the_commands_found() {
    let made = page();
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "{PAGE} is not what docs/proof says; run: UPDATE_DOCS=1 cargo test -p tests --test rules proof"
    );
}

#[test]
fn a_row_without_its_command_and_a_command_of_nothing_are_found() {
    assert!(rows("[]").is_err());
    assert!(rows(r#"[{"what":"a","result":"b"}]"#).is_err());
    assert!(rows(r#"[{"what":"a","result":"b","command":"c"}]"#).is_ok());
    assert!(is_there("cargo run -p models"));
    assert!(!is_there("cargo run -p marbles"));
    assert!(is_there("cargo run -p simulation --bin simulate -- run"));
    assert!(is_there("cargo run -p endurance --bin load -- soak"));
    assert!(is_there(
        "cargo build -p cornerstore -p endurance && target/trial/load soak"
    ));
    assert!(!is_there(
        "cargo build -p cornerstore && target/trial/load soak"
    ));
    assert!(!is_there("target/trial/load soak"));
    assert!(!is_there("cargo build -p marbles -p endurance"));
    assert!(!is_there("cargo run -p endurance --bin marbles"));
    assert!(is_there("tests/tools/planted"));
    assert!(!is_there("tests/tools/marbles"));
    assert_eq!(
        fuzzed("| `a` | 12 | 0 |\n| `b` | 30 | 1 |\n| Target | x | y |"),
        (42, 1, 2)
    );
    let page = "# Fuzzing\n\nMade by `tests/tools/fuzz run 9`; more.\n\n| `a` | 12 | 0 |\n";
    assert_eq!(fuzzing(page).2, "tests/tools/fuzz run 9");
}

/// Whether a planted bug can still be planted.
fn applies(patch: &Path) -> bool {
    let checked = std::process::Command::new("git")
        .args(["apply", "--check"])
        .arg(patch)
        .current_dir(root())
        .output()
        .unwrap();
    checked.status.success()
}

#[test]
fn each_planted_bug_can_still_be_planted() {
    let patches = patches();
    assert!(patches.len() >= 15, "{} bugs are planted", patches.len());
    for patch in &patches {
        let says = std::fs::read_to_string(patch).unwrap();
        let says = says.lines().next().unwrap_or_default();
        assert!(
            says.ends_with('.'),
            "{} does not say what is wrong",
            patch.display()
        );
        assert!(
            applies(patch),
            "{} does not apply to the code any more",
            patch.display()
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let stale = folder.path().join("stale.patch");
    let text =
        "--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-# Nothing of the kind\n+# Cornerstore\n";
    std::fs::write(&stale, text).unwrap();
    assert!(!applies(&stale));
}
