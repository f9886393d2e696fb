//! What each of a customer's identities went through, by itself.

use std::collections::BTreeMap;

use store::Histories;
use tests::story::{caller, hangup, interaction, ring};
use timeline::{IdentityUri, InteractionId};

use crate::pinning::complaint;
use crate::rig::{Rig, soon};

async fn histories(rig: &Rig, number: u32) -> Histories {
    let of = caller(number).uri;
    rig.store.histories(&of, soon()).await.unwrap()
}

pub(crate) async fn whoever_has_a_history_or_of_whom_anything_is_kept_is_known(rig: Rig) {
    rig.people().name(&caller(1), "Ada Sample").await;
    rig.people().share(&caller(2)).await;
    let id = interaction("a");
    rig.append_new(&[ring(&id, 0, Some(caller(3)))]).await;
    for (number, known) in [(0, false), (1, true), (2, true), (3, true)] {
        let told = histories(&rig, number).await;
        assert_eq!((told.known, told.histories.len()), (known, 1), "{number}");
        assert_eq!(told.back_to, None, "all of it was looked at");
    }
}

pub(crate) async fn each_identity_of_a_customer_has_its_own_history(rig: Rig) {
    let mut expected: BTreeMap<IdentityUri, Vec<InteractionId>> = BTreeMap::new();
    for number in 0..3 {
        let id = interaction(&format!("call-{number}"));
        rig.append_new(&[ring(&id, 0, Some(caller(number))), hangup(&id, 9)])
            .await;
        expected.insert(caller(number).uri, vec![id]);
    }
    // What is pinned is told once more.
    let pinned = interaction("call-1");
    rig.append_new(&[complaint(&pinned, "w", 20, true)]).await;
    expected.entry(caller(1).uri).or_default().push(pinned);
    rig.people().link(&[caller(0), caller(1), caller(2)]).await;
    for number in 0..3 {
        let told = histories(&rig, number).await;
        assert_eq!(told.histories.len(), 3, "each once");
        let told = told.histories.into_iter().map(|history| {
            let ids = history.interactions.into_iter().map(|one| one.id);
            (history.identity, ids.collect())
        });
        assert_eq!(told.collect::<BTreeMap<_, Vec<_>>>(), expected);
    }
}
