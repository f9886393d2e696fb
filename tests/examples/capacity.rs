//! What events and pops cost: round trips and capacity units, as the store itself reports them.
//!
//! `cargo run -p tests --example capacity -- [ENDPOINT]`: LocalStack's or another DynamoDB's, or the embedded store
//! where none is given.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::time::Duration;

use aws::AwsAccess;
use aws_sdk_dynamodb::Client;
use futures_util::{StreamExt, stream};
use store::client::dynamodb;
use store::{Store, StoreConfig};
use tests::capacity::Bill;
use tests::story::{answer, at, caller, event, hangup, interaction, note, ring};
use tests::wire::Wire;
use tests::{embedded, table};
use timeline::{CallRecord, Event, Fact, Identity, InteractionId};
use tokio::time::Instant;

/// How many interactions the customers have whose pops are measured.
const HISTORIES: [u32; 3] = [0, 10, 1000];

struct Meter {
    store: Store,
    wire: Wire,
    bill: Bill,
}

impl Meter {
    fn on(client: &Client, table: &str) -> Self {
        let (client, wire) = Wire::watching(client);
        let (client, bill) = Bill::of(&client);
        let config = StoreConfig {
            table: table.to_owned(),
            secret: "the secret of the tests".to_owned(),
            retention: None,
        };
        Self {
            store: Store::new(client, config),
            wire,
            bill,
        }
    }

    /// Prints what was asked of the store since the last time.
    fn read(&self, what: &str) {
        let requests = self.wire.requests();
        self.wire.forget();
        let units = self.bill.settle();
        let total = units.values().fold(0.0, |sum, u| sum + u.table + u.indexes);
        let lines: Vec<_> = units
            .iter()
            .map(|(operation, u)| format!("{operation} {} + {}", u.table, u.indexes))
            .collect();
        let (requests, lines) = (requests.len(), lines.join(", "));
        println!("| {what} | {requests} | {total} | {lines} |");
    }

    async fn append(&self, what: &str, events: &[Event]) {
        self.store.append(events, until()).await;
        self.read(what);
    }
}

fn until() -> Instant {
    Instant::now() + Duration::from_secs(60)
}

fn contact_record(of: &InteractionId, customer: Option<Identity>) -> Event {
    let record = CallRecord {
        started_at: Some(at(0)),
        answered_at: Some(at(4)),
        ended_at: Some(at(300)),
        agent: Some("robin".to_owned()),
        queue: Some("sales".to_owned()),
        disposition: Some("quote sent".to_owned()),
        ..CallRecord::default()
    };
    let mut event = event(of, "record", 301, Fact::Record(Box::new(record)));
    event.customer = customer;
    event
}

async fn events(meter: &Meter) {
    println!("| What | requests | units | of which on table + index |\n|---|---|---|---|");
    let id = interaction("a");
    let opening = ring(&id, 0, Some(caller(1)));
    meter
        .append(
            "first event of a call, customer never seen by this process",
            std::slice::from_ref(&opening),
        )
        .await;
    let second = ring(&interaction("b"), 0, Some(caller(1)));
    meter
        .append("first event of a call, customer seen before", &[second])
        .await;
    let following = answer(&id, 4);
    meter
        .append("a following event", std::slice::from_ref(&following))
        .await;
    let batch = [hangup(&id, 300), note(&id, "n", 310, 200)];
    meter
        .append("two following events in a batch", &batch)
        .await;
    let record = contact_record(&id, Some(caller(1)));
    meter.append("a contact record", &[record]).await;
    meter
        .append(
            "a duplicate of the first event (a cancelled transaction tells no units)",
            &[opening],
        )
        .await;
    meter
        .append(
            "a duplicate of a following event (units of the read alone)",
            &[following],
        )
        .await;
    let late = interaction("late");
    meter
        .append("a hangup before its call", &[hangup(&late, 9)])
        .await;
    meter
        .append(
            "the opening event after it (units of the second try alone)",
            &[ring(&late, 0, Some(caller(1)))],
        )
        .await;
    let whole = interaction("whole");
    let batch = [
        ring(&whole, 0, Some(caller(1))),
        answer(&whole, 4),
        hangup(&whole, 300),
    ];
    meter
        .append("a whole call of three events in a batch", &batch)
        .await;
}

async fn pops(meter: &Meter) {
    for (customer, history) in (10..).zip(HISTORIES) {
        stream::iter(0..history)
            .for_each_concurrent(8, |call| async move {
                let id = interaction(&format!("history-{customer}-{call}"));
                let second = i64::from(call) * 60;
                let ring = ring(&id, second, Some(caller(customer)));
                let rest = [ring, answer(&id, second + 4), hangup(&id, second + 50)];
                meter.store.append(&rest, until()).await;
            })
            .await;
        meter.wire.forget();
        let _ = meter.bill.settle();
        meter.store.recall(&caller(customer), until()).await;
        meter.read(&format!("a pop with {history} interactions"));
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let endpoint = match std::env::args().nth(1) {
        Some(endpoint) => endpoint,
        None => embedded::serve().await,
    };
    let client = dynamodb(&AwsAccess::local(&endpoint));
    let table = table::create(&client).await;
    let meter = Meter::on(&client, &table);
    events(&meter).await;
    pops(&meter).await;
}
