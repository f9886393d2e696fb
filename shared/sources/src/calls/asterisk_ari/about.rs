//! What there is to know of Asterisk's REST interface.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "Asterisk (ARI)",
    summary: "Calls of an Asterisk as its REST interface tells them to an application, relayed over HTTP.",
    setup: &[
        "Give the relay a read-only user in `ari.conf`, and set `channelvars = CHANNEL(linkedid)` in the section `general`, \
         so that all legs of a call are known as one.",
        "Let the relay open the WebSocket `/ari/events?app=<application>&subscribeAll=true`. Without `subscribeAll` only \
         channels in the application are told, and their end may not be.",
        "Let it post each event, or a JSON list of up to 500, unchanged to `{url}`.",
        "Send the secret with it: as Bearer, as the password of Basic, in the header `x-api-key`, or as `?token=`.",
        "Where several systems are connected, use the address with the account's name behind the source, such as \
         `asterisk-ari.berlin`: ids of two systems may be alike. Set `systemname` in `asterisk.conf` in any case.",
        "Let the relay keep what was not answered with 2xx, and send it again.",
    ],
    kinds: &[
        Kind {
            name: "ChannelCreated",
            fixture: "channel-created.json",
        },
        Kind {
            name: "StasisStart",
            fixture: "stasis-start.json",
        },
        Kind {
            name: "StasisEnd",
            fixture: "stasis-end.json",
        },
        Kind {
            name: "ChannelStateChange",
            fixture: "channel-state-change.json",
        },
        Kind {
            name: "Dial",
            fixture: "dial.json",
        },
        Kind {
            name: "ChannelEnteredBridge",
            fixture: "channel-entered-bridge.json",
        },
        Kind {
            name: "ChannelLeftBridge",
            fixture: "channel-left-bridge.json",
        },
        Kind {
            name: "ChannelHold",
            fixture: "channel-hold.json",
        },
        Kind {
            name: "ChannelUnhold",
            fixture: "channel-unhold.json",
        },
        Kind {
            name: "BridgeBlindTransfer",
            fixture: "bridge-blind-transfer.json",
        },
        Kind {
            name: "BridgeAttendedTransfer",
            fixture: "bridge-attended-transfer.json",
        },
        Kind {
            name: "ChannelDtmfReceived",
            fixture: "channel-dtmf-received.json",
        },
        Kind {
            name: "ChannelHangupRequest",
            fixture: "channel-hangup-request.json",
        },
        Kind {
            name: "ChannelDestroyed",
            fixture: "channel-destroyed.json",
        },
    ],
    limits: &[
        "Without `CHANNEL(linkedid)` a call is its customer's channel. An agent's leg is told by its extension of up to five \
         digits, and what it does tells of the customer's call only where exactly both are in a bridge: hold does not.",
        "An application that calls an agent and a customer itself, without that setting, makes a call of the customer's leg \
         only.",
        "`StasisEnd` is no end: the call may go on in the dialplan. `ChannelHangupRequest` and `ChannelDestroyed` are.",
        "Numbers without plus are read as dialled where the company's own number is, else where the stack is. A call between \
         two extensions is nobody's.",
        "Bridges that hold, playbacks, recordings, devices and key presses are counted and not kept.",
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
