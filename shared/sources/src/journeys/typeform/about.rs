//! What there is to know of Typeform beside its parser.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "Typeform",
    summary: "Answered forms and surveys, with score, comment and answers.",
    setup: &[
        "Give the form hidden fields named email, phone or customer_id, and fill them in the links that you send: they \
         say whose an answer is.",
        "In the form open Connect, Webhooks, and add {url}.",
        "Under Edit set a secret of your own, and put the same into the secret of this source.",
        "Give a question the reference csat, ces or nps where its score counts for that figure.",
    ],
    kinds: &[
        kind("form_response", "response-nps.json"),
        kind("form_response with a rating", "response-rating.json"),
        kind(
            "form_response without a score",
            "response-without-score.json",
        ),
        kind("form_response_partial (ignored)", "ignored-partial.json"),
    ],
    limits: &[
        "Of several questions on a scale one is the survey's score: the Net Promoter Score, else the first. The others are \
         kept as answers.",
        "A hidden field comes with the link, and whoever has the link can change it. An address that was typed into the \
         form is a claim: it names the customer only where no hidden field does.",
        "Everything beside the customer, hidden or typed, is an unverified claim; an id in a hidden field is \
         crm:typeform/<id>.",
        "A response without a question on a scale is kept as something that the customer did, with its answers.",
        "Files, payments and partial responses are not kept. A scale's best answer is known where Typeform sends its steps.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Header("typeform-signature"),
            prefix: "sha256=",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "No 2xx within 30 seconds is tried again: after 408, 423, 429 and 503 every few minutes for ten hours, \
                  after others four times within an hour or so. 404 and 410 switch the webhook off at once. The event_id \
                  stays.",
    }),
};
