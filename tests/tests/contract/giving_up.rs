//! A store that stays broken: tries are bounded, by number and by the deadline, and the events come back as failed.
//!
//! Time is tokio's own here and passes as soon as all wait, so nothing takes as long as it says. No request reaches a
//! store.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use aws::AwsAccess;
use serde_json::json;
use store::client::dynamodb;
use store::{Appended, Store, StoreConfig, StoreError};
use tests::story::{answer, at, caller, event, hangup, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Event, Fact, Updated};
use tokio::time::Instant;

use crate::linking::{ask, robin};
use crate::profiling::{patch, says};

/// Most requests that one transaction is worth.
const MAX_TRIES: usize = 100;
/// How often something is decided anew because others change it.
const MAX_ROUNDS: usize = 40;
/// Somebody else has written what is to be written.
const OVERTAKEN: Passage = Passage::Cancelled("ConditionalCheckFailed");
/// Longer than all tries of anything take.
const LONG: Duration = Duration::from_secs(900);

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
    for (fault, met) in [
        (Passage::Throttled, "ThrottlingException"),
        (Passage::ServerError, "InternalServerError"),
        (Passage::Crowded, "TransactionConflict"),
        (Passage::RequestLost, "connection"),
        (Passage::Silence, "timeout"),
    ] {
        let (store, wire) = store({
            let fault = fault.clone();
            move |_| fault.clone()
        });
        let began = Instant::now();
        let outcomes = store.append(&call(), began + LONG).await;
        assert!(
            outcomes.iter().all(
                |o| matches!(o, Appended::Failed(StoreError::OutOfTime { last }) if last == met)
            ),
            "{fault:?}: {outcomes:?}"
        );
        assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES, "{fault:?}");
        // A store that is overloaded is asked less and less often.
        assert!(began.elapsed() > Duration::from_secs(20), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_broken_is_tried_until_the_deadline() {
    let (store, wire) = store(|_| Passage::ServerError);
    let until = Instant::now() + Duration::from_secs(1);
    let outcomes = store.append(&call(), until).await;
    assert!(
        outcomes
            .iter()
            .all(|o| matches!(o, Appended::Failed(StoreError::OutOfTime { .. }))),
        "{outcomes:?}"
    );
    let tries = wire.count("TransactWriteItems");
    assert!((2..=MAX_TRIES).contains(&tries), "{tries} tries");
    assert!(Instant::now() <= until, "nobody waits for longer");
}

#[tokio::test(start_paused = true)]
async fn no_event_is_acknowledged_before_its_customer_is_entered() {
    let (store, wire) = store(|operation| match operation {
        "UpdateItem" => Passage::Throttled,
        _ => Passage::Committed,
    });
    let until = Instant::now() + LONG;
    let events = [ring(&interaction("a"), 0, Some(caller(0)))];
    let outcomes = store.append(&events, until).await;
    assert!(
        matches!(outcomes[..], [Appended::Failed(_)]),
        "{outcomes:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), 1, "it is stored");
    assert_eq!(wire.count("UpdateItem"), MAX_TRIES);
}

#[tokio::test(start_paused = true)]
async fn a_read_of_a_store_that_stays_broken_is_tried_so_often_and_no_more() {
    let (store, wire) = store(|_| Passage::Throttled);
    let until = Instant::now() + LONG;
    let read = store.interaction_alone(&interaction("a"), until).await;
    assert!(
        matches!(read, Err(StoreError::OutOfTime { .. })),
        "{read:?}"
    );
    assert_eq!(wire.count("GetItem"), MAX_TRIES);
}

#[tokio::test(start_paused = true)]
async fn a_change_in_a_store_that_stays_broken_is_tried_so_often_and_no_more() {
    let (store, wire) = store(|operation| match operation {
        "TransactWriteItems" => Passage::Throttled,
        _ => Passage::Committed,
    });
    let began = Instant::now();
    let ask = ask("a", &caller(0).uri, &caller(1).uri);
    let linked = store.link(&ask, began + LONG).await;
    assert!(
        matches!(linked, Err(StoreError::OutOfTime { .. })),
        "{linked:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES);
    assert!(began.elapsed() > Duration::from_secs(20));
}

/// A store whose writes others are always before.
fn overtaken() -> (Store, Wire) {
    store(|operation| match operation {
        "TransactWriteItems" => OVERTAKEN,
        _ => Passage::Committed,
    })
}

#[tokio::test(start_paused = true)]
async fn what_others_change_each_time_is_decided_so_often_and_no_more() {
    let (own, other) = (caller(0).uri, caller(1).uri);
    let until = Instant::now() + LONG;

    let (store, wire) = overtaken();
    let linked = store.link(&ask("a", &own, &other), until).await;
    assert!(matches!(linked, Err(StoreError::Unavailable { .. })));
    assert_eq!(wire.count("TransactWriteItems"), MAX_ROUNDS);

    let (store, wire) = overtaken();
    let marked = store.mark_shared(&own, true, &robin(), at(0), until).await;
    assert!(matches!(marked, Err(StoreError::Unavailable { .. })));
    assert_eq!(wire.count("TransactWriteItems"), MAX_ROUNDS);

    let (store, wire) = overtaken();
    let said = says("a", 10, 0, &[("name", "Ada")]);
    let noted = store.note_traits(&[said], until).await;
    assert!(
        matches!(noted, Err(StoreError::OutOfTime { .. })),
        "{noted:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES);

    let (store, wire) = overtaken();
    let patch = patch("robin", 0, &json!({"name": "Ada"}));
    let patched = store.patch_traits(&own, &patch, None, until).await;
    assert!(
        matches!(patched, Err(StoreError::OutOfTime { .. })),
        "{patched:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES);

    let (store, wire) = overtaken();
    let outcomes = store.append(&call(), until).await;
    let given_up = |outcome: &Appended| matches!(outcome, Appended::Failed(StoreError::OutOfTime { last }) if last == "Contended");
    assert!(outcomes.iter().all(given_up), "{outcomes:?}");
    assert_eq!(wire.count("TransactWriteItems"), MAX_TRIES);
}

#[tokio::test(start_paused = true)]
async fn one_who_is_overtaken_once_or_twice_does_not_wait() {
    let left = AtomicUsize::new(2);
    let (store, wire) = store(move |operation| match operation {
        "TransactWriteItems" => {
            let one_less = |left: usize| left.checked_sub(1);
            match left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less) {
                Ok(_) => OVERTAKEN,
                Err(_) => Passage::Committed,
            }
        }
        _ => Passage::Committed,
    });
    let began = Instant::now();
    let events = [hangup(&interaction("a"), 9)];
    let outcomes = store.append(&events, began + LONG).await;
    assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
    let requests = wire.requests();
    let [read, writes @ ..] = requests.as_slice() else {
        panic!("nothing was asked");
    };
    assert_eq!(
        (read.as_str(), writes),
        ("GetItem", &["TransactWriteItems"; 3].map(str::to_owned)[..])
    );
    assert_eq!(began.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn one_in_whose_way_others_were_reads_nothing_again() {
    let is_first = AtomicBool::new(true);
    let (store, wire) = store(move |operation| match operation {
        "TransactWriteItems" if is_first.swap(false, Ordering::SeqCst) => Passage::Crowded,
        _ => Passage::Committed,
    });
    let events = [hangup(&interaction("a"), 9)];
    let outcomes = store.append(&events, Instant::now() + LONG).await;
    assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
    let requests = ["GetItem", "TransactWriteItems", "TransactWriteItems"];
    assert_eq!(wire.requests(), requests);
}

#[tokio::test(start_paused = true)]
async fn what_the_table_refuses_is_asked_for_once() {
    let until = Instant::now() + LONG;
    for refusal in [
        Passage::Refused("ValidationException"),
        Passage::Cancelled("ValidationError"),
    ] {
        let refusing = || {
            let refusal = refusal.clone();
            store(move |operation| match operation {
                "TransactWriteItems" => refusal.clone(),
                _ => Passage::Committed,
            })
        };
        let (store, wire) = refusing();
        let outcomes = store.append(&call(), until).await;
        let refused = |outcome| matches!(outcome, &Appended::Failed(StoreError::Refused { .. }));
        assert!(outcomes.iter().all(refused), "{outcomes:?}");
        assert_eq!(wire.requests(), ["TransactWriteItems"]);

        let (store, wire) = refusing();
        let ask = ask("a", &caller(0).uri, &caller(1).uri);
        let linked = store.link(&ask, until).await;
        assert!(matches!(linked, Err(StoreError::Refused { .. })));
        assert_eq!(wire.count("TransactWriteItems"), 1);
    }
    let (store, wire) = store(|_| Passage::Refused("ResourceNotFoundException"));
    let read = store.interaction_alone(&interaction("a"), until).await;
    assert!(matches!(read, Err(StoreError::Refused { .. })), "{read:?}");
    assert_eq!(wire.requests(), ["GetItem"]);
}

#[tokio::test]
async fn what_cannot_be_stored_costs_no_request() {
    let (store, wire) = store(|_| Passage::Committed);
    let attributes = [("all".to_owned(), "n".repeat(400_000).into())];
    let updated = Updated {
        attributes: attributes.into(),
    };
    let events = [event(&interaction("a"), "u", 0, Fact::Updated(updated))];
    let outcomes = store.append(&events, Instant::now() + LONG).await;
    assert!(matches!(outcomes[..], [Appended::TooLarge]), "{outcomes:?}");
    assert_eq!(wire.requests(), [""; 0]);
}

#[tokio::test]
async fn a_customer_is_entered_once_by_a_process() {
    let (store, wire) = store(|_| Passage::Committed);
    for (call, number) in [0, 1, 0, 1].into_iter().enumerate() {
        let id = interaction(&format!("call-{call}"));
        let events = [ring(&id, 0, Some(caller(number)))];
        store.append(&events, Instant::now() + LONG).await;
    }
    assert_eq!(wire.count("UpdateItem"), 2);
}
