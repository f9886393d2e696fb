//! What there is to know of the generic CTI push.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "Generic CTI push (Zammad, Placetel)",
    summary: "Calls of telephone systems that speak the push which Zammad made common: a new call, its answer, its \
              hangup.",
    setup: &[
        "Open the telephone system's page for webhooks: at Placetel under Integrations, elsewhere where Zammad's generic \
         CTI is set up.",
        "Enter `{url}?token=<secret>` for incoming and for outgoing calls. Where the system can send its own \
         authentication, leave the token out and use Basic or Bearer with the same secret.",
        "Switch on the notifications for answered and for ended calls, where there are switches for them.",
        "Call one of the numbers and look for `started` in the timeline of the calling number.",
    ],
    kinds: &[
        Kind {
            name: "newCall",
            fixture: "new-call.txt",
        },
        Kind {
            name: "answer",
            fixture: "answer.txt",
        },
        Kind {
            name: "hangup",
            fixture: "hangup.txt",
        },
        Kind {
            name: "dtmf",
            fixture: "dtmf.txt",
        },
        Kind {
            name: "IncomingCall",
            fixture: "placetel-incoming.txt",
        },
        Kind {
            name: "OutgoingCall",
            fixture: "placetel-outgoing.txt",
        },
        Kind {
            name: "CallAccepted",
            fixture: "placetel-accepted.txt",
        },
        Kind {
            name: "HungUp",
            fixture: "placetel-hungup.txt",
        },
    ],
    limits: &[
        "The push has no clock and no event ids: times are those of arrival, and an event is its kind, once per call.",
        "Digits without plus are taken as international. National numbers need a leading zero, and take the region of the \
         company's own number or of the stack.",
        "A transferred call is a call of its own. It points to the one before where the system names that one \
         (`origCallId`, `originalCallId`).",
        "A hangup that never comes leaves the call ringing until it counts as ended in an unknown way.",
        "Key presses (`dtmf`) are counted and not kept.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[
            Shown::Query("token"),
            Shown::Bearer,
            Shown::Basic,
        ])],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Most systems send each push once and wait a few seconds for any 2xx; what is not taken then is lost.",
    }),
};
