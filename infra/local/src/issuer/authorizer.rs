//! The checks of API Gateway's JWT authorizer, on the claims of one token.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value, json};

/// Longest token: API Gateway takes no more than this in all headers together.
const MAX_TOKEN_BYTES: usize = 10_240;

/// The claims of a token that passed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claims {
    values: Map<String, Value>,
}

impl Claims {
    /// Whom the token was issued to.
    #[must_use]
    pub fn subject(&self) -> Option<&str> {
        self.values.get("sub").and_then(Value::as_str)
    }

    /// What a function finds in `requestContext.authorizer.jwt`: every claim as text.
    #[must_use]
    pub fn as_event(&self) -> Value {
        let claims: BTreeMap<&String, String> = self
            .values
            .iter()
            .map(|(name, value)| (name, as_text(value)))
            .collect();
        json!({ "claims": claims, "scopes": null })
    }
}

/// Why a request is answered with 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No `Authorization` header, or nothing in it.
    #[error("no token was sent")]
    Missing,
    /// Not a JWT, too long, or with header parameters that nobody here understands.
    #[error("the token is no JWT")]
    Malformed,
    /// Signed by another algorithm than RS256, or not at all.
    #[error("the token's algorithm is not RS256")]
    Algorithm,
    /// The header names no key of the issuer.
    #[error("the token's key is not known")]
    UnknownKey,
    /// The signature does not fit.
    #[error("the token's signature is wrong")]
    Signature,
    /// Issued by somebody else.
    #[error("the token's issuer is another")]
    Issuer,
    /// Meant for somebody else.
    #[error("the token's audience is another")]
    Audience,
    /// No longer valid.
    #[error("the token has expired")]
    Expired,
    /// Not yet valid, or issued in the future.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// A time that is missing or is not a number.
    #[error("the claim {0} is missing or is no number")]
    Claim(&'static str),
}

impl Refusal {
    /// The value of `WWW-Authenticate` that goes with the 401.
    #[must_use]
    pub fn challenge(self) -> String {
        if self == Self::Missing {
            return "Bearer".to_owned();
        }
        format!(r#"Bearer scope="" error="invalid_token" error_description="{self}""#)
    }
}

/// What a token is checked against.
pub(super) struct Authorizer<'a> {
    pub(super) issuer: &'a str,
    pub(super) audiences: &'a [String],
    pub(super) key_id: &'a str,
    pub(super) key: &'a DecodingKey,
    pub(super) now_s: i64,
}

impl Authorizer<'_> {
    pub(super) fn verify(&self, authorization: Option<&str>) -> Result<Claims, Refusal> {
        let token = token(authorization)?;
        let (message, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
        let (header, claims) = message.split_once('.').ok_or(Refusal::Malformed)?;
        self.check_header(&object(header)?)?;
        // Only the signature is left to the library: its checks of time cannot be given a clock.
        match jsonwebtoken::crypto::verify(
            signature,
            message.as_bytes(),
            self.key,
            Algorithm::RS256,
        ) {
            Ok(true) => {}
            Ok(false) | Err(_) => return Err(Refusal::Signature),
        }
        let values = object(claims)?;
        self.check_parties(&values)?;
        self.check_times(&values)?;
        Ok(Claims { values })
    }

    fn check_header(&self, header: &Map<String, Value>) -> Result<(), Refusal> {
        if header.get("alg").and_then(Value::as_str) != Some("RS256") {
            return Err(Refusal::Algorithm);
        }
        // Whoever sets `crit` demands what is not understood here (RFC 7515).
        if header.contains_key("crit") {
            return Err(Refusal::Malformed);
        }
        match header.get("kid").and_then(Value::as_str) {
            Some(key_id) if key_id == self.key_id => Ok(()),
            Some(_) | None => Err(Refusal::UnknownKey),
        }
    }

    fn check_parties(&self, claims: &Map<String, Value>) -> Result<(), Refusal> {
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer) {
            return Err(Refusal::Issuer);
        }
        let known = |value: &Value| {
            value
                .as_str()
                .is_some_and(|text| self.audiences.iter().any(|known| known == text))
        };
        // As API Gateway does: `client_id` counts only where there is no `aud`.
        let meant_for_us = match claims.get("aud") {
            Some(Value::Array(audiences)) => audiences.iter().any(known),
            Some(audience) => known(audience),
            None => claims.get("client_id").is_some_and(known),
        };
        if meant_for_us {
            Ok(())
        } else {
            Err(Refusal::Audience)
        }
    }

    fn check_times(&self, claims: &Map<String, Value>) -> Result<(), Refusal> {
        let expires = time(claims, "exp")?.ok_or(Refusal::Claim("exp"))?;
        if expires <= self.now_s {
            return Err(Refusal::Expired);
        }
        for name in ["nbf", "iat"] {
            if time(claims, name)?.is_some_and(|at| at > self.now_s) {
                return Err(Refusal::NotYetValid);
            }
        }
        Ok(())
    }
}

/// The token with or without the word `Bearer` before it: API Gateway takes both.
fn token(authorization: Option<&str>) -> Result<&str, Refusal> {
    let value = authorization.unwrap_or_default().trim();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        Some(_) => return Err(Refusal::Malformed),
        None if value.eq_ignore_ascii_case("bearer") => "",
        None => value,
    };
    if token.is_empty() {
        return Err(Refusal::Missing);
    }
    if token.len() > MAX_TOKEN_BYTES {
        Err(Refusal::Malformed)
    } else {
        Ok(token)
    }
}

/// One part of a token: a JSON object in base64.
fn object(part: &str) -> Result<Map<String, Value>, Refusal> {
    let bytes = URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed)
}

/// A time claim in whole seconds. A text is refused: a library that skipped it would let a token
/// live for ever.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>, Refusal> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_i64();
    // A saturating cast is meant: a time beyond the range is far in the future or past.
    let seconds = whole.or_else(|| value.as_f64().map(|seconds| seconds.floor() as i64));
    seconds.map(Some).ok_or(Refusal::Claim(name))
}

/// As API Gateway writes claims: lists in brackets with spaces between.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(as_text).collect::<Vec<_>>().join(" ")
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}
