//! Invented systems, one for each way of proving, answering and sending several events.

use signatures::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Shown, Signed, Stamp, TimeForm,
};
use sources::{
    About, Answer, Batch, Context, Envelope, Handshake, Reading, Rejection, Source, Webhook,
};

/// A system that nobody has.
struct Sample {
    name: &'static str,
    queue: &'static str,
    about: &'static About,
}

impl Source for Sample {
    fn name(&self) -> &'static str {
        self.name
    }

    fn recognises(&self, _: &Envelope) -> bool {
        true
    }

    fn read(&self, _: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        Ok(Reading::default())
    }

    fn about(&self) -> &'static About {
        self.about
    }
}

/// HMAC over time and body, as Stripe's.
pub(crate) const STAMPED: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::HmacSha256,
    key: KeyForm::Text,
    signature: Place::Pair {
        header: "x-sample-signature",
        name: "v1",
    },
    prefix: "",
    separator: None,
    encoding: Encoding::Hex,
    message: &[
        Part::Value(Place::Pair {
            header: "x-sample-signature",
            name: "t",
        }),
        Part::Text("."),
        Part::Body,
    ],
    stamp: Some(Stamp {
        place: Place::Pair {
            header: "x-sample-signature",
            name: "t",
        },
        form: TimeForm::Seconds,
    }),
});

/// HMAC over the body alone.
pub(crate) const SIGNED: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::HmacSha256,
    key: KeyForm::Text,
    signature: Place::Header("x-hub-signature-256"),
    prefix: "sha256=",
    separator: None,
    encoding: Encoding::Hex,
    message: &[Part::Body],
    stamp: None,
});

/// HMAC over a header and the body.
const IDENTIFIED: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::HmacSha256,
    key: KeyForm::Text,
    signature: Place::Header("x-hub-signature-256"),
    prefix: "",
    separator: None,
    encoding: Encoding::Hex,
    message: &[Part::Value(Place::Header("x-kept")), Part::Body],
    stamp: None,
});

const PLAIN: Webhook = Webhook {
    proof: &[SIGNED],
    headers: &["x-kept", "x-also-kept"],
    batch: Batch::Whole,
    answer: Answer::Accepted,
    handshake: Handshake::None,
    retries: "",
};

const fn about(webhook: &'static Webhook) -> About {
    About {
        webhook: Some(webhook),
        ..UNREACHABLE
    }
}

/// A system whose deliveries come another way.
const UNREACHABLE: About = About {
    title: "Sample",
    summary: "A system that nobody has.",
    setup: &[],
    kinds: &[],
    limits: &[],
    webhook: None,
};

static SAMPLES: [Sample; 11] = [
    Sample {
        name: "stamped",
        queue: "journey-events",
        about: &about(&Webhook {
            proof: &[STAMPED],
            ..PLAIN
        }),
    },
    Sample {
        name: "plain",
        queue: "chat-events",
        about: &about(&PLAIN),
    },
    Sample {
        name: "identified",
        queue: "chat-events",
        about: &about(&Webhook {
            proof: &[IDENTIFIED],
            ..PLAIN
        }),
    },
    Sample {
        name: "listed",
        queue: "email-events",
        about: &about(&Webhook {
            batch: Batch::List,
            answer: Answer::Ok,
            ..PLAIN
        }),
    },
    Sample {
        name: "nested",
        queue: "chat-events",
        about: &about(&Webhook {
            batch: Batch::Nested {
                outer: "entry",
                inner: "changes",
            },
            handshake: Handshake::HubChallenge,
            ..PLAIN
        }),
    },
    Sample {
        name: "graph",
        queue: "email-events",
        about: &about(&Webhook {
            proof: &[Scheme::Shown(&[Shown::EachItem("value", "clientState")])],
            batch: Batch::Within("value"),
            handshake: Handshake::ValidationToken,
            ..PLAIN
        }),
    },
    Sample {
        name: "twiml",
        queue: "call-events",
        about: &about(&Webhook {
            proof: &[Scheme::Twilio],
            answer: Answer::TwiMl,
            ..PLAIN
        }),
    },
    Sample {
        name: "sipgate",
        queue: "call-events",
        about: &about(&Webhook {
            proof: &[Scheme::Shown(&[Shown::Query("token")])],
            answer: Answer::Sipgate,
            ..PLAIN
        }),
    },
    Sample {
        name: "basic",
        queue: "email-events",
        about: &about(&Webhook {
            proof: &[Scheme::Shown(&[Shown::Basic])],
            ..PLAIN
        }),
    },
    Sample {
        name: "cloudevents",
        queue: "journey-events",
        about: &about(&Webhook {
            proof: &[Scheme::Shown(&[Shown::Bearer]), SIGNED],
            batch: Batch::List,
            ..PLAIN
        }),
    },
    Sample {
        name: "unreachable",
        queue: "call-events",
        about: &UNREACHABLE,
    },
];

/// The registry of these systems.
pub(crate) fn find(name: &str) -> Option<(&'static str, &'static dyn Source)> {
    let sample = SAMPLES.iter().find(|sample| sample.name == name)?;
    Some((sample.queue, sample))
}

/// The schemes of a system.
pub(crate) fn proof(name: &str) -> &'static [Scheme] {
    let (_, source) = find(name).unwrap();
    source.about().webhook.unwrap().proof
}
