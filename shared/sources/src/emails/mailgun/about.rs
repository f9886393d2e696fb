//! What there is to know of Mailgun.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const STAMP: Place = Place::Body(&["signature", "timestamp"]);

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
    ],
    limits: &[
        "Mailgun signs a time and a token, and nothing of what it sends: who sees one delivery can send other content \
         with its signature for five minutes.",
        "The event's id of a mail that comes in is made of its Message-ID and Date, so that two routes that hand on the \
         same mail tell it once. Its time is that of the delivery's signature.",
        "The whole text is kept, with what it quotes; Mailgun's guess of what is new (`stripped-text`) only where there \
         is nothing else.",
        "A mail is not trusted where Mailgun flags it as spam (turn the spam filter on for that), or where SPF says \
         `Fail` and DKIM does not hold for the author's own domain. A missing verdict fails nothing.",
        "An opening or click that Mailgun marks as a machine's (`client-info.bot`) is counted by name and shown nowhere.",
        "An answer to a mail is of the same interaction as the events of that mail, when that mail began the thread.",
        "A failure speaks against the address only where Mailgun has given up and the reason is not the sender or the \
         mail.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Body(&["signature", "signature"]),
            prefix: "",
            separator: None,
            encoding: Encoding::Hex,
            message: &[
                Part::Value(STAMP),
                Part::Value(Place::Body(&["signature", "token"])),
            ],
            stamp: Some(Stamp {
                place: STAMP,
                form: TimeForm::Seconds,
            }),
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Only 200 is a yes. 406 is a no that is not asked again; anything else is tried again after 10, 10, 15 \
                  and 30 minutes and 1, 2 and 4 hours, for 8 hours in all.",
    }),
};
