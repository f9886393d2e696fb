//! Looks for everything that was accepted, in the table itself.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Mutex;

use aws::AwsAccess;
use aws_sdk_dynamodb::types::AttributeValue;
use store::schema;
use timeline::Event;

use super::LoadError;
use super::traffic::Traffic;
use crate::ledger::Known;
use crate::senders::number_of;
use crate::stack::Addresses;
use crate::verify::table::PAGE;

/// Most pages of a table that are read.
const MAX_PAGES: usize = 1_000_000;

/// Events that are known by the names that they were sent under: an interaction's id and its event's.
#[derive(Debug, Default)]
pub struct Named {
    events: Mutex<BTreeMap<(String, String), Known>>,
}

impl Named {
    /// Notes what is known of an event. What was accepted stays so.
    pub fn note(&self, interaction: &str, event: &str, known: Known) {
        if let Ok(mut events) = self.events.lock() {
            let key = (interaction.to_owned(), event.to_owned());
            let noted = events.entry(key).or_insert(Known::Unsent);
            if *noted != Known::Accepted {
                *noted = known;
            }
        }
    }

    /// How many were accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.events.lock().map_or(0, |events| {
            let accepted = events.values().filter(|known| **known == Known::Accepted);
            accepted.count() as u64
        })
    }
}

/// What the table holds, against what was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Found {
    /// Events in the table.
    pub events: u64,
    /// Events that were accepted.
    pub accepted: u64,
    /// Accepted, and not in the table.
    pub missing: u64,
    /// In the table more than once.
    pub doubled: u64,
    /// In the table, and never sent.
    pub strange: u64,
    /// In the table though no answer had said yes.
    pub in_doubt: u64,
    /// Events that the interactions are the fold of: as many as there are.
    pub folded: u64,
}

impl Found {
    /// Whether the table holds exactly what was accepted.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.missing == 0 && self.doubled == 0 && self.strange == 0 && self.folded == self.events
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} accepted, {} in the table: {} lost, {} doubled, {} never sent",
            self.accepted, self.events, self.missing, self.doubled, self.strange
        )?;
        if self.in_doubt > 0 {
            write!(f, ", {} without a yes", self.in_doubt)?;
        }
        if self.folded != self.events {
            write!(f, ", {} in folds", self.folded)?;
        }
        Ok(())
    }
}

/// Reads the whole table and compares. Nothing may be under way.
///
/// # Errors
/// When the table does not answer, or holds what cannot be read.
pub async fn look(
    to: &Addresses,
    traffic: Option<&Traffic>,
    named: &Named,
) -> Result<Found, LoadError> {
    let client = store::client::dynamodb(&AwsAccess::local(&to.dynamodb));
    let mut count = Count::default();
    let mut from: Option<HashMap<String, AttributeValue>> = None;
    for _ in 0..MAX_PAGES {
        let page = client
            .scan()
            .table_name(&to.table)
            .limit(PAGE)
            .projection_expression("#sk, #rev, #event")
            .expression_attribute_names("#sk", schema::SK)
            .expression_attribute_names("#rev", schema::REV)
            .expression_attribute_names("#event", schema::EVENT)
            .set_exclusive_start_key(from.take())
            .consistent_read(true)
            .send()
            .await
            .map_err(|_| LoadError::Table("it cannot be read"))?;
        for item in page.items() {
            count.add(item, traffic)?;
        }
        from = page.last_evaluated_key.filter(|key| !key.is_empty());
        if from.is_none() {
            return Ok(count.compared(traffic, named));
        }
    }
    Err(LoadError::Table("it has more pages than are read"))
}

#[derive(Default)]
struct Count {
    events: u64,
    folded: u64,
    planned: HashMap<u64, u32>,
    others: HashMap<(String, String), u32>,
}

impl Count {
    fn add(
        &mut self,
        item: &HashMap<String, AttributeValue>,
        traffic: Option<&Traffic>,
    ) -> Result<(), LoadError> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
        let sk = text(schema::SK).map_or("", String::as_str);
        if sk == schema::INTERACTION_SK {
            let rev = item.get(schema::REV).and_then(|value| value.as_n().ok());
            let rev = rev.and_then(|rev| rev.parse::<u64>().ok());
            self.folded += rev.ok_or(LoadError::Table("an interaction has no revision"))?;
        } else if sk.starts_with(schema::EVENT_SK_PREFIX) {
            let unreadable = LoadError::Table("an event cannot be read");
            let Some(json) = text(schema::EVENT) else {
                return Err(unreadable);
            };
            let event: Event = serde_json::from_str(json).map_err(|_| unreadable)?;
            self.events += 1;
            match traffic.and_then(|traffic| number_of(&traffic.plan, &event)) {
                Some(number) => *self.planned.entry(number).or_default() += 1,
                None => {
                    let interaction = event.interaction_id.as_str().to_owned();
                    let key = (interaction, event.id.as_str().to_owned());
                    *self.others.entry(key).or_default() += 1;
                }
            }
        }
        Ok(())
    }

    fn compared(mut self, traffic: Option<&Traffic>, named: &Named) -> Found {
        let mut found = Found {
            events: self.events,
            folded: self.folded,
            ..Found::default()
        };
        for number in 0..traffic.map_or(0, |traffic| traffic.plan.events()) {
            let times = self.planned.remove(&number).unwrap_or_default();
            let known = traffic.map_or(Known::Unsent, |traffic| traffic.ledger.known(number));
            found.judge(known, times);
        }
        if let Ok(events) = named.events.lock() {
            for (key, known) in events.iter() {
                let times = self.others.remove(key).unwrap_or_default();
                found.judge(*known, times);
            }
        }
        let rest = self.others.values().chain(self.planned.values());
        found.strange += rest.map(|times| u64::from(*times)).sum::<u64>();
        found
    }
}

impl Found {
    fn judge(&mut self, known: Known, times: u32) {
        self.doubled += u64::from(times.saturating_sub(1));
        match known {
            Known::Unsent => self.strange += u64::from(times.min(1)),
            Known::InDoubt => self.in_doubt += u64::from(times.min(1)),
            Known::Accepted => {
                self.accepted += 1;
                self.missing += u64::from(times == 0);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(stored: &[(&str, u32)]) -> Found {
        let named = Named::default();
        for (event, known) in [
            ("a", Known::Accepted),
            ("b", Known::Accepted),
            ("doubtful", Known::InDoubt),
        ] {
            named.note("cti:1", event, known);
        }
        let others: HashMap<_, _> = stored
            .iter()
            .map(|(event, times)| (("cti:1".to_owned(), (*event).to_owned()), *times))
            .collect();
        let events = others.values().map(|times| u64::from(*times)).sum();
        let count = Count {
            events,
            folded: events,
            planned: HashMap::new(),
            others,
        };
        count.compared(None, &named)
    }

    #[test]
    fn what_was_accepted_has_to_be_there_once_and_what_is_in_doubt_may_be() {
        assert!(found(&[("a", 1), ("b", 1)]).is_exact());
        let doubtful = found(&[("a", 1), ("b", 1), ("doubtful", 1)]);
        assert!(doubtful.is_exact() && doubtful.in_doubt == 1);
        assert_eq!(found(&[("a", 1)]).missing, 1);
        assert_eq!(found(&[("a", 2), ("b", 1)]).doubled, 1);
        assert_eq!(found(&[("a", 1), ("b", 1), ("c", 1)]).strange, 1);
        for off in [
            found(&[("a", 1)]),
            found(&[("a", 2), ("b", 1)]),
            found(&[("a", 1), ("b", 1), ("c", 1)]),
        ] {
            assert!(!off.is_exact(), "{off}");
        }
    }

    #[test]
    fn a_fold_of_other_events_than_there_are_is_told() {
        let mut off = found(&[("a", 1), ("b", 1)]);
        off.folded += 1;
        assert!(!off.is_exact());
        assert!(off.to_string().contains("3 in folds"), "{off}");
    }

    #[test]
    fn what_was_accepted_once_stays_so() {
        let named = Named::default();
        named.note("cti:1", "a", Known::Accepted);
        named.note("cti:1", "a", Known::InDoubt);
        assert_eq!(named.accepted(), 1);
    }
}
