//! Transfers are one story, and the pop follows the customer through it.

use proptest::prelude::*;
use timeline::{
    Channel, Ended, Event, Fact, InteractionId, MAX_STORIES, MAX_STORY_CONTACTS, MAX_STORY_NOTES,
    Note, Opening, Place, Recall, Related, Relation, Said, ScreenPop, Source, Started, State,
    Summary, Text, Timestamp, Updated, WrapUp, stories,
};

use crate::given::{ADA, Story, Told, at, identity, summary};
use crate::pop::{pop, shown};

fn id(key: &str) -> InteractionId {
    InteractionId::new(&Source::new("crm").unwrap(), key).unwrap()
}

fn to(relation: Relation, key: &str) -> Related {
    Related {
        relation,
        interaction_id: id(key),
    }
}

/// A call of a quarter of an hour that belongs to others.
fn leg(key: &str, started: &str, chain: &[(Relation, &str)]) -> Summary {
    let began = at(started);
    Summary {
        last_at: began.plus_millis(900_000),
        ended_at: Some(began.plus_millis(900_000)),
        chain: chain.iter().map(|(how, key)| to(*how, key)).collect(),
        ..shown(key, Channel::Call, State::Ended, started)
    }
}

fn keys(ids: &[InteractionId]) -> Vec<&str> {
    ids.iter()
        .map(|id| id.as_str().trim_start_matches("crm:"))
        .collect()
}

/// The only story's beginning, its contacts, and those that are not in the timeline.
fn only(timeline: &[Summary]) -> (String, Vec<String>, Vec<String>) {
    let stories = stories(timeline);
    assert_eq!(stories.len(), 1, "{stories:?}");
    let owned = |ids: &[InteractionId]| keys(ids).into_iter().map(str::to_owned).collect();
    (
        keys(std::slice::from_ref(&stories[0].id))[0].to_owned(),
        owned(&stories[0].interactions),
        owned(&stories[0].elsewhere),
    )
}

fn told(id: &str, interactions: &[&str], elsewhere: &[&str]) -> (String, Vec<String>, Vec<String>) {
    let owned = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    (id.to_owned(), owned(interactions), owned(elsewhere))
}

/// A call that is transferred twice, as a contact centre tells it, the last leg going on.
fn transferred() -> Vec<Summary> {
    let contact = |key: &str| Story::new("crm", key, Channel::Call);
    let related = |event: Event, chain: &[(Relation, &str)]| Event {
        related: chain.iter().map(|(how, key)| to(*how, key)).collect(),
        ..event
    };
    let note = |text: &str, agent: &str| {
        Fact::Note(Note {
            text: Text::new(text),
            agent: Some(agent.to_owned()),
        })
    };
    let place = |queue: &str, agent: &str| {
        Fact::Answered(Place {
            queue: Some(queue.to_owned()),
            agent: Some(agent.to_owned()),
        })
    };
    let (first, second, third) = (contact("a"), contact("b"), contact("c"));
    let subject = [("subject".to_owned(), "Fence on the wrong side".into())];
    let attributes = Fact::Updated(Updated {
        attributes: subject.into(),
    });
    let first = [
        related(
            first.event("1", place("Reception", "bea")),
            &[(Relation::Next, "b")],
        )
        .at("10:00:00")
        .from(ADA),
        first.event("2", attributes).at("10:00:01"),
        first.event("3", note("Is angry", "bea")).at("10:01:00"),
        first
            .event("4", Fact::Ended(Ended::default()))
            .at("10:02:00"),
    ];
    let wrap_up = Fact::WrapUp(WrapUp {
        disposition: Some("to-the-field".to_owned()),
        ..WrapUp::default()
    });
    let second = [
        related(
            second.event("1", place("Field", "cyd")),
            &[(Relation::Initial, "a"), (Relation::Previous, "a")],
        )
        .at("10:02:00")
        .from(ADA),
        second
            .event("2", note("Wants the map", "cyd"))
            .at("10:04:00"),
        second.event("3", wrap_up).at("10:04:30"),
        second
            .event("4", Fact::Ended(Ended::default()))
            .at("10:05:00"),
    ];
    let ringing = Fact::Started(Started {
        opening: Opening::Ringing,
        queue: Some("Maps".to_owned()),
        ..Started::default()
    });
    let third = [related(
        third.event("1", ringing),
        &[(Relation::Initial, "a"), (Relation::Previous, "b")],
    )
    .at("10:05:00")
    .from(ADA)];
    vec![summary(&third), summary(&second), summary(&first)]
}

#[test]
fn complaint_16_a_transfer_carries_everything_that_was_said_and_done_so_far() {
    let story = stories(&transferred()).remove(0);
    assert_eq!(keys(&story.interactions), ["a", "b", "c"]);
    assert_eq!((story.id, story.correlated), (id("a"), false));
    assert_eq!(
        (story.started_at, story.last_at, story.state),
        (at("10:00:00"), at("10:05:00"), State::Ringing)
    );
    assert_eq!(story.subject, Some("Fence on the wrong side".into()));
    assert_eq!(story.agents, ["bea", "cyd"]);
    assert_eq!(story.queue.as_deref(), Some("Maps"));
    assert_eq!(story.disposition.as_deref(), Some("to-the-field"));
    let notes: Vec<_> = story
        .notes
        .iter()
        .map(|said| (said.text.expose(), said.agent.as_deref(), said.at))
        .collect();
    assert_eq!(
        notes,
        [
            ("Wants the map", Some("cyd"), at("10:04:00")),
            ("Is angry", Some("bea"), at("10:01:00"))
        ]
    );
}

#[test]
fn complaint_15_after_a_transfer_the_pop_is_the_customers_with_the_notes_so_far() {
    let recall = Recall {
        recent: transferred(),
        ..Recall::default()
    };
    let pop = ScreenPop::assemble(&identity(ADA), recall, "salt", at("10:05:05"));
    assert_eq!(pop.customer.unwrap().identities, [identity(ADA).uri]);
    assert_eq!(pop.stories.len(), 1);
    assert_eq!(pop.stories[0].notes.len(), 2);
    assert_eq!(pop.stories[0].state, State::Ringing);
}

/// An agent transfers; the second leg tells of no customer, or only takes the agent for a participant.
#[test]
fn complaint_15_a_leg_without_a_customer_is_in_the_customers_story_and_in_nobody_elses_timeline() {
    let agent = "sip:bea@desk.example.com";
    let second = Story::new("crm", "b", Channel::Call);
    let mut event = second.event("1", Fact::Held).at("10:02:00");
    event.related = vec![to(Relation::Previous, "a")];
    event.participants = vec![identity(agent)];
    let second = timeline::Interaction::begin(&event);
    assert_eq!(second.customer(), None, "an agent is nobody's customer");
    let first = leg("a", "10:00:00", &[(Relation::Next, "b")]);
    let pop = pop(vec![first]);
    assert_eq!(pop.customer.unwrap().identities, [identity(ADA).uri]);
    assert_eq!(keys(&pop.stories[0].elsewhere), ["b"]);
    assert_eq!(keys(&pop.stories[0].interactions), ["a"]);
}

#[test]
fn complaint_14_a_link_to_itself_is_none() {
    let own = [
        (Relation::Initial, "a"),
        (Relation::Previous, "a"),
        (Relation::Next, "a"),
    ];
    assert_eq!(stories(&[leg("a", "10:00:00", &own)]), []);
    let second = leg(
        "b",
        "10:15:00",
        &[(Relation::Previous, "b"), (Relation::Initial, "a")],
    );
    assert_eq!(
        only(&[second, leg("a", "10:00:00", &own)]),
        told("a", &["a", "b"], &[])
    );
}

#[test]
fn complaint_14_a_leg_that_calls_itself_the_beginning_began_where_it_came_from() {
    let own = [(Relation::Initial, "b"), (Relation::Previous, "a")];
    let pair = [leg("b", "10:15:00", &own), leg("a", "10:00:00", &[])];
    assert_eq!(only(&pair), told("a", &["a", "b"], &[]));
}

#[test]
fn complaint_14_a_story_names_where_it_began_though_the_timeline_does_not_reach_there() {
    let second = leg("b", "10:15:00", &[(Relation::Previous, "a")]);
    assert_eq!(only(&[second]), told("a", &["b"], &["a"]));
    // Two legs that name the same beginning are one story, though neither names the other.
    let both = [
        leg("c", "10:45:00", &[(Relation::Initial, "a")]),
        leg("b", "10:15:00", &[(Relation::Initial, "a")]),
    ];
    assert_eq!(only(&both), told("a", &["b", "c"], &["a"]));
    let on = leg("a", "10:00:00", &[(Relation::Next, "b")]);
    assert_eq!(only(&[on]), told("a", &["a"], &["b"]));
}

#[test]
fn complaint_14_where_no_link_is_told_the_times_tie_a_transfer_and_say_so() {
    let taken = |key, started| Summary {
        agents: vec!["bea".to_owned()],
        ..leg(key, started, &[])
    };
    let next = |started| leg("b", started, &[]);
    let tied = |pair: &[Summary]| stories(pair).first().map(|story| story.correlated);
    // The first ends at 10:15:00.
    for (started, is_tied) in [("10:14:30", true), ("10:15:02", true), ("10:15:03", false)] {
        let pair = [next(started), taken("a", "10:00:00")];
        assert_eq!(tied(&pair).is_some(), is_tied, "{started}");
    }
    let pair = [taken("a", "10:00:00"), next("10:15:00")];
    assert_eq!(tied(&pair), Some(true));
    assert_eq!(only(&pair), told("a", &["a", "b"], &[]));

    let missed = leg("a", "10:00:00", &[]);
    assert_eq!(tied(&[missed, next("10:15:00")]), None, "nobody took it");
    let lost = Summary {
        ended_at: None,
        ..taken("a", "10:00:00")
    };
    assert_eq!(
        tied(&[lost, next("10:15:00")]),
        None,
        "its end is not known"
    );
    let outbound = Summary {
        direction: Some(timeline::Direction::Outbound),
        ..next("10:15:00")
    };
    assert_eq!(tied(&[taken("a", "10:00:00"), outbound]), None);
    let of_connect = |summary: Summary| Summary {
        source: Source::new("amazon-connect").unwrap(),
        ..summary
    };
    let pair = [taken("a", "10:00:00"), next("10:15:00")].map(of_connect);
    assert_eq!(tied(&pair), None, "its source would have told the link");
    let linked = leg("b", "10:15:00", &[(Relation::Previous, "z")]);
    let explicit = stories(&[taken("a", "10:00:00"), linked]);
    assert_eq!(
        (keys(&explicit[0].interactions), explicit[0].correlated),
        (vec!["b"], false),
        "what a link says outranks the times"
    );
}

#[test]
fn a_circle_of_links_is_a_story_that_begins_with_its_oldest_contact() {
    let circle = [
        leg("a", "10:00:00", &[(Relation::Previous, "c")]),
        leg("b", "10:15:00", &[(Relation::Previous, "a")]),
        leg("c", "10:30:00", &[(Relation::Previous, "b")]),
    ];
    assert_eq!(only(&circle), told("a", &["a", "b", "c"], &[]));
}

#[test]
fn what_is_only_related_is_no_transfer() {
    let visit = leg("a", "10:00:00", &[(Relation::Related, "b")]);
    assert_eq!(stories(&[visit, leg("b", "11:00:00", &[])]), []);
}

#[test]
fn stories_are_bounded_whatever_is_transferred_and_noted() {
    let minute = |n: usize| at("00:00:00").plus_millis(i64::try_from(n).unwrap() * 60_000);
    let long: Vec<Summary> = (0..200)
        .map(|n| Summary {
            started_at: minute(n),
            notes: vec![Said {
                text: format!("note {n}").into(),
                agent: None,
                at: minute(n),
            }],
            agents: vec![format!("agent {n}")],
            ..leg(&format!("leg-{n}"), "10:00:00", &[(Relation::Initial, "a")])
        })
        .collect();
    let story = stories(&long).remove(0);
    assert_eq!(story.interactions.len(), MAX_STORY_CONTACTS);
    assert_eq!(story.interactions.last(), Some(&id("leg-199")));
    assert!(story.elsewhere.len() <= MAX_STORY_CONTACTS);
    assert_eq!(story.id, id("a"));
    assert_eq!(story.notes.len(), MAX_STORY_NOTES);
    assert_eq!(story.notes[0].text.expose(), "note 199");
    let many: Vec<Summary> = (0..100)
        .map(|n| Summary {
            last_at: minute(n),
            ..leg(
                &format!("leg-{n}"),
                "10:00:00",
                &[(Relation::Initial, &format!("first-{n}"))],
            )
        })
        .collect();
    let stories = stories(&many);
    assert_eq!(stories.len(), MAX_STORIES);
    assert_eq!(stories[0].id, id("first-99"), "the newest are told");
}

fn any_leg() -> impl Strategy<Value = Summary> {
    let link = (0..4usize, 0..12u8);
    let chain = proptest::collection::vec(link, 0..3);
    (0..8u8, 0..40i64, chain, any::<(bool, bool)>()).prop_map(
        |(key, began, chain, (taken, over))| {
            let started_at: Timestamp = at("10:00:00").plus_millis(began * 1000);
            let ended_at = over.then(|| started_at.plus_millis(5000));
            Summary {
                started_at,
                ended_at,
                last_at: ended_at.unwrap_or(started_at),
                agents: taken.then(|| format!("agent {key}")).into_iter().collect(),
                chain: chain
                    .into_iter()
                    .map(|(how, key)| {
                        let how = [
                            Relation::Initial,
                            Relation::Previous,
                            Relation::Next,
                            Relation::Related,
                        ][how];
                        to(how, &key.to_string())
                    })
                    .collect(),
                ..shown(&key.to_string(), Channel::Call, State::Ended, "10:00:00")
            }
        },
    )
}

proptest! {
    /// Each contact is read once, so a timeline has each id once.
    #[test]
    fn stories_do_not_depend_on_the_order_of_the_timeline_and_share_no_contact(
        legs in proptest::collection::vec(any_leg(), 0..10),
        turn in any::<prop::sample::Index>(),
    ) {
        let mut timeline: Vec<Summary> = Vec::new();
        for leg in legs {
            if timeline.iter().all(|other| other.id != leg.id) {
                timeline.push(leg);
            }
        }
        let told = stories(&timeline);
        let mut other = timeline.clone();
        if !other.is_empty() {
            let middle = turn.index(other.len());
            other.rotate_left(middle);
            other.reverse();
        }
        other.extend(timeline.first().cloned());
        prop_assert_eq!(&stories(&other), &told);
        let mut seen = std::collections::BTreeSet::new();
        for story in &told {
            prop_assert!(story.interactions.len() + story.elsewhere.len() > 1);
            for id in story.interactions.iter().chain(&story.elsewhere) {
                prop_assert!(seen.insert(id.clone()), "{} is in two stories", id.as_str());
            }
            prop_assert!(story.interactions.contains(&story.id) || story.elsewhere.contains(&story.id));
        }
    }
}

/// Two members of a household whose calls follow one another are no transfer.
#[test]
fn complaint_9_calls_of_a_number_that_several_use_are_not_tied_by_time() {
    let taken = Summary {
        agents: vec!["bea".to_owned()],
        ..leg("a", "10:00:00", &[])
    };
    let recall = |shared: bool| Recall {
        recent: vec![leg("b", "10:15:00", &[]), taken.clone()],
        standing: timeline::Standing {
            shared: shared.then(|| timeline::Marked {
                by: timeline::Actor::agent("ann"),
                at: at("09:00:00"),
            }),
            ..timeline::Standing::default()
        },
        ..Recall::default()
    };
    let stories = |shared| {
        ScreenPop::assemble(&identity(ADA), recall(shared), "salt", at("11:00:00"))
            .stories
            .len()
    };
    assert_eq!((stories(false), stories(true)), (1, 0));
}
