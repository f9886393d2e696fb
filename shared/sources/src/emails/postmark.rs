//! Postmark: mails that came in, and what became of mails that went out.

mod about;
mod inbound;
mod outbound;

use super::signature::claimed;
use crate::about::About;
use crate::envelope::Envelope;
use crate::fields::Fields;
use crate::reading::{Context, Reading, Rejection, Source};

/// The source's name.
const NAME: &str = "postmark";

/// Postmark.
pub(crate) struct Postmark;

impl Source for Postmark {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, envelope: &Envelope) -> bool {
        let named = envelope.source.as_deref() == Some(NAME);
        envelope.json().is_some_and(|value| {
            let fields = Fields::of(value);
            named || outbound::kind(&fields).is_some() || inbound::is_mail(&fields)
        })
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        let fields = Fields::of(envelope.json().ok_or(Rejection::UnknownEnvelope)?);
        match outbound::kind(&fields) {
            Some(kind) => outbound::read(&fields, kind),
            None => inbound::read(&fields)
                .map(Reading::event)
                .map(|reading| claimed(reading, context)),
        }
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}
