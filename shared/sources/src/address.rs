//! What a source gives as its customer's address, and what becomes of one that cannot be read.

use timeline::{Caller, EmailAddress, Event, Identity, Personal, Plan, cut};

/// Longest address that is kept unread, in bytes: the longest email address of RFC 5321.
const MAX_UNREAD: usize = 320;

/// An address in a delivery.
pub(crate) enum Address {
    /// None, or one that says that it is withheld.
    Nobody,
    /// Somebody's.
    Known(Identity),
    /// Something that no reader understands, as the source wrote it.
    Unread(Personal),
}

impl Address {
    /// Of a telephony system.
    pub(crate) fn caller(raw: &str, plan: Plan) -> Self {
        match Identity::caller(raw, plan) {
            Ok(Some(identity)) => Self::Known(identity),
            Ok(None) => Self::Nobody,
            Err(_) => Self::unread(raw),
        }
    }

    /// Of a mailbox.
    pub(crate) fn email(raw: &str) -> Self {
        match EmailAddress::read(raw) {
            Ok(address) => Self::Known(Identity::email(&address)),
            Err(_) => Self::unread(raw),
        }
    }

    /// One that has been found to be nothing that can be read: kept, unless it stands for "withheld".
    pub(crate) fn unread(raw: &str) -> Self {
        match Caller::read(raw, Plan::International(None)) {
            Ok(Caller::Withheld) => Self::Nobody,
            Ok(Caller::Number(_)) | Err(_) => {
                Self::Unread(Personal::new(cut(raw.trim(), MAX_UNREAD)))
            }
        }
    }

    /// Nobody when it is the company's own.
    pub(crate) fn unless_own(self, own: Option<&Self>) -> Self {
        let is_own = match (&self, own) {
            (Self::Known(address), Some(Self::Known(own))) => address.uri == own.uri,
            (Self::Unread(address), Some(Self::Unread(own))) => address == own,
            (_, Some(_) | None) => false,
        };
        if is_own { Self::Nobody } else { self }
    }

    /// Who it is, where it can be read.
    pub(crate) fn known(self) -> Option<Identity> {
        match self {
            Self::Known(identity) => Some(identity),
            Self::Nobody | Self::Unread(_) => None,
        }
    }

    /// What it says, where it cannot be read.
    pub(crate) fn as_written(&self) -> Option<&Personal> {
        match self {
            Self::Unread(address) => Some(address),
            Self::Nobody | Self::Known(_) => None,
        }
    }

    /// Names the customer in an event.
    pub(crate) fn name_in(self, event: &mut Event) {
        event.unread_customer = self.as_written().cloned();
        event.customer = self.known();
    }
}
