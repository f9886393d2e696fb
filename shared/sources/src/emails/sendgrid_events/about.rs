//! What there is to know of SendGrid's Event Webhook.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const STAMP: Place = Place::Header("x-twilio-email-event-webhook-timestamp");
/// SendGrid tries a delivery for 24 hours.
const RETRIED_FOR_S: u32 = 86_400;

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "SendGrid Event Webhook",
    summary: "What becomes of mail that goes out through SendGrid.",
    setup: &[
        "In SendGrid's settings, under Mail Settings, create an event webhook with the post URL {url}.",
        "Choose the actions to be posted, and turn on the signed event webhook: the verification key that it shows is \
         the webhook's secret.",
    ],
    kinds: &[
        kind("processed", "processed.json"),
        kind("dropped", "dropped.json"),
        kind("delivered", "delivered.json"),
        kind("deferred", "deferred.json"),
        kind("bounce", "bounce.json"),
        kind("bounce (blocked)", "blocked.json"),
        kind("open", "open.json"),
        kind("open by a machine", "open-by-machine.json"),
        kind("click", "click.json"),
        kind("spamreport", "spamreport.json"),
        kind("unsubscribe", "unsubscribe.json"),
        kind("group_unsubscribe", "group-unsubscribe.json"),
        kind("group_resubscribe", "group-resubscribe.json"),
        kind("account_status_change", "account-status-change.json"),
    ],
    limits: &[
        "Events say nothing of what was written: neither subject nor text.",
        "An opening that SendGrid marks as a machine's (`sg_machine_open`), or that names itself as Apple's mail service, \
         is counted by name and shown nowhere. Other programs that load pictures or follow links look like a person.",
        "SendGrid does not say that a retry is signed anew, so that a signature holds for the 24 hours of its retries and \
         five minutes. Nothing can be changed of what it covers, and the same event again is a duplicate.",
        "Only a bounce, and a drop for a bounced or invalid address, speak against the address. A blocked, deferred or \
         otherwise dropped mail did not arrive, and the next may.",
        "An answer that comes in through Inbound Parse is of the interaction of the mail that it answers, when that mail \
         began the thread and has the Message-ID that SendGrid gave it.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::EcdsaP256,
            key: KeyForm::PublicKey,
            signature: Place::Header("x-twilio-email-event-webhook-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Value(STAMP), Part::Body],
            stamp: Some(Stamp {
                place: STAMP,
                form: TimeForm::Seconds,
                repeated_for_s: RETRIED_FOR_S,
            }),
        })],
        headers: &[],
        batch: Batch::List,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but a 2xx is tried again at growing intervals for 24 hours, and then lost. Events of one \
                  delivery come in any order, and may come twice.",
    }),
};
