//! Asterisk's REST interface (ARI): the events of its WebSocket, relayed over HTTP as they are.
//!
//! A call is the channel that the customer is on. Where `channelvars` in `ari.conf` has `CHANNEL(linkedid)`, it is that
//! one's, and legs to agents fall into it; without, an agent's leg is told by its extension and is no call of its own.

mod about;
mod channel;
mod kind;

use serde_json::Value;
use timeline::{Channel as Medium, Direction, Event, Personal, Related, Relation};

use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};
use channel::{Leg, Role};
use kind::Kind;

const NAME: &str = "asterisk-ari";
/// Most events of one delivery.
const MAX_EVENTS: usize = 500;

/// Events of Asterisk's REST interface.
pub(crate) struct AsteriskAri;

impl Source for AsteriskAri {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let is_named = envelope.source.as_deref() == Some(NAME);
        match envelope.json() {
            Some(Value::Array(items)) => items.iter().any(is_event) || is_named,
            Some(value) => value.is_object() && (is_named || is_event(value)),
            None => false,
        }
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        match envelope.json() {
            Some(Value::Array(items)) => Reading::of_each(
                items,
                "the number of events in one delivery",
                MAX_EVENTS,
                |item| read_event(item, context),
            ),
            Some(value) => read_event(value, context),
            None => Err(Rejection::UnknownEnvelope),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// Every event names its type and the application that it is sent to, and nearly all have a time and a channel.
fn is_event(value: &Value) -> bool {
    let fields = Fields::of(value);
    let has = |name: &str| fields.get(name).is_some();
    has("type") && has("application") && (has("timestamp") || has("asterisk_id") || has("channel"))
}

fn read_event(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let fields = Fields::of(value);
    let name = fields.required_text("type")?;
    let Some(kind) = Kind::of(name) else {
        return Ok(parts::not_used(NAME, name));
    };
    // The channel's own fields stand under another name in some events.
    let parent = kind
        .channels()
        .iter()
        .find(|name| fields.object(name).is_present());
    let Some(parent) = parent else {
        return Err(Rejection::missing(kind.channels()[0]));
    };
    let object = fields.object(parent);
    let leg = Leg::of(&object)?;
    let at = parts::required_time(&fields, "timestamp")?;
    let Some(told) = kind.told(&fields, &leg) else {
        return Ok(parts::not_used(NAME, name));
    };
    let source = parts::source(NAME);
    let key = told.key.as_deref().unwrap_or(&leg.call);
    let mut event = Event::new(
        parts::interaction_id(&source, key, "channel.id")?,
        parts::event_id(
            &format!("{}-{name}{}-{at}", leg.id, told.detail),
            "channel.id",
        )?,
        source.clone(),
        Medium::Call,
        told.fact,
    );
    event.occurred_at = Some(at);
    let is_customers = told.key.is_none() && leg.role() == Role::Customer;
    if is_customers && kind.names_customer() {
        let sides = leg.sides();
        event.direction = sides.direction;
        sides.customer(context.region).name_in(&mut event);
        if sides.direction == Some(Direction::Inbound) && event.customer.is_some() {
            event.customer_name = leg.name().map(Personal::new);
        }
    }
    if let Some(replaced) = fields.object("replace_channel").id("id")
        && kind == Kind::StasisStart
    {
        event.related.push(Related {
            relation: Relation::Previous,
            interaction_id: parts::interaction_id(&source, &replaced, "replace_channel.id")?,
        });
    }
    Ok(Reading::event(event))
}
