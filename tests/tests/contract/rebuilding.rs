//! Rebuilding: what is damaged on purpose is told exactly, and written anew from the events.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use store::{Difference, Finding, Look, Outcome, Part, Rebuilt, Store, schema};
use tests::story::{at, caller, hangup, interaction, note, ring};
use tests::wire::{Passage, Wire};
use timeline::{Event, InteractionId, Timestamp};

use crate::pinning::complaint;
use crate::rig::{Rig, soon};

pub(crate) type Item = HashMap<String, AttributeValue>;
pub(crate) type Found = BTreeMap<InteractionId, BTreeSet<Difference>>;

fn unheard(_: &Finding) {}

/// Looks, and writes anew if that is asked for.
pub(crate) fn look(repair: bool) -> Look<'static> {
    Look {
        repair,
        until: soon(),
        found: &unheard,
    }
}

/// Compares the whole table, part by part and page by page.
pub(crate) async fn sweep(store: &Store, parts: i32, repair: bool) -> Rebuilt {
    let heard = Mutex::new(Vec::new());
    let hear = |finding: &Finding| heard.lock().unwrap().push(finding.clone());
    let mut all = Rebuilt::default();
    for number in 0..parts {
        let part = Part { number, of: parts };
        let mut cursor: Option<String> = None;
        loop {
            let found = Look {
                found: &hear,
                ..look(repair)
            };
            let page = store.rebuild_page(part, cursor.as_deref(), found);
            let (rebuilt, next) = page.await.unwrap().unwrap();
            all.add(rebuilt);
            cursor = next;
            if cursor.is_none() {
                break;
            }
        }
    }
    let mut heard = heard.into_inner().unwrap();
    assert_eq!(heard.len(), all.findings.len());
    heard.retain(|finding| !all.findings.contains(finding));
    assert_eq!(heard, [], "what is heard is what is found");
    all
}

pub(crate) fn told(rebuilt: &Rebuilt) -> Found {
    let mut found = Found::new();
    for finding in &rebuilt.findings {
        let before = found.insert(finding.interaction.clone(), finding.differences.clone());
        assert_eq!(before, None, "{} is told twice", finding.interaction);
    }
    found
}

/// A call that ended, with an open complaint where it is to be pinned.
pub(crate) async fn call(rig: &Rig, name: &str, number: u32, open: bool) -> InteractionId {
    let id = interaction(name);
    let mut events = vec![ring(&id, 0, Some(caller(number))), hangup(&id, 90)];
    if open {
        events.push(complaint(&id, "w", 100, true));
    }
    rig.append_new(&events).await;
    id
}

pub(crate) async fn put(rig: &Rig, item: HashMap<String, AttributeValue>) {
    let put = rig.client.put_item().table_name(&rig.table);
    put.set_item(Some(item)).send().await.unwrap();
}

pub(crate) async fn set_number(rig: &Rig, id: &InteractionId, attribute: &str, value: &str) {
    let key = (schema::interaction_pk(id), schema::INTERACTION_SK);
    let mut item = rig.item(&key.0, key.1).await.unwrap();
    item.insert(attribute.to_owned(), AttributeValue::N(value.to_owned()));
    put(rig, item).await;
}

/// Pins an interaction under one more caller.
pub(crate) async fn pin_under(rig: &Rig, id: &InteractionId, from: u32, to: u32) {
    let sk = schema::pinned_sk(id);
    let of = |number: u32| schema::identity_pk(&caller(number).uri);
    let mut item = rig.item(&of(from), &sk).await.unwrap();
    item.insert(schema::PK.to_owned(), AttributeValue::S(of(to)));
    put(rig, item).await;
}

pub(crate) async fn a_healthy_table_has_no_difference(rig: Rig) {
    for number in 0..30 {
        let id = call(&rig, &format!("c{number}"), number % 4, number % 3 == 0).await;
        let mut earlier = note(&id, "earlier", -10, 5);
        earlier.customer = Some(caller(9));
        let others = if number % 2 == 0 {
            vec![earlier]
        } else {
            vec![complaint(&id, "over", 200, false)]
        };
        rig.append_new(&others).await;
    }
    let nobodys = interaction("nobody's");
    rig.append_new(&[complaint(&nobodys, "w", 50, true)]).await;
    // Longer than a page of the table.
    let long = interaction("long");
    let notes: Vec<Event> = (0..700)
        .map(|n| note(&long, &format!("n{n}"), n, 10))
        .collect();
    rig.append_new(&notes).await;
    for parts in [1, 3] {
        let rebuilt = sweep(&rig.store, parts, false).await;
        assert_eq!(told(&rebuilt), Found::new());
        assert_eq!(rebuilt.checked, 32, "in {parts} parts");
        assert_eq!((rebuilt.expired, rebuilt.busy, rebuilt.unknown), (0, 0, 0));
    }
    // Nothing to repair writes nothing.
    let before = rig.store.everything(&long, soon()).await.unwrap();
    assert_eq!(told(&sweep(&rig.store, 2, true).await), Found::new());
    assert_eq!(before, rig.store.everything(&long, soon()).await.unwrap());
}

/// Damages a table in each way, one interaction by each, and says what is to be told.
async fn damaged(rig: &Rig) -> Found {
    use Difference::{
        Fold, Identity, MissingEvents, MissingPin, NewerShape, NoEvents, NoInteraction, OtherPin,
        Rev, Start, Summary, SurplusPin, UnreadableEvent,
    };
    let mut expected = Found::new();
    let mut expect = |id: &InteractionId, differences: &[Difference]| {
        expected.insert(id.clone(), differences.iter().copied().collect());
    };
    let i = schema::INTERACTION_SK;
    let pk = schema::interaction_pk;
    let of = |number: u32| schema::identity_pk(&caller(number).uri);

    let dropped = interaction("dropped");
    rig.append_new(&[ring(&dropped, 0, Some(caller(1)))]).await;
    let before = rig.item(&pk(&dropped), i).await.unwrap();
    rig.append_new(&[hangup(&dropped, 90)]).await;
    put(rig, before).await;
    expect(&dropped, &[Rev, Fold, Summary]);

    let counted = call(rig, "counted", 1, true).await;
    set_number(rig, &counted, schema::REV, "9").await;
    expect(&counted, &[Rev]);

    let elsewhere = call(rig, "elsewhere", 1, true).await;
    let wrong = caller(7).uri;
    rig.overwrite(&pk(&elsewhere), i, schema::IK, wrong.expose())
        .await;
    expect(&elsewhere, &[Identity]);

    let sooner = call(rig, "sooner", 1, false).await;
    rig.overwrite(&pk(&sooner), i, schema::AT, &at(-500).to_string())
        .await;
    expect(&sooner, &[Start]);

    let shown = call(rig, "shown", 2, false).await;
    rig.overwrite(&pk(&shown), i, schema::SUMMARY, "{}").await;
    expect(&shown, &[Summary]);

    let unfolded = call(rig, "unfolded", 2, true).await;
    rig.overwrite(&pk(&unfolded), i, schema::FOLD, "{}").await;
    expect(&unfolded, &[Fold]);

    let without = call(rig, "without", 2, true).await;
    rig.remove(&pk(&without), i).await;
    expect(&without, &[NoInteraction]);

    let without_both = call(rig, "without-both", 2, true).await;
    rig.remove(&pk(&without_both), i).await;
    rig.remove(&of(2), &schema::pinned_sk(&without_both)).await;
    expect(&without_both, &[NoInteraction, MissingPin]);

    let unpinned = call(rig, "unpinned", 3, true).await;
    rig.remove(&of(3), &schema::pinned_sk(&unpinned)).await;
    expect(&unpinned, &[MissingPin]);

    let otherwise = call(rig, "otherwise", 3, true).await;
    let sk = schema::pinned_sk(&otherwise);
    rig.overwrite(&of(3), &sk, schema::SUMMARY, "{}").await;
    expect(&otherwise, &[OtherPin]);

    let twice = call(rig, "twice", 3, true).await;
    pin_under(rig, &twice, 3, 8).await;
    expect(&twice, &[SurplusPin]);

    let settled = call(rig, "settled", 3, true).await;
    let sk = schema::pinned_sk(&settled);
    let pin = rig.item(&of(3), &sk).await.unwrap();
    rig.append_new(&[complaint(&settled, "over", 200, false)])
        .await;
    put(rig, pin).await;
    expect(&settled, &[SurplusPin]);

    let gone = call(rig, "gone", 4, true).await;
    rig.remove(&pk(&gone), i).await;
    for name in ["ring", "hangup", "w"] {
        let event = timeline::EventId::new(name).unwrap();
        rig.remove(&pk(&gone), &schema::event_sk(&event)).await;
    }
    expect(&gone, &[SurplusPin]);

    let empty = interaction("empty");
    let alone = ring(&empty, 0, Some(caller(4)));
    rig.append_new(std::slice::from_ref(&alone)).await;
    rig.remove(&pk(&empty), &schema::event_sk(&alone.id)).await;
    expect(&empty, &[NoEvents]);

    let garbled = interaction("garbled");
    let alone = ring(&garbled, 0, Some(caller(4)));
    rig.append_new(std::slice::from_ref(&alone)).await;
    let sk = schema::event_sk(&alone.id);
    rig.overwrite(&pk(&garbled), &sk, schema::EVENT, "{}").await;
    expect(&garbled, &[UnreadableEvent]);

    let lost = call(rig, "lost", 4, true).await;
    let event = timeline::EventId::new("hangup").unwrap();
    rig.remove(&pk(&lost), &schema::event_sk(&event)).await;
    expect(&lost, &[MissingEvents]);

    let newer = (schema::SHAPE + 1).to_string();
    let later = call(rig, "later", 4, false).await;
    set_number(rig, &later, schema::VERSION, &newer).await;
    rig.overwrite(&pk(&later), i, schema::SUMMARY, "{}").await;
    expect(&later, &[NewerShape]);

    let later_event = call(rig, "later-event", 4, false).await;
    let sk = schema::event_sk(&event);
    let mut item = rig.item(&pk(&later_event), &sk).await.unwrap();
    item.insert(schema::VERSION.to_owned(), AttributeValue::N(newer));
    put(rig, item).await;
    set_number(rig, &later_event, schema::REV, "1").await;
    expect(&later_event, &[NewerShape]);
    expected
}

pub(crate) async fn each_damage_is_reported_exactly_and_repaired(rig: Rig) {
    let healthy = call(&rig, "healthy", 1, true).await;
    let expected = damaged(&rig).await;
    let items = rig.items().await;
    for parts in [1, 4] {
        let rebuilt = sweep(&rig.store, parts, false).await;
        assert_eq!(told(&rebuilt), expected, "in {parts} parts");
        let only_told = |outcome| outcome == Outcome::Reported;
        assert!(rebuilt.findings.iter().all(|one| only_told(one.outcome)));
    }
    assert_eq!(rig.items().await, items, "a look changes nothing");
    let one = interaction("counted");
    let told_of_one = rig.store.rebuild_interaction(&one, look(false)).await;
    assert_eq!(told(&told_of_one.unwrap())[&one], expected[&one]);

    let beyond = ["empty", "garbled", "later", "later-event", "lost"].map(interaction);
    let untouched = |items: &BTreeMap<(String, String), Item>| {
        let mut items = items.clone();
        items.retain(|(pk, _), _| beyond.iter().any(|id| *pk == schema::interaction_pk(id)));
        items
    };
    for finding in sweep(&rig.store, 2, true).await.findings {
        let outcome = if beyond.contains(&finding.interaction) {
            Outcome::Beyond
        } else {
            Outcome::Repaired
        };
        assert_eq!(finding.outcome, outcome, "{}", finding.interaction);
    }
    assert_eq!(untouched(&rig.items().await), untouched(&items));
    let left = told(&sweep(&rig.store, 2, false).await);
    let left: Vec<_> = left.into_keys().collect();
    assert_eq!(left, beyond);
    for id in expected.keys().filter(|id| !beyond.contains(id)) {
        let (_, _, events) = rig.store.everything(id, soon()).await.unwrap();
        if !events.is_empty() {
            rig.assert_holds(id, &events).await;
        }
    }
    let known = rig.store.known(&caller(8).uri, soon()).await.unwrap();
    assert_eq!(known.pinned.len(), 0);
    let healthy_pk = schema::interaction_pk(&healthy);
    let key = (healthy_pk, schema::INTERACTION_SK.to_owned());
    assert_eq!(rig.items().await[&key], items[&key]);
}

pub(crate) async fn the_damage_of_a_customer_is_found_under_all_identities(rig: Rig) {
    let (own, other) = (caller(1).uri, caller(2).uri);
    let mut expected = Found::new();
    for number in [1, 2] {
        let id = call(&rig, &format!("c{number}"), number, true).await;
        set_number(&rig, &id, schema::REV, "1").await;
        expected.insert(id, BTreeSet::from([Difference::Rev]));
        // Of no interaction of theirs.
        let strange = call(&rig, &format!("s{number}"), 5, true).await;
        pin_under(&rig, &strange, 5, number).await;
        expected.insert(strange, BTreeSet::from([Difference::SurplusPin]));
    }
    let alone = rig.store.rebuild_customer(&own, look(false)).await;
    assert_eq!(told(&alone.unwrap()).len(), 2);
    rig.people().link(&[caller(1), caller(2)]).await;
    let both = rig.store.rebuild_customer(&own, look(false)).await;
    assert_eq!(told(&both.unwrap()), expected);
    let repaired = rig.store.rebuild_customer(&other, look(true)).await;
    assert_eq!(repaired.unwrap().findings.len(), 4);
    assert_eq!(told(&sweep(&rig.store, 1, false).await), Found::new());
}

pub(crate) async fn a_repair_is_never_written_over_an_append(rig: Rig) {
    let id = call(&rig, "busy", 1, true).await;
    let (pk, sk) = (schema::interaction_pk(&id), schema::INTERACTION_SK);
    rig.overwrite(&pk, sk, schema::SUMMARY, "{}").await;
    // An append comes between the last read of the repair and its write.
    let late = note(&id, "late", 300, 10);
    let (writer, event) = (rig.store_through(&rig.client), late.clone());
    let came = AtomicBool::new(false);
    let (client, _) = Wire::broken(&rig.client, move |operation| {
        if operation == "TransactWriteItems" && !came.swap(true, Ordering::SeqCst) {
            let append = writer.append(std::slice::from_ref(&event), soon());
            let here = tokio::runtime::Handle::current();
            tokio::task::block_in_place(|| here.block_on(append));
        }
        Passage::Through
    });
    let store = rig.store_through(&client);
    let rebuilt = store.rebuild_interaction(&id, look(true)).await.unwrap();
    assert_eq!(rebuilt.findings[0].outcome, Outcome::Overtaken);
    let events = [
        ring(&id, 0, Some(caller(1))),
        hangup(&id, 90),
        complaint(&id, "w", 100, true),
        late,
    ];
    rig.assert_holds(&id, &events).await;
    assert_eq!(told(&sweep(&rig.store, 1, false).await), Found::new());
}

pub(crate) async fn what_has_expired_is_no_difference(rig: Rig) {
    const DAY: i64 = 86_400_000;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_millis()).unwrap();
    let days_ago = |days: i64| Timestamp::from_millis(now - days * DAY).unwrap();
    let mut expected = Found::new();
    for (name, keep, lost) in [("over", 30, false), ("kept", 50, true)] {
        let id = interaction(name);
        let (mut first, mut last) = (ring(&id, 0, Some(caller(1))), hangup(&id, 9));
        (first.occurred_at, first.received_at) = (Some(days_ago(40)), days_ago(40));
        (last.occurred_at, last.received_at) = (Some(days_ago(1)), days_ago(1));
        let store = rig.store_keeping(Duration::from_secs(keep * 86_400));
        store.append(&[first.clone(), last], soon()).await;
        rig.remove(&schema::interaction_pk(&id), &schema::event_sk(&first.id))
            .await;
        if lost {
            let differences = told(&sweep(&rig.store, 1, false).await)
                .remove(&id)
                .unwrap();
            assert_eq!(differences, BTreeSet::from([Difference::MissingEvents]));
            expected.insert(id, differences);
        }
    }
    // Of this one, everything may be gone.
    let id = interaction("gone");
    let mut event = ring(&id, 0, Some(caller(1)));
    event.received_at = days_ago(40);
    let store = rig.store_keeping(Duration::from_secs(30 * 86_400));
    store.append(&[event], soon()).await;
    let rebuilt = sweep(&rig.store, 1, false).await;
    assert_eq!(told(&rebuilt), expected);
    assert_eq!(rebuilt.expired, 2);
    rig.remove(&schema::interaction_pk(&id), schema::INTERACTION_SK)
        .await;
    assert_eq!(told(&sweep(&rig.store, 1, false).await), expected);
}

/// A call of 40 days ago and of yesterday, each kept as long as it says.
async fn of_two_times(
    rig: &Rig,
    name: &str,
    first_kept: Option<u64>,
    last_kept: u64,
) -> (InteractionId, Event) {
    const DAY: u64 = 86_400;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap().as_millis()).unwrap();
    let id = interaction(name);
    let (mut first, mut last) = (ring(&id, 0, Some(caller(1))), hangup(&id, 9));
    for (event, days) in [(&mut first, 40), (&mut last, 1)] {
        let at = Timestamp::from_millis(now - days * 86_400_000).unwrap();
        (event.occurred_at, event.received_at) = (Some(at), at);
    }
    match first_kept {
        Some(days) => {
            let store = rig.store_keeping(Duration::from_secs(days * DAY));
            store.append(std::slice::from_ref(&first), soon()).await;
        }
        None => rig.append_new(std::slice::from_ref(&first)).await,
    }
    let store = rig.store_keeping(Duration::from_secs(last_kept * DAY));
    store.append(&[last], soon()).await;
    (id, first)
}

pub(crate) async fn what_may_have_expired_is_never_dropped_by_a_repair(rig: Rig) {
    // Thirty days were raised to a year, or nothing ever expired before; the event of 40 days ago is gone.
    for (name, first_kept, last_kept) in [("raised", Some(30), 365), ("set", None, 30)] {
        let (id, first) = of_two_times(&rig, name, first_kept, last_kept).await;
        let pk = schema::interaction_pk(&id);
        rig.remove(&pk, &schema::event_sk(&first.id)).await;
        // Damaged beside: the repair may not take that as a reason either.
        rig.overwrite(&pk, schema::INTERACTION_SK, schema::SUMMARY, "{}")
            .await;
        let before = rig.items().await;
        let store = rig.store_keeping(Duration::from_secs(last_kept * 86_400));
        for store in [&store, &rig.store] {
            let rebuilt = store.rebuild_interaction(&id, look(true)).await.unwrap();
            let expected = BTreeSet::from([Difference::MissingEvents]);
            assert_eq!(told(&rebuilt)[&id], expected, "{name}");
            assert_eq!(rebuilt.findings[0].outcome, Outcome::Beyond, "{name}");
        }
        assert_eq!(rig.items().await, before, "{name}");
    }
}
