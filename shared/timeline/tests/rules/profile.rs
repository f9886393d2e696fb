//! The profile: what is shown of a customer, and what is behind it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;
use timeline::{
    Actor, Behind, Beyond, Channel, Direction, Lifecycle, Origin, Outcome, Profile, Rank, Related,
    Relation, State, Summary, Timestamp, Trait, TraitName, Traits, profile_etag,
};

use crate::given::{ADA, BO, Story, at, identity};
use crate::pop::shown;

fn call(key: &str, started: &str) -> Summary {
    shown(key, Channel::Call, State::Ended, started)
}

fn document(key: &str, channel: Channel, started: &str, outcome: Option<Outcome>) -> Summary {
    Summary {
        outcome,
        outcome_at: outcome.map(|_| at(started)),
        ..shown(key, channel, State::Open, started)
    }
}

fn stated(said: &[(&str, Option<&str>, Rank)]) -> Traits {
    let mut traits = Traits::default();
    for (name, value, rank) in said {
        let value = Trait {
            value: value.map(Into::into),
            rank: *rank,
            at: at("09:00:00"),
            origin: Origin::Actor {
                by: Actor::agent("robin"),
            },
        };
        traits.add(name.parse().unwrap(), value);
    }
    traits
}

fn of(traits: &Traits, timeline: &[Summary]) -> Profile {
    Profile::of(traits, timeline, Beyond::default())
}

fn interaction_behind(behind: &Behind) -> &str {
    match behind {
        Behind::Interaction { interaction_id, .. } => interaction_id.as_str(),
        Behind::Origin(_) => "",
    }
}

#[test]
fn a_profile_tells_each_value_with_what_is_behind_it() {
    let traits = stated(&[
        ("name", Some("Ada Example"), Rank::Human),
        ("language", Some("pt-BR"), Rank::Automation),
        ("lifecycle_stage", Some("lead"), Rank::Human),
        ("preferences.channel", Some("email"), Rank::Human),
        ("company", None, Rank::Human),
    ]);
    let called = Summary {
        customer_name: Some("A.".into()),
        ..call("1", "08:00:00")
    };
    let profile = of(&traits, &[called]);
    insta::assert_json_snapshot!(profile);
}

#[test]
fn what_is_stated_stands_in_its_own_place() {
    let traits = stated(&[
        ("company", Some("Plumb Line"), Rank::Human),
        ("time_zone", Some("Europe/Berlin"), Rank::Human),
        ("address", Some("1 Example Road"), Rank::Human),
    ]);
    let profile = of(&traits, &[]);
    let places = [&profile.company, &profile.time_zone, &profile.address];
    let told = places.map(|shown| shown.as_ref().map(|shown| shown.value.expose()));
    assert_eq!(
        told,
        [
            Some("Plumb Line"),
            Some("Europe/Berlin"),
            Some("1 Example Road")
        ]
    );
}

#[test]
fn a_name_that_nobody_stated_is_what_the_newest_interaction_has() {
    let named = |key: &str, started: &str, name: &str| Summary {
        customer_name: Some(name.into()),
        ..call(key, started)
    };
    let timeline = [
        named("1", "08:00:00", "A. Example"),
        named("2", "09:00:00", "Ada Example"),
        call("3", "10:00:00"),
    ];
    let name = of(&Traits::default(), &timeline).name.unwrap();
    assert_eq!(
        (name.value, name.rank),
        ("Ada Example".into(), Rank::Automation)
    );
    assert_eq!(interaction_behind(&name.behind), "crm:2");

    let removed = stated(&[("name", None, Rank::Human)]);
    assert_eq!(
        of(&removed, &timeline).name,
        None,
        "what a person took away does not come back"
    );
    let unsaid = stated(&[("name", None, Rank::Automation)]);
    assert!(
        of(&unsaid, &timeline).name.is_some(),
        "only a person takes a name away"
    );
    let said = stated(&[("name", Some("Ada"), Rank::Human)]);
    let removed_in = |traits: &Traits| {
        let kept = traits.kept(&TraitName::name());
        kept.is_some_and(Trait::is_removed_by_a_person)
    };
    assert_eq!(
        [&removed, &unsaid, &said].map(removed_in),
        [true, false, false]
    );
}

#[test]
fn the_stage_that_nobody_stated_is_read_of_documents() {
    let bid = document("bid", Channel::Contract, "08:00:00", None);
    let signed = document(
        "contract",
        Channel::Contract,
        "09:00:00",
        Some(Outcome::Signed),
    );
    let paid = document("first", Channel::Invoice, "10:00:00", Some(Outcome::Paid));
    let refunded = document(
        "second",
        Channel::Invoice,
        "11:00:00",
        Some(Outcome::Refunded),
    );
    let failed = document("third", Channel::Invoice, "12:00:00", Some(Outcome::Failed));
    let nothing = Traits::default();
    let stage = |timeline: &[Summary]| {
        let stage = of(&nothing, timeline).lifecycle_stage?;
        let id = interaction_behind(&stage.behind).to_owned();
        Some((stage.value, stage.at, id))
    };
    let told = |stage, time, id: &str| Some((stage, at(time), id.to_owned()));
    assert_eq!(stage(&[call("1", "08:00:00")]), None);
    assert_eq!(
        stage(std::slice::from_ref(&bid)),
        told(Lifecycle::Prospect, "08:00:00", "crm:bid")
    );
    assert_eq!(
        stage(&[bid.clone(), failed.clone()]),
        told(Lifecycle::Prospect, "12:00:00", "crm:third"),
        "who has not paid yet is none yet"
    );
    assert_eq!(
        stage(&[signed.clone(), bid, paid.clone(), failed]),
        told(Lifecycle::Customer, "10:00:00", "crm:first")
    );
    assert_eq!(
        stage(&[refunded, paid.clone()]),
        told(Lifecycle::Customer, "11:00:00", "crm:second"),
        "what is given back was paid"
    );
    let stated = stated(&[("lifecycle_stage", Some("former"), Rank::Human)]);
    let stage = of(&stated, &[signed, paid]).lifecycle_stage.unwrap();
    assert_eq!((stage.value, stage.rank), (Lifecycle::Former, Rank::Human));
}

#[test]
fn a_returning_customer_is_told_by_contacts_alone() {
    let chat = |key: &str, started: &str| shown(key, Channel::Chat, State::Resolved, started);
    let timeline = [
        shown("visit", Channel::Web, State::Ended, "07:00:00"),
        chat("chat-1", "09:10:00"),
        call("call-1", "09:40:00"),
        chat("chat-2", "14:00:00"),
        Summary {
            direction: Some(Direction::Outbound),
            ..call("call-back", "15:00:00")
        },
        document("bill", Channel::Invoice, "16:00:00", None),
        shown("call-2", Channel::Call, State::Ringing, "17:00:00"),
    ];
    let returning = of(&Traits::default(), &timeline).returning.unwrap();
    assert_eq!(returning.first_contact_at, at("07:00:00"));
    assert_eq!((returning.contacts, returning.more_contacts), (4, false));
    let last = returning.last.unwrap();
    assert_eq!(
        (last.channel, last.interaction_id.as_str()),
        (Channel::Chat, "crm:chat-2"),
        "not the call that is ringing"
    );
    assert_eq!(returning.usual_hour_utc, Some(9));
    assert_eq!(
        returning.usual_channel,
        Some(Channel::Call),
        "of two that are equal the one used last"
    );
    let once = of(&Traits::default(), &[call("1", "08:00:00")]);
    let once = once.returning.unwrap();
    assert_eq!((once.usual_channel, once.usual_hour_utc), (None, None));
    assert_eq!(of(&Traits::default(), &[]).returning, None);
}

#[test]
fn a_call_that_was_handed_on_is_one_contact() {
    let from = |key: &str, relation| Related {
        relation,
        interaction_id: Story::new("crm", key, Channel::Call).id().clone(),
    };
    let second = Summary {
        chain: vec![
            from("1", Relation::Initial),
            from("1", Relation::Previous),
            from("3", Relation::Next),
        ],
        ..call("2", "09:05:00")
    };
    let third = Summary {
        chain: vec![from("2", Relation::Previous)],
        ..call("3", "09:10:00")
    };
    let timeline = [third, second.clone(), call("1", "09:00:00")];
    let contacts = |timeline: &[Summary]| {
        of(&Traits::default(), timeline)
            .returning
            .map(|r| r.contacts)
    };
    assert_eq!(contacts(&timeline), Some(1));
    assert_eq!(
        contacts(&[second]),
        Some(1),
        "one whose beginning is not here counts itself"
    );
}

#[test]
fn what_lies_before_the_timeline_is_said_to_be_there() {
    let english = stated(&[("language", Some("en"), Rank::Human)]);
    let german = stated(&[("language", Some("de"), Rank::Automation)]);
    let joined = Traits::joined([&german, &english]);
    let beyond = Beyond {
        first_seen_at: Some(at("01:00:00")),
        more: true,
        members: &[&german, &english],
    };
    let profile = Profile::of(&joined, &[call("1", "08:00:00")], beyond);
    let returning = profile.returning.unwrap();
    assert_eq!(returning.first_contact_at, at("01:00:00"));
    assert!(returning.more_contacts);
    let languages = profile.languages.iter().map(|l| l.value.expose());
    assert_eq!(languages.collect::<Vec<_>>(), ["en", "de"]);
}

proptest! {
    #[test]
    fn a_profile_does_not_depend_on_the_order_of_the_timeline(
        seen in proptest::collection::vec((0..8usize, 0..24i64, 0..4u8, any::<bool>()), 0..30),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut timeline: Vec<_> = seen.iter().enumerate().map(|(place, (channel, hour, outcome, named))| {
            let outcome = [None, Some(Outcome::Paid), Some(Outcome::Voided), Some(Outcome::Signed)][usize::from(*outcome)];
            let started = format!("{hour:02}:00:00");
            Summary {
                customer_name: named.then(|| format!("Name {place}").into()),
                ..document(&place.to_string(), Channel::ALL[*channel], &started, outcome)
            }
        }).collect();
        let profile = of(&Traits::default(), &timeline);
        timeline.rotate_left(if seen.is_empty() { 0 } else { turn.index(seen.len()) });
        timeline.reverse();
        prop_assert_eq!(of(&Traits::default(), &timeline), profile);
    }
}

#[test]
fn the_entity_tag_changes_with_what_a_person_changes_and_with_links() {
    let one = BTreeSet::from([identity(ADA).uri]);
    let two = BTreeSet::from([identity(ADA).uri, identity(BO).uri]);
    let ada = stated(&[("name", Some("Ada"), Rank::Automation)]);
    let again = {
        let mut later = Traits::default();
        for (name, kept) in ada.all() {
            let later_at = Timestamp::plus_millis(kept.at, 1);
            later.add(
                name.clone(),
                Trait {
                    at: later_at,
                    ..kept.clone()
                },
            );
        }
        later
    };
    let by_hand = stated(&[("name", Some("Ada"), Rank::Human)]);
    let removed = stated(&[("name", None, Rank::Human)]);
    let tag = profile_etag(&one, &ada);
    assert!(
        tag.len() == 28 && tag.starts_with('"') && tag.ends_with('"'),
        "{tag}"
    );
    assert_eq!(
        tag,
        profile_etag(&one, &again),
        "a source that says the same again"
    );
    let others = [
        profile_etag(&two, &ada),
        profile_etag(&one, &by_hand),
        profile_etag(&one, &removed),
        profile_etag(&one, &Traits::default()),
    ];
    assert!(!others.contains(&tag));
    assert_eq!(BTreeSet::from(others).len(), 4);
}

#[test]
fn a_stage_is_written_as_it_is_named() {
    for stage in ["prospect", "lead", "customer", "former"] {
        let read = Lifecycle::named(stage).unwrap();
        assert_eq!(json!(read), json!(stage));
        assert!(TraitName::lifecycle_stage().read(stage).is_ok());
    }
}
