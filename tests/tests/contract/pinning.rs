//! Pinned interactions: an item under the customer exactly while there is an open complaint or promise.

use std::collections::BTreeMap;
use std::time::Duration;

use fastrand::Rng;
use store::{Appended, schema};
use tests::story::{at, caller, event, hangup, interaction, note, ring};
use tests::wire::{Passage, Wire};
use timeline::{
    Event, Fact, IdentityUri, InteractionId, Promise, PromiseEnd, PromiseEnded, PromiseId,
    PromiseKind, Summary, WrapUp,
};

use crate::rig::{Rig, soon};

pub(crate) fn complaint(of: &InteractionId, name: &str, second: i64, complaint: bool) -> Event {
    let wrap_up = WrapUp {
        complaint: Some(complaint),
        ..WrapUp::default()
    };
    event(of, name, second, Fact::WrapUp(wrap_up))
}

fn promise(of: &InteractionId, name: &str, second: i64) -> Event {
    let promise = Promise {
        id: PromiseId::of(name),
        promised: PromiseKind::Callback,
        text: Some("Call back".into()),
        owner: None,
        due_at: Some(at(second + 3600)),
    };
    event(of, &format!("p-{name}"), second, Fact::Promised(promise))
}

fn kept(of: &InteractionId, name: &str, second: i64) -> Event {
    let ended = PromiseEnded {
        id: PromiseId::of(name),
        how: PromiseEnd::Kept,
        agent: None,
    };
    event(of, &format!("k-{name}"), second, Fact::PromiseEnded(ended))
}

/// The invariant, for everybody who could be the customer of these interactions.
async fn assert_pinned(rig: &Rig, interactions: &[InteractionId], context: &str) {
    let mut expected: BTreeMap<IdentityUri, Vec<Summary>> = BTreeMap::new();
    for id in interactions {
        let (stored, _, _) = rig.store.everything(id, soon()).await.unwrap();
        let Some(stored) = stored else { continue };
        if let Some(customer) = stored.customer()
            && stored.summary().is_pinned()
        {
            let of_customer = expected.entry(customer.uri.clone()).or_default();
            of_customer.push(stored.summary());
        }
    }
    for number in 0..4 {
        let customer = caller(number).uri;
        let found = rig.store.known(&customer, soon()).await.unwrap().pinned;
        let mut expected = expected.remove(&customer).unwrap_or_default();
        expected.sort_by(|a, b| a.id.cmp(&b.id));
        assert_eq!(found, expected, "under caller {number} {context}");
    }
    assert!(expected.is_empty(), "{context}");
}

/// Complaint 25: a callback that was promised is nowhere to be found.
pub(crate) async fn complaint_25_a_callback_is_stored_with_its_customer_until_it_is_kept(rig: Rig) {
    let id = interaction("a");
    let ids = std::slice::from_ref(&id);
    rig.append_new(&[ring(&id, 0, Some(caller(0))), hangup(&id, 90)])
        .await;
    assert_pinned(&rig, ids, "before").await;
    rig.append_new(&[promise(&id, "call", 100)]).await;
    let known = rig.store.known(&caller(0).uri, soon()).await.unwrap();
    assert_eq!(known.pinned.len(), 1);
    assert_pinned(&rig, ids, "promised").await;
    // What happens to it meanwhile is told by the pinned one, too.
    rig.append_new(&[note(&id, "n", 200, 12)]).await;
    assert_pinned(&rig, ids, "noted").await;
    rig.append_new(&[kept(&id, "call", 300)]).await;
    let known = rig.store.known(&caller(0).uri, soon()).await.unwrap();
    assert_eq!(known.pinned.len(), 0);
    assert_pinned(&rig, ids, "kept").await;
}

/// Complaint 26: the customer is told "we will call" though nothing was stored.
pub(crate) async fn complaint_26_a_promise_is_stored_whole_or_not_at_all(rig: Rig) {
    let id = interaction("a");
    rig.append_new(&[ring(&id, 0, Some(caller(0)))]).await;
    for passage in [
        Passage::RequestLost,
        Passage::AnswerLost,
        Passage::Throttled,
    ] {
        let lost = passage.clone();
        let (client, _) = Wire::broken(&rig.client, move |operation| {
            if operation == "TransactWriteItems" {
                lost.clone()
            } else {
                Passage::Through
            }
        });
        let until = tokio::time::Instant::now() + Duration::from_millis(700);
        let name = format!("{passage:?}");
        let outcomes = rig
            .store_through(&client)
            .append(&[promise(&id, &name, 10)], until)
            .await;
        let told = matches!(
            outcomes[..],
            [Appended::Stored | Appended::Duplicate | Appended::ReadDifferently]
        );
        let (stored, ..) = rig.store.everything(&id, soon()).await.unwrap();
        let promises = stored.unwrap().summary().promises;
        let is_stored = promises
            .iter()
            .any(|one| one.promise.id == PromiseId::of(&name));
        assert!(is_stored || !told, "{name}: told and not stored");
        assert_pinned(&rig, std::slice::from_ref(&id), &name).await;
    }
}

pub(crate) async fn a_pinned_interaction_moves_with_its_customer(rig: Rig) {
    let id = interaction("a");
    let ids = std::slice::from_ref(&id);
    // A complaint of nobody is pinned nowhere.
    rig.append_new(&[complaint(&id, "w", 50, true)]).await;
    assert_pinned(&rig, ids, "nobody's").await;
    rig.append_new(&[ring(&id, 10, Some(caller(1)))]).await;
    assert_pinned(&rig, ids, "the first who is named").await;
    // An earlier event that comes late names another one.
    let mut earlier = note(&id, "earlier", 1, 5);
    earlier.customer = Some(caller(2));
    rig.append_new(&[earlier]).await;
    let known = rig.store.known(&caller(2).uri, soon()).await.unwrap();
    assert_eq!(known.pinned.len(), 1);
    assert_pinned(&rig, ids, "moved").await;
    // It moves and is settled at once.
    let mut earliest = complaint(&id, "settled", 60, false);
    earliest.customer = Some(caller(3));
    let mut first = note(&id, "earliest", 0, 5);
    first.customer = Some(caller(3));
    rig.append_new(&[earliest, first]).await;
    assert_pinned(&rig, ids, "moved and settled").await;
}

pub(crate) async fn what_comes_again_or_conflicts_pins_nothing_twice(rig: Rig) {
    let id = interaction("a");
    let ids = std::slice::from_ref(&id);
    let events = [
        ring(&id, 0, Some(caller(0))),
        complaint(&id, "w", 50, true),
        promise(&id, "call", 60),
    ];
    rig.append_new(&events).await;
    let again = rig.store.append(&events, soon()).await;
    assert!(again.iter().all(|o| matches!(o, Appended::Duplicate)));
    assert_pinned(&rig, ids, "again").await;
    // Settled under an id that says otherwise already: a conflict, and the complaint stays.
    let outcomes = rig
        .store
        .append(
            &[complaint(&id, "w", 50, false), kept(&id, "call", 70)],
            soon(),
        )
        .await;
    assert!(
        matches!(outcomes[..], [Appended::Conflict, Appended::Stored]),
        "{outcomes:?}"
    );
    let known = rig.store.known(&caller(0).uri, soon()).await.unwrap();
    assert!(known.pinned[0].open_complaint_since.is_some());
    assert_pinned(&rig, ids, "after a conflict").await;
    // An opening event guesses that the interaction is new, and is wrong.
    let mut opening = ring(&id, 80, None);
    opening.id = timeline::EventId::new("ring-2").unwrap();
    let outcomes = rig
        .store
        .append(&[opening, complaint(&id, "w2", 81, false)], soon())
        .await;
    assert!(outcomes.iter().all(|o| matches!(o, Appended::Stored)));
    assert_pinned(&rig, ids, "after a wrong guess").await;
}

pub(crate) async fn what_is_not_pinned_costs_no_request_and_what_is_none_more(rig: Rig) {
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let id = interaction("a");
    let mut requests = Vec::new();
    for events in [
        vec![ring(&id, 0, Some(caller(0)))],
        vec![note(&id, "n", 5, 10)],
        vec![complaint(&id, "w", 50, true)],
        vec![note(&id, "n2", 55, 10)],
        vec![complaint(&id, "w2", 60, false)],
    ] {
        wire.forget();
        store.append(&events, soon()).await;
        requests.push(wire.requests());
    }
    let then = ["GetItem", "TransactWriteItems"];
    assert_eq!(requests[0], ["TransactWriteItems", "UpdateItem"]);
    for later in &requests[1..] {
        assert_eq!(*later, then);
    }
}

pub(crate) async fn a_transaction_that_is_full_has_room_to_move_what_is_pinned(rig: Rig) {
    let id = interaction("a");
    let mut opening = complaint(&id, "w", 500, true);
    opening.customer = Some(caller(1));
    rig.append_new(&[opening]).await;
    let mut events: Vec<_> = (0..97)
        .map(|n| note(&id, &format!("n{n}"), n, 10))
        .collect();
    events[0].customer = Some(caller(0));
    let (client, wire) = Wire::watching(&rig.client);
    let outcomes = rig.store_through(&client).append(&events, soon()).await;
    assert!(outcomes.iter().all(|o| matches!(o, Appended::Stored)));
    assert_eq!(wire.count("TransactWriteItems"), 1);
    assert_pinned(&rig, &[id], "moved").await;
}

pub(crate) async fn what_is_pinned_may_go_when_its_interaction_may(rig: Rig) {
    let id = interaction("a");
    let store = rig.store_keeping(Duration::from_secs(86_400));
    let expiry = async |pk: String, sk: String| {
        let item = rig.item(&pk, &sk).await.unwrap();
        item[schema::EXPIRES_AT].as_n().unwrap().clone()
    };
    for events in [
        vec![ring(&id, 0, Some(caller(0))), complaint(&id, "w", 50, true)],
        vec![note(&id, "n", 5_000, 10)],
    ] {
        store.append(&events, soon()).await;
        let own = expiry(
            schema::interaction_pk(&id),
            schema::INTERACTION_SK.to_owned(),
        );
        let pinned = expiry(schema::identity_pk(&caller(0).uri), schema::pinned_sk(&id));
        assert_eq!(own.await, pinned.await);
    }
}

/// The table removes what has expired some days later.
pub(crate) async fn what_is_pinned_and_may_be_gone_already_is_not_in_view(rig: Rig) {
    let id = interaction("a");
    let long_ago = [ring(&id, 0, Some(caller(0))), complaint(&id, "w", 50, true)];
    let store = rig.store_keeping(Duration::from_secs(86_400));
    store.append(&long_ago, soon()).await;
    let customer = caller(0).uri;
    let (pk, sk) = (schema::identity_pk(&customer), schema::pinned_sk(&id));
    assert!(rig.item(&pk, &sk).await.is_some(), "it lies there");
    let known = store.known(&customer, soon()).await.unwrap();
    assert!(known.pinned.is_empty());
}

/// Histories of one seed: which events, in which parts, by how many writers.
const SEEDS: std::ops::Range<u64> = 0..24;

pub(crate) async fn any_history_pins_what_is_open_and_nothing_else(rig: Rig) {
    for seed in SEEDS {
        let mut random = Rng::with_seed(seed);
        let ids = [0, 1].map(|n| interaction(&format!("i{n}-{seed}")));
        let mut events: Vec<Event> = (0..random.usize(4..24))
            .map(|place| random_event(&ids[random.usize(..2)], place, &mut random))
            .collect();
        random.shuffle(&mut events);
        let mut rest: &[Event] = &events;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(random.usize(1..=rest.len().min(6)));
            let mut writers = Vec::new();
            for id in &ids {
                let own: Vec<_> = part.iter().filter(|e| &e.interaction_id == id).collect();
                let own: Vec<Event> = own.into_iter().cloned().collect();
                // The same events by two writers at once, the second in another order.
                for turned in [false, true] {
                    let mut own = own.clone();
                    if turned {
                        own.reverse();
                    }
                    let store = rig.store_through(&rig.client);
                    writers.push(tokio::spawn(async move {
                        store.append(&own, soon()).await;
                    }));
                }
            }
            for writer in writers {
                writer.await.unwrap();
            }
            assert_pinned(&rig, &ids, &format!("seed {seed}")).await;
            rest = after;
        }
        // So that the next history finds nobody's pins but its own.
        for id in &ids {
            for number in 0..4 {
                let pk = schema::identity_pk(&caller(number).uri);
                rig.remove(&pk, &schema::pinned_sk(id)).await;
            }
        }
    }
}

fn random_event(of: &InteractionId, place: usize, random: &mut Rng) -> Event {
    let second = random.i64(0..600);
    let name = format!("e{place}");
    let promised = format!("c{}", random.u8(..3));
    let mut event = match random.u8(..6) {
        0 => ring(of, second, None),
        1 => complaint(of, &name, second, random.bool()),
        2 => promise(of, &promised, second),
        3 => kept(of, &promised, second),
        4 => event(
            of,
            &name,
            second,
            Fact::WrapUp(WrapUp {
                resolved: Some(random.bool()),
                ..WrapUp::default()
            }),
        ),
        _ => note(of, &name, second, 9),
    };
    event.id = timeline::EventId::new(&name).unwrap();
    if random.u8(..3) == 0 {
        event.customer = Some(caller(random.u32(..4)));
    }
    event
}
