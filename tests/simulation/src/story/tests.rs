//! What a story says of itself is what the product's own readers make of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use sources::{Context, Source};
use timeline::{Event, Interaction, LinkPolicy, OwnIdentities, Timestamp};

use super::*;

/// Stories that are read.
const SEEDS: u64 = 300;
/// Kinds of deliveries and of acts that there are, and that some are sent again.
const KINDS: usize = 77;

fn story(seed: u64, size: Size) -> Story {
    Story::of(&mut Rng::with_seed(seed), size)
}

/// A story, and of each delivery the events and the code of what is refused in it.
struct Read {
    seed: u64,
    story: Story,
    read: Vec<(Vec<Event>, Option<&'static str>)>,
}

/// Small ones and, less often, large ones. Reading is slow where it is not optimised, so that it is done once.
static STORIES: LazyLock<Vec<Read>> = LazyLock::new(|| {
    let read = |seed| {
        let size = if seed % 4 == 0 {
            Size::Large
        } else {
            Size::Small
        };
        let story = story(seed, size);
        let read = story.deliveries.iter().map(read).collect();
        Read { seed, story, read }
    };
    (0..SEEDS).map(read).collect()
});

fn sources_of(queue: Queue) -> &'static [&'static dyn Source] {
    let found = sources::ALL.iter().find(|(name, _)| *name == queue.name());
    found.unwrap().1
}

fn policy() -> LinkPolicy {
    LinkPolicy {
        sources: LinkPolicy::read_sources(LINK_SOURCES).unwrap(),
        own: OWN_IDENTITIES.parse::<OwnIdentities>().unwrap(),
    }
}

/// The events of a delivery and the code of what is refused in it.
fn read(delivery: &Delivery) -> (Vec<Event>, Option<&'static str>) {
    let context = Context {
        received_at: Timestamp::from_millis(START_MS + delivery.at_ms).unwrap(),
        region: None,
    };
    let attributes = delivery.attributes.iter().cloned().collect();
    let sources = sources_of(delivery.queue);
    match sources::read(sources, &delivery.body, &attributes, &context) {
        Ok(reading) => {
            let code = reading.rejections.first().map(sources::Rejection::code);
            (reading.events, code)
        }
        Err(rejection) => (Vec::new(), Some(rejection.code())),
    }
}

#[test]
fn each_delivery_is_read_as_the_story_says() {
    for Read { seed, story, read } in &*STORIES {
        for (delivery, (events, refused)) in story.deliveries.iter().zip(read) {
            let read: Vec<&str> = events
                .iter()
                .map(|event| event.interaction_id.as_str())
                .collect();
            let told = delivery.what.events.iter();
            let told: Vec<&str> = told.map(|event| event.interaction.as_str()).collect();
            let at = format!("seed {seed}, {}: {}", delivery.kind, delivery.body);
            assert_eq!(read, told, "{at}");
            assert_eq!(*refused, delivery.what.refused, "{at}");
        }
    }
}

#[test]
fn a_fact_has_one_id_and_one_content_however_often_and_in_whatever_wrapping_it_is_sent() {
    for Read { seed, story, read } in &*STORIES {
        let mut facts: BTreeMap<ExpectedEvent, (String, String)> = BTreeMap::new();
        let mut ids: BTreeMap<(String, String), ExpectedEvent> = BTreeMap::new();
        for (delivery, (events, _)) in story.deliveries.iter().zip(read) {
            for (event, told) in events.iter().zip(&delivery.what.events) {
                let (id, hash) = (event.id.as_str().to_owned(), event.content_hash());
                let known = facts
                    .entry(told.clone())
                    .or_insert_with(|| (id.clone(), hash.clone()));
                assert_eq!(*known, (id.clone(), hash), "seed {seed}: {}", told.logical);
                let of = (told.interaction.clone(), id);
                let known = ids.entry(of).or_insert_with(|| told.clone());
                assert_eq!(known, told, "seed {seed}: two facts of one id");
            }
        }
    }
}

#[test]
fn what_comes_of_all_deliveries_is_what_the_story_expects() {
    let policy = policy();
    for Read { seed, story, read } in &*STORIES {
        let mut folded: BTreeMap<String, Vec<Event>> = BTreeMap::new();
        let mut claims: BTreeSet<ExpectedClaim> = BTreeSet::new();
        for (events, _) in read {
            for event in events {
                let event = event.clone().without_own(&policy.own);
                claims.extend(claimed(&event, &policy));
                let id = event.interaction_id.as_str().to_owned();
                folded.entry(id).or_default().push(event);
            }
        }
        let ids: Vec<&String> = folded.keys().collect();
        let told: Vec<&String> = story.expected.interactions.keys().collect();
        assert_eq!(ids, told, "seed {seed}");
        for (id, events) in &folded {
            let expected = &story.expected.interactions[id];
            let interaction = Interaction::of(events).unwrap();
            let distinct: BTreeMap<&str, &Event> = events
                .iter()
                .map(|event| (event.id.as_str(), event))
                .collect();
            let mut facts: Vec<Content> = distinct.values().map(|it| Content::of(it)).collect();
            facts.sort_unstable();
            let customer = interaction.customer().map(|it| it.uri.expose().to_owned());
            let came = ExpectedInteraction {
                facts,
                customer,
                channel: interaction.summary().channel,
                ended: !interaction.summary().state.is_open(),
            };
            assert_eq!(came, *expected, "seed {seed}: {id}");
        }
        assert_eq!(claims, story.expected.claims, "seed {seed}");
    }
}

fn claimed(event: &Event, policy: &LinkPolicy) -> Vec<ExpectedClaim> {
    let Some(customer) = &event.customer else {
        return Vec::new();
    };
    let claims = event.claims.iter().map(|claim| ExpectedClaim {
        customer: customer.uri.expose().to_owned(),
        other: claim.identity.uri.expose().to_owned(),
        links: policy.links(&event.source, claim.basis),
    });
    claims.collect()
}

#[test]
fn one_seed_is_one_story() {
    let (one, same) = (story(7, Size::Large), story(7, Size::Large));
    assert_eq!(one.deliveries, same.deliveries);
    assert_eq!(one.acts, same.acts);
    assert_eq!(one.expected, same.expected);
    assert_ne!(one.deliveries, story(8, Size::Large).deliveries);
}

#[test]
fn stories_are_as_large_as_they_say() {
    for (size, deliveries, interactions) in [
        (Size::Small, 18..=35, 4..=8),
        (Size::Large, 75..=135, 14..=26),
    ] {
        let stories: Vec<Story> = (0..SEEDS).map(|seed| story(seed, size)).collect();
        let mean =
            |what: fn(&Story) -> usize| stories.iter().map(what).sum::<usize>() / stories.len();
        let means = (
            mean(|it| it.deliveries.len()),
            mean(|it| it.expected.interactions.len()),
        );
        println!("{size:?}: {} deliveries, {} interactions", means.0, means.1);
        assert!(deliveries.contains(&means.0), "{size:?}: {means:?}");
        assert!(interactions.contains(&means.1), "{size:?}: {means:?}");
    }
}

#[test]
fn everything_that_can_happen_happens_often() {
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for Read { story, .. } in &*STORIES {
        for (kind, count) in story.kinds() {
            *kinds.entry(kind).or_insert(0) += count;
        }
    }
    println!("{kinds:#?}");
    assert_eq!(kinds.len(), KINDS);
    for (kind, count) in &kinds {
        assert!(*count >= 10, "{kind} happens {count} times");
    }
}
