//! What a claim does not do: mark as shared what is not, link what speaks against it, or settle what a mark keeps open.

use std::collections::BTreeSet;

use store::Store;
use tests::story::at;
use timeline::{Actor, Basis, LinkReason};

use crate::claiming::{ADA, MAIL, RECORD, claims, customer, links, note, says, uri};
use crate::linking::{ask, link};
use crate::rig::{Rig, soon};

async fn is_shared(store: &Store, of: &str) -> bool {
    let standing = store.standing(&uri(of), soon()).await.unwrap();
    standing.shared.is_some()
}

/// Each of these says that this is its own, one after the other.
async fn all_claim(rig: &Rig, address: &str, others: &[&str]) {
    for (place, other) in (0..).zip(others) {
        let said = says(
            &format!("i{place}"),
            place,
            other,
            &[(address, Basis::SignedIn)],
        );
        note(&rig.store, &[said]).await;
    }
}

pub(crate) async fn records_of_two_systems_may_be_of_one_number(rig: Rig) {
    all_claim(&rig, ADA, &[RECORD, "crm:hub/7"]).await;
    assert!(!is_shared(&rig.store, ADA).await);
    assert_eq!(customer(&rig, ADA).await.len(), 3);
    all_claim(&rig, ADA, &["crm:hub/8"]).await;
    assert!(is_shared(&rig.store, ADA).await, "two of one system");
}

pub(crate) async fn only_records_make_an_address_shared(rig: Rig) {
    let visitors = ["visitor:shop/1", "visitor:shop/2"];
    all_claim(&rig, MAIL, &visitors).await;
    assert!(!is_shared(&rig.store, MAIL).await);
    assert_eq!(customer(&rig, MAIL).await.len(), 3, "one has two browsers");
    // A stroke in an address is no system's.
    let account = "whatsapp:+493023125104";
    let mails = ["mailto:shop/1@example.com", "mailto:shop/2@example.com"];
    all_claim(&rig, account, &mails).await;
    assert!(!is_shared(&rig.store, account).await);
    assert_eq!(customer(&rig, account).await.len(), 3);
    // A record and what is none are not of one system either.
    all_claim(&rig, ADA, &["mailto:bo@example.com", RECORD]).await;
    assert!(!is_shared(&rig.store, ADA).await);
    assert_eq!(customer(&rig, ADA).await.len(), 3);
}

pub(crate) async fn only_a_number_or_an_address_is_marked_as_shared(rig: Rig) {
    let visitor = "visitor:shop/1";
    all_claim(&rig, visitor, &[RECORD, "crm:zoho/bo"]).await;
    assert!(!is_shared(&rig.store, visitor).await);
    assert_eq!(
        customer(&rig, visitor).await,
        BTreeSet::from([uri(visitor), uri(RECORD)]),
        "two records of a system are two customers"
    );
}

pub(crate) async fn a_mark_keeps_open_what_a_claim_says_of_whom_an_agent_has_linked(rig: Rig) {
    let other = "crm:hub/7";
    link(&rig.store, &ask("1", &uri(ADA), &uri(other))).await;
    let (number, policy) = (uri(ADA), Actor::policy("claims"));
    let marked = rig
        .store
        .mark_shared(&number, true, &policy, at(100), soon());
    marked.await.unwrap();
    all_claim(&rig, ADA, &[other]).await;
    assert_eq!(links(&rig, ADA).await.iter().count(), 1);
    let of = claims(&rig, ADA).await;
    let linked_once = of.iter().map(|claim| claim.linked_once);
    assert_eq!(linked_once.collect::<Vec<_>>(), [false]);
}

pub(crate) async fn two_are_linked_by_the_best_that_is_said_at_once_whoever_says_it(rig: Rig) {
    for bases in [
        [Basis::SignedIn, Basis::Record],
        [Basis::Record, Basis::SignedIn],
    ] {
        let rig = rig.twin().await;
        let said = [
            says("a", 0, ADA, &[(MAIL, bases[0])]),
            says("b", 1, MAIL, &[(ADA, bases[1])]),
        ];
        note(&rig.store, &said).await;
        let links = links(&rig, ADA).await;
        let reasons: Vec<_> = links.iter().map(|link| link.reason).collect();
        assert_eq!(reasons, [LinkReason::Claim(Basis::SignedIn)], "{bases:?}");
    }
}
