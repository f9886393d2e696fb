//! What became of a mail that Postmark sent.

use timeline::{Event, Fact, Reach, Timestamp, opaque};

use super::NAME;
use crate::emails::outbound::{self, Outbound};
use crate::fields::Fields;
use crate::parts::{not_used, required_time};
use crate::reading::{Reading, Rejection};

/// What Postmark writes for a mail that it does not know.
const NO_MAIL: &str = "00000000-0000-0000-0000-000000000000";
/// The domain of the Message-IDs that Postmark gives to the mails that it sends.
const MESSAGE_ID_DOMAIN: &str = "mtasv.net";

/// The kind of an event: as it says, else by its fields, since older webhooks did not say it. `None` for a mail.
pub(super) fn kind<'a>(fields: &Fields<'a>) -> Option<&'a str> {
    let has = |name: &str| fields.get(name).is_some();
    if !(has("MessageID") || has("RecordType") || has("ID")) {
        return None;
    }
    if let Some(kind) = fields.text("RecordType") {
        return (kind != "Inbound").then_some(kind);
    }
    if has("BouncedAt") && has("Type") {
        Some("Bounce")
    } else if has("DeliveredAt") {
        Some("Delivery")
    } else if has("OriginalLink") {
        Some("Click")
    } else if has("FirstOpen") {
        Some("Open")
    } else if has("SuppressSending") {
        Some("SubscriptionChange")
    } else {
        None
    }
}

/// One event.
pub(super) fn read(fields: &Fields<'_>, kind: &str) -> Result<Reading, Rejection> {
    match kind {
        "Delivery" => event(
            fields,
            "delivery",
            ("Recipient", "DeliveredAt"),
            outbound::reached(Reach::Delivered),
        ),
        "Open" if is_machine(fields) => return Ok(not_used(NAME, "Open-by-a-machine")),
        "Open" => {
            let id = format!("open-{}", written(fields, "ReceivedAt"));
            let fact = outbound::reached(Reach::Opened);
            event(fields, &id, ("Recipient", "ReceivedAt"), fact)
        }
        "Click" => {
            let link = fields.text("OriginalLink");
            let which = opaque(&[link.unwrap_or_default()]);
            let id = format!("click-{}-{which}", written(fields, "ReceivedAt"));
            let fact = outbound::clicked(link);
            event(fields, &id, ("Recipient", "ReceivedAt"), fact)
        }
        "Bounce" => return bounce(fields),
        "SpamComplaint" => {
            let id = format!("complaint-{}", fields.required_id("ID")?);
            let why = fields.text("Type").unwrap_or(kind);
            event(fields, &id, ("Email", "BouncedAt"), outbound::reported(why))
        }
        "SubscriptionChange" => return subscription(fields),
        _ => return Ok(not_used(NAME, kind)),
    }
    .map(Reading::event)
}

/// A bounce, or what Postmark counts as one.
fn bounce(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let kind = fields.required_text("Type")?;
    let id = format!("bounce-{}", fields.required_id("ID")?);
    let why = ["Details", "Description", "Name"];
    let why = why.into_iter().find_map(|name| fields.text(name));
    let why = why.unwrap_or(kind);
    let fact = match kind {
        // A machine's answer to the mail, or an answer to its question: the mail has arrived.
        "AutoResponder" | "ChallengeVerification" | "OpenRelayTest" | "InboundError" => {
            return Ok(not_used(NAME, &format!("Bounce-{kind}")));
        }
        "SpamComplaint" => outbound::reported(kind),
        "Subscribe" | "Unsubscribe" => outbound::chose(kind, None),
        "HardBounce" | "BadEmailAddress" => outbound::bounced(true, why),
        _ => outbound::bounced(false, why),
    };
    event(fields, &id, ("Email", "BouncedAt"), fact).map(Reading::event)
}

/// Mails of a stream are held back from an address, or are let through again. What the company itself does there, and
/// what follows from a bounce or complaint that is told anyway, is not the customer's doing.
fn subscription(fields: &Fields<'_>) -> Result<Reading, Rejection> {
    let origin = fields.text("Origin").unwrap_or("Unknown");
    let reason = fields.text("SuppressionReason").unwrap_or_default();
    if !origin.eq_ignore_ascii_case("Recipient") || matches!(reason, "HardBounce" | "SpamComplaint")
    {
        let why = if reason.is_empty() { origin } else { reason };
        return Ok(not_used(NAME, &format!("SubscriptionChange-{why}")));
    }
    let stopped = fields.get("SuppressSending") == Some(&serde_json::Value::Bool(true));
    let action = if stopped {
        "Unsubscribed"
    } else {
        "Subscribed"
    };
    let stream = fields.text("MessageStream").map(|name| ("stream", name));
    let id = format!("subscription-{}", written(fields, "ChangedAt"));
    let fact = outbound::chose(action, stream);
    event(fields, &id, ("Recipient", "ChangedAt"), fact).map(Reading::event)
}

/// A time as Postmark writes it, which is finer than a millisecond: a part of an id.
fn written<'a>(fields: &Fields<'a>, name: &str) -> &'a str {
    fields.text(name).unwrap_or_default()
}

/// Whether the reader's own name says that no person has read it.
fn is_machine(fields: &Fields<'_>) -> bool {
    let client = fields.object("Client");
    let name = client.text("Name").unwrap_or_default();
    outbound::is_prefetcher(fields.text("UserAgent"))
        || name.to_ascii_lowercase().contains("privacy protection")
}

/// The mail is known by the Message-ID that Postmark gives it, so that answers to it are of the same thread.
fn event(
    fields: &Fields<'_>,
    id: &str,
    (address, at): (&'static str, &'static str),
    fact: Fact,
) -> Result<Event, Rejection> {
    let mail = match fields.text("MessageID") {
        Some(id) => id,
        // Older webhooks do not say for which mail somebody chose.
        None if at == "ChangedAt" => NO_MAIL,
        None => return Err(Rejection::missing("MessageID")),
    };
    let mail = format!("{}@{MESSAGE_ID_DOMAIN}", mail.to_ascii_lowercase());
    let occurred_at: Timestamp = required_time(fields, at)?;
    let mail = Outbound {
        source: NAME,
        mail: &mail,
        mail_field: "MessageID",
        receiver: fields.required_text(address)?,
    };
    mail.event(id, occurred_at, fact)
}
