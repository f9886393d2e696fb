//! What there is to know of DocuSign Connect beside its parser.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "DocuSign Connect",
    summary: "Contracts that are sent, opened, signed, declined and voided, in the timeline of who signs.",
    setup: &[
        "In DocuSign open Settings, Connect, and add a configuration of the type Custom with the address {url}.",
        "Choose the data format REST v2.1 and the event message delivery mode Send Individual Messages (SIM).",
        "Choose the envelope and recipient events that are listed below, and include the data Recipients, without which \
         nobody knows whose an envelope is. Leave the documents out.",
        "Under Connect, Connect Keys, make an HMAC key and put it, as it is, into the secret of this source; switch on \
         Include HMAC Signature in the configuration. With several keys DocuSign signs with each.",
    ],
    kinds: &[
        kind("envelope-created", "envelope-created.json"),
        kind("envelope-sent", "envelope-sent.json"),
        kind("envelope-resent", "envelope-resent.json"),
        kind("envelope-delivered", "envelope-delivered.json"),
        kind("envelope-completed", "envelope-completed.json"),
        kind("envelope-declined", "envelope-declined.json"),
        kind("envelope-voided", "envelope-voided.json"),
        kind("envelope-corrected", "envelope-corrected.json"),
        kind("recipient-sent", "recipient-sent.json"),
        kind("recipient-resent", "recipient-resent.json"),
        kind("recipient-delivered", "recipient-delivered.json"),
        kind("recipient-completed", "recipient-completed-one-of-two.json"),
        kind("recipient-declined", "recipient-declined.json"),
        kind(
            "recipient-authenticationfailed",
            "recipient-authentication-failed.json",
        ),
        kind("recipient-autoresponded", "recipient-autoresponded.json"),
        kind("recipient-reassign", "recipient-reassign.json"),
        kind("recipient-delegate", "recipient-delegate.json"),
        kind("recipient-finish-later", "recipient-finish-later.json"),
        kind("a whole envelope (aggregate)", "whole-completed.json"),
        kind(
            "envelope-purge, envelope-deleted, envelope-discard (ignored)",
            "ignored-envelope-purge.json",
        ),
        kind(
            "template-*, click-*, sms-opt-* (ignored)",
            "ignored-template-created.json",
        ),
    ],
    limits: &[
        "The XML formats are not read. The JSON format that sends a whole envelope each time (aggregate) is read by the \
         envelope's status and tells nothing of single recipients; a status that lasted shortly may never come.",
        "Several people who sign are one interaction: the first in routing order who is not the sender is the customer, \
         the others took part. If a colleague of the sender signs first, put the customer before them. An envelope that \
         nobody but its sender gets is the sender's own.",
        "It is for envelopes that the company sends. What others send to the company (Recipient Connect) would be taken for \
         the company's own.",
        "Without the data Recipients an event is kept without a customer, until another one of the envelope names them.",
        "DocuSign gives its events no id. What happens once is known by the envelope, its name and its recipient; an \
         envelope that is sent a second time after a correction is not kept twice.",
        "Let one configuration send here. Two that tell of the same envelope say it with two times, which is a conflict: the \
         first stays.",
        "Recipients are people of their own and claim nothing. Only the telephone number of the one who is the customer is a \
         claim: the sender typed it.",
        "The documents and what was filled in are not read.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Numbered("x-docusign-signature-"),
            prefix: "",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Anything but 2xx within 100 seconds is tried again at growing intervals for up to 15 days, if the \
                  configuration requires acknowledgement (SIM does); after that it can be published again by hand. Only \
                  retryCount differs between the tries.",
    }),
};
