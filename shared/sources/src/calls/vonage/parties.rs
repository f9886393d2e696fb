//! Whose leg it is, and who the customer is.

use timeline::{Direction, Event, Identity, Personal, Region};

use super::NAME;
use crate::address::Address;
use crate::calls::twilio::line;
use crate::fields::Fields;
use crate::parts::kept_name;

/// Whose leg it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Leg {
    /// Somebody calls the company.
    In,
    /// The company calls a number.
    Out,
    /// An agent's telephone or app.
    Agents,
    /// A machine of the company's, such as a bot behind a WebSocket.
    Machine,
    /// The event does not tell.
    Unknown,
}

/// Who talks in a leg.
pub(super) struct Parties {
    pub(super) leg: Leg,
    /// The agent, where the leg is an agent's.
    pub(super) agent: Option<String>,
    direction: Option<Direction>,
    customer: Option<Identity>,
    unread: Option<Personal>,
}

impl Parties {
    pub(super) fn of(fields: &Fields<'_>, direction: Option<&str>, region: Option<Region>) -> Self {
        let (from, to) = (fields.id("from"), fields.id("to"));
        let (from, to) = (from.as_deref(), to.as_deref());
        let user = fields.text("from_user");
        let called = to.and_then(|to| line::number(to, region));
        let direction = direction.unwrap_or_default().trim().to_ascii_lowercase();
        match (direction.as_str(), user) {
            // An agent's app calls a number; a visitor's calls the application.
            ("inbound", Some(user)) if called.is_some() => Self {
                agent: kept_name(user),
                ..Self::with(
                    Leg::Out,
                    Some(Direction::Outbound),
                    line::customer(to, None, region),
                )
            },
            ("inbound", Some(user)) => {
                let visitor = Identity::visitor(NAME, user).map_or(Address::Nobody, Address::Known);
                Self::with(Leg::In, Some(Direction::Inbound), visitor)
            }
            ("inbound", None) => Self::with(
                Leg::In,
                Some(Direction::Inbound),
                line::customer(from, to, region),
            ),
            ("outbound", _) if called.is_some() => Self::with(
                Leg::Out,
                Some(Direction::Outbound),
                line::customer(to, from, region),
            ),
            ("outbound", _) if to.is_some_and(is_web_socket) => {
                Self::with(Leg::Machine, None, Address::Nobody)
            }
            ("outbound", _) => Self {
                agent: to.or(fields.text("to_user")).and_then(agent),
                ..Self::with(Leg::Agents, None, Address::Nobody)
            },
            (_, _) => Self::with(Leg::Unknown, None, Address::Nobody),
        }
    }

    fn with(leg: Leg, direction: Option<Direction>, customer: Address) -> Self {
        Self {
            leg,
            agent: None,
            direction,
            unread: customer.as_written().cloned(),
            customer: customer.known(),
        }
    }

    pub(super) fn name_in(&self, event: &mut Event) {
        event.direction = self.direction;
        event.customer.clone_from(&self.customer);
        event.unread_customer.clone_from(&self.unread);
    }
}

fn is_web_socket(to: &str) -> bool {
    to.starts_with("ws:") || to.starts_with("wss:")
}

/// A user's name or extension.
fn agent(to: &str) -> Option<String> {
    if line::is_sip(to) {
        return kept_name(line::sip_parts(to).0);
    }
    kept_name(to)
}
