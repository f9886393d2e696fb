//! The one table at the head of the page: what was proved by how much, out of the rows of all the others. Nothing in it is
//! typed: a row that does not say its number any more makes the page fail.

use std::collections::BTreeMap;

use super::Row;

/// What was found, by the name of its file.
pub(super) type Found = BTreeMap<&'static str, Vec<Row>>;

/// What a kind of fault's row begins with.
const FAULT: &str = "Fault: ";
/// What the row of all faults begins with.
const FAULTS: &str = "Faults in them";
/// What the row of a run under kill -9 begins with.
const KILLED: &str = "kill -9";
/// What the row of a scenario's events ends with.
const EVENTS: &str = ": events";

/// The number that stands right before a word.
pub(super) fn before(text: &str, word: &str) -> Option<u64> {
    let (head, _) = text.split_once(word)?;
    let digits = head.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    head[digits..].parse().ok()
}

fn told(row: &Row, word: &str) -> u64 {
    let (what, result, _) = row;
    before(result, word)
        .unwrap_or_else(|| panic!("no number before `{word}` in `{what}`: {result}"))
}

/// The parts of commands, each once and in order, each as code.
fn commands<'a>(rows: impl IntoIterator<Item = &'a Row>) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for (_, _, command) in rows {
        for part in command.split(" && ") {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
    }
    // In the page's own rows the marks around a command are written once.
    parts.join("`, `")
}

fn sum<'a>(rows: impl IntoIterator<Item = &'a Row>, word: &str) -> u64 {
    rows.into_iter().map(|row| told(row, word)).sum()
}

/// The rows that are chosen, of which there has to be one.
fn chosen<'a>(found: &'a Found, name: &str, is_it: impl Fn(&str) -> bool) -> Vec<&'a Row> {
    let rows = found.get(name).into_iter().flatten();
    let rows: Vec<&Row> = rows.filter(|(what, _, _)| is_it(what)).collect();
    assert!(!rows.is_empty(), "docs/proof/{name}.json has no such row");
    rows
}

/// The table's rows.
pub(super) fn summary(found: &Found, fuzzing: &Row) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |what: &str, result: String, command: String| {
        rows.push((what.to_owned(), result, command));
    };
    for row in chosen(found, "simulation", |what| what == "Simulated histories") {
        add("Histories", row.1.clone(), row.2.clone());
    }
    let kinds = chosen(found, "simulation", |what| what.starts_with(FAULT));
    let each: Vec<String> = kinds
        .iter()
        .map(|(what, count, _)| format!("{} {count}", what.trim_start_matches(FAULT)))
        .collect();
    for (what, all, command) in chosen(found, "simulation", |what| what.starts_with(FAULTS)) {
        let without = what.trim_start_matches(FAULTS);
        let result = format!("{all}{without}; {} kinds: {}", each.len(), each.join(", "));
        add("Faults by kind", result, command.clone());
    }
    let planted = chosen(found, "planted", |_| true);
    let models = chosen(found, "models", |_| true);
    add(
        "Planted bugs caught",
        format!(
            "{} of {} by the simulation, {} of {} by the models",
            planted.len(),
            planted.len(),
            sum(models.clone(), " of "),
            sum(models.clone(), " planted faults")
        ),
        format!("tests/tools/planted`, `{}", commands(models.clone())),
    );
    add(
        "Model states",
        format!(
            "{} in {} models, {} steps",
            sum(models.clone(), " states"),
            models.len(),
            sum(models.clone(), " steps")
        ),
        commands(models),
    );
    for row in chosen(found, "faithful", |_| true) {
        add(
            "Operation sequences compared",
            format!(
                "{}, {} answers on the simulated table, the embedded one and DynamoDB Local",
                told(row, " random sequences"),
                told(row, " answers compared")
            ),
            row.2.clone(),
        );
    }
    let killed = chosen(found, "crash", |what| what.starts_with(KILLED));
    add(
        "Kills survived",
        format!(
            "{} in {} runs; {} of {} accepted events lost or doubled",
            sum(killed.clone(), " kills"),
            killed.len(),
            sum(killed.clone(), " of "),
            sum(killed.clone(), " accepted")
        ),
        commands(killed),
    );
    let events = chosen(found, "load", |what| what.ends_with(EVENTS));
    add(
        "Events sent and found",
        format!(
            "{} accepted and {} found in {} runs under load; {} lost, {} doubled",
            sum(events.clone(), " accepted"),
            sum(events.clone(), " in the table"),
            events.len(),
            sum(events.clone(), " lost"),
            sum(events.clone(), " doubled")
        ),
        commands(events),
    );
    rows.push(fuzzing.clone());
    for row in chosen(found, "mutants", |_| true) {
        rows.push(row.clone());
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_that_right_before_its_word() {
        let text = "0 of 99999 accepted in 183 s; 25 kills (15 serving)";
        assert_eq!(before(text, " accepted"), Some(99_999));
        assert_eq!(before(text, " of "), Some(0));
        assert_eq!(before(text, " kills"), Some(25));
        assert_eq!(before(text, " lost"), None);
        assert_eq!(before("no kills", " kills"), None);
    }

    #[test]
    fn what_several_commands_share_is_said_once() {
        let row = |command: &str| (String::new(), String::new(), command.to_owned());
        let rows = [row("build && run a"), row("build && run b")];
        assert_eq!(commands(&rows), "build`, `run a`, `run b");
    }
}
