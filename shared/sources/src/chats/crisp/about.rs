//! What there is to know of Crisp before connecting it.

use signatures::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Shown, Signed, Stamp, TimeForm,
};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const SENT_AT: Place = Place::Header("x-crisp-request-timestamp");

pub(super) static ABOUT: About = About {
    title: "Crisp",
    summary: "Sessions of Crisp's chat box: messages, notes, states, ratings, and what visitors say of themselves.",
    setup: &[
        "For a plugin (signed): in the Crisp Marketplace, open your plugin, Web Hooks, and set {url}. The signing secret \
            shown there is this webhook's secret.",
        "For one website (not signed): Settings, Advanced configuration, Web Hooks, and set {url}?key=<secret> with a long \
            random secret, which is this webhook's secret.",
        "Tick message:send, message:received, message:updated, message:removed, session:request:initiated, \
            session:set_state, session:set_email, session:set_phone, session:set_nickname, session:sync:rating and \
            session:removed.",
    ],
    kinds: &[
        kind("message:send, text", "message-send.json"),
        kind("message:send, file", "message-file.json"),
        kind("message:send, audio", "message-audio.json"),
        kind("message:send, animation", "message-animation.json"),
        kind("message:received, text", "message-received.json"),
        kind("message:received by a bot", "message-automated.json"),
        kind("message:received, picker", "message-picker.json"),
        kind("message:received, field", "message-field.json"),
        kind("message:received, carousel", "message-carousel.json"),
        kind("message:received, note", "message-note.json"),
        kind(
            "message:received, event (counted by name)",
            "message-event.json",
        ),
        kind("message:updated, edited", "message-edited.json"),
        kind("message:updated, answered", "message-answered.json"),
        kind("message:removed", "message-removed.json"),
        kind("session:request:initiated", "session-initiated.json"),
        kind("session:set_state", "session-resolved.json"),
        kind("session:set_email", "session-email.json"),
        kind("session:set_phone", "session-phone.json"),
        kind("session:set_nickname", "session-nickname.json"),
        kind("session:set_address", "session-address.json"),
        kind("session:set_subject", "session-subject.json"),
        kind("session:set_segments", "session-segments.json"),
        kind("session:set_data", "session-data.json"),
        kind("session:sync:rating", "session-rating.json"),
        kind("session:removed", "session-removed.json"),
        kind(
            "session:sync:pages and other events (counted by name)",
            "session-pages.json",
        ),
        kind(
            "people:*, campaign:*, website:* (counted by name)",
            "people-created.json",
        ),
    ],
    limits: &[
        "The customer is the visitor of the session (`visitor:crisp/<session>`). Addresses and numbers were typed, by \
            the visitor, an operator or the page's script: participants and unverified claims. A postal address is a trait.",
        "A session lasts as long as the visitor's browser remembers it, and is one interaction.",
        "Hooks of a website are not signed; only the secret in the address proves them, and it proves nothing of the body. \
            They bring fewer events than a plugin's.",
        "Files are named, never fetched.",
    ],
    webhook: Some(&Webhook {
        proof: &[
            Scheme::Signed(Signed {
                algorithm: Algorithm::HmacSha256,
                key: KeyForm::Text,
                signature: Place::Header("x-crisp-signature"),
                prefix: "",
                separator: None,
                encoding: Encoding::Hex,
                message: &[
                    Part::Text("["),
                    Part::Value(SENT_AT),
                    Part::Text(";"),
                    Part::Body,
                    Part::Text("]"),
                ],
                stamp: Some(Stamp {
                    place: SENT_AT,
                    form: TimeForm::Millis,
                    repeated_for_s: 0,
                }),
            }),
            Scheme::Shown(&[Shown::Query("key")]),
        ],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx is tried again a few times; X-Delivery-Attempt-Count and X-Delivery-Attempt-Limit say \
            how often.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
