//! What the sources of the journey share: who somebody is said to be, and what is kept of a sender's own fields.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{Basis, Event, Identity, IdentityKind, MAX_ATTRIBUTES, Personal, Plan, Region, cut};

use crate::address::Address;
use crate::envelope::{Envelope, Payload};
use crate::evidence::Evidence;
use crate::fields::Fields;

/// Longest line of text that is kept: a title, a subject, an attribute's value. In bytes.
const MAX_LINE: usize = 1024;
/// Longest name of an attribute that is kept, in bytes.
const MAX_ATTRIBUTE_NAME: usize = 128;
/// Longest address of a page that is kept, in bytes.
const MAX_URL: usize = 2048;
/// Most addresses that one delivery is asked for. An event keeps fewer.
const MAX_CLAIMS: usize = 64;

/// Whom a delivery names, the strongest first: the first that can be read is the customer, the others took part.
pub(super) struct Claims {
    known: Vec<Identity>,
    unread: Option<Personal>,
    /// How the source comes to name others beside the customer; `None` where they are other people.
    basis: Option<Basis>,
    /// What is said of the customer beside that.
    pub(super) evidence: Evidence,
}

impl Claims {
    /// Of one person, by a source that comes so to what it says.
    pub(super) fn on(basis: Basis) -> Self {
        Self {
            basis: Some(basis),
            ..Self::of_several()
        }
    }

    /// Of several people.
    pub(super) fn of_several() -> Self {
        Self {
            known: Vec::new(),
            unread: None,
            basis: None,
            evidence: Evidence::default(),
        }
    }

    /// An email address.
    pub(super) fn email(&mut self, raw: Option<&str>) {
        if let Some(raw) = filled(raw) {
            self.add(Address::email(raw));
        }
    }

    /// A telephone number as people write it: with a plus, or national in the region.
    pub(super) fn phone(&mut self, raw: Option<&str>, region: Option<Region>) {
        if let Some(raw) = filled(raw) {
            let address = Address::caller(raw, Plan::National(region));
            // What looks like a mail's address in a field for numbers is no telephone.
            let is_other =
                matches!(&address, Address::Known(one) if one.uri.kind() != IdentityKind::Tel);
            self.add(if is_other {
                Address::unread(raw)
            } else {
                address
            });
        }
    }

    /// A record in another system. What can be no id there is passed over.
    pub(super) fn record(&mut self, system: &str, id: Option<&str>) {
        if let Some(identity) = filled(id).and_then(|id| Identity::crm(system, id).ok()) {
            self.add(Address::Known(identity));
        }
    }

    /// A visitor whom one system knows by an id of the browser or device.
    pub(super) fn visitor(&mut self, system: &str, id: Option<&str>) {
        if let Some(identity) = filled(id).and_then(|id| Identity::visitor(system, id).ok()) {
            self.add(Address::Known(identity));
        }
    }

    fn add(&mut self, address: Address) {
        if self.known.len() >= MAX_CLAIMS {
            return;
        }
        if self.known.is_empty() && self.unread.is_none() {
            self.unread = address.as_written().cloned();
        }
        if let Some(identity) = address.known()
            && !self.known.iter().any(|known| known.uri == identity.uri)
        {
            if let Some(basis) = self.basis {
                self.evidence.claim(basis, Some(identity.clone()));
            }
            self.known.push(identity);
        }
    }

    /// Names the first as the customer. That the others are the same person is what the source says.
    pub(super) fn name_in(self, event: &mut Event) {
        let mut known = self.known.into_iter();
        event.customer = known.next();
        event.participants = known.collect();
        event.unread_customer = self.unread.filter(|_| event.customer.is_none());
        self.evidence.state_in(event);
    }

    /// Names all as people who took part, and nobody as the customer.
    pub(super) fn take_part_in(self, event: &mut Event) {
        event.participants = self.known;
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Whether the webhook has found out that JSON is of this source, so that what it lacks can be named.
pub(super) fn is_named(envelope: &Envelope, source: &str) -> bool {
    envelope.source.as_deref() == Some(source) && matches!(envelope.payload, Payload::Json(_))
}

/// The texts under some names, the first that is there.
pub(super) fn first_text<'a>(fields: &Fields<'a>, names: &[&str]) -> Option<&'a str> {
    names.iter().find_map(|name| filled(fields.text(name)))
}

/// A line of text as it is kept; `None` when nothing is left of it.
pub(super) fn line(text: &str) -> Option<Personal> {
    let kept = cut(text.trim(), MAX_LINE).trim_end();
    (!kept.is_empty()).then(|| Personal::new(kept))
}

/// A page's address without query and fragment, where sites put names, addresses and tokens.
pub(super) fn page(url: &str) -> Option<Personal> {
    let bare = url.split(['?', '#']).next().unwrap_or(url).trim();
    let kept = cut(bare, MAX_URL);
    (!kept.is_empty()).then(|| Personal::new(kept))
}

/// The scalar values of a sender's own fields, as names and texts. Lists and objects in them are left out.
pub(super) fn attributes<'a>(
    pairs: impl Iterator<Item = (&'a str, &'a Value)>,
) -> BTreeMap<String, Personal> {
    let texts = pairs.filter_map(|(name, value)| Some((name, scalar(value)?)));
    texts
        .filter(|(name, _)| !name.is_empty() && name.len() <= MAX_ATTRIBUTE_NAME)
        .take(MAX_ATTRIBUTES)
        .map(|(name, text)| (name.to_owned(), text))
        .collect()
}

/// The values under some names of an object, under those names.
pub(super) fn attributes_of(
    fields: &Fields<'_>,
    names: &[&'static str],
) -> BTreeMap<String, Personal> {
    let there = names
        .iter()
        .filter_map(|name| Some((*name, fields.get(name)?)));
    attributes(there)
}

/// A scalar as text.
pub(super) fn scalar(value: &Value) -> Option<Personal> {
    match value {
        Value::String(text) => line(text),
        Value::Number(number) => Some(Personal::new(number.to_string())),
        Value::Bool(flag) => Some(Personal::new(flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
