//! What there is to know of Postmark.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "Postmark",
    summary: "Mail that Postmark takes in, and what becomes of mail that goes out through it.",
    setup: &[
        "Mail in: in the server's inbound stream, under Settings, set the webhook to {url}, with user and password \
         before the host (https://user:password@…).",
        "Mail out: in the message stream, under Webhooks, add {url} with the same user and password as basic auth, and \
         choose the events. Content of mails need not be included.",
        "The webhook's secret is `user:password`. Postmark signs nothing.",
    ],
    kinds: &[
        kind("Inbound", "inbound.json"),
        kind("Bounce", "bounce.json"),
        kind("Bounce (soft)", "bounce-soft.json"),
        kind("Bounce (auto-responder)", "bounce-auto-responder.json"),
        kind("SpamComplaint", "spam-complaint.json"),
        kind("Delivery", "delivery.json"),
        kind("Open", "open.json"),
        kind("Click", "click.json"),
        kind("SubscriptionChange", "subscription-change.json"),
        kind(
            "SubscriptionChange (by the company)",
            "subscription-change-by-company.json",
        ),
        kind("SMTPApiError", "smtp-api-error.json"),
    ],
    limits: &[
        "Claims, all unverified: a telephone number in the signature block of a trusted mail (after the line `-- `, else in the \
         up to eight lines after a closing greeting; with a plus, or after a label such as Tel. in the stack's region), never \
         from what it quotes; and a ticket in the subject, written [Ticket#12345], [#12345] or [desk #12345], as \
         crm:ticket/12345.",
        "The password proves who knows it, and nothing of what was sent.",
        "A mail's time is the one in its Date, which the sender's clock wrote. A mail without one that can be read has \
         the time of its arrival.",
        "The whole text is kept, with what it quotes; Postmark's guess of what is new (`StrippedTextReply`) only where \
         there is nothing else. Files are listed by name and size and are not kept.",
        "`MailboxHash` joins no mails: whoever writes to the address chooses it. It is kept as a part of the receiver.",
        "A mail is not trusted where Postmark's spam check says yes, or where SPF says `Fail` and no DKIM signature of \
         the author's own domain holds. A missing verdict fails nothing. Postmark does not judge DMARC or viruses.",
        "Postmark does not say which openings are a machine's. One that names itself as Apple's mail service is counted \
         by name and shown nowhere; other programs that load pictures or follow links look like a person.",
        "An answer to a mail is of the same interaction as the events of that mail, when that mail began the thread and \
         kept the Message-ID that Postmark gives (no `X-PM-KeepID`).",
        "Only hard bounces and bad addresses speak against the address.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[
            Shown::Basic,
            Shown::Query("token"),
            Shown::Bearer,
        ])],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Only 200 is a yes. 403 ends it; anything else is tried again: mails and bounces 10 times over up to 6 \
                  hours between two tries, the rest after 1, 5 and 15 minutes. Then it is lost.",
    }),
};
