//! The stored interaction is the fold of its stored events, whoever writes them in whatever order.

use fastrand::Rng;
use futures_util::future::join_all;
use store::Appended;
use tests::story::{answer, caller, conversation, hangup, interaction, ring};
use timeline::{Event, State};

use crate::rig::{Rig, soon};

/// Complaint 12: hangups come late or never. Complaint 13: late events raise errors.
pub(crate) async fn all_orders_of_a_call_store_the_same_interaction(rig: Rig) {
    let orders = [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ];
    for (place, order) in orders.iter().enumerate() {
        let id = interaction(&format!("call-{place}"));
        let events = [
            ring(&id, 0, Some(caller(0))),
            answer(&id, 4),
            hangup(&id, 9),
        ];
        for &next in order {
            rig.append_new(&events[next..=next]).await;
        }
        rig.assert_holds(&id, &events).await;
        let (stored, ..) = rig.store.everything(&id, soon()).await.unwrap();
        let summary = stored.unwrap().summary();
        assert_eq!(
            (summary.state, summary.duration_s),
            (State::Ended, Some(9)),
            "{order:?}"
        );
    }
}

const WRITERS: usize = 8;
const EVENTS_OF_A_WRITER: usize = 40;

/// Complaint 13: any order, any repetition, the same result.
pub(crate) async fn any_interleaving_of_writers_stores_the_fold_of_the_events(rig: Rig) {
    for seed in [1, 20_260_302] {
        let mut random = Rng::with_seed(seed);
        let id = interaction(&format!("busy-{seed}"));
        // A quarter of what a writer has, another one has too.
        let own = EVENTS_OF_A_WRITER * 3 / 4;
        let all = conversation(&id, own * WRITERS + EVENTS_OF_A_WRITER / 4, &mut random);
        let writers: Vec<_> = all
            .windows(EVENTS_OF_A_WRITER)
            .step_by(own)
            .map(|events| {
                let mut events = events.to_vec();
                random.shuffle(&mut events);
                let store = rig.store_through(&rig.client);
                let mut random = random.fork();
                tokio::spawn(async move {
                    let mut outcomes = Vec::new();
                    let mut rest: &[Event] = &events;
                    while !rest.is_empty() {
                        let (batch, after) = rest.split_at(random.usize(1..=rest.len().min(10)));
                        outcomes.extend(store.append(batch, soon()).await);
                        rest = after;
                    }
                    outcomes
                })
            })
            .collect();
        assert_eq!(writers.len(), WRITERS);
        let outcomes: Vec<_> = join_all(writers)
            .await
            .into_iter()
            .flat_map(Result::unwrap)
            .collect();
        let stored = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Appended::Stored));
        let duplicates = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, Appended::Duplicate));
        assert_eq!(
            (stored.count(), duplicates.count()),
            (all.len(), outcomes.len() - all.len()),
            "seed {seed}"
        );
        rig.assert_holds(&id, &all).await;
    }
}
