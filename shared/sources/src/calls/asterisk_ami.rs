//! Asterisk's manager events (AMI), relayed over HTTP as JSON objects with the manager's field names in any case: of
//! Asterisk 12 and later, and the few that earlier versions named otherwise.
//!
//! A call is a `Linkedid`: all channels that have to do with it carry that of its first. That channel's end is the call's.

mod about;
mod kind;

use serde_json::Value;
use timeline::{
    Channel, Direction, Ended, Event, Fact, InteractionId, Personal, Related, Relation,
};

use super::party::{End, Sides};
use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};
use kind::Kind;

const NAME: &str = "asterisk-ami";
/// Most events of one delivery.
const MAX_EVENTS: usize = 500;
/// Fields that a manager's event has beside its name; one of them tells it.
const MARKS: [&str; 8] = [
    "Uniqueid",
    "Linkedid",
    "Privilege",
    "Uniqueid1",
    "SrcUniqueID",
    "DestUniqueid",
    "BridgeUniqueid",
    "OrigTransfererUniqueid",
];

/// Events of Asterisk's manager interface.
pub(crate) struct AsteriskAmi;

impl Source for AsteriskAmi {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let is_named = envelope.source.as_deref() == Some(NAME);
        match envelope.json() {
            Some(Value::Array(items)) => items.iter().any(is_event) || is_named,
            Some(_) | None => envelope
                .object()
                .is_some_and(|value| is_named || is_event(&value)),
        }
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        match envelope.json() {
            Some(Value::Array(items)) => Reading::of_each(
                items,
                "the number of manager events in one delivery",
                MAX_EVENTS,
                |item| read_event(item, context),
            ),
            Some(_) | None => {
                let value = envelope.object().ok_or(Rejection::UnknownEnvelope)?;
                read_event(&value, context)
            }
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

fn is_event(value: &Value) -> bool {
    let fields = Fields::of(unwrapped(value));
    fields.text("Event").is_some() && MARKS.iter().any(|mark| fields.get(mark).is_some())
}

/// The event itself. The relay amiws puts it into `data` and says beside it which server it is of.
fn unwrapped(value: &Value) -> &Value {
    let outer = Fields::of(value);
    let inner = outer.get("data").filter(|data| data.is_object());
    let is_wrapped = outer.get("Event").is_none() && outer.get("server_id").is_some();
    inner.filter(|_| is_wrapped).unwrap_or(value)
}

fn read_event(value: &Value, context: &Context) -> Result<Reading, Rejection> {
    let fields = Fields::of(unwrapped(value));
    let name = fields.required_text("Event")?;
    let Some(kind) = Kind::of(name, &fields) else {
        return Ok(parts::not_used(NAME, name));
    };
    let call = Call::of(&fields, kind)?;
    let (caller, dialled) = ends(&fields);
    // Only the call's first channel tells who calls whom: on the others the caller is the one who was called.
    let sides = if call.is_first && !kind.is_transfer() {
        Sides::of(
            caller.as_deref(),
            dialled.as_deref(),
            context_direction(&fields),
        )
    } else {
        Sides::of(None, None, None)
    };
    let Some(fact) = kind.fact(&fields, &call, sides.direction) else {
        return Ok(parts::not_used(NAME, name));
    };
    let mut event = Event::new(
        call.interaction.clone(),
        parts::event_id(&kind.id(&fields, &call.channel, name), "Uniqueid")?,
        parts::source(NAME),
        Channel::Call,
        fact,
    );
    // Only where `timestampevents` is on in manager.conf.
    event.occurred_at = parts::time(&fields, "Timestamp")?;
    event.direction = sides.direction;
    sides.customer(context.region).name_in(&mut event);
    if sides.direction == Some(Direction::Inbound) && event.customer.is_some() {
        event.customer_name = caller_name(&fields).map(Personal::new);
    }
    let mut reading = Reading::default();
    if kind == Kind::AttendedTransfer
        && let Some(merged) = merged_call(&fields, &event)?
    {
        reading.events.push(merged);
    }
    reading.events.insert(0, event);
    Ok(reading)
}

/// Whose event it is.
struct Call {
    interaction: InteractionId,
    /// The channel's own id.
    channel: String,
    /// Whether it is the channel that the call began with.
    is_first: bool,
}

impl Call {
    fn of(fields: &Fields<'_>, kind: Kind) -> Result<Self, Rejection> {
        let (channel, linked) = kind.ids();
        let id = |names: &[&str]| names.iter().find_map(|name| fields.id(name));
        let channel = id(channel).ok_or_else(|| Rejection::missing(channel[0].to_owned()))?;
        let linked = id(linked);
        let is_first = linked.as_ref().is_none_or(|linked| *linked == channel);
        let key = linked.as_deref().unwrap_or(&channel);
        Ok(Self {
            interaction: parts::interaction_id(&parts::source(NAME), key, "Linkedid")?,
            channel,
            is_first,
        })
    }
}

/// The calling and the dialled number.
fn ends(fields: &Fields<'_>) -> (Option<String>, Option<String>) {
    let first = |names: &[&str]| names.iter().find_map(|name| fields.id(name));
    let caller = first(&["CallerIDNum", "CallerIDNumber", "CallerID"]);
    let dialled = match first(&["Exten"]) {
        Some(exten) if End::of(&exten) == End::Outside => Some(exten),
        // Dialplans jump to places such as `s`. What is dialled then stands in the address of the trunk.
        exten => trunk_number(fields).map(str::to_owned).or(exten),
    };
    (caller, dialled)
}

/// The way of a call by the name of the dialplan's context that it is in, as FreePBX and the samples name them.
fn context_direction(fields: &Fields<'_>) -> Option<Direction> {
    let context = fields.text("Context")?.to_ascii_lowercase();
    let is_in = [
        "from-trunk",
        "from-pstn",
        "from-did",
        "incoming",
        "inbound",
        "ext-did",
    ];
    let is_out = ["outbound", "outgoing", "macro-dialout"];
    if is_in.iter().any(|word| context.starts_with(word)) {
        Some(Direction::Inbound)
    } else if is_out.iter().any(|word| context.starts_with(word)) {
        Some(Direction::Outbound)
    } else {
        None
    }
}

/// The number in `PJSIP/+14155550123@trunk` or `trunk/14155550123`.
fn trunk_number<'a>(fields: &Fields<'a>) -> Option<&'a str> {
    let dialled = fields
        .text("DialString")
        .or_else(|| fields.text("Dialstring"))?;
    let first = dialled.split(['&', ',']).next()?;
    let number = first
        .split('/')
        .map(|part| part.split('@').next().unwrap_or(part))
        .find(|part| End::of(part) == End::Outside)?;
    (End::of(number) == End::Outside).then_some(number)
}

fn caller_name(fields: &Fields<'_>) -> Option<String> {
    let name = fields.text("CallerIDName")?.trim();
    let is_name = name.chars().any(char::is_alphabetic) && End::of(name) != End::Withheld;
    parts::kept_name(name).filter(|_| is_name)
}

/// The call that a colleague was asked by, once the customer was handed over: it goes on in the customer's call. Its
/// channels carry that call's id from here on, so that nothing else would end it.
fn merged_call(fields: &Fields<'_>, event: &Event) -> Result<Option<Event>, Rejection> {
    let Some(second) = fields.id("SecondTransfererLinkedid") else {
        return Ok(None);
    };
    let source = parts::source(NAME);
    let interaction = parts::interaction_id(&source, &second, "SecondTransfererLinkedid")?;
    if interaction == event.interaction_id {
        return Ok(None);
    }
    let fact = Fact::Ended(Ended {
        cause: Some("AttendedTransfer".to_owned()),
        forwarded: true,
    });
    let mut merged = Event::new(interaction, event.id.clone(), source, Channel::Call, fact);
    merged.occurred_at = event.occurred_at;
    merged.related = vec![Related {
        relation: Relation::Next,
        interaction_id: event.interaction_id.clone(),
    }];
    Ok(Some(merged))
}
