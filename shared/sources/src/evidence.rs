//! What a delivery says of its customer beside the address that it names: other identities, each with how the source
//! comes to say so, and what they are as a person.
//!
//! A bad form is passed over: what is claimed never keeps an event from being taken.

use std::collections::BTreeMap;

use timeline::{
    Author, Basis, Claim, EmailAddress, Event, Fact, Identity, IdentityKind, MAX_NAMED, Personal,
    Plan, Region, TraitName, cut,
};

use crate::fields::Fields;

pub(crate) use timeline::Thing;

/// Longest address, number or id that is read as a claim, in bytes.
const MAX_CLAIMED: usize = 320;
/// Longest value of a trait, in bytes.
const MAX_TRAIT: usize = 1024;
/// Longest tag of a language, in bytes: the longest that BCP 47 asks everybody to take.
const MAX_LANGUAGE: usize = 35;
/// Longest name of a time zone, in bytes.
const MAX_ZONE: usize = 64;
/// Most parts of an address that is given in parts.
const MAX_PARTS: usize = 8;

/// What is said of an event's customer.
#[derive(Clone, Default)]
pub(crate) struct Evidence {
    claims: Vec<Claim>,
    traits: BTreeMap<TraitName, Personal>,
}

impl Evidence {
    /// An identity that is claimed.
    pub(crate) fn claim(&mut self, basis: Basis, identity: Option<Identity>) {
        if let Some(identity) = identity {
            add(&mut self.claims, Claim { identity, basis });
        }
    }

    /// An email address.
    pub(crate) fn email(&mut self, basis: Basis, raw: Option<&str>) {
        let read = filled(raw).and_then(|raw| EmailAddress::read(raw).ok());
        self.claim(basis, read.as_ref().map(Identity::email));
    }

    /// A telephone number, with a plus or national in the region.
    pub(crate) fn phone(&mut self, basis: Basis, raw: Option<&str>, region: Option<Region>) {
        self.claim(
            basis,
            filled(raw).and_then(|raw| phone(raw, Plan::National(region))),
        );
    }

    /// A record of a person in another system.
    pub(crate) fn record(&mut self, basis: Basis, system: &str, id: Option<&str>) {
        self.claim(
            basis,
            filled(id).and_then(|id| Identity::crm(system, id).ok()),
        );
    }

    /// A thing of the customer's, by the number that people quote.
    pub(crate) fn reference(&mut self, thing: Thing, number: Option<&str>) {
        self.claim(
            Basis::Reference,
            filled(number).and_then(|number| thing.identity(number)),
        );
    }

    /// The company that the customer is of.
    pub(crate) fn company(&mut self, name: Option<&str>) {
        self.describe("company", filled_line(name));
    }

    /// The language: a tag such as `de` or `pt-BR`; the underscore that some systems write is a hyphen.
    pub(crate) fn language(&mut self, tag: Option<&str>) {
        let tag = filled(tag).map(|tag| tag.replace('_', "-"));
        let is_tag = |tag: &String| {
            let mut parts = tag.split('-');
            let first = parts.next().unwrap_or_default();
            tag.len() <= MAX_LANGUAGE
                && (2..=3).contains(&first.len())
                && first.bytes().all(|b| b.is_ascii_alphabetic())
                && parts.all(|part| {
                    (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
                })
        };
        self.describe("language", tag.filter(is_tag));
    }

    /// The time zone by its name in the IANA's list, such as `Europe/Berlin`. Other names are passed over.
    pub(crate) fn time_zone(&mut self, name: Option<&str>) {
        let is_zone = |name: &&str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'+');
            name.len() <= MAX_ZONE
                && name.bytes().all(plain)
                && (name.contains('/') || *name == "UTC")
        };
        self.describe(
            "time_zone",
            filled(name).filter(is_zone).map(ToOwned::to_owned),
        );
    }

    /// A postal address in one line.
    pub(crate) fn address(&mut self, line: Option<&str>) {
        self.describe("address", filled_line(line));
    }

    /// A postal address of which each part is a field of its own: the parts that are there, in the order of the names.
    pub(crate) fn address_in(&mut self, parts: &Fields<'_>, names: &[&str]) {
        let parts: Vec<_> = names
            .iter()
            .take(MAX_PARTS)
            .filter_map(|name| filled_line(parts.text(name)))
            .collect();
        self.address(Some(&parts.join(", ")));
    }

    /// The trait of a name in the vocabulary. Other names are passed over.
    pub(crate) fn trait_named(&mut self, name: &str, value: Option<&str>) {
        match name {
            "language" => self.language(value),
            "time_zone" => self.time_zone(value),
            name => self.describe(name, filled_line(value)),
        }
    }

    /// A trait, unless the same event has said something else of it before.
    fn describe(&mut self, name: &str, value: Option<String>) {
        if let (Ok(name), Some(value)) = (name.parse::<TraitName>(), value) {
            self.traits
                .entry(name)
                .or_insert_with(|| Personal::new(value));
        }
    }

    /// Says it in an event, beside what the event says already.
    pub(crate) fn state_in(self, event: &mut Event) {
        for claim in self.claims {
            add(&mut event.claims, claim);
        }
        for (name, value) in self.traits {
            event.traits.entry(name).or_insert(value);
        }
    }
}

/// The telephone number that a text is, if it is one.
pub(crate) fn phone(raw: &str, plan: Plan) -> Option<Identity> {
    let identity = Identity::caller(raw, plan).ok().flatten()?;
    (identity.uri.kind() == IdentityKind::Tel).then_some(identity)
}

/// The event as it leaves its source. What is said of a customer whom it does not name is of nobody; and WhatsApp has
/// made sure of the number that an account is named by, whichever source tells of the account. What a customer answers
/// in a chat is typed in any.
pub(crate) fn of_customer(mut event: Event) -> Event {
    let Some(customer) = &event.customer else {
        event.claims.clear();
        event.traits.clear();
        return event;
    };
    if customer.uri.kind() == IdentityKind::Whatsapp {
        let basis = Basis::Messenger;
        if let Some(identity) = in_other_scheme(customer, IdentityKind::Tel) {
            add(&mut event.claims, Claim { identity, basis });
        }
    }
    if let Some(identity) = answered(&event) {
        let basis = Basis::Typed;
        add(&mut event.claims, Claim { identity, basis });
    }
    event
}

/// The address that a customer's message consists of: an answer to who they are. In a sentence it may be anybody's.
fn answered(event: &Event) -> Option<Identity> {
    let Fact::Message(message) = &event.fact else {
        return None;
    };
    if message.author != Author::Customer || message.private {
        return None;
    }
    let text = filled(Some(message.text.text.expose()))?;
    if text.starts_with('+') {
        return phone(text, Plan::National(None));
    }
    let is_word = !text.contains(char::is_whitespace);
    let email = EmailAddress::read(text).ok().filter(|_| is_word)?;
    Some(Identity::email(&email))
}

/// The same number as a telephone's, or as a WhatsApp account's.
pub(crate) fn in_other_scheme(identity: &Identity, kind: IdentityKind) -> Option<Identity> {
    let (_, number) = identity.uri.expose().split_once(':')?;
    let other = Identity::read(&format!("{}:{number}", kind.scheme())).ok()?;
    Some(Identity {
        raw: identity.raw.clone(),
        ..other
    })
}

/// Adds a claim; of two on one identity the weightier stays.
pub(crate) fn add(claims: &mut Vec<Claim>, claim: Claim) {
    // The customer's own identity may be among them, which is dropped in the end.
    let is_full = claims.len() > MAX_NAMED;
    let mut known = claims.iter_mut();
    match known.find(|known| known.identity.uri == claim.identity.uri) {
        Some(known) if claim.basis < known.basis => *known = claim,
        Some(_) => {}
        None if is_full => {}
        None => claims.push(claim),
    }
}

fn filled(text: Option<&str>) -> Option<&str> {
    text.map(str::trim)
        .filter(|text| !text.is_empty() && text.len() <= MAX_CLAIMED)
}

/// A text as one line.
fn filled_line(text: Option<&str>) -> Option<String> {
    let line = cut(text?.trim(), MAX_TRAIT)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    (!line.is_empty()).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;
    use timeline::{Channel, EventId, InteractionId, Message, Text, Updated};

    fn event() -> Event {
        let source = timeline::Source::new("test").unwrap();
        Event::new(
            InteractionId::new(&source, "1").unwrap(),
            EventId::new("1").unwrap(),
            source,
            Channel::Web,
            Fact::Updated(Updated::default()),
        )
    }

    fn told(evidence: Evidence) -> Event {
        let mut event = event();
        evidence.state_in(&mut event);
        event
    }

    #[test]
    fn of_two_claims_on_one_identity_the_weightier_stays() {
        let mut evidence = Evidence::default();
        evidence.email(Basis::Typed, Some("Ada@Example.com"));
        evidence.email(Basis::Record, Some("ada@example.com"));
        evidence.email(Basis::Signature, Some("ada@example.com "));
        let claims = told(evidence).claims;
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].basis, Basis::Record);
    }

    #[test]
    fn what_is_none_of_its_kind_is_passed_over() {
        let mut evidence = Evidence::default();
        evidence.email(Basis::Typed, Some("nobody"));
        evidence.email(Basis::Typed, Some(""));
        evidence.phone(Basis::Typed, Some("anonymous"), None);
        evidence.phone(Basis::Typed, Some("ada@example.com"), None);
        evidence.record(Basis::Record, "system", Some("two words"));
        evidence.reference(Thing::Ticket, Some("#"));
        evidence.reference(Thing::Ticket, Some(&"1".repeat(1000)));
        evidence.language(Some("whatever I speak"));
        evidence.language(Some("english"));
        evidence.time_zone(Some("Berlin"));
        evidence.time_zone(Some("Europe/<b>"));
        evidence.company(Some(" \n "));
        let event = told(evidence);
        assert_eq!(event.claims, []);
        assert_eq!(event.traits.len(), 0);
    }

    #[test]
    fn traits_are_one_line_each_and_the_first_word_counts() {
        let mut evidence = Evidence::default();
        evidence.language(Some("pt_BR"));
        evidence.language(Some("de"));
        evidence.time_zone(Some("America/Sao_Paulo"));
        evidence.address(Some("Rua Exemplo 1\n01000-000 São Paulo"));
        let traits = told(evidence).traits;
        let shown: Vec<_> = traits
            .iter()
            .map(|(name, value)| format!("{name}={}", value.expose()))
            .collect();
        assert_eq!(
            shown,
            [
                "address=Rua Exemplo 1 01000-000 São Paulo",
                "language=pt-BR",
                "time_zone=America/Sao_Paulo"
            ]
        );
    }

    #[test]
    fn an_account_of_whatsapp_claims_its_number() {
        let mut event = event();
        event.customer = Identity::read("whatsapp:+14155550142").ok();
        let claims = of_customer(event).claims;
        assert_eq!(claims.len(), 1);
        assert_eq!(claims[0].identity.uri.expose(), "tel:+14155550142");
        assert_eq!(claims[0].basis, Basis::Messenger);
    }

    #[test]
    fn complaint_20_an_answer_that_is_an_address_is_typed_and_one_in_a_sentence_is_nothing() {
        let claimed = |author, text| {
            let mut event = event();
            event.customer = Identity::visitor("shop", "4f2a").ok();
            event.fact = Fact::Message(Message {
                author,
                name: None,
                text: Text::new(text),
                private: false,
                attachments: Vec::new(),
            });
            let claims = of_customer(event).claims.into_iter();
            let claims = claims.map(|claim| (claim.basis, claim.identity.uri.expose().to_owned()));
            claims.collect::<Vec<_>>()
        };
        let typed = |uri: &str| vec![(Basis::Typed, uri.to_owned())];
        let said = |text| claimed(Author::Customer, text);
        assert_eq!(said(" Ada@Example.com\n"), typed("mailto:ada@example.com"));
        assert_eq!(said("+1 (415) 555-0123"), typed("tel:+14155550123"));
        for text in ["Write to ada@example.com", "4155550123", "+1", "Hello", ""] {
            assert_eq!(said(text), [], "{text}");
        }
        assert_eq!(claimed(Author::Agent, "ada@example.com"), []);
        assert_eq!(claimed(Author::System, "ada@example.com"), []);
    }

    #[test]
    fn what_is_said_of_nobody_is_dropped() {
        let mut evidence = Evidence::default();
        evidence.email(Basis::Typed, Some("ada@example.com"));
        evidence.language(Some("de"));
        let mut event = told(evidence);
        let mut named = event.clone();
        named.customer = Identity::visitor("shop", "4f2a").ok();
        assert_eq!(of_customer(named.clone()), named);
        event = of_customer(event);
        assert_eq!((event.claims.len(), event.traits.len()), (0, 0));
    }
}
