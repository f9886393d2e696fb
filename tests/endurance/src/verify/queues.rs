//! What lies in the queues at the end: nothing in those that are worked through, and in the quarantine exactly the poison.

use std::time::Duration;

use tokio::time::Instant;

use super::{Differences, VerifyError};
use crate::http::Http;
use crate::ledger::{Known, Ledger};
use crate::senders::{depth, poison, put, receive, remove};
use crate::stack::Addresses;

/// The queues that functions work through.
pub const WORKED: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];
/// How often queues are looked at while they are drained.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// For how long messages are hidden that are looked at.
const HIDDEN_S: u32 = 120;
/// Most messages of one queue that are looked at, in tens.
const MAX_RECEIVES: usize = 100_000;

/// Messages that wait in the queues that are worked through, or are being worked on.
///
/// # Errors
/// When a queue does not say.
pub async fn waiting(http: &Http, at: &Addresses) -> Result<u64, VerifyError> {
    let mut waiting = 0;
    for queue in WORKED {
        let (visible, hidden) = depth(http, at.queue(queue)).await?;
        waiting += visible + hidden;
    }
    Ok(waiting)
}

/// Waits until all queues are worked through.
///
/// # Errors
/// When they are not in time, or one does not say.
pub async fn drained(http: &Http, at: &Addresses, limit: Duration) -> Result<(), VerifyError> {
    let until = Instant::now() + limit;
    loop {
        let left = waiting(http, at).await?;
        if left == 0 {
            return Ok(());
        }
        if Instant::now() >= until {
            return Err(VerifyError::NotDrained(left));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// What the quarantine holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quarantined {
    /// Pieces of poison that are there.
    pub pieces: u64,
    /// Messages beyond one for each: a function that is killed between the quarantine and its answer does it again.
    pub repeated: u64,
}

/// Takes out the quarantine and compares it with the poison that was sent.
///
/// # Errors
/// When it cannot be read.
pub async fn quarantine(
    http: &Http,
    at: &Addresses,
    seed: u64,
    poison: &Ledger,
    pieces: u64,
    differences: &mut Differences,
) -> Result<Quarantined, VerifyError> {
    let mut times = vec![0_u64; usize::try_from(pieces).unwrap_or(0)];
    for body in emptied(http, at.queue("quarantine")).await? {
        let piece = poison::number_of(seed, &body).and_then(|piece| usize::try_from(piece).ok());
        match piece.and_then(|piece| times.get_mut(piece)) {
            Some(times) => *times += 1,
            None => differences.note("in the quarantine and no poison", || {
                body.chars().take(200).collect()
            }),
        }
    }
    let mut quarantined = Quarantined::default();
    for (piece, times) in (0_u64..).zip(&times) {
        quarantined.pieces += u64::from(*times > 0);
        quarantined.repeated += times.saturating_sub(1);
        match (poison.known(piece), times) {
            (Known::Accepted, 0) => {
                differences.note("poison that is lost", || format!("piece {piece}"));
            }
            (Known::Unsent, 1..) => {
                differences.note("poison that nobody sent", || format!("piece {piece}"));
            }
            (Known::Accepted, 1..) | (Known::InDoubt, _) | (Known::Unsent, 0) => {}
        }
    }
    Ok(quarantined)
}

/// Puts back what lies in the dead-letter queues, as a person would once the cause is gone. What was in hand in several
/// crashes is there through no fault of its own. Gives how many there were.
///
/// # Errors
/// When a queue cannot be read or written.
pub async fn put_back(http: &Http, at: &Addresses) -> Result<u64, VerifyError> {
    let mut moved = 0;
    for queue in WORKED {
        let dead = at.queue(&format!("{queue}-dlq"));
        for _ in 0..MAX_RECEIVES {
            let messages = receive(http, dead, HIDDEN_S).await?;
            if messages.is_empty() {
                break;
            }
            let taken = put(http, at.queue(queue), &messages).await?;
            if taken.len() < messages.len() {
                return Err(VerifyError::NotPutBack);
            }
            remove(http, dead, &messages).await?;
            moved += messages.len() as u64;
        }
    }
    Ok(moved)
}

/// Takes all messages out of a queue.
async fn emptied(http: &Http, queue: &str) -> Result<Vec<String>, VerifyError> {
    let mut bodies = Vec::new();
    for _ in 0..MAX_RECEIVES {
        let messages = receive(http, queue, HIDDEN_S).await?;
        if messages.is_empty() {
            break;
        }
        remove(http, queue, &messages).await?;
        bodies.extend(messages.into_iter().map(|message| message.body));
    }
    Ok(bodies)
}
