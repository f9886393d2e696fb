//! What proves that nothing is lost and nothing doubled: a page made of what each command found when it was last run.

use std::fmt::Write;
use std::path::Path;

use serde_json::Value;

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

const HEAD: &str = "# Proof that nothing is lost and nothing doubled

Made of `docs/proof/*.json` by `UPDATE_DOCS=1 cargo test -p tests --test rules proof`; see [ARCHITECTURE.md](../ARCHITECTURE.md)
for what is claimed. A command writes its rows with `--write docs/proof/NAME.json` (for `tests/tools/planted` before the names),
a test with `UPDATE_DOCS=1`. `crash` and `load` start the `cornerstore` that lies beside them, so build that first:
`cargo build --profile trial -p cornerstore -p endurance`. `DIR` is an empty folder, `URL` what `tests/tools/localstack start DIR`
prints. Each command is red when its claim does not hold. Numbers are those of the last run that was written, not of each commit.
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

/// Whether a crate has a program of this name.
fn has_program(place: &Path, name: &str) -> bool {
    let manifest = std::fs::read_to_string(place.join("Cargo.toml")).unwrap_or_default();
    let named = format!("[[bin]]\nname = \"{name}\"");
    manifest.contains(&named) || place.join("src/bin").join(format!("{name}.rs")).exists()
}

/// The program that a command names is one that there is.
fn is_there(command: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    let after = |option: &str| {
        let at = words.iter().position(|word| *word == option)?;
        words.get(at + 1).copied()
    };
    match words.first().copied() {
        Some("cargo") => after("-p").is_none_or(|package| {
            let places = PLACES.iter().map(|place| root().join(place));
            let beside = ["functions", "shared"].map(|folder| root().join(folder).join(package));
            let mut places = places.chain(beside).filter(|place| {
                let manifest = std::fs::read_to_string(place.join("Cargo.toml"));
                manifest.is_ok_and(|text| text.contains(&format!("name = \"{package}\"")))
            });
            places
                .next()
                .is_some_and(|place| after("--bin").is_none_or(|bin| has_program(&place, bin)))
        }),
        Some(path) => root().join(path).exists(),
        None => false,
    }
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

fn page() -> String {
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
    for (name, heading) in PARTS {
        let path = root().join("docs/proof").join(format!("{name}.json"));
        let json = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("docs/proof/{name}.json: {error}"));
        let rows = rows(&json).unwrap_or_else(|wrong| panic!("docs/proof/{name}.json: {wrong}"));
        for (_, _, command) in &rows {
            assert!(is_there(command), "there is nothing to run: {command}");
        }
        write(heading, &rows);
    }
    let fuzzing = std::fs::read_to_string(root().join(FUZZING)).unwrap();
    let (runs, crashes, targets) = fuzzed(&fuzzing);
    assert!(targets > 0, "{FUZZING} tells of no target");
    let row = (
        format!("Inputs fuzzed in {targets} targets"),
        format!("{runs}, {crashes} crashes"),
        "tests/tools/fuzz smoke 3".to_owned(),
    );
    write("Fuzzing", &[row]);
    page
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
    assert!(!is_there("cargo run -p endurance --bin marbles"));
    assert!(is_there("tests/tools/planted"));
    assert!(!is_there("tests/tools/marbles"));
    assert_eq!(
        fuzzed("| `a` | 12 | 0 |\n| `b` | 30 | 1 |\n| Target | x | y |"),
        (42, 1, 2)
    );
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
    let folder = root()
        .join("tests/simulation/planted")
        .canonicalize()
        .unwrap();
    let patches = std::fs::read_dir(folder).unwrap();
    let patches: Vec<_> = patches.map(|entry| entry.unwrap().path()).collect();
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
