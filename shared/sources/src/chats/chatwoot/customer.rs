//! Whom a conversation is with.

use timeline::{Event, Identity, IdentityKind, Personal, Plan};

use super::NAME;
use crate::address::Address;
use crate::fields::Fields;
use crate::parts::kept_name;
use crate::reading::Context;

/// The customer of a conversation as Chatwoot knows them.
pub(super) struct Customer {
    /// The strongest first: telephone, email, the company's own id, the widget's visitor.
    pub(super) identities: Vec<Identity>,
    /// The first number or address that is none.
    unread: Option<Personal>,
    pub(super) name: Option<Personal>,
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
        let inbox = conversation.object("contact_inbox");
        if let Some(id) = inbox.id("source_id")
            && !identities.iter().any(|known| is_same_address(known, &id))
        {
            identities.extend(Identity::visitor(NAME, &id).ok());
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
            identities,
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
    }
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
