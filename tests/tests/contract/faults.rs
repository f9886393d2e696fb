//! Faults between the store and its table, by a seeded plan: nothing lost, nothing doubled, the fold equal.

use std::sync::Mutex;
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join_all;
use store::{Appended, Store};
use tests::story::{conversation, interaction};
use tests::wire::{Passage, Wire};
use timeline::{Event, Interaction, InteractionId};
use tokio::time::Instant;

use crate::rig::{Rig, assert_holds, soon};

/// How many plans are tried. Each is another seed.
const SEEDS: u64 = 10;
/// Set to one seed, to see its plan alone again.
const SEED_VARIABLE: &str = "CORNERSTORE_SEED";
/// Most times that a writer sends again what failed. A queue would stop after five.
const MAX_DELIVERIES: usize = 40;
const WRITERS: usize = 3;
const EVENTS: usize = 24;

fn seeds() -> Vec<u64> {
    match std::env::var(SEED_VARIABLE).map(|seed| seed.parse()) {
        Ok(Ok(seed)) => vec![seed],
        _ => (1..=SEEDS).collect(),
    }
}

/// Breaks one request in three, each sort of fault as often as the others.
fn plan(seed: u64) -> impl Fn(&str) -> Passage + Send + Sync + 'static {
    let random = Mutex::new(Rng::with_seed(seed));
    move |_| {
        let mut random = random.lock().expect("choosing cannot panic");
        let fault = random.choice(Passage::FAULTS).unwrap_or(Passage::Through);
        if random.u8(..3) == 0 {
            fault
        } else {
            Passage::Through
        }
    }
}

/// Delivers events as a queue does: in batches, and again as long as they fail. Returns each event's last outcome.
async fn deliver(store: &Store, mut events: Vec<Event>, mut random: Rng) -> Vec<Appended> {
    let mut settled = Vec::new();
    random.shuffle(&mut events);
    for _ in 0..MAX_DELIVERIES {
        let mut failed = Vec::new();
        for batch in events.chunks(random.usize(1..=8)) {
            // Short, so that some runs out of time and has to come again.
            let until = Instant::now() + Duration::from_millis(250);
            let outcomes = store.append(batch, until).await;
            for (event, outcome) in batch.iter().zip(outcomes) {
                match outcome {
                    Appended::Failed(_) => failed.push(event.clone()),
                    done @ (Appended::Stored
                    | Appended::Duplicate
                    | Appended::ReadDifferently
                    | Appended::Conflict
                    | Appended::TooLarge) => settled.push(done),
                }
            }
        }
        events = failed;
        if events.is_empty() {
            return settled;
        }
    }
    panic!("{} events failed {MAX_DELIVERIES} times", events.len());
}

async fn run(rig: &Rig, seed: u64) {
    // The waits of the store's retries are random too.
    fastrand::seed(seed);
    let mut random = Rng::with_seed(seed);
    let id: InteractionId = interaction(&format!("seed-{seed}"));
    let events = conversation(&id, EVENTS, &mut random);
    let (client, wire) = Wire::broken(&rig.client, plan(seed));
    let writers: Vec<Store> = (0..WRITERS).map(|_| rig.store_through(&client)).collect();
    let outcomes = join_all(
        writers
            .iter()
            .map(|store| deliver(store, events.clone(), random.fork())),
    )
    .await;
    for outcome in outcomes.iter().flatten() {
        assert!(
            matches!(outcome, Appended::Stored | Appended::Duplicate),
            "{outcome:?}, {SEED_VARIABLE}={seed}"
        );
    }
    let context = format!("({SEED_VARIABLE}={seed})");
    assert_holds(&rig.store, &id, &events, &context).await;
    // The events name several; the interaction belongs to one of them.
    let fold = Interaction::of(&events).unwrap();
    let customer = fold.customer().map(|customer| &customer.uri);
    if let Some(uri) = customer {
        let id = timeline::CustomerId::implied_by(uri, rig.store.salt());
        let entered = rig.store.customer(&id, soon()).await.unwrap();
        assert_eq!(
            entered.as_ref(),
            Some(uri),
            "the customer is not entered {context}"
        );
    }
    assert!(wire.requests().len() > EVENTS / 8, "{context}");
}

#[tokio::test]
async fn under_any_faults_no_event_is_lost_or_doubled_and_the_fold_is_equal() {
    let rig = Rig::embedded().await;
    for seed in seeds() {
        // Printed when the test fails, which a panic deep inside would not say otherwise.
        println!("{SEED_VARIABLE}={seed}");
        run(&rig, seed).await;
    }
}

/// The first request meets the fault, all others go through.
fn once(fault: Passage) -> impl Fn(&str) -> Passage + Send + Sync + 'static {
    let fault = Mutex::new(Some(fault));
    move |operation| {
        let mut fault = fault.lock().expect("taking cannot panic");
        match operation {
            "TransactWriteItems" => fault.take().unwrap_or(Passage::Through),
            _ => Passage::Through,
        }
    }
}

async fn outcomes_after_one(fault: Passage) -> (Vec<Appended>, Vec<String>) {
    let rig = Rig::embedded().await;
    let id = interaction("a");
    let events = [
        tests::story::ring(&id, 0, None),
        tests::story::hangup(&id, 9),
    ];
    let (client, wire) = Wire::broken(&rig.client, once(fault));
    let outcomes = rig.store_through(&client).append(&events, soon()).await;
    rig.assert_holds(&id, &events).await;
    (outcomes, wire.requests())
}

#[tokio::test]
async fn a_fault_before_the_commit_costs_a_second_try_and_the_events_are_new() {
    for fault in [
        Passage::Throttled,
        Passage::ServerError,
        Passage::Crowded,
        Passage::RequestLost,
    ] {
        let (outcomes, requests) = outcomes_after_one(fault.clone()).await;
        assert!(
            matches!(outcomes[..], [Appended::Stored, Appended::Stored]),
            "{fault:?}: {outcomes:?}"
        );
        assert_eq!(requests, ["TransactWriteItems"; 2], "{fault:?}");
    }
}

#[tokio::test]
async fn an_answer_lost_after_the_commit_makes_duplicates_and_stores_nothing_twice() {
    for fault in [Passage::AnswerLost, Passage::AnswerLate] {
        let (outcomes, requests) = outcomes_after_one(fault.clone()).await;
        assert!(
            matches!(outcomes[..], [Appended::Duplicate, Appended::Duplicate]),
            "{fault:?}: {outcomes:?}"
        );
        assert_eq!(requests, ["TransactWriteItems"; 2], "{fault:?}");
    }
}
