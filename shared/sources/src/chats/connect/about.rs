//! What there is to know of Amazon Connect's chats before connecting them.

use crate::about::{About, Kind};

pub(super) static ABOUT: About = About {
    title: "Amazon Connect chat",
    summary: "Messages of Amazon Connect chats as they are written, beside the contact's own events.",
    setup: &[
        "Create an SNS topic of the standard type, and allow the service connect.amazonaws.com to publish to it from your \
            instance.",
        "Subscribe the stack's queue `chat-events` to the topic, with raw message delivery off, and allow the topic to send \
            to the queue.",
        "In each chat's flow, or where chats begin, call StartContactStreaming with the topic's ARN and \
            `ChatStreamingConfiguration`; without it nothing is published.",
    ],
    kinds: &[
        kind("MESSAGE of a customer", "message-customer.json"),
        kind(
            "MESSAGE, raw delivery",
            "message-customer-raw-delivery.json",
        ),
        kind(
            "MESSAGE of an agent after a transfer",
            "message-agent-after-transfer.json",
        ),
        kind("MESSAGE of a bot", "message-bot.json"),
        kind("MESSAGE of the system", "message-system.json"),
        kind("MESSAGE that only agents see", "message-for-agents.json"),
        kind("MESSAGE, interactive", "message-interactive.json"),
        kind(
            "MESSAGE, an answer to an interactive one",
            "message-interactive-answer.json",
        ),
        kind("ATTACHMENT", "attachment.json"),
        kind("EVENT participant.joined, customer", "joined-customer.json"),
        kind("EVENT participant.joined, agent", "joined-agent.json"),
        kind(
            "EVENT participant.joined, supervisor (counted by name)",
            "joined-supervisor.json",
        ),
        kind(
            "EVENT participant.left (counted by name)",
            "left-agent.json",
        ),
        kind("EVENT chat.ended", "chat-ended.json"),
        kind(
            "EVENT transfer.succeeded (counted by name)",
            "transfer-succeeded.json",
        ),
        kind("EVENT typing (counted by name)", "typing.json"),
        kind("EVENT message.metadata (counted by name)", "receipt.json"),
    ],
    limits: &[
        "The customer is known by the chat's participant only. A message of theirs that is an email address or a number with a \
            plus and nothing else, as an answer, is an unverified claim; so it is in every chat. The attributes of a chat's \
            contact stand in its record, which does not name the participant, and claim nothing.",
        "With raw message delivery the attribute `MessageVisibility` is lost, and what only agents may see counts as seen by \
            everybody.",
        "Streaming begins where StartContactStreaming is called; what was written before is not published.",
    ],
    webhook: None,
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
