//! Who talks with whom in a call of Plivo's.

use timeline::{Direction, Event, Identity, Personal, Region};

use crate::address::Address;
use crate::calls::twilio::line;
use crate::fields::Fields;
use crate::parts::kept_name;

/// Where the endpoints of a company's browsers and telephones are at home.
const ENDPOINTS: &str = "phone.plivo.com";

/// Who talks with whom, as far as one request tells.
pub(super) struct Parties {
    /// Who began it.
    pub(super) direction: Option<Direction>,
    /// The agent, where one end of it is the company's endpoint.
    pub(super) agent: Option<String>,
    customer: Option<Identity>,
    unread: Option<Personal>,
    name: Option<Personal>,
}

impl Parties {
    pub(super) fn of(fields: &Fields<'_>, region: Option<Region>) -> Self {
        let (from, to) = (fields.id("From"), fields.id("To"));
        let (from, to) = (from.as_deref(), to.as_deref());
        let word = fields.text("Direction").unwrap_or_default().trim();
        let from_agent = from.and_then(agent);
        let called = to.and_then(|to| line::number(to, region));
        let agent_called = to.and_then(agent);
        let (direction, customer) = match word.to_ascii_lowercase().as_str() {
            // An agent's endpoint calls into Plivo as anybody does.
            "inbound" if from_agent.is_some() && called.is_some() => {
                (Some(Direction::Outbound), line::customer(to, None, region))
            }
            "inbound" if from_agent.is_some() => (None, Address::Nobody),
            "inbound" => (Some(Direction::Inbound), line::customer(from, to, region)),
            "outbound" if agent_called.is_some() => (Some(Direction::Outbound), Address::Nobody),
            "outbound" => (Some(Direction::Outbound), line::customer(to, from, region)),
            _ => (None, Address::Nobody),
        };
        let name = fields
            .text("CallerName")
            .filter(|_| direction == Some(Direction::Inbound))
            .and_then(line::caller_name);
        Self {
            direction,
            agent: from_agent.or(agent_called),
            unread: customer.as_written().cloned(),
            customer: customer.known(),
            name,
        }
    }

    pub(super) fn name_in(&self, event: &mut Event) {
        event.direction = self.direction;
        event.customer.clone_from(&self.customer);
        event.unread_customer.clone_from(&self.unread);
        event.customer_name.clone_from(&self.name);
    }
}

/// The agent behind an endpoint's address; `None` for numbers and for others' addresses.
pub(super) fn agent(raw: &str) -> Option<String> {
    let (user, host) = line::sip_parts(raw);
    let is_endpoint = line::is_sip(raw) && host.eq_ignore_ascii_case(ENDPOINTS);
    if is_endpoint { kept_name(user) } else { None }
}
