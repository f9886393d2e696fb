//! Events that come again: in a list with others of their id, and after what reads them has changed.

use store::Appended;
use tests::story::{at, caller, event, hangup, interaction, note, ring};
use tests::wire::Wire;
use timeline::{CustomerId, Fact, Updated};

use crate::rig::{Rig, soon};

/// A deployment, or another default region, may read the record that is delivered again otherwise.
pub(crate) async fn an_event_that_reads_otherwise_now_stays_as_it_was_stored(rig: Rig) {
    let id = interaction("a");
    let (first, other) = (note(&id, "n", 0, 10), note(&id, "n", 0, 11));
    let reading = |name: &str| rig.store_through(&rig.client).reading_as(name.to_owned());
    let outcomes = reading("1/US")
        .append(std::slice::from_ref(&first), soon())
        .await;
    assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
    for name in ["2/US", "1/DE", ""] {
        let store = reading(name);
        let again = store.append(std::slice::from_ref(&first), soon()).await;
        assert!(matches!(again[..], [Appended::Duplicate]), "{again:?}");
        let outcomes = store.append(std::slice::from_ref(&other), soon()).await;
        assert!(
            matches!(outcomes[..], [Appended::ReadDifferently]),
            "as {name}: {outcomes:?}"
        );
    }
    let outcomes = reading("1/US").append(&[other], soon()).await;
    assert!(matches!(outcomes[..], [Appended::Conflict]), "{outcomes:?}");
    let (_, _, events) = rig.store.everything(&id, soon()).await.unwrap();
    assert_eq!(events, [first], "the first stays");
}

pub(crate) async fn what_repeats_a_conflict_is_judged_by_what_is_stored(rig: Rig) {
    let id = interaction("a");
    let (first, other) = (note(&id, "n", 0, 10), note(&id, "n", 0, 11));
    rig.append_new(std::slice::from_ref(&first)).await;
    let batch = [other.clone(), other, first.clone()];
    let outcomes = rig.store.append(&batch, soon()).await;
    assert!(
        matches!(
            outcomes[..],
            [Appended::Conflict, Appended::Conflict, Appended::Duplicate]
        ),
        "{outcomes:?}"
    );
    rig.assert_holds(&id, &[first]).await;
}

pub(crate) async fn an_event_under_the_id_of_one_that_is_too_long_is_stored(rig: Rig) {
    let id = interaction("a");
    let attributes = [("long".to_owned(), "x".repeat(400_000).into())];
    let updated = Updated {
        attributes: attributes.into(),
    };
    let long = event(&id, "n", 0, Fact::Updated(updated));
    let short = note(&id, "n", 0, 10);
    let batch = [long, short.clone(), short.clone()];
    let outcomes = rig.store.append(&batch, soon()).await;
    assert!(
        matches!(
            outcomes[..],
            [Appended::TooLarge, Appended::Stored, Appended::Duplicate]
        ),
        "{outcomes:?}"
    );
    rig.assert_holds(&id, &[short]).await;
}

/// What is stored before the list breaks off is acknowledged, so its customer has to be entered.
pub(crate) async fn the_customer_is_entered_though_the_rest_of_the_list_fails(rig: Rig) {
    let (id, other) = (interaction("a"), interaction("b"));
    let mut events = vec![ring(&id, 0, Some(caller(0)))];
    // As many as one transaction takes.
    events.extend((1..99).map(|second| note(&id, &format!("n{second}"), second, 20)));
    // No list holds events of two interactions; one that did would be refused here.
    events.push(hangup(&other, 9));
    let outcomes = rig.store.append(&events, soon()).await;
    assert!(
        matches!(outcomes[..], [Appended::Stored, .., Appended::Failed(_)]),
        "{outcomes:?}"
    );
    let customer = CustomerId::implied_by(&caller(0).uri, rig.store.salt());
    let entered = rig.store.customer(&customer, soon()).await.unwrap();
    assert_eq!(entered, Some(caller(0).uri));
}

/// An interaction without all of its events: some have expired, which no reading again brings back.
pub(crate) async fn an_interaction_whose_events_have_expired_is_read_twice_and_no_more(rig: Rig) {
    let id = interaction("a");
    let events = [ring(&id, 0, None), hangup(&id, 9)];
    rig.append_new(&events).await;
    rig.remove(
        &store::schema::interaction_pk(&id),
        &store::schema::event_sk(&events[0].id),
    )
    .await;
    let (client, wire) = Wire::watching(&rig.client);
    let page = rig
        .store_through(&client)
        .interaction(&id, None, soon())
        .await;
    let page = page.unwrap().unwrap().unwrap();
    assert_eq!(page.events, [events[1].clone()]);
    assert_eq!(page.interaction.summary().ended_at, Some(at(9)));
    assert_eq!((wire.count("GetItem"), wire.count("Query")), (2, 2));
}
