//! Who writes, and whose address stands beside it.

use timeline::{Author, Event, Identity, Plan, Region};

use crate::address::Address;
use crate::fields::Fields;

/// What stands before a visitor's id.
const SYSTEM: &str = "twilio";
/// What writes for Twilio itself where nothing else is named.
const SYSTEM_AUTHOR: &str = "system";
/// Length of Twilio's ids, which flows and bots write under.
const SID_LENGTH: usize = 34;
/// Digits of an id that nobody chose, such as a UUID's.
const RANDOM_DIGITS: usize = 32;

/// Who wrote a message, and who that is as the customer.
pub(super) struct Writer {
    pub(super) author: Author,
    pub(super) customer: Address,
}

impl Writer {
    pub(super) fn of(fields: &Fields<'_>, region: Option<Region>) -> Self {
        let author = fields.text("Author").unwrap_or(SYSTEM_AUTHOR).trim();
        let source = fields.text("Source").unwrap_or_default();
        let source = source.trim().to_ascii_uppercase();
        let by_system = |author| Self {
            author,
            customer: Address::Nobody,
        };
        if author.eq_ignore_ascii_case(SYSTEM_AUTHOR) || is_sid(author) {
            return by_system(Author::System);
        }
        // What is sent by API in the name of an address may be the company's own.
        let own = fields.text("MessagingBinding.ProxyAddress");
        match source.as_str() {
            "API" => by_system(Author::Agent),
            "SDK" | "CHAT" if is_random(author) => Self {
                author: Author::Customer,
                customer: visitor(SYSTEM, author),
            },
            "SDK" | "CHAT" => by_system(Author::Agent),
            _ if own == Some(author) => by_system(Author::Agent),
            "" if !is_address(author) => by_system(Author::Agent),
            _ => Self {
                author: Author::Customer,
                customer: address(author, region),
            },
        }
    }
}

/// The addresses between which a participant's messages go.
pub(super) struct Binding<'a> {
    address: Option<&'a str>,
    proxy: Option<&'a str>,
}

impl<'a> Binding<'a> {
    pub(super) fn of(fields: &Fields<'a>) -> Self {
        Self {
            address: fields.text("MessagingBinding.Address"),
            proxy: fields.text("MessagingBinding.ProxyAddress"),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.address.is_none()
    }

    /// Names the customer in an event, unless the address is the company's own.
    pub(super) fn name_in(&self, event: &mut Event, region: Option<Region>) {
        if let Some(raw) = self.address {
            let own = self.proxy.map(|proxy| address(proxy, region));
            address(raw, region).unless_own(own.as_ref()).name_in(event);
        }
    }
}

/// `+14155550123`, `whatsapp:+14155550123`, `messenger:1234`: kept as it was written, to answer to.
pub(super) fn address(raw: &str, region: Option<Region>) -> Address {
    let Some((scheme, id)) = raw.split_once(':') else {
        return Address::caller(raw, Plan::International(region));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "whatsapp" => match Identity::read(raw) {
            Ok(identity) => Address::Known(Identity {
                raw: raw.into(),
                ..identity
            }),
            Err(_) => Address::unread(raw),
        },
        "sms" | "mms" | "rcs" | "tel" => Address::caller(raw, Plan::International(region)),
        messenger => match Identity::visitor(messenger, id) {
            Ok(identity) => Address::Known(Identity {
                raw: raw.into(),
                ..identity
            }),
            Err(_) => Address::unread(raw),
        },
    }
}

fn visitor(system: &str, id: &str) -> Address {
    Identity::visitor(system, id).map_or_else(|_| Address::unread(id), Address::Known)
}

/// Whether an author is an address and no identity.
pub(super) fn is_address(author: &str) -> bool {
    author.starts_with('+') || author.split_once(":+").is_some()
}

fn is_sid(author: &str) -> bool {
    let kind = author.get(..2).unwrap_or_default();
    author.len() == SID_LENGTH && matches!(kind, "CH" | "FW" | "FN" | "AC" | "MG" | "WF" | "UA")
}

/// Whether nobody chose the id: then it is a visitor's, whom the website gave it.
fn is_random(author: &str) -> bool {
    let digits = author.bytes().filter(u8::is_ascii_hexdigit).count();
    digits == RANDOM_DIGITS && author.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}
