//! Secrets as keys. What is a public key never serves as a shared secret: everybody may know it.

use std::borrow::Cow;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use ring::signature::{EcdsaKeyPair, Ed25519KeyPair, RsaKeyPair};
use ring::{hmac, rand, signature};

use crate::delivery::Secret;
use crate::der;
use crate::scheme::{Algorithm, KeyForm};

/// Longest key in any form: a private RSA key of 8192 bits takes about 6.5 KB in PEM.
const MAX_KEY_BYTES: usize = 16 * 1024;
/// What stands before the keys of Standard Webhooks that are not symmetric.
const PUBLIC_PREFIX: &str = "whpk_";
const PRIVATE_PREFIX: &str = "whsk_";
const ED25519_SEED_BYTES: usize = 32;

/// Base64 of the standard alphabet, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The text of a secret that both sides share; `None` when it is a key of a pair.
pub(crate) fn shared(secret: &Secret) -> Option<&str> {
    let text = secret.expose();
    let is_of_a_pair = text.contains("-----BEGIN ")
        || [PUBLIC_PREFIX, PRIVATE_PREFIX]
            .iter()
            .any(|prefix| text.trim().starts_with(prefix))
        || base64(text.trim()).is_some_and(|key| der::public_key(&key).is_some());
    (!text.trim().is_empty() && !is_of_a_pair).then_some(text)
}

/// The key of an HMAC; `None` when the secret is none in this form, or the algorithm is another.
pub(crate) fn hmac(secret: &Secret, form: KeyForm, algorithm: Algorithm) -> Option<hmac::Key> {
    let algorithm = match algorithm {
        Algorithm::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        Algorithm::HmacSha256 => hmac::HMAC_SHA256,
        Algorithm::RsaSha256 | Algorithm::EcdsaP256 | Algorithm::Ed25519 => return None,
    };
    let text = shared(secret)?;
    let key = match form {
        KeyForm::Text => Cow::Borrowed(text.as_bytes()),
        KeyForm::Base64After(prefix) => {
            let text = text.trim();
            Cow::Owned(base64(text.strip_prefix(prefix).unwrap_or(text))?)
        }
        KeyForm::PublicKey => return None,
    };
    (!key.is_empty()).then(|| hmac::Key::new(algorithm, &key))
}

/// A public key; `None` when the secret is none in this form and for this algorithm.
pub(crate) fn public(
    secret: &Secret,
    form: KeyForm,
    algorithm: Algorithm,
) -> Option<signature::UnparsedPublicKey<Vec<u8>>> {
    let how: &'static dyn signature::VerificationAlgorithm = match algorithm {
        Algorithm::HmacSha1 | Algorithm::HmacSha256 => return None,
        Algorithm::RsaSha256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::EcdsaP256 => &signature::ECDSA_P256_SHA256_ASN1,
        Algorithm::Ed25519 => &signature::ED25519,
    };
    let text = secret.expose().trim();
    let key = match form {
        KeyForm::Text => return None,
        KeyForm::Base64After(prefix) => base64(text.strip_prefix(prefix)?)?,
        KeyForm::PublicKey => {
            let der = unwrapped(text, "PUBLIC KEY")?;
            let (kind, key) = der::public_key(&der)?;
            (kind == algorithm).then(|| key.to_vec())?
        }
    };
    Some(signature::UnparsedPublicKey::new(how, key))
}

/// A private key that signs.
pub(crate) enum Private {
    Rsa(Box<RsaKeyPair>),
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Private {
    /// PKCS #8 in PEM or the base64 inside it; for Ed25519 also `whsk_` and the base64 of the seed, with the public key
    /// behind it or without.
    pub(crate) fn read(secret: &Secret, algorithm: Algorithm) -> Option<Self> {
        let text = secret.expose().trim();
        if let (Algorithm::Ed25519, Some(text)) = (algorithm, text.strip_prefix(PRIVATE_PREFIX)) {
            let key = base64(text)?;
            let (seed, public) = key.split_at_checked(ED25519_SEED_BYTES)?;
            let pair = match public {
                [] => Ed25519KeyPair::from_seed_unchecked(seed),
                public => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            };
            return pair.ok().map(Self::Ed25519);
        }
        let der = unwrapped(text, "PRIVATE KEY")?;
        match algorithm {
            Algorithm::HmacSha1 | Algorithm::HmacSha256 => None,
            Algorithm::RsaSha256 => {
                let pair = RsaKeyPair::from_pkcs8(&der).ok()?;
                Some(Self::Rsa(Box::new(pair)))
            }
            Algorithm::EcdsaP256 => {
                let how = &signature::ECDSA_P256_SHA256_ASN1_SIGNING;
                let pair = EcdsaKeyPair::from_pkcs8(how, &der, &rand::SystemRandom::new());
                pair.ok().map(Self::Ecdsa)
            }
            // OpenSSL leaves the public key out, which the strict reader wants.
            Algorithm::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der);
                pair.ok().map(Self::Ed25519)
            }
        }
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let random = rand::SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut tag = vec![0; pair.public().modulus_len()];
                let how = &signature::RSA_PKCS1_SHA256;
                pair.sign(how, &random, message, &mut tag).ok()?;
                Some(tag)
            }
            Self::Ecdsa(pair) => Some(pair.sign(&random, message).ok()?.as_ref().to_vec()),
            Self::Ed25519(pair) => Some(pair.sign(message).as_ref().to_vec()),
        }
    }
}

/// The bytes of a key in PEM under this label, or of the base64 that would stand there. Line ends may have become `\n`
/// in two characters, as in files of settings.
fn unwrapped(text: &str, label: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_KEY_BYTES {
        return None;
    }
    let text = text.replace("\\n", "\n");
    let text = text.trim();
    let inside = match text.strip_prefix("-----BEGIN ") {
        Some(pem) => pem
            .strip_prefix(label)?
            .strip_prefix("-----")?
            .strip_suffix("-----")?
            .strip_suffix(label)?
            .strip_suffix("-----END ")?,
        None => text,
    };
    base64(&inside.split_ascii_whitespace().collect::<String>())
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let text = Some(text).filter(|text| text.len() <= MAX_KEY_BYTES)?;
    BASE64.decode(text).ok()
}
