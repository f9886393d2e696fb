//! Amazon Connect contact events, as EventBridge delivers them: best effort, repeated, in any order.
//!
//! They name no telephone number; the contact record of the same contact brings it (see [`super::record`]).

mod about;
pub(super) mod attributes;

use serde_json::Value;
use timeline::{Channel, Direction, Ended, EventId, Fact, Opening, Place, Started, Updated, cut};

pub(super) use about::ABOUT;

use super::contact::{self, Initiation, NAME};
use crate::about::About;
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

/// Contact events of Amazon Connect.
pub(crate) struct ContactEvents;

impl Source for ContactEvents {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By the envelope's `source`: product names in `detail-type` have changed before.
    fn recognises(&self, envelope: &Envelope) -> bool {
        bridged(envelope).is_some_and(|value| {
            Fields::of(value)
                .text("source")
                .is_some_and(|source| source.eq_ignore_ascii_case("aws.connect"))
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let value = bridged(envelope).ok_or(Rejection::UnknownEnvelope)?;
        let outer = Fields::of(value);
        let detail = outer.object("detail");
        let kind = detail.text("eventType").map(Kind::of);
        if !is_contact_event(&outer, &detail, kind) {
            let name = outer.text("detail-type").unwrap_or("aws.connect");
            return Ok(Reading::ignored(cut(name, contact::MAX_NAME)));
        }
        let event_type = detail.required_text("eventType")?;
        let Some(kind) = Kind::of(event_type) else {
            let name = event_type.trim().to_ascii_uppercase();
            return Ok(Reading::ignored(format!(
                "{NAME} {}",
                contact::plain(&name)
            )));
        };
        let channel = match contact::channel(&detail) {
            Ok(channel) => channel,
            Err(ignored) => return Ok(Reading::ignored(ignored)),
        };
        let id =
            EventId::new(outer.required_id("id")?.trim()).map_err(|_| Rejection::missing("id"))?;
        let mut event = contact::event(&detail, id, channel, kind.fact(&detail, channel))?;
        event.occurred_at = match kind.time(&detail)? {
            Some(at) => Some(at),
            None => Some(contact::time(&outer, "time")?.ok_or_else(|| Rejection::missing("time"))?),
        };
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

/// The kinds of contact events that say something of the customer's story.
#[derive(Clone, Copy)]
enum Kind {
    Initiated,
    ConnectedToSystem,
    DataUpdated,
    Queued,
    ConnectedToAgent,
    Paused,
    Resumed,
    Disconnected,
    Completed,
}

impl Kind {
    fn of(event_type: &str) -> Option<Self> {
        match event_type.trim().to_ascii_uppercase().as_str() {
            "INITIATED" => Some(Self::Initiated),
            "CONNECTED_TO_SYSTEM" => Some(Self::ConnectedToSystem),
            "CONTACT_DATA_UPDATED" => Some(Self::DataUpdated),
            "QUEUED" => Some(Self::Queued),
            "CONNECTED_TO_AGENT" => Some(Self::ConnectedToAgent),
            "PAUSED" => Some(Self::Paused),
            "RESUMED" => Some(Self::Resumed),
            "DISCONNECTED" => Some(Self::Disconnected),
            "COMPLETED" => Some(Self::Completed),
            _ => None,
        }
    }

    /// When it happened by the field that belongs to it, which has milliseconds; the envelope has seconds only.
    fn time(self, detail: &Fields<'_>) -> Result<Option<timeline::Timestamp>, Rejection> {
        let agent = detail.object("agentInfo");
        match self {
            Self::Initiated => contact::time(detail, "initiationTimestamp"),
            Self::ConnectedToSystem => contact::time(detail, "connectedToSystemTimestamp"),
            Self::Queued => contact::time(&detail.object("queueInfo"), "enqueueTimestamp"),
            Self::ConnectedToAgent => contact::time(&agent, "connectedToAgentTimestamp"),
            Self::Paused => contact::time(detail, "lastPausedTimestamp"),
            Self::Resumed => contact::time(detail, "lastResumedTimestamp"),
            Self::Disconnected => contact::time(detail, "disconnectTimestamp"),
            Self::Completed => contact::time(&agent, "afterContactWorkEndTimestamp"),
            Self::DataUpdated => Ok(None),
        }
    }

    fn fact(self, detail: &Fields<'_>, channel: Channel) -> Fact {
        let queue = contact::arn_id(&detail.object("queueInfo"), "queueArn");
        match self {
            Self::Initiated | Self::ConnectedToSystem => {
                let initiation = Initiation::of(detail);
                Fact::Started(Started {
                    opening: self.opening(&initiation, channel),
                    initiation: initiation.word(),
                    queue,
                    ..Started::default()
                })
            }
            Self::Queued => Fact::Queued(Place { queue, agent: None }),
            Self::ConnectedToAgent => Fact::Answered(Place {
                queue,
                agent: contact::arn_id(&detail.object("agentInfo"), "agentArn"),
            }),
            Self::Paused => Fact::Held,
            Self::Resumed => Fact::Resumed,
            // After-contact work is done. The call ended before, at the time that DISCONNECTED tells; where that event was
            // lost, since delivery is best effort, this one still ends the call.
            Self::Disconnected | Self::Completed => {
                let cause = contact::name(detail, "disconnectReason");
                Fact::Ended(Ended {
                    forwarded: cause
                        .as_deref()
                        .is_some_and(|cause| cause.eq_ignore_ascii_case("TRANSFERRED")),
                    cause,
                })
            }
            Self::DataUpdated => Fact::Updated(updated(detail)),
        }
    }

    /// An outbound call rings at the customer; connected to the system, it is in the flow like any other.
    fn opening(self, initiation: &Initiation, channel: Channel) -> Opening {
        if channel != Channel::Call {
            return Opening::Open;
        }
        match (self, initiation.direction(channel)) {
            (Self::Initiated, Some(Direction::Outbound)) => Opening::Ringing,
            (_, _) => Opening::Ivr,
        }
    }
}

fn bridged(envelope: &Envelope) -> Option<&Value> {
    match &envelope.payload {
        Payload::EventBridge(value) => Some(value),
        Payload::CloudEvents(_) | Payload::Json(_) | Payload::Form(_) | Payload::Text(_) => None,
    }
}

/// Whether an event of `aws.connect` is a contact event: by its name, or by its shape should that be renamed.
fn is_contact_event(outer: &Fields<'_>, detail: &Fields<'_>, kind: Option<Option<Kind>>) -> bool {
    let named = outer
        .text("detail-type")
        .is_some_and(|name| name.to_ascii_lowercase().contains("contact event"));
    let shaped = detail.get("contactId").is_some()
        && (detail.get("channel").is_some() || detail.get("initiationMethod").is_some());
    named || (shaped && kind.flatten().is_some())
}

/// The flow's attributes, and the tags but for Amazon's own, which name the instance only.
fn updated(detail: &Fields<'_>) -> Updated {
    let mut attributes = contact::attributes(detail.get("tags"));
    attributes.retain(|name, _| !name.starts_with("aws:"));
    attributes.extend(contact::attributes(detail.get("attributes")));
    while attributes.len() > timeline::MAX_ATTRIBUTES {
        attributes.pop_last();
    }
    Updated { attributes }
}
