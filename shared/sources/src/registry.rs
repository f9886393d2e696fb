//! Which sources each queue takes. A new source is one line here.

use std::collections::BTreeMap;

use timeline::Event;

use crate::envelope::Envelope;
use crate::evidence::of_customer;
use crate::reading::{Context, Reading, Rejection, Source};
use crate::{calls, chats, cloudevents, emails, journeys};

/// Sources of the queue `call-events`.
pub static CALLS: &[&dyn Source] = &[
    &calls::connect::ContactEvents,
    &calls::record::ContactRecords,
    &calls::connect_flow::ConnectFlow,
    &calls::twilio_voice::TwilioVoice,
    &calls::twilio_events::TwilioEvents,
    &calls::genesys::Genesys,
    &calls::vonage::Vonage,
    &calls::threecx::ThreeCx,
    &calls::asterisk_ari::AsteriskAri,
    &calls::asterisk_ami::AsteriskAmi,
    &calls::freeswitch::FreeSwitch,
    &calls::plivo::Plivo,
    &calls::sipgate::Sipgate,
    &calls::cti::Cti,
    &cloudevents::CloudEvents,
];

/// Sources of the queue `chat-events`.
pub static CHATS: &[&dyn Source] = &[
    &chats::chatwoot::Chatwoot,
    &chats::connect::ConnectChat,
    &chats::whatsapp::WhatsApp,
    &chats::intercom::Intercom,
    &chats::zendesk::Zendesk,
    &chats::twilio_conversations::TwilioConversations,
    &chats::crisp::Crisp,
    &chats::tawk::Tawk,
    &chats::widget::Widget,
    &cloudevents::CloudEvents,
];

/// Sources of the queue `email-events`.
pub static EMAILS: &[&dyn Source] = &[
    &emails::ses::Ses,
    &emails::sendgrid_inbound::SendGridInbound,
    &emails::sendgrid_events::SendGridEvents,
    &emails::mailgun::Mailgun,
    &emails::postmark::Postmark,
    &emails::ms_graph::MsGraph,
    &cloudevents::CloudEvents,
];

/// Sources of the queue `journey-events`: what is neither call, chat nor email.
pub static JOURNEYS: &[&dyn Source] = &[
    &journeys::stripe::Stripe,
    &journeys::docusign::DocuSign,
    &journeys::typeform::Typeform,
    &journeys::delighted::Delighted,
    &journeys::surveymonkey::SurveyMonkey,
    &journeys::segment::Segment,
    &journeys::standard_webhooks::StandardWebhooks,
    &cloudevents::CloudEvents,
];

/// All sources by the queue that takes them.
pub static ALL: [(&str, &[&dyn Source]); 4] = [
    ("call-events", CALLS),
    ("chat-events", CHATS),
    ("email-events", EMAILS),
    ("journey-events", JOURNEYS),
];

/// The queue of the sources that every queue takes.
const COMMON: &str = "journey-events";

/// The source of that name and the queue that its webhook writes to.
#[must_use]
pub fn find(name: &str) -> Option<(&'static str, &'static dyn Source)> {
    let homes = ALL.iter().flat_map(|(queue, sources)| {
        sources
            .iter()
            .filter(|source| source.name() == name)
            .map(|source| (*queue, *source))
    });
    // One that stands in every list goes to the last, which is everybody's.
    homes.max_by_key(|(queue, _)| *queue == COMMON)
}

/// Most events that one delivery may hold.
const MAX_EVENTS: usize = 1000;

/// Reads a record's body as one of the given sources: the one that its attribute `source` names, else the first
/// that knows its shape.
///
/// # Errors
/// A rejection when the body, or the envelope as a whole, cannot be understood. It goes to quarantine.
pub fn read(
    sources: &[&dyn Source],
    body: &str,
    attributes: &BTreeMap<String, String>,
    context: &Context,
) -> Result<Reading, Rejection> {
    let mut envelope = Envelope::open(body, attributes)?;
    if is_unsubscribed(&envelope) {
        return Ok(Reading::ignored("sns UnsubscribeConfirmation"));
    }
    let name = envelope.source.clone();
    let named = |source: &&&dyn Source| name.as_deref().is_none_or(|name| name == source.name());
    if !sources.iter().any(|source| named(&source)) {
        return Err(Rejection::UnknownSource);
    }
    let known = |envelope: &Envelope| {
        let mut candidates = sources.iter().filter(named);
        candidates.find(|source| source.recognises(envelope))
    };
    let source = match known(&envelope) {
        Some(source) => source,
        // A field more can make any object look like an envelope. Where the source is known, its own shape counts.
        None => {
            let plain = envelope.plain().ok_or(Rejection::UnknownEnvelope)?;
            envelope = plain;
            known(&envelope).ok_or(Rejection::UnknownEnvelope)?
        }
    };
    let mut reading = source.read(&envelope, context)?;
    if reading.events.len() > MAX_EVENTS {
        return Err(Rejection::TooMuch {
            what: "the number of events in one delivery",
            limit: MAX_EVENTS,
        });
    }
    for name in &mut reading.ignored {
        if !is_kind(name) {
            *name = format!("{} other", source.name());
        }
    }
    reading.events = reading
        .events
        .into_iter()
        .map(|event| {
            of_customer(Event {
                received_at: context.received_at,
                ..event
            })
            .within(envelope.account.as_deref())
            .tidy()
        })
        .collect();
    Ok(reading)
}

/// Amazon SNS says that a subscription has ended, which is no event of a customer's.
fn is_unsubscribed(envelope: &Envelope) -> bool {
    let kind = envelope.sns.as_ref().map(|sns| sns.kind.as_str());
    kind == Some("UnsubscribeConfirmation")
}

/// Longest name of a kind that is counted by its name.
const MAX_KIND: usize = 80;
/// Most digits in a row in such a name: a version has a few, a telephone number many.
const MAX_KIND_DIGITS: usize = 4;

/// Whether a name that a sender chose is a kind's and no person's: it goes into a metric.
fn is_kind(name: &str) -> bool {
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '_' | ':' | '/' | '-' | '*');
    let longest_number = name
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0);
    name.len() <= MAX_KIND && name.chars().all(plain) && longest_number <= MAX_KIND_DIGITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_could_be_a_persons_is_no_kind() {
        for name in [
            "Amazon Connect Codeartifact Event",
            "ses Send",
            "cti dtmf",
            "com.example.v2.order:*",
        ] {
            assert!(is_kind(name), "{name}");
        }
        for name in [
            "call from 4155550142",
            "ada@example.com",
            "Zoë",
            &"x".repeat(100),
        ] {
            assert!(!is_kind(name), "{name}");
        }
    }
}
