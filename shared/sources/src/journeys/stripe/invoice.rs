//! Invoices, and what is paid on them.

use timeline::{
    Basis, Business, Channel, Direction, Fact, Opening, Personal, Started, Status, StatusChange,
};

use super::{Said, Told, Whose, business, changed, id_in, numbered, order};
use crate::evidence::Thing;
use crate::fields::Fields;
use crate::journeys::claims::{Claims, line};
use crate::parts;
use crate::reading::Rejection;

/// What is kept of an invoice that changed without changing its state for the customer.
const KEPT: [&str; 6] = [
    "status",
    "number",
    "currency",
    "amount_due",
    "amount_remaining",
    "attempt_count",
];
/// The parts of an address, in the order in which they are written.
const ADDRESS: [&str; 6] = ["line1", "line2", "postal_code", "city", "state", "country"];
/// The same, of times.
const TIMES: [&str; 2] = ["due_date", "next_payment_attempt"];

pub(super) fn read(told: &Told<'_>) -> Result<Option<Said>, Rejection> {
    let Told {
        kind,
        object,
        region,
        ..
    } = *told;
    let Some(step) = Step::of(kind) else {
        return Ok(None);
    };
    let key = object.required_text("id")?.to_owned();
    let fact = step.fact(told)?;
    let address = object.object("customer_address");
    let region = address
        .text("country")
        .and_then(|country| country.parse().ok())
        .or(region);
    let mut claims = Claims::on(Basis::Record);
    claims.email(object.text("customer_email"));
    claims.phone(object.text("customer_phone"), region);
    claims.record(super::NAME, id_in(object, "customer").as_deref());
    let evidence = &mut claims.evidence;
    evidence.reference(Thing::Invoice, object.text("number"));
    evidence.reference(Thing::Order, order(object).as_deref());
    evidence.address_in(&address, &ADDRESS);
    // Versions of the API before 2025-03-31 name the payment; later ones send an event that ties the two.
    let payment = ["payment_intent", "charge"]
        .into_iter()
        .find_map(|name| id_in(object, name));
    let parent = object.object("parent");
    let of_parent = parent.object("subscription_details");
    let subscription = id_in(object, "subscription").or_else(|| id_in(&of_parent, "subscription"));
    Ok(Some(Said {
        key,
        channel: Channel::Invoice,
        fact,
        direction: Some(Direction::Outbound),
        whose: Whose::First(claims),
        name: object.text("customer_name").and_then(line),
        related: payment.into_iter().chain(subscription).collect(),
    }))
}

/// A payment that was put to an invoice: it ties the payment's own interaction to the invoice's.
pub(super) fn read_payment(told: &Told<'_>) -> Result<Option<Said>, Rejection> {
    let Told { kind, object, .. } = *told;
    if kind != "invoice_payment.paid" {
        return Ok(None);
    }
    let missing = || Rejection::missing(object.path_of("invoice"));
    let key = id_in(object, "invoice").ok_or_else(missing)?;
    let payment = object.object("payment");
    let related = ["payment_intent", "charge"]
        .into_iter()
        .find_map(|name| id_in(&payment, name));
    Ok(Some(Said {
        key,
        channel: Channel::Invoice,
        fact: changed(told, &["amount_paid", "amount_requested", "currency"], &[])?,
        direction: None,
        whose: Whose::Others(Claims::on(Basis::Record)),
        name: None,
        related: related.into_iter().collect(),
    }))
}

/// What happens to an invoice.
#[derive(Clone, Copy)]
enum Step {
    Drafted,
    Sent,
    Paid,
    Failed,
    /// The bank asks the customer to confirm the payment.
    Asked,
    Voided,
    /// Anything that leaves it as open or as settled as it was. It may still be paid after it is written off.
    Changed,
}

impl Step {
    fn of(kind: &str) -> Option<Self> {
        Some(match kind.strip_prefix("invoice.")? {
            "created" => Self::Drafted,
            "finalized" | "sent" => Self::Sent,
            "paid" | "payment_succeeded" => Self::Paid,
            "payment_failed" => Self::Failed,
            "payment_action_required" => Self::Asked,
            "voided" | "deleted" => Self::Voided,
            "updated"
            | "overdue"
            | "will_be_due"
            | "marked_uncollectible"
            | "overpaid"
            | "payment_attempt_required"
            | "finalization_failed" => Self::Changed,
            // `upcoming` is a forecast: it has no id and may never become an invoice.
            _ => return None,
        })
    }

    fn fact(self, told: &Told<'_>) -> Result<Fact, Rejection> {
        let invoice = told.object;
        let changed = || changed(told, &KEPT, &TIMES);
        let state = invoice.text("status");
        Ok(match self {
            Self::Drafted => Fact::Started(Started {
                opening: Opening::Open,
                initiation: invoice.text("billing_reason").and_then(parts::kept_name),
                subject: subject(invoice),
                ..Started::default()
            }),
            // A copy of a paid invoice for the customer's files opens nothing again.
            Self::Sent if matches!(state, Some("paid" | "void" | "uncollectible")) => changed()?,
            Self::Sent => Fact::Sent(document(invoice, &["amount_due", "total"])?),
            // A part was paid; the rest is still owed.
            Self::Paid if state == Some("open") => changed()?,
            Self::Paid => Fact::Paid(document(invoice, &["amount_paid", "total"])?),
            Self::Failed => Fact::Failed(document(invoice, &["amount_remaining", "amount_due"])?),
            Self::Asked => Fact::Status(StatusChange {
                status: Status::Pending,
                complaint: None,
                agent: None,
                queue: None,
            }),
            Self::Voided => Fact::Voided(document(invoice, &["amount_due", "total"])?),
            Self::Changed => changed()?,
        })
    }
}

fn document(invoice: &Fields<'_>, amounts: &[&'static str]) -> Result<Business, Rejection> {
    Ok(Business {
        due_at: parts::time(invoice, "due_date")?,
        ..business(invoice, subject(invoice), amounts)?
    })
}

/// A draft has no number yet.
fn subject(invoice: &Fields<'_>) -> Option<Personal> {
    numbered("Invoice", invoice.text("number"))
        .or_else(|| invoice.text("description").and_then(line))
}
