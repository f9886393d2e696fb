//! sipgate.io's push: the form that [`super::cti`] reads, signed, and asked for in the answer to a new call.

mod about;

use super::cti;
use crate::about::About;
use crate::envelope::Envelope;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "sipgate";

/// sipgate.io's push.
pub(crate) struct Sipgate;

impl Source for Sipgate {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By the name under which the webhook has authenticated it, and by nothing else: half of the push's events look like
    /// any generic CTI push, and a call must not be told in two interactions.
    fn recognises(&self, envelope: &Envelope) -> bool {
        envelope.source.as_deref() == Some(NAME) && cti::is_push(envelope)
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        cti::read(NAME, envelope, context)
    }

    fn about(&self) -> &'static About {
        &about::ABOUT
    }
}
