//! What there is to know of Asterisk's manager events.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "Asterisk (AMI)",
    summary: "Calls and queues of an Asterisk or FreePBX as its manager interface tells them, relayed over HTTP.",
    setup: &[
        "Give the relay a user in `manager.conf` with `read = call,agent,cdr` and nothing to write, and set \
         `timestampevents = yes` in the section `general`.",
        "Let the relay keep a connection to the manager and post each event, or a JSON list of up to 500, as a JSON object \
         of the event's own fields to `{url}`. Names may be in any case; nothing is to be renamed.",
        "Send the secret with it: as Bearer, as the password of Basic, in the header `x-api-key`, or as `?token=`.",
        "Where several systems are connected, use the address with the account's name behind the source, such as \
         `asterisk-ami.berlin`: ids of two systems may be alike. Set `systemname` in `asterisk.conf` in any case.",
        "Let the relay keep what was not answered with 2xx, and send it again.",
    ],
    kinds: &[
        Kind {
            name: "Newchannel",
            fixture: "newchannel.json",
        },
        Kind {
            name: "Newstate",
            fixture: "newstate.json",
        },
        Kind {
            name: "DialBegin",
            fixture: "dial-begin.json",
        },
        Kind {
            name: "DialEnd",
            fixture: "dial-end.json",
        },
        Kind {
            name: "Dial (Asterisk 11)",
            fixture: "dial-asterisk-11.json",
        },
        Kind {
            name: "BridgeEnter",
            fixture: "bridge-enter.json",
        },
        Kind {
            name: "BridgeLeave",
            fixture: "bridge-leave.json",
        },
        Kind {
            name: "Bridge (Asterisk 11)",
            fixture: "bridge-asterisk-11.json",
        },
        Kind {
            name: "QueueCallerJoin",
            fixture: "queue-caller-join.json",
        },
        Kind {
            name: "Join (Asterisk 11)",
            fixture: "join-asterisk-11.json",
        },
        Kind {
            name: "QueueCallerLeave",
            fixture: "queue-caller-leave.json",
        },
        Kind {
            name: "QueueCallerAbandon",
            fixture: "queue-caller-abandon.json",
        },
        Kind {
            name: "AgentCalled",
            fixture: "agent-called.json",
        },
        Kind {
            name: "AgentConnect",
            fixture: "agent-connect.json",
        },
        Kind {
            name: "AgentComplete",
            fixture: "agent-complete.json",
        },
        Kind {
            name: "Hold",
            fixture: "hold.json",
        },
        Kind {
            name: "Unhold",
            fixture: "unhold.json",
        },
        Kind {
            name: "MusicOnHoldStart",
            fixture: "music-on-hold-start.json",
        },
        Kind {
            name: "BlindTransfer",
            fixture: "blind-transfer.json",
        },
        Kind {
            name: "AttendedTransfer",
            fixture: "attended-transfer.json",
        },
        Kind {
            name: "HangupRequest",
            fixture: "hangup-request.json",
        },
        Kind {
            name: "Hangup",
            fixture: "hangup.json",
        },
        Kind {
            name: "Cdr",
            fixture: "cdr.json",
        },
    ],
    limits: &[
        "Without `timestampevents` the manager has no clock: times are those of arrival.",
        "A call ends with the channel that it began with. Where that one leaves by a blind transfer of an outbound call, \
         the call counts as ended while the customer still talks.",
        "The manager does not say which way a call goes. The dialplan's context tells where it is named as FreePBX names \
         it; else an extension that dials a number is outbound, and a caller from outside inbound.",
        "Numbers without plus are read as dialled where the company's own number is, else where the stack is. Up to five \
         digits are an extension, and a call between two extensions is nobody's.",
        "Music on hold plays in queues too and does not count as hold; `Hold` and `Unhold` do. `Newstate`, bridges, \
         `HangupRequest` and `Cdr`, whose times have no zone, are counted and not kept.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[
            Shown::Bearer,
            Shown::Basic,
            Shown::Header("x-api-key"),
            Shown::Query("token"),
        ])],
        headers: &[],
        batch: Batch::List,
        answer: Answer::Accepted,
        handshake: Handshake::None,
        retries: "Whatever the relay does: Asterisk itself sends each event once to those who are connected. A relay should \
                  try again on 429 and 5xx and when nothing answers within some seconds.",
    }),
};
