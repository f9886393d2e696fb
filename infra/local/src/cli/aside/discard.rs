//! One message taken out for good.

use super::walk::Walk;
use super::{Id, Wanted};
use crate::cli::CliError;
use crate::cli::reach::Queues;

/// Deletes the message of that id from a queue.
pub(super) async fn discard(queues: &Queues, name: &str, id: &str) -> Result<(), CliError> {
    let mut walk = Walk::through(queues, name).await?;
    let walked = discard_of(&mut walk, id).await;
    let missed = match &walked {
        Ok(false) => walk.missed().await,
        Ok(true) | Err(_) => Ok(0),
    };
    walk.give_back().await;
    if walked? {
        anstream::println!("{name}: 1 message discarded");
        return Ok(());
    }
    let missed = missed?;
    walk.tell_rest(missed);
    Err(if walk.is_whole(missed) {
        CliError::NoMessage
    } else {
        CliError::Missed
    })
}

async fn discard_of(walk: &mut Walk<'_>, id: &str) -> Result<bool, CliError> {
    let wanted = Wanted {
        id: Some(Id::Is(id)),
        reason: None,
    };
    loop {
        // A walk has an end, which is bounded.
        let messages = walk.next().await?;
        if messages.is_empty() {
            return Ok(false);
        }
        if let Some(message) = messages.iter().find(|message| wanted.means(message)) {
            walk.delete(message).await?;
            return Ok(true);
        }
    }
}
