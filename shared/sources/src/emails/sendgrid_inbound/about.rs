//! What there is to know of SendGrid's Inbound Parse.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) const ABOUT: About = About {
    title: "SendGrid Inbound Parse",
    summary: "Mail that SendGrid takes in for a domain of yours.",
    setup: &[
        "Point the MX record of a domain that is used for nothing else to mx.sendgrid.net.",
        "In SendGrid's settings, under Inbound Parse, add host and URL: the domain, and \
         {url}?token=<the webhook's secret>. SendGrid signs nothing, so that this secret is what proves it.",
        "Turn on the spam check, so that mails carry a score. Leave \"Send raw\" as you like: both forms are read.",
    ],
    kinds: &[
        Kind {
            name: "Parsed mail",
            fixture: "parsed.txt",
        },
        Kind {
            name: "Parsed mail with files",
            fixture: "attachments.txt",
        },
        Kind {
            name: "Raw mail",
            fixture: "raw.txt",
        },
    ],
    limits: &[
        "Claims, all unverified: a telephone number in the signature block of a trusted mail (after the line `-- `, else in the \
         up to eight lines after a closing greeting; with a plus, or after a label such as Tel. in the stack's region), never \
         from what it quotes; and a ticket in the subject, written [Ticket#12345], [#12345] or [desk #12345], as \
         crm:ticket/12345.",
        "SendGrid has no id for a mail. The event's id is made of Message-ID and Date, or of what the mail says where it \
         has no Message-ID.",
        "The time is the one in the mail's Date, which the sender's clock wrote. A mail without one that can be read \
         has the time of its arrival.",
        "The secret in the address proves who knows the address, and nothing of what was sent.",
        "SendGrid does not judge DMARC or viruses. A mail is not trusted where its spam score is 5 or more, or where SPF \
         says `fail` and no DKIM signature of the author's own domain holds.",
        "SendGrid's form has the same boundary for every mail. A mail that imitates the form's fields is refused and \
         kept in quarantine.",
        "Files are listed by name and size and are not kept. A delivery over 1 MB is refused, and the mail is lost at \
         SendGrid: where large files come, let another system take the mail in.",
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
        retries: "A 5xx, or no answer, is tried again for 72 hours; after a 3xx or 4xx the mail is lost without a word. \
                  Mails of up to 30 MB come.",
    }),
};
