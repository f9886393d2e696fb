//! Signing as a provider would: for tests, and for the command line.

use std::collections::BTreeMap;

use ring::rand::{SecureRandom, SystemRandom};

use crate::delivery::{Delivery, Secret};
use crate::place::Draft;
use crate::scheme::Scheme;
use crate::{jwt, shown, signed, twilio};

/// Random bytes of an id that is made.
const ID_BYTES: usize = 16;

/// A delivery that is not signed yet.
#[derive(Clone, Copy)]
pub struct Unsigned<'a> {
    /// The URL that it will be sent to, with its query.
    pub url: &'a str,
    /// Headers by name in lower case. What the scheme signs and finds here is used, but for a stale
    /// time, which becomes `now`; what it lacks is made.
    pub headers: &'a BTreeMap<String, String>,
    /// The body's raw bytes.
    pub body: &'a [u8],
    /// Seconds since 1970 on the signer's clock.
    pub now: i64,
}

/// What to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// The URL, perhaps with a hash of the body or a token in its query.
    pub url: String,
    /// All headers, those of the unsigned delivery too.
    pub headers: BTreeMap<String, String>,
    /// The body, perhaps with the signature's fields in it.
    pub body: Vec<u8>,
}

/// Why a delivery cannot be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The secret is none in the scheme's form. A scheme of public keys is signed with the private one: PKCS #8 in PEM
    /// or its base64, or `whsk_` and base64 for Ed25519.
    #[error("the secret is none in the form that the scheme signs with")]
    Key,
    /// The body is none that the scheme can sign.
    #[error("the scheme cannot sign such a body")]
    Body,
    /// The clock's time cannot be written in the scheme's form.
    #[error("the time cannot be written in the scheme's form")]
    Time,
    /// The machine gave no random bytes.
    #[error("the machine gave no random bytes")]
    Random,
}

/// Signs as the provider would.
///
/// # Errors
/// When the secret is none in the scheme's form, or the body none that it can sign.
pub fn sign(scheme: &Scheme, secret: &Secret, unsigned: &Unsigned<'_>) -> Result<Proof, SignError> {
    let mut draft = Draft {
        url: unsigned.url.to_owned(),
        headers: unsigned.headers.clone(),
        body: unsigned.body.to_vec(),
    };
    match scheme {
        Scheme::Signed(scheme) => signed::sign(scheme, secret, &mut draft, unsigned.now)?,
        Scheme::Twilio => twilio::sign(secret, &mut draft)?,
        Scheme::JwtOfBody => jwt::sign(secret, &mut draft, unsigned.now)?,
        Scheme::Shown(ways) => shown::sign(ways, secret, &mut draft)?,
    }
    let Draft { url, headers, body } = draft;
    Ok(Proof { url, headers, body })
}

impl Proof {
    /// The delivery that comes of it, at this second since 1970 on the receiver's clock.
    #[must_use]
    pub fn delivery(&self, now: i64) -> Delivery<'_> {
        Delivery {
            url: &self.url,
            headers: &self.headers,
            body: &self.body,
            now,
        }
    }
}

/// An id that was not there before.
pub(crate) fn random_id() -> Result<String, SignError> {
    let mut bytes = [0; ID_BYTES];
    let random = SystemRandom::new();
    random.fill(&mut bytes).map_err(|_| SignError::Random)?;
    Ok(data_encoding::HEXLOWER.encode(&bytes))
}
