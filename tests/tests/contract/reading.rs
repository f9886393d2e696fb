//! What is read back.

use tests::story::{answer, at, caller, hangup, interaction, ring};
use tests::wire::Wire;
use timeline::{CustomerId, InteractionId};

use crate::rig::{Rig, soon};

async fn listed(rig: &Rig, number: u32) -> Vec<InteractionId> {
    let page = rig
        .store
        .timeline(&caller(number).uri, 10, None, soon())
        .await;
    let interactions = page.unwrap().unwrap().interactions.into_iter();
    interactions.map(|summary| summary.id).collect()
}

/// Complaint 11: a customer who becomes known during a call is not linked to it.
pub(crate) async fn an_interaction_without_a_customer_moves_once_when_one_is_named(rig: Rig) {
    let id = interaction("a");
    rig.append_new(&[ring(&id, 0, None), hangup(&id, 9)]).await;
    assert!(listed(&rig, 0).await.is_empty() && listed(&rig, 1).await.is_empty());

    let mut named = answer(&id, 4);
    named.customer = Some(caller(0));
    rig.append_new(&[named.clone()]).await;
    assert_eq!(listed(&rig, 0).await, std::slice::from_ref(&id));

    let mut other = answer(&id, 5);
    other.id = timeline::EventId::new("second answer").unwrap();
    other.customer = Some(caller(1));
    rig.append_new(&[other]).await;
    assert_eq!(listed(&rig, 0).await, [id]);
    assert!(
        listed(&rig, 1).await.is_empty(),
        "a later name takes part but does not move it"
    );
}

pub(crate) async fn a_timeline_is_newest_first_by_the_start_of_its_interactions(rig: Rig) {
    let (old, new, newest) = (interaction("c"), interaction("a"), interaction("b"));
    // They arrive in another order than that in which they began, and end in another still.
    rig.append_new(&[ring(&new, 100, Some(caller(0)))]).await;
    rig.append_new(&[ring(&newest, 200, Some(caller(0)))]).await;
    rig.append_new(&[ring(&old, 0, Some(caller(0))), hangup(&old, 900)])
        .await;
    rig.append_new(&[ring(&interaction("d"), 50, Some(caller(1)))])
        .await;
    assert_eq!(listed(&rig, 0).await, [newest, new, old]);
}

/// Complaint 7: a customer known by phone only is not identified.
pub(crate) async fn a_customers_id_leads_to_the_identity_and_its_timeline(rig: Rig) {
    let id = interaction("a");
    rig.append_new(&[ring(&id, 0, Some(caller(0)))]).await;
    let customer = CustomerId::implied_by(&caller(0).uri, rig.store.salt());
    let identity = rig.store.customer(&customer, soon()).await.unwrap();
    assert_eq!(identity.as_ref(), Some(&caller(0).uri));
    let page = rig
        .store
        .timeline(&identity.unwrap(), 10, None, soon())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(page.interactions[0].id, id);
    assert_eq!(page.interactions[0].started_at, at(0));
}

pub(crate) async fn what_was_never_stored_is_absent_and_no_error(rig: Rig) {
    let nobody = CustomerId::implied_by(&caller(9).uri, rig.store.salt());
    assert_eq!(rig.store.customer(&nobody, soon()).await.unwrap(), None);
    assert!(listed(&rig, 9).await.is_empty());
    let page = rig.store.interaction(&interaction("a"), None, soon()).await;
    assert_eq!(page.unwrap().unwrap(), None);
    let (stored, rev, events) = rig
        .store
        .everything(&interaction("a"), soon())
        .await
        .unwrap();
    assert_eq!((stored, rev, events.len()), (None, 0, 0));
}

pub(crate) async fn warming_up_opens_as_many_connections_as_are_used_and_no_more_than_some(
    rig: Rig,
) {
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    for (wanted, opened) in [(3, 3), (100, 8)] {
        wire.forget();
        store.warm_up(wanted, soon()).await;
        assert_eq!(wire.requests(), vec!["GetItem"; opened]);
    }
}
