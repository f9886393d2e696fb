//! Recall: all that a screen pop needs, in one round trip.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use store::{POP_PAGE, schema};
use tests::story::{at, caller, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Basis, ClaimRecord, Decision, Identity};
use tokio::time::Instant;

use crate::rig::{Rig, soon};

async fn calls(rig: &Rig, places: std::ops::Range<i64>) {
    stream::iter(places)
        .for_each_concurrent(8, |place| async move {
            let id = interaction(&format!("call-{place}"));
            rig.append_new(&[ring(&id, place * 60, Some(caller(0)))])
                .await;
        })
        .await;
}

pub(crate) async fn a_recall_is_three_requests_abreast_however_long_the_history(rig: Rig) {
    // None is let through before all three are on their way: a second hop would wait for ever.
    let (client, wire) = Wire::abreast(&rig.client, 3);
    let store = rig.store_through(&client);
    let mut stored = 0;
    for history in [0, 10, 150] {
        calls(&rig, stored..history).await;
        stored = history;
        wire.forget();
        let recall = store.recall(&caller(0), soon()).await;
        assert!(!recall.incomplete);
        assert_eq!(
            recall.recent.len(),
            usize::try_from(history).unwrap().min(POP_PAGE)
        );
        let mut requests = wire.requests();
        requests.sort();
        assert_eq!(
            requests,
            ["Query", "Query", "Query"],
            "with {history} interactions"
        );
    }
}

pub(crate) async fn a_recall_tells_the_newest_the_first_and_that_there_is_more(rig: Rig) {
    let nobody = rig.store.recall(&caller(0), soon()).await;
    assert!(!nobody.knows_anything() && !nobody.incomplete && !nobody.more);
    assert_eq!((nobody.recent.len(), nobody.first_seen_at), (0, None));

    let page = i64::try_from(POP_PAGE).unwrap();
    calls(&rig, 0..page + 1).await;
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert!(recall.more);
    assert_eq!(recall.first_seen_at, Some(at(0)));
    assert_eq!(recall.recent[0].started_at, at(page * 60));

    let cursor = recall.next_cursor.expect("there is more");
    let rest = rig
        .store
        .timeline(&caller(0).uri, 10, Some(&cursor), soon())
        .await;
    let rest = rest.unwrap().unwrap();
    assert_eq!(rest.interactions.len(), 1);
    assert_eq!(rest.interactions[0].started_at, at(0));
}

pub(crate) async fn a_recall_that_cannot_read_all_says_so_and_gives_the_rest(rig: Rig) {
    calls(&rig, 0..2).await;
    let (client, _) = Wire::broken(&rig.client, |_| Passage::Throttled);
    let until = Instant::now() + Duration::from_secs(2);
    let recall = rig.store_through(&client).recall(&caller(0), until).await;
    assert!(recall.incomplete && recall.unsure);
    assert_eq!(recall.recent.len(), 0);

    // One thing that is known of it is left out; without its standing nobody can say who it is.
    let mail = Identity::read("mailto:ada@example.com").unwrap();
    rig.people().name(&caller(0), "Ada Sample").await;
    rig.people()
        .claim(&mail, &caller(0), Basis::Typed, None)
        .await;
    let pk = schema::identity_pk(&caller(0).uri);
    for (sk, unsure, possible) in [
        (schema::TRAITS_SK, false, 1),
        (&schema::claim_sk(&mail.uri), false, 0),
    ] {
        rig.overwrite(&pk, sk, schema::CONTENT, "no JSON").await;
        let recall = rig.store.recall(&caller(0), soon()).await;
        assert_eq!((recall.incomplete, recall.unsure), (true, unsure), "{sk}");
        assert_eq!((recall.recent.len(), recall.possible.len()), (2, possible));
    }
    rig.people().spoil(&caller(0)).await;
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert!(recall.incomplete && recall.unsure);
    assert_eq!(recall.recent.len(), 2);
}

pub(crate) async fn an_interaction_that_cannot_be_read_hides_no_other(rig: Rig) {
    calls(&rig, 0..3).await;
    let pk = schema::interaction_pk(&interaction("call-1"));
    rig.overwrite(&pk, schema::INTERACTION_SK, schema::SUMMARY, "{}")
        .await;
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert!(recall.incomplete);
    let times: Vec<_> = recall.recent.iter().map(|s| s.started_at).collect();
    assert_eq!(times, [at(120), at(0)]);
}

pub(crate) async fn an_identity_of_which_something_is_kept_is_known_without_interactions(rig: Rig) {
    rig.people().name(&caller(0), "Ada Sample").await;
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert!(recall.knows_anything() && !recall.incomplete && recall.recent.is_empty());
    let stranger = rig.store.recall(&caller(1), soon()).await;
    assert!(!stranger.knows_anything() && !stranger.incomplete);
}

pub(crate) async fn complaint_5_a_flood_of_visitors_claims_hides_no_other_kind(rig: Rig) {
    let people = rig.people();
    let visitor = |number| Identity::read(&format!("visitor:widget/{number:04}")).unwrap();
    for number in 0..130 {
        let flood = visitor(number);
        people.claim(&flood, &caller(0), Basis::Typed, None).await;
    }
    let record = Identity::read("crm:shop/1").unwrap();
    people.claim(&record, &caller(0), Basis::Record, None).await;
    people.name(&caller(0), "Ada Sample").await;
    let known = rig.store.known(&caller(0).uri, soon()).await.unwrap();
    let others = known.claims.iter().map(|claim| claim.value.other.expose());
    let others: Vec<_> = others.collect();
    assert!(others.is_sorted_by(|a, b| a < b), "in order, once each");
    assert_eq!(others[0], record.uri.expose());
    assert!(!known.traits.value.is_empty());
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert_eq!(recall.possible[0].claim.other, record.uri, "the likeliest");
    assert!(recall.more_possible && !recall.incomplete);
}

pub(crate) async fn a_claim_without_evidence_or_decision_names_nobody(rig: Rig) {
    let other = caller(1).uri;
    let mut claim = ClaimRecord::new(caller(0).uri, other.clone(), true);
    claim.linked_once = true;
    let pk = schema::identity_pk(&caller(0).uri);
    rig.put_content(&pk, &schema::claim_sk(&other), &claim)
        .await;
    let decided = [(2, Decision::Confirmed), (3, Decision::Rejected)];
    for (number, decision) in decided {
        let people = rig.people();
        people
            .claim(&caller(number), &caller(0), Basis::Record, Some(decision))
            .await;
    }
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert_eq!(recall.possible, []);
}
