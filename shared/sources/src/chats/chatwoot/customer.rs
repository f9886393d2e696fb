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
    /// What the contact says of itself. In a widget whoever writes may type anybody's address.
    evidence: Evidence,
    /// Whether the inbox itself says who it is, and not what a contact's record holds.
    of_inbox: bool,
    /// The first number or address that is none.
    unread: Option<Personal>,
    pub(super) name: Option<Personal>,
}

/// By which way an inbox reaches people.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Its own id of a person is their telephone number.
    Telephone,
    /// Its own id of a person is their email address.
    Email,
    /// A system of the company's, or a version that does not say: the contact's record is all there is.
    Record,
    /// A website's widget or another messenger, which knows people by ids of its own.
    Visitor,
}

impl Way {
    fn of(conversation: &Fields<'_>) -> Self {
        let channel = conversation.text("channel").unwrap_or_default();
        let name = channel.rsplit(':').next().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "whatsapp" | "twiliosms" | "sms" => Self::Telephone,
            "email" => Self::Email,
            "" | "api" => Self::Record,
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
            Self::Record | Self::Visitor => None,
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
        let way = Way::of(conversation);
        let inbox = conversation.object("contact_inbox");
        let mut of_inbox = false;
        if let Some(id) = inbox.id("source_id") {
            let of_way = way.identity(&id);
            let known = identities.iter().position(|known| {
                is_same_address(known, &id) || of_way.as_ref().is_some_and(|of| of.uri == known.uri)
            });
            let own = match known {
                Some(at) => Some(identities.remove(at)),
                None => of_way,
            };
            of_inbox = own.is_some() && way != Way::Record;
            let place = if of_inbox { 0 } else { identities.len() };
            identities.splice(place..place, own);
        }
        if identities.is_empty() {
            let id = people.iter().find_map(|person| person.id("id"));
            let id = id.or_else(|| inbox.id("contact_id"));
            let id = id.map(|id| format!("{account}-contact-{id}"));
            identities.extend(id.and_then(|id| Identity::visitor(NAME, &id).ok()));
        }
        let name = people
            .iter()
            .find_map(|person| person.text("name").and_then(kept_name));
        Self {
            evidence: evidence_of(people, conversation, &identities, way),
            identities,
            of_inbox,
            unread,
            name: name.map(Personal::new),
        }
    }

    /// Names the customer in an event, and their other identities as participants.
    pub(super) fn name_in(self, event: &mut Event) {
        let mut identities = self.identities.into_iter();
        event.customer = identities.next();
        event.participants = identities.collect();
        event.unread_customer = self.unread;
        event.customer_name = self.name;
        self.evidence.state_in(event);
    }

    /// Names them in an event by which somebody filled in a form. What was typed there must move nothing, so that the
    /// customer is named only where the inbox knows them.
    pub(super) fn submit_in(mut self, typed: &[String], event: &mut Event) {
        for typed in typed {
            self.evidence.email(Basis::Typed, Some(typed));
            // Only with a plus: without, the answer to any question may look like a number of the region.
            self.evidence.phone(Basis::Typed, Some(typed), None);
        }
        if self.of_inbox {
            self.name_in(event);
        } else {
            event.participants = self.identities;
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

/// Everything that a contact's record holds was typed at some time, by the visitor or an agent, and Chatwoot joins
/// contacts by it. Only the identifier can be more: with identity validation the website has signed it, and nothing else.
fn evidence_of(
    people: &[Fields<'_>],
    conversation: &Fields<'_>,
    identities: &[Identity],
    way: Way,
) -> Evidence {
    let mut evidence = Evidence::default();
    let inbox = conversation.object("contact_inbox");
    let is_signed = inbox.get("hmac_verified").and_then(Value::as_bool) == Some(true);
    for identifier in people.iter().filter_map(|person| person.id("identifier")) {
        let basis = if is_signed {
            Basis::SignedIn
        } else {
            Basis::Typed
        };
        evidence.record(basis, NAME, Some(&identifier));
        // Many websites identify their users by address.
        if is_signed {
            evidence.email(basis, Some(&identifier));
        }
    }
    let is_whatsapp = conversation.text("channel") == Some("Channel::Whatsapp")
        || inbox
            .text("source_id")
            .is_some_and(|id| id.starts_with("whatsapp:"));
    for (place, identity) in identities.iter().enumerate() {
        if place == 0 && way == Way::Telephone && is_whatsapp {
            let account = evidence::in_other_scheme(identity, IdentityKind::Whatsapp);
            evidence.claim(Basis::Messenger, account);
        }
        evidence.claim(Basis::Typed, Some(identity.clone()));
    }
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
