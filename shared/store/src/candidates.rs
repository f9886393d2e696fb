//! The events of one append on their way into the table: which are distinct, what fits together into a transaction, and
//! what becomes of repetitions.

use std::collections::HashMap;

use timeline::Event;

use crate::append::Appended;
use crate::error::StoreError;
use crate::{item, schema};

/// Most events that one transaction puts: DynamoDB takes 100 items, and one is the interaction.
const MAX_EVENTS_PER_TRANSACTION: usize = 99;
/// Most bytes of events in one transaction: DynamoDB takes 4 MB, and keys, names and the interaction need room.
const MAX_BYTES_PER_TRANSACTION: usize = 3_000_000;
/// Longest event that an item holds: DynamoDB takes 400 KB.
const MAX_EVENT_BYTES: usize = 350_000;
/// An event on its way into the table.
pub(crate) struct Candidate<'a> {
    /// Its place in the caller's list.
    pub(crate) place: usize,
    pub(crate) event: &'a Event,
    pub(crate) hash: String,
    pub(crate) json: String,
}

/// The distinct events of a list, the first of each id; notes those that cannot be stored at all.
pub(crate) fn distinct<'a>(
    events: &'a [Event],
    outcomes: &mut [Option<Appended>],
) -> Vec<Candidate<'a>> {
    let mut seen = std::collections::HashSet::new();
    let mut candidates = Vec::new();
    for (place, event) in events
        .iter()
        .enumerate()
        .filter(|(_, event)| seen.insert(&event.id))
    {
        match serde_json::to_string(event) {
            Ok(json) if json.len() <= MAX_EVENT_BYTES => {
                candidates.push(Candidate {
                    place,
                    event,
                    hash: event.content_hash(),
                    json,
                });
            }
            Ok(_) | Err(_) => outcomes[place] = Some(Appended::TooLarge),
        }
    }
    candidates
}

/// Cuts a list so that each part fits into one transaction.
pub(crate) fn chunks(candidates: Vec<Candidate<'_>>) -> Vec<Vec<Candidate<'_>>> {
    let mut chunks: Vec<Vec<Candidate<'_>>> = Vec::new();
    let mut bytes = 0;
    for candidate in candidates {
        let length = candidate.json.len();
        match chunks.last_mut() {
            Some(chunk)
                if chunk.len() < MAX_EVENTS_PER_TRANSACTION
                    && bytes + length <= MAX_BYTES_PER_TRANSACTION =>
            {
                bytes += length;
                chunk.push(candidate);
            }
            _ => {
                bytes = length;
                chunks.push(vec![candidate]);
            }
        }
    }
    chunks
}

/// Notes which events the table has already, and keeps the others.
pub(crate) fn drop_known<'a>(
    pending: Vec<Candidate<'a>>,
    failed: &HashMap<usize, Option<item::Item>>,
    outcomes: &mut [Option<Appended>],
) -> Vec<Candidate<'a>> {
    let mut kept = Vec::new();
    for (place, candidate) in pending.into_iter().enumerate() {
        match failed.get(&place) {
            None => kept.push(candidate),
            Some(item) => {
                let stored = item
                    .as_ref()
                    .and_then(|item| item::read_text(item, schema::HASH, "event").ok());
                outcomes[candidate.place] = Some(match stored {
                    Some(hash) if hash == candidate.hash => Appended::Duplicate,
                    Some(_) => Appended::Conflict,
                    // Without the stored digest nobody can tell which of the two it is.
                    None => {
                        Appended::Failed(StoreError::unreadable("event", &"its digest is missing"))
                    }
                });
            }
        }
    }
    kept
}

/// Gives every event its outcome: to repetitions within the list by what the first of their id became, to what was not
/// reached the cause.
pub(crate) fn settle(
    events: &[Event],
    outcomes: Vec<Option<Appended>>,
    cause: &StoreError,
) -> Vec<Appended> {
    let mut first_of: HashMap<&timeline::EventId, usize> = HashMap::new();
    let mut settled: Vec<Appended> = Vec::with_capacity(events.len());
    for ((place, event), outcome) in events.iter().enumerate().zip(outcomes) {
        let first = *first_of.entry(&event.id).or_insert(place);
        let repeated = || {
            let same = events[first].content_hash() == event.content_hash();
            match (settled.get(first), same) {
                (Some(Appended::Stored | Appended::Duplicate), true) => Appended::Duplicate,
                (Some(Appended::Stored | Appended::Duplicate), false)
                | (Some(Appended::Conflict), true) => Appended::Conflict,
                (Some(Appended::TooLarge), true) => Appended::TooLarge,
                // Whether it is what the table has is found out when it comes again without the first.
                _ => Appended::Failed(cause.clone()),
            }
        };
        let appended = outcome.unwrap_or_else(repeated);
        settled.push(appended);
    }
    settled
}
