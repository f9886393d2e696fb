//! The manager's events that are part of a call's story, and what each says.

use std::collections::BTreeMap;

use timeline::{Direction, Ended, Fact, Opening, Personal, Place, Started, Updated, cut};

use super::super::party::End;
use super::Call;
use crate::fields::Fields;
use crate::parts;

/// Longest value of an attribute in bytes.
const MAX_ATTRIBUTE: usize = 256;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Newchannel,
    DialBegin,
    DialEnd,
    /// `Bridge` with `Link` of Asterisk 11 and earlier.
    Linked,
    QueueJoin,
    QueueAbandon,
    AgentCalled,
    AgentConnect,
    AgentComplete,
    Hold,
    Unhold,
    BlindTransfer,
    AttendedTransfer,
    Hangup,
}

impl Kind {
    /// `None` for what is no part of the story.
    pub(super) fn of(event: &str, fields: &Fields<'_>) -> Option<Self> {
        let sub = |name: &str, word: &str| {
            fields
                .text(name)
                .is_some_and(|text| text.eq_ignore_ascii_case(word))
        };
        match event.trim().to_ascii_lowercase().as_str() {
            "newchannel" => Some(Self::Newchannel),
            "dialbegin" => Some(Self::DialBegin),
            "dialend" => Some(Self::DialEnd),
            "dial" if sub("SubEvent", "Begin") => Some(Self::DialBegin),
            "bridge" if sub("Bridgestate", "Link") => Some(Self::Linked),
            "queuecallerjoin" | "join" => Some(Self::QueueJoin),
            "queuecallerabandon" => Some(Self::QueueAbandon),
            "agentcalled" => Some(Self::AgentCalled),
            "agentconnect" => Some(Self::AgentConnect),
            "agentcomplete" => Some(Self::AgentComplete),
            "hold" if sub("Status", "Off") => Some(Self::Unhold),
            "hold" => Some(Self::Hold),
            "unhold" => Some(Self::Unhold),
            "blindtransfer" => Some(Self::BlindTransfer),
            "attendedtransfer" => Some(Self::AttendedTransfer),
            "hangup" => Some(Self::Hangup),
            _ => None,
        }
    }

    /// Whether its fields are those of several channels.
    pub(super) fn is_transfer(self) -> bool {
        matches!(self, Self::BlindTransfer | Self::AttendedTransfer)
    }

    /// Where the ids of its channel and of its call stand, newest version first.
    pub(super) fn ids(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::DialBegin | Self::DialEnd => (
                &["Uniqueid", "SrcUniqueID", "DestUniqueid"],
                &["Linkedid", "DestLinkedid"],
            ),
            Self::Linked => (&["Uniqueid1"], &["Linkedid"]),
            Self::BlindTransfer => (
                &["TransfereeUniqueid", "TransfererUniqueid"],
                &["TransfereeLinkedid", "TransfererLinkedid"],
            ),
            Self::AttendedTransfer => (
                &["TransfereeUniqueid", "OrigTransfererUniqueid"],
                &["TransfereeLinkedid", "OrigTransfererLinkedid"],
            ),
            Self::Newchannel
            | Self::QueueJoin
            | Self::QueueAbandon
            | Self::AgentCalled
            | Self::AgentConnect
            | Self::AgentComplete
            | Self::Hold
            | Self::Unhold
            | Self::Hangup => (&["Uniqueid"], &["Linkedid"]),
        }
    }

    /// The event's id within its call: the channel, the kind, what else tells it from another of its kind, and its time
    /// where it has one.
    pub(super) fn id(self, fields: &Fields<'_>, channel: &str, event: &str) -> String {
        let other = [
            "DestUniqueid",
            "SubEvent",
            "Queue",
            "Interface",
            "Extension",
            "Timestamp",
        ];
        let mut id = format!("{channel}-{}", event.trim().to_ascii_lowercase());
        for part in other.iter().filter_map(|name| fields.id(name)) {
            id.push('-');
            id.push_str(&part);
        }
        id
    }

    /// `None` where only the event of another channel of the call counts, or it tells of a try that failed.
    pub(super) fn fact(
        self,
        fields: &Fields<'_>,
        call: &Call,
        direction: Option<Direction>,
    ) -> Option<Fact> {
        let name = |name: &str| fields.id(name).as_deref().and_then(known);
        let queue = name("Queue");
        match self {
            Self::Newchannel => call.is_first.then(|| {
                Fact::Started(Started {
                    opening: match direction {
                        Some(Direction::Inbound) => Opening::Ivr,
                        Some(Direction::Outbound) | None => Opening::Ringing,
                    },
                    queue: name("Exten")
                        .filter(|exten| direction == Some(Direction::Inbound) && exten.len() > 1),
                    ..Started::default()
                })
            }),
            Self::DialBegin | Self::AgentCalled => Some(Fact::Started(Started {
                opening: Opening::Ringing,
                queue,
                // What rings at the end of an outbound call is the customer.
                ringing: member(fields)
                    .filter(|_| direction != Some(Direction::Outbound))
                    .into_iter()
                    .collect(),
                ..Started::default()
            })),
            Self::DialEnd => {
                let status = fields.text("DialStatus")?;
                status.eq_ignore_ascii_case("ANSWER").then(|| {
                    Fact::Answered(Place {
                        queue: None,
                        agent: match direction {
                            Some(Direction::Outbound) => name("CallerIDName")
                                .or_else(|| name("CallerIDNum"))
                                .or_else(|| device(fields.text("Channel")?)),
                            Some(Direction::Inbound) | None => member(fields),
                        },
                    })
                })
            }
            Self::Linked => Some(Fact::Answered(Place {
                queue: None,
                agent: name("CallerID2")
                    .filter(|number| End::of(number) == End::Inside)
                    .or_else(|| device(fields.text("Channel2")?)),
            })),
            Self::QueueJoin => Some(Fact::Queued(Place { queue, agent: None })),
            Self::AgentConnect => Some(Fact::Answered(Place {
                queue,
                agent: member(fields),
            })),
            Self::QueueAbandon => Some(updated(
                fields,
                &[
                    ("HoldTime", "abandoned_after_s"),
                    ("Position", "queue_position"),
                ],
            )),
            Self::AgentComplete => Some(updated(
                fields,
                &[
                    ("HoldTime", "queue_s"),
                    ("TalkTime", "talk_s"),
                    ("Reason", "ended_by"),
                ],
            )),
            Self::Hold => Some(Fact::Held),
            Self::Unhold => Some(Fact::Resumed),
            Self::BlindTransfer => {
                is_success(fields).then(|| updated(fields, &[("Extension", "transferred_to")]))
            }
            Self::AttendedTransfer => is_success(fields).then(|| {
                let target = ["TransferTargetCallerIDName", "TransferTargetCallerIDNum"];
                match target.iter().find_map(|target| name(target)) {
                    Some(agent) => Fact::Answered(Place {
                        queue: None,
                        agent: Some(agent),
                    }),
                    None => updated(fields, &[("DestType", "transferred_to")]),
                }
            }),
            Self::Hangup => call.is_first.then(|| {
                let cause = name("Cause-txt").or_else(|| fields.id("Cause"));
                Fact::Ended(Ended {
                    cause: cause.and_then(|cause| parts::kept_name(&cause)),
                    forwarded: false,
                })
            }),
        }
    }
}

fn is_success(fields: &Fields<'_>) -> bool {
    fields
        .text("Result")
        .is_none_or(|result| result.eq_ignore_ascii_case("Success"))
}

/// A name or number, unless it says that there is none.
fn known(text: &str) -> Option<String> {
    parts::kept_name(text).filter(|text| End::of(text) != End::Withheld)
}

/// Who is called: the queue's member, else the name or the extension of the telephone.
fn member(fields: &Fields<'_>) -> Option<String> {
    let names = ["MemberName", "AgentName", "DestCallerIDName"];
    let extension = || {
        let number = known(&fields.id("DestCallerIDNum")?)?;
        (End::of(&number) == End::Inside).then_some(number)
    };
    let devices = ["Interface", "DestChannel", "Destination", "AgentCalled"];
    names
        .iter()
        .find_map(|name| known(fields.text(name)?))
        .or_else(extension)
        .or_else(|| devices.iter().find_map(|name| device(fields.text(name)?)))
}

/// `PJSIP/101` of `PJSIP/101-0000002b`.
fn device(channel: &str) -> Option<String> {
    let bare = match channel.rsplit_once('-') {
        Some((bare, tail)) if tail.chars().all(|c| c.is_ascii_hexdigit() || c == ';') => bare,
        Some(_) | None => channel,
    };
    parts::kept_name(bare)
}

fn updated(fields: &Fields<'_>, names: &[(&'static str, &str)]) -> Fact {
    let attributes: BTreeMap<_, _> = names
        .iter()
        .filter_map(|(field, name)| {
            let value = fields.id(field)?;
            Some((
                (*name).to_owned(),
                Personal::new(cut(&value, MAX_ATTRIBUTE)),
            ))
        })
        .collect();
    Fact::Updated(Updated { attributes })
}
