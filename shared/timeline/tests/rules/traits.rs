//! Traits: what is said in any order, and how often, comes to the same.

use proptest::prelude::*;
use timeline::{
    Actor, Channel, Event, EventId, Fact, InteractionId, MAX_PREFERENCES, MAX_TRAITS, Origin,
    Personal, Rank, Source, Timestamp, Trait, TraitName, Traits, Updated,
};

fn at(second: i64) -> Timestamp {
    Timestamp::from_seconds(1_000_000_000 + second).unwrap()
}

fn by(who: &str) -> Origin {
    Origin::Actor {
        by: Actor::agent(who),
    }
}

fn said(rank: Rank, second: i64, value: Option<&str>) -> Trait {
    Trait {
        value: value.map(Personal::new),
        rank,
        at: at(second),
        origin: by("robin"),
    }
}

fn named(name: &str) -> TraitName {
    name.parse().unwrap()
}

fn of(said: &[(TraitName, Trait)]) -> Traits {
    let mut traits = Traits::default();
    for (name, value) in said {
        traits.add(name.clone(), value.clone());
    }
    traits
}

fn any_trait() -> impl Strategy<Value = (TraitName, Trait)> {
    // Nearly twice as many names as fit, so that the bound is met.
    let name = prop_oneof![
        1 => prop::sample::select(TraitName::ALL.to_vec()).prop_map(str::to_owned),
        4 => (0..120u8).prop_map(|n| format!("preferences.p{n:03}")),
    ];
    let rank = prop_oneof![Just(Rank::Automation), Just(Rank::Human)];
    (name, rank, 0..4i64, any::<Option<bool>>(), 0..2u8).prop_map(
        |(name, rank, second, value, who)| {
            let value = Trait {
                value: value.map(|yes| Personal::new(if yes { "yes" } else { "no" })),
                rank,
                at: at(second),
                origin: by(if who == 0 { "robin" } else { "kim" }),
            };
            (named(&name), value)
        },
    )
}

proptest! {
    #[test]
    fn traits_are_the_same_in_any_order_and_grouping_and_when_said_again(
        said in proptest::collection::vec(any_trait(), 0..260),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 2),
        turn in any::<prop::sample::Index>(),
    ) {
        let whole = of(&said);
        prop_assert!(whole.all().count() <= MAX_TRAITS);

        let mut turned = said.clone();
        turned.rotate_left(if said.is_empty() { 0 } else { turn.index(said.len()) });
        turned.reverse();
        turned.extend(said.iter().take(50).cloned());
        prop_assert_eq!(&of(&turned), &whole);

        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(said.len() + 1)).collect();
        cuts.sort_unstable();
        let parts = [&said[..cuts[0]], &said[cuts[0]..cuts[1]], &said[cuts[1]..]].map(of);
        let [a, b, c] = &parts;
        prop_assert_eq!(&Traits::joined([a, b, c]), &whole);
        prop_assert_eq!(&Traits::joined([c, b, a, b]), &whole);
        prop_assert_eq!(&Traits::joined([a, &Traits::joined([c, b])]), &whole);
    }

    #[test]
    fn no_source_says_over_what_a_person_said(
        said in proptest::collection::vec(any_trait(), 0..260),
    ) {
        let (by_people, by_sources): (Vec<_>, Vec<_>) =
            said.into_iter().partition(|(_, value)| value.rank == Rank::Human);
        let people = of(&by_people);
        let both = Traits::joined([&of(&by_sources), &people]);
        for (name, kept) in people.all() {
            prop_assert_eq!(both.kept(name), Some(kept));
        }
    }
}

#[test]
fn the_newest_counts_within_a_rank_and_a_person_before_it() {
    let name = TraitName::name();
    let enriched = (name.clone(), said(Rank::Automation, 9, Some("ADA")));
    let first = (name.clone(), said(Rank::Human, 1, Some("Ada")));
    let corrected = (name.clone(), said(Rank::Human, 2, Some("Ada Example")));
    let traits = of(&[corrected.clone(), enriched.clone(), first.clone()]);
    assert_eq!(traits.get(&name), Some(&"Ada Example".into()));
    let traits = of(&[enriched.clone(), first]);
    assert_eq!(traits.get(&name), Some(&"Ada".into()));

    let removed = (name.clone(), said(Rank::Human, 3, None));
    let traits = of(&[removed, enriched, corrected]);
    assert_eq!(traits.get(&name), None);
    assert_eq!(traits.iter().count(), 0);
    assert!(!traits.is_empty(), "that it was removed is kept");
}

#[test]
fn a_flood_of_preferences_displaces_neither_a_person_nor_the_vocabulary() {
    let kept = [
        (
            named("preferences.zoom"),
            said(Rank::Human, 0, Some("large")),
        ),
        (
            named("time_zone"),
            said(Rank::Automation, 0, Some("Europe/Berlin")),
        ),
    ];
    let flood = (0..200).map(|n| {
        let name = named(&format!("preferences.a{n:03}"));
        (name, said(Rank::Automation, 9, Some("x")))
    });
    let traits = of(&kept.iter().cloned().chain(flood).collect::<Vec<_>>());
    assert_eq!(traits.all().count(), MAX_PREFERENCES + 1);
    for (name, value) in &kept {
        assert_eq!(traits.kept(name), Some(value), "{name}");
    }
}

#[test]
fn an_event_states_its_traits_in_one_form_and_leaves_out_what_is_none() {
    let source = Source::new("shop").unwrap();
    let id = InteractionId::new(&source, "1").unwrap();
    let fact = Fact::Updated(Updated::default());
    let mut event = Event::new(
        id,
        EventId::new("identify").unwrap(),
        source.clone(),
        Channel::Web,
        fact,
    );
    event.occurred_at = Some(at(5));
    event.received_at = at(6);
    for (name, value) in [
        ("language", "pt_br"),
        ("time_zone", "yes"),
        ("company", " "),
        ("name", "Ada"),
    ] {
        event.traits.insert(named(name), value.into());
    }
    let traits = Traits::of_event(&event);
    let told: Vec<_> = traits
        .iter()
        .map(|(name, kept)| (name.as_str(), kept.value.as_ref().map(Personal::expose)))
        .collect();
    assert_eq!(told, [("language", Some("pt-BR")), ("name", Some("Ada"))]);
    let name = traits.kept(&TraitName::name()).unwrap();
    assert_eq!((name.rank, name.at), (Rank::Automation, at(5)));
    let origin = serde_json::to_value(&name.origin).unwrap();
    assert_eq!(
        origin,
        serde_json::json!({"source": "shop", "interaction_id": "shop:1", "event_id": "identify"})
    );
}
