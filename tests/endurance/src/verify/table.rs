//! The whole table, read by its own protocol: every event once, every interaction the fold of its events.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, RandomState};

use aws::AwsAccess;
use aws_sdk_dynamodb::types::AttributeValue;
use store::schema;
use timeline::{Event, Interaction};

use super::{Differences, VerifyError};
use crate::ledger::{Known, Ledger};
use crate::plan::Plan;
use crate::senders::number_of;

/// Items of one page of the table: some hundred kilobytes. Without, the embedded table reads all that is left of itself for
/// each page.
pub const PAGE: i32 = 500;

type Item = std::collections::HashMap<String, AttributeValue>;

/// What the table holds.
#[derive(Debug)]
pub struct Found {
    /// How often each event of the plan is there.
    pub times: Vec<u8>,
    /// Events that are there.
    pub events: u64,
    /// Interactions that are there.
    pub interactions: u64,
    /// Events that are there though no answer said that they were taken.
    pub in_doubt: u64,
}

impl Found {
    /// Whether an event is there.
    #[must_use]
    pub fn has(&self, number: u64) -> bool {
        let number = usize::try_from(number).ok();
        number
            .and_then(|number| self.times.get(number))
            .is_some_and(|times| *times > 0)
    }
}

/// Reads the table and notes what is wrong in it.
///
/// # Errors
/// When the table cannot be read.
pub async fn table(
    endpoint: &str,
    name: &str,
    plan: &Plan,
    ledger: &Ledger,
    differences: &mut Differences,
) -> Result<Found, VerifyError> {
    let client = store::client::dynamodb(&AwsAccess::local(endpoint));
    let mut reader = Reader::new(plan, differences);
    let mut start: Option<Item> = None;
    loop {
        let page = client
            .scan()
            .table_name(name)
            .limit(PAGE)
            .consistent_read(true)
            .set_exclusive_start_key(start.take())
            .send()
            .await
            .map_err(|error| VerifyError::Table(Box::new(error)))?;
        for item in page.items() {
            reader.take(item);
        }
        start = page.last_evaluated_key;
        if start.is_none() {
            break;
        }
    }
    let mut found = reader.finish();
    compare(plan, ledger, &mut found, differences);
    Ok(found)
}

/// Takes one event out of the table behind everybody's back, for a check that has to fail.
///
/// # Errors
/// When the table does not answer.
pub async fn lose_one(endpoint: &str, name: &str) -> Result<(), VerifyError> {
    let client = store::client::dynamodb(&AwsAccess::local(endpoint));
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| VerifyError::Table(error);
    let page = client.scan().table_name(name).limit(PAGE).send().await;
    let page = page.map_err(|error| failed(Box::new(error)))?;
    let is_event = |item: &&Item| {
        text(item, schema::SK).is_some_and(|sk| sk.starts_with(schema::EVENT_SK_PREFIX))
    };
    let Some(event) = page.items().iter().find(is_event) else {
        return Ok(());
    };
    let key = [schema::PK, schema::SK].map(|name| (name.to_owned(), event[name].clone()));
    let deletion = client
        .delete_item()
        .table_name(name)
        .set_key(Some(key.into()));
    let deleted = deletion.send().await;
    deleted.map_err(|error| failed(Box::new(error)))?;
    Ok(())
}

/// Compares what is there with what the senders know.
fn compare(plan: &Plan, ledger: &Ledger, found: &mut Found, differences: &mut Differences) {
    for (number, times) in (0..plan.events()).zip(&found.times) {
        match (ledger.known(number), times) {
            (Known::Accepted, 1) | (Known::Unsent | Known::InDoubt, 0) => {}
            (Known::InDoubt, 1) => found.in_doubt += 1,
            (Known::Accepted, 0) => differences.note("accepted and lost", || of(plan, number)),
            (Known::Unsent, _) => differences.note("there and never sent", || of(plan, number)),
            (Known::Accepted | Known::InDoubt, _) => {
                differences.note("there more than once", || of(plan, number));
            }
        }
    }
}

fn of(plan: &Plan, number: u64) -> String {
    plan.spot(number).map_or_else(
        || format!("event {number}"),
        |spot| {
            let (channel, conversation) = (spot.channel.name(), spot.conversation);
            format!(
                "event {number}: {channel}, conversation {conversation}, step {}",
                spot.step
            )
        },
    )
}

/// Takes items in the table's order, in which the items of one partition follow each other.
struct Reader<'a> {
    plan: &'a Plan,
    differences: &'a mut Differences,
    found: Found,
    hasher: RandomState,
    seen: HashSet<u64>,
    pk: String,
    folded: Option<Interaction>,
    events: u64,
    stored: Option<Item>,
}

impl<'a> Reader<'a> {
    fn new(plan: &'a Plan, differences: &'a mut Differences) -> Self {
        let events = usize::try_from(plan.events()).unwrap_or(0);
        Self {
            plan,
            differences,
            found: Found {
                times: vec![0; events],
                events: 0,
                interactions: 0,
                in_doubt: 0,
            },
            hasher: RandomState::new(),
            seen: HashSet::new(),
            pk: String::new(),
            folded: None,
            events: 0,
            stored: None,
        }
    }

    fn take(&mut self, item: &Item) {
        let (Some(pk), Some(sk)) = (text(item, schema::PK), text(item, schema::SK)) else {
            return self.differences.note("an item without keys", String::new);
        };
        if pk != self.pk {
            self.end_partition();
            pk.clone_into(&mut self.pk);
            if !self.seen.insert(self.hasher.hash_one(pk)) {
                self.differences
                    .note("a partition that comes twice", || pk.to_owned());
            }
        }
        if !pk.starts_with("i#") {
            return;
        }
        if sk == schema::INTERACTION_SK {
            self.stored = Some(item.clone());
        } else if sk.starts_with(schema::EVENT_SK_PREFIX) {
            self.event(item, pk, sk);
        } else {
            self.differences
                .note("an item of no kind", || format!("{pk} {sk}"));
        }
    }

    fn event(&mut self, item: &Item, pk: &str, sk: &str) {
        let event =
            text(item, schema::EVENT).and_then(|json| serde_json::from_str::<Event>(json).ok());
        let Some(event) = event else {
            return self
                .differences
                .note("an event that cannot be read", || format!("{pk} {sk}"));
        };
        self.found.events += 1;
        self.events += 1;
        if schema::interaction_pk(&event.interaction_id) != pk || schema::event_sk(&event.id) != sk
        {
            self.differences
                .note("an event under another's key", || format!("{pk} {sk}"));
        }
        match number_of(self.plan, &event).and_then(|number| usize::try_from(number).ok()) {
            Some(number) => self.found.times[number] = self.found.times[number].saturating_add(1),
            None => self
                .differences
                .note("an event that nobody sent", || format!("{pk} {sk}")),
        }
        self.folded = match self.folded.take() {
            None => Some(Interaction::begin(&event)),
            Some(mut folded) => {
                if folded.apply(&event).is_err() {
                    self.differences
                        .note("an event that does not fold", || format!("{pk} {sk}"));
                }
                Some(folded)
            }
        };
    }

    /// Compares the interaction of the partition that ends with its events.
    fn end_partition(&mut self) {
        let (folded, events) = (self.folded.take(), std::mem::take(&mut self.events));
        let (pk, stored) = (std::mem::take(&mut self.pk), self.stored.take());
        let (folded, stored) = match (folded, stored) {
            (None, None) => return,
            (Some(_), None) => {
                return self
                    .differences
                    .note("events without their interaction", || pk);
            }
            (None, Some(_)) => {
                return self
                    .differences
                    .note("an interaction without events", || pk);
            }
            (Some(folded), Some(stored)) => (folded, stored),
        };
        self.found.interactions += 1;
        let kept = text(&stored, schema::FOLD)
            .and_then(|json| serde_json::from_str::<Interaction>(json).ok());
        if kept.as_ref() != Some(&folded) {
            self.differences
                .note("an interaction that is not the fold of its events", || {
                    pk.clone()
                });
        }
        let rev = stored
            .get(schema::REV)
            .and_then(|rev| rev.as_n().ok())
            .cloned();
        if rev != Some(events.to_string()) {
            self.differences
                .note("an interaction that counts its events otherwise", || {
                    pk.clone()
                });
        }
        let customer = folded.customer().map(|customer| customer.uri.expose());
        let summary = folded.summary();
        let shown = serde_json::to_string(&summary).ok();
        let indexed = text(&stored, schema::IK) == customer
            && text(&stored, schema::AT) == Some(summary.started_at.to_string().as_str())
            && text(&stored, schema::SUMMARY) == shown.as_deref();
        if !indexed {
            self.differences
                .note("an interaction whose index entry is another's", || pk);
        }
    }

    fn finish(mut self) -> Found {
        self.end_partition();
        self.found
    }
}

fn text<'a>(item: &'a Item, name: &str) -> Option<&'a str> {
    item.get(name)?.as_s().ok().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(change: impl Fn(&mut Vec<u8>, &Ledger)) -> (Differences, Found) {
        let plan = Plan::new(5, 100);
        let ledger = Ledger::new(plan.events());
        let times = (0..plan.events()).map(|_| 1).collect();
        let all: Vec<u64> = (0..plan.events()).collect();
        ledger.sending(&all[1..]);
        ledger.accepted(&all[2..]);
        let mut found = Found {
            times,
            events: 0,
            interactions: 0,
            in_doubt: 0,
        };
        found.times[0] = 0;
        change(&mut found.times, &ledger);
        let mut differences = Differences::default();
        compare(&plan, &ledger, &mut found, &mut differences);
        (differences, found)
    }

    #[test]
    fn what_is_there_as_it_was_sent_is_no_difference() {
        let (differences, found) = compared(|_, _| ());
        assert!(differences.is_empty(), "{differences}");
        assert_eq!(found.in_doubt, 1);
    }

    #[test]
    fn what_is_lost_doubled_or_never_sent_is_told() {
        for (place, times, told) in [
            (2, 0, "accepted and lost"),
            (2, 2, "there more than once"),
            (1, 2, "there more than once"),
            (0, 1, "there and never sent"),
        ] {
            let (differences, _) = compared(|found, _| found[place] = times);
            assert_eq!(differences.count(told), 1, "{differences}");
        }
    }
}
