//! A development issuer of agent tokens, and the check that API Gateway's JWT authorizer makes.
//!
//! The key is made at the first start. The tokens are as good as those of a real issuer to whoever
//! trusts this key, which is nobody but the local stack.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use aws_lc_rs::{digest, error};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Value, json};

use crate::Storage;
use crate::clock::Clock;
use crate::files::open_private;

mod authorizer;
#[cfg(test)]
mod tests;

pub use authorizer::{Claims, Refusal};

/// Where OpenID clients look for an issuer's description.
const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";
/// Where it says that its keys are.
const KEYS_PATH: &str = "/.well-known/jwks.json";
/// Largest key file that is read; a 2048-bit key has about 1,200 bytes.
const MAX_KEY_FILE: u64 = 16 * 1024;

/// Why the issuer cannot start or sign.
#[derive(Debug, thiserror::Error)]
pub enum IssuerError {
    /// The key file cannot be read or written.
    #[error("the key file of the token issuer cannot be read or written")]
    File(#[from] std::io::Error),
    /// The key file holds no RSA key.
    #[error("the key file of the token issuer holds no RSA key; delete it to have a new one made")]
    Key(#[source] error::KeyRejected),
    /// The machine could not make a key or sign with it.
    #[error("the token issuer could not make a key or sign")]
    Crypto(#[from] error::Unspecified),
}

/// Issues agent tokens and checks them.
pub struct Issuer {
    url: String,
    audiences: Vec<String>,
    key: KeyPair,
    key_id: String,
    public_key: DecodingKey,
    clock: Clock,
}

impl std::fmt::Debug for Issuer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut fields = formatter.debug_struct("Issuer");
        fields
            .field("url", &self.url)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

impl Issuer {
    /// Opens the issuer of this URL, whose tokens are accepted for these audiences. A key that
    /// does not exist yet is made, which takes up to a second.
    ///
    /// # Errors
    /// The key file cannot be read or written, or holds something else.
    pub fn open(
        key: &Storage,
        url: impl Into<String>,
        audiences: Vec<String>,
        clock: Clock,
    ) -> Result<Self, IssuerError> {
        let key = match key {
            Storage::Memory => KeyPair::generate(KeySize::Rsa2048)?,
            Storage::File(path) => read_or_make(path)?,
        };
        Ok(Self::with_key(key, url.into(), audiences, clock))
    }

    /// A token for this subject and audience, valid from now for `ttl`.
    ///
    /// # Errors
    /// Signing failed.
    pub fn issue(
        &self,
        subject: &str,
        audience: &str,
        ttl: Duration,
    ) -> Result<String, IssuerError> {
        let now = self.now_s();
        let lifetime = i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX);
        self.sign(
            &json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id }),
            &json!({
                "iss": self.url,
                "sub": subject,
                "aud": audience,
                "iat": now,
                "nbf": now,
                "exp": now.saturating_add(lifetime),
            }),
        )
    }

    /// Checks the value of an `Authorization` header as API Gateway's JWT authorizer does.
    ///
    /// # Errors
    /// What API Gateway would answer with 401.
    pub fn verify(&self, authorization: Option<&str>) -> Result<Claims, Refusal> {
        authorizer::Authorizer {
            issuer: &self.url,
            audiences: &self.audiences,
            key_id: &self.key_id,
            key: &self.public_key,
            now_s: self.now_s(),
        }
        .verify(authorization)
    }

    /// The two documents by which others find the key.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        let (discovery, keys) = (self.discovery(), self.keys());
        Router::new()
            .route(DISCOVERY_PATH, get(async move || Json(discovery)))
            .route(KEYS_PATH, get(async move || Json(keys)))
    }

    fn discovery(&self) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}{KEYS_PATH}", self.url.trim_end_matches('/')),
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
    }

    fn keys(&self) -> Value {
        let (modulus, exponent) = components(&self.key);
        json!({ "keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(exponent),
        }]})
    }

    fn with_key(key: KeyPair, url: String, audiences: Vec<String>, clock: Clock) -> Self {
        let (modulus, exponent) = components(&key);
        let public_key = DecodingKey::from_rsa_raw_components(&modulus, &exponent);
        let key_id = thumbprint(&modulus, &exponent);
        Self {
            url,
            audiences,
            key,
            key_id,
            public_key,
            clock,
        }
    }

    /// Signs whatever it is given, so that tests can make every wrong token.
    fn sign(&self, header: &Value, claims: &Value) -> Result<String, IssuerError> {
        let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = SystemRandom::new();
        self.key.sign(
            &RSA_PKCS1_SHA256,
            &random,
            message.as_bytes(),
            &mut signature,
        )?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    fn now_s(&self) -> i64 {
        (self.clock)() / 1000
    }
}

fn read_or_make(path: &Path) -> Result<KeyPair, IssuerError> {
    let mut pkcs8 = Vec::new();
    open_private(path)?
        .take(MAX_KEY_FILE)
        .read_to_end(&mut pkcs8)?;
    if !pkcs8.is_empty() {
        return KeyPair::from_pkcs8(&pkcs8).map_err(IssuerError::Key);
    }
    let key = KeyPair::generate(KeySize::Rsa2048)?;
    // Renamed into place, so that a kill in between leaves no half of a key.
    let unfinished = path.with_extension("unfinished");
    let mut file = open_private(&unfinished)?;
    file.set_len(0)?;
    file.write_all(key.as_der()?.as_ref())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)?;
    Ok(key)
}

fn components(key: &KeyPair) -> (Vec<u8>, Vec<u8>) {
    let public = key.public_key();
    let modulus = public.modulus().big_endian_without_leading_zero().to_vec();
    let exponent = public.exponent().big_endian_without_leading_zero().to_vec();
    (modulus, exponent)
}

/// The key's id: its thumbprint by RFC 7638.
fn thumbprint(modulus: &[u8], exponent: &[u8]) -> String {
    let canonical = format!(
        r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#,
        URL_SAFE_NO_PAD.encode(exponent),
        URL_SAFE_NO_PAD.encode(modulus)
    );
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
}
