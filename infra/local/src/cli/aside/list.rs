//! What lies in a queue, counted by what its messages say of themselves. Bodies are not looked at.

use std::collections::BTreeMap;

use timeline::Timestamp;

use super::plain::{ERROR_CODE, is_plain};
use super::walk::Walk;
use crate::cli::reach::{Queues, UNDELIVERED};
use crate::cli::{CliError, now};

/// Most rows of one queue.
const MAX_ROWS: usize = 100;
/// What stands for an attribute that a message does not have.
const NONE: &str = "-";
/// What stands for a value that a sender chose, because it may be personal.
const OTHER: &str = "(other)";
/// Longest value of an attribute that is shown, in characters, because a sender may have chosen it.
const MAX_SHOWN: usize = 40;

/// Messages that say the same.
#[derive(Default)]
struct Row {
    messages: usize,
    oldest: Option<Timestamp>,
    /// One of them, to be shown.
    id: String,
}

/// Counts the messages of queues by these attributes.
pub(super) async fn list(queues: &Queues, names: &[String], by: &[&str]) -> Result<(), CliError> {
    for name in names {
        // A source is said on the way into a queue, which these never were in.
        let by = if name == UNDELIVERED {
            &[ERROR_CODE]
        } else {
            by
        };
        let mut walk = Walk::through(queues, name).await?;
        let counted = count(&mut walk, name, by).await;
        let missed = walk.missed().await;
        walk.give_back().await;
        let (rows, missed) = (counted?, missed?);
        let messages: usize = rows.values().map(|row| row.messages).sum();
        let oldest = rows.values().filter_map(|row| row.oldest).min();
        let age = oldest.map_or_else(String::new, |oldest| {
            format!(", oldest {}", ago(oldest, now()))
        });
        anstream::println!("{name}: {messages} {}{age}", plural(messages));
        for (values, row) in rows.iter().take(MAX_ROWS) {
            let said: Vec<_> = by
                .iter()
                .zip(values)
                .map(|(name, value)| format!("{name} {value}"))
                .collect();
            let age = row
                .oldest
                .map_or(String::new(), |oldest| ago(oldest, now()));
            anstream::println!(
                "{:>7}  {}  oldest {age}  such as {}",
                row.messages,
                said.join("  "),
                row.id
            );
        }
        if rows.len() > MAX_ROWS {
            anstream::println!("         and {} other kinds", rows.len() - MAX_ROWS);
        }
        walk.tell_rest(missed);
    }
    Ok(())
}

async fn count(
    walk: &mut Walk<'_>,
    queue: &str,
    by: &[&str],
) -> Result<BTreeMap<Vec<String>, Row>, CliError> {
    let mut rows: BTreeMap<Vec<String>, Row> = BTreeMap::new();
    loop {
        let messages = walk.next().await?;
        if messages.is_empty() {
            return Ok(rows);
        }
        for message in messages {
            let said = by.iter().map(|name| match message.said(name) {
                Some(value) if is_plain(queue, name, value) => shown(value),
                Some(_) => OTHER.to_owned(),
                None => NONE.to_owned(),
            });
            let row = rows.entry(said.collect()).or_default();
            row.messages += 1;
            let is_older = match (row.oldest, message.sent_at) {
                (None, _) => true,
                (Some(oldest), Some(sent)) => sent < oldest,
                (Some(_), None) => false,
            };
            if is_older {
                row.oldest = message.sent_at;
                row.id = message.id;
            }
        }
    }
}

/// A value as it is shown: one word, and not long.
fn shown(value: &str) -> String {
    let visible = value.chars().filter(|char| !char.is_control());
    visible.take(MAX_SHOWN).collect()
}

pub(super) fn plural(messages: usize) -> &'static str {
    if messages == 1 { "message" } else { "messages" }
}

/// How long ago something was, in one unit.
fn ago(then: Timestamp, now: Timestamp) -> String {
    let seconds = (now.millis() - then.millis()).max(0) / 1000;
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        7_200..=172_799 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_has_one_unit() {
        let then = |seconds: i64| {
            ago(
                Timestamp::EPOCH,
                Timestamp::EPOCH.plus_millis(seconds * 1000),
            )
        };
        assert_eq!(then(-5), "0 s");
        assert_eq!(then(119), "119 s");
        assert_eq!(then(120), "2 min");
        assert_eq!(then(7_200), "2 h");
        assert_eq!(then(172_800), "2 days");
    }

    #[test]
    fn what_a_sender_chose_is_shown_short_and_on_one_line() {
        assert_eq!(shown("a\n\u{1b}[31mb"), "a[31mb");
        assert_eq!(shown(&"x".repeat(500)).len(), MAX_SHOWN);
    }
}
