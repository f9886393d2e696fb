//! To be written.

use crate::envelope::Envelope;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "widget";

/// To be written.
pub(crate) struct Widget;

impl Source for Widget {
    fn name(&self) -> &'static str {
        NAME
    }

    fn recognises(&self, _: &Envelope) -> bool {
        false
    }

    fn read(&self, _: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        Err(Rejection::UnknownEnvelope)
    }
}
