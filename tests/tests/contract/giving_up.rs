//! A store that stays broken: tries are bounded, by number and by the deadline, and the events come back as failed.
//!
//! Time is tokio's own here and passes as soon as all wait, so nothing takes as long as it says. No request reaches a
//! store.

use std::time::Duration;

use aws::AwsAccess;
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig, StoreError};
use tests::story::{answer, caller, hangup, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::Event;
use tokio::time::Instant;

/// Most requests that one transaction is worth.
const MAX_TRIES: usize = 100;

fn store(plan: impl Fn(&str) -> Passage + Send + Sync + 'static) -> (Store, Wire) {
    let client = dynamodb(&AwsAccess::local("http://127.0.0.1:1"));
    let (client, wire) = Wire::broken(&client, plan);
    let config = StoreConfig {
        table: "none".to_owned(),
        secret: "the secret of the tests".to_owned(),
        retention: None,
    };
    (Store::new(client, config), wire)
}

fn call() -> [Event; 3] {
    let id = interaction("a");
    [ring(&id, 0, None), answer(&id, 4), hangup(&id, 9)]
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_broken_is_tried_so_often_and_no_more() {
    for fault in [
        Passage::Throttled,
        Passage::ServerError,
        Passage::Crowded,
        Passage::RequestLost,
        Passage::Silence,
    ] {
        let (store, wire) = store({
            let fault = fault.clone();
            move |_| fault.clone()
        });
        let until = Instant::now() + Duration::from_secs(3600);
        let outcomes = store.append(&call(), until).await;
        assert!(
            outcomes
                .iter()
                .all(|o| matches!(o, Appended::Failed(StoreError::OutOfTime))),
            "{fault:?}: {outcomes:?}"
        );
        assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES, "{fault:?}");
    }
}

#[tokio::test]
async fn a_store_that_stays_broken_is_tried_until_the_deadline() {
    let (store, wire) = store(|_| Passage::ServerError);
    let until = Instant::now() + Duration::from_secs(1);
    let outcomes = store.append(&call(), until).await;
    assert!(
        outcomes
            .iter()
            .all(|o| matches!(o, Appended::Failed(StoreError::OutOfTime))),
        "{outcomes:?}"
    );
    let tries = wire.count("TransactWriteItems");
    assert!((2..=MAX_TRIES).contains(&tries), "{tries} tries");
}

#[tokio::test(start_paused = true)]
async fn no_event_is_acknowledged_before_its_customer_is_entered() {
    let (store, wire) = store(|operation| match operation {
        "UpdateItem" => Passage::Throttled,
        _ => Passage::Committed,
    });
    let until = Instant::now() + Duration::from_secs(3600);
    let events = [ring(&interaction("a"), 0, Some(caller(0)))];
    let outcomes = store.append(&events, until).await;
    assert!(
        matches!(outcomes[..], [Appended::Failed(_)]),
        "{outcomes:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), 1, "it is stored");
    assert_eq!(wire.count("UpdateItem"), MAX_TRIES);
}
