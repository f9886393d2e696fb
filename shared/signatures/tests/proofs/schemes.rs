//! The schemes of real providers, as their sources describe them, and what is tried on all of them.

use signatures::{
    Algorithm, Encoding, KeyForm, Part, Place, Scheme, Secret, Shown, Signed, Stamp, TimeForm,
};

/// An HMAC-SHA256 over the body; the others are told by what differs.
const BODY: Signed = Signed {
    algorithm: Algorithm::HmacSha256,
    key: KeyForm::Text,
    signature: Place::Header("x-hub-signature-256"),
    prefix: "",
    separator: None,
    encoding: Encoding::Hex,
    message: &[Part::Body],
    stamp: None,
};
const fn header(name: &'static str, form: TimeForm) -> Option<Stamp> {
    Some(Stamp {
        place: Place::Header(name),
        form,
        repeated_for_s: 0,
    })
}

pub(crate) const META: Scheme = Scheme::Signed(Signed {
    prefix: "sha256=",
    ..BODY
});
pub(crate) const INTERCOM: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::HmacSha1,
    signature: Place::Header("x-hub-signature"),
    prefix: "sha1=",
    ..BODY
});
pub(crate) const SURVEYMONKEY: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::HmacSha1,
    signature: Place::Header("sm-signature"),
    encoding: Encoding::Base64,
    ..BODY
});
pub(crate) const TYPEFORM: Scheme = Scheme::Signed(Signed {
    signature: Place::Header("typeform-signature"),
    prefix: "sha256=",
    encoding: Encoding::Base64,
    ..BODY
});
pub(crate) const DOCUSIGN: Scheme = Scheme::Signed(Signed {
    signature: Place::Numbered("x-docusign-signature-"),
    encoding: Encoding::Base64,
    ..BODY
});
pub(crate) const STRIPE: Scheme = Scheme::Signed(Signed {
    signature: pair("v1"),
    message: &[Part::Value(pair("t")), Part::Text("."), Part::Body],
    stamp: Some(Stamp {
        place: pair("t"),
        form: TimeForm::Seconds,
        repeated_for_s: 0,
    }),
    ..BODY
});
const fn pair(name: &'static str) -> Place {
    Place::Pair {
        header: "stripe-signature",
        name,
    }
}
const WEBHOOK: Signed = Signed {
    key: KeyForm::Base64After("whsec_"),
    signature: Place::Header("webhook-signature"),
    prefix: "v1,",
    separator: Some(' '),
    encoding: Encoding::Base64,
    message: &[
        Part::Value(Place::Header("webhook-id")),
        Part::Text("."),
        Part::Value(Place::Header("webhook-timestamp")),
        Part::Text("."),
        Part::Body,
    ],
    stamp: header("webhook-timestamp", TimeForm::Seconds),
    ..BODY
};
pub(crate) const STANDARD: Scheme = Scheme::Signed(WEBHOOK);
pub(crate) const STANDARD_ED25519: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::Ed25519,
    key: KeyForm::Base64After("whpk_"),
    prefix: "v1a,",
    ..WEBHOOK
});
pub(crate) const ZENDESK: Scheme = Scheme::Signed(Signed {
    signature: Place::Header("x-zendesk-webhook-signature"),
    encoding: Encoding::Base64,
    message: &[
        Part::Value(Place::Header("x-zendesk-webhook-signature-timestamp")),
        Part::Body,
    ],
    stamp: header("x-zendesk-webhook-signature-timestamp", TimeForm::Rfc3339),
    ..BODY
});
pub(crate) const CRISP: Scheme = Scheme::Signed(Signed {
    signature: Place::Header("x-crisp-signature"),
    message: &[
        Part::Text("["),
        Part::Value(Place::Header("x-crisp-request-timestamp")),
        Part::Text(";"),
        Part::Body,
        Part::Text("]"),
    ],
    stamp: header("x-crisp-request-timestamp", TimeForm::Millis),
    ..BODY
});
pub(crate) const CHATWOOT: Scheme = Scheme::Signed(Signed {
    signature: Place::Header("x-chatwoot-signature"),
    prefix: "sha256=",
    message: &[
        Part::Value(Place::Header("x-chatwoot-timestamp")),
        Part::Text("."),
        Part::Body,
    ],
    stamp: header("x-chatwoot-timestamp", TimeForm::Seconds),
    ..BODY
});
pub(crate) const MAILGUN: Scheme = Scheme::Signed(Signed {
    signature: Place::Body(&["signature", "signature"]),
    message: &[
        Part::Value(Place::Body(&["signature", "timestamp"])),
        Part::Value(Place::Body(&["signature", "token"])),
    ],
    stamp: Some(Stamp {
        place: Place::Body(&["signature", "timestamp"]),
        form: TimeForm::Seconds,
        repeated_for_s: 28_800,
    }),
    ..BODY
});
pub(crate) const SENDGRID: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::EcdsaP256,
    key: KeyForm::PublicKey,
    signature: Place::Header("x-twilio-email-event-webhook-signature"),
    encoding: Encoding::Base64,
    message: &[
        Part::Value(Place::Header("x-twilio-email-event-webhook-timestamp")),
        Part::Body,
    ],
    stamp: header("x-twilio-email-event-webhook-timestamp", TimeForm::Seconds),
    ..BODY
});
pub(crate) const SIPGATE: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::RsaSha256,
    key: KeyForm::PublicKey,
    signature: Place::Header("x-sipgate-signature"),
    encoding: Encoding::Base64,
    ..BODY
});
pub(crate) const ED25519: Scheme = Scheme::Signed(Signed {
    algorithm: Algorithm::Ed25519,
    key: KeyForm::PublicKey,
    signature: Place::Header("x-signature-ed25519"),
    encoding: Encoding::Base64,
    ..BODY
});
pub(crate) const PLIVO: Scheme = Scheme::Signed(Signed {
    signature: Place::Header("x-plivo-signature-v3"),
    separator: Some(','),
    encoding: Encoding::Base64,
    message: &[
        Part::UrlAndForm,
        Part::AfterLastDot(Place::Header("x-plivo-signature-v3-nonce")),
    ],
    ..BODY
});

pub(crate) const RSA: &str = include_str!("../keys/rsa.pub");
pub(crate) const RSA_PRIVATE: &str = include_str!("../keys/rsa.pem");
pub(crate) const ECDSA: &str = include_str!("../keys/ecdsa.pub");
pub(crate) const ECDSA_PRIVATE: &str = include_str!("../keys/ecdsa.pem");
pub(crate) const ED25519_PUBLIC: &str = include_str!("../keys/ed25519.pub");
pub(crate) const ED25519_PRIVATE: &str = include_str!("../keys/ed25519.pem");
/// The last 32 bytes of `ed25519.pub`.
pub(crate) const WHPK: &str = "whpk_MRWtizDPykXNDCsK+qSvRtrpB7ag71VY+IrBct6qJdY=";
const TEXT: &str = "tell nobody";
const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A scheme under trial.
pub(crate) struct Trial {
    pub(crate) name: &'static str,
    pub(crate) scheme: Scheme,
    verifier: &'static str,
    signer: &'static str,
    /// Whether the body is signed.
    pub(crate) has_body: bool,
    /// Whether the URL's part before the query is signed.
    pub(crate) has_url: bool,
    /// A body that the scheme can sign.
    pub(crate) body: &'static [u8],
}

impl Trial {
    pub(crate) fn verifier(&self) -> Secret {
        Secret::new(self.verifier)
    }

    pub(crate) fn signer(&self) -> Secret {
        Secret::new(self.signer)
    }

    /// The headers that the scheme reads beside what `sign` makes: none that a bit may change.
    pub(crate) fn stamp(&self) -> Option<Stamp> {
        match self.scheme {
            Scheme::Signed(signed) => signed.stamp,
            Scheme::Twilio | Scheme::JwtOfBody | Scheme::Shown(_) => None,
        }
    }

    const fn new(name: &'static str, scheme: Scheme) -> Self {
        Self {
            name,
            scheme,
            verifier: TEXT,
            signer: TEXT,
            has_body: true,
            has_url: false,
            body: b"a=b&c=%20",
        }
    }

    const fn keys(self, verifier: &'static str, signer: &'static str) -> Self {
        Self {
            verifier,
            signer,
            ..self
        }
    }

    const fn unsigned_body(self, body: &'static [u8]) -> Self {
        Self {
            has_body: false,
            body,
            ..self
        }
    }

    const fn signed_url(self) -> Self {
        Self {
            has_url: true,
            ..self
        }
    }
}

/// All of them.
pub(crate) const ALL: &[Trial] = &[
    Trial::new("meta", META),
    Trial::new("intercom", INTERCOM),
    Trial::new("surveymonkey", SURVEYMONKEY),
    Trial::new("typeform", TYPEFORM),
    Trial::new("docusign", DOCUSIGN),
    Trial::new("stripe", STRIPE),
    Trial::new("standard", STANDARD).keys(WHSEC, WHSEC),
    Trial::new("standard ed25519", STANDARD_ED25519).keys(WHPK, ED25519_PRIVATE),
    Trial::new("zendesk", ZENDESK),
    Trial::new("crisp", CRISP),
    Trial::new("chatwoot", CHATWOOT),
    Trial::new("mailgun form", MAILGUN).unsigned_body(b"from=ada%40example.com"),
    Trial::new("mailgun json", MAILGUN).unsigned_body(br#"{"event-data":{}}"#),
    Trial::new("sendgrid", SENDGRID).keys(ECDSA, ECDSA_PRIVATE),
    Trial::new("sipgate", SIPGATE).keys(RSA, RSA_PRIVATE),
    Trial::new("ed25519", ED25519).keys(ED25519_PUBLIC, ED25519_PRIVATE),
    Trial::new("plivo form", PLIVO).signed_url(),
    Trial::new("twilio form", Scheme::Twilio).signed_url(),
    Trial {
        body: br#"{"a": "b"}"#,
        ..Trial::new("twilio json", Scheme::Twilio).signed_url()
    },
    Trial::new("jwt", Scheme::JwtOfBody),
    Trial::new("bearer", Scheme::Shown(&[Shown::Bearer])).unsigned_body(b"x"),
    Trial::new("basic password", Scheme::Shown(&[Shown::Basic])).unsigned_body(b"x"),
    Trial::new("basic", Scheme::Shown(&[Shown::Basic]))
        .keys("ada:tell:nobody", "ada:tell:nobody")
        .unsigned_body(b"x"),
    Trial::new("header", Scheme::Shown(&[Shown::Header("x-token")])).unsigned_body(b"x"),
    Trial::new("query", Scheme::Shown(&[Shown::Query("token")]))
        .keys("a+b c%20&=ä", "a+b c%20&=ä")
        .unsigned_body(b"x"),
    Trial::new(
        "each item",
        Scheme::Shown(&[Shown::EachItem("value", "clientState")]),
    )
    .unsigned_body(br#"{"value":[{"id":1},{"id":2}]}"#),
];
