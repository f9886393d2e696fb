//! Microsoft Graph's change notifications: that a mail of a mailbox is new or has changed, and nothing of the mail itself.
//!
//! Who wrote it and what it says has to be fetched from Microsoft with an access of its own, which this system does not
//! have. The notifications are counted by name, so that a subscription can be seen to work.

use serde_json::Value;
use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts::not_used;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "ms-graph";

/// Most notifications of one delivery.
const MAX_NOTIFICATIONS: usize = 1000;

/// Microsoft Graph.
pub(crate) struct MsGraph;

impl Source for MsGraph {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let named = envelope.source.as_deref() == Some(NAME);
        envelope.json().is_some_and(|value| {
            named
                || Fields::of(value).items("value").iter().any(|item| {
                    let item = Fields::of(item);
                    item.text("subscriptionId").is_some()
                        && (item.text("changeType").is_some()
                            || item.text("lifecycleEvent").is_some())
                })
        })
    }

    fn read(&self, envelope: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        let fields = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        let notifications = fields.items("value");
        if notifications.is_empty() {
            return Err(Rejection::missing("value"));
        }
        if notifications.len() > MAX_NOTIFICATIONS {
            return Err(Rejection::TooMuch {
                what: "the number of notifications in one delivery",
                limit: MAX_NOTIFICATIONS,
            });
        }
        let mut reading = Reading::default();
        for notification in notifications {
            reading.and(read(&Fields::of(notification)));
        }
        Ok(reading)
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

/// A notification by its name: what of, and what happened to it.
fn read(notification: &Fields<'_>) -> Result<Reading, Rejection> {
    if notification.get("subscriptionId").is_none() {
        return Err(Rejection::missing("value[].subscriptionId"));
    }
    if let Some(event) = notification.text("lifecycleEvent") {
        return Ok(not_used(NAME, event));
    }
    let change = notification
        .text("changeType")
        .ok_or_else(|| Rejection::missing("value[].changeType"))?;
    let data = notification.object("resourceData");
    // `#Microsoft.Graph.Message`, in any case.
    let kind = data
        .get("@odata.type")
        .and_then(Value::as_str)
        .and_then(|kind| kind.rsplit('.').next())
        .map(str::to_ascii_lowercase);
    Ok(match kind {
        Some(kind) => not_used(NAME, &format!("{kind}-{change}")),
        None => not_used(NAME, change),
    })
}

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

const ABOUT: About = About {
    title: "Microsoft Graph (Outlook mail)",
    summary: "Notes that a mailbox of Microsoft 365 has new or changed mails: counted, not read.",
    setup: &[
        "Create a subscription (POST /subscriptions) for a mailbox's messages with notificationUrl and \
         lifecycleNotificationUrl {url}, and the webhook's secret as clientState. Graph calls the address at once to see \
         that it answers; the answer is given.",
        "Renew the subscription before it ends, which is after seven days at the latest for mails.",
        "To have the mails in the timeline, let a mail flow rule forward them to a mailbox of one of the other mail \
         sources, or let your own program fetch each mail and send it as a CloudEvent.",
    ],
    kinds: &[
        kind("created", "created.json"),
        kind("updated", "updated.json"),
        kind("deleted", "deleted.json"),
        kind("with encrypted content", "encrypted-content.json"),
        kind("reauthorizationRequired", "reauthorization-required.json"),
        kind("subscriptionRemoved", "subscription-removed.json"),
        kind("missed", "missed.json"),
    ],
    limits: &[
        "No mail reaches the timeline this way. A notification holds neither sender nor subject nor text, and this \
         system has no access to fetch them.",
        "Encrypted content is not decrypted, and its validation tokens are not checked.",
        "Lifecycle notifications are counted by name and not acted upon: watch that count, since a subscription that is \
         not reauthorised falls silent.",
        "The client state proves who knows it, and nothing of what was sent.",
    ],
    webhook: Some(&Webhook {
        proof: &[Scheme::Shown(&[Shown::EachItem("value", "clientState")])],
        headers: &[],
        batch: Batch::Within("value"),
        answer: Answer::Accepted,
        handshake: Handshake::ValidationToken,
        retries: "Anything but a 2xx within 10 seconds is tried again at growing intervals for 4 hours. An address that \
                  is often slow is put aside, and its notifications are lost.",
    }),
};
