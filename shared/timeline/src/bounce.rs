//! Whether what is sent to an address or a number comes back.

use crate::event::Channel;
use crate::identity::IdentityKind;
use crate::summary::Summary;
use crate::time::Timestamp;

/// How something reaches a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Medium {
    Mail,
    Message,
}

impl Medium {
    /// Every medium.
    pub(crate) const ALL: [Self; 2] = [Self::Mail, Self::Message];

    /// By what an interaction's messages come: the mails about a document are mails.
    pub(crate) fn of(channel: Channel) -> Self {
        match channel {
            Channel::Email | Channel::Contract | Channel::Invoice | Channel::Survey => Self::Mail,
            Channel::Call | Channel::Chat | Channel::Web | Channel::Task => Self::Message,
        }
    }

    /// Whether something can be sent to such an identity by it. A website's visitor can be answered and not written to.
    pub(crate) fn reaches(self, kind: IdentityKind) -> bool {
        match self {
            Self::Mail => kind == IdentityKind::Mailto,
            Self::Message => matches!(kind, IdentityKind::Tel | IdentityKind::Whatsapp),
        }
    }

    /// The interactions whose messages come by it.
    pub(crate) fn among(self, all: &[Summary]) -> impl Iterator<Item = &Summary> {
        all.iter().filter(move |of| Self::of(of.channel) == self)
    }
}

/// Since when what is sent by a medium to one identity is in vain, and the interaction that tells it: what came back
/// last, unless something arrived after it, in whichever interaction. They are all of that one identity.
pub(crate) fn in_vain(of_one: &[Summary], medium: Medium) -> Option<(Timestamp, &Summary)> {
    let reached_at = medium
        .among(of_one)
        .filter_map(|summary| summary.reached_at);
    let reached_at = reached_at.max();
    let bounced = medium
        .among(of_one)
        .filter_map(|summary| Some((summary.bounced_at?, summary)));
    let last = bounced.max_by_key(|(at, summary)| (*at, &summary.id, &summary.bounced_event));
    last.filter(|(at, _)| reached_at <= Some(*at))
}
