//! Links under writers at once, in any sequence, and over a wire that breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fastrand::Rng;
use futures_util::future::{join, join_all};
use store::{Appended, LinkAsk, Linking, Store, Unlinking};
use tests::story::{at, caller, hangup, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Event, IdentityUri, LinkChange, LinkId};
use tokio::time::Instant;

use crate::linking::{ask, customer, link, robin, timeline, uri};
use crate::rig::{Rig, soon};

/// How many random sequences are tried.
const SEEDS: u64 = 4;
/// Identities of a random sequence.
const IDENTITIES: u32 = 6;
/// Links and unlinks of a random sequence.
const STEPS: usize = 16;

async fn unlink(store: &Store, of: &IdentityUri, id: &LinkId) -> Unlinking {
    let ids = BTreeSet::from([id.clone()]);
    let ended = store
        .unlink(of, &ids, &robin(), at(4000), None, soon())
        .await;
    ended.unwrap()
}

pub(crate) async fn linking_while_events_arrive_loses_and_doubles_nothing(rig: Rig) {
    let stories: Vec<[Event; 2]> = (0..24u32)
        .map(|place| {
            let id = interaction(&format!("call-{place}"));
            let second = i64::from(place) * 60;
            [
                ring(&id, second, Some(caller(place % 3))),
                hangup(&id, second + 9),
            ]
        })
        .collect();
    let store = &rig.store;
    let arriving = join_all(stories.chunks(6).map(|calls| async move {
        for call in calls {
            for event in call {
                let outcomes = store.append(std::slice::from_ref(event), soon()).await;
                assert!(matches!(outcomes[..], [Appended::Stored]), "{outcomes:?}");
            }
        }
    }));
    let linking = async {
        for round in 0..3 {
            let (a, b) = (format!("a-{round}"), format!("b-{round}"));
            let first = link(&rig.store, &ask(&a, &uri(0), &uri(1))).await;
            let second = link(&rig.store, &ask(&b, &uri(1), &uri(2))).await;
            unlink(&rig.store, &uri(0), &first).await;
            unlink(&rig.store, &uri(2), &second).await;
        }
        link(&rig.store, &ask("last", &uri(0), &uri(1))).await;
        link(&rig.store, &ask("very last", &uri(2), &uri(0))).await;
    };
    join(arriving, linking).await;
    let (_, identities) = customer(&rig.store, &uri(0)).await;
    assert_eq!(identities.len(), 3);
    let mut found: Vec<String> = timeline(&rig.store, &identities)
        .await
        .into_iter()
        .map(|summary| summary.id.to_string())
        .collect();
    found.sort();
    let mut expected: Vec<String> = stories
        .iter()
        .map(|call| call[0].interaction_id.to_string())
        .collect();
    expected.sort();
    assert_eq!(found, expected, "each in one timeline, once");
    for call in &stories {
        rig.assert_holds(&call[0].interaction_id, call).await;
    }
}

pub(crate) async fn links_in_a_circle_and_unlinks_at_once_leave_every_member_with_the_same_set(
    rig: Rig,
) {
    let pairs = [(0, 1), (1, 2), (2, 0)];
    let stores: Vec<Store> = pairs
        .iter()
        .map(|_| rig.store_through(&rig.client))
        .collect();
    let act = |place: usize| {
        let (from, to) = pairs[place];
        let (store, asked) = (
            &stores[place],
            ask(&format!("{from}-{to}"), &uri(from), &uri(to)),
        );
        async move { link(store, &asked).await }
    };
    let ids = join_all((0..3).map(act)).await;
    let (_, identities) = customer(&rig.store, &uri(0)).await;
    assert_eq!(identities.len(), 3);
    let links = rig.store.standing(&uri(0), soon()).await.unwrap().links;
    assert_eq!(links.iter().count(), 3, "each link was made");
    // Two end one each, seen from another identity, while a third links one more.
    let one_more = ask("more", &uri(2), &uri(3));
    let ((first, second), _) = join(
        join(
            unlink(&stores[0], &uri(2), &ids[0]),
            unlink(&stores[1], &uri(0), &ids[1]),
        ),
        link(&stores[2], &one_more),
    )
    .await;
    for ended in [first, second] {
        assert!(matches!(ended, Unlinking::Unlinked(_)), "{ended:?}");
    }
    let (_, rest) = customer(&rig.store, &uri(3)).await;
    assert_eq!(rest, BTreeSet::from([uri(0), uri(2), uri(3)]));
    assert_eq!(customer(&rig.store, &uri(1)).await.1.len(), 1);
}

/// The connected parts of a graph, found another way than the store's: by merging what is next to one another.
fn parts(links: &BTreeMap<LinkId, (u32, u32)>) -> BTreeMap<u32, u32> {
    let mut part: BTreeMap<u32, u32> = (0..IDENTITIES).map(|number| (number, number)).collect();
    for (from, to) in links.values() {
        let (keep, drop) = (part[from], part[to]);
        for own in part.values_mut().filter(|own| **own == drop) {
            *own = keep;
        }
    }
    part
}

async fn assert_is_the_graph(rig: &Rig, links: &BTreeMap<LinkId, (u32, u32)>, context: &str) {
    let part = parts(links);
    for number in 0..IDENTITIES {
        let (_, identities) = customer(&rig.store, &uri(number)).await;
        let expected = part.iter().filter(|(_, of)| **of == part[&number]);
        let expected: BTreeSet<_> = expected.map(|(other, _)| uri(*other)).collect();
        assert_eq!(identities, expected, "{context}");
    }
}

pub(crate) async fn any_sequence_of_links_and_unlinks_leaves_what_the_graph_says(rig: Rig) {
    for seed in 1..=SEEDS {
        let rig = rig.twin().await;
        let mut random = Rng::with_seed(seed);
        let mut links: BTreeMap<LinkId, (u32, u32)> = BTreeMap::new();
        for step in 0..STEPS {
            let ended = links
                .iter()
                .nth(random.usize(0..8))
                .map(|(id, ends)| (id.clone(), *ends));
            let (from, to) = (random.u32(..IDENTITIES), random.u32(..IDENTITIES));
            match ended {
                Some((id, (end, _))) => {
                    unlink(&rig.store, &uri(end), &id).await;
                    links.remove(&id);
                }
                None if from == to => {}
                None => {
                    let asked = ask(&step.to_string(), &uri(from), &uri(to));
                    if let Linking::Linked(_) = rig.store.link(&asked, soon()).await.unwrap() {
                        links.insert(asked.id, (from, to));
                    }
                }
            }
            assert_is_the_graph(&rig, &links, &format!("seed {seed}, step {step}")).await;
        }
        for (id, (end, _)) in std::mem::take(&mut links) {
            unlink(&rig.store, &uri(end), &id).await;
        }
        assert_is_the_graph(&rig, &links, &format!("seed {seed}, all ended")).await;
    }
}

/// The first transaction meets the fault, all others go through.
fn once(fault: Passage) -> impl Fn(&str) -> Passage + Send + Sync + 'static {
    let fault = Mutex::new(Some(fault));
    move |operation| match operation {
        "TransactWriteItems" => fault.lock().unwrap().take().unwrap_or(Passage::Through),
        _ => Passage::Through,
    }
}

pub(crate) async fn a_lost_answer_is_a_link_made_once_and_ended_once(rig: Rig) {
    for (place, fault) in (0..).zip(Passage::FAULTS) {
        let (from, to) = (uri(2 * place), uri(2 * place + 1));
        let asked = ask(&place.to_string(), &from, &to);
        let (client, _) = Wire::broken(&rig.client, once(fault.clone()));
        let id = link(&rig.store_through(&client), &asked).await;
        let again = rig
            .store
            .link(
                &LinkAsk {
                    at: at(3700),
                    ..asked
                },
                soon(),
            )
            .await;
        assert!(matches!(again.unwrap(), Linking::Already(_)), "{fault:?}");
        let (client, _) = Wire::broken(&rig.client, once(fault.clone()));
        let ended = unlink(&rig.store_through(&client), &to, &id).await;
        assert!(
            matches!(&ended, Unlinking::Unlinked(parts) if parts.len() == 2),
            "{fault:?}"
        );
        let told = rig.store.link_history(&from, soon()).await.unwrap();
        let told: Vec<_> = told.iter().map(|record| record.what).collect();
        assert_eq!(
            told,
            [LinkChange::Unlinked, LinkChange::Linked],
            "{fault:?}"
        );
        assert_eq!(customer(&rig.store, &from).await.1.len(), 1);
    }
    // Without an answer in time nobody is told that it is done, and asking again tells.
    let asked = ask("late", &uri(20), &uri(21));
    let (client, _) = Wire::broken(&rig.client, |operation| match operation {
        "TransactWriteItems" => Passage::AnswerLost,
        _ => Passage::Through,
    });
    let until = Instant::now() + Duration::from_millis(1);
    let outcome = rig.store_through(&client).link(&asked, until).await;
    assert!(outcome.is_err(), "{outcome:?}");
    let again = rig.store.link(&asked, soon()).await.unwrap();
    assert!(
        matches!(again, Linking::Linked(_) | Linking::Already(_)),
        "{again:?}"
    );
}

pub(crate) async fn of_two_who_link_the_same_at_once_one_is_told_of_the_others_link(rig: Rig) {
    let (own, others) = (
        ask("own", &uri(0), &uri(1)),
        ask("other's", &uri(0), &uri(1)),
    );
    let (other, came) = (rig.store_through(&rig.client), AtomicBool::new(false));
    let of_other = others.clone();
    let (client, _) = Wire::broken(&rig.client, move |operation| {
        if operation == "TransactWriteItems" && !came.swap(true, Ordering::SeqCst) {
            let here = tokio::runtime::Handle::current();
            let linked = other.link(&of_other, soon());
            let linked = tokio::task::block_in_place(|| here.block_on(linked));
            assert!(matches!(linked, Ok(Linking::Linked(_))));
        }
        Passage::Through
    });
    let linked = rig.store_through(&client).link(&own, soon()).await;
    let Linking::Already(link) = linked.unwrap() else {
        panic!("the other was first");
    };
    assert_eq!(link.id, others.id);
}
