//! What is known of a customer as a person: kept, changed, joined and parted.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use store::{CustomerTraits, Patched, Store, TraitsPatch, schema};
use tests::story::{at, caller, event, interaction};
use tests::wire::{Passage, Wire};
use timeline::{
    Actor, Event, Fact, Link, LinkId, LinkReason, LinkSet, Personal, Rank, Standing, TraitChanges,
    Updated,
};

use crate::rig::{Rig, soon};

/// An event that says something of a caller as a person.
pub(crate) fn says(key: &str, second: i64, of: u32, traits: &[(&str, &str)]) -> Event {
    let id = interaction(&format!("identify-{key}"));
    let mut event = event(&id, "identify", second, Fact::Updated(Updated::default()));
    event.customer = Some(caller(of));
    for (name, value) in traits {
        event
            .traits
            .insert(name.parse().unwrap(), Personal::new(*value));
    }
    event
}

pub(crate) fn patch(who: &str, second: i64, patch: &Value) -> TraitsPatch {
    TraitsPatch {
        changes: TraitChanges::of_merge_patch(patch).unwrap(),
        by: Actor::agent(who),
        at: at(second),
        rank: Rank::Human,
    }
}

pub(crate) async fn note(store: &Store, events: &[Event]) {
    store.note_traits(events, soon()).await.unwrap();
}

pub(crate) async fn change(
    store: &Store,
    of: u32,
    patch: &TraitsPatch,
    if_match: Option<&str>,
) -> Patched {
    let of = caller(of).uri;
    store
        .patch_traits(&of, patch, if_match, soon())
        .await
        .unwrap()
}

pub(crate) async fn done(store: &Store, of: u32, patch: &TraitsPatch) -> CustomerTraits {
    match change(store, of, patch, None).await {
        Patched::Done(traits) => traits,
        other @ (Patched::Stale | Patched::TooMany) => panic!("{other:?}"),
    }
}

pub(crate) async fn read(store: &Store, of: u32) -> CustomerTraits {
    store
        .customer_traits(&caller(of).uri, soon())
        .await
        .unwrap()
}

/// The values that are shown, by name.
pub(crate) fn values(of: &CustomerTraits) -> Vec<(String, String)> {
    let joined = of.joined();
    let values = joined
        .iter()
        .map(|(name, kept)| (name.to_string(), kept.value.clone().unwrap_or_default()));
    values
        .map(|(name, value)| (name, value.expose().to_owned()))
        .collect()
}

pub(crate) fn told(values: &[(&str, &str)]) -> Vec<(String, String)> {
    let told = values.iter();
    told.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// The item of what is stated of a caller, as it stands.
async fn stated(rig: &Rig, of: u32) -> Option<String> {
    let pk = schema::identity_pk(&caller(of).uri);
    let item = rig.item(&pk, schema::TRAITS_SK).await?;
    Some(item[schema::CONTENT].as_s().unwrap().clone())
}

/// Writes that these callers are one customer, or each one of their own, as linking and unlinking do.
pub(crate) async fn stand(rig: &Rig, callers: &[u32], link: Option<(u32, u32)>, rev: u64) {
    let links = link.map_or_else(LinkSet::default, |(from, to)| {
        let link = Link {
            id: LinkId::of_act("test", "salt"),
            from: caller(from).uri,
            to: caller(to).uri,
            at: at(0),
            by: Actor::agent("robin"),
            reason: LinkReason::Agent,
            note: None,
        };
        let none = LinkSet::default();
        none.joined(&none, link).unwrap()
    });
    let standing = serde_json::to_string(&Standing {
        shared: None,
        links,
    });
    let content = standing.unwrap();
    for number in callers {
        let pk = schema::identity_pk(&caller(*number).uri);
        let text = AttributeValue::S;
        let put = rig.client.put_item().table_name(&rig.table);
        let put = put
            .item(schema::PK, text(pk))
            .item(schema::SK, text(schema::IDENTITY_SK.to_owned()))
            .item(schema::VERSION, AttributeValue::N("1".to_owned()))
            .item(schema::REV, AttributeValue::N(rev.to_string()))
            .item(schema::CONTENT, text(content.clone()));
        put.send().await.unwrap();
    }
}

pub(crate) async fn complaint_23_a_source_never_overwrites_what_a_person_corrected(rig: Rig) {
    let enriched = [
        says("a", 10, 0, &[("name", "ADA EXMPLE"), ("company", "Wrong")]),
        says("b", 900, 0, &[("name", "A. Exmple"), ("company", "Acme")]),
    ];
    let corrected = patch("robin", 100, &json!({"name": "Ada Example"}));
    let mut shown = BTreeSet::new();
    // Each order for a caller of its own: the correction first, between, and last; the sources either way round.
    for (number, order) in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ]
    .into_iter()
    .enumerate()
    {
        let number = u32::try_from(number).unwrap();
        for step in order {
            match enriched.get(step) {
                Some(event) => {
                    let customer = Some(caller(number));
                    let event = Event {
                        customer,
                        ..event.clone()
                    };
                    note(&rig.store, &[event]).await;
                }
                None => drop(done(&rig.store, number, &corrected).await),
            }
        }
        shown.insert(values(&read(&rig.store, number).await));
    }
    let right = told(&[("company", "Acme"), ("name", "Ada Example")]);
    assert_eq!(shown, BTreeSet::from([right]));

    // A CRM's sync that says that it is one is a source as well, and is told what stands.
    let sync = TraitsPatch {
        rank: Rank::Automation,
        ..patch(
            "crm-sync",
            2000,
            &json!({"name": "A E", "company": "Acme Ltd"}),
        )
    };
    let after = done(&rig.store, 0, &sync).await;
    let kept = told(&[("company", "Acme Ltd"), ("name", "Ada Example")]);
    assert_eq!(values(&after), kept);
}

pub(crate) async fn complaint_21_a_link_in_either_direction_keeps_what_is_known_of_both(rig: Rig) {
    let said = |number: u32, name: &str| {
        let company = format!("{name} Ltd");
        let first = says(name, 10, number, &[("name", name), ("company", &company)]);
        let own = format!("preferences.of_{number}");
        [first, says(&own, 20, number, &[(&own, "yes")])]
    };
    let mut linked = BTreeSet::new();
    for (from, to) in [(0, 1), (3, 2)] {
        let (one, other) = (from.min(to), from.max(to));
        note(&rig.store, &said(one, "ada")).await;
        note(&rig.store, &said(other, "bo")).await;
        done(
            &rig.store,
            one,
            &patch("robin", 30, &json!({"address": "1 Example Road"})),
        )
        .await;
        done(
            &rig.store,
            other,
            &patch("robin", 40, &json!({"company": "Bo & Co"})),
        )
        .await;
        let before = (stated(&rig, one).await, stated(&rig, other).await);
        let apart = (
            values(&read(&rig.store, one).await),
            values(&read(&rig.store, other).await),
        );

        stand(&rig, &[from, to], Some((from, to)), 1).await;
        let both = read(&rig.store, one).await;
        assert_eq!(
            both,
            read(&rig.store, other).await,
            "whichever is asked for"
        );
        let mut names: Vec<_> = values(&both);
        for (name, _) in &mut names {
            *name = name
                .replace(&format!("of_{one}"), "of_one")
                .replace(&format!("of_{other}"), "of_other");
        }
        linked.insert(names);

        stand(&rig, &[from, to], None, 2).await;
        assert_eq!((stated(&rig, one).await, stated(&rig, other).await), before);
        let parted = (
            values(&read(&rig.store, one).await),
            values(&read(&rig.store, other).await),
        );
        assert_eq!(parted, apart);
    }
    let right = told(&[
        ("address", "1 Example Road"),
        ("company", "Bo & Co"),
        ("name", "bo"),
        ("preferences.of_one", "yes"),
        ("preferences.of_other", "yes"),
    ]);
    assert_eq!(
        linked,
        BTreeSet::from([right]),
        "the direction decides nothing"
    );
}

pub(crate) async fn what_is_changed_while_linked_stays_with_the_identity_it_was_changed_under(
    rig: Rig,
) {
    stand(&rig, &[0, 1], Some((0, 1)), 1).await;
    let email = json!({"preferences": {"channel": "email"}});
    let both = done(&rig.store, 1, &patch("robin", 10, &email)).await;
    assert_eq!(both, read(&rig.store, 0).await);
    stand(&rig, &[0, 1], None, 2).await;
    assert_eq!(values(&read(&rig.store, 0).await), []);
    let email = told(&[("preferences.channel", "email")]);
    assert_eq!(values(&read(&rig.store, 1).await), email);
}

pub(crate) async fn of_two_who_have_read_the_same_version_one_is_second(rig: Rig) {
    stand(&rig, &[0, 1], Some((0, 1)), 1).await;
    for round in 0..20 {
        let etag = read(&rig.store, 0).await.etag();
        // Under one identity, and under two of one customer.
        let other = round % 2;
        let name = |who: &str| json!({"name": format!("{who} {round}")});
        let (robins, kims) = (
            patch("robin", round, &name("r")),
            patch("kim", round, &name("k")),
        );
        let (robin, kim) = futures_util::future::join(
            change(&rig.store, 0, &robins, Some(&etag)),
            change(
                &rig.store,
                u32::try_from(other).unwrap(),
                &kims,
                Some(&etag),
            ),
        )
        .await;
        let now = values(&read(&rig.store, 0).await);
        let won = match (robin, kim) {
            (Patched::Done(_), Patched::Stale) => format!("r {round}"),
            (Patched::Stale, Patched::Done(_)) => format!("k {round}"),
            both => panic!("{both:?}"),
        };
        assert_eq!(now, told(&[("name", &won)]));
    }
}

pub(crate) async fn a_version_is_old_after_a_change_a_link_and_an_unlink(rig: Rig) {
    let change_name = |second| patch("robin", second, &json!({"name": format!("Ada {second}")}));
    let first = read(&rig.store, 0).await.etag();
    let other = patch("kim", 1, &json!({"company": "Acme"}));
    let second = done(&rig.store, 0, &other).await.etag();
    let stale = |of: Patched| assert_eq!(of, Patched::Stale);
    stale(change(&rig.store, 0, &change_name(2), Some(&first)).await);
    stand(&rig, &[0, 1], Some((0, 1)), 1).await;
    stale(change(&rig.store, 0, &change_name(3), Some(&second)).await);
    let third = read(&rig.store, 0).await.etag();
    stand(&rig, &[0, 1], None, 2).await;
    stale(change(&rig.store, 0, &change_name(4), Some(&third)).await);
    assert_eq!(
        values(&read(&rig.store, 0).await),
        told(&[("company", "Acme")])
    );
    for right in [second.as_str(), "*", &format!("\"x\", {second}")] {
        let changed = change(&rig.store, 0, &other, Some(right)).await;
        assert!(matches!(changed, Patched::Done(_)), "{right}");
    }
    let none = patch("robin", 9, &json!({}));
    stale(change(&rig.store, 0, &none, Some(&first)).await);
}

pub(crate) async fn a_change_whose_answer_is_lost_comes_to_rest(rig: Rig) {
    let etag = read(&rig.store, 0).await.etag();
    let lost = AtomicBool::new(false);
    let (client, _) = Wire::broken(&rig.client, move |operation| {
        let is_first = operation == "TransactWriteItems" && !lost.swap(true, Ordering::Relaxed);
        if is_first {
            Passage::AnswerLost
        } else {
            Passage::Through
        }
    });
    let changed = patch(
        "robin",
        10,
        &json!({"name": "Ada Example", "company": null}),
    );
    let through = rig.store_through(&client);
    let once = change(&through, 0, &changed, Some(&etag)).await;
    let kept = stated(&rig, 0).await;
    assert!(matches!(once, Patched::Done(_)), "{once:?}");

    // And the same request once more, later, from a caller who has not heard either.
    let again = TraitsPatch {
        at: at(60),
        ..changed.clone()
    };
    assert_eq!(change(&rig.store, 0, &again, Some(&etag)).await, once);
    assert_eq!(stated(&rig, 0).await, kept, "nothing is written again");
    let others = TraitsPatch {
        by: Actor::agent("kim"),
        ..again
    };
    let others = change(&rig.store, 0, &others, Some(&etag)).await;
    assert_eq!(
        others,
        Patched::Stale,
        "another one has not made that change"
    );
}

pub(crate) async fn what_a_person_removed_is_not_brought_back_by_a_source(rig: Rig) {
    let wrong = says(
        "a",
        10,
        0,
        &[("company", "Wrong"), ("preferences.fax", "yes")],
    );
    note(&rig.store, std::slice::from_ref(&wrong)).await;
    let email = json!({"company": null, "preferences": {"channel": "email"}});
    done(&rig.store, 0, &patch("robin", 20, &email)).await;
    note(&rig.store, &[says("b", 900, 0, &[("company", "Wrong")])]).await;
    note(&rig.store, &[wrong]).await;
    let left = told(&[("preferences.channel", "email"), ("preferences.fax", "yes")]);
    assert_eq!(values(&read(&rig.store, 0).await), left);

    done(
        &rig.store,
        0,
        &patch("robin", 30, &json!({"preferences": null})),
    )
    .await;
    note(
        &rig.store,
        &[says("c", 901, 0, &[("preferences.fax", "yes")])],
    )
    .await;
    assert_eq!(values(&read(&rig.store, 0).await), []);
    let back = patch("kim", 40, &json!({"company": "Acme"}));
    done(&rig.store, 0, &back).await;
    assert_eq!(
        values(&read(&rig.store, 0).await),
        told(&[("company", "Acme")])
    );
}

pub(crate) async fn a_person_whose_clock_is_behind_overwrites_all_the_same(rig: Rig) {
    done(&rig.store, 0, &patch("robin", 500, &json!({"name": "Ada"}))).await;
    done(
        &rig.store,
        0,
        &patch("kim", 100, &json!({"name": "Ada Example"})),
    )
    .await;
    let name = told(&[("name", "Ada Example")]);
    assert_eq!(values(&read(&rig.store, 0).await), name);
}
