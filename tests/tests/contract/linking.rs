//! Links: several identities are one customer, whichever way round and however often it is said.

use std::collections::BTreeSet;
use std::time::Duration;

use store::{LinkAsk, Linking, MAX_COUNTED, Store, schema};
use tests::story::{at, caller, hangup, interaction, ring};
use tests::wire::Wire;
use timeline::{
    Actor, Basis, ClaimRecord, Conflict, CustomerId, Decided, Decision, Identity, IdentityUri,
    LinkError, LinkId, LinkReason, MAX_IDENTITIES, Summary,
};

use crate::rig::{Rig, soon};

pub(crate) fn uri(number: u32) -> IdentityUri {
    caller(number).uri
}

pub(crate) fn robin() -> Actor {
    Actor::agent("robin")
}

/// Robin links two.
pub(crate) fn ask(key: &str, from: &IdentityUri, to: &IdentityUri) -> LinkAsk {
    LinkAsk {
        id: LinkId::of_act(key, "the tests"),
        from: from.clone(),
        to: to.clone(),
        by: robin(),
        at: at(3600),
        reason: LinkReason::Agent,
        note: None,
        accept_conflicts: false,
    }
}

/// A policy links two by a verified claim.
pub(crate) fn by_policy(from: &IdentityUri, to: &IdentityUri) -> LinkAsk {
    LinkAsk {
        id: LinkId::of_claim(from, to, "the tests"),
        by: Actor::policy("verified-claim"),
        reason: LinkReason::Claim(Basis::SignedIn),
        ..ask("", from, to)
    }
}

/// Makes a link that nothing speaks against.
pub(crate) async fn link(store: &Store, ask: &LinkAsk) -> LinkId {
    let linking = store.link(ask, soon()).await.unwrap();
    assert!(matches!(linking, Linking::Linked(_)), "{linking:?}");
    ask.id.clone()
}

/// The customer's id and identities, as every one of the identities tells them.
pub(crate) async fn customer(
    store: &Store,
    of: &IdentityUri,
) -> (CustomerId, BTreeSet<IdentityUri>) {
    let links = store.standing(of, soon()).await.unwrap().links;
    let identities = links.identities(of);
    for identity in &identities {
        let standing = store.standing(identity, soon()).await.unwrap();
        assert_eq!(standing.links, links, "each member has the same links");
    }
    (links.customer_id(of, store.salt()), identities)
}

/// The whole timeline of the customer of some identities, page by page, as each of them tells it.
pub(crate) async fn timeline(store: &Store, of: &BTreeSet<IdentityUri>) -> Vec<Summary> {
    let mut told: Option<Vec<Summary>> = None;
    for identity in of {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page = store.timeline(identity, 2, cursor.as_deref(), soon()).await;
            let page = page.unwrap().unwrap();
            all.extend(page.interactions);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        let told = told.get_or_insert_with(|| all.clone());
        assert_eq!(*told, all, "each member tells the same timeline");
    }
    told.unwrap_or_default()
}

pub(crate) async fn calls(rig: &Rig, number: u32, keys: &[&str]) {
    for (place, key) in (0..).zip(keys) {
        let id = interaction(key);
        let second = i64::from(number) * 1000 + place * 60;
        rig.append_new(&[
            ring(&id, second, Some(caller(number))),
            hangup(&id, second + 9),
        ])
        .await;
    }
}

pub(crate) async fn complaint_8_a_second_number_leads_to_the_same_customer(rig: Rig) {
    calls(&rig, 0, &["a", "b"]).await;
    calls(&rig, 1, &["c"]).await;
    link(&rig.store, &ask("1", &uri(0), &uri(1))).await;
    let (id, identities) = customer(&rig.store, &uri(1)).await;
    assert_eq!(id, CustomerId::implied_by(&uri(0), rig.store.salt()));
    assert_eq!(identities, BTreeSet::from([uri(0), uri(1)]));
    assert_eq!(timeline(&rig.store, &identities).await.len(), 3);
    for number in [0, 1] {
        let implied = CustomerId::implied_by(&uri(number), rig.store.salt());
        let entered = rig.store.customer(&implied, soon()).await.unwrap();
        assert_eq!(
            entered,
            Some(uri(number)),
            "either id leads to the customer"
        );
    }
}

pub(crate) async fn complaint_9_a_shared_number_loses_its_links_and_is_never_linked_by_itself(
    rig: Rig,
) {
    let store = &rig.store;
    for other in 1..4 {
        link(store, &ask(&other.to_string(), &uri(other), &uri(0))).await;
    }
    for _ in 0..2 {
        store
            .mark_shared(&uri(0), true, &robin(), at(4000), soon())
            .await
            .unwrap();
    }
    let standing = store.standing(&uri(0), soon()).await.unwrap();
    assert_eq!(standing.shared.map(|marked| marked.by), Some(robin()));
    for number in 0..4 {
        let (_, identities) = customer(store, &uri(number)).await;
        assert_eq!(
            identities,
            BTreeSet::from([uri(number)]),
            "each is alone again"
        );
    }
    let linking = store
        .link(&by_policy(&uri(5), &uri(0)), soon())
        .await
        .unwrap();
    let shared = Conflict::Shared { identity: uri(0) };
    assert_eq!(linking, Linking::Conflicts(vec![shared]));
    store
        .mark_shared(&uri(0), false, &robin(), at(5000), soon())
        .await
        .unwrap();
    assert_eq!(store.standing(&uri(0), soon()).await.unwrap().shared, None);
    let told = store.link_history(&uri(0), soon()).await.unwrap();
    assert_eq!(told.len(), 3 + 3 + 2, "marking twice is one mark");
}

pub(crate) async fn complaint_11_an_open_call_is_the_customers_as_soon_as_its_number_is_linked(
    rig: Rig,
) {
    calls(&rig, 0, &["before"]).await;
    let open = interaction("open");
    rig.append_new(&[ring(&open, 9000, Some(caller(1)))]).await;
    link(&rig.store, &ask("1", &uri(0), &uri(1))).await;
    // What a pop of the call asks: whose is the identity of the interaction that rings?
    let ringing = rig.store.interaction(&open, None, soon()).await;
    let ringing = ringing.unwrap().unwrap().unwrap().interaction;
    let (id, identities) = customer(&rig.store, &ringing.customer().unwrap().uri).await;
    assert_eq!(id, CustomerId::implied_by(&uri(0), rig.store.salt()));
    let story = timeline(&rig.store, &identities).await;
    assert_eq!(story.len(), 2, "the past and the open call are one story");
    rig.append_new(&[hangup(&open, 9100)]).await;
    assert_eq!(timeline(&rig.store, &identities).await.len(), 2);
}

pub(crate) async fn complaint_19_and_21_either_direction_keeps_everything(rig: Rig) {
    let other = rig.twin().await;
    for (rig, from, to) in [(&rig, 0, 1), (&other, 1, 0)] {
        calls(rig, 0, &["a", "b"]).await;
        calls(rig, 1, &["c"]).await;
        link(&rig.store, &ask("1", &uri(from), &uri(to))).await;
    }
    let (one_id, one) = customer(&rig.store, &uri(0)).await;
    let (other_id, same) = customer(&other.store, &uri(0)).await;
    assert_ne!(one_id, other_id, "the id is that from which was linked");
    assert_eq!(one, same);
    assert_eq!(
        timeline(&rig.store, &one).await,
        timeline(&other.store, &same).await
    );
}

pub(crate) async fn the_same_ask_again_and_a_link_between_the_same_two_change_nothing(rig: Rig) {
    let first = ask("1", &uri(0), &uri(1));
    link(&rig.store, &first).await;
    let before = rig.items().await;
    let later = LinkAsk {
        at: at(9999),
        ..first.clone()
    };
    for again in [
        first,
        later,
        ask("2", &uri(0), &uri(1)),
        ask("3", &uri(1), &uri(0)),
    ] {
        let linking = rig.store.link(&again, soon()).await.unwrap();
        assert!(
            matches!(&linking, Linking::Already(link) if link.id == LinkId::of_act("1", "the tests")),
            "{linking:?}"
        );
    }
    assert_eq!(rig.items().await, before);
    let itself = rig
        .store
        .link(&ask("4", &uri(0), &uri(0)), soon())
        .await
        .unwrap();
    assert_eq!(itself, Linking::Refused(LinkError::Same));
}

pub(crate) async fn an_identity_that_was_never_heard_of_is_found_by_its_id_once_linked(rig: Rig) {
    let mail = Identity::read("mailto:ada@example.com").unwrap().uri;
    let id = CustomerId::implied_by(&mail, rig.store.salt());
    assert_eq!(rig.store.customer(&id, soon()).await.unwrap(), None);
    calls(&rig, 0, &["a"]).await;
    link(&rig.store, &ask("1", &uri(0), &mail)).await;
    assert_eq!(rig.store.customer(&id, soon()).await.unwrap(), Some(mail));
}

pub(crate) async fn a_linked_id_outlives_the_events_and_a_single_one_goes_with_them(rig: Rig) {
    let store = rig.store_keeping(Duration::from_secs(86_400));
    let id = link(&store, &ask("1", &uri(0), &uri(1))).await;
    let entry = schema::customer_pk(&CustomerId::implied_by(&uri(0), store.salt()));
    let expiry = async || {
        let item = rig.item(&entry, schema::CUSTOMER_SK).await.unwrap();
        item.get(schema::EXPIRES_AT)
            .map(|at| at.as_n().unwrap().clone())
    };
    assert_eq!(expiry().await, None);
    let call = interaction("a");
    let outcomes = store
        .append(&[ring(&call, 0, Some(caller(0)))], soon())
        .await;
    assert_eq!(outcomes.len(), 1);
    assert_eq!(expiry().await, None, "an event does not shorten its life");
    let ids = BTreeSet::from([id]);
    store
        .unlink(&uri(0), &ids, &robin(), at(7200), None, soon())
        .await
        .unwrap();
    let seconds = at(7200).millis() / 1000 + 86_400;
    assert_eq!(expiry().await, Some(seconds.to_string()));
}

pub(crate) async fn a_fifty_first_identity_is_refused_and_nothing_is_written(rig: Rig) {
    // Two customers of 25 and one more.
    let most = u32::try_from(MAX_IDENTITIES).unwrap();
    for number in 1..most {
        if number != most / 2 {
            let hub = number / (most / 2) * (most / 2);
            link(
                &rig.store,
                &ask(&number.to_string(), &uri(hub), &uri(number)),
            )
            .await;
        }
    }
    link(&rig.store, &ask("both", &uri(3), &uri(most / 2 + 3))).await;
    let (_, identities) = customer(&rig.store, &uri(0)).await;
    assert_eq!(identities.len(), MAX_IDENTITIES);
    let before = rig.items().await;
    let one_more = rig
        .store
        .link(&ask("51", &uri(1), &uri(most)), soon())
        .await;
    let refused = one_more.unwrap();
    assert_eq!(refused, Linking::Refused(LinkError::TooManyIdentities));
    let Linking::Refused(error) = refused else {
        return;
    };
    assert!(
        error.to_string().contains("at most 50 identities"),
        "{error}"
    );
    assert_eq!(rig.items().await, before);
}

fn record(of: &str, system: &str) -> IdentityUri {
    Identity::crm(system, of).unwrap().uri
}

pub(crate) async fn what_speaks_against_a_link_is_told_and_can_be_accepted(rig: Rig) {
    link(&rig.store, &ask("1", &uri(0), &record("17", "shop"))).await;
    link(&rig.store, &ask("2", &uri(1), &record("18", "shop"))).await;
    let both = ask("3", &uri(0), &uri(1));
    let linking = rig.store.link(&both, soon()).await.unwrap();
    let conflict = Conflict::TwoRecords {
        system: "shop".to_owned(),
        identities: vec![record("17", "shop"), record("18", "shop")],
    };
    assert_eq!(linking, Linking::Conflicts(vec![conflict]));
    let (_, identities) = customer(&rig.store, &uri(0)).await;
    assert_eq!(identities.len(), 2, "nothing is linked");
    let accepted = LinkAsk {
        accept_conflicts: true,
        ..both
    };
    link(&rig.store, &accepted).await;
    assert_eq!(customer(&rig.store, &uri(1)).await.1.len(), 4);
}

pub(crate) async fn put_claim(rig: &Rig, claim: ClaimRecord) {
    for (own, other) in [(&claim.own, &claim.other), (&claim.other, &claim.own)] {
        let kept = ClaimRecord {
            own: own.clone(),
            other: other.clone(),
            claimed: claim.claimed == (own == &claim.own),
            ..claim.clone()
        };
        let (pk, sk) = (schema::identity_pk(own), schema::claim_sk(other));
        rig.put_content(&pk, &sk, &kept).await;
    }
}

pub(crate) async fn a_rejection_between_any_two_of_both_customers_speaks_against_a_link(rig: Rig) {
    link(&rig.store, &ask("1", &uri(0), &uri(1))).await;
    link(&rig.store, &ask("2", &uri(2), &uri(3))).await;
    let decided = Decided {
        decision: Decision::Rejected,
        by: robin(),
        at: at(60),
    };
    let mut claim = ClaimRecord::new(uri(1), uri(3), true);
    claim.decided = Some(decided);
    put_claim(&rig, claim).await;
    let rejected = Conflict::Rejected {
        by: robin(),
        at: at(60),
    };
    for (from, to) in [(0, 2), (1, 3), (3, 1), (2, 1)] {
        let linking = rig
            .store
            .link(&by_policy(&uri(from), &uri(to)), soon())
            .await;
        let conflicts = Linking::Conflicts(vec![rejected.clone()]);
        assert_eq!(linking.unwrap(), conflicts, "{from} and {to}");
    }
}

pub(crate) async fn a_preview_tells_what_a_link_does_and_writes_nothing(rig: Rig) {
    link(&rig.store, &ask("1", &uri(0), &record("17", "shop"))).await;
    link(&rig.store, &ask("2", &uri(1), &record("18", "shop"))).await;
    let before = rig.items().await;
    let (client, wire) = Wire::watching(&rig.client);
    let both = ask("3", &uri(0), &uri(1));
    let linking = rig
        .store_through(&client)
        .preview_link(&both, soon())
        .await
        .unwrap();
    let Linking::Linked(preview) = linking else {
        panic!("{linking:?}")
    };
    assert_eq!(
        wire.requests(),
        ["BatchGetItem"; 2],
        "however many identities"
    );
    assert_eq!(rig.items().await, before);
    assert_eq!(preview.identities().len(), 4);
    assert_eq!(preview.conflicts.len(), 1);
    let accepted = LinkAsk {
        accept_conflicts: true,
        ..both
    };
    let made = rig.store.link(&accepted, soon()).await.unwrap();
    assert_eq!(made, Linking::Linked(preview));
}

pub(crate) async fn a_survey_counts_what_each_identity_holds(rig: Rig) {
    let most = i64::try_from(MAX_COUNTED).unwrap();
    for (number, count) in [(0, most), (1, most + 1), (2, 1)] {
        for place in 0..count {
            let id = interaction(&format!("call-{number}-{place}"));
            rig.append_new(&[ring(&id, place, Some(caller(number)))])
                .await;
        }
    }
    let asked = (0..4).map(uri).collect();
    let surveyed = rig.store.survey(&asked, soon()).await.unwrap();
    let counted: Vec<_> = surveyed
        .iter()
        .map(|each| (each.interactions, each.more))
        .collect();
    let most = MAX_COUNTED;
    assert_eq!(
        counted,
        [(most, false), (most, true), (1, false), (0, false)]
    );
}
