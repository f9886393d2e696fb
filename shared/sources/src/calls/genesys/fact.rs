//! The detail events that are part of a conversation's story, and what each says.

use std::collections::BTreeMap;

use serde_json::Value;
use timeline::{
    Channel, Direction, Ended, Fact, MAX_ATTRIBUTES, Opening, Personal, Place, Started, Timestamp,
    Updated, WrapUp, cut,
};

use super::party;
use crate::fields::Fields;
use crate::parts;

/// Longest value of an attribute in bytes.
const MAX_ATTRIBUTE: usize = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    CustomerStart,
    CustomerEnd,
    /// A flow, a bot or a mailbox begins to serve the customer.
    FlowStart,
    AcdStart,
    AcdEnd,
    UserStart,
    UserEnd,
    Acw,
    Attributes,
    /// The conversation is tied to a contact of Genesys Cloud's.
    Contact,
}

impl Kind {
    /// `None` for what is no part of the story.
    pub(super) fn of(name: &str) -> Option<Self> {
        match name {
            "customer.start" => Some(Self::CustomerStart),
            "customer.end" => Some(Self::CustomerEnd),
            "flow.start" | "ivr.start" | "bot.start" | "voicemail.start" => Some(Self::FlowStart),
            "acd.start" => Some(Self::AcdStart),
            "acd.end" => Some(Self::AcdEnd),
            "user.start" | "agent.start" => Some(Self::UserStart),
            "user.end" | "agent.end" => Some(Self::UserEnd),
            "acw" | "acw.end" | "user.acw" | "wrapup" | "user.wrapup" => Some(Self::Acw),
            "attributes" => Some(Self::Attributes),
            "contact" => Some(Self::Contact),
            _ => None,
        }
    }

    /// Whether it is of the customer's own session.
    pub(super) fn is_customers(self) -> bool {
        matches!(
            self,
            Self::CustomerStart | Self::CustomerEnd | Self::Contact
        )
    }

    /// What it says, and when that was; `None` where it says nothing that another event does not.
    pub(super) fn fact(
        self,
        body: &Fields<'_>,
        channel: Channel,
        at: Timestamp,
    ) -> Option<(Fact, Timestamp)> {
        let queue = name(body, "queueId");
        let agent = name(body, "userId");
        let fact = match self {
            Self::CustomerStart => Fact::Started(Started {
                opening: opening(body, channel),
                initiation: name(body, "mediaType"),
                subject: body.text("subject").map(Personal::new),
                ..Started::default()
            }),
            Self::FlowStart => Fact::Started(Started {
                opening: if channel == Channel::Call {
                    Opening::Ivr
                } else {
                    Opening::Open
                },
                initiation: name(body, "flowType"),
                ..Started::default()
            }),
            // A colleague or a queue that an agent asks, while the customer is with the agent.
            Self::AcdStart | Self::UserStart if party::is_consult(body) => return None,
            Self::AcdStart => Fact::Queued(Place { queue, agent: None }),
            // The queue lets a caller go when an agent is there, when the caller gave up, or to another flow.
            Self::AcdEnd => {
                let is_answered = body
                    .text("acdOutcome")
                    .is_some_and(|outcome| outcome.eq_ignore_ascii_case("ANSWERED"));
                let agent = name(body, "answeredUserId");
                if !is_answered && agent.is_none() {
                    return None;
                }
                Fact::Answered(Place { queue, agent })
            }
            Self::UserStart => Fact::Started(Started {
                opening: user_opening(channel),
                queue,
                // An agent who begins a call is not one at whom it rings.
                ringing: agent
                    .filter(|_| party::direction(body) != Some(Direction::Outbound))
                    .into_iter()
                    .collect(),
                ..Started::default()
            }),
            Self::UserEnd => {
                let answered_at = interacting_since(body, at)?;
                let place = Place { queue, agent };
                return Some((Fact::Answered(place), answered_at));
            }
            Self::CustomerEnd => {
                let cause = name(body, "disconnectType");
                Fact::Ended(Ended {
                    forwarded: cause
                        .as_deref()
                        .is_some_and(|cause| cause.to_ascii_uppercase().contains("TRANSFER")),
                    cause,
                })
            }
            Self::Acw => Fact::WrapUp(WrapUp {
                disposition: name(body, "wrapupCode"),
                agent,
                ..WrapUp::default()
            }),
            Self::Attributes => Fact::Updated(Updated {
                attributes: attributes(body),
            }),
            Self::Contact => Fact::Updated(Updated::default()),
        };
        Some((fact, at))
    }
}

/// The text under `name`, as a name.
pub(super) fn name(body: &Fields<'_>, name: &str) -> Option<String> {
    parts::kept_name(&body.id(name)?)
}

/// An outbound call rings at the customer; an inbound one is in a flow until somebody is asked for.
fn opening(body: &Fields<'_>, channel: Channel) -> Opening {
    match (channel, party::direction(body)) {
        (Channel::Call, Some(Direction::Outbound)) => Opening::Ringing,
        (Channel::Call, Some(Direction::Inbound) | None) => Opening::Ivr,
        (_, _) => Opening::Open,
    }
}

fn user_opening(channel: Channel) -> Opening {
    if channel == Channel::Call {
        Opening::Ringing
    } else {
        Opening::Open
    }
}

/// When a user's session that is over had begun to interact; `None` when it never did.
fn interacting_since(body: &Fields<'_>, end: Timestamp) -> Option<Timestamp> {
    let talked = body
        .integer("interactingDurationMs")
        .filter(|talked| *talked > 0)?;
    let held = body.integer("heldDurationMs").unwrap_or(0).max(0);
    let since = end.millis().checked_sub(talked.checked_add(held)?)?;
    Timestamp::from_millis(since).ok()
}

/// The participant's attributes, which flows set. The case of their names counts.
fn attributes(body: &Fields<'_>) -> BTreeMap<String, Personal> {
    let all = body.get("attributes").and_then(Value::as_object);
    all.into_iter()
        .flatten()
        .filter_map(|(name, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let name = parts::kept_name(name)?;
            (!value.is_null()).then(|| (name, Personal::new(cut(&text, MAX_ATTRIBUTE))))
        })
        .take(MAX_ATTRIBUTES)
        .collect()
}
