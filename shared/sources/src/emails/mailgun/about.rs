//! What there is to know of Mailgun.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

/// Mailgun tries a delivery for 8 hours.
const RETRIED_FOR_S: u32 = 28_800;
const IN_OBJECT: &[Part] = &[
    Part::Value(Place::Body(&["signature", "timestamp"])),
    Part::Value(Place::Body(&["signature", "token"])),
];
const BESIDE: &[Part] = &[
    Part::Value(Place::Body(&["timestamp"])),
    Part::Value(Place::Body(&["token"])),
];

/// The proof whose time, message and signature stand there.
const fn proof_in(
    stamp: &'static [&'static str],
    message: &'static [Part],
    signature: &'static [&'static str],
) -> Signed {
    Signed {
        algorithm: Algorithm::HmacSha256,
        key: KeyForm::Text,
        signature: Place::Body(signature),
        prefix: "",
        separator: None,
        encoding: Encoding::Hex,
        message,
        stamp: Some(Stamp {
            place: Place::Body(stamp),
            form: TimeForm::Seconds,
            repeated_for_s: RETRIED_FOR_S,
        }),
    }
}

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "Mailgun",
    summary: "Mail that Mailgun takes in, and what becomes of mail that goes out through it.",
    setup: &[
        "Mail in: under Receiving, create a route for the address with the action forward(\"{url}\"), or \
         store(notify=\"{url}\") where files are large. One route for each mail is enough.",
        "Mail out: under Webhooks of the sending domain, add {url} for each event that you want to see.",
        "The HTTP webhook signing key, under API security, is the webhook's secret.",
    ],
    kinds: &[
        kind("Route", "route.txt"),
        kind("Route with files", "route-multipart.txt"),
        kind("Route with the raw mail", "route-mime.txt"),
        kind("Stored mail", "stored.txt"),
        kind("accepted", "accepted.json"),
        kind("delivered", "delivered.json"),
        kind("delivered, by a route (ignored)", "delivered-by-route.json"),
        kind("opened", "opened.json"),
        kind("opened by a machine", "opened-by-machine.json"),
        kind("clicked", "clicked.json"),
        kind("failed (permanent)", "failed-permanent.json"),
        kind("failed (temporary)", "failed-temporary.json"),
        kind("rejected", "rejected.json"),
        kind("complained", "complained.json"),
        kind("unsubscribed", "unsubscribed.json"),
        kind("list_member_uploaded", "list-member-uploaded.json"),
        kind("delivered, as it was until 2023", "legacy-delivered.txt"),
        kind("bounced, as it was until 2023", "legacy-bounced.txt"),
        kind(
            "unsubscribed, as it was until 2023",
            "legacy-unsubscribed.txt",
        ),
    ],
    limits: &[
        "Claims, all unverified: a telephone number in the signature block of a trusted mail (after the line `-- `, else in the \
         up to eight lines after a closing greeting; with a plus, or after a label such as Tel. in the stack's region), never \
         from what it quotes; and a ticket in the subject, written [Ticket#12345], [#12345] or [desk #12345], as \
         crm:ticket/12345.",
        "Mailgun signs a time and a token, and nothing of what it sends. It does not say that a retry is signed anew, so \
         that a signature holds for the 8 hours of its retries and five minutes: who sees one delivery can send other \
         content with its signature for as long.",
        "The event's id of a mail that comes in is made of its Message-ID and Date, so that two routes that hand on the \
         same mail tell it once. Its time is that of the delivery's signature.",
        "The whole text is kept, with what it quotes; Mailgun's guess of what is new (`stripped-text`) only where there \
         is nothing else.",
        "A mail is not trusted where Mailgun flags it as spam (turn the spam filter on for that), or where SPF says \
         `Fail` and DKIM does not hold for the author's own domain. A missing verdict fails nothing.",
        "An opening or click that Mailgun marks as a machine's (`client-info.bot`) is counted by name and shown nowhere.",
        "What becomes of a mail that a route hands on (`flags.is-routed`) is counted by name: its receiver is the company.",
        "An answer to a mail is of the same interaction as the events of that mail, when that mail began the thread.",
        "A failure speaks against the address only where Mailgun has given up and the reason is not the sender or the \
         mail.",
    ],
    webhook: Some(&Webhook {
        // Events hold the proof in an object; forms, and stored mails as JSON, beside the rest.
        proof: &[
            Scheme::Signed(proof_in(
                &["signature", "timestamp"],
                IN_OBJECT,
                &["signature", "signature"],
            )),
            Scheme::Signed(proof_in(&["timestamp"], BESIDE, &["signature"])),
        ],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Only 200 is a yes. 406 is a no that is not asked again; anything else is tried again at growing \
                  intervals, for 8 hours in all.",
    }),
};
