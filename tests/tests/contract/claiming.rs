//! Claims: what events say of other identities of their customer, what links by itself, and what agents decide.

use std::collections::BTreeSet;

use fastrand::Rng;
use store::{Deciding, Store};
use tests::story::{at, interaction, ring, source};
use tests::wire::Wire;
use timeline::{
    Actor, Basis, Claim, ClaimRecord, Decision, Event, EvidenceKind, Identity, IdentityUri,
    LinkChange, LinkPolicy, LinkSet,
};

use crate::rig::{Rig, soon};

pub(crate) fn identity(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

pub(crate) fn uri(text: &str) -> IdentityUri {
    identity(text).uri
}

/// An event of an interaction of its own that claims identities to be its customer's.
pub(crate) fn says(key: &str, second: i64, customer: &str, claims: &[(&str, Basis)]) -> Event {
    let mut event = ring(&interaction(key), second, Some(identity(customer)));
    event.claims = claims
        .iter()
        .map(|(claimed, basis)| Claim {
            identity: identity(claimed),
            basis: *basis,
        })
        .collect();
    event
}

/// Verified claims of the story's source link by themselves, and the company has one number.
pub(crate) fn policy() -> LinkPolicy {
    LinkPolicy {
        sources: BTreeSet::from([source()]),
        own: "+493023125000".parse().unwrap(),
    }
}

pub(crate) async fn note(store: &Store, events: &[Event]) {
    store.note_claims(events, &policy(), soon()).await.unwrap();
}

pub(crate) async fn links(rig: &Rig, of: &str) -> LinkSet {
    rig.store
        .known(&uri(of), soon())
        .await
        .unwrap()
        .standing
        .value
        .links
}

pub(crate) async fn customer(rig: &Rig, of: &str) -> BTreeSet<IdentityUri> {
    links(rig, of).await.identities(&uri(of))
}

pub(crate) async fn claims(rig: &Rig, of: &str) -> Vec<ClaimRecord> {
    let known = rig.store.known(&uri(of), soon()).await.unwrap();
    known.claims.into_iter().map(|claim| claim.value).collect()
}

pub(crate) async fn decide(
    rig: &Rig,
    a: &str,
    b: &str,
    decision: Option<Decision>,
    second: i64,
) -> Deciding {
    let by = Actor::agent("robin");
    rig.store
        .decide(&uri(a), &uri(b), decision, &by, at(second), soon())
        .await
        .unwrap()
}

pub(crate) async fn happened(rig: &Rig, of: &str) -> Vec<LinkChange> {
    let history = rig.store.link_history(&uri(of), soon()).await.unwrap();
    history.into_iter().map(|record| record.what).collect()
}

pub(crate) fn one_customer(deciding: &Deciding) -> Option<bool> {
    match deciding {
        Deciding::Decided { one_customer, .. } => Some(*one_customer),
        Deciding::NotClaimed
        | Deciding::DecidedBefore(_)
        | Deciding::Refused(_)
        | Deciding::Conflicts(_) => None,
    }
}

pub(crate) const ADA: &str = "tel:+493023125101";
pub(crate) const MAIL: &str = "mailto:ada@example.com";
pub(crate) const RECORD: &str = "crm:zoho/ada";

/// Zammad shows five customers at random for a number that it does not know.
pub(crate) async fn complaint_5_a_weak_match_binds_nobody_and_candidates_are_ranked(rig: Rig) {
    let events = [
        says("a", 0, ADA, &[("mailto:typed@example.com", Basis::Typed)]),
        says(
            "b",
            60,
            ADA,
            &[("mailto:thread@example.com", Basis::Thread)],
        ),
        says(
            "c",
            120,
            ADA,
            &[("mailto:signed@example.com", Basis::Signature)],
        ),
        says("d", 180, ADA, &[("crm:shop/order-1", Basis::Reference)]),
    ];
    note(&rig.store, &events).await;
    assert!(links(&rig, ADA).await.is_empty());
    let candidates = rig
        .store
        .candidates(&uri(ADA), at(600), soon())
        .await
        .unwrap();
    let shown: Vec<_> = candidates
        .iter()
        .map(|candidate| (candidate.identity.expose(), candidate.evidence[0].kind))
        .collect();
    assert_eq!(
        shown,
        [
            ("mailto:thread@example.com", EvidenceKind::Thread),
            ("mailto:signed@example.com", EvidenceKind::Signature),
            ("mailto:typed@example.com", EvidenceKind::Typed),
        ],
        "an order is nobody"
    );
    assert_eq!(
        candidates[0].evidence[0].event_id.as_ref(),
        Some(&events[1].id)
    );
    // The same claim is a candidate seen from the other side.
    let other = uri("mailto:typed@example.com");
    let candidates = rig.store.candidates(&other, at(600), soon()).await.unwrap();
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].identity, uri(ADA));
}

/// Zammad's "maybe" cannot be confirmed.
pub(crate) async fn complaint_6_a_candidate_is_confirmed_or_rejected_and_that_is_recorded(
    rig: Rig,
) {
    let claimed = [
        (MAIL, Basis::Typed),
        ("mailto:bo@example.com", Basis::Typed),
    ];
    note(&rig.store, &[says("a", 0, ADA, &claimed)]).await;
    let confirmed = decide(&rig, ADA, MAIL, Some(Decision::Confirmed), 100).await;
    assert_eq!(one_customer(&confirmed), Some(true), "{confirmed:?}");
    let bo = "mailto:bo@example.com";
    let rejected = decide(&rig, ADA, bo, Some(Decision::Rejected), 200).await;
    assert_eq!(one_customer(&rejected), Some(false), "{rejected:?}");
    assert_eq!(customer(&rig, MAIL).await, [uri(ADA), uri(MAIL)].into());
    for of in [ADA, MAIL] {
        assert!(happened(&rig, of).await.contains(&LinkChange::Confirmed));
    }
    for of in [ADA, bo] {
        assert!(happened(&rig, of).await.contains(&LinkChange::Rejected));
    }
    let none = decide(
        &rig,
        ADA,
        "mailto:eve@example.com",
        Some(Decision::Confirmed),
        300,
    )
    .await;
    assert_eq!(
        none,
        Deciding::NotClaimed,
        "what nobody claims is no candidate"
    );
    // The same again changes nothing and is recorded once.
    let before = happened(&rig, ADA).await;
    decide(&rig, MAIL, ADA, Some(Decision::Confirmed), 400).await;
    decide(&rig, bo, ADA, Some(Decision::Rejected), 400).await;
    assert_eq!(happened(&rig, ADA).await, before);
}

/// Eight contacts of a CRM share a main number, and one of them is shown at random.
pub(crate) async fn complaint_9_a_number_of_eight_records_is_shared_in_whatever_order_they_come(
    rig: Rig,
) {
    let mut random = Rng::with_seed(9);
    let mut shown = BTreeSet::new();
    for round in 0..4 {
        let main = format!("tel:+4930231252{round:02}");
        let mut events: Vec<Event> = (0..8)
            .map(|n| {
                let record = format!("crm:zoho/contact-{n}");
                // Whether the call or the record claims the other is all the same.
                if n % 2 == 0 {
                    says(
                        &format!("{round}-{n}"),
                        n,
                        &main,
                        &[(&record, Basis::Record)],
                    )
                } else {
                    says(
                        &format!("{round}-{n}"),
                        n,
                        &record,
                        &[(&main, Basis::Record)],
                    )
                }
            })
            .collect();
        random.shuffle(&mut events);
        for event in &events {
            note(&rig.store, std::slice::from_ref(event)).await;
        }
        let known = rig.store.known(&uri(&main), soon()).await.unwrap();
        assert!(known.standing.value.shared.is_some());
        assert!(known.standing.value.links.is_empty());
        for n in 0..8 {
            let record = format!("crm:zoho/contact-{n}");
            assert_eq!(customer(&rig, &record).await.len(), 1, "{n} is merged");
        }
        let candidates = rig
            .store
            .candidates(&uri(&main), at(600), soon())
            .await
            .unwrap();
        let order: Vec<_> = candidates
            .into_iter()
            .map(|candidate| (candidate.identity, candidate.score))
            .collect();
        assert_eq!(order.len(), 8);
        shown.insert(order);
    }
    assert_eq!(shown.len(), 1, "they stand in another order");
}

/// frappe links every call to the contact of the company's own number.
pub(crate) async fn complaint_10_an_own_number_is_nobodys_by_any_claim(rig: Rig) {
    let own = "tel:+493023125000";
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let events = [
        says("a", 0, own, &[(RECORD, Basis::Record)]),
        says(
            "b",
            1,
            RECORD,
            &[("whatsapp:+493023125000", Basis::Messenger)],
        ),
    ];
    note(&store, &events).await;
    let dropped = events.map(|event| event.without_own(&policy().own));
    note(&store, &dropped).await;
    assert_eq!(wire.requests(), Vec::<String>::new());
    assert!(claims(&rig, own).await.is_empty() && claims(&rig, RECORD).await.is_empty());
}

/// Two people were merged because one typed the other's address.
pub(crate) async fn complaint_20_an_unverified_claim_never_merges_two(rig: Rig) {
    let bo = "tel:+493023125102";
    let events = [
        says("a", 0, ADA, &[(MAIL, Basis::SignedIn)]),
        says("b", 1, bo, &[("crm:zoho/bo", Basis::Record)]),
        says("c", 2, bo, &[(MAIL, Basis::Typed)]),
        says(
            "d",
            3,
            bo,
            &[(MAIL, Basis::Signature), (ADA, Basis::Thread)],
        ),
        says("e", 4, bo, &[("crm:shop/order-1", Basis::Reference)]),
        says("f", 5, ADA, &[("crm:shop/order-1", Basis::Reference)]),
    ];
    note(&rig.store, &events).await;
    note(&rig.store, &events).await;
    assert_eq!(customer(&rig, ADA).await, [uri(ADA), uri(MAIL)].into());
    assert_eq!(
        customer(&rig, bo).await,
        [uri(bo), uri("crm:zoho/bo")].into()
    );
    let none = decide(&rig, bo, "crm:shop/order-1", Some(Decision::Confirmed), 9).await;
    assert_eq!(none, Deciding::NotClaimed, "an order is no person");
}

/// A shared device merged two people for ever.
pub(crate) async fn complaint_22_a_claim_links_once_and_never_again_after_an_unlink(rig: Rig) {
    let event = says("a", 0, ADA, &[(MAIL, Basis::SignedIn)]);
    note(&rig.store, std::slice::from_ref(&event)).await;
    let linked = links(&rig, ADA).await;
    let link = linked.between(&uri(ADA), &uri(MAIL)).unwrap().clone();
    assert_eq!((link.from, link.to), (uri(ADA), uri(MAIL)));
    assert!(link.by.is_policy());
    let by = Actor::agent("robin");
    rig.store
        .unlink(&uri(MAIL), &[link.id].into(), &by, at(100), None, soon())
        .await
        .unwrap();
    let other = says("b", 200, MAIL, &[(ADA, Basis::Messenger)]);
    note(&rig.store, &[event.clone(), event, other]).await;
    assert!(links(&rig, ADA).await.is_empty() && links(&rig, MAIL).await.is_empty());
    let candidates = rig
        .store
        .candidates(&uri(ADA), at(600), soon())
        .await
        .unwrap();
    assert_eq!(candidates.len(), 1, "it is for an agent to decide");
}

/// An enrichment overwrote what a person had corrected.
pub(crate) async fn complaint_23_no_policy_overrules_what_an_agent_decided(rig: Rig) {
    note(&rig.store, &[says("a", 0, ADA, &[(MAIL, Basis::Typed)])]).await;
    decide(&rig, ADA, MAIL, Some(Decision::Rejected), 100).await;
    let verified = says("b", 200, ADA, &[(MAIL, Basis::SignedIn)]);
    note(&rig.store, std::slice::from_ref(&verified)).await;
    assert!(links(&rig, ADA).await.is_empty());
    assert!(claims(&rig, ADA).await[0].is_rejected());
    decide(&rig, ADA, MAIL, None, 300).await;
    note(&rig.store, &[verified]).await;
    assert_eq!(
        customer(&rig, ADA).await.len(),
        2,
        "withdrawn, it is open again"
    );
}

pub(crate) async fn a_decision_is_final_until_it_is_withdrawn(rig: Rig) {
    note(&rig.store, &[says("a", 0, ADA, &[(MAIL, Basis::Typed)])]).await;
    let (yes, no) = (Some(Decision::Confirmed), Some(Decision::Rejected));
    decide(&rig, ADA, MAIL, no, 100).await;
    let refused = decide(&rig, MAIL, ADA, yes, 200).await;
    assert!(matches!(refused, Deciding::DecidedBefore(_)), "{refused:?}");
    assert!(links(&rig, ADA).await.is_empty());
    decide(&rig, ADA, MAIL, None, 300).await;
    let confirmed = decide(&rig, MAIL, ADA, yes, 400).await;
    assert_eq!(one_customer(&confirmed), Some(true));
    let refused = decide(&rig, ADA, MAIL, no, 500).await;
    assert!(matches!(refused, Deciding::DecidedBefore(_)), "{refused:?}");
    let withdrawn = decide(&rig, ADA, MAIL, None, 600).await;
    assert_eq!(
        one_customer(&withdrawn),
        Some(false),
        "its link goes with it"
    );
    let mut happened = happened(&rig, MAIL).await;
    happened.sort_unstable();
    use LinkChange::{Confirmed, Linked, Rejected, Unlinked, Withdrawn};
    let mut expected = vec![Rejected, Withdrawn, Linked, Confirmed, Withdrawn, Unlinked];
    expected.sort_unstable();
    assert_eq!(happened, expected);
}

pub(crate) async fn a_rejection_ends_the_link_that_a_policy_made(rig: Rig) {
    let event = says("a", 0, ADA, &[(MAIL, Basis::SignedIn)]);
    note(&rig.store, std::slice::from_ref(&event)).await;
    let rejected = decide(&rig, ADA, MAIL, Some(Decision::Rejected), 100).await;
    assert_eq!(one_customer(&rejected), Some(false));
    note(&rig.store, &[event]).await;
    assert!(links(&rig, ADA).await.is_empty());
}
