//! What there is to know of sipgate.io's push.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "sipgate.io",
    summary: "Calls of a sipgate account as they begin, are answered and end.",
    setup: &[
        "Book the free feature sipgate.io in sipgate's Feature Store.",
        "Open sipgate.io, Webhooks, URLs, and enter `{url}` for incoming and for outgoing calls.",
        "Store sipgate's public key (PEM) as the secret of the source `sipgate`. It signs each push with the private one.",
        "Call one of the numbers. The reply to the new call asks for the answer and the hangup at the same address, so \
         that nothing else is to be set up.",
    ],
    kinds: &[
        Kind {
            name: "newCall",
            fixture: "named-new-call.txt",
        },
        Kind {
            name: "answer",
            fixture: "named-answer.txt",
        },
        Kind {
            name: "hangup",
            fixture: "named-hangup.txt",
        },
        Kind {
            name: "dtmf",
            fixture: "named-dtmf.txt",
        },
    ],
    limits: &[
        "The push has no clock and no event ids: times are those of arrival, and an event is its kind, once per call.",
        "A transferred or forwarded call is a new call. `origCallId` (or `originalCallId`) ties it to the first one; where \
         it is empty or names the call itself, there is no link. `xcid` names the same call again and is not used.",
        "A call that voicemail takes counts as not answered.",
        "A push that is put on the queue by other means than the webhook is read as the source `cti`: its form alone does \
         not tell whose it is.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::RsaSha256,
            key: KeyForm::PublicKey,
            signature: Place::Header("x-sipgate-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Sipgate,
        handshake: Handshake::None,
        retries: "sipgate sends each push once. A push that is not answered in time is lost, and without a reply to the \
                  new call neither answer nor hangup are sent.",
    }),
};
