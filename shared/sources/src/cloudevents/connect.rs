//! What there is to know of CloudEvents beside their vocabulary: how a system is connected.

use signatures::{Scheme, Shown};

use crate::about::{About, Answer, Batch, Handshake, Kind, Webhook};
use crate::journeys::standard_webhooks::{WITH_PUBLIC_KEY, WITH_SECRET};

const fn kind(name: &'static str, fixture: &'static str) -> Kind {
    Kind { name, fixture }
}

pub(super) const ABOUT: About = About {
    title: "CloudEvents",
    summary: "Any system that can write its own JSON: events of every channel in Cornerstore's vocabulary.",
    setup: &[
        "Send CloudEvents 1.0 of the types in docs/cloudevents.md to {url}: structured (application/cloudevents+json), as \
         a batch (application/cloudevents-batch+json), or, with a token only, binary (ce-* headers and the data as the \
         body).",
        "Sign each request by Standard Webhooks with a secret whsec_…, or show a token as Authorization: Bearer, or as the \
         query parameter token where a sender can set no header.",
        "Put the secret or token into the secret of this source. Inside AWS, write to one of the queues instead.",
    ],
    kinds: &[
        kind("cornerstore.*.started", "says-started.json"),
        kind("cornerstore.*.queued", "says-queued.json"),
        kind("cornerstore.*.answered", "says-answered.json"),
        kind("cornerstore.*.held", "says-held.json"),
        kind("cornerstore.*.resumed", "says-resumed.json"),
        kind("cornerstore.*.ended", "says-ended.json"),
        kind("cornerstore.*.record", "says-record.json"),
        kind("cornerstore.*.message", "says-message.json"),
        kind("cornerstore.*.mail", "says-mail.json"),
        kind("cornerstore.*.bounced", "says-bounced.json"),
        kind("cornerstore.*.reached", "says-reached.json"),
        kind("cornerstore.*.status", "says-status.json"),
        kind("cornerstore.*.viewed", "says-viewed.json"),
        kind("cornerstore.*.acted", "says-acted.json"),
        kind("cornerstore.*.sent", "says-sent.json"),
        kind("cornerstore.*.signed", "says-signed.json"),
        kind("cornerstore.*.paid", "says-paid.json"),
        kind("cornerstore.*.failed", "says-failed.json"),
        kind("cornerstore.*.declined", "says-declined.json"),
        kind("cornerstore.*.voided", "says-voided.json"),
        kind("cornerstore.*.refunded", "says-refunded.json"),
        kind("cornerstore.*.disputed", "says-disputed.json"),
        kind("cornerstore.*.scored", "says-scored.json"),
        kind("cornerstore.*.wrap_up", "says-wrap_up.json"),
        kind("cornerstore.*.note", "says-note.json"),
        kind("cornerstore.*.updated", "says-updated.json"),
        kind("several in an array", "array.json"),
        kind("types of others (ignored)", "wider-foreign.json"),
    ],
    limits: &[
        "An event is known by its source and id: the same again is a duplicate, other content under the same id is refused \
         as a conflict and the first stays.",
        "An array holds at most 500 events. A bad one does not hold up the others.",
        "A signed event in binary mode is refused with 503 until its sender writes structured ones: no signature covers \
         the ce-* headers, and whoever sees such a request could send it again as another customer's.",
        "Data that is not JSON is refused. Avro and Protobuf are not read.",
        "A token proves who knows it, and nothing of the body. Prefer the signature; a token in an address is written into \
         logs on the way.",
    ],
    webhook: Some(&Webhook {
        proof: &[
            WITH_SECRET,
            WITH_PUBLIC_KEY,
            Scheme::Shown(&[Shown::Bearer, Shown::Query("token")]),
        ],
        headers: &[],
        batch: Batch::List,
        answer: Answer::Accepted,
        handshake: Handshake::None,
        retries: "That is the sender's own affair. 202 says that all events are in the queue; after 5xx, 429 or a time-out \
                  send the whole request again: what has arrived is not kept twice.",
    }),
};
