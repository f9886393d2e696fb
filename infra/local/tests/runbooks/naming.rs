//! The commands that pages name: each is one, with options that there are.

use clap::Parser as _;
use clap::error::ErrorKind;
use cornerstore::cli::Cli;

use crate::root;

/// What a command is called by.
const CALLED_BY: &str = "cargo run -- ";
/// Commands that pages name without how they are called.
const SHORT: [&str; 3] = ["dlq", "quarantine", "rebuild"];
/// How many commands the pages name at least.
const LEAST: usize = 40;

/// The commands in a page: the lines of its blocks, and what stands in its sentences as code.
fn commands(page: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for (place, part) in page.split("```").enumerate() {
        if place % 2 == 1 {
            let lines = part.lines().map(|line| line.trim_start_matches("$ "));
            let called = lines.filter_map(|line| line.strip_prefix(CALLED_BY));
            let bare = called.map(|line| line.split(" #").next().unwrap_or(line).to_owned());
            commands.extend(bare);
            continue;
        }
        for code in part.split('`').skip(1).step_by(2) {
            let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
            let is_short = code
                .split_once(' ')
                .is_some_and(|(first, _)| SHORT.contains(&first));
            match code.strip_prefix(CALLED_BY) {
                Some(command) => commands.push(command.to_owned()),
                None if is_short => commands.push(code),
                None => {}
            }
        }
    }
    commands
}

/// The words of a command as a shell makes them. What stands for something is a word.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for char in command.trim().chars() {
        let word = words.last_mut().unwrap();
        match (quote, char) {
            (Some(end), _) if char == end => quote = None,
            (None, '\'' | '"') => quote = Some(char),
            (Some('>'), _) => {}
            (None, '<') => {
                quote = Some('>');
                word.push('x');
            }
            (None, ' ') => words.push(String::new()),
            (_, _) => word.push(char),
        }
    }
    words
}

/// Why a command is none.
fn refused(command: &str) -> Option<String> {
    let all = ["cornerstore".to_owned()].into_iter().chain(words(command));
    let error = Cli::try_parse_from(all).err()?;
    (error.kind() != ErrorKind::DisplayHelp).then(|| error.to_string())
}

#[test]
fn every_command_that_a_page_names_is_one() {
    let mut pages = vec![root().join("README.md")];
    let runbooks = std::fs::read_dir(root().join("docs/runbooks")).unwrap();
    pages.extend(runbooks.map(|entry| entry.unwrap().path()));
    let mut seen = 0;
    for path in pages {
        let page = std::fs::read_to_string(&path).unwrap();
        for command in commands(&page) {
            seen += 1;
            let refused = refused(&command);
            assert_eq!(refused, None, "{}: {command}", path.display());
        }
    }
    assert!(seen >= LEAST, "{seen}");
}

#[test]
fn commands_are_found_in_blocks_and_sentences() {
    let page = "Call `cargo run --\ndlq list`, `rebuild --all`, or `dlq`.\n\
        ```\ncargo run -- pop --phone \"+1 415\"  # who\naws x\n```\n\
        ```sh run\n$ cargo run -- dlq show <whole id>\nprinted\n```\n";
    let found = commands(page);
    assert_eq!(found.len(), 4, "{found:?}");
    assert_eq!(words(&found[2]), ["pop", "--phone", "+1 415"]);
    assert_eq!(words(&found[3]), ["dlq", "show", "x"]);
    assert!(found.iter().all(|command| refused(command).is_none()));
    for wrong in [
        "dlq discard --id <id>",
        "rebuild --al",
        "dlq lst",
        "quarantine list --queue x",
    ] {
        assert!(refused(wrong).is_some(), "{wrong}");
    }
}
