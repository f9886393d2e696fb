//! What there is to know of WhatsApp before connecting it.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) static ABOUT: About = About {
    title: "WhatsApp (Cloud API)",
    summary: "Messages of customers on WhatsApp, answers from the WhatsApp Business app, and what became of the \
        company's messages.",
    setup: &[
        "In Meta's App Dashboard, open your app and note its App Secret (App settings, Basic): it is this webhook's secret.",
        "Under WhatsApp, Configuration, edit the webhook: callback URL {url}, and a verify token of your choice, the \
            same as in the webhook's configuration. Meta asks for it once, by GET.",
        "Subscribe to the field `messages`. Where people also answer from the WhatsApp Business app, subscribe to \
            `smb_message_echoes` too.",
        "Subscribe the app to the WhatsApp Business Account (POST /<account id>/subscribed_apps), or nothing is sent.",
    ],
    kinds: &[
        kind("messages: text", "message-text.json"),
        kind("messages: text, version of 2022", "message-2022.json"),
        kind("messages: image", "message-image.json"),
        kind("messages: audio", "message-voice.json"),
        kind("messages: video", "message-video.json"),
        kind("messages: document", "message-document.json"),
        kind("messages: sticker", "message-sticker.json"),
        kind("messages: location", "message-location.json"),
        kind("messages: contacts", "message-contacts.json"),
        kind(
            "messages: interactive, button_reply",
            "message-button-reply.json",
        ),
        kind(
            "messages: interactive, list_reply",
            "message-list-reply.json",
        ),
        kind("messages: interactive, nfm_reply", "message-form.json"),
        kind(
            "messages: interactive, call_permission_reply",
            "message-call-permission.json",
        ),
        kind("messages: button", "message-button.json"),
        kind("messages: reaction", "message-reaction.json"),
        kind(
            "messages: reaction taken back",
            "message-reaction-removed.json",
        ),
        kind("messages: order", "message-order.json"),
        kind("messages: system", "message-number-changed.json"),
        kind("messages: edit", "message-edit.json"),
        kind("messages: revoke", "message-revoke.json"),
        kind("messages: request_welcome", "message-welcome.json"),
        kind("messages: unsupported", "message-unsupported.json"),
        kind("messages: with referral", "message-referral.json"),
        kind(
            "messages: of a user without a number",
            "message-no-number.json",
        ),
        kind("messages: in a group", "message-group.json"),
        kind("messages: errors only", "account-error.json"),
        kind("statuses: sent", "status-sent.json"),
        kind("statuses: delivered", "status-delivered.json"),
        kind("statuses: read", "status-read.json"),
        kind("statuses: failed", "status-failed.json"),
        kind("statuses: in a group", "status-group.json"),
        kind("smb_message_echoes", "echo.json"),
        kind("several changes at once", "several.json"),
        kind("the test button's change", "change-alone.json"),
        kind("account_update (counted by name)", "account-update.json"),
        kind(
            "message_template_status_update (counted by name)",
            "template-status.json",
        ),
        kind(
            "history, calls, flows and other fields (counted by name)",
            "history.json",
        ),
    ],
    limits: &[
        "What the company sends over the API comes back as a status only, without its words. Its category and its \
            receipts are kept.",
        "All that a customer and one of the company's numbers ever wrote is one interaction, as in WhatsApp. It stands \
            in the timeline where it began; a month without a word reads as its end.",
        "WhatsApp's digits are compared with telephone numbers in the one form that reaches the same telephone \
            (Brazil's ninth digit, Argentina's 9, Mexico's 1); the digits as sent are kept for the reply.",
        "Claims on WhatsApp's own word: the account's number as a telephone's (`tel:`), the id that it gives a user, and the \
            number that an account has moved to.",
        "A user who hides the number is known by the id that WhatsApp gives them for the business (`user_id`). Once the \
            number shows again the thread goes on under the number, with the id among its participants.",
        "Files are named, never fetched. To what a message answers is not kept.",
        "Ids are digests, since WhatsApp's own hold the customer's number.",
        "Calls over WhatsApp are counted by name and not read.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Header("x-hub-signature-256"),
            prefix: "sha256=",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Nested {
            outer: "entry",
            inner: "changes",
        },
        answer: Answer::Ok,
        handshake: Handshake::HubChallenge,
        retries: "Anything but 200 is tried again, ever more rarely, for up to 7 days; after that it is lost.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
