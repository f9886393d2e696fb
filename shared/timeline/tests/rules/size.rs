//! An interaction stays far below what one item of the store may hold, whatever is said of it and how often.

use timeline::{
    Business, CallRecord, Channel, Ended, Event, Fact, Opening, Personal, Place, Promise,
    PromiseId, PromiseKind, Related, Relation, Scored, Started, Text, WrapUp,
};

use crate::given::{ADA, Story, Told, at, fold, identity};

/// What an item may take in `DynamoDB`, and how much of that an interaction leaves to the rest of its item.
const ITEM_LIMIT: usize = 400 * 1024;

fn bytes(value: &impl serde::Serialize) -> usize {
    serde_json::to_vec(value).unwrap().len()
}

#[test]
fn a_usual_call_takes_a_few_kilobytes_and_its_summary_less_than_one() {
    let story = Story::new(
        "amazon-connect",
        "6f2a0c1e-5d0b-4f3e-9b54-0123456789ab",
        Channel::Call,
    );
    let place = Place {
        queue: Some("Sales Europe".into()),
        agent: Some("bea.example".into()),
    };
    let id = |n: u8| format!("0e8d7a52-3c3c-4a39-8f6e-0123456789{n:02}");
    let mut record = CallRecord {
        started_at: Some(at("10:00:00")),
        queued_at: Some(at("10:00:20")),
        answered_at: Some(at("10:01:00")),
        ended_at: Some(at("10:05:00")),
        agent: Some("bea.example".into()),
        queue: Some("Sales Europe".into()),
        disposition: Some("bid-wanted".into()),
        ..CallRecord::default()
    };
    record.attributes.insert("plan".into(), "gold".into());
    let ivr = Started {
        opening: Opening::Ivr,
        ..Started::default()
    };
    let call = fold(&[
        story.event(&id(1), Fact::Started(ivr)).at("10:00:00"),
        story
            .event(&id(2), Fact::Queued(place.clone()))
            .at("10:00:20"),
        story.event(&id(3), Fact::Answered(place)).at("10:01:00"),
        story
            .event(&id(4), Fact::Ended(Ended::default()))
            .at("10:05:00"),
        story
            .event(&id(5), Fact::Record(Box::new(record)))
            .at("10:06:00")
            .version("10:06:00")
            .from(ADA)
            .inbound(),
    ]);
    let (whole, shown) = (bytes(&call), bytes(&call.summary()));
    println!("a usual call: {whole} bytes, its summary: {shown} bytes");
    assert!(whole < 2 * 1024, "{whole}");
    assert!(shown < 512, "{shown}");
}

/// Says as much as can be said in every field, with characters that JSON writes the longest.
fn endless(story: &Story, n: usize) -> Vec<Event> {
    let long = format!("{n} {}", "\u{1}\u{10ffff}\"".repeat(20_000));
    let texts = || Some(Personal::new(long.clone()));
    let place = Place {
        queue: Some(long.clone()),
        agent: Some(long.clone()),
    };
    let mut record = CallRecord {
        agent: Some(long.clone()),
        queue: Some(long.clone()),
        cause: Some(long.clone()),
        initiation: Some(long.clone()),
        disposition: Some(long.clone()),
        recording: Some(long.clone()),
        ..CallRecord::default()
    };
    for key in 0..64 {
        record
            .attributes
            .insert(format!("{key}"), long.as_str().into());
    }
    let facts = [
        Fact::Started(Started {
            subject: texts(),
            ringing: vec![long.clone(); 50],
            ..Started::default()
        }),
        Fact::Answered(place),
        Fact::Ended(Ended {
            cause: Some(long.clone()),
            forwarded: true,
        }),
        Fact::Scored(Scored {
            survey: long.clone(),
            score: 1,
            best: None,
            comment: Some(Text::new(&long)),
        }),
        Fact::Paid(Business {
            subject: texts(),
            amount_minor: Some(i64::MIN),
            currency: Some(long.clone()),
            due_at: Some(at("10:00:00")),
        }),
        Fact::WrapUp(WrapUp {
            disposition: Some(long.clone()),
            ..WrapUp::default()
        }),
        Fact::Record(Box::new(record)),
    ];
    let person = |part: usize| {
        let key = format!("{n}-{part}-{}", "\"".repeat(190));
        let mut person = identity(&format!("crm:shop/{key}"));
        person.raw = long.as_str().into();
        person
    };
    let events = facts.into_iter().enumerate().map(|(part, fact)| {
        let id = format!("{n:0>100}{part:0>100}");
        let mut event = story.event(&id, fact).at("10:00:00");
        if event.fact.kind() == "record" {
            event = event.version("10:00:00");
        }
        event.customer = Some(person(part));
        event.customer_name = texts();
        event.participants = (0..30).map(|other| person(100 + other)).collect();
        event.related = (0..30)
            .map(|other| Related {
                relation: Relation::Previous,
                interaction_id: Story::new(
                    "mail",
                    &format!("{n:0>100}{other:0>100}"),
                    Channel::Email,
                )
                .id()
                .clone(),
            })
            .collect();
        event
    });
    events.collect()
}

#[test]
fn no_history_makes_an_interaction_too_large_to_store() {
    let story = Story::new(&"s".repeat(40), &"k".repeat(200), Channel::Call);
    let events: Vec<Event> = (0..20).flat_map(|n| endless(&story, n)).collect();
    let call = fold(&events);
    let unrecorded = fold(
        &events
            .into_iter()
            .filter(|event| event.version.is_none())
            .collect::<Vec<_>>(),
    );
    let (whole, shown) = (bytes(&call), bytes(&unrecorded.summary()));
    println!("the largest interaction: {whole} bytes, its summary: {shown} bytes");
    assert!(whole < ITEM_LIMIT / 2, "{whole}");
    assert!(shown < 32 * 1024, "{shown}");
}

#[test]
fn no_number_of_promises_makes_an_interaction_too_large_to_store() {
    let story = Story::new(&"s".repeat(40), &"k".repeat(200), Channel::Call);
    let long = "\u{10ffff}\"".repeat(20_000);
    let events: Vec<Event> = (0..200)
        .map(|n| {
            let promise = Promise {
                id: PromiseId::try_from(format!("{n:0>64}")).unwrap(),
                promised: PromiseKind::Callback,
                text: Some(long.as_str().into()),
                owner: Some(long.clone()),
                due_at: Some(at("10:00:00")),
            };
            let made = story.event(&format!("{n:0>200}"), Fact::Promised(promise));
            made.at("10:00:00")
        })
        .collect();
    let call = fold(&events);
    let (whole, shown) = (bytes(&call), bytes(&call.summary()));
    println!("the most promises: {whole} bytes, its summary: {shown} bytes");
    assert!(whole < ITEM_LIMIT / 2, "{whole}");
    assert!(shown < 64 * 1024, "{shown}");
}
