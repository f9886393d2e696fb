//! How long things stay under a retention: whatever refers to something lives as long as it, in any order of arrival.

use std::collections::BTreeMap;
use std::time::Duration;

use store::{Store, schema};
use tests::story::{at, caller, interaction, note, ring};
use timeline::{Actor, Basis, CustomerId, Decision, Event, IdentityUri, InteractionId};

use crate::claiming::{self, ADA, MAIL, says, uri};
use crate::rig::{Rig, soon};

const DAY: Duration = Duration::from_secs(86_400);

/// When something that was heard of at a second may go.
fn a_day_after(second: i64) -> i64 {
    at(second).millis() / 1000 + 86_400
}

async fn expires(rig: &Rig, pk: &str, sk: &str) -> Option<i64> {
    let item = rig.item(pk, sk).await.unwrap();
    let at = item.get(schema::EXPIRES_AT)?;
    Some(at.as_n().unwrap().parse().unwrap())
}

async fn entry_expires(rig: &Rig, store: &Store, customer: &IdentityUri) -> Option<i64> {
    let id = CustomerId::implied_by(customer, store.salt());
    expires(rig, &schema::customer_pk(&id), schema::CUSTOMER_SK).await
}

fn heard(mut event: Event, second: i64) -> Event {
    event.received_at = at(second);
    event
}

async fn append_one_by_one(store: &Store, events: &[Event]) {
    for event in events {
        let outcomes = store.append(std::slice::from_ref(event), soon()).await;
        assert!(
            matches!(outcomes[..], [store::Appended::Stored]),
            "{outcomes:?}"
        );
    }
}

pub(crate) async fn an_interaction_outlives_its_events_in_whatever_order_they_were_heard(rig: Rig) {
    let store = rig.store_keeping(DAY);
    for (key, order) in [("one", [5_000, 100]), ("two", [100, 5_000])] {
        let id = interaction(key);
        let events = [
            heard(ring(&id, 0, Some(caller(0))), order[0]),
            heard(note(&id, "note", 10, 20), order[1]),
        ];
        append_one_by_one(&store, &events).await;
        let pk = schema::interaction_pk(&id);
        assert_eq!(
            expires(&rig, &pk, schema::INTERACTION_SK).await,
            Some(a_day_after(5_000)),
            "{key}"
        );
        for (event, second) in events.iter().zip(order) {
            let event = expires(&rig, &pk, &schema::event_sk(&event.id)).await;
            assert_eq!(event, Some(a_day_after(second)), "{key}");
        }
    }
}

/// An event that comes late says whose the call was. Nothing was heard of that customer but this event, and the call that
/// leads to the customer stays for longer than it.
pub(crate) async fn a_customers_entry_outlives_the_interaction_that_a_late_event_gave_it(rig: Rig) {
    let store = rig.store_keeping(DAY);
    let opened = |id: &InteractionId| heard(ring(id, 0, Some(caller(1))), 100);
    let later = |id: &InteractionId| heard(note(id, "note", 10, 20), 5_000);
    for (key, late_last) in [("one", true), ("two", false)] {
        let id = interaction(key);
        let mut events = [opened(&id), later(&id)];
        if late_last {
            events.reverse();
        }
        append_one_by_one(&store, &events).await;
        let entry = entry_expires(&rig, &store, &caller(1).uri).await;
        assert_eq!(entry, Some(a_day_after(5_000)), "{key}");
        // The second time it is as if nothing had been before.
        let customer = CustomerId::implied_by(&caller(1).uri, store.salt());
        rig.remove(&schema::customer_pk(&customer), schema::CUSTOMER_SK)
            .await;
    }
}

pub(crate) async fn a_claim_outlives_the_events_that_say_it_on_both_sides(rig: Rig) {
    let store = rig.store_keeping(DAY);
    // Of one pair each, so that the order is all that differs.
    let pairs = BTreeMap::from([
        ("mailto:newest-first@example.com", [5_000, 100]),
        ("mailto:newest-last@example.com", [100, 5_000]),
    ]);
    for (other, order) in pairs {
        // Of two sorts, so that the later of them is written down as well.
        for (basis, second) in [(Basis::Typed, order[0]), (Basis::Thread, order[1])] {
            let said = says(&format!("{second}{other}"), 0, ADA, &[(other, basis)]);
            claiming::note(&store, &[heard(said, second)]).await;
        }
        for (own, other) in [(ADA, other), (other, ADA)] {
            let pk = schema::identity_pk(&uri(own));
            let claim = expires(&rig, &pk, &schema::claim_sk(&uri(other))).await;
            assert_eq!(claim, Some(a_day_after(5_000)), "of {own}");
        }
    }
}

pub(crate) async fn a_decided_claim_is_kept_until_its_decision_is_withdrawn(rig: Rig) {
    let store = rig.store_keeping(DAY);
    let said = heard(says("a", 0, ADA, &[(MAIL, Basis::Typed)]), 5_000);
    claiming::note(&store, &[said]).await;
    let by = Actor::agent("robin");
    let (ada, mail) = (uri(ADA), uri(MAIL));
    for (decision, second, expected) in [
        (Some(Decision::Rejected), 5_500, None),
        (None, 6_000, Some(a_day_after(6_000))),
    ] {
        let decided = store.decide(&ada, &mail, decision, &by, at(second), soon());
        decided.await.unwrap();
        for (own, other) in [(&ada, &mail), (&mail, &ada)] {
            let pk = schema::identity_pk(own);
            let claim = expires(&rig, &pk, &schema::claim_sk(other)).await;
            assert_eq!(claim, expected, "{decision:?}");
        }
    }
}
