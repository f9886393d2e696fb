//! The OpenAPI document: that the written one is that of the code, that its routes are those of the template, and that
//! real answers are what its schemas say.
#![expect(
    clippy::unwrap_used,
    reason = "in a test, what is not there is a failure"
)]

mod checker;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lambda_kit::http::{Problem, StatusCode};
use sam_template::{GeneratedSecret, Pseudo, Resolver, Template};
use screen_pop::openapi::document;
use screen_pop::{CustomerPage, InteractionPage};
use serde::Serialize;
use serde_json::{Value, json};
use store::{EventPage, TimelinePage};
use timeline::{
    Author, CallRecord, Channel, Direction, Event, EventId, Fact, Identity, Interaction,
    InteractionId, Message, Note, Place, Recall, Related, Relation, Scored, ScreenPop, Source,
    Started, Status, StatusChange, Text, Timestamp,
};

const ADA: &str = "tel:+14155550123";
const SALT: &str = "salt-of-the-tests";

#[test]
fn the_written_document_is_the_one_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let mut text = serde_json::to_string_pretty(&document()).unwrap();
    text.push('\n');
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == text,
        "docs/openapi.json is old: UPDATE_DOCS=1 cargo test -p screen-pop --test openapi"
    );
}

#[test]
fn the_routes_are_those_of_the_template() {
    let deployed: BTreeSet<_> = template_routes().into_iter().collect();
    let document = document();
    let described: BTreeSet<_> = operations(&document)
        .map(|(path, method, operation)| {
            // What the document asks of everybody holds where an operation says nothing else.
            let security = operation.get("security").unwrap_or(&document["security"]);
            let guarded = security.as_array().is_some_and(|ways| !ways.is_empty());
            (method.to_uppercase(), path.to_owned(), guarded)
        })
        .collect();
    assert_eq!(described, deployed);
}

#[test]
fn each_parameter_of_a_path_is_described() {
    let document = document();
    for (path, _, operation) in operations(&document) {
        let described: Vec<_> = operation["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
            .collect();
        let named: Vec<_> = path
            .split('/')
            .filter(|part| part.starts_with('{'))
            .collect();
        assert_eq!(described, named, "{path}");
    }
}

#[test]
fn each_component_is_referred_to_and_each_reference_leads_to_one() {
    let document = document();
    let mut referred = BTreeSet::new();
    walk(&document, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            referred.insert(target.to_owned());
        }
    });
    let defined: BTreeSet<_> = ["parameters", "responses", "schemas"]
        .into_iter()
        .flat_map(|sort| {
            let components = document["components"][sort].as_object().unwrap();
            components
                .keys()
                .map(move |name| format!("#/components/{sort}/{name}"))
        })
        .collect();
    assert_eq!(referred, defined);
}

#[test]
fn each_field_is_described_in_words_for_callers() {
    let document = document();
    walk(&document["components"]["schemas"], &mut |value| {
        for (name, field) in value
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            assert!(
                field.get("description").is_some() || field.get("const").is_some(),
                "{name} is not described"
            );
        }
        if let Some(description) = value.get("description").and_then(Value::as_str) {
            for code in ["[`", "::", "`None`", "`Some", "Source:", "Debug"] {
                assert!(!description.contains(code), "{description}");
            }
            assert!(!description.is_empty() && !description.contains('\n'));
        }
    });
}

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
        status(Status::Open),
        Fact::Viewed(Default::default()),
        Fact::Sent(Default::default()),
        Fact::Signed(Default::default()),
        Fact::Paid(Default::default()),
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
        Fact::Updated(Default::default()),
    ]
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
        known: true,
        incomplete: false,
    };
    ScreenPop::assemble(&ada(), recall, SALT, at(9))
}

// ── The template ──

struct Nowhere;

impl Resolver for Nowhere {
    fn queue_url(&self, queue: &str) -> String {
        queue.to_owned()
    }

    fn table_name(&self, logical_id: &str) -> String {
        logical_id.to_owned()
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        secret.logical_id.clone()
    }
}

/// Method and path of each route that leads to the function, and whether a token is needed.
fn template_routes() -> Vec<(String, String, bool)> {
    let parameters = [
        ("JwtIssuer", "https://issuer.example.com/"),
        ("JwtAudience", "desk"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let stack = Template::parse(include_str!("../../../../template.yaml"))
        .and_then(|template| template.resolve(&parameters.into(), &Pseudo::local("dev"), &Nowhere))
        .unwrap();
    stack
        .functions
        .into_iter()
        .filter(|function| function.binary == screen_pop::NAME)
        .flat_map(|function| function.http_events)
        .map(|route| (route.method, route.path, route.authorizer.is_some()))
        .collect()
}

// ── The document ──

const NONE: [&str; 0] = [];

fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods
            .iter()
            .map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Shows each value of the document to `visit`.
fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|field| walk(field, visit)),
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Where and how an answer is not what a schema says. Fields that the schema does not know are faults, too.
fn faults_of(schema: &str, answer: &impl Serialize) -> Vec<String> {
    let document = document();
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    let answer = serde_json::to_value(answer).unwrap();
    checker::faults(&document, &schema, &answer)
}
