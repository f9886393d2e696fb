//! The events of one append on their way into the table: which are distinct, what fits together into a transaction, and
//! what becomes of repetitions.

use std::collections::{HashMap, HashSet};

use timeline::{Event, EventId};

use crate::append::Appended;
use crate::error::StoreError;
use crate::item::{self, Digest};

/// Most events that one transaction puts: DynamoDB takes 100 items, one is the interaction, and where that is pinned two
/// more say so: where it is now and where it no longer is.
const MAX_EVENTS_PER_TRANSACTION: usize = 97;
/// Most bytes of events in one transaction: DynamoDB takes 4 MB, and keys, names, the interaction and its summary under
/// its customer (400 KB each at the most) need room.
const MAX_BYTES_PER_TRANSACTION: usize = 3_000_000;
/// Longest event that an item holds: DynamoDB takes 400 KB.
const MAX_EVENT_BYTES: usize = 350_000;

/// An event on its way into the table.
pub(crate) struct Candidate<'a> {
    /// Its place in the caller's list.
    pub(crate) place: usize,
    pub(crate) event: &'a Event,
    pub(crate) digest: Digest,
    pub(crate) json: String,
}

/// What became of a list's events so far.
pub(crate) struct Outcomes<'a> {
    events: &'a [Event],
    reading: &'a str,
    known: Vec<Option<Appended>>,
    /// What the table has under the ids of events, for the events that repeat them in the list.
    stored: HashMap<&'a EventId, Digest>,
}

/// The distinct events of a list, the first of each id that an item can hold; notes those that none can.
pub(crate) fn distinct<'a>(
    events: &'a [Event],
    reading: &'a str,
) -> (Vec<Candidate<'a>>, Outcomes<'a>) {
    let mut seen = HashSet::new();
    let mut candidates = Vec::new();
    let mut known = vec![None; events.len()];
    for (place, event) in events.iter().enumerate() {
        match serde_json::to_string(event) {
            Ok(json) if json.len() <= MAX_EVENT_BYTES => {
                if seen.insert(&event.id) {
                    candidates.push(Candidate {
                        place,
                        event,
                        digest: Digest::of(event, reading),
                        json,
                    });
                }
            }
            Ok(_) | Err(_) => known[place] = Some(Appended::TooLarge),
        }
    }
    let outcomes = Outcomes {
        events,
        reading,
        known,
        stored: HashMap::new(),
    };
    (candidates, outcomes)
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

impl<'a> Outcomes<'a> {
    /// Notes that the table took these events.
    pub(crate) fn note_stored(&mut self, candidates: Vec<Candidate<'a>>) {
        for candidate in candidates {
            self.known[candidate.place] = Some(Appended::Stored);
            self.stored.insert(&candidate.event.id, candidate.digest);
        }
    }

    /// Notes which events the table has already, by the writes that failed, and keeps the others.
    pub(crate) fn drop_known(
        &mut self,
        pending: Vec<Candidate<'a>>,
        failed: &HashMap<usize, Option<item::Item>>,
    ) -> Vec<Candidate<'a>> {
        let mut kept = Vec::new();
        for (place, candidate) in pending.into_iter().enumerate() {
            let Some(item) = failed.get(&place) else {
                kept.push(candidate);
                continue;
            };
            self.known[candidate.place] = Some(match item.as_ref().and_then(item::read_digest) {
                Some(stored) => {
                    let outcome = compare(&stored, &candidate.digest);
                    self.stored.insert(&candidate.event.id, stored);
                    outcome
                }
                // Without the stored digest nobody can tell what it is.
                None => Appended::Failed(StoreError::unreadable("event", &"its digest is missing")),
            });
        }
        kept
    }

    /// Gives every event its outcome: to repetitions within the list by what the table has under their id, to what
    /// was not reached the cause.
    pub(crate) fn settle(self, cause: &StoreError) -> Vec<Appended> {
        let events = self.events.iter().zip(self.known);
        let settled = events.map(|(event, known)| {
            known.unwrap_or_else(|| match self.stored.get(&event.id) {
                Some(stored) => compare(stored, &Digest::of(event, self.reading)),
                None => Appended::Failed(cause.clone()),
            })
        });
        settled.collect()
    }
}

/// What an event is whose id is stored. The same record that another version of the parsers read, or the same version
/// with another configuration, may give other content: that is no second event, and the first stays.
fn compare(stored: &Digest, given: &Digest) -> Appended {
    if stored.hash == given.hash {
        Appended::Duplicate
    } else if stored.reading == given.reading {
        Appended::Conflict
    } else {
        tracing::info!("an event is stored already as another version or configuration read it");
        Appended::ReadDifferently
    }
}

#[cfg(test)]
mod tests {
    use timeline::{Channel, Fact, InteractionId, Note, Source, Text};

    use super::*;

    /// The lengths of events, cut as the events are.
    fn cut(lengths: &[usize]) -> Vec<Vec<usize>> {
        let source = Source::new("invented").unwrap();
        let note = Note {
            text: Text::new("n"),
            agent: None,
        };
        let of = InteractionId::new(&source, "a").unwrap();
        let id = EventId::new("n").unwrap();
        let event = Event::new(of, id, source, Channel::Call, Fact::Note(note));
        let candidates = lengths.iter().enumerate().map(|(place, length)| Candidate {
            place,
            event: &event,
            digest: Digest::of(&event, ""),
            json: "n".repeat(*length),
        });
        let length = |candidate: &Candidate<'_>| candidate.json.len();
        let chunks = chunks(candidates.collect());
        let lengths = chunks
            .iter()
            .map(|chunk| chunk.iter().map(length).collect());
        lengths.collect()
    }

    #[test]
    fn each_part_fits_into_a_transaction() {
        assert_eq!(cut(&[]), [[0; 0]; 0]);
        assert_eq!(cut(&[1; 98]), [vec![1; 97], vec![1]]);
        let million = 1_000_000;
        assert_eq!(cut(&[million; 3]), [[million; 3]], "it is full");
        assert_eq!(
            cut(&[million, million, million + 1, 1]),
            [vec![million; 2], vec![million + 1, 1]]
        );
        let many = [million; 8];
        assert_eq!(
            cut(&many),
            [vec![million; 3], vec![million; 3], vec![million; 2]]
        );
    }
}
