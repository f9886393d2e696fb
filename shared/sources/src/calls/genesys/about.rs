//! What there is to know of Genesys Cloud.

use crate::about::{About, Kind};

pub(super) const ABOUT: About = About {
    title: "Genesys Cloud",
    summary: "Conversations of a Genesys Cloud organisation as they happen: calls, callbacks, messages and mails, their \
              queues, agents and wrap-ups.",
    setup: &[
        "Open Admin, Integrations, and install Amazon EventBridge Source. Enter the account and the region of the stack and \
         a suffix of your choice.",
        "Choose the topics `v2.detail.events.conversation.{id}.customer.start`, `.customer.end`, `.acd.start`, `.acd.end`, \
         `.user.start`, `.user.end`, `.acw`, `.attributes` and `.contact`, and \
         `v2.conversations.{id}.transcription` where calls are transcribed. Activate the integration.",
        "Open Amazon EventBridge, Partner event sources, choose `aws.partner/genesys.com/cloud/…`, and associate it with an \
         event bus.",
        "Add a rule to that bus with the pattern `{\"source\": [{\"prefix\": \"aws.partner/genesys.com\"}]}` and the queue \
         `call-events` as its target.",
    ],
    kinds: &[
        Kind {
            name: "customer.start",
            fixture: "customer-start.json",
        },
        Kind {
            name: "customer.end",
            fixture: "customer-end.json",
        },
        Kind {
            name: "flow.start",
            fixture: "flow-start.json",
        },
        Kind {
            name: "flow.end",
            fixture: "flow-end.json",
        },
        Kind {
            name: "voicemail.start",
            fixture: "voicemail-start.json",
        },
        Kind {
            name: "voicemail.end",
            fixture: "voicemail-end.json",
        },
        Kind {
            name: "acd.start",
            fixture: "acd-start.json",
        },
        Kind {
            name: "acd.end",
            fixture: "acd-end.json",
        },
        Kind {
            name: "user.start",
            fixture: "user-start.json",
        },
        Kind {
            name: "user.end",
            fixture: "user-end.json",
        },
        Kind {
            name: "acw",
            fixture: "acw.json",
        },
        Kind {
            name: "attributes",
            fixture: "attributes.json",
        },
        Kind {
            name: "contact",
            fixture: "contact.json",
        },
        Kind {
            name: "transcription",
            fixture: "transcription.json",
        },
    ],
    limits: &[
        "A user's session begins when it alerts. That it was answered is told by `acd.end`, and for calls without a queue by \
         `user.end`, after the fact: such a call shows as ringing until the agent's part of it is over.",
        "Queues, users and wrap-up codes are named by their ids; the notifications bring no names. Hold is not told.",
        "A conversation is over when the customer's first session is. A callback that is made later stays in the same \
         conversation, which reads as ended meanwhile.",
        "Contacts that a conversation is tied to (`externalContactId`) and numbers that a callback was ordered for take part \
         and never move it. The number of a callback is the customer where no caller is named. A contact is claimed as a record, a callback's \
         number as typed.",
        "Co-browsing and screen sharing are parts of other conversations, and are counted and not kept.",
        "They come over AWS's own ways and not over the webhook; access to the bus and the queue is what proves them. \
         EventBridge tries a target again for 24 hours.",
    ],
    webhook: None,
};
