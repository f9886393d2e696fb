//! What there is to know of Plivo Voice.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

/// Signature V3, which a voice request always has. V2 signs neither fields nor time, and so proves nothing of either. The
/// nonce's header is the same for a subaccount's and for its main account's signature.
const fn signed(header: &'static str) -> Scheme {
    Scheme::Signed(Signed {
        algorithm: Algorithm::HmacSha256,
        key: KeyForm::Text,
        signature: Place::Header(header),
        prefix: "",
        separator: Some(','),
        encoding: Encoding::Base64,
        message: &[
            Part::UrlAndForm,
            Part::AfterLastDot(Place::Header("x-plivo-signature-v3-nonce")),
        ],
        stamp: None,
    })
}

pub(super) static ABOUT: About = About {
    title: "Plivo Voice",
    summary: "Calls of a Plivo application: who calls, who is rung, who answers, recordings, ends.",
    setup: &[
        "In the Plivo console, open Voice, Applications, XML, and choose the application of your numbers.",
        "Set the Hangup URL to `{url}`, POST. Set the Primary Answer URL to `{url}` too, and configure the address of your call flow as the place where this webhook's answer sends the call on; or keep your Answer URL and pass its requests on.",
        "In your XML, give each `<Dial>` `callbackUrl=\"{url}\"`, so that it is known who answers.",
        "For calls that you place by API, set `ring_url` and `hangup_url` to `{url}`.",
        "Choose POST wherever the console or the API asks for a method.",
        "Store the account's auth token as this source's secret; for calls of a subaccount the main account's or the subaccount's.",
    ],
    kinds: &[
        Kind {
            name: "StartApp (answer URL), inbound",
            fixture: "inbound-start.txt",
        },
        Kind {
            name: "StartApp (answer URL), outbound",
            fixture: "outbound-answered.txt",
        },
        Kind {
            name: "Ring",
            fixture: "outbound-ring.txt",
        },
        Kind {
            name: "Hangup, completed",
            fixture: "inbound-hangup.txt",
        },
        Kind {
            name: "Hangup, busy",
            fixture: "outbound-busy.txt",
        },
        Kind {
            name: "Hangup, failed",
            fixture: "outbound-failed.txt",
        },
        Kind {
            name: "Hangup, timeout",
            fixture: "outbound-timeout.txt",
        },
        Kind {
            name: "Hangup, no-answer",
            fixture: "outbound-no-answer.txt",
        },
        Kind {
            name: "Hangup, cancel",
            fixture: "inbound-cancel.txt",
        },
        Kind {
            name: "DialAnswer",
            fixture: "dial-answer.txt",
        },
        Kind {
            name: "DialHangup",
            fixture: "dial-hangup.txt",
        },
        Kind {
            name: "DialConnected, DialDigits (ignored)",
            fixture: "dial-connected.txt",
        },
        Kind {
            name: "action of <Dial>",
            fixture: "dialled-no-answer.txt",
        },
        Kind {
            name: "MachineDetection",
            fixture: "machine.txt",
        },
        Kind {
            name: "recording",
            fixture: "recording.txt",
        },
        Kind {
            name: "recording that goes on (ignored)",
            fixture: "recording-begun.txt",
        },
        Kind {
            name: "transcription",
            fixture: "transcription.txt",
        },
        Kind {
            name: "Redirect (ignored)",
            fixture: "redirect.txt",
        },
        Kind {
            name: "input, conferences, streams (ignored)",
            fixture: "input.txt",
        },
        Kind {
            name: "messages (ignored)",
            fixture: "message.txt",
        },
    ],
    limits: &[
        "Plivo writes times without a zone, so none of them is used: a call's times are those at which its requests arrived.",
        "Signature V3 is required: address, query, form and a nonce. Plivo sends it with every voice request today. V2, which it may send too, signs no field and is not looked at; what has V2 alone is refused, as are requests about messages where Plivo signs them with V2.",
        "V3 signs no time. Whoever has seen a request can send that request again at any time; it is then the same event. Used nonces are not remembered.",
        "V3 puts nothing between the fields, so whoever has seen a request can also move a border between two of them, or from the form into the query.",
        "Who answers has a name only where it is an endpoint of Plivo's (`sip:…@phone.plivo.com`).",
        "A call by API that rings an agent's outside number first names that number as the customer.",
        "Conferences and multi-party calls are ignored by name.",
    ],
    webhook: Some(&Webhook {
        proof: &[
            signed("x-plivo-signature-v3"),
            signed("x-plivo-signature-ma-v3"),
        ],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::TwiMl,
        handshake: Handshake::None,
        retries: "Plivo asks an answer URL up to three times within sixty seconds, and then the fallback URL. What a hangup or callback URL answers does not matter; one that is not taken is lost.",
    }),
};
