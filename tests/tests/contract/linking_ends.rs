//! What the end of a link and a mark leave of the entries of customers' ids, and of claims.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{Deciding, LinkAsk, schema};
use tests::story::at;
use tests::wire::{Passage, Wire};
use timeline::{Actor, Basis, Decision, LinkChange, LinkReason};

use crate::claiming::{ADA, MAIL, claims, decide, happened, note, says, uri as read};
use crate::linking::{ask, by_policy, link, robin, uri};
use crate::rig::{Rig, soon};

/// Whether the entry of a caller's id is kept whatever happens; `None` where there is none.
async fn is_kept(rig: &Rig, number: u32) -> Option<bool> {
    let customer = timeline::CustomerId::implied_by(&uri(number), rig.store.salt());
    let pk = schema::customer_pk(&customer);
    let item = rig.item(&pk, schema::CUSTOMER_SK).await?;
    Some(item.contains_key(schema::KEPT))
}

pub(crate) async fn who_is_still_linked_keeps_the_entry_of_the_id(rig: Rig) {
    let store = &rig.store;
    let ids = BTreeSet::from([link(store, &ask("1", &uri(0), &uri(1))).await]);
    link(store, &ask("2", &uri(0), &uri(2))).await;
    store
        .unlink(&uri(0), &ids, &robin(), at(4000), None, soon())
        .await
        .unwrap();
    let mut kept = Vec::new();
    for number in 0..4 {
        kept.push(is_kept(&rig, number).await);
    }
    assert_eq!(kept, [Some(true), Some(false), Some(true), None]);
}

pub(crate) async fn a_mark_on_one_who_is_not_linked_makes_no_entry(rig: Rig) {
    rig.store
        .mark_shared(&uri(0), true, &robin(), at(0), soon())
        .await
        .unwrap();
    assert_eq!(is_kept(&rig, 0).await, None);
}

pub(crate) async fn an_agents_mark_on_what_a_policy_has_marked_ends_what_agents_linked(rig: Rig) {
    let store = &rig.store;
    let policy = Actor::policy("claims");
    let mark = async |by: &Actor, second: i64| {
        store
            .mark_shared(&uri(0), true, by, at(second), soon())
            .await
            .unwrap();
        store.standing(&uri(0), soon()).await.unwrap()
    };
    link(store, &by_policy(&uri(0), &uri(1))).await;
    link(store, &ask("1", &uri(0), &uri(2))).await;
    let marked = mark(&policy, 100).await;
    assert_eq!(marked.links.iter().count(), 1, "the agent's stays");
    let again = mark(&policy, 150).await;
    assert_eq!(again, marked, "marked once more, nothing changes");
    let marked = mark(&robin(), 200).await;
    assert!(marked.links.is_empty());
    let by = marked.shared.map(|mark| mark.by);
    assert_eq!(by, Some(policy), "it was marked then");
}

pub(crate) async fn a_claim_says_which_of_both_was_claimed_and_is_told_as_it_was_asked(rig: Rig) {
    for (rig, customer, claimed) in [(&rig, ADA, MAIL), (&rig.twin().await, MAIL, ADA)] {
        note(
            &rig.store,
            &[says("a", 0, customer, &[(claimed, Basis::Typed)])],
        )
        .await;
        assert!(!claims(rig, customer).await[0].claimed);
        assert!(claims(rig, claimed).await[0].claimed);
        for (own, other) in [(customer, claimed), (claimed, customer)] {
            let decided = decide(rig, own, other, Some(Decision::Rejected), 60).await;
            let Deciding::Decided { claim, .. } = decided else {
                panic!("{decided:?}");
            };
            assert_eq!((claim.own, claim.other), (read(own), read(other)));
        }
        assert_eq!(happened(rig, customer).await, [LinkChange::Rejected]);
    }
}

pub(crate) async fn a_link_that_confirms_no_claim_decides_nothing(rig: Rig) {
    let confirming = LinkAsk {
        reason: LinkReason::Confirmed,
        ..ask("1", &read(ADA), &read(MAIL))
    };
    link(&rig.store, &confirming).await;
    for of in [ADA, MAIL] {
        assert_eq!(happened(&rig, of).await, [LinkChange::Linked]);
        assert!(claims(&rig, of).await.is_empty(), "of {of}");
    }
}

pub(crate) async fn a_decision_before_which_others_write_is_made_anew(rig: Rig) {
    note(&rig.store, &[says("a", 0, ADA, &[(MAIL, Basis::Typed)])]).await;
    for (decision, second) in [(Some(Decision::Rejected), 100), (None, 200)] {
        let is_first = AtomicBool::new(true);
        let (client, _) = Wire::broken(&rig.client, move |operation| {
            if operation == "TransactWriteItems" && is_first.swap(false, Ordering::SeqCst) {
                Passage::Cancelled("ConditionalCheckFailed")
            } else {
                Passage::Through
            }
        });
        let (by, ada, mail) = (robin(), read(ADA), read(MAIL));
        let store = rig.store_through(&client);
        let decided = store.decide(&ada, &mail, decision, &by, at(second), soon());
        decided.await.unwrap();
        for of in [ADA, MAIL] {
            let decided = claims(&rig, of).await[0].decided.clone();
            assert_eq!(decided.map(|decided| decided.decision), decision, "{of}");
        }
    }
}
