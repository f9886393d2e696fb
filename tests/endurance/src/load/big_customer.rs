//! A customer with a hundred thousand interactions costs a pop what one with a thousand does.

use std::sync::Arc;
use std::time::Duration;

use ::tests::capacity::Bill;
use ::tests::story::{answer, caller, hangup, interaction, ring};
use ::tests::wire::Wire;
use aws::AwsAccess;
use futures_util::{StreamExt as _, stream};
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig};
use tokio::time::Instant;

use super::LoadError;
use super::latency::Latency;
use super::pops::Desk;
use super::report::Report;
use super::rig::Rig;

/// How many interactions the customers have, the last one's part is an option.
const SMALL: [u32; 2] = [10, 1_000];
/// The number of the first of them; the others follow.
const FIRST_CALLER: u32 = 10;
/// Appends under way at once.
const AT_ONCE: usize = 16;
/// Longest time of one append.
const APPEND: Duration = Duration::from_secs(60);
/// Pops of each customer, in turn.
const POPS: u32 = 300;
/// Seconds from one call to the next.
const APART_S: i64 = 60;
/// How many interactions a pop shows.
const SHOWN: u32 = 50;

/// What a pop costs.
#[derive(Debug, Clone, PartialEq)]
struct Cost {
    requests: Vec<String>,
    units: f64,
    trips: usize,
    bytes: usize,
}

/// Plays it with a customer of so many interactions.
///
/// # Errors
/// When the stack does not answer.
pub async fn big_customer(most: u32, report: &mut Report) -> Result<(), LoadError> {
    let rig = Rig::start().await?;
    let config = StoreConfig {
        table: rig.to.table.clone(),
        secret: rig.secret()?,
        retention: None,
    };
    let client = dynamodb(&AwsAccess::local(&rig.to.dynamodb));
    let store = Store::new(client.clone(), config.clone());
    let histories = [SMALL[0], SMALL[1], most];
    let begun = Instant::now();
    for (customer, history) in (FIRST_CALLER..).zip(histories) {
        fill(&store, customer, history).await?;
    }
    report.row(
        "filled",
        format!(
            "{} calls of three events in {:.0} s, through the store's own append",
            histories.iter().sum::<u32>(),
            begun.elapsed().as_secs_f64()
        ),
    );
    let mut costs = Vec::new();
    let desk = Desk::new(&rig.http, &rig.to);
    let times = pops(&desk).await?;
    for ((customer, history), (latency, pop)) in (FIRST_CALLER..).zip(histories).zip(times) {
        let cost = cost(&client, &config, customer, pop.bytes).await;
        let expected = usize::try_from(history.min(SHOWN)).unwrap_or_default();
        report.claim(
            pop.shown == expected && pop.degraded == 0,
            format!(
                "each pop with {history} interactions shows {expected}: {} shown, {} degraded",
                pop.shown, pop.degraded
            ),
        );
        report.row(
            format!("a pop with {history} interactions"),
            format!(
                "{} requests in {} round trip, {} units, {} bytes; {latency}",
                cost.requests.len(),
                cost.trips,
                cost.units,
                cost.bytes
            ),
        );
        costs.push(cost);
    }
    let same = |of: fn(&Cost) -> usize| costs.windows(2).all(|pair| of(&pair[0]) == of(&pair[1]));
    report.claim(
        costs
            .windows(2)
            .all(|pair| pair[0].requests == pair[1].requests),
        "a pop asks the same of the table, however long the history is",
    );
    report.claim(
        same(|cost| cost.trips),
        "a pop takes as many round trips, however long the history is",
    );
    let (thousand, all) = (&costs[1], &costs[2]);
    report.claim(
        all.units <= thousand.units,
        format!(
            "a pop uses as many units with {most} interactions ({}) as with {} ({})",
            all.units, SMALL[1], thousand.units
        ),
    );
    Ok(())
}

/// Appends the calls of a customer.
async fn fill(store: &Store, customer: u32, calls: u32) -> Result<(), LoadError> {
    let appended = stream::iter(0..calls).map(|call| async move {
        let id = interaction(&format!("{customer}-{call}"));
        let second = i64::from(call) * APART_S;
        let events = [
            ring(&id, second, Some(caller(customer))),
            answer(&id, second + 4),
            hangup(&id, second + 50),
        ];
        let outcomes = store.append(&events, Instant::now() + APPEND).await;
        outcomes
            .iter()
            .all(|outcome| matches!(outcome, Appended::Stored))
    });
    let stored = appended
        .buffer_unordered(AT_ONCE)
        .all(|stored| async move { stored })
        .await;
    if stored {
        Ok(())
    } else {
        Err(LoadError::Table("an event was not stored"))
    }
}

/// Pops of the customers in turn, over HTTP: whatever else the machine does meets all of them alike.
async fn pops(desk: &Desk) -> Result<[(Latency, Shown); 3], LoadError> {
    let mut measured: [(Latency, Shown); 3] = Default::default();
    for _ in 0..POPS {
        for (customer, (latency, seen)) in (FIRST_CALLER..).zip(&mut measured) {
            let begun = Instant::now();
            let answer = desk.pop(&format!("141555501{customer:02}")).await?;
            if !answer.is_success() {
                return Err(LoadError::Pop(answer.status));
            }
            latency.add(begun.elapsed());
            seen.look_at(&answer.body);
        }
    }
    Ok(measured)
}

/// What pops of one customer show.
#[derive(Debug, Default)]
struct Shown {
    /// Bytes of the last one.
    bytes: usize,
    /// Interactions on the one that shows the fewest.
    shown: usize,
    degraded: u32,
    pops: u32,
}

impl Shown {
    fn look_at(&mut self, body: &[u8]) {
        let pop: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let shown = pop["timeline"].as_array().map_or(0, Vec::len);
        self.shown = if self.pops == 0 {
            shown
        } else {
            self.shown.min(shown)
        };
        self.degraded += u32::from(pop["state"] == "degraded");
        self.pops += 1;
        self.bytes = body.len();
    }
}

/// What one pop asks of the table, as the wire and the table's own bill tell.
async fn cost(
    client: &aws_sdk_dynamodb::Client,
    config: &StoreConfig,
    customer: u32,
    bytes: usize,
) -> Cost {
    let (watched, wire) = Wire::counting_trips(client);
    let (billed, bill) = Bill::of(&watched);
    let store = Arc::new(Store::new(billed, config.clone()));
    store
        .recall(&caller(customer), Instant::now() + APPEND)
        .await;
    let mut requests = wire.requests();
    requests.sort();
    let units = bill.settle();
    Cost {
        requests,
        units: units
            .values()
            .map(|units| units.table + units.indexes)
            .sum(),
        trips: wire.trips(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pop_that_shows_the_fewest_counts() {
        let mut seen = Shown::default();
        for body in [
            r#"{"state":"match","timeline":[1,2]}"#,
            r#"{"state":"degraded","timeline":[1]}"#,
            r#"{"state":"match","timeline":[1,2,3]}"#,
        ] {
            seen.look_at(body.as_bytes());
        }
        assert_eq!((seen.shown, seen.degraded, seen.pops), (1, 1, 3));
        seen.look_at(b"no pop at all");
        assert_eq!(seen.shown, 0);
    }
}
