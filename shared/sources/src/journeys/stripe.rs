//! Stripe's events: invoices and their payments, payments without an invoice, refunds, disputes, subscriptions, quotes.
//!
//! Whose an interaction is, is said by one rule for all of its events, so that it never moves between customers:
//!
//! - An invoice is the company's own document, addressed by the company (`customer_email` is its record of the
//!   customer). Its address is the customer, so that a mail or a call from there finds it; the id of the record at
//!   Stripe took part. Payments of the invoice (where the payload says that they are) name nobody as the customer: what
//!   somebody typed into the payment's form must not turn the invoice into another's.
//! - A payment without an invoice is of the record at Stripe, where there is one. Addresses in it were typed by whoever
//!   paid and take part. A guest, of whom there is no record, is known by them alone.
//! - A subscription names nobody but the record at Stripe.

mod about;
mod agreement;
mod invoice;
mod payment;

use serde_json::Value;
use timeline::{
    Business, Channel, Direction, Event, Fact, Personal, Region, Related, Relation, Updated,
};

use super::claims::{Claims, attributes_of, is_named, line};
use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "stripe";
/// Events of the second generation hold no object: it would have to be fetched.
const THIN: &str = "v2.core.event";

/// Stripe's events with a snapshot of what they are about, in every version of the API.
pub(crate) struct Stripe;

impl Source for Stripe {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let is_event = payload(envelope).map(Fields::of).is_some_and(|root| {
            let has_id = root.text("id").is_some_and(|id| id.starts_with("evt_"));
            has_id && matches!(root.text("object"), Some("event" | THIN))
        });
        is_named(envelope, NAME) || is_event
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = payload(envelope).ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let kind = root.required_text("type")?;
        if root.text("object") == Some(THIN) {
            return Ok(parts::not_used(NAME, kind));
        }
        let Some(reader) = reader(kind) else {
            return Ok(parts::not_used(NAME, kind));
        };
        let id = root.required_text("id")?;
        let id = if is_of_a_trial(id) {
            parts::event_id(&format!("{id}:{kind}"), "id")?
        } else {
            parts::event_id(id, "id")?
        };
        let occurred_at = parts::required_time(&root, "created")?;
        let data = root.object("data");
        let object = data.object("object");
        let told = Told {
            kind,
            object: &object,
            before: &data.object("previous_attributes"),
            region: context.region,
        };
        let Some(said) = reader(&told)? else {
            return Ok(parts::not_used(NAME, kind));
        };
        let source = parts::source(NAME);
        let interaction_id = parts::interaction_id(&source, &said.key, "data.object.id")?;
        let mut event = Event::new(interaction_id, id, source.clone(), said.channel, said.fact);
        event.occurred_at = Some(occurred_at);
        event.direction = said.direction;
        event.customer_name = said.name;
        for key in said.related {
            event.related.push(Related {
                relation: Relation::Related,
                interaction_id: parts::interaction_id(&source, &key, "data.object")?,
            });
        }
        match said.whose {
            Whose::First(claims) => claims.name_in(&mut event),
            Whose::Others(claims) => claims.take_part_in(&mut event),
        }
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// Whether it is the id of every event that Stripe's dashboard sends to try a webhook: `evt_00000000000000`.
fn is_of_a_trial(id: &str) -> bool {
    let number = id.strip_prefix("evt_").unwrap_or(id);
    number.bytes().all(|digit| digit == b'0')
}

/// The event, also when Stripe hands it to AWS itself, as a partner's event.
fn payload(envelope: &Envelope) -> Option<&Value> {
    match &envelope.payload {
        Payload::Json(value) => Some(value),
        Payload::EventBridge(value) => {
            let root = Fields::of(value);
            let source = root.text("source")?;
            source
                .starts_with("aws.partner/stripe.com")
                .then(|| root.get("detail"))?
        }
        Payload::CloudEvents(_) | Payload::Form(_) | Payload::Text(_) => None,
    }
}

/// An event of one family, as it is read.
struct Told<'a> {
    kind: &'a str,
    /// What it is about, as it is after the event.
    object: &'a Fields<'a>,
    /// What of it was otherwise before.
    before: &'a Fields<'a>,
    /// The region of national numbers of which nothing nearer is known.
    region: Option<Region>,
}

/// What an event says of its interaction.
struct Said {
    /// The id at Stripe of what the interaction is about.
    key: String,
    channel: Channel,
    fact: Fact,
    direction: Option<Direction>,
    whose: Whose,
    name: Option<Personal>,
    /// Ids at Stripe of other interactions of the same story.
    related: Vec<String>,
}

/// Whom an event names.
enum Whose {
    /// The first of these is the customer.
    First(Claims),
    /// These took part; who the customer is, is for other events to say.
    Others(Claims),
}

/// Reads an event's object; `None` when its kind is not used.
type Reader = fn(&Told<'_>) -> Result<Option<Said>, Rejection>;

fn reader(kind: &str) -> Option<Reader> {
    let is_of = |family: &str| kind.starts_with(family);
    if is_of("invoice.") {
        Some(invoice::read)
    } else if is_of("invoice_payment.") {
        Some(invoice::read_payment)
    } else if ["charge.", "payment_intent.", "refund.", "checkout.session."]
        .into_iter()
        .any(is_of)
    {
        Some(payment::read)
    } else if is_of("customer.subscription.") || is_of("quote.") {
        Some(agreement::read)
    } else {
        None
    }
}

/// The id under `name`, which stands there alone or in the object that it names.
fn id_in(fields: &Fields<'_>, name: &'static str) -> Option<String> {
    match fields.get(name)? {
        Value::String(id) => Some(id.clone()),
        value @ Value::Object(_) => Fields::of(value).text("id").map(str::to_owned),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// Currencies without a smaller unit that Stripe counts in hundredths all the same, since it always has.
const COUNTED_IN_HUNDREDTHS: [&str; 2] = ["ISK", "UGX"];

/// What it is about, and the amount under the first of `amounts` that is there. Stripe counts in the currency's
/// smallest unit, but for [`COUNTED_IN_HUNDREDTHS`].
fn business(
    object: &Fields<'_>,
    subject: Option<Personal>,
    amounts: &[&'static str],
) -> Result<Business, Rejection> {
    let mut amount_minor = None;
    for name in amounts {
        if object.get(name).is_some() {
            let problem = || Rejection::malformed(object.path_of(name), "is not a whole number");
            amount_minor = Some(object.integer(name).ok_or_else(problem)?);
            break;
        }
    }
    let currency = object
        .text("currency")
        .filter(|code| code.len() == 3 && code.bytes().all(|b| b.is_ascii_alphabetic()))
        .map(str::to_ascii_uppercase);
    let in_hundredths = currency
        .as_deref()
        .is_some_and(|code| COUNTED_IN_HUNDREDTHS.contains(&code));
    Ok(Business {
        subject,
        amount_minor: amount_minor.map(|amount| if in_hundredths { amount / 100 } else { amount }),
        currency,
        due_at: None,
    })
}

/// What changed without changing the state: which event it was, how the object stands, and its times as people read them.
fn changed(
    told: &Told<'_>,
    kept: &[&'static str],
    times: &[&'static str],
) -> Result<Fact, Rejection> {
    let mut attributes = attributes_of(told.object, kept);
    attributes.insert("event".to_owned(), told.kind.into());
    for name in times {
        if let Some(at) = parts::time(told.object, name)? {
            attributes.insert((*name).to_owned(), at.to_string().into());
        }
    }
    Ok(Fact::Updated(Updated { attributes }))
}

/// What companies call the number of their order in the metadata of what Stripe keeps for them.
const ORDER: [&str; 3] = ["order_id", "order_number", "order"];

/// The company's own order number, where it has put one into the metadata.
fn order(object: &Fields<'_>) -> Option<String> {
    let metadata = object.object("metadata");
    ORDER.iter().find_map(|name| metadata.id(name))
}

/// A number as Stripe counts up documents, in words.
fn numbered(what: &str, number: Option<&str>) -> Option<Personal> {
    line(&format!("{what} {}", number?))
}
