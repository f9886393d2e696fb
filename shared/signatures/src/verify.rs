//! Whether a delivery is what it says.

use crate::delivery::{Delivery, Secret};
use crate::scheme::Scheme;
use crate::{jwt, shown, signed, twilio};

/// Most secrets that are tried; more are left alone.
pub const MAX_SECRETS: usize = 8;
/// Most schemes that are tried; more are left alone.
pub const MAX_SCHEMES: usize = 8;

/// Why a delivery is not believed. Of several schemes' reasons the last in this order is given, since it came furthest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Refusal {
    /// There is no secret, or none that the scheme can use.
    #[error("there is no secret that could prove it")]
    NoSecret,
    /// It lacks a signature, or what is signed with it.
    #[error("it is not signed")]
    Unsigned,
    /// What proves it is not written as its scheme says, or is too long.
    #[error("its signature cannot be read")]
    Malformed,
    /// It was signed with another secret, or is not what was signed.
    #[error("its signature is not of this delivery")]
    Wrong,
    /// Its signature is good, and too old or ahead of the clock.
    #[error("it was signed at another time")]
    Stale,
}

impl Refusal {
    /// Its name in logs and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSecret => "no_secret",
            Self::Unsigned => "unsigned",
            Self::Malformed => "malformed",
            Self::Wrong => "wrong",
            Self::Stale => "stale",
        }
    }
}

/// The first of the schemes that holds with one of the secrets: what it has not signed is still anybody's
/// ([`Scheme::vouches_for`]). Each comparison takes constant time.
///
/// # Errors
/// When none holds. A delivery that is refused was not sent by who knows the secret, or not now, or the configured
/// secrets are not the provider's.
pub fn verify<'a>(
    proof: &'a [Scheme],
    secrets: &[Secret],
    delivery: &Delivery<'_>,
) -> Result<&'a Scheme, Refusal> {
    let secrets = secrets.get(..MAX_SECRETS).unwrap_or(secrets);
    let mut refusal = Refusal::NoSecret;
    for scheme in proof.iter().take(MAX_SCHEMES) {
        let verdict = match scheme {
            Scheme::Signed(signed) => signed::verify(signed, secrets, delivery),
            Scheme::Twilio => twilio::verify(secrets, delivery),
            Scheme::JwtOfBody => jwt::verify(secrets, delivery),
            Scheme::Shown(ways) => shown::verify(ways, secrets, delivery),
        };
        match verdict {
            Ok(()) => return Ok(scheme),
            Err(why) => refusal = refusal.max(why),
        }
    }
    Err(refusal)
}
