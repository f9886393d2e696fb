//! How a provider proves that a delivery is its own, as data.

/// One way of proving. All of a provider's ways are tried; one that holds is enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// A signature over parts of the delivery: HMAC, RSA, ECDSA or Ed25519.
    Signed(Signed),
    /// Twilio's: HMAC-SHA1 over the URL and the form's sorted fields, or over the URL with the body's SHA-256 in it.
    Twilio,
    /// A JSON Web Token (HS256) in `Authorization: Bearer`, whose claim `payload_hash` is the body's SHA-256 in hex.
    /// Source: Vonage's signed webhooks.
    JwtOfBody,
    /// A secret that is shown with each delivery. It proves who knows it, and nothing of the body.
    Shown(&'static [Shown]),
}

impl Scheme {
    /// Whether this header's value is the sender's own when the scheme holds. A signature vouches for the headers that
    /// are a part of its message; whoever sees such a delivery can send it again with others. Who shows the secret could
    /// have sent any.
    ///
    /// ```
    /// use signatures::{Scheme, Shown};
    ///
    /// assert!(Scheme::Shown(&[Shown::Bearer]).vouches_for("ce-id"));
    /// assert!(!Scheme::Twilio.vouches_for("ce-id"));
    /// ```
    #[must_use]
    pub fn vouches_for(&self, header: &str) -> bool {
        match self {
            Self::Signed(signed) => signed.message.iter().any(|part| match part {
                Part::Value(Place::Header(name)) | Part::AfterLastDot(Place::Header(name)) => {
                    *name == header
                }
                // Of these a part of the header is signed, or another header that begins alike.
                Part::Value(Place::Pair { .. } | Place::Numbered(_) | Place::Body(_))
                | Part::AfterLastDot(Place::Pair { .. } | Place::Numbered(_) | Place::Body(_))
                | Part::Body
                | Part::Text(_)
                | Part::UrlAndForm => false,
            }),
            Self::Twilio | Self::JwtOfBody => false,
            Self::Shown(_) => true,
        }
    }
}

/// A signature over parts of the delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    /// How it is made.
    pub algorithm: Algorithm,
    /// How the secret or public key is written.
    pub key: KeyForm,
    /// Where it stands. A place may hold several, of which one has to fit.
    pub signature: Place,
    /// What stands before each signature, such as `sha256=` or `v1,`; others are passed over.
    pub prefix: &'static str,
    /// What separates several signatures in one place; `None` when there is only one.
    pub separator: Option<char>,
    /// How its bytes are written.
    pub encoding: Encoding,
    /// What is signed, in this order.
    pub message: &'static [Part],
    /// When it was signed, where the scheme says so.
    pub stamp: Option<Stamp>,
}

/// How a signature is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// HMAC with SHA-1.
    HmacSha1,
    /// HMAC with SHA-256.
    HmacSha256,
    /// RSA PKCS #1 v1.5 with SHA-256; keys of 2048 to 8192 bits.
    RsaSha256,
    /// ECDSA on P-256 with SHA-256, DER.
    EcdsaP256,
    /// Ed25519.
    Ed25519,
}

/// How a secret or public key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyForm {
    /// The secret's own bytes.
    Text,
    /// Base64, padded or not, behind a prefix such as `whsec_` or `whpk_`. A shared secret may lack the prefix. A public
    /// key may not: it holds the algorithm's raw key, and nothing else would tell it from a secret.
    Base64After(&'static str),
    /// A public key: PEM, or the base64 inside it (SubjectPublicKeyInfo).
    PublicKey,
}

/// How a signature's bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// In hexadecimal digits of either case.
    Hex,
    /// In base64 of the standard alphabet, padded.
    Base64,
}

/// Where a value stands in a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a header; its name in lower case.
    Header(&'static str),
    /// In a header of pairs, such as `t=1,v1=ab,v1=cd`: the values of one name.
    Pair {
        /// The header's name in lower case.
        header: &'static str,
        /// The pair's name.
        name: &'static str,
    },
    /// In numbered headers: this name with 1, 2, 3 … behind it.
    Numbered(&'static str),
    /// In the body: the path's fields in JSON; in a form of either kind, the field of the path's last name.
    Body(&'static [&'static str]),
}

/// A part of what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The body's raw bytes.
    Body,
    /// A constant.
    Text(&'static str),
    /// A value that stands in the delivery.
    Value(Place),
    /// The URL that was called, its query sorted by name and value and decoded; then the form's fields, sorted and
    /// decoded too, names and values with nothing between. A `?` stands behind the address when there is a query or a
    /// form, and a `.` between the two when there are both. The body always counts as a form. Source: Plivo's third version.
    UrlAndForm,
    /// A dot, and a value that stands in the delivery and has no dot in it. What stands before it ends at the last dot;
    /// a value with dots could be cut out of what was signed before it.
    AfterLastDot(Place),
}

/// When a delivery was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Where it stands.
    pub place: Place,
    /// How it is written.
    pub form: TimeForm,
    /// For how many seconds the provider may repeat one signature with its retries: so much older than clocks go wrong it
    /// may be. 0 where each try is signed anew.
    pub repeated_for_s: u32,
}

/// How a time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeForm {
    /// Seconds since 1970.
    Seconds,
    /// Milliseconds since 1970; a number below 10^11 counts as seconds.
    Millis,
    /// RFC 3339.
    Rfc3339,
}

/// Where a secret is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// `Authorization: Bearer <secret>`.
    Bearer,
    /// `Authorization: Basic`: the whole `user:password`, or its password where the secret has no colon.
    Basic,
    /// In a header of its own; its name in lower case.
    Header(&'static str),
    /// In the query parameter of this name.
    Query(&'static str),
    /// In this field of each object of a list in a JSON body: the list's name, the field's name.
    EachItem(&'static str, &'static str),
}
