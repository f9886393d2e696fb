//! What became of mail that went out. One rule for every system that sends mail.
//!
//! A mail to one receiver is an interaction of its own, so that receivers of the same mail do not meet in one customer's
//! timeline.

use std::collections::BTreeMap;

use timeline::{
    Acted, Bounced, Channel, Direction, EmailAddress, Event, Fact, MAX_ATTRIBUTES, Personal, Reach,
    Reached, Timestamp, Updated, cut, preview,
};

use super::thread;
use crate::address::Address;
use crate::parts::{event_id, interaction_id, source};
use crate::reading::Rejection;

/// Longest reason, in characters.
const MAX_CAUSE_CHARS: usize = 500;
/// Longest address of a link.
const MAX_URL: usize = 2048;
/// Longest name and longest value of what a source says beside.
const MAX_ATTRIBUTE_CHARS: usize = 200;
/// How Apple's mail service calls itself when it loads the pictures of each mail before anybody reads it.
const APPLE_PREFETCHER: &str = "Mozilla/5.0";

/// A mail to one receiver.
pub(super) struct Outbound<'a> {
    /// The source's name, which the interaction is under.
    pub(super) source: &'static str,
    /// What the mail is known by: its Message-ID where the system tells it, so that answers to it are of the same
    /// thread, else the system's own id.
    pub(super) mail: &'a str,
    /// The field that it comes from.
    pub(super) mail_field: &'static str,
    /// The receiver's address.
    pub(super) receiver: &'a str,
}

impl Outbound<'_> {
    /// One event of it.
    pub(super) fn event(
        &self,
        id: &str,
        occurred_at: Timestamp,
        fact: Fact,
    ) -> Result<Event, Rejection> {
        let read = EmailAddress::read(self.receiver).ok();
        let key = read.as_ref().map_or_else(
            || self.receiver.trim().to_lowercase(),
            |read| read.key().to_owned(),
        );
        let source = source(self.source);
        let interaction = interaction_id(&source, &thread::key(self.mail, &key), self.mail_field)?;
        let id = event_id(id, self.mail_field)?;
        let mut event = Event::new(interaction, id, source, Channel::Email, fact);
        event.occurred_at = Some(occurred_at);
        event.direction = Some(Direction::Outbound);
        Address::email(self.receiver).name_in(&mut event);
        Ok(event)
    }
}

/// It came as far as that.
pub(super) fn reached(how: Reach) -> Fact {
    Fact::Reached(Reached { how, url: None })
}

/// A link in it was followed. Query and fragment may say who followed it, and are left out.
pub(super) fn clicked(link: Option<&str>) -> Fact {
    let url = link.and_then(|link| link.split(['?', '#']).next());
    Fact::Reached(Reached {
        how: Reach::Clicked,
        url: url
            .map(|url| cut(url.trim(), MAX_URL))
            .filter(|url| !url.is_empty())
            .map(Personal::new),
    })
}

/// It did not arrive. `permanent` is for an address that takes no mail at all: it warns whoever writes to it next. What
/// went wrong with this one mail is not permanent.
pub(super) fn bounced(permanent: bool, why: &str) -> Fact {
    Fact::Bounced(Bounced {
        permanent,
        reported: false,
        cause: cause(why),
    })
}

/// Its receiver reported it as spam.
pub(super) fn reported(why: &str) -> Fact {
    Fact::Bounced(Bounced {
        permanent: false,
        reported: true,
        cause: cause(why),
    })
}

/// How it goes, in the source's own words: nothing has reached anybody yet.
pub(super) fn underway(status: &str, subject: Option<&str>) -> Fact {
    let subject = subject.map(|subject| ("subject", subject));
    Fact::Updated(Updated {
        attributes: attributes([("status", status)].into_iter().chain(subject)),
    })
}

/// The receiver chose which mails to get.
pub(super) fn chose<'a>(
    action: &str,
    choices: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Fact {
    Fact::Acted(Acted {
        action: action.to_owned(),
        attributes: attributes(choices),
    })
}

fn attributes<'a>(
    pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> BTreeMap<String, Personal> {
    let short = |text: &str| preview(text, MAX_ATTRIBUTE_CHARS);
    pairs
        .into_iter()
        .take(MAX_ATTRIBUTES)
        .map(|(name, value)| (short(name).expose().to_owned(), short(value)))
        .filter(|(name, value)| !name.is_empty() && !value.expose().is_empty())
        .collect()
}

/// Why, on one line.
fn cause(text: &str) -> Option<Personal> {
    let cause = preview(text, MAX_CAUSE_CHARS);
    (!cause.expose().is_empty()).then_some(cause)
}

/// Whether a mail's pictures were loaded by a machine that loads those of every mail.
pub(super) fn is_prefetcher(user_agent: Option<&str>) -> bool {
    user_agent.is_some_and(|agent| agent.trim() == APPLE_PREFETCHER)
}
