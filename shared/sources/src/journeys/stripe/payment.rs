//! Payments, refunds and disputes. What tells of one payment has one key: the invoice where the payload names it, else
//! the payment intent, else the charge.

use timeline::{Basis, Channel, Fact, Personal, Region, Status, StatusChange};

use super::{Said, Told, Whose, business, changed, id_in, order};
use crate::evidence::Thing;
use crate::fields::Fields;
use crate::journeys::claims::{Claims, line};
use crate::reading::Rejection;

/// What is kept of a payment, a refund or a dispute that changed without changing its state for the customer.
const KEPT: [&str; 6] = [
    "status",
    "amount",
    "currency",
    "reason",
    "failure_reason",
    "payment_status",
];

pub(super) fn read(told: &Told<'_>) -> Result<Option<Said>, Rejection> {
    let Told { object, region, .. } = *told;
    let Some(fact) = fact(told)? else {
        return Ok(None);
    };
    let invoice = id_in(object, "invoice");
    let payment = id_in(object, "payment_intent").or_else(|| id_in(object, "charge"));
    // Until 2014 a dispute had no id of its own.
    let own = match payment {
        Some(payment) => payment,
        None => object.required_text("id")?.to_owned(),
    };
    let claims = claims(object, region);
    // Who has a record at Stripe is called as it says there, and not as on a card that paid.
    let is_guest = object.get("customer").is_none();
    let name = ["customer_details", "billing_details"]
        .into_iter()
        .find_map(|name| object.object(name).text("name").and_then(line))
        .or_else(|| {
            object
                .object("evidence")
                .text("customer_name")
                .and_then(line)
        });
    Ok(Some(match invoice {
        Some(invoice) => Said {
            key: invoice,
            channel: Channel::Invoice,
            fact,
            direction: None,
            whose: Whose::Others(claims),
            // Whoever pays an invoice may be called otherwise than whom it is for.
            name: None,
            // A dispute names the payment and never the invoice.
            related: vec![own],
        },
        None => Said {
            key: own,
            channel: Channel::Invoice,
            fact,
            direction: None,
            whose: Whose::First(claims),
            name: name.filter(|_| is_guest),
            related: Vec::new(),
        },
    }))
}

/// The record at Stripe first, then where the company has the receipt sent, then what the payer typed, and last what the
/// company gives the bank as evidence in a dispute, which names nobody else.
fn claims(object: &Fields<'_>, region: Option<Region>) -> Claims {
    let mut claims = Claims::on(Basis::Typed);
    claims.record(super::NAME, id_in(object, "customer").as_deref());
    claims.email(object.text("receipt_email"));
    claims.email(object.text("customer_email"));
    for typed in ["customer_details", "billing_details"] {
        let details = object.object(typed);
        let address = details.object("address");
        let country = address.text("country").and_then(|code| code.parse().ok());
        claims.email(details.text("email"));
        claims.phone(details.text("phone"), country.or(region));
    }
    claims.email(object.object("evidence").text("customer_email_address"));
    let number = order(object);
    claims.evidence.reference(Thing::Order, number.as_deref());
    claims
}

fn fact(told: &Told<'_>) -> Result<Option<Fact>, Rejection> {
    let Told { kind, object, .. } = *told;
    let changed = || changed(told, &KEPT, &[]);
    let text = |name: &str| object.text(name);
    let of = |amounts: &[&'static str]| business(object, subject(object), amounts);
    let is_paid = text("payment_status") == Some("paid");
    Ok(Some(match kind {
        // A hold on the card is no payment yet.
        "charge.succeeded" if object.get("captured").and_then(|c| c.as_bool()) == Some(false) => {
            changed()?
        }
        "charge.succeeded" => Fact::Paid(of(&["amount"])?),
        "charge.captured" => Fact::Paid(of(&["amount_captured", "amount"])?),
        "payment_intent.succeeded" => Fact::Paid(of(&["amount_received", "amount"])?),
        "checkout.session.completed" if is_paid => Fact::Paid(of(&["amount_total"])?),
        // Nothing was to pay yet, or the payment is on its way.
        "checkout.session.completed" => changed()?,
        "checkout.session.async_payment_succeeded" => Fact::Paid(of(&["amount_total"])?),
        "charge.failed" | "payment_intent.payment_failed" => Fact::Failed(of(&["amount"])?),
        "checkout.session.async_payment_failed" => Fact::Failed(of(&["amount_total"])?),
        "payment_intent.requires_action" => status(Status::Pending),
        "charge.expired" | "payment_intent.canceled" => Fact::Voided(of(&["amount"])?),
        "checkout.session.expired" => Fact::Voided(of(&["amount_total"])?),
        "charge.refunded" => Fact::Refunded(of(&["amount_refunded", "amount"])?),
        // The money did not arrive: somebody has to see to it.
        "refund.failed" => status(Status::Open),
        "refund.created" if matches!(text("status"), Some("failed" | "canceled")) => changed()?,
        "refund.created" => Fact::Refunded(of(&["amount"])?),
        "refund.updated" | "charge.refund.updated" => changed()?,
        "charge.dispute.created" => Fact::Disputed(of(&["amount"])?),
        "charge.dispute.updated"
        | "charge.dispute.funds_withdrawn"
        | "charge.dispute.funds_reinstated" => changed()?,
        // Won or lost, the bank has decided.
        "charge.dispute.closed" => status(Status::Resolved),
        _ => return Ok(None),
    }))
}

fn status(status: Status) -> Fact {
    Fact::Status(StatusChange {
        status,
        complaint: None,
        agent: None,
        queue: None,
    })
}

fn subject(object: &Fields<'_>) -> Option<Personal> {
    object.text("description").and_then(line)
}
