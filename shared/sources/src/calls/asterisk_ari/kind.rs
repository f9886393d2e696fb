//! The events that are part of a call's story, and what each says.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{Direction, Ended, Fact, Opening, Personal, Place, Started, Updated, cut};

use super::channel::{Leg, Role};
use crate::fields::Fields;
use crate::parts;

/// Longest value of an attribute in bytes.
const MAX_ATTRIBUTE: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    ChannelCreated,
    StasisStart,
    StateChange,
    Dial,
    EnteredBridge,
    Hold,
    Unhold,
    BlindTransfer,
    AttendedTransfer,
    HangupRequest,
    Destroyed,
}

/// What an event says.
pub(super) struct Told {
    pub(super) fact: Fact,
    /// The call that it is told of, where that is not the channel's own.
    pub(super) key: Option<String>,
    /// What tells it from another of its kind at the same time, with a hyphen before.
    pub(super) detail: String,
}

impl Kind {
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "ChannelCreated" => Some(Self::ChannelCreated),
            "StasisStart" => Some(Self::StasisStart),
            "ChannelStateChange" => Some(Self::StateChange),
            "Dial" => Some(Self::Dial),
            "ChannelEnteredBridge" => Some(Self::EnteredBridge),
            "ChannelHold" => Some(Self::Hold),
            "ChannelUnhold" => Some(Self::Unhold),
            "BridgeBlindTransfer" => Some(Self::BlindTransfer),
            "BridgeAttendedTransfer" => Some(Self::AttendedTransfer),
            "ChannelHangupRequest" => Some(Self::HangupRequest),
            "ChannelDestroyed" => Some(Self::Destroyed),
            _ => None,
        }
    }

    /// Where the channel stands, the customer's first.
    pub(super) fn channels(self) -> &'static [&'static str] {
        match self {
            Self::Dial => &["caller", "peer"],
            Self::BlindTransfer => &["transferee", "channel"],
            Self::AttendedTransfer => &["transferee", "transferer_first_leg"],
            Self::ChannelCreated
            | Self::StasisStart
            | Self::StateChange
            | Self::EnteredBridge
            | Self::Hold
            | Self::Unhold
            | Self::HangupRequest
            | Self::Destroyed => &["channel"],
        }
    }

    /// Whether its channel is as it was when the call began: a transfer changes whom it is joined with.
    pub(super) fn names_customer(self) -> bool {
        !matches!(self, Self::BlindTransfer | Self::AttendedTransfer)
    }

    /// `None` for what only an agent's leg says, and for tries that failed.
    pub(super) fn told(self, fields: &Fields<'_>, leg: &Leg) -> Option<Told> {
        let is_customers = leg.role() == Role::Customer;
        let on_call = is_customers || leg.has_link;
        let fact = match self {
            Self::ChannelCreated | Self::StasisStart => is_customers.then(|| started(leg)),
            Self::StateChange => {
                let is_up = fields.object("channel").text("state") == Some("Up");
                // An inbound channel is up when a menu answers it.
                (is_customers && is_up && leg.was_called()).then(|| answered(leg.other_end()))
            }
            Self::Dial => return dial(fields, leg, on_call),
            Self::EnteredBridge => return entered(fields, leg, is_customers),
            Self::Hold => on_call.then_some(Fact::Held),
            Self::Unhold => on_call.then_some(Fact::Resumed),
            Self::BlindTransfer => {
                let to = fields.id("exten").filter(|_| is_success(fields));
                to.map(|to| transferred(&to))
            }
            Self::AttendedTransfer => is_success(fields).then(|| {
                let target = fields.object("transfer_target");
                let target = Leg::of(&target).ok().and_then(|target| target.agent());
                match target {
                    Some(agent) => answered(Some(agent)),
                    None => transferred(&fields.id("destination_type").unwrap_or_default()),
                }
            }),
            Self::HangupRequest | Self::Destroyed => is_customers.then(|| {
                let cause = fields.id("cause_txt").or_else(|| fields.id("cause"));
                Fact::Ended(Ended {
                    cause: cause.and_then(|cause| parts::kept_name(&cause)),
                    forwarded: false,
                })
            }),
        };
        fact.map(|fact| Told {
            fact,
            key: None,
            detail: String::new(),
        })
    }
}

fn is_success(fields: &Fields<'_>) -> bool {
    fields
        .text("result")
        .is_none_or(|result| result.eq_ignore_ascii_case("Success"))
}

fn started(leg: &Leg) -> Fact {
    Fact::Started(Started {
        opening: match leg.sides().direction {
            Some(Direction::Outbound) => Opening::Ringing,
            Some(Direction::Inbound) | None => Opening::Ivr,
        },
        queue: leg.dialled(),
        ..Started::default()
    })
}

fn answered(agent: Option<String>) -> Fact {
    Fact::Answered(Place { queue: None, agent })
}

fn transferred(to: &str) -> Fact {
    let value = Personal::new(cut(to, MAX_ATTRIBUTE));
    Fact::Updated(Updated {
        attributes: BTreeMap::from([("transferred_to".to_owned(), value)]),
    })
}

/// A dial is told several times: without a status when it begins, then as it goes on.
fn dial(fields: &Fields<'_>, leg: &Leg, on_call: bool) -> Option<Told> {
    let has_caller = fields.object("caller").is_present();
    let peer = fields.object("peer");
    let peer = Leg::of(&peer).ok()?;
    if !on_call || !has_caller {
        return None;
    }
    let is_outbound = leg.sides().direction == Some(Direction::Outbound);
    let status = fields.text("dialstatus").unwrap_or_default();
    let fact = match status.to_ascii_uppercase().as_str() {
        "" | "RINGING" => Fact::Started(Started {
            opening: Opening::Ringing,
            // What rings at the end of an outbound call is the customer.
            ringing: peer.agent().filter(|_| !is_outbound).into_iter().collect(),
            ..Started::default()
        }),
        "ANSWER" if is_outbound => answered(leg.agent()),
        "ANSWER" => answered(peer.agent()),
        _ => return None,
    };
    Some(Told {
        fact,
        key: None,
        detail: format!("-{}-{status}", peer.id),
    })
}

/// Two in a bridge that mixes talk. Alone in it, or in one that holds, nobody does.
fn entered(fields: &Fields<'_>, leg: &Leg, is_customers: bool) -> Option<Told> {
    let bridge = fields.object("bridge");
    let mixes = bridge
        .text("bridge_type")
        .is_none_or(|kind| kind.eq_ignore_ascii_case("mixing"));
    let members: Vec<&str> = bridge
        .items("channels")
        .iter()
        .filter_map(Value::as_str)
        .take(3)
        .collect();
    if !mixes || members.len() < 2 {
        return None;
    }
    let detail = bridge
        .id("id")
        .map(|id| format!("-{id}"))
        .unwrap_or_default();
    if is_customers {
        return Some(Told {
            fact: answered(leg.other_end()),
            key: None,
            detail,
        });
    }
    let key = if leg.has_link {
        None
    } else {
        // Of two, the other one is who the agent talks with.
        let other = members.iter().find(|member| **member != leg.id)?;
        if members.len() > 2 || !leg.talks_outside() {
            return None;
        }
        Some((*other).to_owned())
    };
    Some(Told {
        fact: answered(leg.agent()),
        key,
        detail,
    })
}
