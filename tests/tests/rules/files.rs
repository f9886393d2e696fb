//! What no source file of the repository does.

use crate::rust_files;

/// Most lines of a Rust file.
const MAX_LINES: usize = 500;
/// What has no place in code that is finished. In two parts, so that this file does not hold it.
const UNFINISHED: [(&str, &str); 6] = [
    ("#[", "allow("),
    ("#![", "allow("),
    ("#[", "ignore"),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("dbg", "!("),
];

fn unfinished(text: &str) -> Vec<(usize, String)> {
    let marks = UNFINISHED.map(|(first, second)| format!("{first}{second}"));
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)))
        .map(|(place, line)| (place + 1, line.trim().to_owned()))
        .collect()
}

#[test]
fn no_file_is_longer_than_a_person_reads() {
    let files = rust_files();
    assert!(files.len() > 100, "the files are found: {}", files.len());
    for (path, text) in files {
        let lines = text.lines().count();
        assert!(
            lines <= MAX_LINES,
            "{path} has {lines} lines; {MAX_LINES} are the limit"
        );
    }
}

#[test]
fn nothing_is_unfinished_silenced_or_left_out() {
    for (path, text) in rust_files() {
        assert_eq!(unfinished(&text), [], "{path}");
    }
}

#[test]
fn what_is_unfinished_is_found() {
    for (first, second) in UNFINISHED {
        let text = format!("fn a() {{}}\n    {first}{second}x)]\n");
        assert_eq!(unfinished(&text).len(), 1, "{text}");
        assert_eq!(unfinished(&text)[0].0, 2);
    }
}

/// What reads a clock that the simulation does not own, in two parts, so that this file does not hold it.
const CLOCKS: [(&str, &str); 3] = [
    ("SystemTime::", "now("),
    ("std::time::", "Instant"),
    ("Duration, ", "Instant"),
];

fn reads_a_clock(text: &str) -> bool {
    // Tests at a file's end may time what they like.
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let marks = CLOCKS.map(|(first, second)| format!("{first}{second}"));
    marks.iter().any(|mark| code.contains(mark))
}

fn deployed() -> impl Iterator<Item = (String, String)> {
    rust_files().into_iter().filter(|(path, _)| {
        (path.starts_with("functions/") || path.starts_with("shared/")) && path.contains("/src/")
    })
}

/// What draws chance that the simulation does not own.
const CHANCE: [&str; 6] = [
    "SystemRandom",
    "getrandom",
    "thread_rng",
    "OsRng",
    "RandomState",
    "new_v4",
];
/// Where that is right, since nobody may guess it: the nonces of cursors, the widget's ids and tokens, what signs.
const UNGUESSED: [&str; 4] = [
    "functions/widget-sessions/src/token.rs",
    "shared/signatures/src/keys.rs",
    "shared/signatures/src/sign.rs",
    "shared/store/src/cursor.rs",
];

fn draws_chance(text: &str) -> bool {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    CHANCE.iter().any(|mark| code.contains(mark))
}

#[test]
fn what_is_deployed_draws_no_chance_but_that_of_the_simulation() {
    assert!(draws_chance("SystemRandom::new().fill(&mut nonce)"));
    assert!(!draws_chance("fastrand::u64(..) #[cfg(test)] getrandom"));
    let draw = deployed().filter(|(_, text)| draws_chance(text));
    let mut draw: Vec<String> = draw.map(|(path, _)| path).collect();
    draw.sort();
    assert_eq!(draw, UNGUESSED);
}

#[test]
fn what_is_deployed_reads_no_clock_but_that_of_the_simulation() {
    assert!(reads_a_clock(&format!(
        "{}{}",
        "let t = SystemTime::", "now();"
    )));
    let mut looked_at = 0;
    for (path, text) in deployed() {
        looked_at += 1;
        assert!(
            path == "shared/clock/src/lib.rs" || !reads_a_clock(&text),
            "{path} reads a clock of its own"
        );
    }
    assert!(looked_at > 100, "the files are found: {looked_at}");
}
