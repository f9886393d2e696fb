//! A channel: whose leg of a call it is, and what it is called.

use timeline::Direction;

use super::super::party::{End, Sides};
use crate::fields::Fields;
use crate::parts;
use crate::reading::Rejection;

/// Names under which `channelvars` sends the id that all channels of a call share.
const LINKED: [&str; 3] = ["CHANNEL(linkedid)", "linkedid", "CDR(linkedid)"];

/// Whose end of a call a channel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The customer's: a caller from outside, or a telephone of the company's that dials a number.
    Customer,
    /// An agent's: a telephone of the company's that was called.
    Agent,
}

/// A channel.
pub(super) struct Leg {
    pub(super) id: String,
    /// The key of its call.
    pub(super) call: String,
    /// Whether its call has an id that is not the channel's own: a leg that was called.
    is_linked: bool,
    /// Whether the id of its call is known, so that a leg can be tied to it.
    pub(super) has_link: bool,
    device: Option<String>,
    caller: Option<String>,
    caller_name: Option<String>,
    connected: Option<String>,
    connected_name: Option<String>,
    exten: Option<String>,
    context: Option<String>,
    /// Whether its telephone is being called.
    is_rung: bool,
    /// Whether it is no more than an id, as a relay may leave it.
    is_bare: bool,
}

impl Leg {
    pub(super) fn of(channel: &Fields<'_>) -> Result<Self, Rejection> {
        let id = channel.required_id("id")?;
        let vars = channel.object("channelvars");
        let linked = LINKED
            .iter()
            .find_map(|name| vars.id(name).or_else(|| channel.id(name)));
        let caller = channel.object("caller");
        let connected = channel.object("connected");
        let dialplan = channel.object("dialplan");
        Ok(Self {
            is_linked: linked.as_ref().is_some_and(|linked| *linked != id),
            has_link: linked.is_some(),
            call: linked.unwrap_or_else(|| id.clone()),
            id,
            device: channel.id("name").as_deref().and_then(device),
            caller: caller.id("number"),
            caller_name: caller.id("name"),
            connected: connected.id("number"),
            connected_name: connected.id("name"),
            exten: dialplan.id("exten"),
            context: dialplan.id("context"),
            is_bare: !caller.is_present() && !connected.is_present() && !dialplan.is_present(),
            is_rung: matches!(
                channel.text("state"),
                Some("Down" | "Ringing" | "Dialing" | "Dialing Offhook")
            ),
        })
    }

    /// A leg that `Dial` has called keeps the place in the dialplan, and with it the number, of the leg that called it.
    pub(super) fn role(&self) -> Role {
        let caller = self.caller.as_deref();
        let exten = self.exten.as_deref().filter(|exten| *exten != "s");
        let is_caller = match caller.map(End::of) {
            Some(End::Outside) => {
                let is_joined_inside = self.connected.as_deref().map(End::of) == Some(End::Inside);
                let is_called = self.is_rung || is_joined_inside;
                !(is_called && exten.zip(caller).is_some_and(are_same))
            }
            Some(End::Inside) => {
                let is_inbound = self.known_direction() == Some(Direction::Inbound);
                let dials = exten.zip(self.connected.as_deref());
                exten.is_some()
                    && !is_inbound
                    && !self.is_rung
                    && (!self.talks_outside() || dials.is_some_and(are_same))
            }
            Some(End::Withheld) | None => self.is_bare || exten.is_some() && !self.is_rung,
        };
        if is_caller && !self.is_linked {
            Role::Customer
        } else {
            Role::Agent
        }
    }

    /// The two ends. A channel to a number that dials nothing was called by the company.
    pub(super) fn sides(&self) -> Sides<'_> {
        let caller = self.caller.as_deref();
        let exten = self.exten.as_deref();
        let connected = self.connected.as_deref();
        let is_called = caller.is_some_and(|caller| End::of(caller) == End::Outside)
            && exten.is_none_or(|exten| exten == "s")
            && connected.is_some_and(|end| End::of(end) == End::Inside);
        if is_called {
            return Sides::of(connected, caller, Some(Direction::Outbound));
        }
        Sides::of(caller, exten, self.known_direction())
    }

    /// Whether it is the customer's own leg of an outbound call, which is up when the customer answers.
    pub(super) fn was_called(&self) -> bool {
        let sides = self.sides();
        sides.direction == Some(Direction::Outbound) && sides.far == self.caller.as_deref()
    }

    fn known_direction(&self) -> Option<Direction> {
        let context = self.context.as_deref()?;
        let is_in = ["from-trunk", "from-pstn", "from-did", "inbound", "incoming"];
        let is_in = is_in.iter().any(|word| context.starts_with(word));
        is_in.then_some(Direction::Inbound)
    }

    /// The caller's name.
    pub(super) fn name(&self) -> Option<String> {
        known(self.caller_name.as_deref()).filter(|name| name.chars().any(char::is_alphabetic))
    }

    /// The number or place that was dialled, where it is the company's.
    pub(super) fn dialled(&self) -> Option<String> {
        let is_inbound = self.sides().direction == Some(Direction::Inbound);
        known(self.exten.as_deref()).filter(|exten| is_inbound && exten.len() > 1)
    }

    /// What an agent's leg is called: the name, the extension, the device.
    pub(super) fn agent(&self) -> Option<String> {
        let number = known(self.caller.as_deref());
        known(self.caller_name.as_deref())
            .or_else(|| number.filter(|number| End::of(number) == End::Inside))
            .or_else(|| self.device.clone())
    }

    /// What the agent at the other end of the customer's leg is called.
    pub(super) fn other_end(&self) -> Option<String> {
        if self.sides().direction == Some(Direction::Outbound) && !self.was_called() {
            return self.agent();
        }
        let number = known(self.connected.as_deref());
        known(self.connected_name.as_deref())
            .or_else(|| number.filter(|number| End::of(number) == End::Inside))
    }

    /// Whether its other end is a customer's.
    pub(super) fn talks_outside(&self) -> bool {
        let other = self.connected.as_deref().map(End::of);
        matches!(other, Some(End::Outside | End::Withheld))
    }
}

/// Whether two numbers are one, as it is dialled and as it is called: with or without what a trunk wants before it.
fn are_same((one, other): (&str, &str)) -> bool {
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let (one, other) = (digits(one), digits(other));
    let is_long = one.len().min(other.len()) > 5;
    is_long && (one.ends_with(&other) || other.ends_with(&one))
}

fn known(text: Option<&str>) -> Option<String> {
    parts::kept_name(text?).filter(|text| End::of(text) != End::Withheld)
}

/// `PJSIP/101` of `PJSIP/101-0000002b`.
fn device(channel: &str) -> Option<String> {
    let bare = match channel.rsplit_once('-') {
        Some((bare, tail)) if tail.chars().all(|c| c.is_ascii_hexdigit() || c == ';') => bare,
        Some(_) | None => channel,
    };
    parts::kept_name(bare)
}
