//! What SES says of mail that went out: one event per receiver.
//!
//! SES names each mail that it sends by an id of its own. Who opened a mail or followed a link in it is told only by the
//! mail's receivers: of a mail to several nobody knows which of them it was.

use serde_json::Value;
use timeline::{Event, Fact, Reach, Timestamp, opaque};

use super::outbound::{self, Outbound};
use super::ses::NAME;
use crate::fields::Fields;
use crate::reading::{Reading, Rejection};

/// Most receivers of one mail that are read; SES itself allows 50.
const MAX_RECEIVERS: usize = 1000;
/// Most topics of a contact list; SES itself allows 20.
const MAX_TOPICS: usize = 50;

/// A notification about mail that went out: which object it is in, and what the lists in it are called.
struct Notification<'a> {
    root: &'a Fields<'a>,
    object: &'static str,
    receivers: &'static str,
    /// Path of a receiver's address, for errors.
    address: &'static str,
}

/// The events of a mail that did not arrive.
pub(super) fn bounce(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let notification = Notification {
        root,
        object: "bounce",
        receivers: "bouncedRecipients",
        address: "bounce.bouncedRecipients[].emailAddress",
    };
    let bounce = root.object("bounce");
    let is = |name: &str, value: &str| {
        bounce
            .text(name)
            .is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    let permanent = is("bounceType", "Permanent");
    let kind = [bounce.text("bounceType"), bounce.text("bounceSubType")];
    let kind = kind.into_iter().flatten().collect::<Vec<_>>().join(" ");
    notification.read(|receiver| {
        outbound::bounced(permanent, receiver.text("diagnosticCode").unwrap_or(&kind))
    })
}

/// The events of a mail that its receivers reported as spam. SES names all receivers at the provider that may have
/// done so. A report that a mail is no spam after all is not used.
pub(super) fn complaint(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let notification = Notification {
        root,
        object: "complaint",
        receivers: "complainedRecipients",
        address: "complaint.complainedRecipients[].emailAddress",
    };
    let complaint = root.object("complaint");
    let kind = complaint
        .text("complaintFeedbackType")
        .or(complaint.text("complaintSubType"))
        .unwrap_or_default();
    if kind.eq_ignore_ascii_case("not-spam") {
        return Ok(Reading::ignored("ses Complaint not-spam"));
    }
    notification.read(|_| outbound::reported(kind))
}

/// The receivers' servers took it.
pub(super) fn delivery(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let notification = Notification {
        root,
        object: "delivery",
        receivers: "recipients",
        address: "delivery.recipients[]",
    };
    notification.read(|_| outbound::reached(Reach::Delivered))
}

/// It has not arrived yet; SES goes on trying.
pub(super) fn delay(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let notification = Notification {
        root,
        object: "deliveryDelay",
        receivers: "delayedRecipients",
        address: "deliveryDelay.delayedRecipients[].emailAddress",
    };
    let delay = root.object("deliveryDelay");
    let kind = delay.text("delayType").unwrap_or_default();
    notification
        .read(|receiver| outbound::bounced(false, receiver.text("diagnosticCode").unwrap_or(kind)))
}

/// SES has taken the mail to send it.
pub(super) fn send(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let mail = root.object("mail");
    let headers = mail.object("commonHeaders");
    let subject = headers.text("subject");
    of_mail(root, "send", || outbound::underway("Send", subject))
}

/// SES does not send it: it holds a virus.
pub(super) fn reject(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let reject = root.object("reject");
    let reason = reject.text("reason").unwrap_or("Reject");
    of_mail(root, "reject", || outbound::bounced(false, reason))
}

/// SES could not make the mail of its template.
pub(super) fn rendering_failure(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let failure = root.object("failure");
    let reason = failure.text("errorMessage").unwrap_or("Rendering Failure");
    of_mail(root, "rendering-failure", || {
        outbound::bounced(false, reason)
    })
}

/// It was opened.
pub(super) fn open(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let open = root.object("open");
    if outbound::is_prefetcher(open.text("userAgent")) {
        return Ok(Reading::ignored("ses Open by a machine"));
    }
    of_one(root, &open, "open", "", outbound::reached(Reach::Opened))
}

/// A link in it was followed.
pub(super) fn click(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let click = root.object("click");
    let link = click.text("link");
    let which = link.map_or_else(String::new, |link| format!("-{}", opaque(&[link])));
    of_one(root, &click, "click", &which, outbound::clicked(link))
}

/// Its receiver chose which mails to get.
pub(super) fn subscription(root: &Fields<'_>) -> Result<Reading, Rejection> {
    let change = root.object("subscription");
    let preferences = change.object("newTopicPreferences");
    let none_at_all = preferences.get("unsubscribeAll").and_then(Value::as_bool);
    let topics = preferences.items("topicSubscriptionStatus").iter();
    let topics: Vec<_> = topics.take(MAX_TOPICS).map(Fields::of).collect();
    let choices = topics
        .iter()
        .filter_map(|topic| Some((topic.text("topicName")?, topic.text("subscriptionStatus")?)));
    let action = match none_at_all {
        Some(true) => "Unsubscribed from all",
        Some(false) | None => "Subscription",
    };
    let fact = outbound::chose(action, choices);
    of_one(root, &change, "subscription", "", fact)
}

/// An event of each of the mail's receivers.
fn of_mail(
    root: &Fields<'_>,
    id: &'static str,
    fact: impl Fn() -> Fact,
) -> Result<Reading, Rejection> {
    let mail = root.object("mail");
    let message_id = mail.required_id("messageId")?;
    let occurred_at = mail.required_time("timestamp")?;
    let receivers = mail.items("destination");
    each(&mail, "destination", receivers, |receiver| {
        let address = receiver
            .as_str()
            .ok_or_else(|| Rejection::missing("mail.destination[]"))?;
        event(&message_id, id, address, occurred_at, fact())
    })
}

/// An event that only a mail's one receiver can have caused.
fn of_one(
    root: &Fields<'_>,
    object: &Fields<'_>,
    kind: &'static str,
    which: &str,
    fact: Fact,
) -> Result<Reading, Rejection> {
    let mail = root.object("mail");
    let message_id = mail.required_id("messageId")?;
    let occurred_at = object.required_time("timestamp")?;
    let receivers = mail.items("destination");
    let receiver = match receivers {
        [] => return Err(Rejection::missing("mail.destination")),
        [receiver] => receiver.as_str(),
        // Which of them it was is not told.
        [_, ..] => {
            return Ok(Reading::ignored(format!(
                "ses {kind} by one of several receivers"
            )));
        }
    };
    let receiver = receiver.ok_or_else(|| Rejection::missing("mail.destination[]"))?;
    let id = format!("{kind}-{occurred_at}{which}");
    event(&message_id, &id, receiver, occurred_at, fact).map(Reading::event)
}

/// What each of a list's receivers gives. A receiver who is listed twice is one.
fn each(
    object: &Fields<'_>,
    list: &'static str,
    receivers: &[Value],
    read: impl Fn(&Value) -> Result<Event, Rejection>,
) -> Result<Reading, Rejection> {
    if receivers.is_empty() {
        return Err(Rejection::missing(object.path_of(list)));
    }
    if receivers.len() > MAX_RECEIVERS {
        return Err(Rejection::TooMuch {
            what: "the number of a mail's receivers",
            limit: MAX_RECEIVERS,
        });
    }
    let mut reading = Reading::default();
    let mut seen = std::collections::BTreeSet::new();
    for receiver in receivers {
        let event = read(receiver);
        if let Ok(event) = &event
            && !seen.insert(event.interaction_id.clone())
        {
            continue;
        }
        reading.and(event.map(Reading::event));
    }
    Ok(reading)
}

impl Notification<'_> {
    fn read(&self, fact: impl Fn(&Fields<'_>) -> Fact) -> Result<Reading, Rejection> {
        let mail = self.root.object("mail");
        let message_id = mail.required_id("messageId")?;
        let object = self.root.object(self.object);
        let occurred_at = object.required_time("timestamp")?;
        let id = object
            .id("feedbackId")
            .unwrap_or_else(|| format!("{}-{occurred_at}", self.object));
        let receivers = object.items(self.receivers);
        each(&object, self.receivers, receivers, |receiver| {
            let fields = Fields::of(receiver);
            // Early notifications listed plain addresses.
            let address = fields
                .text("emailAddress")
                .or(receiver.as_str())
                .ok_or_else(|| Rejection::missing(self.address))?;
            event(&message_id, &id, address, occurred_at, fact(&fields))
        })
    }
}

fn event(
    message_id: &str,
    id: &str,
    receiver: &str,
    occurred_at: Timestamp,
    fact: Fact,
) -> Result<Event, Rejection> {
    let mail = Outbound {
        source: NAME,
        mail: message_id,
        mail_field: "mail.messageId",
        receiver,
    };
    mail.event(id, occurred_at, fact)
}
