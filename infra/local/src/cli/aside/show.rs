//! Messages one by one.

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
    for name in names {
        let mut walk = Walk::through(queues, name).await?;
        let walked = show_of(&mut walk, name, wanted, options.body, &mut shown).await;
        walk.give_back().await;
        walk.tell_if_cut();
        walked?;
    }
    match shown {
        0 => Err(CliError::NoMessage),
        MAX_SHOWN => {
            anstream::eprintln!("there may be more: {MAX_SHOWN} are shown at most");
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn show_of(
    walk: &mut Walk<'_>,
    name: &str,
    wanted: Wanted<'_>,
    body: bool,
    shown: &mut usize,
) -> Result<(), CliError> {
    while *shown < MAX_SHOWN {
        let messages = walk.next().await?;
        if messages.is_empty() {
            break;
        }
        let meant = messages.iter().filter(|message| wanted.means(message));
        for message in meant.take(MAX_SHOWN - *shown) {
            anstream::print!("{}", card(name, message, body));
            *shown += 1;
        }
    }
    Ok(())
}

/// A message as text, without what may be personal unless it is asked for.
fn card(queue: &str, message: &Aside, body: bool) -> String {
    let time = |at: Option<timeline::Timestamp>| at.map_or(String::new(), |at| at.to_string());
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
            card.push_str(&format!("  {name}: {}\n", one_line(text)));
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
