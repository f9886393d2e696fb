//! What there is to know of Chatwoot before connecting it.

use signatures::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Shown, Signed, Stamp, TimeForm,
};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const SENT_AT: Place = Place::Header("x-chatwoot-timestamp");

pub(super) static ABOUT: About = About {
    title: "Chatwoot",
    summary: "Conversations of Chatwoot's inboxes: messages, notes, and what a conversation is set to.",
    setup: &[
        "In Chatwoot, open Settings, Integrations, Webhooks, and add {url}. From version 4.11.2 on, the webhook's secret \
            that is shown there is this webhook's secret.",
        "For earlier versions, which do not sign, add {url}?token=<secret> with a long random secret, which is this \
            webhook's secret.",
        "Choose Conversation Created, Conversation Status Changed, Conversation Updated, Message Created and Message Updated.",
    ],
    kinds: &[
        kind("message_created, incoming", "message-incoming.json"),
        kind("message_created, of a visitor", "message-visitor.json"),
        kind("message_created, outgoing", "message-outgoing.json"),
        kind(
            "message_created, outgoing, as the first",
            "message-outgoing-first.json",
        ),
        kind(
            "message_created, with files",
            "message-with-attachments.json",
        ),
        kind("message_created, over WhatsApp", "message-whatsapp.json"),
        kind("message_created, by a bot", "message-bot.json"),
        kind("message_created, activity", "message-activity.json"),
        kind("message_created, template", "message-template.json"),
        kind("message_created, private", "message-private-note.json"),
        kind(
            "message_created, private with a file",
            "message-private-with-file.json",
        ),
        kind("message_created, version of 2020", "message-2020.json"),
        kind("message_updated, edited", "message-edited.json"),
        kind("message_updated, deleted", "message-deleted.json"),
        kind(
            "message_updated, a form filled in",
            "message-email-submitted.json",
        ),
        kind(
            "message_updated, delivered (counted by name)",
            "message-delivered.json",
        ),
        kind("conversation_created", "conversation-created.json"),
        kind(
            "conversation_created, version of 2022",
            "conversation-created-2022.json",
        ),
        kind(
            "conversation_created, still empty (counted by name)",
            "conversation-created-empty.json",
        ),
        kind("conversation_status_changed", "conversation-resolved.json"),
        kind(
            "conversation_status_changed, version of 2022",
            "conversation-snoozed-2022.json",
        ),
        kind("conversation_updated, labels", "conversation-labelled.json"),
        kind(
            "conversation_updated, a label taken away",
            "conversation-unlabelled.json",
        ),
        kind(
            "conversation_updated, other changes (counted by name)",
            "conversation-waiting.json",
        ),
        kind(
            "contact_created, contact_updated (counted by name)",
            "contact-updated.json",
        ),
        kind(
            "inbox_created, inbox_updated (counted by name)",
            "inbox-created.json",
        ),
        kind(
            "conversation_typing_on, conversation_typing_off (counted by name)",
            "typing.json",
        ),
        kind(
            "webwidget_triggered (counted by name)",
            "webwidget-triggered.json",
        ),
        kind(
            "automation_event.*, macro.executed (counted by name)",
            "automation.json",
        ),
    ],
    limits: &[
        "Versions before 4.11.2 do not sign what an account's webhook sends; the secret in the address proves the sender and \
            nothing of the body.",
        "A label `complaint` marks a complaint. Taking it away ends that, where Chatwoot says what has changed.",
        "The customer is what the contact's record holds, in every inbox: the number, else the address, else the identifier \
            (`crm:chatwoot/<identifier>`). Only where it has none of them is it whom the inbox knows: the visitor \
            (`visitor:chatwoot/<source_id>`), or the number or address of a WhatsApp, SMS or mail inbox. The others are \
            participants and unverified claims.",
        "So a number or an address counts as the contact's own as soon as Chatwoot has stored it, although nobody has made \
            sure of it: whoever types another's address before a conversation begins is shown under that address. What is \
            typed into a form of a running conversation is claimed of the visitor, and the conversation stays whose it was.",
        "With identity validation (`hmac_verified`) the website signs the identifier of a visitor. Where one of the two is \
            the customer, the other, and the address that the identifier may be, are claimed as signed in; of a number or an \
            address in the record they are claimed unverified. The number by which a WhatsApp inbox knows the customer is \
            claimed as WhatsApp's account. Company and the browser's language are traits.",
        "Several webhooks for one event are one event; ids are made of the content.",
        "Files are named, never fetched.",
    ],
    webhook: Some(&Webhook {
        proof: &[
            Scheme::Signed(Signed {
                algorithm: Algorithm::HmacSha256,
                key: KeyForm::Text,
                signature: Place::Header("x-chatwoot-signature"),
                prefix: "sha256=",
                separator: None,
                encoding: Encoding::Hex,
                message: &[Part::Value(SENT_AT), Part::Text("."), Part::Body],
                stamp: Some(Stamp {
                    place: SENT_AT,
                    form: TimeForm::Seconds,
                    repeated_for_s: 0,
                }),
            }),
            Scheme::Shown(&[Shown::Query("token")]),
        ],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "No answer within 5 seconds, or one that is no 2xx, is not sent again: what is refused is lost.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
