//! The function as an Amazon Connect flow calls it: real events in, on a real table, a flat map out.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

mod desk;

use std::time::Duration;

use connect_flow::{FLOW_BUDGET, Flow, MAX_INTERACTIONS};
use lambda_kit::config::Env;
use serde_json::json;
use tests::story::{answer, hangup, interaction, ring};
use tests::wire::{Passage, Wire};
use timeline::{Basis, Identity, InteractionId, State, Timestamp};

use desk::{Desk, ask, sample};
use tokio::time::Instant;

const CONTACT: &str = "amazon-connect:8f2b6c1e-4d7a-4c59-9b3e-0a1d2c3b4e5f";
const ADA: &str = "+14155550123";

fn ada() -> Identity {
    Identity::read(&format!("tel:{ADA}")).unwrap()
}

fn contact() -> InteractionId {
    CONTACT.parse().unwrap()
}

/// A past with an ended call, and a chat that is an open complaint.
async fn with_a_past() -> Desk {
    let desk = Desk::open().await;
    let call = interaction("call-1");
    desk.store(&[
        ring(&call, 0, Some(ada())),
        answer(&call, 12),
        hangup(&call, 312),
    ])
    .await;
    desk.store(&desk::complaint("chat-1", ada())).await;
    desk
}

#[tokio::test]
async fn a_flow_is_told_who_calls_and_the_contact_is_tied_to_its_number() {
    let desk = with_a_past().await;
    let told = desk.ask(sample("inbound")).await;
    // What is open is so by this machine's clock.
    insta::assert_json_snapshot!("told", told, {
        ".complaint_since" => "[time]",
        ".last_at" => "[time]",
        ".open_1_at" => "[time]",
        ".warning_1_since" => "[time]",
    });
    let contact = desk.interaction(&contact()).await.unwrap();
    assert_eq!(contact.customer(), Some(&ada()));
}

#[tokio::test]
async fn each_of_three_tries_gets_the_same_answer_and_one_event_is_stored() {
    let desk = Desk::open().await;
    let first = desk.ask(sample("inbound")).await;
    assert_eq!(first["state"], "unknown", "the contact itself is no past");
    assert_eq!(first["stored"], "true");
    for _ in 0..2 {
        assert_eq!(desk.ask(sample("inbound")).await, first);
    }
    assert_eq!(desk.events(&contact()).await, 1);
    let past = with_a_past().await;
    let first = past.ask(sample("inbound")).await;
    for _ in 0..2 {
        assert_eq!(past.ask(sample("inbound")).await, first);
    }
}

#[tokio::test]
async fn each_try_gets_the_same_answer_however_long_the_past() {
    for calls in [
        MAX_INTERACTIONS,
        MAX_INTERACTIONS + 1,
        MAX_INTERACTIONS + 11,
    ] {
        let desk = Desk::open().await;
        for number in 0..calls {
            let call = interaction(&format!("call-{number}"));
            desk.store(&[ring(&call, 0, Some(ada()))]).await;
        }
        let first = desk.ask(sample("inbound")).await;
        assert_eq!(first["stored"], "true");
        assert_eq!(first["interactions"], MAX_INTERACTIONS.to_string());
        let more = calls > MAX_INTERACTIONS;
        assert_eq!(first["more_interactions"], more.to_string(), "{calls}");
        for _ in 0..2 {
            assert_eq!(desk.ask(sample("inbound")).await, first, "{calls}");
        }
    }
}

#[tokio::test]
async fn a_later_contact_event_meets_the_same_interaction_and_the_pop_shows_it_while_it_rings() {
    let desk = Desk::open().await;
    desk.ask(sample("inbound")).await;
    let ringing = desk.pop(&ada()).await;
    assert_eq!(ringing.open.len(), 1);
    assert_eq!(
        (ringing.open[0].id.clone(), ringing.open[0].state),
        (contact(), State::Ivr)
    );
    let now: Timestamp = ringing.open[0].started_at;
    desk.queue("CONNECTED_TO_SYSTEM", "connectedToSystemTimestamp", now)
        .await;
    desk.queue(
        "DISCONNECTED",
        "disconnectTimestamp",
        now.plus_millis(60_000),
    )
    .await;
    assert_eq!(desk.events(&contact()).await, 3);
    let over = desk.pop(&ada()).await;
    assert_eq!(over.open.len(), 0);
    assert_eq!(
        (over.timeline[0].id.clone(), over.timeline[0].state),
        (contact(), State::Ended)
    );
}

#[tokio::test]
async fn the_same_event_through_the_queue_is_a_duplicate() {
    let desk = Desk::open().await;
    desk.ask(sample("inbound")).await;
    desk.relay(&sample("inbound")).await;
    assert_eq!(desk.events(&contact()).await, 1);
}

#[tokio::test]
async fn complaint_31_a_table_that_does_not_answer_gives_an_answer_in_time() {
    let desk = with_a_past().await;
    for passage in [Passage::Silence, Passage::Throttled, Passage::RequestLost] {
        let plan = passage.clone();
        let (client, _) = Wire::broken(&desk.client, move |_| plan.clone());
        let function = desk.function(client);
        let began = Instant::now();
        let told = ask(&function, sample("inbound")).await;
        let took = began.elapsed();
        assert!(
            took < FLOW_BUDGET + Duration::from_millis(500),
            "{passage:?} took {took:?}"
        );
        assert_eq!(told["state"], "degraded", "{passage:?}");
        assert_eq!(told["stored"], "false", "{passage:?}");
    }
}

#[tokio::test]
async fn one_half_that_fails_leaves_the_other() {
    let desk = with_a_past().await;
    let (client, _) = Wire::broken(&desk.client, |operation| match operation {
        "TransactWriteItems" => Passage::Silence,
        _ => Passage::Through,
    });
    let told = ask(&desk.function(client), sample("inbound")).await;
    assert_eq!(
        (told["state"].as_str(), told["stored"].as_str()),
        ("match", "false")
    );
    let (client, _) = Wire::broken(&desk.client, |operation| match operation {
        "Query" => Passage::Silence,
        _ => Passage::Through,
    });
    let told = ask(&desk.function(client), sample("inbound")).await;
    assert_eq!(
        (told["state"].as_str(), told["stored"].as_str()),
        ("degraded", "true")
    );
}

#[tokio::test]
async fn complaint_10_the_companys_own_number_is_nobody_to_a_flow() {
    let desk = with_a_past().await;
    let own = desk.function(desk.client.clone());
    let own = own.of_company(ADA.parse().unwrap());
    let told = ask(&own, sample("inbound")).await;
    let keys: Vec<_> = told.keys().map(String::as_str).collect();
    assert_eq!(keys, ["state", "stored"]);
    assert_eq!((&*told["state"], &*told["stored"]), ("unknown", "true"));
    let contact = desk.interaction(&contact()).await.unwrap();
    assert_eq!(contact.customer(), None);
}

#[tokio::test]
async fn complaint_5_and_9_of_nobody_certain_a_flow_is_told_no_name_and_no_warning() {
    let (ann, bob) = ("mailto:ann@example.com", "mailto:bob@example.com");
    for state in ["shared", "candidates"] {
        let desk = Desk::open().await;
        if state == "shared" {
            desk.store(&desk::complaint("chat-1", ada())).await;
            desk.people().share(&ada()).await;
        }
        for uri in [ann, bob] {
            let other = Identity::read(uri).unwrap();
            desk.people().name(&other, "Ann Sample").await;
            let people = desk.people();
            people.claim(&other, &ada(), Basis::Typed, None).await;
        }
        let told = desk.ask(sample("inbound")).await;
        assert_eq!((&*told["state"], &*told["stored"]), (state, "true"));
        assert_eq!(told.len(), 2, "{told:?}");
    }
}

#[tokio::test]
async fn lookup_and_append_go_at_once() {
    let desk = Desk::open().await;
    // Three reads of the pop and the append's first request: they only get through together.
    let (client, wire) = Wire::abreast(&desk.client, 4);
    let budget = Duration::from_millis(500);
    ask(&desk.function_within(client, budget), sample("inbound")).await;
    assert!(wire.requests().len() >= 4, "{:?}", wire.requests());
    assert_eq!(
        wire.requests()[..4]
            .iter()
            .filter(|name| *name == "Query")
            .count(),
        3
    );
}

#[tokio::test]
async fn whatever_comes_gets_a_flat_map_of_texts() {
    let desk = with_a_past().await;
    let expected = [
        ("chat", "anonymous"),
        ("inbound", "match"),
        ("no-contact-id", "degraded"),
        ("outbound", "match"),
        ("withheld", "anonymous"),
    ];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), expected.len());
    let contacts = desk::contacts();
    for (number, (name, state)) in expected.into_iter().enumerate() {
        let mut event = sample(name);
        if let Some(id) = event["Details"]["ContactData"].get_mut("ContactId") {
            *id = json!(contacts[number]);
        }
        let told = desk.ask(event).await;
        assert_eq!(told["state"], state, "{name}");
        assert_eq!(
            told["stored"],
            (name != "no-contact-id").to_string(),
            "{name}"
        );
    }
    for event in [
        json!(null),
        json!([]),
        json!({"Name": "ContactFlowEvent"}),
        json!("x"),
    ] {
        let told = desk.ask(event).await;
        assert_eq!(told["state"], "degraded");
    }
    for channel in ["FAX", ""] {
        let mut event = sample("inbound");
        event["Details"]["ContactData"]["Channel"] = json!(channel);
        assert!(desk.ask(event).await.contains_key("state"));
    }
}

#[tokio::test]
async fn keys_are_plain_and_values_are_texts_of_one_line() {
    let desk = with_a_past().await;
    for number in 0..8 {
        let id = format!("chat-{}", number + 2);
        desk.store(&desk::complaint(&id, ada())).await;
    }
    let told = desk.ask(sample("inbound")).await;
    assert!(told.contains_key("open_5_channel") && !told.contains_key("open_6_channel"));
    assert_eq!(told["open_count"], "9");
    for (key, value) in &told {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(key.chars().all(plain), "{key}");
        assert!(!value.is_empty() && !value.contains('\n'), "{key}");
    }
}

#[tokio::test]
async fn an_invocation_without_time_is_answered_at_once() {
    let desk = with_a_past().await;
    let function = desk.function(desk.client.clone());
    let event = lambda_runtime::LambdaEvent::new(sample("inbound"), Default::default());
    let told = function.handle(event).await;
    assert_eq!(
        (told["state"].as_str(), told["stored"].as_str()),
        ("degraded", "false")
    );
}

#[test]
fn the_environment_is_checked_at_once() {
    let given = |budget: &str| {
        let variables = [
            ("TABLE_NAME", "timeline"),
            ("STACK_SECRET", "secret"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "key"),
            ("FLOW_BUDGET_MS", budget),
        ];
        Flow::new(Env::from_map(variables))
            .err()
            .map(|error| error.to_string())
    };
    assert_eq!(given(""), None);
    assert_eq!(given("7500"), None);
    for wrong in ["7501", "99", "soon"] {
        assert!(given(wrong).unwrap().contains("FLOW_BUDGET_MS"), "{wrong}");
    }
    let empty = Env::from_map::<String, String>([]);
    let names: Vec<_> = Flow::new(empty).err().unwrap().names().collect();
    assert!(names.contains(&"TABLE_NAME") && names.contains(&"STACK_SECRET"));
}

/// Else it would have to be noted here, as the ingest functions note it.
#[test]
fn no_event_of_a_flow_claims_an_identity_or_tells_of_the_person() {
    let fixtures = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/sources/fixtures/amazon-connect-flow"
    );
    let context = sources::Context {
        received_at: Timestamp::EPOCH,
        region: "US".parse().ok(),
    };
    let mut of_customers = 0;
    for file in std::fs::read_dir(fixtures).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let Ok(payload) = serde_json::from_str(&text) else {
            continue;
        };
        let reading = sources::connect_flow(payload, &context);
        for event in reading.into_iter().flat_map(|reading| reading.events) {
            assert!(event.claims.is_empty() && event.traits.is_empty());
            of_customers += usize::from(event.customer.is_some());
        }
    }
    assert!(of_customers >= 5, "{of_customers}");
}
