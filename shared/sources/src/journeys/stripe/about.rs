//! What there is to know of Stripe beside its parser.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

/// The time of `t=…,v1=…`.
const SIGNED_AT: Place = Place::Pair {
    header: "stripe-signature",
    name: "t",
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "Stripe",
    summary: "Invoices, payments, refunds, disputes, subscriptions and quotes in the customer's timeline.",
    setup: &[
        "In the Dashboard open Developers, Webhooks (or Workbench, Webhooks) and add an endpoint with the address {url}.",
        "Choose the events of your account with the payload style Snapshot, and of them those that are listed below. \
         Take the events of invoices whenever you take those of charges: they say whose an invoice is.",
        "Reveal the endpoint's signing secret (whsec_…) and put it, as it is, into the secret of this source. While it \
         is rolled both are valid: put in both.",
    ],
    kinds: &[
        kind("invoice.created", "invoice-created.json"),
        kind("invoice.finalized", "invoice-finalized.json"),
        kind("invoice.sent", "invoice-sent.json"),
        kind("invoice.updated", "invoice-updated.json"),
        kind("invoice.paid", "invoice-paid.json"),
        kind(
            "invoice.payment_succeeded",
            "invoice-payment-succeeded-2019.json",
        ),
        kind("invoice.payment_failed", "invoice-payment-failed.json"),
        kind(
            "invoice.payment_action_required",
            "invoice-payment-action-required.json",
        ),
        kind(
            "invoice.payment_attempt_required",
            "invoice-payment-attempt-required.json",
        ),
        kind("invoice.overdue", "invoice-overdue.json"),
        kind("invoice.will_be_due", "invoice-will-be-due.json"),
        kind("invoice.overpaid", "invoice-overpaid.json"),
        kind("invoice.voided", "invoice-voided.json"),
        kind("invoice.deleted", "invoice-deleted.json"),
        kind(
            "invoice.marked_uncollectible",
            "invoice-marked-uncollectible.json",
        ),
        kind(
            "invoice.finalization_failed",
            "invoice-finalization-failed.json",
        ),
        kind(
            "invoice.upcoming (ignored)",
            "ignored-invoice-upcoming.json",
        ),
        kind("invoice_payment.paid", "invoice-payment-paid-2025.json"),
        kind("payment_intent.succeeded", "payment-intent-succeeded.json"),
        kind(
            "payment_intent.payment_failed",
            "payment-intent-failed.json",
        ),
        kind(
            "payment_intent.requires_action",
            "payment-intent-requires-action.json",
        ),
        kind("payment_intent.canceled", "payment-intent-canceled.json"),
        kind(
            "payment_intent.created, processing, … (ignored)",
            "ignored-payment-intent-created.json",
        ),
        kind("charge.succeeded", "charge-succeeded.json"),
        kind("charge.captured", "charge-captured.json"),
        kind("charge.expired", "charge-expired.json"),
        kind("charge.failed", "charge-failed-2019.json"),
        kind("charge.refunded", "charge-refunded.json"),
        kind("charge.refund.updated", "charge-refund-updated.json"),
        kind("charge.dispute.created", "dispute-created.json"),
        kind("charge.dispute.updated", "dispute-updated.json"),
        kind(
            "charge.dispute.funds_withdrawn",
            "dispute-funds-withdrawn.json",
        ),
        kind(
            "charge.dispute.funds_reinstated",
            "dispute-funds-reinstated.json",
        ),
        kind("charge.dispute.closed", "dispute-closed.json"),
        kind("refund.created", "refund-created.json"),
        kind("refund.updated", "refund-updated.json"),
        kind("refund.failed", "refund-failed.json"),
        kind("checkout.session.completed", "checkout-completed.json"),
        kind(
            "checkout.session.async_payment_succeeded",
            "checkout-async-succeeded.json",
        ),
        kind(
            "checkout.session.async_payment_failed",
            "checkout-async-failed.json",
        ),
        kind("checkout.session.expired", "checkout-expired.json"),
        kind("customer.subscription.created", "subscription-created.json"),
        kind("customer.subscription.updated", "subscription-updated.json"),
        kind(
            "customer.subscription.trial_will_end",
            "subscription-trial-will-end.json",
        ),
        kind("customer.subscription.paused", "subscription-paused.json"),
        kind("customer.subscription.resumed", "subscription-resumed.json"),
        kind("customer.subscription.deleted", "subscription-deleted.json"),
        kind("quote.created", "quote-created.json"),
        kind("quote.finalized", "quote-finalized.json"),
        kind("quote.accepted", "quote-accepted.json"),
        kind("quote.canceled", "quote-canceled.json"),
        kind(
            "customer.created, updated, deleted (ignored)",
            "ignored-customer-updated.json",
        ),
        kind("thin events, v2.* and v1.* (ignored)", "ignored-thin.json"),
    ],
    limits: &[
        "Thin events hold no object and are ignored by name: choose the payload style Snapshot.",
        "From the API's version 2025-03-31 on, a charge and a payment intent no longer name their invoice. They are then \
         an interaction of their own, which invoice_payment.paid ties to the invoice's.",
        "An invoice is found by the address that the company has of its customer. A payment without an invoice is of the \
         record at Stripe (crm:stripe/cus_…); link that to the customer to see it in the timeline.",
        "Claims: an invoice ties its address to the customer's record at Stripe (crm:stripe/cus_…) and its telephone \
         number, as the record holds them. Where customers fill in that record themselves, in Checkout, it is worth no more \
         than what they typed: let Stripe link by itself only where your own system writes the records. What a payer typed \
         stays unverified.",
        "An invoice's number is crm:invoice/<number>, a quote's crm:quote/<number>, and an order's (metadata order_id, \
         order_number or order) crm:order/<number>: each leads to its customer. The address of an invoice is a trait.",
        "What tells of a payment of an invoice names no customer, since somebody else may have paid. Without the events \
         of the invoice itself nobody's timeline has it.",
        "A dispute names the payment only. It stays a complaint until the bank closes it, won or lost.",
        "Sandbox and test events (livemode false) are read like others. They are signed with another secret: leave it out \
         of a stack for production.",
        "Events of connected accounts are read like the platform's own; the field account is not kept.",
        "An invoice that is written off (marked_uncollectible) stays open, since it may still be paid.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Pair {
                header: "stripe-signature",
                name: "v1",
            },
            prefix: "",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Value(SIGNED_AT), Part::Text("."), Part::Body],
            stamp: Some(Stamp {
                place: SIGNED_AT,
                form: TimeForm::Seconds,
                repeated_for_s: 0,
            }),
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx, a redirect included, is tried again for up to three days at growing intervals (in a \
                  sandbox three times within hours). An endpoint that keeps failing is switched off. Each try is signed \
                  anew; the event's id stays.",
    }),
};
