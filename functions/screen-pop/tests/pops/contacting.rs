//! Whether a customer may be contacted, read from a real table.

use serde_json::{Value, json};
use tests::story::{caller, event, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Bounced, Channel, CustomerId, Event, Fact, Identity, Mail, Status, StatusChange};

use crate::desk::{self, Answer, Desk, ask, sample};

const MAIL: &str = "mailto:ada@example.com";

fn identity(uri: &str) -> Identity {
    Identity::read(uri).unwrap()
}

async fn id_of(desk: &Desk, uri: &str) -> String {
    let uri = uri.replace('+', "%2B");
    let pop = desk.ask(desk::pop(&format!("identity={uri}"))).await.body;
    pop["customer"]["id"].as_str().unwrap().to_owned()
}

async fn may(desk: &Desk, customer: &str, query: &str) -> Answer {
    desk.ask(desk::may_contact(customer, query)).await
}

/// Whether it is allowed, and by which rule and event it is not.
fn decided(answer: &Answer) -> (bool, &Value, &Value) {
    assert_eq!(answer.status, 200, "{}", answer.body);
    let by = &answer.body["decided_by"];
    (
        answer.body["allow"].as_bool().unwrap(),
        &by["rule"],
        &by["event_id"],
    )
}

fn complaint(second: i64) -> Vec<Event> {
    let chat = interaction("complaint");
    let marked = StatusChange {
        status: Status::Open,
        complaint: Some(true),
        agent: None,
        queue: None,
    };
    let mut event = event(&chat, "complained", second, Fact::Status(marked));
    event.customer = Some(caller(0));
    vec![event]
}

fn mailed(key: &str, second: i64, fact: Fact) -> Vec<Event> {
    let mut event = event(&interaction(key), "mail", second, fact);
    event.channel = Channel::Email;
    event.customer = Some(identity(MAIL));
    vec![event]
}

fn bounce() -> Fact {
    Fact::Bounced(Bounced {
        permanent: true,
        ..Bounced::default()
    })
}

/// Mail of the company, which nobody has received yet.
fn sent() -> Fact {
    Fact::Mail(Box::new(Mail {
        outbound: true,
        ..Mail::default()
    }))
}

#[tokio::test]
async fn an_open_complaint_denies_sales_with_its_event_and_allows_service() {
    let desk = Desk::open().await;
    desk.store(&complaint(0)).await;
    let customer = id_of(&desk, caller(0).uri.expose()).await;
    for (purpose, allow) in [("sales", false), ("marketing", false), ("service", true)] {
        let answer = may(&desk, &customer, &format!("purpose={purpose}&channel=call")).await;
        let by = |value: &str| if allow { Value::Null } else { json!(value) };
        assert_eq!(
            decided(&answer),
            (allow, &by("open_complaint"), &by("complained")),
            "{purpose}"
        );
        assert_eq!(
            answer.body["looked_back_to"],
            Value::Null,
            "all was looked at"
        );
    }
}

#[tokio::test]
async fn a_bounced_address_of_a_linked_identity_denies_email_to_the_customer() {
    let desk = Desk::open().await;
    desk.store(&[ring(&interaction("call"), 0, Some(caller(0)))])
        .await;
    desk.store(&mailed("mail", 60, bounce())).await;
    let customer = id_of(&desk, caller(0).uri.expose()).await;
    let service = "purpose=service&channel=email";
    assert!(
        decided(&may(&desk, &customer, service).await).0,
        "another's"
    );
    desk.people().link(&[caller(0), identity(MAIL)]).await;
    let answer = may(&desk, &customer, service).await;
    assert_eq!(
        decided(&answer),
        (false, &json!("address_bounced"), &json!("mail"))
    );
    assert_eq!(answer.body["decided_by"]["identity"], MAIL);
    let call = may(&desk, &customer, "purpose=service&channel=call").await;
    assert!(decided(&call).0);
    let there = format!("{service}&identity={MAIL}");
    assert!(!decided(&may(&desk, &customer, &there).await).0);
}

#[tokio::test]
async fn a_bounce_that_is_older_than_a_page_denies_still_until_the_customer_writes() {
    let desk = Desk::open().await;
    desk.store(&mailed("first", 0, bounce())).await;
    let more = i64::try_from(store::MAX_PAGE).unwrap() + 5;
    for n in 1..=more {
        desk.store(&mailed(&format!("mail-{n}"), n * 60, sent()))
            .await;
    }
    let customer = id_of(&desk, MAIL).await;
    let email = "purpose=marketing&channel=email";
    let answer = may(&desk, &customer, email).await;
    assert_eq!(
        (
            decided(&answer).0,
            &answer.body["decided_by"]["interaction_id"]
        ),
        (false, &json!("invented:first"))
    );
    let own = Fact::Mail(Box::default());
    desk.store(&mailed("answer", more * 60 + 60, own)).await;
    assert!(decided(&may(&desk, &customer, email).await).0);
}

#[tokio::test]
async fn a_question_that_cannot_be_understood_names_each_parameter_and_quotes_nothing() {
    let desk = Desk::open().await;
    let nobody = "cus_tckndzsc5k2tnxdscsqshqqkef";
    for (query, names) in [
        ("", vec!["purpose", "channel"]),
        ("purpose=sales", vec!["channel"]),
        ("purpose=zzz&channel=zzz", vec!["purpose", "channel"]),
        ("purpose=&channel=call", vec!["purpose"]),
        (
            "purpose=sales&purpose=service&channel=call",
            vec!["purpose"],
        ),
        ("purpose=sales&channel=call&identity=zzz", vec!["identity"]),
        ("purpose=Sales&channel=call", vec!["purpose"]),
    ] {
        let answer = may(&desk, nobody, query).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (400, "application/problem+json"),
            "{query}"
        );
        let errors = answer.body["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| &error["name"]).collect();
        assert_eq!(named, names, "{query}");
        assert!(!answer.body.to_string().contains("zzz"), "{query}");
    }
    let answer = may(&desk, nobody, "purpose=sales&channel=call").await;
    assert_eq!(answer.status, 404);
    desk.store(&complaint(0)).await;
    let customer = id_of(&desk, caller(0).uri.expose()).await;
    let other = format!("purpose=sales&channel=email&identity={MAIL}");
    let answer = may(&desk, &customer, &other).await;
    assert_eq!(
        (answer.status, &answer.body["errors"][0]["name"]),
        (400, &json!("identity")),
        "it is another's"
    );
}

/// Each read by itself fails once: nothing may be allowed by ignorance.
#[tokio::test]
async fn what_cannot_be_read_is_never_taken_for_an_allowance() {
    let desk = Desk::open().await;
    desk.store(&[ring(&interaction("call"), 0, Some(caller(0)))])
        .await;
    let customer = id_of(&desk, caller(0).uri.expose()).await;
    let question = || desk::may_contact(&customer, "purpose=sales&channel=call");
    let (client, wire) = Wire::watching(&desk.client);
    assert_eq!(ask(&desk.function(client), question()).await.status, 200);
    let reads = wire.requests().len();
    assert_eq!(wire.requests(), ["GetItem", "Query", "Query"]);
    for failing in 0..reads {
        let counted = std::sync::atomic::AtomicUsize::new(0);
        let (client, _) = Wire::broken(&desk.client, move |_| {
            let number = counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            // What is tried again fails again.
            if number == failing || number >= reads {
                Passage::Silence
            } else {
                Passage::Through
            }
        });
        let answer = ask(&desk.function(client), question()).await;
        assert_eq!(
            (answer.status, answer.content_type.as_str()),
            (503, "application/problem+json"),
            "request {failing}"
        );
    }
}

#[tokio::test]
async fn the_sample_is_a_question_of_this_route() {
    let desk = Desk::open().await;
    let event = sample("may-contact");
    assert_eq!(event["routeKey"], "GET /v1/customers/{id}/may-contact");
    assert_eq!(desk.ask(event).await.status, 404);
    let id: Result<CustomerId, _> = sample("may-contact")["pathParameters"]["id"]
        .as_str()
        .unwrap()
        .parse();
    assert!(id.is_ok());
}
