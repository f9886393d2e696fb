//! What there is to know of Zendesk before connecting it.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

const SIGNED_AT: Place = Place::Header("x-zendesk-webhook-signature-timestamp");

pub(super) static ABOUT: About = About {
    title: "Zendesk",
    summary: "Tickets and messages of Zendesk Support and messaging: comments, notes, states, assignments, ratings.",
    setup: &[
        "In Zendesk's Admin Center, open Apps and integrations, Webhooks, and create one that is connected to Zendesk events.",
        "Choose the events of tickets: created, comment added, status changed, agent and group assignment changed, \
            priority changed, tags changed, CSAT received, merged, deleted; and for messaging: message added.",
        "Set the endpoint {url}, POST, JSON, without authentication: the signature proves more.",
        "After saving, reveal the signing secret: it is this webhook's secret, as it stands.",
    ],
    kinds: &[
        kind("ticket.created", "ticket-created.json"),
        kind(
            "ticket.created in the messenger",
            "ticket-created-messaging.json",
        ),
        kind("ticket.comment_added", "comment-public.json"),
        kind("ticket.comment_added by an agent", "comment-agent.json"),
        kind("ticket.comment_added, private", "comment-private.json"),
        kind("ticket.comment_made_private", "comment-made-private.json"),
        kind("ticket.comment_redacted", "comment-redacted.json"),
        kind("ticket.status_changed", "status-changed.json"),
        kind(
            "ticket.agent_assignment_changed",
            "agent-assignment-changed.json",
        ),
        kind(
            "ticket.group_assignment_changed",
            "group-assignment-changed.json",
        ),
        kind("ticket.priority_changed", "priority-changed.json"),
        kind("ticket.subject_changed", "subject-changed.json"),
        kind("ticket.type_changed", "type-changed.json"),
        kind("ticket.requester_changed", "requester-changed.json"),
        kind("ticket.tags_changed", "tags-changed.json"),
        kind("ticket.csat_received", "csat-received.json"),
        kind("ticket.merged", "merged.json"),
        kind("ticket.soft_deleted", "soft-deleted.json"),
        kind("ticket.undeleted", "undeleted.json"),
        kind("ticket.marked_as_spam", "marked-as-spam.json"),
        kind("ticket.permanently_deleted", "permanently-deleted.json"),
        kind("messaging_ticket.message_added", "message-added.json"),
        kind(
            "messaging_ticket.message_added by a bot",
            "message-added-bot.json",
        ),
        kind(
            "ticket.custom_field_changed and other changes (counted by name)",
            "custom-field-changed.json",
        ),
        kind(
            "user.*, organization.*, article.* and others (counted by name)",
            "user-created.json",
        ),
        kind(
            "user.identity_*, with a slash in the type (counted by name)",
            "user-identity-created.json",
        ),
        kind(
            "a trigger's own JSON (counted by name)",
            "named-trigger.json",
        ),
    ],
    limits: &[
        "Zendesk names people by its ids only. The customer is the requester's record (`crm:zendesk/<id>`); link it to \
            addresses by an import or by hand.",
        "Agents and groups are known by their ids, except in comments, which bring the agent's name.",
        "The first words of a ticket come as its first comment: subscribe to `comment added`, too.",
        "Webhooks that a trigger or an automation calls send JSON that an administrator wrote; they are counted and not \
            read. Such a system can send CloudEvents instead.",
        "A tag `complaint` marks a complaint. What a comment said before it was made private or redacted stays as it was told.",
        "A ticket's number leads to its requester: it is claimed as `crm:ticket/<number>`. Of the accounts of several \
            companies the numbers may be alike, and lead to several.",
        "An end user who is not signed in is known to the messenger only (`visitor:zendesk/<id>`). In another's \
            ticket that is an unverified claim.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha256,
            key: KeyForm::Text,
            signature: Place::Header("x-zendesk-webhook-signature"),
            prefix: "",
            separator: None,
            encoding: Encoding::Base64,
            message: &[Part::Value(SIGNED_AT), Part::Body],
            stamp: Some(Stamp {
                place: SIGNED_AT,
                form: TimeForm::Rfc3339,
                repeated_for_s: 0,
            }),
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "No answer within 12 seconds is tried again up to 5 times; 409 up to 3 times; 429 and 503 only with a \
            Retry-After of less than 60 seconds. Anything else is lost.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
