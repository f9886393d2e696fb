//! What an Amazon Connect flow hands to a Lambda function, up to three times alike for one try of its block.
//!
//! It has no clock, and it is the first that tells whose number a contact is of: contact events never do, and the
//! contact record comes when the contact is over. A flow may ask several times in the course of a contact, with other
//! attributes, another queue and another customer profile each time. So the event is made of what never changes.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{Channel, Event, EventId, Fact, Opening, Personal, Started};

use super::contact::{self, Initiation};
use super::record::customer;
use crate::about::{About, Kind};
use crate::envelope::{Envelope, Payload};
use crate::evidence::of_customer;
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "amazon-connect-flow";
/// The event's id. A contact has one such event, however often its flow asks.
const EVENT: &str = "flow";

/// The event of an Amazon Connect flow's Lambda block.
pub(crate) struct ConnectFlow;

static ABOUT: About = About {
    title: "Amazon Connect flow",
    summary: "Tells a flow who is calling, and ties the contact to its number while it still rings.",
    setup: &[
        "Deploy the stack. The function is `connect-flow`.",
        "In the Amazon Connect console, open the instance, choose Flows, and add the function under AWS Lambda.",
        "In the inbound flow, put the block `AWS Lambda function` before the first queue. Choose the function, leave the \
         timeout at 8 seconds or make it shorter, and choose STRING_MAP as the validation of its response.",
        "Join the block's Error branch with its Success branch, so that no call ever waits for a screen pop.",
        "Read the answer as external attributes: `$.External.state`, `$.External.customer_name`.",
    ],
    kinds: &[Kind {
        name: "ContactFlowEvent",
        fixture: "inbound.json",
    }],
    limits: &[
        "It has no clock. The contact counts as begun when the event arrived, until a contact event tells more.",
        "Attributes, parameters and the queue are not kept, because a flow that asks twice sends others. The contact \
         record brings them.",
        "A chat or a web call names no address, so that it stays without a customer until another source names one.",
    ],
    webhook: None,
};

impl Source for ConnectFlow {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By the contact's data under `Details`, or by the event's name where that is missing.
    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.json().is_some_and(|value| {
            let fields = Fields::of(value);
            let named = fields
                .text("Name")
                .is_some_and(|name| name.eq_ignore_ascii_case("ContactFlowEvent"));
            named || fields.object("Details").object("ContactData").is_present()
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        match envelope.json() {
            Some(value) => read(value, context),
            None => Err(Rejection::UnknownEnvelope),
        }
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

/// Reads the event of a flow's Lambda block as a delivery of it through the queue is read.
///
/// # Errors
/// When it is no such event, or names no contact.
pub fn connect_flow(payload: Value, context: &Context) -> Result<Reading, Rejection> {
    let envelope = Envelope {
        payload: Payload::Json(payload),
        sns: None,
        headers: BTreeMap::new(),
        source: None,
        account: None,
        is_bytes: false,
    };
    if !ConnectFlow.recognises(&envelope) {
        return Err(Rejection::UnknownEnvelope);
    }
    let mut reading = ConnectFlow.read(&envelope, context)?;
    for event in &mut reading.events {
        event.received_at = context.received_at;
    }
    let events = reading.events.into_iter();
    reading.events = events.map(of_customer).map(Event::tidy).collect();
    Ok(reading)
}

fn read(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let root = Fields::of(value);
    let details = root.object("Details");
    let contact = details.object("ContactData");
    if !contact.is_present() {
        return Err(Rejection::missing("Details.ContactData"));
    }
    let channel = match contact::channel(&contact) {
        Ok(channel) => channel,
        Err(ignored) => return Ok(Reading::ignored(ignored)),
    };
    let id = EventId::new(EVENT).map_err(|_| Rejection::missing("Name"))?;
    let fact = Fact::Started(Started {
        // Whatever has a clock comes after it, so that a flow that asks late does not take a call back into its menu.
        opening: match channel {
            Channel::Call => Opening::Ivr,
            Channel::Chat
            | Channel::Email
            | Channel::Web
            | Channel::Task
            | Channel::Contract
            | Channel::Invoice
            | Channel::Survey => Opening::Open,
        },
        initiation: Initiation::of(&contact).word(),
        ..Started::default()
    });
    let mut event = contact::event(&contact, id, channel, fact)?;
    // The profile is what the flow has found so far, and may be another the next time.
    event.participants.clear();
    customer(&contact, channel, context.region).name_in(&mut event);
    event.customer_name = event.customer.as_ref().and_then(|_| {
        let endpoint = contact.object("CustomerEndpoint");
        contact::name(&endpoint, "DisplayName").map(Personal::new)
    });
    Ok(Reading::event(event))
}
