//! Calls that nobody answered, and nobody has made up for since.

use std::collections::BTreeSet;

use super::{Told, Warning, WarningKind};
use crate::event::{Channel, Direction};
use crate::fact::Author;
use crate::naming::is_id;
use crate::summary::{State, Summary};
use crate::time::Timestamp;
use crate::words::ago;

/// For how long an abandoned call is worth a warning, in milliseconds.
const ABANDONED_FOR_MS: i64 = 24 * 3_600_000;

/// One warning of all calls that nobody answered, about the last of them.
pub(super) fn warning(timeline: &[Summary], now: Timestamp) -> Option<Warning> {
    let waits = |call: &&Summary| {
        call.state == State::Abandoned
            && now.millis_since(given_up_at(call)) <= ABANDONED_FOR_MS
            && !timeline
                .iter()
                .any(|other| makes_up(other, given_up_at(call)))
    };
    // One that is both pinned and among the newest is one.
    let calls: BTreeSet<_> = timeline
        .iter()
        .filter(waits)
        .map(|call| (given_up_at(call), &call.id))
        .collect();
    let (last_at, last) = calls.last()?;
    let last = timeline.iter().find(|call| &call.id == *last)?;
    let queue = last.queue.as_ref().filter(|queue| !is_id(queue));
    let queue = queue.map_or_else(String::new, |queue| format!(" in {queue}"));
    let when = ago(*last_at, now);
    let text = match calls.len() {
        1 => format!("Called {when} and was not answered{queue}"),
        count => format!("Called {count} times, last {when}, and was not answered{queue}"),
    };
    let told = Told {
        kind: WarningKind::AbandonedCall,
        since: last.started_at,
        event_id: None,
        text,
    };
    Some(told.of(last))
}

fn given_up_at(call: &Summary) -> Timestamp {
    call.ended_at.unwrap_or(call.last_at)
}

/// Whether customer and company came together after that time: an agent answered a later call or called back, or wrote
/// in a chat or in a thread of the customer's. A mail that the company sends of itself may be a campaign's; and who is
/// still on the line has to be told that the customer called before.
fn makes_up(contact: &Summary, since: Timestamp) -> bool {
    let agent_wrote = contact.last_author == Some(Author::Agent) && contact.last_at > since;
    match contact.channel {
        Channel::Call => {
            let answered = !contact.agents.is_empty() && contact.state != State::Abandoned;
            let outbound = contact.direction == Some(Direction::Outbound);
            (answered || outbound) && !contact.state.is_live() && contact.started_at >= since
        }
        Channel::Chat => agent_wrote,
        Channel::Email => agent_wrote && contact.direction != Some(Direction::Outbound),
        Channel::Web | Channel::Task | Channel::Contract | Channel::Invoice | Channel::Survey => {
            false
        }
    }
}
