//! Chats and email threads of random events at random, equal, absent and skewed times.

use proptest::prelude::*;
use proptest::sample::Index;
use timeline::{
    Author, Bounced, Business, CallRecord, Direction, Distrust, Event, Fact, Interaction, Mail,
    Message, Note, Related, Relation, Scored, Status, StatusChange, Text, Timestamp, WrapUp,
};

use crate::given::{Story, at, fold, identity, stored};

/// Marks a text that no summary may show.
const SECRET: &str = "secret";

fn text(secret: bool, n: u8) -> Text {
    Text::new(&format!("{} {n}", if secret { SECRET } else { "said" }))
}

fn message() -> impl Strategy<Value = Fact> {
    (0..3u8, any::<bool>(), any::<u8>()).prop_map(|(author, private, n)| {
        let author = [Author::Customer, Author::Agent, Author::System][usize::from(author)];
        Fact::Message(Message {
            author,
            name: Some(format!("Agent {}", n % 20).into()),
            text: text(private || author == Author::System, n),
            private,
            attachments: Vec::new(),
        })
    })
}

fn mail() -> impl Strategy<Value = Fact> {
    (any::<bool>(), proptest::bool::weighted(0.3), any::<u8>()).prop_map(|(outbound, forged, n)| {
        Fact::Mail(Box::new(Mail {
            outbound,
            subject: Some(format!("Subject {n}").into()),
            text: Some(text(forged, n)),
            distrust: forged.then_some(Distrust::Forged).into_iter().collect(),
            ..Mail::default()
        }))
    })
}

fn status() -> impl Strategy<Value = Fact> {
    (0..4usize, any::<Option<bool>>(), 0..30u8).prop_map(|(status, complaint, n)| {
        Fact::Status(StatusChange {
            status: [
                Status::Open,
                Status::Pending,
                Status::Snoozed,
                Status::Resolved,
            ][status],
            complaint,
            agent: Some(format!("Agent {n}")),
            queue: Some(format!("Queue {n}")),
        })
    })
}

fn others() -> impl Strategy<Value = Fact> {
    let wrap_up = (any::<Option<bool>>(), any::<Option<bool>>(), any::<u8>()).prop_map(
        |(complaint, resolved, n)| {
            Fact::WrapUp(WrapUp {
                disposition: Some(format!("code {n}")),
                resolved,
                complaint,
                agent: None,
            })
        },
    );
    let note = any::<u8>().prop_map(|n| {
        Fact::Note(Note {
            text: text(true, n),
            agent: None,
        })
    });
    let record = (any::<Option<bool>>(), time(), time(), any::<u8>()).prop_map(
        |(complaint, started_at, ended_at, n)| {
            Fact::Record(Box::new(CallRecord {
                started_at,
                ended_at,
                complaint,
                agent: Some(format!("Agent {n}")),
                ..CallRecord::default()
            }))
        },
    );
    let business = (0..7usize, any::<Option<u8>>(), time()).prop_map(|(kind, amount, due_at)| {
        let business = Business {
            subject: None,
            amount_minor: amount.map(i64::from),
            currency: Some("EUR".into()),
            due_at,
        };
        [
            Fact::Sent,
            Fact::Signed,
            Fact::Paid,
            Fact::Failed,
            Fact::Declined,
            Fact::Refunded,
            Fact::Disputed,
        ][kind](business)
    });
    let scored = (any::<u8>(), any::<Option<i32>>()).prop_map(|(n, best)| {
        Fact::Scored(Scored {
            survey: format!("survey {n}"),
            score: n.into(),
            best,
            comment: None,
        })
    });
    let bounced = any::<(bool, bool)>().prop_map(|(permanent, reported)| {
        Fact::Bounced(Bounced {
            permanent,
            reported,
            cause: None,
        })
    });
    prop_oneof![
        wrap_up,
        note,
        record,
        business,
        scored,
        bounced,
        Just(Fact::Ended(timeline::Ended::default())),
        Just(Fact::Updated(timeline::Updated::default())),
    ]
}

/// None, one of a few minutes so that many are equal, or the year 2090.
fn time() -> impl Strategy<Value = Option<Timestamp>> {
    prop_oneof![
        1 => Just(None),
        6 => (0..6i64).prop_map(|minute| Some(at("10:00:00").plus_millis(minute * 60_000))),
        1 => Just(Some(at("2090-01-01T00:00:00Z"))),
    ]
}

fn told(story: &Story, id: usize, fact: Fact) -> impl Strategy<Value = Event> + use<> {
    let event = story.event(&format!("e{id}"), fact);
    let own = story.id().clone();
    let who = proptest::option::of(0..4u8);
    (
        time(),
        time(),
        0..10i64,
        who,
        proptest::collection::vec(0..25u8, 0..4),
        any::<bool>(),
    )
        .prop_map(
            move |(occurred_at, version, arrival, who, named, inbound)| {
                let person = |n: u8| identity(&format!("mailto:person{n}@example.com"));
                let mut event = event.clone();
                event.occurred_at = occurred_at;
                event.version = version;
                event.received_at = at("10:00:00").plus_millis(arrival * 60_000);
                event.direction = Some(if inbound {
                    Direction::Inbound
                } else {
                    Direction::Outbound
                });
                event.customer = who.map(person);
                event.customer_name = who.map(|n| format!("Person {n}").into());
                event.participants = named.iter().copied().map(person).collect();
                event.related = named
                    .iter()
                    .map(|n| Related {
                        relation: Relation::Related,
                        interaction_id: if *n == 0 {
                            own.clone()
                        } else {
                            Story::new("mail", &format!("t{n}"), timeline::Channel::Email)
                                .id()
                                .clone()
                        },
                    })
                    .collect();
                event
            },
        )
}

/// Some events of one story, then the same in another order with some of them again.
fn histories(
    story: fn() -> Story,
    fact: BoxedStrategy<Fact>,
) -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    proptest::collection::vec(fact, 1..14)
        .prop_flat_map(move |facts| {
            facts
                .into_iter()
                .enumerate()
                .map(|(id, fact)| told(&story(), id, fact))
                .collect::<Vec<_>>()
        })
        .prop_flat_map(|events| {
            let again = proptest::collection::vec(any::<Index>(), 0..8);
            (Just(events.clone()), again).prop_flat_map(|(events, again)| {
                let mut more = events.clone();
                more.extend(again.iter().map(|index| index.get(&events).clone()));
                (Just(events), Just(more).prop_shuffle())
            })
        })
}

fn chats() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    histories(
        Story::chat,
        prop_oneof![4 => message(), 2 => status(), 2 => others()].boxed(),
    )
}

fn threads() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    histories(
        Story::email,
        prop_oneof![4 => mail(), 2 => others(), 1 => status()].boxed(),
    )
}

fn assert_one_interaction(events: &[Event], again: &[Event]) -> Result<(), TestCaseError> {
    let expected = fold(events);
    prop_assert_eq!(&fold(again), &expected);

    let mut kept = stored(&Interaction::begin(&again[0]));
    for event in &again[1..] {
        kept.apply(event).unwrap();
        kept = stored(&kept);
    }
    prop_assert_eq!(&kept, &expected, "storing between events changes nothing");

    let summary = expected.summary();
    let json = serde_json::to_string(&summary).unwrap();
    let beside_notes = timeline::Summary {
        notes: Vec::new(),
        ..summary.clone()
    };
    let beside_notes = serde_json::to_string(&beside_notes).unwrap();
    prop_assert!(!beside_notes.contains(SECRET), "{}", beside_notes);
    prop_assert_eq!(
        serde_json::from_str::<timeline::Summary>(&json).unwrap(),
        summary.clone()
    );
    prop_assert!(summary.started_at <= summary.last_at);
    prop_assert!(
        summary.last_at <= at("10:14:00"),
        "at most five minutes after the last arrival"
    );
    let customer = expected.customer().map(|customer| &customer.uri);
    prop_assert!(
        expected
            .participants()
            .all(|other| Some(&other.uri) != customer)
    );
    prop_assert!(
        expected
            .related()
            .all(|related| related.interaction_id != *expected.id())
    );
    Ok(())
}

proptest! {
    #[test]
    fn complaint_13_a_chat_is_the_same_in_any_order_with_any_repetition((events, again) in chats()) {
        assert_one_interaction(&events, &again)?;
    }

    #[test]
    fn complaint_13_an_email_thread_is_the_same_in_any_order_with_any_repetition((events, again) in threads()) {
        assert_one_interaction(&events, &again)?;
    }
}
