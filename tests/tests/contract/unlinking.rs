//! Unlinking: everything is as it would be had the link never been made, but for the record that it was.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use store::{LinkAsk, Linking, Unlinking, schema};
use tests::story::{at, caller, event, hangup, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{
    Actor, ClaimRecord, CustomerId, Event, Fact, IdentityUri, LinkChange, LinkId, LinkReason,
    LinkRecord, Note, Personal, Text, Traits,
};

use crate::linking::{ask, by_policy, customer, link, put_claim, robin, timeline, uri};
use crate::rig::{Rig, soon};

/// A call with a note, and what it says of the caller.
async fn a_call(rig: &Rig, key: &str, number: u32, second: i64) {
    let id = interaction(key);
    let mut first = ring(&id, second, Some(caller(number)));
    let name = format!("Ada {key}");
    first
        .traits
        .insert("name".parse().unwrap(), name.as_str().into());
    let note = Note {
        text: Text::new("called back"),
        agent: None,
    };
    let events: [Event; 3] = [
        first,
        event(&id, "note", second + 5, Fact::Note(note)),
        hangup(&id, second + 9),
    ];
    rig.append_new(&events).await;
    let mut traits = rig
        .store
        .known(&uri(number), soon())
        .await
        .unwrap()
        .traits
        .value;
    traits.join(&Traits::of_event(&events[0]));
    let pk = schema::identity_pk(&uri(number));
    rig.put_content(&pk, schema::TRAITS_SK, &traits).await;
}

/// Everything that is shown of some identities, as bytes.
async fn shown(rig: &Rig, of: &[u32]) -> String {
    let mut shown = String::new();
    for number in of {
        let known = rig.store.known(&uri(*number), soon()).await.unwrap();
        let pages = timeline(&rig.store, &BTreeSet::from([uri(*number)])).await;
        let (id, identities) = customer(&rig.store, &uri(*number)).await;
        let told = (
            id,
            identities,
            pages,
            known.traits.value,
            known.standing.value,
            known.pinned,
        );
        shown.push_str(&serde_json::to_string(&told).unwrap());
        shown.push('\n');
    }
    shown
}

pub(crate) async fn complaint_22_and_32_unlinking_restores_timelines_and_profiles_byte_for_byte(
    rig: Rig,
) {
    let never_linked = rig.twin().await;
    for rig in [&rig, &never_linked] {
        a_call(rig, "a", 0, 0).await;
        a_call(rig, "b", 1, 100).await;
        a_call(rig, "c", 2, 200).await;
    }
    let first = link(&rig.store, &ask("1", &uri(0), &uri(1))).await;
    let second = link(&rig.store, &ask("2", &uri(2), &uri(1))).await;
    for rig in [&rig, &never_linked] {
        a_call(rig, "d", 0, 300).await;
        a_call(rig, "e", 1, 400).await;
        rig.append_new(&[event(&interaction("b"), "late", 500, Fact::Held)])
            .await;
    }
    assert_ne!(
        shown(&rig, &[0, 1, 2]).await,
        shown(&never_linked, &[0, 1, 2]).await
    );
    for id in [first, second] {
        let ids = BTreeSet::from([id]);
        let ended = rig
            .store
            .unlink(&uri(1), &ids, &robin(), at(4000), None, soon())
            .await;
        assert!(matches!(ended.unwrap(), Unlinking::Unlinked(_)));
    }
    assert_eq!(
        shown(&rig, &[0, 1, 2]).await,
        shown(&never_linked, &[0, 1, 2]).await
    );
    // In the table itself, too: all that is of interactions and traits is the same to the byte.
    let (linked, twin) = (rig.items().await, never_linked.items().await);
    for (key, item) in &twin {
        if key.1 != schema::CUSTOMER_SK {
            assert_eq!(linked.get(key), Some(item), "{key:?}");
        }
    }
    for (pk, sk) in linked.keys().filter(|key| !twin.contains_key(*key)) {
        let about_links = sk.starts_with(schema::LINK_SK_PREFIX)
            || sk.starts_with(schema::CLAIM_SK_PREFIX)
            || sk == schema::IDENTITY_SK;
        assert!(about_links, "{pk} {sk} is left");
    }
}

pub(crate) async fn a_link_by_policy_that_was_ended_is_not_made_again_by_a_policy(rig: Rig) {
    let store = &rig.store;
    let claimed = by_policy(&uri(0), &uri(1));
    // One by a policy, and one by an agent of which a source says the same later.
    let agents = ask("1", &uri(2), &uri(3));
    for asked in [&claimed, &agents] {
        let ids = BTreeSet::from([link(store, asked).await]);
        store
            .unlink(&asked.from, &ids, &robin(), at(4000), None, soon())
            .await
            .unwrap();
        for (from, to) in [(&asked.from, &asked.to), (&asked.to, &asked.from)] {
            let again = store.link(&by_policy(from, to), soon()).await.unwrap();
            assert_eq!(again, Linking::LinkedBefore);
        }
        link(store, &ask(asked.from.expose(), &asked.from, &asked.to)).await;
    }
}

pub(crate) async fn ending_a_confirmed_link_takes_the_confirmation_back(rig: Rig) {
    put_claim(&rig, ClaimRecord::new(uri(0), uri(1), false)).await;
    let confirmed = LinkAsk {
        reason: LinkReason::Confirmed,
        ..ask("1", &uri(0), &uri(1))
    };
    let ids = BTreeSet::from([link(&rig.store, &confirmed).await]);
    let claims = async |of: u32| rig.store.known(&uri(of), soon()).await.unwrap().claims;
    for of in [0, 1] {
        assert!(claims(of).await[0].value.is_confirmed());
    }
    rig.store
        .unlink(&uri(1), &ids, &robin(), at(4000), None, soon())
        .await
        .unwrap();
    for of in [0, 1] {
        let claim = claims(of).await.remove(0).value;
        assert!(claim.decided.is_none() && claim.linked_once, "{claim:?}");
    }
}

/// A star of so many around the first.
async fn a_star(rig: &Rig, others: u32) -> BTreeSet<LinkId> {
    let mut ids = BTreeSet::new();
    for other in 1..=others {
        ids.insert(link(&rig.store, &ask(&other.to_string(), &uri(0), &uri(other))).await);
    }
    ids
}

pub(crate) async fn more_links_than_a_transaction_ends_are_ended_in_steps(rig: Rig) {
    let ids = a_star(&rig, 20).await;
    let ended = rig
        .store
        .unlink(&uri(7), &ids, &robin(), at(4000), None, soon())
        .await;
    let Unlinking::Unlinked(parts) = ended.unwrap() else {
        panic!("they were links");
    };
    assert_eq!(parts.len(), 21);
    assert!(parts.values().all(timeline::LinkSet::is_empty), "{parts:?}");
    for number in 0..=20 {
        let (_, identities) = customer(&rig.store, &uri(number)).await;
        assert_eq!(identities.len(), 1);
    }
}

pub(crate) async fn a_mark_ends_every_link_at_the_identity_and_a_policys_only_the_automatic_ones(
    rig: Rig,
) {
    let store = &rig.store;
    a_star(&rig, 10).await;
    link(store, &by_policy(&uri(11), &uri(0))).await;
    link(store, &ask("far", &uri(1), &uri(12))).await;
    let policy = Actor::policy("two-records");
    store
        .mark_shared(&uri(0), true, &policy, at(4000), soon())
        .await
        .unwrap();
    assert_eq!(
        customer(store, &uri(0)).await.1.len(),
        12,
        "what agents made stays"
    );
    assert_eq!(customer(store, &uri(11)).await.1.len(), 1);
    store
        .mark_shared(&uri(0), true, &robin(), at(5000), soon())
        .await
        .unwrap();
    assert_eq!(customer(store, &uri(0)).await.1.len(), 1);
    let others = customer(store, &uri(12)).await.1;
    assert_eq!(
        others,
        BTreeSet::from([uri(1), uri(12)]),
        "others' links stay"
    );
    let standing = store.standing(&uri(0), soon()).await.unwrap();
    assert_eq!(
        standing.shared.map(|marked| marked.by),
        Some(policy),
        "the first mark stays"
    );
}

pub(crate) async fn a_link_that_does_not_exist_is_not_found(rig: Rig) {
    let id = link(&rig.store, &ask("1", &uri(0), &uri(1))).await;
    let before = rig.items().await;
    let others = BTreeSet::from([LinkId::of_act("another", "the tests")]);
    let unlink = async |of: &IdentityUri, ids| {
        let ended = rig
            .store
            .unlink(of, ids, &robin(), at(4000), None, soon())
            .await;
        ended.unwrap()
    };
    assert_eq!(unlink(&uri(0), &others).await, Unlinking::NotFound);
    assert_eq!(
        unlink(&uri(2), &BTreeSet::from([id])).await,
        Unlinking::NotFound
    );
    assert_eq!(rig.items().await, before);
}

pub(crate) async fn what_happened_is_told_newest_first_under_both_ends(rig: Rig) {
    let noted = LinkAsk {
        note: Some(Personal::new("said so on the phone")),
        ..ask("1", &uri(0), &uri(1))
    };
    let ids = BTreeSet::from([link(&rig.store, &noted).await]);
    let preview = rig
        .store
        .preview_unlink(&uri(0), &ids, soon())
        .await
        .unwrap();
    let why = Some(Personal::new("it was her sister"));
    let ended = rig
        .store
        .unlink(&uri(0), &ids, &robin(), at(4000), why.clone(), soon())
        .await;
    assert_eq!(preview, ended.unwrap());
    let told = rig.store.link_history(&uri(0), soon()).await.unwrap();
    assert_eq!(told, rig.store.link_history(&uri(1), soon()).await.unwrap());
    let what: Vec<_> = told
        .iter()
        .map(|record| (record.what, record.at, record.note.clone()))
        .collect();
    let expected = [
        (LinkChange::Unlinked, at(4000), why),
        (LinkChange::Linked, at(3600), noted.note),
    ];
    assert_eq!(what, expected);
}

pub(crate) async fn what_happened_is_told_though_it_is_longer_than_a_page_of_the_table(rig: Rig) {
    let record = |second: i64| LinkRecord {
        what: LinkChange::Linked,
        from: uri(0),
        to: uri(1),
        link_id: None,
        by: robin(),
        at: at(second),
        reason: None,
        note: Some(Personal::new("n".repeat(40_000))),
    };
    let customer = CustomerId::implied_by(&uri(0), rig.store.salt());
    let pk = schema::customer_pk(&customer);
    for second in 0..40 {
        let sk = schema::link_sk(at(second), "-#linked");
        rig.put_content(&pk, &sk, &record(second)).await;
    }
    let told = rig.store.link_history(&uri(0), soon()).await.unwrap();
    let expected: Vec<_> = (0..40).rev().map(record).collect();
    assert!(told == expected, "{} are told", told.len());
}

/// What one transaction cuts off from the identity that was asked for is ended in the next all the same.
pub(crate) async fn links_are_ended_that_others_cut_off(rig: Rig) {
    let mut keys: Vec<_> = (0..12).map(|key| key.to_string()).collect();
    keys.sort_by_key(|key| ask(key, &uri(0), &uri(1)).id);
    // The links are ended in the order of their ids: first the one to the middle of the star, and then, among others,
    // that of the first in the order of all.
    let mut ids = BTreeSet::new();
    for (key, other) in keys.iter().zip([0, 1].into_iter().chain(2..12)) {
        ids.insert(link(&rig.store, &ask(key, &uri(20), &uri(other))).await);
    }
    let ended = rig
        .store
        .unlink(&uri(0), &ids, &robin(), at(4000), None, soon())
        .await;
    let Unlinking::Unlinked(parts) = ended.unwrap() else {
        panic!("they are links of this customer");
    };
    assert_eq!(parts.len(), 13);
    for (identity, kept) in &parts {
        assert!(kept.is_empty(), "{identity:?}");
        let standing = rig.store.standing(identity, soon()).await.unwrap();
        assert!(standing.links.is_empty());
    }
}

pub(crate) async fn of_two_who_end_a_link_at_once_one_is_told_that_there_is_none(rig: Rig) {
    let ids = BTreeSet::from([link(&rig.store, &ask("1", &uri(0), &uri(1))).await]);
    let (other, came) = (rig.store_through(&rig.client), AtomicBool::new(false));
    let of_other = ids.clone();
    let (client, _) = Wire::broken(&rig.client, move |operation| {
        if operation == "TransactWriteItems" && !came.swap(true, Ordering::SeqCst) {
            let (of, by) = (uri(0), Actor::agent("kim"));
            let ended = other.unlink(&of, &of_other, &by, at(4000), None, soon());
            let here = tokio::runtime::Handle::current();
            let ended = tokio::task::block_in_place(|| here.block_on(ended));
            assert!(matches!(ended, Ok(Unlinking::Unlinked(_))));
        }
        Passage::Through
    });
    let store = rig.store_through(&client);
    let ended = store
        .unlink(&uri(0), &ids, &robin(), at(4000), None, soon())
        .await;
    assert_eq!(ended.unwrap(), Unlinking::NotFound);
}
