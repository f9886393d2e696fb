//! What an attacker can try, what stops it, and the tests that hold that: a page made of the rows in `threats/`,
//! which name tests and controls that have to be there.

mod everywhere;
mod people;
mod queues;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::{root, rust_files};

const PAGE: &str = "docs/threats.md";
const PROOF: &str = "docs/proof/hostile.json";
const COMMAND: &str = "UPDATE_DOCS=1 cargo test -p tests --test rules threats";
/// Fewest threats: the issue alone names more kinds than half of them.
const LEAST_THREATS: usize = 40;

/// Fewest letters of a text that names a control.
const LEAST_NAME: usize = 7;

/// Where something comes in.
const ENTRANCES: [&str; 6] = [
    "Webhooks",
    "SNS, EventBridge and queues",
    "Mails",
    "Website widget",
    "Agents' API",
    "Everywhere",
];

fn rows() -> impl Iterator<Item = &'static Threat> {
    [webhooks::ROWS, queues::ROWS, people::ROWS, everywhere::ROWS]
        .into_iter()
        .flatten()
}

/// What somebody could try.
struct Threat {
    /// Where it comes in, of [`ENTRANCES`].
    entrance: &'static str,
    /// What is tried.
    threat: &'static str,
    /// Who can try it.
    who: &'static str,
    /// What stops it.
    control: &'static str,
    /// Where that is: a file, and a text that stands in it.
    at: (&'static str, &'static str),
    /// The tests that hold it: a file, and the test's name.
    held: &'static [(&'static str, &'static str)],
}

/// What leaves a test out. In two parts, so that this file does not hold it.
const LEFT_OUT: (&str, &str) = ("#[", "ignore");

/// The tests of a file that are run: functions under an attribute that ends with `test`, and cases that `everywhere!` names.
fn tests_of(text: &str) -> BTreeSet<&str> {
    let mut tests = BTreeSet::new();
    let left_out = format!("{}{}", LEFT_OUT.0, LEFT_OUT.1);
    let (mut is_test, mut is_run) = (false, true);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            is_test |= line.starts_with("#[test]") || line.starts_with("#[tokio::test");
            is_run &= !line.contains(&left_out);
        } else if let Some(name) = declared(line) {
            if is_test && is_run {
                tests.insert(name);
            }
            (is_test, is_run) = (false, true);
        } else if line.starts_with("proptest!") || is_test && line.is_empty() {
            (is_test, is_run) = (false, true);
        }
    }
    tests
}

fn declared(line: &str) -> Option<&str> {
    let line = line
        .trim_start_matches("pub(crate) ")
        .trim_start_matches("async ");
    let (name, _) = line.strip_prefix("fn ")?.split_once('(')?;
    Some(name)
}

/// Where macros make tests of cases, and with what word their lists begin.
const LISTS: [(&str, &str); 2] = [
    ("tests/tests/end_to_end", "\neverywhere! {"),
    ("tests/tests/contract", "\ncontract! {"),
];

/// The cases of the tests that run on each backend, by the file that they stand in.
fn cases(files: &BTreeMap<String, String>) -> BTreeSet<(String, String)> {
    let mut cases = BTreeSet::new();
    for (folder, word) in LISTS {
        let main = files.get(&format!("{folder}/main.rs"));
        let Some((_, listed)) = main.and_then(|text| text.split_once(word)) else {
            continue;
        };
        let mut module = String::new();
        for line in listed.lines().map(str::trim) {
            if let Some(name) = line.strip_suffix(" {") {
                module = format!("{folder}/{name}.rs");
            } else if let Some(case) = line.strip_suffix(',') {
                cases.insert((module.clone(), case.to_owned()));
            }
        }
    }
    cases
}

/// What of a row is not there.
fn missing(row: &Threat, files: &BTreeMap<String, String>) -> Vec<String> {
    let mut missing = Vec::new();
    let (file, text) = row.at;
    let stands = std::fs::read_to_string(root().join(file)).is_ok_and(|there| there.contains(text));
    // What stands in each file is no control of this one.
    let is_name = text.len() >= LEAST_NAME;
    if !stands || !is_name {
        missing.push(format!("no control `{text}` in {file}"));
    }
    if row.held.is_empty() {
        missing.push(format!("nothing holds: {}", row.threat));
    }
    if !ENTRANCES.contains(&row.entrance) {
        missing.push(format!("no entrance {}", row.entrance));
    }
    let cases = cases(files);
    for (file, test) in row.held {
        let is_test = files
            .get(*file)
            .is_some_and(|text| tests_of(text).contains(test));
        if !is_test && !cases.contains(&((*file).to_owned(), (*test).to_owned())) {
            missing.push(format!("no test {test} in {file}"));
        }
    }
    missing
}

fn page() -> String {
    let mut page = format!(
        "# Threats, and the tests that hold against them\n\n\
         What somebody can try at each entrance, what stops it, and the test that fails when it does not. Made by \
         `{COMMAND}`, which fails when a control or a test is not there.\n\n\
         What is not stopped here: an agent with a good token may read every customer, one question at a time and as fast \
         as the routes' limits allow; who holds a provider's secret speaks for that provider. Both are what they are \
         trusted with.\n",
    );
    for entrance in ENTRANCES {
        page.push_str(&format!(
            "\n## {entrance}\n| Threat | Who can | Control | Held by |\n|---|---|---|---|\n"
        ));
        for row in rows().filter(|row| row.entrance == entrance) {
            let held: Vec<String> = row
                .held
                .iter()
                .map(|(file, test)| format!("[{}](../{file})", test.replace('_', " ")))
                .collect();
            page.push_str(&format!(
                "| {} | {} | {} ([{}](../{})) | {} |\n",
                row.threat,
                row.who,
                row.control,
                short(row.at.0),
                row.at.0,
                held.join("; ")
            ));
        }
    }
    page
}

/// A file by its last two names.
fn short(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| *part != "src").collect();
    parts[parts.len().saturating_sub(2)..].join("/")
}

fn files() -> BTreeMap<String, String> {
    rust_files().into_iter().collect()
}

#[test]
fn each_threat_has_a_control_and_a_test() {
    let files = files();
    let missing: Vec<String> = rows().flat_map(|row| missing(row, &files)).collect();
    assert_eq!(missing, Vec::<String>::new());
    assert!(rows().count() >= LEAST_THREATS, "{}", rows().count());
    for entrance in ENTRANCES {
        assert!(rows().any(|row| row.entrance == entrance), "{entrance}");
    }
    let threats: BTreeSet<&str> = rows().map(|row| row.threat).collect();
    assert_eq!(threats.len(), rows().count(), "two rows are the same");
}

#[test]
fn the_page_of_threats_is_that_of_the_tests() {
    let page = page();
    let path = root().join(PAGE);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
        let tests: BTreeSet<_> = rows().flat_map(|row| row.held).collect();
        let rows = json!([{
            "what": "Threats with a control and a test each (docs/threats.md)",
            "result": format!("{} threats, {} tests, 0 without", rows().count(), tests.len()),
            "command": "cargo test -p tests --test rules threats",
        }]);
        let proof = root().join(PROOF);
        std::fs::create_dir_all(proof.parent().unwrap()).unwrap();
        std::fs::write(proof, format!("{rows:#}\n")).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(page == written, "{PAGE} is old; {COMMAND}");
}

#[test]
fn a_test_that_is_left_out_is_none() {
    let left_out = format!("{}{}", LEFT_OUT.0, LEFT_OUT.1);
    for text in [
        format!("#[test]\n{left_out}]\nfn told() {{}}\n"),
        format!("{left_out} = \"slow\"]\n#[tokio::test]\nasync fn told() {{}}\n"),
    ] {
        assert!(tests_of(&text).is_empty(), "{text}");
        let both = format!("{text}\n#[test]\nfn other() {{}}\n");
        assert_eq!(tests_of(&both), BTreeSet::from(["other"]));
    }
}

#[test]
fn a_test_or_control_that_is_gone_is_found() {
    let row = Threat {
        entrance: "Everywhere",
        threat: "",
        who: "",
        control: "",
        at: ("Cargo.toml", "no such thing"),
        held: &[
            ("a.rs", "told"),
            ("a.rs", "helper"),
            ("a.rs", "gone"),
            ("tests/tests/end_to_end/b.rs", "case"),
        ],
    };
    let mut files = BTreeMap::from([(
        "a.rs".to_owned(),
        "#[tokio::test(flavor = \"x\")]\nasync fn told() {}\n\nfn helper() {}\n".to_owned(),
    )]);
    assert_eq!(
        missing(&row, &files),
        [
            "no control `no such thing` in Cargo.toml",
            "no test helper in a.rs",
            "no test gone in a.rs",
            "no test case in tests/tests/end_to_end/b.rs"
        ]
    );
    files.insert(
        "tests/tests/end_to_end/main.rs".to_owned(),
        "\neverywhere! {\n    b {\n        case,\n    }\n}".to_owned(),
    );
    assert_eq!(missing(&row, &files).len(), 3);
}

/// Where what a sender shows is compared with what only its provider can know.
const COMPARING: [&str; 4] = ["jwt", "shown", "signed", "twilio"];

/// What of that is compared by other means than those that take constant time.
fn compared_otherwise(name: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if !text.contains("use crate::constant::{equal") && !text.contains("use crate::constant::equal")
    {
        complaints.push(format!("{name} compares by itself"));
    }
    let secret = [
        "as_bytes() ==",
        "== secret",
        "signature ==",
        "== signature",
        "tag.as_ref() ==",
    ];
    let lines = text
        .lines()
        .filter(|line| secret.iter().any(|word| line.contains(word)));
    complaints.extend(lines.map(|line| format!("{name}: {}", line.trim())));
    complaints
}

#[test]
fn what_proves_a_delivery_is_compared_in_constant_time() {
    let files = files();
    for name in COMPARING {
        let text = &files[&format!("shared/signatures/src/{name}.rs")];
        assert_eq!(compared_otherwise(name, text), Vec::<String>::new());
    }
    assert!(
        files["shared/signatures/src/constant.rs"]
            .contains("hmac::verify(&key, other, tag.as_ref())")
    );
    assert_eq!(compared_otherwise("a", "if signature == tag {").len(), 2);
}
