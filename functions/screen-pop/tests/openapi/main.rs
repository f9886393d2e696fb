//! The function's part of the OpenAPI document: that real answers are what its schemas say.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what is not there is a failure"
)]

use std::collections::{BTreeMap, BTreeSet};

use lambda_kit::http::{Problem, StatusCode};
use screen_pop::{CustomerPage, InteractionPage};
use serde::Serialize;
use serde_json::{Value, json};
use store::{EventPage, TimelinePage};
use tests::checker;
use tests::openapi::Document;
use timeline::{
    Acted, Author, CallRecord, Channel, Direction, Event, EventId, Fact, Identity, Interaction,
    InteractionId, Message, Note, Place, Promise, PromiseEnd, PromiseEnded, PromiseId, PromiseKind,
    Reach, Reached, Recall, Related, Relation, Scored, ScreenPop, Source, Started, Status,
    StatusChange, Text, Timestamp,
};

const ADA: &str = "tel:+14155550123";
const SALT: &str = "salt-of-the-tests";

#[test]
fn a_pop_is_what_the_schema_says() {
    let pop = pop();
    assert!(pop.customer.is_some() && !pop.warnings.is_empty() && !pop.open.is_empty());
    assert_eq!(faults_of("ScreenPop", &pop), NONE);
    assert_eq!(faults_of("Customer", &pop.customer), NONE);
    assert_eq!(
        faults_of(
            "ScreenPop",
            &ScreenPop::anonymous(timeline::Timestamp::EPOCH)
        ),
        NONE
    );
    let unknown = ScreenPop::assemble(&ada(), Recall::default(), SALT, at(9));
    assert_eq!(faults_of("ScreenPop", &unknown), NONE);
}

#[test]
fn a_page_of_the_timeline_is_what_the_schema_says() {
    for next_cursor in [None, Some("next".to_owned())] {
        let page = TimelinePage {
            interactions: vec![story().summary()],
            unreadable: 0,
            next_cursor,
        };
        assert_eq!(
            faults_of("CustomerPage", &CustomerPage::of(page, at(9))),
            NONE
        );
    }
}

#[test]
fn an_interaction_with_every_kind_of_event_is_what_the_schema_says() {
    let events: Vec<_> = every_fact().into_iter().map(event).collect();
    let interaction = Interaction::of(&events).unwrap();
    let bare = EventPage {
        interaction: Interaction::begin(&nobodys()),
        events: vec![nobodys()],
        next_cursor: None,
    };
    let full = EventPage {
        interaction,
        events,
        next_cursor: Some("next".to_owned()),
    };
    for page in [bare, full] {
        let page = InteractionPage::of(page, SALT, at(9));
        assert_eq!(faults_of("InteractionPage", &page), NONE);
    }
}

#[test]
fn every_kind_of_event_is_in_the_schema() {
    let document = document();
    let described: BTreeSet<_> = document["components"]["schemas"]["Fact"]["oneOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|fact| fact["properties"]["kind"]["const"].as_str().unwrap())
        .collect();
    let facts = every_fact();
    assert_eq!(described, facts.iter().map(Fact::kind).collect());
}

#[test]
fn a_problem_is_what_the_schema_says() {
    let bare = Problem::new(StatusCode::NOT_FOUND);
    assert_eq!(faults_of("Problem", &bare), NONE);
    let full = bare
        .of_type("https://example.com/problem", "A problem")
        .detail("It happened.")
        .field("limit", "is not a number");
    assert_eq!(faults_of("Problem", &full), NONE);
}

#[test]
fn an_answer_that_is_not_what_the_schema_says_is_noticed() {
    let right = serde_json::to_value(pop()).unwrap();
    let spoilt = |spoil: fn(&mut Value)| {
        let mut wrong = right.clone();
        spoil(&mut wrong);
        faults_of("ScreenPop", &wrong)
    };
    let stateless = spoilt(|pop| {
        pop.as_object_mut().unwrap().remove("state");
    });
    assert_eq!(stateless, ["/: misses state"]);
    let coloured = spoilt(|pop| pop["colour"] = "red".into());
    assert_eq!(coloured, ["/colour: unknown"]);
    let unsure = spoilt(|pop| pop["state"] = "perhaps".into());
    assert_eq!(unsure, ["/state: oneOf"]);
    let null = spoilt(|pop| pop["next_cursor"] = Value::Null);
    assert_eq!(null, ["/next_cursor: type"]);
    let moody = spoilt(|pop| pop["timeline"][0]["mood"] = 1.into());
    assert_eq!(moody, ["/timeline/0/mood: unknown"]);
}

// ── An invented customer ──

fn at(hour: i64) -> Timestamp {
    let day: Timestamp = "2026-03-02T00:00:00Z".parse().unwrap();
    day.plus_millis(hour * 3_600_000)
}

fn ada() -> Identity {
    Identity::read(ADA).unwrap()
}

/// An event of which nothing is known that can be unknown.
fn nobodys() -> Event {
    let source = Source::new("crm").unwrap();
    let id = InteractionId::new(&source, "4711").unwrap();
    Event::new(
        id,
        EventId::new("bare").unwrap(),
        source,
        Channel::Chat,
        Fact::Held,
    )
}

/// An event in which all is told.
fn event(fact: Fact) -> Event {
    let bare = nobodys();
    let other = InteractionId::new(&bare.source, "4712").unwrap();
    Event {
        id: EventId::new(fact.kind()).unwrap(),
        occurred_at: Some(at(8)),
        received_at: at(8),
        version: Some(at(8)),
        direction: Some(Direction::Inbound),
        customer: Some(ada()),
        customer_name: Some("Ada Example".into()),
        participants: vec![Identity::read("mailto:ada@example.com").unwrap()],
        related: vec![Related {
            relation: Relation::Previous,
            interaction_id: other,
        }],
        fact,
        ..bare
    }
}

/// One of each kind, with as little said as can be, so that what is not known has to be absent and not null.
fn every_fact() -> Vec<Fact> {
    vec![
        Fact::Started(Started::default()),
        Fact::Queued(Place::default()),
        Fact::Answered(Place::default()),
        Fact::Held,
        Fact::Resumed,
        Fact::Ended(Default::default()),
        Fact::Record(Box::new(CallRecord {
            attributes: BTreeMap::from([("tier".to_owned(), "gold".into())]),
            ..CallRecord::default()
        })),
        message(),
        Fact::Mail(Box::default()),
        Fact::Bounced(Default::default()),
        Fact::Reached(Reached {
            how: Reach::Clicked,
            url: None,
        }),
        status(Status::Open),
        Fact::Viewed(Default::default()),
        Fact::Acted(Acted {
            action: "Checkout Failed".to_owned(),
            attributes: BTreeMap::from([("step".to_owned(), "payment".into())]),
        }),
        Fact::Sent(Default::default()),
        Fact::Signed(Default::default()),
        Fact::Paid(Default::default()),
        Fact::Failed(Default::default()),
        Fact::Declined(Default::default()),
        Fact::Voided(Default::default()),
        Fact::Refunded(Default::default()),
        Fact::Disputed(Default::default()),
        Fact::Scored(Scored {
            survey: "csat".to_owned(),
            score: 4,
            best: None,
            comment: None,
        }),
        Fact::WrapUp(Default::default()),
        Fact::Note(Note {
            text: Text::new("Called back."),
            agent: None,
        }),
        Fact::Promised(Promise {
            id: promise(),
            promised: PromiseKind::Callback,
            text: None,
            owner: None,
            due_at: None,
        }),
        Fact::PromiseEnded(PromiseEnded {
            id: promise(),
            how: PromiseEnd::Kept,
            agent: None,
        }),
        Fact::Updated(Default::default()),
        Fact::Promised(Promise {
            id: PromiseId::of("callback"),
            promised: PromiseKind::Callback,
            text: None,
            owner: None,
            due_at: None,
        }),
        Fact::PromiseEnded(PromiseEnded {
            id: PromiseId::of("callback"),
            how: PromiseEnd::Kept,
            agent: None,
        }),
    ]
}

fn promise() -> PromiseId {
    PromiseId::of("the call back")
}

fn message() -> Fact {
    Fact::Message(Message {
        author: Author::Customer,
        name: None,
        text: Text::new("Where is my parcel?"),
        private: false,
        attachments: Vec::new(),
    })
}

fn status(status: Status) -> Fact {
    Fact::Status(StatusChange {
        status,
        complaint: Some(true),
        agent: Some("Bo".to_owned()),
        queue: Some("Returns".to_owned()),
    })
}

/// A chat that is an open complaint.
fn story() -> Interaction {
    Interaction::of(&[event(message()), event(status(Status::Open))]).unwrap()
}

fn pop() -> ScreenPop {
    let recall = Recall {
        recent: vec![story().summary()],
        more: true,
        first_seen_at: Some(at(1)),
        next_cursor: Some("next".to_owned()),
        ..Recall::default()
    };
    ScreenPop::assemble(&ada(), recall, SALT, at(9))
}

// ── The document ──

const NONE: [&str; 0] = [];

/// The function's part of the document, as the whole has it.
fn document() -> Value {
    let mut document = Document::default();
    let paths = screen_pop::openapi::paths(&mut document.answers);
    document.add_paths(paths);
    document.add_components(screen_pop::openapi::components());
    document.finish()
}

/// Where and how an answer is not what a schema says. Fields that the schema does not know are faults, too.
fn faults_of(schema: &str, answer: &impl Serialize) -> Vec<String> {
    let document = document();
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let answer = serde_json::to_value(answer).unwrap();
    checker::faults(&document, &schema, &answer)
}
