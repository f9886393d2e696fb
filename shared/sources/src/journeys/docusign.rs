//! DocuSign Connect in the JSON SIM model: one message per thing that happens to an envelope or one of its recipients.
//!
//! An envelope is one interaction whatever number of people sign it. The customer is the first who signs and is not its
//! sender, by routing order, then by recipient id; the others took part. The addresses are the sender's own choice, and
//! the mail went there.

mod about;
mod recipients;

use std::collections::BTreeMap;

use timeline::{
    Bounced, Business, Channel, Direction, Event, Fact, Opening, Personal, Reach, Reached, Started,
    Updated,
};

use self::recipients::Recipients;
use super::claims::{attributes_of, is_named, line};
use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "docusign";

/// DocuSign Connect.
pub(crate) struct DocuSign;

impl Source for DocuSign {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let Some(value) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let data = root.object("data");
        let is_event = root.text("event").is_some() && root.get("generatedDateTime").is_some();
        let is_docusign = data.get("envelopeId").is_some()
            || root.get("configurationId").is_some()
            || root.get("retryCount").is_some();
        is_named(envelope, NAME) || (is_event && is_docusign)
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let name = root.required_text("event")?;
        let Some(step) = Step::of(name) else {
            return Ok(parts::not_used(NAME, name));
        };
        let data = root.object("data");
        let occurred_at = parts::required_time(&root, "generatedDateTime")?;
        let in_data = data.object("envelopeSummary");
        let summary = if in_data.is_present() {
            in_data
        } else {
            root.object("envelopeSummary")
        };
        // An envelope's own summary names it too.
        let envelope_id = data
            .text("envelopeId")
            .or(summary.text("envelopeId"))
            .ok_or_else(|| Rejection::missing("data.envelopeId"))?;
        let recipient_id = data.id("recipientId");
        let recipients = Recipients::of(&summary, context.region);
        let fact = step.fact(name, &summary, &recipients, recipient_id.as_deref());
        let source = parts::source(NAME);
        let interaction_id =
            parts::interaction_id(&source, &envelope_id.to_lowercase(), "data.envelopeId")?;
        let key = step.key(name, recipient_id.as_deref(), &occurred_at.to_string());
        let id = parts::event_id(&key, "event")?;
        let mut event = Event::new(interaction_id, id, source, Channel::Contract, fact);
        event.occurred_at = Some(occurred_at);
        event.direction = Some(Direction::Outbound);
        event.customer_name = recipients.customer_name();
        recipients.claims().name_in(&mut event);
        Ok(Reading::event(event))
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}

/// What happens to an envelope, or between it and one recipient.
#[derive(Clone, Copy)]
enum Step {
    Drafted,
    Sent,
    /// Somebody has opened it.
    Seen,
    /// All have signed.
    Completed,
    /// One has done their part.
    OneDone,
    Declined,
    Voided,
    /// The mail could not be delivered, or a machine answered it.
    Returned,
    /// Anything else, which may happen several times.
    Changed,
}

impl Step {
    fn of(event: &str) -> Option<Self> {
        Some(match event {
            "envelope-created" => Self::Drafted,
            "envelope-sent" | "recipient-sent" => Self::Sent,
            "envelope-delivered" | "recipient-delivered" => Self::Seen,
            "envelope-completed" => Self::Completed,
            "recipient-completed" => Self::OneDone,
            "envelope-declined" | "recipient-declined" => Self::Declined,
            "envelope-voided" => Self::Voided,
            "recipient-autoresponded" => Self::Returned,
            "envelope-resent"
            | "envelope-corrected"
            | "recipient-resent"
            | "recipient-authenticationfailed"
            | "recipient-delegate"
            | "recipient-reassign"
            | "recipient-reassigned"
            | "recipient-finish-later" => Self::Changed,
            _ => return None,
        })
    }

    /// The event's id within its envelope. DocuSign gives none: what happens once is known by its name and recipient,
    /// what can happen again by its time as well.
    fn key(self, event: &str, recipient: Option<&str>, at: &str) -> String {
        let key = match recipient {
            Some(recipient) => format!("{event}:{recipient}"),
            None => event.to_owned(),
        };
        match self {
            Self::Returned | Self::Changed => format!("{key}:{at}"),
            Self::Drafted
            | Self::Sent
            | Self::Seen
            | Self::Completed
            | Self::OneDone
            | Self::Declined
            | Self::Voided => key,
        }
    }

    fn fact(
        self,
        event: &str,
        summary: &Fields<'_>,
        recipients: &Recipients<'_>,
        recipient: Option<&str>,
    ) -> Fact {
        let business = || Business {
            subject: subject(summary),
            ..Business::default()
        };
        let changed = || {
            let mut attributes = standing(summary, recipients, recipient);
            attributes.insert("event".to_owned(), event.into());
            Fact::Updated(Updated { attributes })
        };
        match self {
            Self::Drafted => Fact::Started(Started {
                opening: Opening::Open,
                subject: subject(summary),
                ..Started::default()
            }),
            // What happens between DocuSign and the sender, or somebody who gets a copy, is not the customer's doing.
            Self::Sent | Self::Seen | Self::Returned if !recipients.may_be_customer(recipient) => {
                changed()
            }
            Self::Sent => Fact::Sent(business()),
            Self::Seen => Fact::Reached(Reached {
                how: Reach::Opened,
                url: None,
            }),
            Self::Completed => Fact::Signed(business()),
            // One signature of several settles nothing.
            Self::OneDone if recipients.all_signed() => Fact::Signed(business()),
            Self::Declined => Fact::Declined(business()),
            Self::Voided => Fact::Voided(business()),
            Self::Returned => Fact::Bounced(Bounced {
                permanent: false,
                reported: false,
                cause: recipients.text_of(recipient, "autoRespondedReason"),
            }),
            Self::OneDone | Self::Changed => changed(),
        }
    }
}

/// How the envelope stands, and the recipient whom the event is about.
fn standing(
    summary: &Fields<'_>,
    recipients: &Recipients<'_>,
    recipient: Option<&str>,
) -> BTreeMap<String, Personal> {
    let mut attributes = attributes_of(summary, &["status", "emailSubject"]);
    for (name, field) in [("recipient_name", "name"), ("recipient_status", "status")] {
        if let Some(value) = recipients.text_of(recipient, field) {
            attributes.insert(name.to_owned(), value);
        }
    }
    attributes
}

fn subject(summary: &Fields<'_>) -> Option<Personal> {
    summary.text("emailSubject").and_then(line)
}
