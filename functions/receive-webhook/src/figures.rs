//! The function's figures. None of them, and no name of one, says anything about a person.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use lambda_kit::metrics::{Metric, Metrics, Unit};

use crate::answer::Refusal;

/// Requests that came.
pub const WEBHOOKS_RECEIVED: Metric =
    Metric::new("WebhooksReceived", Unit::Count, "Requests of providers");
/// Deliveries that the queue has.
pub const WEBHOOKS_TAKEN: Metric = Metric::new(
    "WebhooksTaken",
    Unit::Count,
    "Deliveries of which the queue has all",
);
/// Deliveries without a body, of which nothing is kept.
pub const WEBHOOKS_EMPTY: Metric = Metric::new(
    "WebhooksEmpty",
    Unit::Count,
    "Proven deliveries without a body",
);
/// Handshakes that were answered.
pub const WEBHOOK_HANDSHAKES: Metric =
    Metric::new("WebhookHandshakes", Unit::Count, "Handshakes answered");
/// Messages that went into the queues.
pub const WEBHOOK_PIECES: Metric = Metric::new(
    "WebhookPieces",
    Unit::Count,
    "Messages that the deliveries became",
);
/// Connections that are believed without proof, at each fetch of the secrets.
pub const INSECURE_CONNECTIONS: Metric = Metric::new(
    "WebhookConnectionsInsecure",
    Unit::Count,
    "Connections believed without proof, each time that the secrets are fetched",
);
/// Fetches of the secrets that failed. For an hour deliveries are taken under those of before.
pub const SECRETS_NOT_FETCHED: Metric = Metric::new(
    "WebhookSecretsNotFetched",
    Unit::Count,
    "Fetches of the secrets that failed",
);
/// How long a request took.
pub const WEBHOOK_DURATION: Metric = Metric::new(
    "WebhookDuration",
    Unit::Milliseconds,
    "Time from a request to its answer",
);

const NOT_FOUND: Metric = refused("WebhooksNotFound", "Requests to what is not configured");
const TOO_LARGE: Metric = refused("WebhooksTooLarge", "Deliveries longer than the queue takes");
const ENCODED: Metric = refused("WebhooksEncoded", "Deliveries with a content encoding");
const HANDSHAKE: Metric = refused("WebhooksHandshakeRefused", "Handshakes without the token");
const UNSIGNED: Metric = refused("WebhooksUnsigned", "Deliveries without a signature");
const MALFORMED: Metric = refused("WebhooksMalformed", "Signatures that cannot be read");
const WRONG: Metric = refused("WebhooksWrong", "Signatures of something else");
const STALE: Metric = refused("WebhooksStale", "Signatures of another time");
const MISCONFIGURED: Metric = refused(
    "WebhooksMisconfigured",
    "Deliveries that the connection's configuration, here or at its sender, does not let be taken",
);
const UNAVAILABLE: Metric = refused(
    "WebhooksUnavailable",
    "Deliveries that the queue or the secrets could not be reached for",
);

/// Refusals by their reason.
pub const REFUSALS: [Metric; 10] = [
    NOT_FOUND,
    TOO_LARGE,
    ENCODED,
    HANDSHAKE,
    UNSIGNED,
    MALFORMED,
    WRONG,
    STALE,
    MISCONFIGURED,
    UNAVAILABLE,
];

/// The others, but for those of each source.
pub const ALL: [Metric; 8] = [
    WEBHOOKS_RECEIVED,
    WEBHOOKS_TAKEN,
    WEBHOOKS_EMPTY,
    WEBHOOK_HANDSHAKES,
    WEBHOOK_PIECES,
    INSECURE_CONNECTIONS,
    SECRETS_NOT_FETCHED,
    WEBHOOK_DURATION,
];

const fn refused(name: &'static str, help: &'static str) -> Metric {
    Metric::new(name, Unit::Count, help)
}

/// The metric of a refusal's reason.
pub(crate) fn of_refusal(refusal: Refusal) -> &'static Metric {
    use signatures::Refusal as Why;
    match refusal {
        Refusal::NotFound => &NOT_FOUND,
        Refusal::TooLarge => &TOO_LARGE,
        Refusal::Encoded => &ENCODED,
        Refusal::Handshake => &HANDSHAKE,
        Refusal::Unproven { why, .. } => match why {
            Why::NoSecret => &MISCONFIGURED,
            Why::Unsigned => &UNSIGNED,
            Why::Malformed => &MALFORMED,
            Why::Wrong => &WRONG,
            Why::Stale => &STALE,
        },
        Refusal::Misconfigured | Refusal::AttributesUnsigned => &MISCONFIGURED,
        Refusal::Unavailable => &UNAVAILABLE,
    }
}

/// Counts by source. A metric's name lives as long as the program, so each is made once, and there are no more than
/// sources.
#[derive(Default)]
pub(crate) struct BySource(Mutex<BTreeMap<&'static str, (Metric, Metric)>>);

impl BySource {
    /// `TakenFromStripe`.
    pub(crate) fn taken(&self, metrics: &Metrics, source: &'static str) {
        metrics.add(&self.of(source).0, 1);
    }

    /// `RefusedFromStripe`.
    pub(crate) fn refused(&self, metrics: &Metrics, source: &'static str) {
        metrics.add(&self.of(source).1, 1);
    }

    fn of(&self, source: &'static str) -> (Metric, Metric) {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *made.entry(source).or_insert_with(|| {
            let metric = |what: &str, help| {
                let name: &'static str = format!("{what}From{}", in_camel_case(source)).leak();
                Metric::new(name, Unit::Count, help)
            };
            (
                metric("Taken", "Deliveries of this source that the queue has"),
                metric("Refused", "Deliveries of this source that were refused"),
            )
        })
    }
}

fn in_camel_case(source: &str) -> String {
    let words = source.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or_default();
        first.to_ascii_uppercase() + rest
    });
    let letters = |c: &char| c.is_ascii_alphanumeric();
    words.collect::<String>().chars().filter(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_has_two_metrics_that_are_made_once() {
        let figures = BySource::default();
        let (taken, refused) = figures.of("twilio-voice");
        assert_eq!(taken.name(), "TakenFromTwilioVoice");
        assert_eq!(refused.name(), "RefusedFromTwilioVoice");
        assert!(std::ptr::eq(
            taken.name(),
            figures.of("twilio-voice").0.name()
        ));
    }
}
