//! Standard Webhooks: any system that signs its deliveries so and writes the vocabulary `cornerstore.*` as their type.
//!
//! A delivery `{type, timestamp, data}` is read as the CloudEvent that it would be, with the header `webhook-id` as its
//! id. The header `webhook-timestamp` is that of the attempt and differs from try to try, so that it is no event's time.

use serde_json::json;
use signatures::{Algorithm, Encoding, KeyForm, Part, Place, Scheme, Signed, Stamp, TimeForm};

use super::claims::is_named;
use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::cloudevents::{self, CloudEvents, TYPE_PREFIX};
use crate::envelope::{Envelope, Payload};
use crate::fields::Fields;
use crate::parts;
use crate::reading::{Context, Reading, Rejection, Source};

const NAME: &str = "standard-webhooks";
/// Where a delivery's id stands; the second is what Svix, of which the standard came, writes.
const IDS: [&str; 2] = ["webhook-id", "svix-id"];

/// Standard Webhooks in the vocabulary of CloudEvents.
pub(crate) struct StandardWebhooks;

impl Source for StandardWebhooks {
    fn name(&self) -> &'static str {
        NAME
    }

    /// By the header and the shape of the body, or by the vocabulary. A CloudEvent that came another way is left to
    /// its own source.
    fn recognises(&self, envelope: &Envelope) -> bool {
        let has_id = IDS.iter().any(|name| envelope.header(name).is_some());
        if matches!(envelope.payload, Payload::CloudEvents(_)) {
            return has_id || envelope.source.as_deref() == Some(NAME);
        }
        let Some(value) = envelope.json() else {
            return false;
        };
        let root = Fields::of(value);
        let kind = root.text("type");
        let ours = kind.is_some_and(|kind| kind.starts_with(TYPE_PREFIX));
        let has_data = root.object("data").is_present();
        is_named(envelope, NAME) || (kind.is_some() && has_data && (has_id || ours))
    }

    fn read(&self, envelope: &Envelope, context: &Context) -> Result<Reading, Rejection> {
        if matches!(envelope.payload, Payload::CloudEvents(_)) {
            return CloudEvents.read(envelope, context);
        }
        let value = envelope.json().ok_or(Rejection::UnknownEnvelope)?;
        let root = Fields::of(value);
        let kind = root.required_text("type")?;
        let begins = kind.get(..TYPE_PREFIX.len());
        if !begins.is_some_and(|begins| begins.eq_ignore_ascii_case(TYPE_PREFIX)) {
            return Ok(parts::not_used(NAME, kind));
        }
        let id = IDS
            .iter()
            .find_map(|name| envelope.header(name))
            .filter(|id| !id.trim().is_empty())
            .ok_or_else(|| Rejection::missing("webhook-id"))?;
        let time = parts::time(&root, "timestamp")?.map(|at| at.to_string());
        let event = json!({
            "specversion": "1.0",
            "id": id.trim(),
            "source": NAME,
            "type": kind,
            "time": time,
            "data": root.get("data"),
        });
        cloudevents::read_event(&event, context)
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

/// `v1,` (HMAC with a secret `whsec_…`) under one family of headers.
const fn shared_secret(headers: [&'static str; 3], message: &'static [Part]) -> Scheme {
    Scheme::Signed(Signed {
        algorithm: Algorithm::HmacSha256,
        key: KeyForm::Base64After("whsec_"),
        signature: Place::Header(headers[2]),
        prefix: "v1,",
        separator: Some(' '),
        encoding: Encoding::Base64,
        message,
        stamp: Some(Stamp {
            place: Place::Header(headers[1]),
            form: TimeForm::Seconds,
        }),
    })
}

const MESSAGE: &[Part] = &[
    Part::Value(Place::Header("webhook-id")),
    Part::Text("."),
    Part::Value(Place::Header("webhook-timestamp")),
    Part::Text("."),
    Part::Body,
];

/// The scheme with a shared secret.
pub(crate) const WITH_SECRET: Scheme = shared_secret(
    ["webhook-id", "webhook-timestamp", "webhook-signature"],
    MESSAGE,
);

/// The scheme with a public key, `v1a,` and `whpk_…`.
pub(crate) const WITH_PUBLIC_KEY: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::Ed25519,
    key: KeyForm::Base64After("whpk_"),
    signature: Place::Header("webhook-signature"),
    prefix: "v1a,",
    separator: Some(' '),
    encoding: Encoding::Base64,
    message: MESSAGE,
    stamp: Some(Stamp {
        place: Place::Header("webhook-timestamp"),
        form: TimeForm::Seconds,
    }),
});

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

const ABOUT: About = About {
    title: "Standard Webhooks",
    summary: "Any system that signs by the Standard Webhooks specification and writes Cornerstore's vocabulary.",
    setup: &[
        "Set {url} as the endpoint's address at the sender.",
        "Put the endpoint's secret (whsec_…), or its public key (whpk_…) where it signs with one, into the secret of this \
         source.",
        "Send {\"type\": \"cornerstore.<channel>.<kind>\", \"timestamp\": …, \"data\": {…}}, with the data that \
         docs/cloudevents.md describes. The sender's own key of the conversation is data.interaction.",
    ],
    kinds: &[
        kind("cornerstore.*.*", "invoice-paid.json"),
        kind(
            "cornerstore.* in capitals or misspelled (refused)",
            "bad-unknown-word.json",
        ),
        kind("a CloudEvent", "cloudevent.json"),
        kind("other types (ignored)", "ignored-foreign-type.json"),
    ],
    limits: &[
        "Types that do not begin with cornerstore. are ignored by name.",
        "All senders of one secret share the keys of their interactions; give each sender an account of its own where \
         their keys may be alike.",
        "A body without timestamp is kept without a time: the header's is that of the attempt.",
    ],
    webhook: Some(&Webhook {
        proof: &[
            WITH_SECRET,
            WITH_PUBLIC_KEY,
            shared_secret(
                ["svix-id", "svix-timestamp", "svix-signature"],
                &[
                    Part::Value(Place::Header("svix-id")),
                    Part::Text("."),
                    Part::Value(Place::Header("svix-timestamp")),
                    Part::Text("."),
                    Part::Body,
                ],
            ),
        ],
        headers: &IDS,
        batch: Batch::Whole,
        answer: Answer::Accepted,
        handshake: Handshake::None,
        retries: "The specification asks senders to try again after anything but 2xx, over some days at growing intervals, \
                  with the same webhook-id and a new webhook-timestamp; 410 switches an endpoint off.",
    }),
};
