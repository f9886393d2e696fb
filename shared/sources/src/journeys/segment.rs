//! Segment's calls, one or a batch: what visitors of a site or an app did.
//!
//! A visit is what one browser or device did on one day (UTC), or one user where a server tells it without a device. Its
//! customer is that visitor, and who the visitor is said to be takes part: a device that several people share never makes
//! one person of them.

mod about;

use serde_json::Value;
use timeline::{
    Acted, Basis, Channel, Event, Fact, Personal, Region, Timestamp, Updated, Viewed, opaque,
};

use super::claims::{Claims, attributes, first_text, is_named, line, page};
use crate::about::About;
use crate::envelope::Envelope;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "segment";
/// Most calls in one batch.
const MAX_BATCH: usize = 1000;
/// The kinds of calls that there are.
const KINDS: [&str; 7] = [
    "identify", "track", "page", "screen", "group", "alias", "delete",
];
/// The parts of an address.
const ADDRESS: [&str; 5] = ["street", "postalCode", "city", "state", "country"];
/// A time's date, as in `2026-03-02`.
const DATE_CHARS: usize = 10;

/// Segment's webhooks, and functions that hand on its calls.
pub(crate) struct Segment;

impl Source for Segment {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = envelope.json() else {
            return false;
        };
        let is_call = |value: &Value| is_call(&Fields::of(value));
        let known = match batch(value) {
            Some((_, calls)) => calls.iter().any(is_call),
            None => is_call(value),
        };
        is_named(envelope, NAME) || known
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let Some((name, calls)) = batch(value) else {
            return call(&Fields::of(value), context.region);
        };
        if calls.len() > MAX_BATCH {
            return Err(Rejection::TooMuch {
                what: "the number of calls in one batch",
                limit: MAX_BATCH,
            });
        }
        let mut reading = Reading::default();
        for (index, item) in calls.iter().enumerate() {
            let read = call(&Fields::of(item), context.region);
            reading.and(read.map_err(|rejection| rejection.at(name, index)));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// The calls of a batch, and what the list is called: `{"batch": […]}`, or a plain list where the destination batches.
fn batch(value: &Value) -> Option<(&'static str, &[Value])> {
    match value {
        Value::Array(calls) => Some(("", calls)),
        Value::Object(_) => {
            let calls = Fields::of(value).get("batch")?.as_array()?;
            Some(("batch", calls))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn is_call(call: &Fields<'_>) -> bool {
    let known = call.text("type").is_some_and(|kind| KINDS.contains(&kind));
    let has_who = call.get("anonymousId").is_some() || call.get("userId").is_some();
    known && call.get("messageId").is_some() && has_who
}

fn call(call: &Fields<'_>, region: Option<Region>) -> Result<Reading, Rejection> {
    let kind = call.required_text("type")?;
    let Some(fact) = fact(kind, call)? else {
        return Ok(parts::not_used(NAME, kind));
    };
    let id = parts::event_id(call.required_text("messageId")?, "messageId")?;
    // `timestamp` is the device's time, corrected. A call that never went through Segment may have the device's own only.
    let occurred_at = match parts::time(call, "timestamp")? {
        Some(at) => at,
        None => parts::time(call, "originalTimestamp")?
            .ok_or_else(|| Rejection::missing("timestamp"))?,
    };
    let anonymous = call.id("anonymousId");
    let user = call.id("userId");
    let key = match (&anonymous, &user) {
        (Some(id), _) => visit("anonymous", id, occurred_at),
        (None, Some(id)) => visit("user", id, occurred_at),
        (None, None) => return Err(Rejection::missing("anonymousId")),
    };
    let source = parts::source(NAME);
    let interaction_id = parts::interaction_id(&source, &key, "anonymousId")?;
    let mut event = Event::new(interaction_id, id, source, Channel::Web, fact);
    event.occurred_at = Some(occurred_at);
    let traits = call.object("traits");
    let context = call.object("context");
    let known_traits = context.object("traits");
    // The key with which a page calls Segment is public, so that anybody can say anything of anybody.
    let mut claims = Claims::on(Basis::Typed);
    claims.visitor(NAME, anonymous.as_deref());
    claims.record(NAME, user.as_deref());
    // Some sites know their users by their addresses.
    if let Some(user) = user.as_deref().filter(|user| user.contains('@')) {
        claims.email(Some(user));
    }
    if kind == "alias" {
        claims.visitor(NAME, call.id("previousId").as_deref());
    }
    // The traits of a group are a company's.
    let own = (kind == "identify").then_some(&traits);
    for traits in own.into_iter().chain([&known_traits]) {
        claims.email(traits.text("email"));
        claims.phone(traits.text("phone"), region);
        if event.customer_name.is_none() {
            event.customer_name = name(traits);
        }
        describe(&mut claims.evidence, traits);
    }
    claims.evidence.language(context.text("locale"));
    claims.evidence.time_zone(context.text("timezone"));
    claims.name_in(&mut event);
    Ok(Reading::event(event))
}

/// What traits that have a meaning for Segment say of the person.
fn describe(evidence: &mut Evidence, traits: &Fields<'_>) {
    let company = traits.object("company");
    evidence.company(traits.text("company").or(company.text("name")));
    evidence.language(traits.text("language"));
    evidence.time_zone(traits.text("timezone"));
    evidence.address(traits.text("address"));
    evidence.address_in(&traits.object("address"), &ADDRESS);
}

/// The visit's key holds ids that some sites make of addresses, so that nobody reads them there.
fn visit(kind: &str, id: &str, at: Timestamp) -> String {
    let at = at.to_string();
    let date: String = at.chars().take(DATE_CHARS).collect();
    opaque(&[kind, id, &date])
}

/// What a call says; `None` when it is not used: to delete somebody is no event of theirs.
fn fact(kind: &str, call: &Fields<'_>) -> Result<Option<Fact>, Rejection> {
    let properties = call.object("properties");
    let context = call.object("context");
    Ok(Some(match kind {
        "page" => {
            let here = context.object("page");
            Fact::Viewed(Viewed {
                url: properties.text("url").or(here.text("url")).and_then(page),
                title: properties
                    .text("title")
                    .or(here.text("title"))
                    .or(call.text("name"))
                    .and_then(line),
            })
        }
        "screen" => Fact::Viewed(Viewed {
            url: None,
            title: call.text("name").or(properties.text("name")).and_then(line),
        }),
        "track" => Fact::Acted(Acted {
            action: parts::kept_name(call.required_text("event")?)
                .ok_or_else(|| Rejection::missing("event"))?,
            attributes: scalars(call, "properties"),
        }),
        "identify" | "alias" => Fact::Updated(Updated::default()),
        "group" => Fact::Updated(Updated {
            attributes: group(call),
        }),
        _ => return Ok(None),
    }))
}

/// Properties as they are, without those that hold the page's address with its query.
fn scalars(call: &Fields<'_>, name: &str) -> std::collections::BTreeMap<String, Personal> {
    let properties = call.get(name).and_then(Value::as_object);
    let pairs = properties.into_iter().flatten();
    attributes(
        pairs
            .map(|(name, value)| (name.as_str(), value))
            .filter(|(name, _)| !["url", "search", "referrer"].contains(name)),
    )
}

fn group(call: &Fields<'_>) -> std::collections::BTreeMap<String, Personal> {
    let traits = call.object("traits");
    let named = [
        ("group_id", call.get("groupId")),
        ("group_name", traits.get("name")),
    ];
    attributes(
        named
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?))),
    )
}

fn name(traits: &Fields<'_>) -> Option<Personal> {
    let parts = [
        first_text(traits, &["firstName", "first_name"]),
        first_text(traits, &["lastName", "last_name"]),
    ];
    let parts = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    traits.text("name").and_then(line).or_else(|| line(&parts))
}
