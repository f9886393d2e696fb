//! What agents separate stays apart, and what a mark separates is still told.

use std::collections::BTreeSet;

use fastrand::Rng;
use tests::story::{at, caller};
use timeline::{Basis, Event, EvidenceKind, IdentityUri};

use crate::claiming::{self, ADA, MAIL, RECORD, links, note, says};
use crate::linking::{ask, link, robin, uri};
use crate::rig::{Rig, soon};

/// Eight contacts of a CRM share a main number, and one of them is shown at random.
pub(crate) async fn complaint_9_all_whom_agents_had_linked_to_a_shared_number_are_shown(rig: Rig) {
    let store = &rig.store;
    for other in 1..4 {
        link(store, &ask(&other.to_string(), &uri(other), &uri(0))).await;
    }
    let (number, by) = (uri(0), robin());
    let marked = store.mark_shared(&number, true, &by, at(4000), soon());
    marked.await.unwrap();
    let others: BTreeSet<_> = (1..4).map(uri).collect();
    let recall = store.recall(&caller(0), soon()).await;
    let shown: BTreeSet<_> = recall
        .possible
        .iter()
        .map(|possible| possible.claim.other.clone())
        .collect();
    assert_eq!(shown, others);
    let candidates = store.candidates(&number, at(5000), soon()).await.unwrap();
    let listed: BTreeSet<_> = candidates.iter().map(|c| c.identity.clone()).collect();
    assert_eq!(listed, others);
    for candidate in &candidates {
        assert!(candidate.score > 0);
        assert_eq!(candidate.evidence[0].kind, EvidenceKind::AgentLinked);
        assert_eq!(candidate.evidence[0].by, Some(robin()));
    }
    // What an agent takes back by itself says that both do not belong together.
    let marked = store.mark_shared(&number, false, &by, at(6000), soon());
    marked.await.unwrap();
    let ids = BTreeSet::from([link(store, &ask("again", &uri(1), &number)).await]);
    let ended = store.unlink(&number, &ids, &by, at(7000), None, soon());
    ended.await.unwrap();
    let candidates = store.candidates(&number, at(8000), soon()).await.unwrap();
    assert_eq!(candidates.len(), 2);
}

/// An agent takes the link between two back; whether there was one.
async fn separate(rig: &Rig, a: &str, b: &str) -> bool {
    let (a, b) = (claiming::uri(a), claiming::uri(b));
    let links = links(rig, a.expose()).await;
    let Some(between) = links.between(&a, &b) else {
        return false;
    };
    let ids = BTreeSet::from([between.id.clone()]);
    let by = robin();
    let ended = rig.store.unlink(&a, &ids, &by, at(4000), None, soon());
    ended.await.unwrap();
    true
}

/// An address and a record became one person again by a claim about another pair of theirs.
pub(crate) async fn complaint_22_no_later_claim_rejoins_by_policy_what_an_agent_separated(
    rig: Rig,
) {
    let record = says("a", 0, ADA, &[(RECORD, Basis::Record)]);
    let mail = says("b", 1, MAIL, &[(RECORD, Basis::Record)]);
    // Whether the claim comes before the agent separates them or after, and again.
    for is_before in [true, false] {
        let rig = rig.twin().await;
        note(&rig.store, std::slice::from_ref(&record)).await;
        let (tel, address) = (claiming::uri(ADA), claiming::uri(MAIL));
        link(&rig.store, &ask("1", &tel, &address)).await;
        if is_before {
            note(&rig.store, std::slice::from_ref(&mail)).await;
        }
        assert!(separate(&rig, ADA, MAIL).await);
        note(&rig.store, &[mail.clone(), record.clone()]).await;
        note(&rig.store, std::slice::from_ref(&mail)).await;
        assert_eq!(
            claiming::customer(&rig, MAIL).await.len(),
            1,
            "{is_before}"
        );
        // The same when the rest is separated as well, where the claim had nothing to link.
        if is_before {
            assert!(separate(&rig, ADA, RECORD).await);
            note(&rig.store, std::slice::from_ref(&mail)).await;
            assert!(links(&rig, MAIL).await.is_empty());
        }
    }
}

/// Verified claims between any two of some identities of a person.
fn claims_of_a_person() -> Vec<Event> {
    let chat = "whatsapp:+493023125101";
    let pairs = [
        (ADA, RECORD),
        (MAIL, RECORD),
        (ADA, MAIL),
        (chat, ADA),
        (chat, MAIL),
    ];
    let pairs = (0..).zip(pairs);
    pairs
        .map(|(place, (customer, claimed))| {
            let claims = [(claimed, Basis::SignedIn)];
            says(&format!("i{place}"), place, customer, &claims)
        })
        .collect()
}

/// Whatever links by policy before and after, two parts between which an agent has ended a link stay two.
pub(crate) async fn claims_in_any_order_rejoin_nothing_that_an_agent_separated(rig: Rig) {
    let mut separated = 0;
    for seed in 0..12 {
        let rig = rig.twin().await;
        let mut random = Rng::with_seed(seed);
        let mut events = claims_of_a_person();
        random.shuffle(&mut events);
        let before = random.usize(2..events.len());
        for event in &events[..before] {
            note(&rig.store, std::slice::from_ref(event)).await;
        }
        let event = &events[random.usize(..before)];
        let (a, b) = ends(event);
        if !separate(&rig, a.expose(), b.expose()).await {
            continue;
        }
        let parts = [&a, &b].map(async |end| claiming::customer(&rig, end.expose()).await);
        let [ours, theirs] = parts;
        let (ours, theirs) = (ours.await, theirs.await);
        assert!(!ours.contains(&b), "a policy links in one way only");
        separated += 1;
        for _ in 0..2 {
            random.shuffle(&mut events);
            for event in &events {
                note(&rig.store, std::slice::from_ref(event)).await;
            }
        }
        for identity in &ours {
            let now = claiming::customer(&rig, identity.expose()).await;
            assert!(now.is_disjoint(&theirs), "seed {seed}");
        }
    }
    assert!(separated >= 6, "only {separated} were linked directly");
}

fn ends(event: &Event) -> (IdentityUri, IdentityUri) {
    let customer = event.customer.as_ref().unwrap();
    (customer.uri.clone(), event.claims[0].identity.uri.clone())
}
