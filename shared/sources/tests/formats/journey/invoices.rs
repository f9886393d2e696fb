//! Stripe: whose an invoice and a payment is, and how each ends.

use timeline::{Channel, State};

use super::{body, customer, events, folded, later, one, participants, read_body, summary};
use crate::fixtures::Fixture;

#[test]
fn complaint_13_an_invoice_in_any_order_is_the_same_invoice() {
    let life = [
        "invoice-created",
        "invoice-finalized",
        "invoice-sent",
        "invoice-updated",
        "invoice-payment-failed",
        "charge-of-invoice-2019",
        "invoice-paid",
        "invoice-sent-again-when-paid",
    ];
    let invoice = folded(&events("stripe", &life));
    assert_eq!(
        invoice.customer().unwrap().uri.expose(),
        "mailto:ada@example.com"
    );
    let told = invoice.summary();
    assert_eq!(told.channel, Channel::Invoice);
    assert_eq!(told.state, State::Resolved);
    assert_eq!(told.subject.unwrap().expose(), "Invoice 8A1C2D3E-0001");

    for (upto, state) in [(1, State::Open), (3, State::Open), (5, State::Open)] {
        assert_eq!(super::summary("stripe", &life[..upto]).state, state);
    }
}

#[test]
fn an_invoice_waits_for_the_customer_and_is_settled_when_it_is_void() {
    let asked = ["invoice-sent", "invoice-payment-action-required"];
    assert_eq!(summary("stripe", &asked).state, State::Pending);
    let late = [
        "invoice-sent",
        "invoice-overdue",
        "invoice-marked-uncollectible",
    ];
    assert_eq!(summary("stripe", &late).state, State::Open);
    let void = ["invoice-sent", "invoice-voided"];
    assert_eq!(summary("stripe", &void).state, State::Resolved);
    let in_part = ["invoice-sent", "invoice-payment-succeeded-in-part"];
    assert_eq!(summary("stripe", &in_part).state, State::Open);
}

#[test]
fn every_event_of_an_invoice_names_one_customer_or_nobody() {
    for fixture in Fixture::all("stripe") {
        let Ok(reading) = fixture.read_in(&later()) else {
            continue;
        };
        for event in &reading.events {
            let of_invoice = event.interaction_id.as_str().starts_with("stripe:in_");
            let elsewhere = ["in-brazil", "without-addresses", "unreadable-email"];
            if !of_invoice || elsewhere.iter().any(|case| fixture.name.ends_with(case)) {
                continue;
            }
            let named = customer(event).unwrap_or("mailto:ada@example.com");
            assert_eq!(named, "mailto:ada@example.com", "{}", fixture.name);
        }
    }
}

/// Who paid for Ada's invoice is not Ada: the invoice stays hers.
#[test]
fn complaint_20_an_address_that_was_typed_never_takes_an_invoice_or_a_payment() {
    let paid = events("stripe", &["charge-of-invoice-2019", "invoice-paid"]);
    let invoice = folded(&paid);
    assert_eq!(
        invoice.customer().unwrap().uri.expose(),
        "mailto:ada@example.com"
    );
    let others: Vec<_> = invoice.participants().map(|who| who.uri.expose()).collect();
    assert!(others.contains(&"mailto:bo@example.net"));

    let payment = one("stripe", "charge-succeeded");
    assert_eq!(customer(&payment), Some("crm:stripe/cus_Tq4ZbExample01"));
    assert!(participants(&payment).contains(&"mailto:bo@example.net"));
    assert_eq!(payment.customer_name, None);
    let guest = one("stripe", "charge-of-guest");
    assert_eq!(customer(&guest), Some("mailto:bo@example.net"));
}

#[test]
fn what_tells_of_one_payment_meets() {
    let one_payment = [
        "payment-intent-failed",
        "payment-intent-succeeded",
        "charge-succeeded",
        "charge-refunded",
        "refund-created",
        "dispute-created",
        "dispute-funds-withdrawn",
    ];
    let disputed = folded(&events("stripe", &one_payment));
    assert_eq!(
        disputed.customer().unwrap().uri.expose(),
        "crm:stripe/cus_Tq4ZbExample01"
    );
    let told = disputed.summary();
    assert_eq!(told.state, State::Open);
    let since = told.open_complaint_since.map(|at| at.to_string());
    assert_eq!(since.as_deref(), Some("2026-03-12T09:15:00.000Z"));

    let mut settled = one_payment.to_vec();
    settled.push("dispute-closed");
    let settled = super::summary("stripe", &settled);
    assert_eq!(
        (settled.state, settled.open_complaint_since),
        (State::Resolved, None)
    );
}

#[test]
fn a_dispute_alone_still_reaches_its_customer() {
    assert_eq!(
        customer(&one("stripe", "dispute-created")),
        Some("mailto:bo@example.net")
    );
}

#[test]
fn a_payment_is_tied_to_its_invoice_in_every_version_of_the_api() {
    for name in [
        "invoice-payment-succeeded-2019",
        "charge-of-invoice-2019",
        "invoice-payment-paid-2025",
    ] {
        let event = one("stripe", name);
        assert!(
            event.interaction_id.as_str().starts_with("stripe:in_"),
            "{name}"
        );
        let related = event.related[0].interaction_id.as_str();
        assert!(related.starts_with("stripe:pi_"), "{name}: {related}");
    }
}

#[test]
fn a_refund_that_fails_is_work_for_somebody() {
    let failed = ["charge-succeeded", "refund-created", "refund-failed"];
    assert_eq!(summary("stripe", &failed).state, State::Open);
}

#[test]
fn a_subscription_is_a_contract_that_begins_and_ends() {
    let begun = ["subscription-created-incomplete", "subscription-begins"];
    assert_eq!(summary("stripe", &begun[..1]).state, State::Open);
    assert_eq!(summary("stripe", &begun).state, State::Resolved);
    let ended = one("stripe", "subscription-deleted");
    assert_eq!(
        (ended.channel, ended.fact.kind()),
        (Channel::Contract, "voided")
    );
}

#[test]
fn a_number_on_an_invoice_is_read_as_in_its_country() {
    let invoice = body("stripe", "invoice-in-brazil");
    let caller = |phone: &str| {
        let mut invoice = invoice.clone();
        invoice["data"]["object"]["customer_phone"] = phone.into();
        let reading = read_body("stripe", &invoice).unwrap();
        customer(&reading.events[0]).map(str::to_owned)
    };
    // With and without the ninth digit, national and international: one telephone.
    let known = caller("(11) 95550-0123");
    assert_eq!(known.as_deref(), Some("tel:+5511955500123"));
    for writing in ["+55 11 95550-0123", "011 95550 0123", "+55 11 9555-00123"] {
        assert_eq!(caller(writing), known, "{writing}");
    }
    assert_eq!(
        caller("anonymous").as_deref(),
        Some("crm:stripe/cus_Tq4ZbExample01")
    );
    assert_eq!(
        caller("call me").as_deref(),
        Some("crm:stripe/cus_Tq4ZbExample01")
    );
}

#[test]
fn an_address_that_cannot_be_read_is_kept_as_it_was_written() {
    let event = one("stripe", "invoice-unreadable-email");
    assert_eq!(event.customer, None);
    assert_eq!(event.unread_customer.unwrap().expose(), "ada at example");
}

/// All events that the dashboard sends to try a webhook have one id.
#[test]
fn events_of_a_trial_are_told_apart_by_their_kind() {
    let ids = ["invoice-created", "invoice-paid"].map(|name| {
        let mut trial = body("stripe", name);
        trial["id"] = "evt_00000000000000".into();
        read_body("stripe", &trial).unwrap().events[0].id.clone()
    });
    assert_ne!(ids[0], ids[1]);
}

/// Stripe counts kronur in hundredths, which there are none of.
#[test]
fn an_amount_is_in_the_smallest_unit_that_its_currency_has() {
    for (currency, amount) in [("usd", 12900), ("isk", 129), ("jpy", 12900)] {
        let mut sent = body("stripe", "invoice-sent");
        sent["data"]["object"]["currency"] = currency.into();
        let summary = timeline::Interaction::of(&read_body("stripe", &sent).unwrap().events)
            .unwrap()
            .summary();
        let shown = serde_json::to_value(summary.amount).unwrap();
        assert_eq!(shown["amount_minor"], amount, "{currency}");
    }
}
