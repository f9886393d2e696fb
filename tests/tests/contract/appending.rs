//! Append: once, whole, and with an outcome for each event.

use std::time::Duration;

use futures_util::future::join_all;
use store::{Appended, StoreError, schema};
use tests::story::{answer, at, caller, event, hangup, interaction, note, ring};
use tests::wire::Wire;
use timeline::{CustomerId, Event, Fact, State, Updated};
use tokio::time::Instant;

use crate::rig::{Rig, soon};

/// Complaint 17: the same event twice makes two entries.
pub(crate) async fn an_event_twice_in_a_batch_is_one_event(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, Some(caller(0))), hangup(&id, 9));
    // Sent again means received again, at another time.
    let mut again = ring.clone();
    again.received_at = at(500);
    let outcomes = rig
        .store
        .append(&[ring.clone(), again, hangup.clone()], soon())
        .await;
    assert!(
        matches!(
            outcomes[..],
            [Appended::Stored, Appended::Duplicate, Appended::Stored]
        ),
        "{outcomes:?}"
    );
    rig.assert_holds(&id, &[ring, hangup]).await;
}

/// Complaint 17.
pub(crate) async fn an_event_that_comes_again_later_is_one_event(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, Some(caller(0))), hangup(&id, 9));
    rig.append_new(&[ring.clone(), hangup.clone()]).await;
    for again in [&ring, &hangup] {
        let outcomes = rig.store.append(std::slice::from_ref(again), soon()).await;
        assert!(
            matches!(outcomes[..], [Appended::Duplicate]),
            "{outcomes:?}"
        );
    }
    let answer = answer(&id, 4);
    let outcomes = rig
        .store
        .append(&[hangup.clone(), answer.clone()], soon())
        .await;
    assert!(
        matches!(outcomes[..], [Appended::Duplicate, Appended::Stored]),
        "{outcomes:?}"
    );
    rig.assert_holds(&id, &[ring, answer, hangup]).await;
}

/// Complaint 17.
pub(crate) async fn an_event_from_eight_writers_at_once_is_one_event(rig: Rig) {
    let id = interaction("a");
    let ring = ring(&id, 0, Some(caller(0)));
    let writers = (0..8).map(|_| {
        let store = rig.store_through(&rig.client);
        let ring = ring.clone();
        tokio::spawn(async move { store.append(&[ring], soon()).await.remove(0) })
    });
    let outcomes = join_all(writers).await;
    let stored = outcomes
        .iter()
        .filter(|o| matches!(o, Ok(Appended::Stored)));
    let duplicates = outcomes
        .iter()
        .filter(|o| matches!(o, Ok(Appended::Duplicate)));
    assert_eq!((stored.count(), duplicates.count()), (1, 7), "{outcomes:?}");
    rig.assert_holds(&id, &[ring]).await;
}

pub(crate) async fn another_event_under_the_same_id_is_a_conflict_and_the_first_stays(rig: Rig) {
    let id = interaction("a");
    let (first, other) = (note(&id, "n", 0, 10), note(&id, "n", 0, 11));
    let outcomes = rig
        .store
        .append(&[first.clone(), other.clone()], soon())
        .await;
    assert!(
        matches!(outcomes[..], [Appended::Stored, Appended::Conflict]),
        "in one batch: {outcomes:?}"
    );
    let hangup = hangup(&id, 9);
    let outcomes = rig.store.append(&[other, hangup.clone()], soon()).await;
    assert!(
        matches!(outcomes[..], [Appended::Conflict, Appended::Stored]),
        "later: {outcomes:?}"
    );
    let (_, _, events) = rig.store.everything(&id, soon()).await.unwrap();
    assert!(events.contains(&first));
    rig.assert_holds(&id, &[first, hangup]).await;
}

/// Complaint 13: early or late events raise errors.
pub(crate) async fn a_late_opening_event_is_corrected_by_the_reasons_of_the_cancellation(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, None), hangup(&id, 9));
    rig.append_new(std::slice::from_ref(&hangup)).await;

    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let outcomes = store.append(std::slice::from_ref(&ring), soon()).await;
    assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
    // The guess costs one cancelled transaction, and no read.
    assert_eq!(
        wire.requests(),
        ["TransactWriteItems", "TransactWriteItems"]
    );
    rig.assert_holds(&id, &[ring, hangup]).await;
}

pub(crate) async fn a_batch_longer_than_a_transaction_is_stored_whole(rig: Rig) {
    let id = interaction("a");
    let events: Vec<_> = (0..250)
        .map(|second| note(&id, &format!("n{second}"), second, 20))
        .collect();
    let (client, wire) = Wire::watching(&rig.client);
    let outcomes = rig.store_through(&client).append(&events, soon()).await;
    assert!(
        outcomes.iter().all(|o| matches!(o, Appended::Stored)),
        "{outcomes:?}"
    );
    assert_eq!(wire.count("TransactWriteItems"), 3);
    rig.assert_holds(&id, &events).await;
}

fn too_long(of: &timeline::InteractionId) -> Event {
    let attributes = [("long".to_owned(), "x".repeat(400_000).into())];
    let updated = Updated {
        attributes: attributes.into(),
    };
    event(of, "long", 3, Fact::Updated(updated))
}

pub(crate) async fn an_event_too_long_for_an_item_is_named_and_the_others_are_stored(rig: Rig) {
    let id = interaction("a");
    let (ring, long, hangup) = (ring(&id, 0, None), too_long(&id), hangup(&id, 9));
    let batch = [ring.clone(), long.clone(), hangup.clone(), long];
    let outcomes = rig.store.append(&batch, soon()).await;
    assert!(
        matches!(
            outcomes[..],
            [
                Appended::Stored,
                Appended::TooLarge,
                Appended::Stored,
                Appended::TooLarge
            ]
        ),
        "{outcomes:?}"
    );
    rig.assert_holds(&id, &[ring, hangup]).await;
}

pub(crate) async fn past_the_deadline_all_events_fail_and_trying_again_loses_none(rig: Rig) {
    let id = interaction("a");
    let events = [
        ring(&id, 0, Some(caller(0))),
        answer(&id, 4),
        hangup(&id, 9),
    ];
    let outcomes = rig.store.append(&events, Instant::now()).await;
    assert!(
        outcomes
            .iter()
            .all(|o| matches!(o, Appended::Failed(StoreError::OutOfTime { .. }))),
        "{outcomes:?}"
    );
    rig.append_new(&events).await;
    rig.assert_holds(&id, &events).await;
}

const KEPT: Duration = Duration::from_secs(30 * 86_400);

async fn expiry(rig: &Rig, pk: &str, sk: &str) -> Option<i64> {
    let item = rig.item(pk, sk).await.expect("it is stored");
    item.get(schema::EXPIRES_AT)
        .map(|at| at.as_n().unwrap().parse().unwrap())
}

pub(crate) async fn what_is_kept_for_a_time_says_when_it_may_go(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, Some(caller(0))), hangup(&id, 9));
    let store = rig.store_keeping(KEPT);
    store.append(&[ring.clone(), hangup.clone()], soon()).await;

    let pk = schema::interaction_pk(&id);
    let kept_from = |event: &Event| Some(event.received_at.millis() / 1000 + 30 * 86_400);
    for event in [&ring, &hangup] {
        let at = expiry(&rig, &pk, &schema::event_sk(&event.id)).await;
        assert_eq!(at, kept_from(event));
    }
    let at = expiry(&rig, &pk, schema::INTERACTION_SK).await;
    assert_eq!(at, kept_from(&hangup), "it outlives its events");
    let customer = CustomerId::implied_by(&caller(0).uri, store.salt());
    let at = expiry(&rig, &schema::customer_pk(&customer), schema::CUSTOMER_SK).await;
    assert_eq!(at, kept_from(&hangup), "as long as the interaction");
}

pub(crate) async fn what_is_kept_for_ever_never_goes(rig: Rig) {
    let id = interaction("a");
    let ring = ring(&id, 0, Some(caller(0)));
    rig.append_new(std::slice::from_ref(&ring)).await;
    let pk = schema::interaction_pk(&id);
    let customer = CustomerId::implied_by(&caller(0).uri, rig.store.salt());
    assert_eq!(expiry(&rig, &pk, &schema::event_sk(&ring.id)).await, None);
    assert_eq!(expiry(&rig, &pk, schema::INTERACTION_SK).await, None);
    let customer = schema::customer_pk(&customer);
    assert_eq!(expiry(&rig, &customer, schema::CUSTOMER_SK).await, None);
}

pub(crate) async fn an_event_that_was_long_under_way_shortens_no_life(rig: Rig) {
    let id = interaction("a");
    let mut late = ring(&id, 0, Some(caller(0)));
    let mut new = hangup(&id, 9);
    new.customer = Some(caller(0));
    new.received_at = at(86_400);
    late.received_at = at(1);
    let store = rig.store_keeping(KEPT);
    for event in [&new, &late] {
        let outcomes = store.append(std::slice::from_ref(event), soon()).await;
        assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
    }
    let longest = Some(at(86_400).millis() / 1000 + 30 * 86_400);
    let pk = schema::interaction_pk(&id);
    assert_eq!(expiry(&rig, &pk, schema::INTERACTION_SK).await, longest);
    let customer = CustomerId::implied_by(&caller(0).uri, store.salt());
    let at = expiry(&rig, &schema::customer_pk(&customer), schema::CUSTOMER_SK).await;
    assert_eq!(at, longest);
    let (stored, ..) = store.everything(&id, soon()).await.unwrap();
    let state = stored.unwrap().summary().state;
    assert_eq!(state, State::Abandoned);
}

pub(crate) async fn what_is_kept_for_ever_from_now_on_never_goes(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, Some(caller(0))), hangup(&id, 9));
    rig.store_keeping(KEPT)
        .append(std::slice::from_ref(&ring), soon())
        .await;
    rig.append_new(std::slice::from_ref(&hangup)).await;
    let pk = schema::interaction_pk(&id);
    let customer = CustomerId::implied_by(&caller(0).uri, rig.store.salt());
    let customer = schema::customer_pk(&customer);
    assert_eq!(expiry(&rig, &pk, schema::INTERACTION_SK).await, None);
    assert_eq!(expiry(&rig, &customer, schema::CUSTOMER_SK).await, None);
    let before = expiry(&rig, &pk, &schema::event_sk(&ring.id)).await;
    assert!(before.is_some(), "what was stored before still goes");
}

pub(crate) async fn what_was_kept_for_ever_does_not_go_before_its_events(rig: Rig) {
    let id = interaction("a");
    let (ring, hangup) = (ring(&id, 0, Some(caller(0))), hangup(&id, 9));
    rig.append_new(std::slice::from_ref(&ring)).await;
    rig.store_keeping(KEPT)
        .append(std::slice::from_ref(&hangup), soon())
        .await;
    let pk = schema::interaction_pk(&id);
    let customer = CustomerId::implied_by(&caller(0).uri, rig.store.salt());
    let customer = schema::customer_pk(&customer);
    assert_eq!(expiry(&rig, &pk, schema::INTERACTION_SK).await, None);
    assert_eq!(expiry(&rig, &customer, schema::CUSTOMER_SK).await, None);
    let after = expiry(&rig, &pk, &schema::event_sk(&hangup.id)).await;
    assert!(after.is_some(), "what is stored from now on goes");
}
