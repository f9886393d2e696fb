//! Deliveries that anybody may have written, whose proof nobody could make without the secret.

use std::collections::BTreeMap;

use signatures::{
    Algorithm, Delivery, Encoding, KeyForm, Part, Place, Refusal, Scheme, Secret, Shown, Signed,
    Stamp, TimeForm, Unsigned,
};

use crate::input::split_at;

/// Headers in which some scheme looks; an input fills them in this order.
const HEADERS: [&str; 6] = [
    "authorization",
    "x-signature",
    "x-stamp",
    "x-id",
    "x-twilio-signature",
    "x-1",
];

/// The schemes of one kind, and what proves them.
#[derive(Debug, Clone, Copy)]
pub struct Proofs {
    /// The target's name.
    pub name: &'static str,
    schemes: &'static [Scheme],
    secret: &'static str,
}

const SHARED: &str = "p3v8Jw0hQm5sYt2nRb7kXc1dLf9gZa4uEo6iTq";

impl Proofs {
    /// HMACs over body, time, id and URL, in each place and form.
    pub const HMAC: Self = Self {
        name: "proof-hmac",
        schemes: &[
            Scheme::Signed(BASE),
            Scheme::Signed(Signed {
                algorithm: Algorithm::HmacSha1,
                key: KeyForm::Base64After("whsec_"),
                prefix: "v1,",
                separator: Some(' '),
                encoding: Encoding::Base64,
                message: &[
                    Part::Value(ID),
                    Part::Text("."),
                    Part::Value(STAMP),
                    Part::Body,
                ],
                stamp: stamp(STAMP, TimeForm::Seconds),
                ..BASE
            }),
            Scheme::Signed(Signed {
                signature: pair("v1"),
                message: &[Part::Value(pair("t")), Part::Text("."), Part::Body],
                stamp: stamp(pair("t"), TimeForm::Millis),
                ..BASE
            }),
            Scheme::Signed(Signed {
                signature: Place::Body(&["signature", "signature"]),
                message: &[
                    Part::Value(Place::Body(&["signature", "timestamp"])),
                    Part::Value(Place::Body(&["signature", "token"])),
                ],
                stamp: stamp(Place::Body(&["signature", "timestamp"]), TimeForm::Rfc3339),
                ..BASE
            }),
            Scheme::Signed(Signed {
                signature: Place::Numbered("x-"),
                message: &[Part::UrlAndForm, Part::AfterLastDot(ID)],
                ..BASE
            }),
        ],
        secret: SHARED,
    };
    /// RSA, ECDSA and Ed25519. Of a pair only the public half is known here.
    pub const PUBLIC_KEY: Self = Self {
        name: "proof-public-key",
        schemes: &[
            public(Algorithm::RsaSha256),
            public(Algorithm::EcdsaP256),
            public(Algorithm::Ed25519),
        ],
        secret: "",
    };
    /// Twilio's own.
    pub const TWILIO: Self = Self {
        name: "proof-twilio",
        schemes: &[Scheme::Twilio],
        secret: SHARED,
    };
    /// Tokens with the body's hash.
    pub const JWT: Self = Self {
        name: "proof-jwt",
        schemes: &[Scheme::JwtOfBody],
        secret: SHARED,
    };
    /// Secrets that are shown.
    pub const SHOWN: Self = Self {
        name: "proof-shown",
        schemes: &[
            Scheme::Shown(&[Shown::Bearer]),
            Scheme::Shown(&[Shown::Basic]),
            Scheme::Shown(&[Shown::Header("x-id")]),
            Scheme::Shown(&[Shown::Query("token")]),
            Scheme::Shown(&[Shown::EachItem("value", "clientState")]),
        ],
        secret: SHARED,
    };
}

const ID: Place = Place::Header("x-id");
const STAMP: Place = Place::Header("x-stamp");
const BASE: Signed = Signed {
    algorithm: Algorithm::HmacSha256,
    key: KeyForm::Text,
    signature: Place::Header("x-signature"),
    prefix: "sha256=",
    separator: None,
    encoding: Encoding::Hex,
    message: &[Part::Body],
    stamp: None,
};

const fn pair(name: &'static str) -> Place {
    let header = "x-signature";
    Place::Pair { header, name }
}

const fn stamp(place: Place, form: TimeForm) -> Option<Stamp> {
    Some(Stamp {
        place,
        form,
        repeated_for_s: 0,
    })
}

const fn public(algorithm: Algorithm) -> Scheme {
    Scheme::Signed(Signed {
        algorithm,
        key: KeyForm::PublicKey,
        prefix: "",
        encoding: Encoding::Base64,
        message: &[Part::Value(STAMP), Part::Body],
        stamp: stamp(STAMP, TimeForm::Seconds),
        ..BASE
    })
}

/// Takes an input for a delivery, which no scheme may believe; signs its body, which its scheme has to believe.
///
/// # Panics
/// When it is otherwise.
pub fn prove(proofs: &Proofs, input: &[u8]) {
    let mut rest = input;
    let mut next = || {
        let (line, others) = split_at(b'\n', rest).unwrap_or((&[], rest));
        rest = others;
        String::from_utf8_lossy(line).into_owned()
    };
    let now = next().parse().unwrap_or_default();
    let url = next();
    let mut headers = BTreeMap::new();
    for name in HEADERS {
        headers.insert(name.to_owned(), next());
    }
    let delivery = Delivery {
        url: &url,
        headers: &headers,
        body: rest,
        now,
    };
    let public_keys = [
        include_str!("../../shared/signatures/tests/keys/rsa.pub"),
        include_str!("../../shared/signatures/tests/keys/ecdsa.pub"),
        include_str!("../../shared/signatures/tests/keys/ed25519.pub"),
    ];
    let secrets: Vec<Secret> = match proofs.secret {
        "" => public_keys.into_iter().map(Secret::new).collect(),
        secret => vec![Secret::new(secret)],
    };
    for scheme in proofs.schemes {
        let verdict = signatures::verify(std::slice::from_ref(scheme), &secrets, &delivery);
        assert!(verdict.is_err(), "{scheme:?} believes a forgery");
        // What is configured comes from people: any text has to be read without harm.
        let strange = Secret::new(delivery.headers["x-id"].as_str());
        let _ = signatures::verify(std::slice::from_ref(scheme), &[strange], &delivery);
        believes_its_own(scheme, &secrets, &delivery);
    }
}

fn believes_its_own(scheme: &Scheme, secrets: &[Secret], delivery: &Delivery<'_>) {
    let unsigned = Unsigned {
        url: "https://hooks.example.com/v1/webhooks/acme?site=1",
        headers: &BTreeMap::new(),
        body: delivery.body,
        now: delivery.now,
    };
    if let Ok(proof) = signatures::sign(scheme, &secrets[0], &unsigned) {
        let verdict = signatures::verify(
            std::slice::from_ref(scheme),
            secrets,
            &proof.delivery(delivery.now),
        );
        // A body that brings a time of its own keeps it, and is then signed at that time.
        let brings_its_time = verdict != Err(Refusal::Wrong) && is_in_body(scheme);
        assert!(
            verdict.is_ok() || brings_its_time,
            "{scheme:?} refuses its own signature: {verdict:?}"
        );
    }
}

fn is_in_body(scheme: &Scheme) -> bool {
    matches!(scheme, Scheme::Signed(signed) if matches!(signed.signature, Place::Body(_)))
}
