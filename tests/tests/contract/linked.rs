//! Reads of a customer whom links hold together: one timeline of several, by one cursor.

use std::collections::BTreeSet;

use store::{POP_PAGE, Store};
use tests::story::{at, caller, interaction, ring};
use tests::wire::Wire;
use timeline::{Basis, Identity, InteractionId, Summary};

use crate::rig::{Rig, soon};

/// So many calls of each of these, all of one list a minute apart, so that the timelines lie within one another.
async fn calls(rig: &Rig, people: &[Identity], each: i64) -> Vec<InteractionId> {
    let mut ids = Vec::new();
    for (place, person) in people.iter().enumerate() {
        for call in 0..each {
            let id = interaction(&format!("call-{place}-{call}"));
            let minute =
                call * i64::try_from(people.len()).unwrap() + i64::try_from(place).unwrap();
            rig.append_new(&[ring(&id, minute * 60, Some(person.clone()))])
                .await;
            ids.push(id);
        }
    }
    ids
}

/// All pages of a timeline, and how long each was.
async fn paged(store: &Store, of: &Identity, limit: usize) -> (Vec<Summary>, Vec<usize>) {
    let (mut told, mut lengths, mut cursor) = (Vec::new(), Vec::new(), None::<String>);
    for _ in 0..1000 {
        let page = store.timeline(&of.uri, limit, cursor.as_deref(), soon());
        let page = page.await.unwrap().unwrap();
        lengths.push(page.interactions.len());
        told.extend(page.interactions);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return (told, lengths);
        }
    }
    panic!("the pages never end");
}

fn ids(summaries: &[Summary]) -> Vec<&InteractionId> {
    summaries.iter().map(|summary| &summary.id).collect()
}

pub(crate) async fn the_timelines_of_linked_identities_are_one_in_two_hops(rig: Rig) {
    let people = [caller(0), caller(1), caller(2)];
    calls(&rig, &people, 3).await;
    rig.people().link(&people).await;
    let (client, wire) = Wire::counting_trips(&rig.client);
    let store = rig.store_through(&client);
    let mut told = Vec::new();
    for person in &people {
        wire.forget();
        let recall = store.recall(person, soon()).await;
        assert_eq!((wire.trips(), wire.requests().len()), (2, 9));
        assert!(!recall.incomplete && !recall.more && recall.next_cursor.is_none());
        assert_eq!(recall.first_seen_at, Some(at(0)));
        let starts: Vec<_> = recall.recent.iter().map(|call| call.started_at).collect();
        let newest_first: Vec<_> = (0..9).rev().map(|minute| at(minute * 60)).collect();
        assert_eq!(starts, newest_first);
        told.push(recall.recent);
    }
    assert!(told.windows(2).all(|two| two[0] == two[1]));
}

pub(crate) async fn the_timeline_of_linked_identities_pages_without_gap_or_repetition(rig: Rig) {
    let people = [caller(0), caller(1), caller(2)];
    let all = calls(&rig, &people, 25).await;
    rig.people().link(&people).await;
    let recall = rig.store.recall(&caller(1), soon()).await;
    assert_eq!((recall.recent.len(), recall.more), (POP_PAGE, true));
    for limit in [1, 7, 50, 100] {
        let (told, _) = paged(&rig.store, &caller(2), limit).await;
        let distinct: BTreeSet<_> = ids(&told).into_iter().collect();
        assert_eq!((told.len(), distinct.len()), (all.len(), all.len()));
        assert!(
            told.is_sorted_by(|a, b| a.started_at > b.started_at),
            "{limit}"
        );
        assert_eq!(ids(&told[..POP_PAGE]), ids(&recall.recent));
    }
    // The pop's own cursor goes on where the pop ended, under the id that the pop gives: that of the root.
    let root = caller(0).uri;
    let rest = rig
        .store
        .timeline(&root, 100, recall.next_cursor.as_deref(), soon());
    let rest = rest.await.unwrap().unwrap().interactions;
    let (told, _) = paged(&rig.store, &caller(0), 100).await;
    assert_eq!(rest, told[POP_PAGE..]);
}

/// The index keeps no order among interactions that began in one instant, as those of an import did.
pub(crate) async fn interactions_of_one_instant_are_paged_by_their_ids(rig: Rig) {
    let people = [caller(0), caller(1)];
    let mut all = Vec::new();
    for call in 0..130 {
        let id = interaction(&format!("call-{call:03}"));
        let of = people[usize::from(call % 3 == 0)].clone();
        // Three instants, of which the middle one has by far the most.
        let second = match call {
            0..5 => 120,
            5..125 => 60,
            _ => 0,
        };
        rig.append_new(&[ring(&id, second, Some(of))]).await;
        all.push(id);
    }
    rig.people().link(&people).await;
    for limit in [1, 4, 50, 100] {
        let (told, lengths) = paged(&rig.store, &caller(0), limit).await;
        assert_eq!(ids(&told), all.iter().collect::<Vec<_>>(), "{limit}");
        assert!(lengths.iter().all(|length| (1..=limit).contains(length)));
    }
    // Where a page is full of one instant the next one of the table is as large as can be, and not as large as a page.
    let (client, wire) = Wire::watching(&rig.client);
    let (_, lengths) = paged(&rig.store_through(&client), &caller(0), 4).await;
    let most = lengths.len() * people.len() * 3;
    assert!(
        wire.count("Query") <= most,
        "{} queries",
        wire.count("Query")
    );
}

pub(crate) async fn a_link_or_its_end_between_two_pages_repeats_and_skips_nothing(rig: Rig) {
    let people = [caller(0), caller(1)];
    calls(&rig, &people, 10).await;
    let own = |call: i64| interaction(&format!("call-0-{call}"));
    let first = async || {
        let page = rig.store.timeline(&caller(0).uri, 4, None, soon()).await;
        page.unwrap().unwrap()
    };
    let rest = async |cursor: Option<String>| {
        let root = caller(0).uri;
        let page = rig.store.timeline(&root, 100, cursor.as_deref(), soon());
        page.await.unwrap().unwrap().interactions
    };
    // Linked in between: of one's own nothing is missing or twice, and the other's come as far as they are older.
    let page = first().await;
    rig.people().link(&people).await;
    let after = rest(page.next_cursor).await;
    let told = [page.interactions, after].concat();
    let of_own: Vec<_> = ids(&told)
        .into_iter()
        .filter(|id| id.as_str().contains("call-0"))
        .cloned()
        .collect();
    assert_eq!(of_own, (0..10).rev().map(own).collect::<Vec<_>>());
    assert_eq!(told.len(), 10 + 6, "those of the other that are older");
    // Unlinked in between.
    let page = first().await;
    rig.people().link(&people[..1]).await;
    let after = rest(page.next_cursor).await;
    let of_own: Vec<_> = [page.interactions, after]
        .concat()
        .iter()
        .map(|call| call.id.clone())
        .filter(|id| id.as_str().contains("call-0"))
        .collect();
    assert_eq!(of_own, (0..10).rev().map(own).collect::<Vec<_>>());
}

pub(crate) async fn the_greatest_customer_is_read_in_two_hops_and_pages_by_a_short_cursor(
    rig: Rig,
) {
    let people: Vec<_> = (0..50).map(caller).collect();
    calls(&rig, &people, 2).await;
    rig.people().link(&people).await;
    // One whom it could be is looked up in the same hop.
    rig.people()
        .claim(&caller(99), &caller(7), Basis::Typed, None)
        .await;
    let (client, wire) = Wire::counting_trips(&rig.client);
    let recall = rig.store_through(&client).recall(&caller(7), soon()).await;
    assert!(!recall.incomplete && recall.more && recall.recent.len() == POP_PAGE);
    assert_eq!(recall.possible.len(), 1);
    assert_eq!((wire.trips(), wire.requests().len()), (2, 3 + 49 * 3 + 2));
    let cursor = recall.next_cursor.unwrap();
    assert!(cursor.len() < 1000, "{}", cursor.len());
}

pub(crate) async fn what_is_pinned_is_told_however_old_it_is_and_once(rig: Rig) {
    let people = [caller(0), caller(1)];
    calls(&rig, &people, 30).await;
    rig.people().link(&people).await;
    let page = rig.store.timeline(&caller(1).uri, 100, None, soon()).await;
    let all = page.unwrap().unwrap().interactions;
    let (newest, oldest) = (all.first().unwrap(), all.last().unwrap());
    let with_complaint = |summary: &Summary, last_at| Summary {
        open_complaint_since: Some(summary.started_at),
        last_at,
        ..summary.clone()
    };
    for (summary, of) in [(newest, &people[1]), (oldest, &people[0])] {
        let pinned = with_complaint(summary, summary.last_at);
        rig.people().pin(of, &pinned).await;
    }
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert_eq!(ids(&recall.pinned), [&oldest.id], "beyond the page");
    assert_eq!(recall.recent.len(), POP_PAGE);
    assert!(
        recall.recent[0].is_pinned(),
        "the pinned copy is read as it stands, the index follows after a while"
    );
    // An older copy than the index has counts no more.
    let stale = with_complaint(newest, newest.started_at.plus_millis(-1000));
    rig.people().pin(&people[1], &stale).await;
    let recall = rig.store.recall(&caller(0), soon()).await;
    assert!(!recall.recent[0].is_pinned());
}
