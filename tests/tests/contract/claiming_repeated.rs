//! Claims that come in any order, several times, at once, and after a crash; and what noting them costs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use store::{Store, schema};
use tests::story::{caller, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Basis, Decision, Event, IdentityUri, LinkPolicy};
use tokio::time::Instant;

use crate::claiming::{
    ADA, MAIL, RECORD, claims, customer, decide, links, note, policy, says, uri,
};
use crate::rig::{Rig, soon};

/// Claims of records on numbers and addresses, some of which several records claim.
fn claims_of_records(random: &mut Rng) -> Vec<Event> {
    let addresses = [ADA, MAIL, "tel:+493023125103", "whatsapp:+493023125104"];
    (0..12)
        .map(|place| {
            let record = format!("crm:zoho/{}", random.u8(..3));
            let basis = *random.choice(&Basis::ALL).unwrap_or(&Basis::Record);
            let address = *random.choice(&addresses).unwrap_or(&ADA);
            let key = format!("i{place}");
            if random.bool() {
                says(&key, place, &record, &[(address, basis)])
            } else {
                says(&key, place, address, &[(&record, basis)])
            }
        })
        .collect()
}

/// Everything that is kept of these identities, as it counts: evidence, marks and who is one customer.
async fn kept(rig: &Rig, events: &[Event]) -> BTreeMap<IdentityUri, String> {
    let named = events.iter().flat_map(|event| {
        let claimed = event.claims.iter().map(|claim| &claim.identity);
        event.customer.iter().chain(claimed)
    });
    let mut kept = BTreeMap::new();
    for identity in named {
        let known = rig.store.known(&identity.uri, soon()).await.unwrap();
        let evidence: Vec<_> = known
            .claims
            .iter()
            .map(|claim| {
                (
                    &claim.value.other,
                    claim.value.claimed,
                    &claim.value.evidence,
                )
            })
            .collect();
        let standing = &known.standing.value;
        let members = standing.links.identities(&identity.uri);
        let all = (evidence, standing.shared.is_some(), members);
        kept.insert(identity.uri.clone(), serde_json::to_string(&all).unwrap());
    }
    kept
}

pub(crate) async fn claims_in_any_order_and_repetition_come_to_the_same(rig: Rig) {
    for seed in 0..4 {
        let mut random = Rng::with_seed(seed);
        let events = claims_of_records(&mut random);
        let mut first = None;
        for _ in 0..4 {
            let mut order: Vec<Event> = events.iter().chain(&events[..4]).cloned().collect();
            random.shuffle(&mut order);
            let fresh = rig.twin().await;
            let size = random.usize(1..5);
            for batch in order.chunks(size) {
                note(&fresh.store, batch).await;
            }
            let kept = kept(&fresh, &events).await;
            let first = first.get_or_insert_with(|| kept.clone());
            assert_eq!(*first, kept, "seed {seed}");
        }
    }
}

pub(crate) async fn claims_from_eight_writers_at_once_lose_nothing(rig: Rig) {
    let events: Vec<Event> = (0..8)
        .map(|n| {
            let basis = Basis::ALL[usize::try_from(n % 7).unwrap()];
            says(&format!("i{n}"), n, ADA, &[(MAIL, basis)])
        })
        .collect();
    let stores: Vec<Store> = (0..8).map(|_| rig.store_through(&rig.client)).collect();
    let writers = events
        .iter()
        .zip(&stores)
        .map(|(event, store)| note(store, std::slice::from_ref(event)));
    futures_util::future::join_all(writers).await;
    for of in [ADA, MAIL] {
        let claims = claims(&rig, of).await;
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].evidence.len(), Basis::ALL.len());
    }
    let links = links(&rig, ADA).await;
    assert_eq!(links.iter().count(), 1, "linked once");
}

/// The function ends after the append, or after any request of the noting: the event comes again and heals it.
pub(crate) async fn what_a_crash_leaves_undone_is_done_when_the_event_comes_again(rig: Rig) {
    for passed in 0..4 {
        let rig = rig.twin().await;
        let event = says("a", 0, ADA, &[(RECORD, Basis::Record)]);
        rig.append_new(std::slice::from_ref(&event)).await;
        let requests = AtomicUsize::new(0);
        let (client, _) = Wire::broken(&rig.client, move |_| {
            match requests.fetch_add(1, Ordering::Relaxed) {
                request if request < passed => Passage::Through,
                _ => Passage::Silence,
            }
        });
        let shortly = Instant::now() + Duration::from_millis(300);
        let store = rig.store_through(&client);
        let policy = policy();
        let broken = store.note_claims(std::slice::from_ref(&event), &policy, shortly);
        assert!(broken.await.is_err(), "after {passed} requests");
        note(&rig.store, std::slice::from_ref(&event)).await;
        assert_eq!(
            customer(&rig, RECORD).await.len(),
            2,
            "after {passed} requests"
        );
        assert_eq!(claims(&rig, ADA).await[0].evidence.len(), 1);
    }
}

pub(crate) async fn what_says_nothing_costs_nothing_and_what_is_noted_costs_a_read(rig: Rig) {
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let mut nobody = says("a", 0, ADA, &[(MAIL, Basis::SignedIn)]);
    nobody.customer = None;
    let plain = ring(&interaction("b"), 0, Some(caller(0)));
    note(&store, &[nobody, plain]).await;
    assert_eq!(wire.requests(), Vec::<String>::new());
    for basis in [Basis::SignedIn, Basis::Typed, Basis::Reference] {
        let event = says("c", 1, ADA, &[(&format!("crm:zoho/{basis:?}"), basis)]);
        note(&store, std::slice::from_ref(&event)).await;
        wire.forget();
        note(&store, &[event]).await;
        assert_eq!(wire.requests(), ["BatchGetItem"], "{basis:?}");
    }
}

pub(crate) async fn only_the_sources_that_are_named_link(rig: Rig) {
    let event = says("a", 0, ADA, &[(MAIL, Basis::SignedIn)]);
    let nobody = LinkPolicy::default();
    rig.store
        .note_claims(std::slice::from_ref(&event), &nobody, soon())
        .await
        .unwrap();
    assert!(links(&rig, ADA).await.is_empty());
    assert_eq!(claims(&rig, MAIL).await.len(), 1, "it is a candidate");
    note(&rig.store, &[event]).await;
    assert_eq!(customer(&rig, ADA).await.len(), 2);
}

pub(crate) async fn a_claim_that_is_said_again_lives_longer_and_one_that_comes_again_does_not(
    rig: Rig,
) {
    let store = rig.store_keeping(Duration::from_secs(86_400));
    let pk = schema::identity_pk(&uri(ADA));
    let sk = schema::claim_sk(&uri(MAIL));
    let item = async || {
        let item = rig.item(&pk, &sk).await.unwrap();
        let number = |name| item[name].as_n().unwrap().parse::<i64>().unwrap();
        (number(schema::REV), number(schema::EXPIRES_AT))
    };
    let mut said = says("a", 0, ADA, &[(MAIL, Basis::Typed)]);
    note(&store, std::slice::from_ref(&said)).await;
    let (rev, expires_at) = item().await;
    assert_eq!(expires_at, said.received_at.millis() / 1000 + 86_400);
    note(&store, std::slice::from_ref(&said)).await;
    assert_eq!(item().await, (rev, expires_at));
    said.received_at = said.received_at.plus_millis(60_000);
    note(&store, std::slice::from_ref(&said)).await;
    assert_eq!(item().await, (rev + 1, expires_at + 60));
    // What the source says to have happened later lives as long as that.
    said.occurred_at = Some(said.received_at.plus_millis(30_000));
    note(&store, std::slice::from_ref(&said)).await;
    assert_eq!(item().await, (rev + 2, expires_at + 90));
    said.received_at = said.received_at.plus_millis(-90_000);
    note(&store, &[said]).await;
    assert_eq!(item().await, (rev + 2, expires_at + 90));
}

pub(crate) async fn what_was_rejected_and_is_said_again_takes_nothing_from_another(rig: Rig) {
    const OTHER: &str = "crm:zoho/other";
    let rejected = says("a", 0, RECORD, &[(MAIL, Basis::Record)]);
    let typed = says("b", 0, RECORD, &[(MAIL, Basis::Typed)]);
    note(&rig.store, &[typed]).await;
    decide(&rig, RECORD, MAIL, Some(Decision::Rejected), 60).await;
    note(
        &rig.store,
        &[says("c", 90, OTHER, &[(MAIL, Basis::Record)])],
    )
    .await;
    let both = BTreeSet::from([uri(OTHER), uri(MAIL)]);
    assert_eq!(customer(&rig, MAIL).await, both);
    note(&rig.store, &[rejected]).await;
    assert_eq!(customer(&rig, MAIL).await, both);
    let standing = rig.store.standing(&uri(MAIL), soon()).await.unwrap();
    assert_eq!(standing.shared, None);
}
