//! What became of mail that went out: bounces and complaints, one event per receiver.
//!
//! SES names each mail that it sends by an id of its own, which the receiver never sees; a mail to one receiver is an
//! interaction of its own, so that receivers of the same mail do not meet in one customer's timeline.

use serde_json::Value;
use timeline::{
    Bounced, Channel, Direction, EmailAddress, Event, EventId, Fact, InteractionId, Personal,
    opaque, preview,
};

use super::ses::source;
use crate::address::Address;
use crate::fields::Fields;
use crate::reading::{Reading, Rejection};

/// Most receivers of one mail that are read; SES itself allows 50.
const MAX_RECEIVERS: usize = 1000;
/// Longest reason, in characters.
const MAX_CAUSE_CHARS: usize = 500;

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
    notification.read(|receiver| Bounced {
        permanent,
        reported: false,
        cause: cause(receiver.text("diagnosticCode").unwrap_or(&kind)),
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
    notification.read(|_| Bounced {
        permanent: false,
        reported: true,
        cause: cause(kind),
    })
}

fn cause(text: &str) -> Option<Personal> {
    let cause = preview(text, MAX_CAUSE_CHARS);
    (!cause.expose().is_empty()).then_some(cause)
}

impl Notification<'_> {
    fn read(&self, fact: impl Fn(&Fields<'_>) -> Bounced) -> Result<Reading, Rejection> {
        let mail = self.root.object("mail");
        let message_id = mail.required_id("messageId")?;
        let object = self.root.object(self.object);
        let occurred_at = object.required_time("timestamp")?;
        let id = object
            .id("feedbackId")
            .unwrap_or_else(|| format!("{}-{occurred_at}", self.object));
        let receivers = object.items(self.receivers);
        if receivers.is_empty() {
            return Err(Rejection::missing(object.path_of(self.receivers)));
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
            let event = self.event(&message_id, &id, receiver, &fact);
            // A receiver who is listed twice is one.
            if let Ok(event) = &event
                && !seen.insert(event.interaction_id.clone())
            {
                continue;
            }
            reading.and(event.map(|event| {
                Reading::event(Event {
                    occurred_at: Some(occurred_at),
                    ..event
                })
            }));
        }
        Ok(reading)
    }

    fn event(
        &self,
        message_id: &str,
        id: &str,
        receiver: &Value,
        fact: impl Fn(&Fields<'_>) -> Bounced,
    ) -> Result<Event, Rejection> {
        let fields = Fields::of(receiver);
        // Early notifications listed plain addresses.
        let address = fields
            .text("emailAddress")
            .or(receiver.as_str())
            .ok_or_else(|| Rejection::missing(self.address))?;
        let read = EmailAddress::read(address).ok();
        let key = read.as_ref().map_or_else(
            || address.trim().to_lowercase(),
            |read| read.key().to_owned(),
        );
        let source = source()?;
        let malformed =
            |error: timeline::IdError| Rejection::malformed("mail.messageId", error.to_string());
        let interaction_id =
            InteractionId::new(&source, &opaque(&[message_id, &key])).map_err(malformed)?;
        let id = EventId::new(id).map_err(malformed)?;
        let fact = Fact::Bounced(fact(&fields));
        let mut event = Event::new(interaction_id, id, source, Channel::Email, fact);
        event.direction = Some(Direction::Outbound);
        Address::email(address).name_in(&mut event);
        Ok(event)
    }
}
