//! Whom a session is with.

use serde_json::Value;
use timeline::{Basis, Channel, Direction, Event, Identity, IdentityKind, Personal, Plan, Region};

use super::super::party::{self, End};
use super::NAME;
use super::fact::Kind;
use crate::address::Address;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts;

/// Most contacts of a conversation that are looked at.
const MAX_CONTACTS: usize = 16;

/// Who began the conversation.
pub(super) fn direction(body: &Fields<'_>) -> Option<Direction> {
    match body.text("direction")?.to_ascii_uppercase().as_str() {
        "INBOUND" => Some(Direction::Inbound),
        "OUTBOUND" => Some(Direction::Outbound),
        _ => None,
    }
}

/// Whether it is a caller's own number that a queue or a flow tells. Where an agent asks a queue for help, the caller is
/// the agent, whose address is no number.
pub(super) fn is_queued_caller(kind: Kind, body: &Fields<'_>) -> bool {
    let is_number = |name| {
        let address = body.text(name).unwrap_or_default();
        address.starts_with("tel:") || address.starts_with('+')
    };
    matches!(kind, Kind::AcdStart | Kind::FlowStart)
        && direction(body) == Some(Direction::Inbound)
        && is_number("ani")
}

/// Whether a session was begun by an agent, within the company: by an address that is no number.
pub(super) fn is_consult(body: &Fields<'_>) -> bool {
    let ani = body.text("ani").unwrap_or_default();
    let user = ani.strip_prefix("sip:").and_then(|sip| sip.split_once('@'));
    let is_user = user.is_some_and(|(user, _)| user.chars().any(char::is_alphabetic));
    is_user && direction(body) == Some(Direction::Inbound) && End::of(ani) != End::Withheld
}

/// The customer's address: of a call by `ani` and `dnis`, of a message or mail by `addressFrom` and `addressTo`, each
/// by who began it.
pub(super) fn customer(body: &Fields<'_>, region: Option<Region>) -> Address {
    let direction = direction(body).unwrap_or(Direction::Inbound);
    let media = body
        .text("mediaType")
        .unwrap_or("VOICE")
        .to_ascii_uppercase();
    let is_written = matches!(media.as_str(), "EMAIL" | "MESSAGE" | "CHAT");
    let (from, to) = if is_written {
        (body.id("addressFrom"), body.id("addressTo"))
    } else {
        (body.id("ani"), body.id("dnis"))
    };
    let (far, near) = match direction {
        Direction::Inbound => (from, to),
        Direction::Outbound => (to, from),
    };
    // Numbers come with their plus; one that has none is as its carrier wrote it.
    let region = party::region_of(near.as_deref(), region);
    let read = |address: &str| match media.as_str() {
        "EMAIL" => Address::email(address.strip_prefix("mailto:").unwrap_or(address)),
        "MESSAGE" | "CHAT" => messenger(body, address),
        _ => call_address(address, region),
    };
    let near = near.as_deref().map(read);
    let far = far.as_deref().map(read).or_else(|| {
        // A callback that was ordered on a page has no caller, only whom to call.
        let number = body
            .items("callbackNumbers")
            .first()
            .and_then(Value::as_str)?;
        (media == "CALLBACK").then(|| call_address(number, region))
    });
    far.map_or(Address::Nobody, |far| far.unless_own(near.as_ref()))
}

/// `tel:+14155550123`, `sip:+14155550123@host`, `sip:ada@host`, `+1 415-555-0123`.
fn call_address(address: &str, region: Option<Region>) -> Address {
    party::read(address, region)
}

/// Of SMS and WhatsApp a number; else an id that only that messenger knows.
fn messenger(body: &Fields<'_>, address: &str) -> Address {
    let kind = body
        .text("messageType")
        .unwrap_or_default()
        .to_ascii_uppercase();
    let plan = Plan::International(None);
    match kind.as_str() {
        "SMS" => Address::caller(address, plan),
        "WHATSAPP" => {
            let digits = address.trim_start_matches('+');
            let uri = format!("whatsapp:+{digits}");
            Identity::read(&uri).map_or_else(|_| Address::unread(address), Address::Known)
        }
        "" if address.starts_with("tel:") || address.starts_with('+') => {
            Address::caller(address, plan)
        }
        _ => {
            let system = if kind.is_empty() {
                "chat".to_owned()
            } else {
                kind.to_ascii_lowercase()
            };
            let known = Identity::visitor(&format!("{NAME}-{system}"), address);
            known.map_or_else(|_| Address::unread(address), Address::Known)
        }
    }
}

/// The name that goes with a callback.
pub(super) fn callback_name(body: &Fields<'_>, channel: Channel) -> Option<Personal> {
    let name = body.text("callbackUserName").and_then(parts::kept_name)?;
    (channel == Channel::Call).then(|| Personal::new(name))
}

/// Says that those who take part are the customer: contacts by the record in Genesys Cloud, numbers as somebody typed them
/// to be called back.
pub(super) fn claim(event: &mut Event) {
    let mut evidence = Evidence::default();
    for identity in event.participants.iter().take(MAX_CONTACTS) {
        let basis = match identity.uri.kind() {
            IdentityKind::Crm => Basis::Record,
            IdentityKind::Tel
            | IdentityKind::Mailto
            | IdentityKind::Visitor
            | IdentityKind::Whatsapp
            | IdentityKind::Sip => Basis::Typed,
        };
        evidence.claim(basis, Some(identity.clone()));
    }
    evidence.state_in(event);
}

/// The contacts in Genesys Cloud that the conversation is tied to: by a lookup or by an agent, so that they take part and
/// never move it. The numbers that a callback was ordered for as well.
pub(super) fn contacts(body: &Fields<'_>, region: Option<Region>) -> Vec<Identity> {
    let several = body.items("conversationExternalContactIds").iter();
    let several = several.take(MAX_CONTACTS).filter_map(Value::as_str);
    let contacts = body.text("externalContactId").into_iter().chain(several);
    let mut known: Vec<Identity> = Vec::new();
    for contact in contacts.filter_map(|id| Identity::crm(NAME, id).ok()) {
        if !known.iter().any(|other| other.uri == contact.uri) {
            known.push(contact);
        }
    }
    let numbers = body.items("callbackNumbers").iter().take(MAX_CONTACTS);
    let numbers = numbers.filter_map(|number| call_address(number.as_str()?, region).known());
    known.extend(numbers);
    known
}
