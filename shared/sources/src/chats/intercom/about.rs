//! What there is to know of Intercom before connecting it.

use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};

pub(super) static ABOUT: About = About {
    title: "Intercom",
    summary: "Conversations of Intercom's messenger and inbox: messages, notes, assignments, states and ratings.",
    setup: &[
        "In Intercom's Developer Hub, open or create an app for the workspace. Its client secret (Basic information) is \
            this webhook's secret.",
        "Give the app the permission to read conversations.",
        "Under Webhooks, set the endpoint {url}. Intercom tests it with a notification `ping`.",
        "Subscribe to the topics `conversation.*`: user.created, user.replied, operator.replied, admin.replied, \
            admin.single.created, admin.assigned, admin.noted, admin.closed, admin.opened, admin.snoozed, \
            admin.unsnoozed, rating.added, deleted; and to `conversation_part.redacted`.",
    ],
    kinds: &[
        kind("conversation.user.created", "user-created.json"),
        kind("conversation.user.created, API 1.x", "user-created-1.json"),
        kind(
            "conversation.user.created by email",
            "user-created-email.json",
        ),
        kind("conversation.user.replied", "user-replied.json"),
        kind("conversation.user.replied, API 1.x", "user-replied-1.json"),
        kind("conversation.operator.replied", "operator-replied.json"),
        kind("conversation.admin.replied", "admin-replied.json"),
        kind(
            "conversation.admin.single.created",
            "admin-single-created.json",
        ),
        kind("conversation.admin.assigned", "admin-assigned.json"),
        kind(
            "conversation.admin.open.assigned",
            "admin-open-assigned.json",
        ),
        kind("conversation.admin.noted", "admin-noted.json"),
        kind("conversation.admin.closed", "admin-closed.json"),
        kind("conversation.admin.opened", "admin-opened.json"),
        kind("conversation.admin.snoozed", "admin-snoozed.json"),
        kind("conversation.admin.unsnoozed", "admin-unsnoozed.json"),
        kind("conversation.rating.added", "rating-added.json"),
        kind("conversation.deleted", "deleted.json"),
        kind("conversation_part.redacted", "part-redacted.json"),
        kind(
            "conversation_part.tag.created (counted by name)",
            "part-tag-created.json",
        ),
        kind(
            "contact.*, user.*, company.* and others (counted by name)",
            "contact-created.json",
        ),
        kind("ping (counted by name)", "ping.json"),
    ],
    limits: &[
        "The customer is Intercom's contact, not an email address: a lead typed it, and a user's comes from the page. \
            Addresses are kept as participants and unverified claims, and so is the site's own id of the user \
            (`crm:intercom-user/<id>`): Intercom does not say whether anybody has verified them. The address of a \
            conversation by mail is claimed as its thread's.",
        "Traits are taken where a notification brings the whole contact: language, time zone, first company.",
        "HTML becomes text; pictures in it are named, never fetched.",
        "That a part was redacted stands beside what was told of it before. Edits are not told by Intercom.",
        "Tickets, calls over Intercom, articles and news are counted by name and not read.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Signed(Signed {
            algorithm: Algorithm::HmacSha1,
            key: KeyForm::Text,
            signature: Place::Header("x-hub-signature"),
            prefix: "sha1=",
            separator: None,
            encoding: Encoding::Hex,
            message: &[Part::Body],
            stamp: None,
        })],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "No answer within 5 seconds, or one that is no 2xx, is tried once more after a minute, and then is lost. \
            After many failures Intercom pauses the subscription; an answer of 410 ends it.",
    }),
};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}
