//! The mutants that no test can notice: each is of a line that there is, with a sentence that says why.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::root;

const LEFT: &str = "docs/proof/mutants-left.json";
/// Fewest words that say why something cannot be noticed.
const FEWEST_WORDS: usize = 5;

/// What is wrong with an explanation; `read` gives the text of a file.
fn fault(row: &Value, read: impl Fn(&str) -> Option<String>) -> Option<&'static str> {
    let text = |name: &str| row[name].as_str().unwrap_or_default();
    let Some(file) = read(text("mutant").split(':').next().unwrap_or_default()) else {
        return Some("is of a file that is not there");
    };
    let line = text("at").replace(['⟦', '⟧'], "");
    if line.is_empty() || !file.lines().any(|there| there.trim() == line) {
        return Some("is of a line that is not there");
    }
    let why = text("why");
    let is_sentence = why.ends_with('.') && why.split_whitespace().count() >= FEWEST_WORDS;
    (!is_sentence).then_some("does not say why no test can notice it")
}

#[test]
fn each_mutant_that_is_left_is_of_a_line_that_there_is_and_is_explained() {
    let text = std::fs::read_to_string(root().join(LEFT)).unwrap();
    let rows: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!rows.is_empty());
    let mut seen = BTreeSet::new();
    for row in &rows {
        let name = format!("{} at {}", row["mutant"], row["at"]);
        let read = |path: &str| std::fs::read_to_string(root().join(path)).ok();
        assert_eq!(fault(row, read), None, "{name}");
        assert!(seen.insert(name.clone()), "{name} is there twice");
    }
}

#[test]
fn an_explanation_of_nothing_is_found() {
    let read = |path: &str| (path == "src/a.rs").then(|| "fn a() {\n    a < b\n}\n".to_owned());
    let row = |mutant: &str, at: &str, why: &str| {
        let row = serde_json::json!({"mutant": mutant, "at": at, "why": why});
        fault(&row, read)
    };
    let (mutant, at) = ("src/a.rs: replace < with <= in a", "a ⟦<⟧ b");
    assert_eq!(row(mutant, at, "Both are never equal in this place."), None);
    assert!(
        row(
            "src/b.rs: replace < with <= in a",
            at,
            "Both are never equal here."
        )
        .is_some()
    );
    assert!(row(mutant, "a ⟦>⟧ b", "Both are never equal here.").is_some());
    assert!(row(mutant, "", "Both are never equal here.").is_some());
    for why in ["", "equivalent.", "Both are never equal in this place"] {
        assert!(row(mutant, at, why).is_some(), "{why}");
    }
}
