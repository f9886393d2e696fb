//! Rebuilding where something has expired, or is none of the store's.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_dynamodb::types::AttributeValue;
use store::{Difference, Outcome, schema};
use tests::story::{at, caller, hangup, interaction, note, ring};
use tests::wire::{Passage, Wire};
use timeline::Timestamp;

use crate::rebuilding::{Found, Item, call, look, pin_under, put, set_number, sweep, told};
use crate::rig::{Rig, soon};

const DAY: u64 = 86_400;

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

/// An item under keys of nobody's.
fn item(pk: &str, sk: &str) -> Item {
    let keys = [(schema::PK, pk), (schema::SK, sk)];
    let keys = keys.map(|(name, value)| (name.to_owned(), text(value)));
    HashMap::from(keys)
}

pub(crate) async fn a_pin_that_has_expired_is_none_too_many(rig: Rig) {
    let id = call(&rig, "a", 1, true).await;
    pin_under(&rig, &id, 1, 2).await;
    let (pk, sk) = (schema::identity_pk(&caller(2).uri), schema::pinned_sk(&id));
    for (expires_at, expected) in [(now() + 3600, 1), (now() - 1, 0)] {
        let mut pin = rig.item(&pk, &sk).await.unwrap();
        let expires_at = AttributeValue::N(expires_at.to_string());
        pin.insert(schema::EXPIRES_AT.to_owned(), expires_at);
        put(&rig, pin).await;
        let differences = told(&sweep(&rig.store, 1, false).await);
        assert_eq!(differences.len(), expected);
    }
}

/// A pin under a stranger is met by itself, and the interaction by itself: each tells what is wrong there.
pub(crate) async fn what_is_wrong_with_an_interaction_is_not_told_with_its_strangers_pin(rig: Rig) {
    let id = call(&rig, "a", 1, true).await;
    pin_under(&rig, &id, 1, 2).await;
    set_number(&rig, &id, schema::REV, "9").await;
    let rebuilt = sweep(&rig.store, 1, false).await;
    let found = rebuilt.findings.into_iter();
    let found: BTreeSet<_> = found.map(|finding| finding.differences).collect();
    let expected = [Difference::Rev, Difference::SurplusPin].map(|one| BTreeSet::from([one]));
    assert_eq!(found, expected.into());
}

/// The table removes things some days after they may go.
pub(crate) async fn what_may_have_expired_and_is_whole_is_compared(rig: Rig) {
    let id = interaction("a");
    let (mut first, mut last) = (ring(&id, 0, Some(caller(1))), hangup(&id, 9));
    for (event, days) in [(&mut first, 40), (&mut last, 1)] {
        let at = Timestamp::from_millis((now() - days * 86_400) * 1000).unwrap();
        (event.occurred_at, event.received_at) = (Some(at), at);
    }
    let store = rig.store_keeping(Duration::from_secs(30 * DAY));
    store.append(&[first, last], soon()).await;
    let rebuilt = sweep(&rig.store, 1, false).await;
    assert_eq!((told(&rebuilt), rebuilt.expired), (Found::new(), 0));
    let pk = schema::interaction_pk(&id);
    let fold = rig.item(&pk, schema::INTERACTION_SK).await.unwrap();
    let other = fold[schema::FOLD].as_s().unwrap().replace("ended", "open");
    rig.overwrite(&pk, schema::INTERACTION_SK, schema::FOLD, &other)
        .await;
    let told = told(&sweep(&store, 1, false).await);
    assert!(told[&id].contains(&Difference::Fold), "{told:?}");
}

pub(crate) async fn what_is_none_of_the_stores_is_counted_each_time(rig: Rig) {
    let id = call(&rig, "a", 1, false).await;
    let own = schema::interaction_pk(&id);
    let under = schema::identity_pk(&caller(1).uri);
    put(&rig, item(&own, "x")).await;
    put(&rig, item("i#", schema::INTERACTION_SK)).await;
    put(&rig, item("x#", &schema::pinned_sk(&id))).await;
    put(&rig, item(&under, schema::PINNED_SK_PREFIX)).await;
    // Of other kinds, which is none of a rebuild's business.
    put(&rig, item("x#", "x")).await;
    for parts in [1, 3] {
        let rebuilt = sweep(&rig.store, parts, false).await;
        assert_eq!(
            (rebuilt.checked, rebuilt.unknown),
            (1, 4),
            "in {parts} parts"
        );
    }
    for number in 0..2 {
        let mut indexed = item(&format!("x#{number}"), schema::INTERACTION_SK);
        let attributes = [
            (schema::IK, caller(1).uri.expose().to_owned()),
            (schema::AT, at(number).to_string()),
            (schema::SUMMARY, "{}".to_owned()),
        ];
        indexed.extend(attributes.map(|(name, value)| (name.to_owned(), text(&value))));
        put(&rig, indexed).await;
    }
    let of = caller(1).uri;
    let rebuilt = rig.store.rebuild_customer(&of, look(false)).await.unwrap();
    assert_eq!((rebuilt.checked, rebuilt.unknown), (1, 3));
}

pub(crate) async fn what_is_missing_is_told_of_once_however_many_events_there_are(rig: Rig) {
    let id = interaction("long");
    let notes = (0..1200).map(|n| note(&id, &format!("n{n}"), n, 10));
    let notes: Vec<_> = notes.collect();
    rig.append_new(&notes).await;
    rig.remove(&schema::interaction_pk(&id), schema::INTERACTION_SK)
        .await;
    let told = told(&sweep(&rig.store, 1, false).await);
    assert_eq!(told[&id], BTreeSet::from([Difference::NoInteraction]));
}

/// Without the interaction, its events say how long it lives.
pub(crate) async fn what_is_missing_is_made_to_live_as_long_as_its_events(rig: Rig) {
    for (name, keep) in [("kept", Some(30 * DAY)), ("for ever", None)] {
        let id = interaction(name);
        let mut events = [ring(&id, 0, Some(caller(1))), hangup(&id, 9)];
        for (event, days) in events.iter_mut().zip([2, 1]) {
            event.received_at = Timestamp::from_millis((now() - days * 86_400) * 1000).unwrap();
        }
        for (event, keep) in events.iter().zip([Some(30 * DAY), keep]) {
            let store = match keep {
                Some(keep) => rig.store_keeping(Duration::from_secs(keep)),
                None => rig.store_through(&rig.client),
            };
            store.append(std::slice::from_ref(event), soon()).await;
        }
        let pk = schema::interaction_pk(&id);
        let before = rig.item(&pk, schema::INTERACTION_SK).await.unwrap();
        rig.remove(&pk, schema::INTERACTION_SK).await;
        let rebuilt = rig
            .store
            .rebuild_interaction(&id, look(true))
            .await
            .unwrap();
        assert_eq!(rebuilt.findings[0].outcome, Outcome::Repaired, "{name}");
        let after = rig.item(&pk, schema::INTERACTION_SK).await.unwrap();
        let expiry = |item: &Item| item.get(schema::EXPIRES_AT).cloned();
        assert_eq!(expiry(&after), expiry(&before), "{name}");
        assert_eq!(expiry(&after).is_some(), keep.is_some(), "{name}");
    }
}

pub(crate) async fn an_event_of_another_interaction_is_none_of_this_ones(rig: Rig) {
    let (id, other) = (call(&rig, "a", 1, false).await, interaction("b"));
    let strange = serde_json::to_string(&hangup(&other, 90)).unwrap();
    let sk = schema::event_sk(&hangup(&id, 90).id);
    let pk = schema::interaction_pk(&id);
    rig.overwrite(&pk, &sk, schema::EVENT, &strange).await;
    let told = told(&sweep(&rig.store, 1, false).await);
    assert_eq!(told[&id], BTreeSet::from([Difference::UnreadableEvent]));
}

pub(crate) async fn what_the_table_does_not_take_is_told_and_what_it_forbids_is_an_error(rig: Rig) {
    let id = call(&rig, "a", 1, false).await;
    let pk = schema::interaction_pk(&id);
    rig.overwrite(&pk, schema::INTERACTION_SK, schema::SUMMARY, "{}")
        .await;
    for (why, outcome) in [
        ("ValidationException", Some(Outcome::Refused)),
        ("AccessDeniedException", None),
    ] {
        let (client, _) = Wire::broken(&rig.client, move |operation| match operation {
            "TransactWriteItems" => Passage::Refused(why),
            _ => Passage::Through,
        });
        let store = rig.store_through(&client);
        let rebuilt = store.rebuild_interaction(&id, look(true)).await.ok();
        let told = rebuilt.map(|rebuilt| rebuilt.findings[0].outcome);
        assert_eq!(told, outcome, "{why}");
    }
}

/// Whoever takes part in very much could have it pinned; so many are looked at.
pub(crate) async fn a_pin_is_looked_for_under_so_many_and_no_more(rig: Rig) {
    let id = interaction("a");
    let mut first = ring(&id, 0, Some(caller(0)));
    first.participants = (1..40).map(caller).collect();
    let mut more = hangup(&id, 9);
    more.participants = (40..80).map(caller).collect();
    rig.append_new(&[first, more]).await;
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    store.rebuild_interaction(&id, look(false)).await.unwrap();
    let reads = wire.count("GetItem");
    assert!((2..=66).contains(&reads), "{reads}");
}
