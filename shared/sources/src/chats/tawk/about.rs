//! What there is to know of tawk.to before connecting it.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) static ABOUT: About = About {
    title: "tawk.to",
    summary: "Chats of tawk.to's widget with their transcripts, and tickets.",
    setup: &[
        "In tawk.to's dashboard, open Administration, the property, Settings, Webhooks, and create a webhook.",
        "Set the endpoint {url} and choose chat start, chat end, new chat transcript and new ticket.",
        "The secret key that is shown is this webhook's secret. Each webhook has its own; connect several properties as \
            several secrets.",
    ],
    kinds: &[
        kind("chat:start", "chat-start.json"),
        kind("chat:start by an agent", "chat-start-agent.json"),
        kind("chat:end", "chat-end.json"),
        kind("chat:transcript_created", "transcript.json"),
        kind("ticket:create", "ticket-create.json"),
        kind("other events (counted by name)", "ticket-updated.json"),
    ],
    limits: &[
        "tawk.to names no visitor, so that each chat is with a visitor of its own (`visitor:tawk/<chat>`). The email \
            address that a visitor typed is a participant and an unverified claim.",
        "Messages come with the transcript, once the chat is over. Until then the first one is the chat's subject.",
        "A ticket's customer is the address that it was signed with, as with a mail; nobody has checked it. Its \
            number (`humanId`) leads there: `crm:ticket/<number>`.",
        "A chat that goes on after its end stays ended, with the later messages in it.",
        "An event's id is its kind and time: tawk.to's X-Hook-Event-Id is not signed, and so not used.",
        "A message has no id: two alike in one millisecond are one.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha1,
            key: KeyForm::Text,
            signature: Place::Header("x-tawk-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx, or no answer within 30 seconds, is tried again for up to 12 hours with the same \
            body.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
