//! What agents separate stays apart, and what a mark separates is still told.

use std::collections::BTreeSet;

use tests::story::{at, caller};
use timeline::EvidenceKind;

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
