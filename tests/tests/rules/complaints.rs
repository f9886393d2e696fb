//! What users of other systems complain about, and the tests that hold the right behaviour: a page made of the tests.

use std::collections::BTreeMap;

use crate::{root, rust_files};

const PAGE: &str = "docs/complaints.md";

/// A complaint, and what is right instead.
struct Row {
    number: u32,
    complaint: &'static str,
    right: &'static str,
    /// Why no test holds it yet.
    later: Option<&'static str>,
}

const fn row(number: u32, complaint: &'static str, right: &'static str) -> Row {
    Row {
        number,
        complaint,
        right,
        later: None,
    }
}

const fn later(
    number: u32,
    complaint: &'static str,
    right: &'static str,
    reason: &'static str,
) -> Row {
    Row {
        number,
        complaint,
        right,
        later: Some(reason),
    }
}

/// In the order of their numbers, by which tests name them.
const ROWS: [Row; 34] = [
    row(
        1,
        "A slash in a stored number stops the caller from being found",
        "Numbers are E.164 when written and when asked for, in any punctuation",
    ),
    row(
        2,
        "National numbers are read with one country that is fixed in the code",
        "The country of the dialled number, else the stack's",
    ),
    row(
        3,
        "Brazil's ninth digit, Argentina's 9, Mexico's 1 make doubles",
        "Equivalent forms share one key",
    ),
    row(
        4,
        "Answers to the normalised number fail",
        "The address is kept as it came, to answer to",
    ),
    row(
        5,
        "An unknown number shows customers at random",
        "Ranked candidates with evidence; a weak match never binds by itself",
    ),
    row(
        6,
        "A \"maybe\" cannot be confirmed",
        "Confirmed or rejected with one request, which is recorded",
    ),
    row(
        7,
        "Who is known by telephone only is not identified",
        "A number alone is a customer",
    ),
    row(
        8,
        "A customer's second number is unknown",
        "Many identities of one customer",
    ),
    row(
        9,
        "Of eight people with one main number, one is shown at random",
        "A shared number shows all, in a fixed order, and never joins them",
    ),
    row(
        10,
        "Every call belongs to the contact of the company's own number",
        "The company's own numbers are nobody's identity",
    ),
    row(
        11,
        "A customer made during a call is not tied to it",
        "Linking takes in the open call and what was before",
    ),
    row(
        12,
        "Calls whose hangup never arrives ring for ever",
        "They read as ended after a while; a late hangup corrects it",
    ),
    row(
        13,
        "Events twice, early or late are errors",
        "Any order and any repetition give the same",
    ),
    row(
        14,
        "The link of a transfer is empty or points to itself",
        "The explicit link counts, one to itself is none",
    ),
    row(
        15,
        "After a transfer the pop shows the agent who transferred",
        "The pop follows the customer and carries the notes so far",
    ),
    row(
        16,
        "Attributes are lost on a transfer or a callback",
        "A transfer inherits the whole story",
    ),
    row(
        17,
        "The same event twice makes two entries",
        "Once per source and event id; a pop has an id, too",
    ),
    row(
        18,
        "Settling opens new conversations; messages of the system reopen old ones",
        "Messages of the system open nothing",
    ),
    row(
        19,
        "Two conversations cannot be joined",
        "Joining is a link, and can be undone",
    ),
    row(
        20,
        "Two people become one because one typed the other's address",
        "What nobody has verified never joins two people",
    ),
    row(
        21,
        "A merge in the wrong direction loses attributes, notes, history",
        "A link keeps both; direction loses nothing",
    ),
    row(
        22,
        "A shared device makes one person of two for ever",
        "Unlinking gives both their history back exactly",
    ),
    row(
        23,
        "Enrichment overwrites what a person corrected",
        "What a person wrote outranks automation",
    ),
    row(
        24,
        "Every agent gets every call's pop",
        "A pop is asked for by the agent at whom it rings",
    ),
    row(
        25,
        "No callback is kept; calls outside of the system are not logged",
        "A callback is a stored promise; an interaction by hand is like any other",
    ),
    row(
        26,
        "The customer hears \"we will call\" though nothing was stored",
        "A promise is confirmed once it is stored",
    ),
    later(
        27,
        "Response times differ between reports",
        "One definition per figure, from events",
        "figures come later",
    ),
    later(
        28,
        "Business hours cannot cross midnight",
        "Windows cross midnight and clock changes",
        "windows come with engagement",
    ),
    later(
        29,
        "Limits of frequency are bypassed, mail leaves at three in the morning",
        "One gate for every sender",
        "the gate comes with engagement",
    ),
    later(
        30,
        "There is no way to export or erase all",
        "One request each, with a proof",
        "privacy comes later",
    ),
    row(
        31,
        "The call drops when the pop's function fails",
        "A pop that fails never fails a call",
    ),
    row(
        32,
        "A merge cannot be undone",
        "Link and unlink are records beside an append-only log",
    ),
    row(
        33,
        "Contact records: the last write wins, however old",
        "The newest version wins, in whatever order",
    ),
    row(
        34,
        "An exception drops the event",
        "What is refused is kept in quarantine with its reason",
    ),
];

/// The tests of each row: `complaint_<row>_<behaviour>` in `<file>`.
fn tests_by_row(files: &[(String, String)]) -> BTreeMap<u32, Vec<(String, String)>> {
    let mut found: BTreeMap<u32, Vec<(String, String)>> = BTreeMap::new();
    for (path, text) in files {
        // This file holds samples of such names and no such test.
        if path.ends_with("rules/complaints.rs") {
            continue;
        }
        for rest in text.split("fn complaint_").skip(1) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let (numbers, words) = numbered(&rest[..end.unwrap_or(rest.len())]);
            for number in numbers {
                let held = (words.clone(), path.clone());
                found.entry(number).or_default().push(held);
            }
        }
    }
    for tests in found.values_mut() {
        tests.sort();
        tests.dedup();
    }
    found
}

/// The rows that a name begins with, such as `22_and_32`, and the words behind them.
fn numbered(name: &str) -> (Vec<u32>, String) {
    let mut words: Vec<&str> = name.split('_').collect();
    let mut numbers = Vec::new();
    while let Some(number) = words.first().and_then(|word| word.parse().ok()) {
        numbers.push(number);
        words.remove(0);
        let goes_on = words.first() == Some(&"and")
            && words.get(1).is_some_and(|word| word.parse::<u32>().is_ok());
        if !goes_on {
            break;
        }
        words.remove(0);
    }
    (numbers, words.join(" "))
}

fn page(tests: &BTreeMap<u32, Vec<(String, String)>>) -> String {
    let mut page = String::from(
        "# Complaints, and the tests that hold what is right\n\n\
         What users of systems in this field complain about in public, in our words. Each row is held by the tests that \
         bear its number. Made of the tests by `UPDATE_DOCS=1 cargo test -p tests --test rules complaints`.\n\n\
         | # | Complaint | Right | Held by |\n|---|---|---|---|\n",
    );
    for row in &ROWS {
        let held = match (row.later, tests.get(&row.number)) {
            (Some(reason), _) => format!("*not yet: {reason}*"),
            (None, Some(tests)) => tests
                .iter()
                .map(|(words, path)| format!("{words} ([{}](../{path}))", short(path)))
                .collect::<Vec<_>>()
                .join("; "),
            (None, None) => "**nothing**".to_owned(),
        };
        page.push_str(&format!(
            "| {} | {} | {} | {held} |\n",
            row.number, row.complaint, row.right
        ));
    }
    page
}

/// A file by its crate and name.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let crate_name = parts.get(1).unwrap_or(&"");
    format!("{crate_name}/{}", parts.last().unwrap_or(&""))
}

#[test]
fn each_complaint_is_held_by_a_test_or_says_why_not_yet() {
    let tests = tests_by_row(&rust_files());
    for row in &ROWS {
        let held = tests.contains_key(&row.number);
        assert!(
            held || row.later.is_some(),
            "no test bears the number of row {}: {}",
            row.number,
            row.complaint
        );
    }
    let known: Vec<u32> = ROWS.iter().map(|row| row.number).collect();
    for number in tests.keys() {
        assert!(known.contains(number), "there is no row {number}");
    }
}

#[test]
fn the_page_of_complaints_is_that_of_the_tests() {
    let page = page(&tests_by_row(&rust_files()));
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        page == written,
        "{PAGE} is old; UPDATE_DOCS=1 cargo test -p tests --test rules complaints"
    );
}

#[test]
fn a_test_is_found_by_its_number() {
    let text = "fn complaint_7_and_8_a_number_alone() {}\nfn complaint_x() {}".to_owned();
    let found = tests_by_row(&[("shared/a/src/b.rs".to_owned(), text)]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[&8][0].0, "a number alone");
    assert_eq!(short(&found[&7][0].1), "a/b.rs");
}
