//! Interactions that no system saw.

use serde_json::{Value, json};
use tests::story::caller;
use timeline::{CustomerId, IdentityUri};

use crate::desk::{Desk, manual, minutes_ahead, sample, soon, wrap_up};

fn on_mobile(customer: &str) -> Value {
    json!({
        "channel": "call", "direction": "inbound", "customer": customer,
        "started_at": "2026-03-02T08:00:00Z", "ended_at": "2026-03-02T08:05:00Z"
    })
}

fn changed(change: &Value) -> Value {
    let mut body = on_mobile("(415) 555-0100");
    let fields = body.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    body
}

/// Calls outside the system are not logged: a call on an agent's mobile stands in the timeline like any other.
#[tokio::test]
async fn complaint_25_a_call_outside_the_system_stands_in_the_customers_timeline() {
    let desk = Desk::open().await;
    let answer = desk.stored(sample("mobile-call")).await;
    let id = answer.body["id"].as_str().unwrap();
    assert_eq!(answer.location, Some(format!("/v1/interactions/{id}")));
    assert!(id.starts_with("manual:"));
    insta::assert_json_snapshot!("mobile-call", answer.body, {".promises[0].state" => "[state]"});
    let customer = caller(0).uri;
    let timeline = desk.store.timeline(&customer, 10, None, soon()).await;
    let timeline = timeline.unwrap().unwrap().interactions;
    let ids: Vec<_> = timeline.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(
        ids,
        ["invented:call-1", id],
        "by when it was, not by when it was told"
    );
    assert_eq!(desk.known(&customer).await.pinned.len(), 1, "its promise");
    // And more is said of it later, as of any other.
    let mut later = wrap_up(None, &json!({"disposition": "bid sent"}));
    later["pathParameters"]["id"] = json!(id);
    let later = desk.stored(later).await;
    assert_eq!(later.body["disposition"], "bid sent");
    assert_eq!(later.body["state"], "ended");
}

#[tokio::test]
async fn the_customer_is_entered_so_that_the_id_leads_to_the_timeline() {
    let desk = Desk::open().await;
    desk.stored(manual(None, &on_mobile("ada@example.com")))
        .await;
    let ada: IdentityUri = "mailto:ada@example.com".parse().unwrap();
    let id = CustomerId::implied_by(&ada, desk.store.salt());
    let found = desk.store.customer(&id, soon()).await.unwrap();
    assert_eq!(found, Some(ada));
}

#[tokio::test]
async fn the_customer_is_understood_in_any_writing() {
    let desk = Desk::open().await;
    for (writing, uri) in [
        ("(415) 555-0101", "tel:+14155550101"),
        ("+1 415-555-0101", "tel:+14155550101"),
        ("tel:415.555.0101", "tel:+14155550101"),
        ("+49 30 23125 101", "tel:+493023125101"),
        ("Ada@Example.com", "mailto:ada@example.com"),
        ("mailto:Ada@example.com", "mailto:ada@example.com"),
        ("crm:Zoho/A-17", "crm:zoho/A-17"),
        ("whatsapp:14155550101", "whatsapp:+14155550101"),
    ] {
        let answer = desk.stored(manual(None, &on_mobile(writing))).await;
        let events = desk.events_of(answer.body["id"].as_str().unwrap()).await;
        let customer = events[0].customer.as_ref().unwrap();
        assert_eq!(customer.uri.expose(), uri, "{writing}");
    }
}

#[tokio::test]
async fn who_is_nobody_or_the_company_itself_is_no_customer() {
    let desk = Desk::open().await;
    for writing in [
        "",
        "anonymous",
        "12",
        "ada@",
        "crm:zoho",
        "tel:",
        "visitor:x",
        // Configured as the company's own.
        "+1 415 555 0199",
        "(415) 555-0199",
        "whatsapp:14155550199",
        "Desk@Example.com",
        &"9".repeat(600),
    ] {
        let answer = desk.ask(manual(None, &on_mobile(writing))).await;
        assert_eq!(answer.status, 400, "{writing}: {answer:?}");
        assert_eq!(answer.body["errors"][0]["name"], "customer", "{writing}");
        let told = answer.body.to_string();
        assert!(writing.is_empty() || !told.contains(writing), "{told}");
    }
}

#[tokio::test]
async fn it_is_over_as_its_channel_has_it() {
    let desk = Desk::open().await;
    for (change, state, duration) in [
        (json!({}), "ended", json!(300)),
        (json!({"ended_at": null}), "ended", json!(null)),
        (
            json!({"direction": "outbound", "ended_at": null}),
            "ended",
            json!(null),
        ),
        (json!({"channel": "chat"}), "ended", json!(300)),
        (
            json!({"channel": "email", "ended_at": null, "resolved": true}),
            "resolved",
            json!(null),
        ),
        (
            json!({"channel": "task", "ended_at": null, "started_at": minutes_ahead(-5)}),
            "open",
            json!(null),
        ),
    ] {
        let answer = desk.stored(manual(None, &changed(&change))).await;
        let told = (&answer.body["state"], &answer.body["duration_s"]);
        assert_eq!(told, (&json!(state), &duration), "{change}");
    }
}

#[tokio::test]
async fn a_call_without_an_end_tells_its_subject_and_who_took_it() {
    let desk = Desk::open().await;
    let change = json!({"ended_at": null, "subject": "The bid", "agent": "Bo Sample"});
    let answer = desk.stored(manual(None, &changed(&change))).await.body;
    assert_eq!(answer["subject"], "The bid");
    assert_eq!(answer["agents"], json!(["Bo Sample"]));
    assert_eq!(answer["started_at"], "2026-03-02T08:00:00.000Z");
    assert_eq!(answer["direction"], "inbound");
}

#[tokio::test]
async fn times_that_cannot_be_are_refused() {
    let desk = Desk::open().await;
    for (change, field) in [
        (
            json!({"started_at": minutes_ahead(6), "ended_at": null}),
            "started_at",
        ),
        (json!({"ended_at": minutes_ahead(6)}), "ended_at"),
        (json!({"ended_at": "2026-03-02T07:59:59Z"}), "ended_at"),
        (json!({"started_at": "yesterday"}), "started_at"),
        (json!({"channel": "invoice"}), "channel"),
        (json!({"direction": null}), "direction"),
    ] {
        let answer = desk.ask(manual(None, &changed(&change))).await;
        assert_eq!(answer.status, 400, "{change}");
        assert_eq!(answer.body["errors"][0]["name"], field, "{answer:?}");
    }
    // A clock may be as wrong as those of other systems may.
    let soon = json!({"started_at": minutes_ahead(4), "ended_at": null});
    desk.stored(manual(None, &changed(&soon))).await;
}
