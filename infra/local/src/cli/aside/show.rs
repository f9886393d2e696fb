//! Messages one by one.

use queue::attribute::RECEIVED_AT;
use timeline::Timestamp;

use super::plain::is_plain;
use super::walk::{Aside, Walk};
use super::{Id, Show, Wanted};
use crate::cli::CliError;
use crate::cli::reach::Queues;

/// Most messages that are shown.
const MAX_SHOWN: usize = 100;
pub(super) async fn show(
    queues: &Queues,
    names: &[String],
    options: &Show,
) -> Result<(), CliError> {
    let wanted = Wanted {
        id: options.id.as_deref().map(Id::Begins),
        reason: options.reason.as_deref(),
    };
    let mut shown = 0;
    let (mut is_found, mut is_whole) = (false, true);
    for name in names {
        let mut walk = Walk::through(queues, name).await?;
        let walked = show_of(&mut walk, name, wanted, options.body, &mut shown).await;
        let missed = walk.missed().await;
        walk.give_back().await;
        is_found = walked?;
        if is_found || shown == MAX_SHOWN {
            break;
        }
        let missed = missed?;
        walk.tell_rest(missed);
        is_whole &= walk.is_whole(missed);
    }
    match shown {
        0 if is_whole => Err(CliError::NoMessage),
        0 => Err(CliError::Missed),
        MAX_SHOWN if !is_found => {
            anstream::eprintln!("there may be more: {MAX_SHOWN} are shown at most");
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Shows messages, and says whether one was found that has the whole id, so that there is no other.
async fn show_of(
    walk: &mut Walk<'_>,
    name: &str,
    wanted: Wanted<'_>,
    body: bool,
    shown: &mut usize,
) -> Result<bool, CliError> {
    while *shown < MAX_SHOWN {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        let meant = messages.iter().filter(|message| wanted.means(message));
        for message in meant.take(MAX_SHOWN - *shown) {
            anstream::print!("{}", card(name, message, body));
            *shown += 1;
            if wanted.names(message) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A message as text, without what may be personal unless it is asked for.
fn card(queue: &str, message: &Aside, body: bool) -> String {
    let time = |at: Option<Timestamp>| at.map_or(String::new(), |at| at.to_string());
    let mut card = format!(
        "{} in {queue}\n  sent {}  received {}×, first {}\n",
        message.id,
        time(message.sent_at),
        message.receives,
        time(message.first_received_at),
    );
    for (name, value) in &message.attributes {
        let text = value.string_value().unwrap_or_default();
        if body || is_plain(queue, name, text) {
            card.push_str(&format!("  {name}: {}\n", readable(name, text)));
        } else {
            card.push_str(&format!(
                "  {name}: {} bytes, shown with --body\n",
                text.len()
            ));
        }
    }
    if body {
        card.push_str(&format!("  body:\n{}\n", printable(&message.body)));
    } else {
        card.push_str(&format!(
            "  body: {} bytes, shown with --body\n",
            message.body.len()
        ));
    }
    card
}

/// An attribute as it is shown: a time as a time.
fn readable(name: &str, text: &str) -> String {
    let millis = Some(text).filter(|_| name == RECEIVED_AT);
    let at = millis.and_then(|millis| Timestamp::from_millis(millis.parse().ok()?).ok());
    at.map_or_else(|| one_line(text), |at| at.to_string())
}

fn one_line(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).collect()
}

/// A text without what would steer the terminal.
fn printable(text: &str) -> String {
    let kept = |char: &char| !char.is_control() || matches!(char, '\n' | '\t');
    text.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_sqs::types::MessageAttributeValue;

    use super::*;

    #[test]
    fn a_time_is_shown_as_one() {
        for (name, text, shown) in [
            (RECEIVED_AT, "1772442000000", "2026-03-02T09:00:00.000Z"),
            (RECEIVED_AT, "yesterday", "yesterday"),
            ("reason", "1772442000000", "1772442000000"),
        ] {
            assert_eq!(readable(name, text), shown);
        }
    }

    #[test]
    fn what_may_be_personal_is_shown_when_it_is_asked_for() {
        let value = |text: &str| {
            let value = MessageAttributeValue::builder().data_type("String");
            value.string_value(text).build().unwrap()
        };
        let message = Aside {
            id: "4f2a".to_owned(),
            body: "+14155550142 calls\u{1b}[2J".to_owned(),
            attributes: BTreeMap::from([
                ("source".to_owned(), value("cti")),
                (
                    "headers".to_owned(),
                    value("{\"from\":\"ada@example.com\"}"),
                ),
            ]),
            group: None,
            sent_at: None,
            first_received_at: None,
            receives: "3".to_owned(),
            receipt: String::new(),
        };
        let closed = card("quarantine", &message, false);
        assert!(
            closed.contains("source: cti") && closed.contains("headers: 26 bytes"),
            "{closed}"
        );
        assert!(
            !closed.contains("555") && !closed.contains("ada@"),
            "{closed}"
        );
        let open = card("quarantine", &message, true);
        assert!(
            open.contains("+14155550142 calls[2J") && open.contains("ada@"),
            "{open}"
        );
        assert!(!open.contains('\u{1b}'));
    }
}
