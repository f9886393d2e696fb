//! How often the table is asked: once, whatever the past; and what is told when it does not answer.

use std::time::Duration;

use lambda_kit::metrics::Metrics;
use screen_pop::POP_BUDGET;
use serde_json::json;
use tests::story::{caller, interaction, ring};
use tests::wire::{Passage, Wire};

use timeline::Identity;
use tokio::time::Instant;

use crate::desk::{Desk, Figures, ask, pop, sample};

#[tokio::test]
async fn a_pop_is_three_requests_in_one_round_trip_after_one_call_and_after_two_hundred() {
    let desk = Desk::open().await;
    // None is let through before all three are on their way, so a second round trip would never come back.
    let (client, wire) = Wire::abreast(&desk.client, 3);
    let function = desk.function(client);
    let mut stored = 0;
    for calls in [0, 1, 200] {
        for call in stored..calls {
            let id = interaction(&format!("call-{call}"));
            desk.store(&[ring(&id, call * 60, Some(caller(0)))]).await;
        }
        stored = calls;
        wire.forget();
        let pop = ask(&function, sample("pop-by-phone")).await.body;
        assert_eq!(pop["state"], if calls == 0 { "unknown" } else { "match" });
        let mut requests = wire.requests();
        requests.sort();
        assert_eq!(requests, ["Query", "Query", "Query"], "after {calls} calls");
    }
}

/// Digits that a person dials at home, and that telephony sends for somebody abroad with the plus left out.
#[tokio::test]
async fn digits_of_two_meanings_are_both_asked_in_one_round_trip_and_the_known_one_is_shown() {
    const DIGITS: &str = "14155550123";
    let national = Identity::read("tel:+4914155550123").unwrap();
    let international = Identity::read("tel:+14155550123").unwrap();
    let desk = Desk::open().await;
    let (client, wire) = Wire::abreast(&desk.client, 6);
    let function = desk.function_in("DE", client);
    let shown = async || {
        wire.forget();
        let pop = ask(&function, pop(&format!("phone={DIGITS}"))).await.body;
        assert_eq!(wire.requests().len(), 6);
        (pop["state"].clone(), pop["identity"]["uri"].clone())
    };
    let uri = |identity: &Identity| json!(identity.uri.expose());
    assert_eq!(shown().await, (json!("unknown"), uri(&national)));
    let call = |id, from: &Identity| [ring(&interaction(id), 0, Some(from.clone()))];
    desk.store(&call("abroad", &international)).await;
    assert_eq!(shown().await, (json!("match"), uri(&international)));
    desk.store(&call("home", &national)).await;
    assert_eq!(shown().await, (json!("match"), uri(&national)));
}

#[tokio::test]
async fn digits_are_read_as_whoever_has_a_past_before_whom_somebody_only_claims() {
    let desk = Desk::open().await;
    let national = Identity::read("tel:+4914155550123").unwrap();
    let international = Identity::read("tel:+14155550123").unwrap();
    let mail = Identity::read("mailto:ada@example.com").unwrap();
    let people = desk.people();
    people
        .claim(&mail, &national, timeline::Basis::Typed, None)
        .await;
    let shown = async || {
        let function = desk.function_in("DE", desk.client.clone());
        let pop = ask(&function, pop("phone=14155550123")).await.body;
        (pop["state"].clone(), pop["identity"]["uri"].clone())
    };
    let told = |state: &str, of: &Identity| (json!(state), json!(of.uri.expose()));
    assert_eq!(shown().await, told("candidates", &national));
    desk.store(&[ring(&interaction("a"), 0, Some(international.clone()))])
        .await;
    assert_eq!(shown().await, told("match", &international));
    // Where the other could not be read, it could have been that one.
    people.spoil(&national).await;
    assert_eq!(shown().await, told("degraded", &international));
}

#[tokio::test]
async fn an_anonymous_caller_and_a_refused_query_ask_the_table_nothing() {
    let desk = Desk::open().await;
    let (client, wire) = Wire::watching(&desk.client);
    let function = desk.function(client);
    for name in ["pop-anonymous", "refused-number"] {
        ask(&function, sample(name)).await;
    }
    assert_eq!(wire.requests(), [""; 0]);
}

#[tokio::test]
async fn a_table_that_does_not_answer_degrades_the_pop_in_time_and_fails_the_rest() {
    let desk = Desk::open().await;
    let id = interaction("call-1");
    desk.store(&[ring(&id, 0, Some(caller(0)))]).await;
    for passage in [Passage::Silence, Passage::Throttled] {
        let plan = passage.clone();
        let (client, _) = Wire::broken(&desk.client, move |_| plan.clone());
        let function = desk.function(client);
        let began = Instant::now();
        let (pop, page) = tokio::join!(
            ask(&function, sample("pop-by-phone")),
            ask(&function, sample("interaction"))
        );
        let took = began.elapsed();
        assert!(
            took < POP_BUDGET + Duration::from_secs(1),
            "{passage:?} took {took:?}"
        );
        assert_eq!(
            (pop.status, &pop.body["state"]),
            (200, &"degraded".into()),
            "{passage:?}"
        );
        assert_eq!(
            (page.status, page.content_type.as_str()),
            (503, "application/problem+json"),
            "{passage:?}"
        );
    }
}

/// Where it cannot be read whether several customers use a number, nobody is named.
#[tokio::test]
async fn what_of_a_pop_can_be_read_is_told() {
    let desk = Desk::open().await;
    let id = interaction("call-1");
    desk.store(&[ring(&id, 0, Some(caller(0)))]).await;
    let figures = Figures::default();
    let function = desk.function(desk.client.clone());
    let function = function.with_metrics(Metrics::new("screen-pop", figures.clone()));
    ask(&function, sample("pop-by-phone")).await;
    assert_eq!(figures.lines().len(), 0, "it was whole");
    desk.people().spoil(&caller(0)).await;
    let pop = ask(&function, sample("pop-by-phone")).await.body;
    assert_eq!(pop["state"], "degraded");
    assert_eq!(figures.lines()[0]["PopsDegraded"], 1);
    assert_eq!(pop["timeline"][0]["id"], "invented:call-1");
    assert_eq!(pop["customer"], json!(null));
}
