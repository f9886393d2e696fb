//! Things of a customer's: orders, tickets, invoices, quotes. A thing is no person.

use crate::identity::{Identity, IdentityKind, IdentityUri};

/// A thing of a customer's whose number people quote. It is `crm:<word>/<number>` whatever system counts it, so that
/// whoever looks it up need not know that system, and it never meets a record of a person under the same number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Thing {
    /// A help desk's case.
    Ticket,
    /// An order.
    Order,
    /// An invoice.
    Invoice,
    /// A quote.
    Quote,
}

impl Thing {
    /// Every sort of thing.
    pub const ALL: [Self; 4] = [Self::Ticket, Self::Order, Self::Invoice, Self::Quote];

    /// What stands in place of a system in its identity.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Order => "order",
            Self::Invoice => "invoice",
            Self::Quote => "quote",
        }
    }

    /// Its identity; `None` where the number can be none. A `#` before the number is no part of it.
    #[must_use]
    pub fn identity(self, number: &str) -> Option<Identity> {
        let number = number.trim().trim_start_matches('#');
        Identity::crm(self.word(), number).ok()
    }
}

impl IdentityUri {
    /// The sort of thing that it is the number of; `None` of a person's identity.
    #[must_use]
    pub fn thing(&self) -> Option<Thing> {
        if self.kind() != IdentityKind::Crm {
            return None;
        }
        let (_, id) = self.expose().split_once(':')?;
        let (word, _) = id.split_once('/')?;
        Thing::ALL.into_iter().find(|thing| thing.word() == word)
    }

    /// Whether it is the number of an order, a ticket or another thing, and so nobody's identity.
    #[must_use]
    pub fn is_thing(&self) -> bool {
        self.thing().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_told_from_a_person_by_its_identity() {
        for thing in Thing::ALL {
            let uri = thing.identity(" #5158 ").unwrap().uri;
            assert_eq!(uri.thing(), Some(thing));
            assert_eq!(uri.expose(), format!("crm:{}/5158", thing.word()));
        }
        for person in ["crm:zoho/ticket", "crm:tickets/1", "visitor:ticket/1"] {
            assert!(
                !person.parse::<IdentityUri>().unwrap().is_thing(),
                "{person}"
            );
        }
        assert_eq!(Thing::Ticket.identity("#"), None);
    }
}
