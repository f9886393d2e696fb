//! What keeping what is known of a person costs, how much of it and how long; and how it is read.

use std::time::Duration;

use serde_json::{Value, json};
use store::{Patched, schema};
use tests::story::{at, caller, hangup, interaction, ring};
use tests::wire::Wire;
use timeline::{IdentityUri, Lifecycle, MAX_PREFERENCES, Personal};

use crate::profiling::{change, done, note, patch, read, says, stand, values};
use crate::rig::{Rig, soon};

pub(crate) async fn events_that_say_nothing_of_a_person_cost_no_request(rig: Rig) {
    let (client, wire) = Wire::watching(&rig.client);
    let store = rig.store_through(&client);
    let id = interaction("call-1");
    let mut nobodys = says("nobody", 5, 0, &[("name", "Ada")]);
    nobodys.customer = None;
    note(
        &store,
        &[ring(&id, 0, Some(caller(0))), hangup(&id, 9), nobodys],
    )
    .await;
    assert_eq!(wire.requests(), [""; 0]);

    let named = [
        says("a", 10, 0, &[("name", "Ada")]),
        says("b", 20, 0, &[("language", "de")]),
    ];
    note(&store, &named).await;
    assert_eq!(wire.requests(), ["GetItem", "TransactWriteItems"]);
    wire.forget();
    note(&store, &named).await;
    assert_eq!(
        wire.requests(),
        ["GetItem"],
        "said again, it changes nothing"
    );
}

pub(crate) async fn what_many_say_at_once_is_all_kept(rig: Rig) {
    let writers = (0..8).map(|writer: i64| {
        let store = rig.store_through(&rig.client);
        async move {
            let own = format!("preferences.w{writer}");
            let told = says(
                &own,
                writer,
                0,
                &[("name", &format!("N{writer}")), (&own, "yes")],
            );
            note(&store, &[told]).await;
            let patch = patch(
                "robin",
                writer,
                &json!({"preferences": {format!("p{writer}"): "x"}}),
            );
            done(&store, 0, &patch).await;
        }
    });
    futures_util::future::join_all(writers).await;
    let kept = values(&read(&rig.store, 0).await);
    assert_eq!(kept.len(), 17, "{kept:?}");
    assert_eq!(kept[0], ("name".to_owned(), "N7".to_owned()));
}

pub(crate) async fn a_customer_has_room_for_so_many_preferences_and_loses_none(rig: Rig) {
    let of = |names: std::ops::Range<usize>| {
        let named = names.map(|n| (format!("p{n:03}"), json!("x")));
        json!({"preferences": Value::Object(named.collect())})
    };
    note(&rig.store, &[says("a", 1, 0, &[("preferences.a", "said")])]).await;
    let full = done(
        &rig.store,
        0,
        &patch("robin", 10, &of(1..MAX_PREFERENCES + 1)),
    )
    .await;
    assert_eq!(
        full.joined().iter().count(),
        MAX_PREFERENCES,
        "a source's gives way"
    );
    for one_more in [of(0..1), json!({"preferences": {"zzz": null}})] {
        let changed = change(&rig.store, 0, &patch("robin", 20, &one_more), None).await;
        assert_eq!(changed, Patched::TooMany);
    }
    assert_eq!(read(&rig.store, 0).await, full);
    done(&rig.store, 0, &patch("robin", 30, &json!({"name": "Ada"}))).await;
}

pub(crate) async fn what_only_events_said_goes_with_them_and_what_a_person_wrote_stays(rig: Rig) {
    let store = rig.store_keeping(Duration::from_secs(3600));
    // Said at ten, and heard of later: it lives as long as the event that says it.
    let mut said = says("a", 10, 0, &[("name", "Ada")]);
    said.received_at = at(1_800);
    note(&store, &[said]).await;
    let pk = schema::identity_pk(&caller(0).uri);
    let expires = async || {
        let item = rig.item(&pk, schema::TRAITS_SK).await.unwrap();
        item.get(schema::EXPIRES_AT)
            .map(|at| at.as_n().unwrap().clone())
    };
    let hour_after = (at(1_800).millis() / 1000 + 3600).to_string();
    assert_eq!(expires().await, Some(hour_after));
    done(&store, 0, &patch("robin", 20, &json!({"company": "Acme"}))).await;
    assert_eq!(expires().await, None);
}

pub(crate) async fn a_profile_is_read_of_all_identities_of_the_customer(rig: Rig) {
    for (key, number, second) in [("one", 0, 0), ("two", 1, 3600), ("three", 1, 7200)] {
        let id = interaction(key);
        let mut ring = ring(&id, second, Some(caller(number)));
        ring.customer_name = Some(Personal::new(format!("Caller {number}")));
        rig.append_new(&[ring, hangup(&id, second + 60)]).await;
    }
    note(
        &rig.store,
        &[says(
            "a",
            10,
            0,
            &[("lifecycle_stage", "lead"), ("language", "de")],
        )],
    )
    .await;
    note(&rig.store, &[says("b", 20, 1, &[("language", "en")])]).await;
    let profile = async |of: u32| {
        let traits = read(&rig.store, of).await;
        let profile = rig.store.profile(&traits, at(10_000), soon()).await;
        profile.unwrap()
    };
    assert_eq!(profile(0).await.returning.unwrap().contacts, 1);
    stand(&rig, &[0, 1], Some((0, 1)), 1).await;
    let both = profile(0).await;
    assert_eq!(both, profile(1).await);
    let returning = both.returning.unwrap();
    assert_eq!((returning.contacts, returning.first_contact_at), (3, at(0)));
    assert_eq!(both.name.unwrap().value, "Caller 1".into());
    assert_eq!(both.lifecycle_stage.unwrap().value, Lifecycle::Lead);
    let languages = both
        .languages
        .iter()
        .map(|language| language.value.expose());
    assert_eq!(languages.collect::<Vec<_>>(), ["en", "de"]);
    let nobody: IdentityUri = caller(9).uri;
    let nobody = rig.store.customer_traits(&nobody, soon()).await.unwrap();
    let nothing = rig.store.profile(&nobody, at(0), soon()).await.unwrap();
    assert_eq!(nothing, timeline::Profile::default());
}

pub(crate) async fn what_is_said_again_lives_longer_and_what_comes_again_does_not(rig: Rig) {
    let store = rig.store_keeping(Duration::from_secs(3600));
    let pk = schema::identity_pk(&caller(0).uri);
    let item = async || {
        let item = rig.item(&pk, schema::TRAITS_SK).await.unwrap();
        let number = |name| item[name].as_n().unwrap().parse::<i64>().unwrap();
        (number(schema::REV), number(schema::EXPIRES_AT))
    };
    let mut said = says("a", 10, 0, &[("name", "Ada")]);
    said.received_at = at(100);
    note(&store, std::slice::from_ref(&said)).await;
    let first = item().await;
    for (received, expected) in [
        (100, first),
        (160, (first.0 + 1, first.1 + 60)),
        (130, (first.0 + 1, first.1 + 60)),
    ] {
        said.received_at = at(received);
        note(&store, std::slice::from_ref(&said)).await;
        assert_eq!(item().await, expected, "heard at {received}");
    }
}
