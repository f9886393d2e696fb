//! The runbooks' commands, run as they stand on a stack in the state that the page is about, and what they print.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod aside;
mod deployed;
mod desk;
mod naming;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use desk::Desk;

/// Longest time until a command that changes nothing prints what it should.
const PATIENCE: Duration = Duration::from_secs(40);
/// What stands for anything on one line; alone on the last line, for any lines.
const ANYTHING: &str = "…";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A command of a page, and the lines that it is to print.
#[derive(Debug, PartialEq)]
struct Step {
    command: String,
    prints: Vec<String>,
    /// Whether the page says that it ends with an error.
    fails: bool,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split("```sh run").skip(1) {
        let (mark, block) = block.split_once('\n').unwrap_or_default();
        let fails = match mark {
            "" => false,
            " fails" => true,
            other => panic!("a block cannot be marked `sh run{other}`"),
        };
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ cargo run -- "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.to_owned(),
                    prints: Vec::new(),
                    fails,
                }),
                (None, Some(step)) => step.prints.push(line.to_owned()),
                (None, None) => panic!("a block begins with a command: {line}"),
            }
        }
    }
    steps
}

/// Whether a line is of an outline, in which `…` stands for anything.
fn fits(outline: &str, line: &str) -> bool {
    let mut parts = outline.split(ANYTHING);
    let Some(rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut rest = rest;
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last.is_some_and(|part| part.is_empty() || line.ends_with(part))
}

fn prints(outlines: &[String], printed: &str) -> bool {
    let lines: Vec<&str> = printed.lines().collect();
    let (open, outlines) = match outlines.split_last() {
        Some((last, before)) if last == ANYTHING => (true, before),
        Some(_) | None => (false, outlines),
    };
    let enough = lines.len() == outlines.len() || (open && lines.len() > outlines.len());
    enough
        && outlines
            .iter()
            .zip(lines)
            .all(|(outline, line)| fits(outline, line))
}

#[test]
fn an_outline_fits_what_it_stands_for_only() {
    assert!(fits("a … c", "a b c") && fits("…", "") && fits("a…", "abc"));
    assert!(!fits("a … c", "a b d") && !fits("a", "ab") && !fits("a…c", "acb"));
    let outline = ["a".to_owned(), ANYTHING.to_owned()];
    assert!(prints(&outline, "a\nb\nc") && !prints(&outline, "b\nc"));
    assert!(!prints(&outline[..1], "a\nb"));
}

async fn holds(name: &str) {
    let page = std::fs::read_to_string(root().join("docs/runbooks").join(name)).unwrap();
    let state = page
        .split("<!-- state: ")
        .nth(1)
        .and_then(|rest| rest.split(" -->").next());
    let desk = Desk::in_state(state.expect("a page says what state it is about")).await;
    let steps = steps(&page);
    assert!(!steps.is_empty(), "{name} has no command");
    for step in steps {
        let changes = ["redrive", "replay", "--repair", "DELETE", "send "];
        let again = !changes.iter().any(|word| step.command.contains(word));
        let end = Instant::now() + PATIENCE;
        loop {
            let (printed, worked) = desk.run(&step.command);
            if worked != step.fails && prints(&step.prints, &printed) {
                break;
            }
            assert!(
                again && Instant::now() < end,
                "{name}: {} (worked: {worked}) prints\n{printed}\nand not\n{}",
                step.command,
                step.prints.join("\n")
            );
        }
    }
}

/// Each page is a test of its own, and none is forgotten.
macro_rules! runbooks {
    ($($test:ident $page:literal,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                holds($page).await;
            }
        )+

        #[test]
        fn every_page_is_run() {
            let tested = [$($page),+];
            let index = std::fs::read_to_string(root().join("docs/runbooks/README.md")).unwrap();
            for entry in std::fs::read_dir(root().join("docs/runbooks")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(name == "README.md" || tested.contains(&name.as_str()), "{name}");
                assert!(name == "README.md" || index.contains(&format!("]({name})")), "{name}");
            }
        }
    };
}

runbooks! {
    dead_letters "dead-letters.md",
    the_quarantine_grows "quarantine-grows.md",
    events_wait "events-wait.md",
    the_front_door_fails "front-door.md",
    the_table_is_out_of_reach "table-out-of-reach.md",
    a_poison_record "poison-record.md",
    reading_again "reading-again.md",
    a_wrong_link "wrong-link.md",
    missing_or_doubled "missing-or-doubled.md",
    secrets "secrets.md",
}
