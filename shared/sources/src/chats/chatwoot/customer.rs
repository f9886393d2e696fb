//! Whom a conversation is with.

use serde_json::Value;
use timeline::{Basis, EmailAddress, Event, Identity, IdentityKind, Personal, Plan};

use super::NAME;
use crate::address::Address;
use crate::evidence::{self, Evidence};
use crate::fields::Fields;
use crate::parts::kept_name;
use crate::reading::Context;

/// The customer of a conversation as Chatwoot knows them.
pub(super) struct Customer {
    /// The customer first, then the others: telephone, email, the company's own id, the widget's visitor.
    identities: Vec<Identity>,
    /// Who it is by the inbox's own id, which is one of these.
    of_inbox: Option<Identity>,
    /// Whether the inbox's own id is an account of WhatsApp.
    is_whatsapp: bool,
    /// What the website has signed: the identifier, and the address that it may be.
    signed: Vec<Identity>,
    /// What they are as a person.
    evidence: Evidence,
    /// The first number or address that is none.
    unread: Option<Personal>,
    pub(super) name: Option<Personal>,
}

/// By which way an inbox reaches people.
#[derive(Clone, Copy)]
enum Way {
    /// Its own id of a person is their telephone number.
    Telephone,
    /// Its own id of a person is their email address.
    Email,
    /// A website's widget, another messenger, a system of the company's: it knows people by ids of its own.
    Visitor,
}

impl Way {
    fn of(conversation: &Fields<'_>) -> Self {
        let channel = conversation.text("channel").unwrap_or_default();
        let name = channel.rsplit(':').next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "whatsapp" | "twiliosms" | "sms" => Self::Telephone,
            "email" => Self::Email,
            _ => Self::Visitor,
        }
    }

    /// Who it is by the inbox's own id.
    fn identity(self, id: &str) -> Option<Identity> {
        match self {
            Self::Telephone => {
                let number = id.strip_prefix("whatsapp:").unwrap_or(id);
                evidence::phone(number, Plan::International(None))
            }
            Self::Email => EmailAddress::read(id)
                .ok()
                .map(|email| Identity::email(&email)),
            Self::Visitor => None,
        }
        .or_else(|| Identity::visitor(NAME, id).ok())
    }
}

impl Customer {
    /// Of the conversation's own person. `message` is a message's payload, whose sender is the same person when it
    /// came from outside (in a group's conversation it need not be, so the ids must agree).
    pub(super) fn of(
        conversation: &Fields<'_>,
        message: Option<&Fields<'_>>,
        account: &str,
        context: &Context,
    ) -> Self {
        let meta = conversation.object("meta");
        let own = meta.object("sender");
        let mut people = vec![own];
        if let Some(message) = message {
            let sender = message.object("sender");
            let is_own = match (own.id("id"), sender.id("id")) {
                (Some(own), Some(sender)) => own == sender,
                (None, _) | (_, None) => true,
            };
            // Webhooks before 2021 have the person under `contact`, and beside them the agent under `sender`, who does
            // not say that they are one.
            let contact = message.object("contact");
            if is_own && !is_staff(&sender) && !contact.is_present() {
                people.push(sender);
            }
            people.push(contact);
        }
        Self::of_people(&people, conversation, account, context)
    }

    fn of_people(
        people: &[Fields<'_>],
        conversation: &Fields<'_>,
        account: &str,
        context: &Context,
    ) -> Self {
        let (mut identities, unread) = stated(people, context);
        let inbox = conversation.object("contact_inbox");
        let own_id = inbox.id("source_id");
        let of_inbox = own_id.as_deref().and_then(|id| {
            let of_way = Way::of(conversation).identity(id);
            let is_own = |known: &&Identity| {
                is_same_address(known, id) || of_way.as_ref().is_some_and(|of| of.uri == known.uri)
            };
            if let Some(known) = identities.iter().find(is_own) {
                return Some(known.clone());
            }
            identities.extend(of_way.clone());
            of_way
        });
        if identities.is_empty() {
            let id = people.iter().find_map(|person| person.id("id"));
            let id = id.or_else(|| inbox.id("contact_id"));
            let id = id.map(|id| format!("{account}-contact-{id}"));
            identities.extend(id.and_then(|id| Identity::visitor(NAME, &id).ok()));
        }
        let name = people
            .iter()
            .find_map(|person| person.text("name").and_then(kept_name));
        let is_whatsapp = conversation.text("channel") == Some("Channel::Whatsapp")
            || own_id.is_some_and(|id| id.starts_with("whatsapp:"));
        Self {
            evidence: described(people, conversation),
            signed: signed(people, &inbox),
            identities,
            of_inbox,
            is_whatsapp,
            unread,
            name: name.map(Personal::new),
        }
    }

    /// Names the customer in an event, and their other identities as participants.
    pub(super) fn name_in(mut self, event: &mut Event) {
        event.unread_customer = self.unread.take();
        event.customer_name = self.name.take();
        let customer = self.identities.first().cloned();
        self.name_as(customer, event);
    }

    /// Names them in an event by which somebody filled in a form. What was typed there must move nothing, and the record
    /// may hold it by now, so that it is claimed of whom the inbox knows.
    pub(super) fn submit_in(mut self, typed: &[String], event: &mut Event) {
        for typed in typed {
            self.evidence.email(Basis::Typed, Some(typed));
            // Only with a plus: without, the answer to any question may look like a number of the region.
            self.evidence.phone(Basis::Typed, Some(typed), None);
        }
        let own = self.of_inbox.clone();
        self.name_as(own, event);
    }

    fn name_as(mut self, customer: Option<Identity>, event: &mut Event) {
        if let Some(customer) = &customer {
            self.claim_of(customer);
            self.identities.retain(|other| other.uri != customer.uri);
        }
        event.customer = customer;
        event.participants = self.identities;
        self.evidence.state_in(event);
    }

    /// Everything that a contact's record holds was typed at some time, by the visitor or an agent, and Chatwoot joins
    /// contacts by it. The website's signature holds the identifier and the visitor together and says nothing of a number
    /// or an address beside them, so that it counts only where one of the two is the customer.
    fn claim_of(&mut self, customer: &Identity) {
        let own = self.of_inbox.as_ref();
        let is_own = own.is_some_and(|own| own.uri == customer.uri);
        let is_visitor = is_own && customer.uri.kind() == IdentityKind::Visitor;
        let is_signed = customer.uri.kind() == IdentityKind::Crm
            && self.signed.iter().any(|signed| signed.uri == customer.uri);
        let basis = if is_visitor || is_signed {
            Basis::SignedIn
        } else {
            Basis::Typed
        };
        for identity in &self.signed {
            self.evidence.claim(basis, Some(identity.clone()));
        }
        let visitor = own.filter(|own| is_signed && own.uri.kind() == IdentityKind::Visitor);
        self.evidence.claim(basis, visitor.cloned());
        if self.is_whatsapp && is_own {
            let account = (customer.uri.kind() == IdentityKind::Tel)
                .then(|| evidence::in_other_scheme(customer, IdentityKind::Whatsapp));
            self.evidence.claim(Basis::Messenger, account.flatten());
        }
        for identity in &self.identities {
            self.evidence.claim(Basis::Typed, Some(identity.clone()));
        }
    }
}

/// Who the contact is said to be, the strongest first, and the first number or address that is none.
fn stated(people: &[Fields<'_>], context: &Context) -> (Vec<Identity>, Option<Personal>) {
    let mut identities: Vec<Identity> = Vec::new();
    let mut add = |identity: Option<Identity>| {
        if let Some(identity) = identity
            && !identities.iter().any(|known| known.uri == identity.uri)
        {
            identities.push(identity);
        }
    };
    let phones = people
        .iter()
        .filter_map(|person| Some(phone(&person.id("phone_number")?, context)));
    let emails = people
        .iter()
        .filter_map(|person| Some(Address::email(person.text("email")?)));
    let mut unread = None;
    for address in phones.chain(emails) {
        unread = unread.or_else(|| address.as_written().cloned());
        add(address.known());
    }
    for person in people {
        let own_id = person.id("identifier");
        add(own_id.and_then(|id| Identity::crm(NAME, &id).ok()));
    }
    (identities, unread)
}

/// What the website has signed, with identity validation: the identifier and nothing else. Many websites identify their
/// users by address.
fn signed(people: &[Fields<'_>], inbox: &Fields<'_>) -> Vec<Identity> {
    if inbox.get("hmac_verified").and_then(Value::as_bool) != Some(true) {
        return Vec::new();
    }
    let identifiers = people.iter().filter_map(|person| person.id("identifier"));
    let identities = identifiers.flat_map(|id| {
        let address = EmailAddress::read(&id).ok();
        let address = address.as_ref().map(Identity::email);
        [Identity::crm(NAME, &id).ok(), address]
    });
    identities.flatten().collect()
}

/// What is said of the customer as a person.
fn described(people: &[Fields<'_>], conversation: &Fields<'_>) -> Evidence {
    let mut evidence = Evidence::default();
    for person in people {
        let about = person.object("additional_attributes");
        evidence.company(about.text("company_name"));
    }
    let about = conversation.object("additional_attributes");
    evidence.language(about.text("browser_language"));
    evidence.language(about.object("browser").text("browser_language"));
    evidence
}

/// Whether a message's sender belongs to the company: an agent, a bot, an assistant.
pub(super) fn is_staff(sender: &Fields<'_>) -> bool {
    sender
        .text("type")
        .is_some_and(|kind| !kind.eq_ignore_ascii_case("contact"))
}

/// Chatwoot keeps numbers in E.164, but its API took any text once.
fn phone(raw: &str, context: &Context) -> Address {
    let national = Address::caller(raw, Plan::National(context.region));
    let read = if national.as_written().is_some() {
        Address::caller(raw, Plan::International(context.region))
    } else {
        national
    };
    // An email address in the place of a number is no SIP user.
    let is_mail = matches!(&read, Address::Known(user) if user.uri.kind() == IdentityKind::Sip)
        && !raw.contains(':');
    if is_mail { Address::unread(raw) } else { read }
}

/// In an inbox of a messenger or of email, the inbox's id of the person is their number or address once more.
fn is_same_address(identity: &Identity, id: &str) -> bool {
    let plain = |text: &str| -> String {
        text.trim_start_matches("whatsapp:")
            .chars()
            .filter(|c| c.is_alphanumeric())
            .flat_map(char::to_lowercase)
            .collect()
    };
    plain(identity.raw.expose()) == plain(id)
}
