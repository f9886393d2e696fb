//! Who a mail is from. One rule for every system that takes mail in.

use timeline::{Identity, Personal, cut};

use super::header::{Headers, Mailbox, mailboxes};
use crate::address::Address;

/// Longest beginning of a field From that is looked at where no address in it can be read.
const MAX_WRITTEN: usize = 1024;

/// What a mail says of its author, in all places where it may stand.
#[derive(Default)]
pub(super) struct Authors {
    /// The field From.
    pub(super) from: Vec<Mailbox>,
    /// The field From as it was written.
    pub(super) written: Option<String>,
    /// The field Reply-To.
    pub(super) reply_to: Vec<Mailbox>,
    /// The field Sender.
    pub(super) sender: Vec<Mailbox>,
    /// The envelope's sender.
    pub(super) envelope: Vec<Mailbox>,
}

/// Who a mail is from.
#[derive(Default)]
pub(super) struct People {
    /// The first author; where a mail names none, the one to answer to, else the envelope's sender.
    pub(super) customer: Option<Mailbox>,
    /// The field From, where it names no author whose address can be read.
    pub(super) unread: Option<Personal>,
    /// What the author is called.
    pub(super) name: Option<Personal>,
    /// Other authors, and whom the author wants answers to go to.
    pub(super) others: Vec<Identity>,
}

impl People {
    /// A reply address is what the sender typed: it names a participant, and the customer only where there is no author.
    pub(super) fn of(authors: Authors) -> Self {
        let Authors {
            mut from,
            written,
            reply_to,
            sender,
            envelope,
        } = authors;
        let others: Vec<_> = from
            .iter()
            .skip(1)
            .chain(&reply_to)
            .chain(&sender)
            .map(|mailbox| Identity::email(&mailbox.address))
            .collect();
        let machine = from
            .first()
            .is_some_and(|author| is_nobody(author.address.raw()));
        let unread = from.is_empty().then(|| unread_author(written)).flatten();
        let customer = if machine {
            None
        } else if !from.is_empty() {
            Some(from.swap_remove(0))
        } else {
            reply_to.into_iter().chain(envelope).next()
        };
        let Some(customer) = customer else {
            return Self {
                unread,
                ..Self::default()
            };
        };
        let own = Identity::email(&customer.address).uri;
        let mut seen = vec![own];
        let mut distinct = Vec::new();
        for other in others {
            if !seen.contains(&other.uri) {
                seen.push(other.uri.clone());
                distinct.push(other);
            }
        }
        Self {
            name: customer.name.clone(),
            customer: Some(customer),
            unread,
            others: distinct,
        }
    }
}

/// The addresses of a header's field.
pub(super) fn listed(headers: &Headers, name: &str) -> Vec<Mailbox> {
    headers.get(name).map(mailboxes).unwrap_or_default()
}

/// The field From as it was written, unless it stands for nobody.
fn unread_author(written: Option<String>) -> Option<Personal> {
    let from = written?;
    let from = cut(from.trim(), MAX_WRITTEN);
    if is_nobody(from.split_whitespace().next().unwrap_or_default()) {
        return None;
    }
    Address::unread(from).as_written().cloned()
}

/// Whether an address is the one that reports about mail come from, which is nobody's.
pub(super) fn is_nobody(address: &str) -> bool {
    let address = address.trim_matches(['<', '>']);
    let local = address.split('@').next().unwrap_or_default();
    local.is_empty() || local.eq_ignore_ascii_case("mailer-daemon")
}

/// Whether a machine wrote a mail, by RFC 3834 and what was usual before.
pub(super) fn is_automatic<'a>(
    field: impl Fn(&str) -> Option<&'a str>,
    has_null_return_path: bool,
) -> bool {
    let says = |name: &str| field(name).map(|value| value.trim().to_ascii_lowercase());
    let is_set = |name| says(name).is_some_and(|value| !value.starts_with("no"));
    let content_type = says("content-type");
    let precedence = says("precedence");
    is_set("auto-submitted")
        || ["x-autoreply", "x-auto-reply", "x-autorespond"]
            .into_iter()
            .any(is_set)
        || precedence.is_some_and(|value| {
            matches!(
                value.as_str(),
                "bulk" | "junk" | "auto_reply" | "auto-reply"
            )
        })
        || content_type.is_some_and(|value| value.starts_with("multipart/report"))
        || has_null_return_path
}
