//! The two ends of a thread: the company's number and the customer, or a group.

use serde_json::Value;
use timeline::{
    Basis, Channel, Event, Fact, Identity, InteractionId, Personal, Plan, Related, Relation, opaque,
};

use super::NAME;
use crate::address::Address;
use crate::evidence::Evidence;
use crate::fields::Fields;
use crate::parts::{event_id, interaction_id, kept_name, source};
use crate::reading::Rejection;

/// Most contacts of a change that are looked through for a message's sender.
const MAX_CONTACTS: usize = 100;

/// One of the company's numbers, and whom a change names beside it.
pub(super) struct Line<'a> {
    phone_number_id: String,
    own: Option<Address>,
    contacts: &'a [Value],
    /// Whether the change tells of several people, so that a sole contact is not each one's.
    has_several: bool,
}

/// Where a change names people: the list, and the number in each of its items.
const PEOPLE: [(&str, &str); 4] = [
    ("messages", "from"),
    ("statuses", "recipient_id"),
    ("message_echoes", "to"),
    ("smb_message_echoes", "to"),
];

impl<'a> Line<'a> {
    pub(super) fn of(value: &'a Fields<'a>) -> Result<Self, Rejection> {
        let metadata = value.object("metadata");
        let own = metadata.id("display_phone_number");
        let mut numbers = PEOPLE.into_iter().flat_map(|(list, name)| {
            let items = value.items(list).iter();
            items.filter_map(move |item| Fields::of(item).id(name))
        });
        let first = numbers.next();
        Ok(Self {
            has_several: numbers.any(|number| Some(number) != first),
            phone_number_id: metadata
                .id("phone_number_id")
                .ok_or_else(|| Rejection::missing("phone_number_id"))?,
            own: own.map(|own| whatsapp(&own)),
            contacts: value.items("contacts"),
        })
    }

    /// What the change says of the person of this number or id. A sole contact is that person, also where the number
    /// is written otherwise, unless the change tells of several and it is another's.
    fn contact(&self, number: Option<&str>, user_id: Option<&str>) -> Option<Fields<'a>> {
        let is = |contact: &Fields<'_>| {
            let same = |name, wanted: Option<&str>| {
                wanted.is_some() && contact.id(name).as_deref() == wanted
            };
            same("wa_id", number) || same("user_id", user_id)
        };
        let mut contacts = self.contacts.iter().take(MAX_CONTACTS).map(Fields::of);
        match self.contacts {
            [only] => {
                let only = Fields::of(only);
                let wa_id = only.id("wa_id");
                let is_other = number
                    .zip(wa_id.as_deref())
                    .is_some_and(|(number, wa_id)| !reach_one(number, wa_id));
                (!self.has_several || is(&only) || !is_other).then_some(only)
            }
            _ => contacts.find(is),
        }
    }
}

/// A customer as WhatsApp knows them: by number, by the id that it gives them for this business (from 2026, when a
/// user may hide the number behind a name), or by both.
pub(super) struct Person {
    /// The number in the one form of all that reach the same telephone, else the user's id.
    key: String,
    address: Address,
    telephone: Option<Identity>,
    user: Option<Identity>,
    name: Option<String>,
}

impl Person {
    /// `path` names the field that is missing when there is neither number nor id.
    pub(super) fn of(
        line: &Line<'_>,
        number: Option<String>,
        user_id: Option<String>,
        path: &'static str,
    ) -> Result<Self, Rejection> {
        let contact = line.contact(number.as_deref(), user_id.as_deref());
        let of_contact = |name: &str| contact.as_ref().and_then(|contact| contact.id(name));
        let number = number.or_else(|| of_contact("wa_id"));
        let user_id = user_id.or_else(|| of_contact("user_id"));
        let address = number.as_deref().map_or(Address::Nobody, whatsapp);
        let key = match (&address, &number, &user_id) {
            (Address::Known(identity), _, _) => identity.uri.expose().to_owned(),
            (Address::Nobody | Address::Unread(_), Some(number), _) => number.trim().to_owned(),
            (Address::Nobody | Address::Unread(_), None, Some(user_id)) => user_id.clone(),
            (Address::Nobody | Address::Unread(_), None, None) => {
                return Err(Rejection::missing(path));
            }
        };
        let telephone = number
            .as_deref()
            .and_then(|number| Address::caller(number, Plan::International(None)).known());
        let user = user_id.and_then(|id| Identity::visitor(NAME, &id).ok());
        let profile = contact.as_ref().map(|contact| contact.object("profile"));
        let name = profile.and_then(|profile| {
            let name = profile.text("name").or(profile.text("username"))?;
            kept_name(name)
        });
        Ok(Self {
            key,
            address: address.unless_own(line.own.as_ref()),
            telephone,
            user,
            name,
        })
    }

    pub(super) fn name(&self) -> Option<Personal> {
        self.name.clone().map(Personal::new)
    }

    /// Names the customer in an event. WhatsApp has checked that the number is theirs, so that it is also the one by
    /// which they telephone, in whatever form WhatsApp writes it.
    pub(super) fn name_in(self, event: &mut Event) {
        event.customer_name = self.name();
        if matches!(self.address, Address::Known(_)) {
            event.participants.extend(self.telephone);
        }
        self.address.name_in(event);
        if event.customer.is_none() && event.unread_customer.is_none() {
            event.customer = self.user;
        } else {
            // WhatsApp says itself that the number and the id are one account.
            let mut evidence = Evidence::default();
            evidence.claim(Basis::Messenger, self.user.clone());
            evidence.state_in(event);
            event.participants.extend(self.user);
        }
    }
}

/// A thread between a number of the company's and a customer, or a group.
pub(super) struct Thread(InteractionId);

impl Thread {
    pub(super) fn with(line: &Line<'_>, person: &Person) -> Result<Self, Rejection> {
        Self::of(&[&line.phone_number_id, &person.key])
    }

    pub(super) fn of_group(line: &Line<'_>, group: &str) -> Result<Self, Rejection> {
        Self::of(&[&line.phone_number_id, "group", group])
    }

    fn of(key: &[&str]) -> Result<Self, Rejection> {
        interaction_id(&source(NAME), &opaque(key), "from").map(Self)
    }

    /// As that in which another thread goes on, under the customer's new number.
    pub(super) fn next(self) -> Related {
        Related {
            relation: Relation::Next,
            interaction_id: self.0,
        }
    }

    pub(super) fn event(&self, id: &str, fact: Fact) -> Result<Event, Rejection> {
        Ok(Event::new(
            self.0.clone(),
            event_id(id, "id")?,
            source(NAME),
            Channel::Chat,
            fact,
        ))
    }
}

/// What stands for a message's id in ours: a digest, since the id itself is base64 of a telephone number and more.
pub(super) fn message_key(id: &str) -> String {
    format!("message-{}", opaque(&[id]))
}

/// An account's id is its number without the plus; echoes have been seen to write it with one.
fn whatsapp(number: &str) -> Address {
    match Identity::read(&format!("whatsapp:{number}")) {
        Ok(identity) => Address::Known(identity),
        Err(_) => Address::unread(number),
    }
}

/// Whether two numbers reach the same person.
fn reach_one(one: &str, other: &str) -> bool {
    let uri = |number| whatsapp(number).known().map(|identity| identity.uri);
    one == other || uri(one).is_some_and(|one| Some(one) == uri(other))
}
