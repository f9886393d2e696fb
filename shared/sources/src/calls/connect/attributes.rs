//! What a contact's attributes say of its customer.
//!
//! A flow sets them, and so do the program that starts a chat and the agents' own software. What each name means here is a
//! rule of ours, which the source's page tells: an id of the customer is what the company's own flow has set, and an
//! address is what the customer gave. A flow that stores what a caller typed uses [`CLAIMED`]. Names count with their case,
//! as they do in Amazon Connect.

use serde_json::{Map, Value};
use timeline::{Basis, Identity, IdentityKind, Region};

use super::super::contact::{Initiation, NAME, is_found};
use crate::evidence::{Evidence, Thing};
use crate::fields::Fields;

/// The customer's id in the company's own system, which the company's own flow has set.
const FOUND: [&str; 4] = ["customerId", "CustomerId", "customerID", "customer_id"];
/// An id that somebody typed or said and nobody has looked up.
const CLAIMED: [&str; 2] = ["claimedCustomerId", "claimed_customer_id"];
const EMAILS: [&str; 5] = [
    "email",
    "Email",
    "customerEmail",
    "customer_email",
    "emailAddress",
];
const PHONES: [&str; 6] = [
    "phone",
    "Phone",
    "phoneNumber",
    "phone_number",
    "customerPhone",
    "customer_phone",
];
const TICKETS: [&str; 5] = [
    "ticket",
    "ticketId",
    "ticketNumber",
    "ticket_id",
    "ticket_number",
];
const ORDERS: [&str; 5] = [
    "order",
    "orderId",
    "orderNumber",
    "order_id",
    "order_number",
];
const INVOICES: [&str; 4] = ["invoice", "invoiceNumber", "invoice_number", "invoiceId"];
/// The system under which the company's own ids of its customers are.
const CUSTOMER: &str = "customer";

/// What the contact says of its customer beside the address.
pub(in crate::calls) fn claims(contact: &Fields<'_>, region: Option<Region>) -> Evidence {
    let mut evidence = Evidence::default();
    // A leg to a third party or between agents carries the attributes of the contact that it comes from.
    if Initiation::of(contact).is_of_others() || is_between_agents(contact) {
        return evidence;
    }
    // The company's own flow has set it, to the id of the profile that it has found.
    let profile = contact.id("customerId").filter(|id| is_found(id));
    evidence.record(Basis::Record, NAME, profile.as_deref());
    let Some(attributes) = contact.get("attributes").and_then(Value::as_object) else {
        return evidence;
    };
    let all = |names: &[&str]| -> Vec<String> {
        let given = names.iter().filter_map(|name| text(attributes, name));
        given.collect()
    };
    for id in all(&FOUND) {
        evidence.claim(Basis::Record, record(&id));
    }
    for id in all(&CLAIMED) {
        evidence.claim(Basis::Typed, record(&id));
    }
    for email in all(&EMAILS) {
        evidence.email(Basis::Typed, Some(&email));
    }
    for phone in all(&PHONES) {
        evidence.phone(Basis::Typed, Some(&phone), region);
    }
    for (thing, names) in [
        (Thing::Ticket, &TICKETS[..]),
        (Thing::Order, &ORDERS[..]),
        (Thing::Invoice, &INVOICES[..]),
    ] {
        for number in all(names).iter().filter(|number| is_found(number)) {
            evidence.reference(thing, Some(number));
        }
    }
    evidence.language(text(attributes, "language").as_deref());
    evidence.company(text(attributes, "company").as_deref());
    evidence.time_zone(text(attributes, "timeZone").as_deref());
    evidence
}

/// Whether an agent called out to a softphone: no customer can be dialled at one, so that it is another agent's.
fn is_between_agents(contact: &Fields<'_>) -> bool {
    let is = |fields: &Fields<'_>, name: &str, word: &str| {
        let text = fields.text(name).unwrap_or_default();
        text.trim().eq_ignore_ascii_case(word)
    };
    is(contact, "InitiationMethod", "OUTBOUND")
        && is(&contact.object("CustomerEndpoint"), "Type", "VOIP")
}

/// An id as it is, or under the system that it names: `crm:sap/4711`. What stands for nobody is none.
fn record(id: &str) -> Option<Identity> {
    if !is_found(id) {
        return None;
    }
    let Ok(named) = Identity::read(id) else {
        // A system that is named without a readable id is no id, either.
        let is_named = id.trim().starts_with("crm:");
        return Identity::crm(CUSTOMER, id).ok().filter(|_| !is_named);
    };
    let (_, of_system) = named.uri.expose().split_once('/')?;
    (named.uri.kind() == IdentityKind::Crm && is_found(of_system)).then_some(named)
}

fn text(attributes: &Map<String, Value>, name: &str) -> Option<String> {
    match attributes.get(name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
