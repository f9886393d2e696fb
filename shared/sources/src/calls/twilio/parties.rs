//! Who talks with whom in a call of Twilio's.

use timeline::{Direction, Event, Identity, Personal, Region};

use super::{SYSTEM, line};
use crate::address::Address;
use crate::parts::kept_name;

/// Where telephones that are registered at Twilio are at home: those of the company's own agents.
const REGISTERED: &str = ".sip.twilio.com";
/// Length of the id of an application, which stands in `To` where a browser calls it.
const SID_LENGTH: usize = 34;

/// What is at one end of a call.
enum End<'a> {
    /// Nothing, or an application.
    Nothing,
    /// A browser or app by the name of its user.
    Client(&'a str),
    /// A telephone at Twilio or at the company's system by the name of its user.
    Desk(&'a str),
    /// A number, or another's SIP address.
    Line(&'a str),
}

impl<'a> End<'a> {
    fn calling(raw: Option<&'a str>, region: Option<Region>) -> Self {
        Self::of(raw, region, |host| {
            host.to_ascii_lowercase().ends_with(REGISTERED)
        })
    }

    /// Whom the company calls over SIP without a number is at the company's own system.
    fn called(raw: Option<&'a str>, region: Option<Region>) -> Self {
        Self::of(raw, region, |_| true)
    }

    fn of(raw: Option<&'a str>, region: Option<Region>, is_own: impl Fn(&str) -> bool) -> Self {
        let raw = raw.unwrap_or_default().trim();
        if raw.is_empty() || is_application(raw) {
            return Self::Nothing;
        }
        if let Some((scheme, client)) = raw.split_once(':')
            && scheme.eq_ignore_ascii_case("client")
        {
            return Self::Client(client.split('?').next().unwrap_or(client));
        }
        let (user, host) = line::sip_parts(raw);
        if line::is_sip(raw) && is_own(host) && line::number(raw, region).is_none() {
            return Self::Desk(user);
        }
        Self::Line(raw)
    }

    /// The agent whose telephone or browser it is.
    fn agent(&self) -> Option<String> {
        match self {
            Self::Client(name) | Self::Desk(name) => kept_name(name),
            Self::Nothing | Self::Line(_) => None,
        }
    }
}

fn is_application(raw: &str) -> bool {
    let id = raw.strip_prefix("app:").unwrap_or(raw);
    id.len() == SID_LENGTH && id.starts_with("AP")
}

/// Who talks with whom, as far as one leg tells.
pub(super) struct Parties {
    /// Who began it.
    pub(super) direction: Option<Direction>,
    /// The agent, where a browser or a telephone of the company's is one end of it.
    pub(super) agent: Option<String>,
    customer: Address,
    name: Option<Personal>,
    /// Somebody at the far end of a leg, be it an agent outside or the customer.
    other: Option<Identity>,
}

impl Parties {
    pub(super) fn of(
        from: Option<&str>,
        to: Option<&str>,
        direction: Option<&str>,
        name: Option<&str>,
        region: Option<Region>,
    ) -> Self {
        let caller = End::calling(from, region);
        let called = End::called(to, region);
        let nobody = Self {
            direction: None,
            agent: called.agent(),
            customer: Address::Nobody,
            name: None,
            other: None,
        };
        // Voice Insights writes it with underscores.
        let word = direction
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
            .replace('_', "-");
        match (word.as_str(), &caller, &called) {
            // An agent who calls from a browser or a desk comes into Twilio as anybody does.
            (
                "inbound" | "trunking-terminating",
                End::Client(_) | End::Desk(_),
                End::Line(number),
            ) => Self {
                direction: Some(Direction::Outbound),
                agent: caller.agent(),
                customer: line::customer(Some(number), None, region),
                ..nobody
            },
            // A visitor who calls from a website names no number.
            ("inbound", End::Client(visitor), End::Nothing | End::Client(_) | End::Desk(_)) => {
                Self {
                    direction: Some(Direction::Inbound),
                    customer: Identity::visitor(SYSTEM, visitor)
                        .map_or(Address::Nobody, Address::Known),
                    ..nobody
                }
            }
            ("inbound", End::Desk(_), _) => Self {
                agent: caller.agent(),
                ..nobody
            },
            ("inbound" | "trunking-originating", _, _) => Self {
                direction: Some(Direction::Inbound),
                customer: line::customer(from, to, region),
                name: name.and_then(line::caller_name),
                ..nobody
            },
            ("outbound-api", _, End::Line(_)) | ("trunking-terminating", _, _) => Self {
                direction: Some(Direction::Outbound),
                customer: line::customer(to, from, region),
                ..nobody
            },
            // The agent is called first, and then the customer.
            ("outbound-api", _, _) => Self {
                direction: Some(Direction::Outbound),
                ..nobody
            },
            ("outbound-dial", _, End::Line(number)) => Self {
                other: line::customer(Some(number), from, region).known(),
                ..nobody
            },
            (_, _, _) => nobody,
        }
    }

    /// Names them in an event. A leg of another call says of the customer nothing that is certain.
    pub(super) fn name_in(self, event: &mut Event, is_child: bool) {
        event.participants = self.other.into_iter().collect();
        if is_child {
            return;
        }
        event.direction = self.direction;
        event.customer_name = self.name.filter(|_| self.customer.as_written().is_none());
        self.customer.name_in(event);
    }
}
