//! What agents separate stays apart, and what a mark separates is still told.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::join;
use store::{Linking, schema};
use tests::story::{at, caller};
use tests::wire::Wire;
use timeline::{
    Basis, CustomerId, Decision, Event, EvidenceKind, IdentityUri, LinkChange,
    MAX_NUMBERS_OF_A_RECORD, Source,
};

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
        assert_eq!(claiming::customer(&rig, MAIL).await.len(), 1, "{is_before}");
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

/// A source that nobody trusts marked a customer's number as shared by claiming it for another record.
pub(crate) async fn complaint_9_only_sources_whose_claims_link_make_a_number_shared(rig: Rig) {
    let other = "crm:zoho/other";
    let mut stranger = says("stranger", 0, ADA, &[(other, Basis::Record)]);
    stranger.source = Source::new("stranger").unwrap();
    let own = says("a", 1, ADA, &[(RECORD, Basis::Record)]);
    let others = says("b", 2, ADA, &[(other, Basis::Record)]);
    let shared = async |rig: &Rig| {
        let standing = rig.store.standing(&claiming::uri(ADA), soon()).await;
        standing.unwrap().shared.is_some()
    };
    let orders = [
        [&stranger, &own, &others],
        [&own, &stranger, &others],
        [&others, &stranger, &own],
        [&own, &others, &stranger],
    ];
    for order in orders {
        let rig = rig.twin().await;
        let mut trusted = 0;
        for event in order {
            note(&rig.store, std::slice::from_ref(event)).await;
            trusted += usize::from(event.source != stranger.source);
            assert_eq!(shared(&rig).await, trusted == 2);
        }
        assert!(links(&rig, ADA).await.is_empty());
        let number = claiming::uri(ADA);
        let candidates = rig.store.candidates(&number, at(9), soon());
        let candidates = candidates.await.unwrap();
        let other = candidates.iter().find(|c| c.identity.expose() == other);
        // The trusted word is the one that is told of a basis.
        let source = other
            .unwrap()
            .evidence
            .iter()
            .find_map(|e| e.source.clone());
        assert_eq!(source, Some(others.source.clone()));
    }
}

/// A flow that sends the same record's id with every call made one customer of all who called.
pub(crate) async fn complaint_9_a_placeholder_in_a_record_joins_no_fifty_strangers(rig: Rig) {
    let calls: Vec<Event> = (0..9)
        .map(|place| {
            let number = format!("tel:+4930231251{place:02}");
            says(
                &place.to_string(),
                place,
                &number,
                &[(RECORD, Basis::Record)],
            )
        })
        .collect();
    note(&rig.store, &calls).await;
    note(&rig.store, &calls).await;
    let members = claiming::customer(&rig, RECORD).await;
    assert_eq!(members.len(), 1 + MAX_NUMBERS_OF_A_RECORD);
    let record = claiming::uri(RECORD);
    let candidates = rig
        .store
        .candidates(&record, at(600), soon())
        .await
        .unwrap();
    assert_eq!(candidates.len(), calls.len() - MAX_NUMBERS_OF_A_RECORD);
    // Another kind has room of its own, and an agent may link what a policy does not.
    note(
        &rig.store,
        &[says("mail", 20, MAIL, &[(RECORD, Basis::Record)])],
    )
    .await;
    link(&rig.store, &ask("1", &record, &candidates[0].identity)).await;
    let members = claiming::customer(&rig, RECORD).await;
    assert_eq!(members.len(), 3 + MAX_NUMBERS_OF_A_RECORD);
}

/// One agent links what another rejects: whichever comes first, what is rejected is not linked.
pub(crate) async fn a_rejection_and_a_link_at_once_leave_two_customers(rig: Rig) {
    let other_store = rig.store_through(&rig.client);
    for round in 0..24 {
        let (number, key) = (format!("tel:+4930231251{round:02}"), round.to_string());
        let mail = format!("mailto:user-{round}@example.com");
        note(
            &rig.store,
            &[says(&key, 0, &number, &[(&mail, Basis::Typed)])],
        )
        .await;
        let (from, to) = (claiming::uri(&number), claiming::uri(&mail));
        let asked = ask(&key, &from, &to);
        let linking = async {
            tokio::time::sleep(Duration::from_micros(300 * (round % 8))).await;
            other_store.link(&asked, soon()).await.unwrap()
        };
        let rejected = Some(Decision::Rejected);
        let rejecting = claiming::decide(&rig, &number, &mail, rejected, 100);
        let (linking, rejecting) = join(linking, rejecting).await;
        assert!(
            matches!(linking, Linking::Linked(_) | Linking::Conflicts(_)),
            "{linking:?}"
        );
        assert_eq!(claiming::one_customer(&rejecting), Some(false));
        assert!(links(&rig, &number).await.is_empty(), "round {round}");
        assert!(claiming::claims(&rig, &mail).await[0].is_rejected());
    }
}

/// An event of nine o'clock comes hours late, after others.
pub(crate) async fn what_a_policy_does_stands_at_its_own_time_and_shortens_no_life(rig: Rig) {
    let store = rig.store_keeping(Duration::from_secs(86_400));
    let first = says("a", 0, ADA, &[(RECORD, Basis::Record)]);
    let call = says("b", 9_000, ADA, &[]);
    let mut late = says("c", 0, ADA, &[("crm:zoho/other", Basis::Record)]);
    late.received_at = at(10_000);
    for event in [&first, &call, &late] {
        store.append(std::slice::from_ref(event), soon()).await;
        note(&store, std::slice::from_ref(event)).await;
    }
    let told = store.link_history(&claiming::uri(ADA), soon()).await;
    let mut told: Vec<_> = told.unwrap().into_iter().map(|r| (r.at, r.what)).collect();
    told.sort_unstable();
    use LinkChange::{Linked, Shared, Unlinked};
    let expected = [
        (at(1), Linked),
        (at(10_000), Unlinked),
        (at(10_000), Shared),
    ];
    assert_eq!(told, expected);
    let id = CustomerId::implied_by(&claiming::uri(ADA), store.salt());
    let entry = rig
        .item(&schema::customer_pk(&id), schema::CUSTOMER_SK)
        .await;
    let expires_at: i64 = entry.unwrap()[schema::EXPIRES_AT]
        .as_n()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        expires_at >= at(9_000).millis() / 1000 + 86_400,
        "{expires_at}"
    );
}

pub(crate) async fn a_confirmation_is_one_transaction_with_its_link(rig: Rig) {
    note(&rig.store, &[says("a", 0, ADA, &[(MAIL, Basis::Typed)])]).await;
    let (client, wire) = Wire::watching(&rig.client);
    let watched = Rig {
        store: rig.store_through(&client),
        table: rig.table.clone(),
        client,
    };
    let confirmed = Some(Decision::Confirmed);
    claiming::decide(&watched, ADA, MAIL, confirmed, 100).await;
    let requests = wire.requests();
    let writes = requests.iter().filter(|sent| *sent == "TransactWriteItems");
    assert_eq!(writes.count(), 1);
    for of in [ADA, MAIL] {
        let mut happened = claiming::happened(&rig, of).await;
        happened.sort_unstable();
        assert_eq!(happened, [LinkChange::Linked, LinkChange::Confirmed]);
    }
}
