//! Where an interaction is in its life, as far as one fact tells it.

use serde::{Deserialize, Serialize};

use crate::fact::{Fact, Opening, Started, Status};

/// Where an interaction is in its life. The order of the variants is the order in which a life goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    Ivr,
    Ringing,
    Queued,
    Active,
    Held,
    Open,
    Pending,
    Snoozed,
    Resolved,
    Ended,
}

impl Phase {
    /// The phase that a fact brings its interaction into; `None` for facts that leave it where it is.
    pub(crate) fn entered_by(fact: &Fact) -> Option<Self> {
        match fact {
            Fact::Started(started) => Some(match started.opening {
                Opening::Ringing => Self::Ringing,
                Opening::Ivr => Self::Ivr,
                Opening::Open => Self::Open,
            }),
            Fact::Queued(_) => Some(Self::Queued),
            Fact::Answered(_) | Fact::Resumed => Some(Self::Active),
            Fact::Held => Some(Self::Held),
            Fact::Ended(_) => Some(Self::Ended),
            Fact::Mail(mail) if !mail.distrust.is_empty() => Some(Self::Resolved),
            Fact::Mail(mail) if mail.outbound => Some(Self::Pending),
            // A machine's answer is no customer who waits.
            Fact::Mail(mail) if mail.automatic => None,
            Fact::Mail(_) | Fact::Sent(_) | Fact::Failed(_) | Fact::Disputed(_) => Some(Self::Open),
            Fact::Status(change) => Some(match change.status {
                Status::Open => Self::Open,
                Status::Pending => Self::Pending,
                Status::Snoozed => Self::Snoozed,
                Status::Resolved => Self::Resolved,
            }),
            Fact::Signed(_)
            | Fact::Paid(_)
            | Fact::Declined(_)
            | Fact::Voided(_)
            | Fact::Refunded(_) => Some(Self::Resolved),
            Fact::WrapUp(wrap_up) => wrap_up.resolved.map(|resolved| match resolved {
                true => Self::Resolved,
                false => Self::Open,
            }),
            Fact::Record(_)
            | Fact::Message(_)
            | Fact::Bounced(_)
            | Fact::Reached(_)
            | Fact::Viewed(_)
            | Fact::Acted(_)
            | Fact::Scored(_)
            | Fact::Note(_)
            | Fact::Promised(_)
            | Fact::PromiseEnded(_)
            | Fact::Updated(_) => None,
        }
    }
}

/// The order of facts that carry the same time, or none: that of the phases, then what leaves the phase as it is.
pub(crate) fn rank(fact: &Fact) -> u8 {
    if matches!(fact, Fact::Resumed) {
        // The agent comes back from a hold, so this follows it, though the phase is that of before.
        return Phase::Held as u8 + 1;
    }
    if matches!(
        fact,
        Fact::Started(Started {
            opening: Opening::Open,
            ..
        })
    ) {
        // Whatever is stamped alike came of it.
        return Phase::Ivr as u8;
    }
    Phase::entered_by(fact).map_or(u8::MAX, |phase| phase as u8)
}
