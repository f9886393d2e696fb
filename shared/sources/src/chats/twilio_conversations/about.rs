//! What there is to know of Twilio Conversations.

use signatures::Scheme;

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) static ABOUT: About = About {
    title: "Twilio Conversations",
    summary: "SMS, WhatsApp and web chats that are held in Twilio Conversations or Flex: messages, states, deliveries.",
    setup: &[
        "In the Twilio console, open Conversations, Manage, Global webhooks (or Services, your service, Webhooks).",
        "Set the Post-Event URL to `{url}`, HTTP POST. Leave the Pre-Event URL as it is.",
        "Under webhook filtering, choose onMessageAdded, onMessageUpdated, onMessageRemoved, onConversationAdded, onConversationStateUpdated, onConversationRemoved, onParticipantAdded and onDeliveryUpdated.",
        "Store the account's auth token as this source's secret.",
    ],
    kinds: &[
        Kind {
            name: "onMessageAdded",
            fixture: "message-sms.txt",
        },
        Kind {
            name: "onMessageUpdated",
            fixture: "message-updated.txt",
        },
        Kind {
            name: "onMessageRemoved",
            fixture: "message-removed.txt",
        },
        Kind {
            name: "onConversationAdded",
            fixture: "conversation-added.txt",
        },
        Kind {
            name: "onConversationStateUpdated",
            fixture: "conversation-closed.txt",
        },
        Kind {
            name: "onConversationRemoved",
            fixture: "conversation-removed.txt",
        },
        Kind {
            name: "onParticipantAdded",
            fixture: "participant-sms.txt",
        },
        Kind {
            name: "onDeliveryUpdated",
            fixture: "delivery-delivered.txt",
        },
        Kind {
            name: "onConversationUpdated (ignored)",
            fixture: "conversation-updated.txt",
        },
        Kind {
            name: "onParticipantUpdated, onParticipantRemoved (ignored)",
            fixture: "participant-removed.txt",
        },
        Kind {
            name: "onUserAdded, onUserUpdated (ignored)",
            fixture: "user-added.txt",
        },
        Kind {
            name: "pre-event hooks (ignored)",
            fixture: "pre-message-add.txt",
        },
        Kind {
            name: "events of Programmable Chat (ignored)",
            fixture: "old-chat-message.txt",
        },
    ],
    limits: &[
        "An account of WhatsApp claims its number as a telephone's, since WhatsApp has verified it. Nothing else is claimed.",
        "Twilio does not say who of those that write over the SDK is an agent. One whose identity is a UUID or 32 hexadecimal digits is taken for a visitor, everybody else for an agent.",
        "What is sent by API in the name of a telephone number counts as the company's, since it may be its own number.",
        "Messages that are no part of a conversation (Programmable Messaging) are not read.",
        "An SMS group has several customers: the first who writes is the conversation's, the others took part.",
        "Conversations' events in Event Streams are ignored by the source Twilio Event Streams; connect the webhook.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Twilio],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "Twilio waits five seconds. It repeats what it could not deliver a few times and counts in `RetryCount`, which is no part of what is kept.",
    }),
};
