//! A JSON Web Token (RFC 7519) whose claims hold the body's hash.
//! Source: <https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks>.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::Deserialize;

use crate::constant::{equal, is_sha256, sha256};
use crate::delivery::{Delivery, Secret};
use crate::keys;
use crate::place::{self, Draft};
use crate::scheme::{Algorithm, KeyForm};
use crate::sign::{SignError, random_id};
use crate::stamp::SignedAt;
use crate::verify::Refusal;

/// The only algorithm. A token never chooses: `none` would be no signature, and a public key no secret.
const ALGORITHM: &str = "HS256";

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Claims {
    iat: i64,
    exp: Option<i64>,
    nbf: Option<i64>,
    payload_hash: Option<String>,
}

pub(crate) fn verify(secrets: &[Secret], delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let keys: Vec<hmac::Key> = secrets.iter().filter_map(key).collect();
    if keys.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let token = place::authorization(delivery, "bearer")?.ok_or(Refusal::Unsigned)?;
    let (signed, signature) = token.rsplit_once('.').ok_or(Refusal::Malformed)?;
    let (header, claims) = signed.split_once('.').ok_or(Refusal::Malformed)?;
    let header: Header = part(header)?;
    if header.alg != ALGORITHM {
        return Err(Refusal::Malformed);
    }
    let signature = URL_SAFE_NO_PAD
        .decode(signature)
        .map_err(|_| Refusal::Malformed)?;
    let is_signed =
        |key: &hmac::Key| equal(hmac::sign(key, signed.as_bytes()).as_ref(), &signature);
    if !keys.iter().any(is_signed) {
        return Err(Refusal::Wrong);
    }
    let claims: Claims = part(claims)?;
    match claims.payload_hash {
        Some(hash) if !is_sha256(&hash, delivery.body) => return Err(Refusal::Wrong),
        None if !delivery.body.is_empty() => return Err(Refusal::Unsigned),
        Some(_) | None => {}
    }
    let at = SignedAt::from_seconds;
    let is_now = !at(claims.iat).is_stale(delivery.now)
        && !claims.exp.is_some_and(|exp| at(exp).is_over(delivery.now))
        && !claims
            .nbf
            .is_some_and(|nbf| at(nbf).is_to_come(delivery.now));
    if is_now { Ok(()) } else { Err(Refusal::Stale) }
}

pub(crate) fn sign(secret: &Secret, draft: &mut Draft, now: i64) -> Result<(), SignError> {
    let key = key(secret).ok_or(SignError::Key)?;
    let hash = match draft.body.as_slice() {
        [] => String::new(),
        body => format!(r#","payload_hash":"{}""#, sha256(body)),
    };
    let header = format!(r#"{{"alg":"{ALGORITHM}","typ":"JWT"}}"#);
    let claims = format!(r#"{{"iat":{now},"jti":"{}"{hash}}}"#, random_id()?);
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    let value = format!("Bearer {signed}.{signature}");
    draft.headers.insert("authorization".to_owned(), value);
    Ok(())
}

fn key(secret: &Secret) -> Option<hmac::Key> {
    keys::hmac(secret, KeyForm::Text, Algorithm::HmacSha256)
}

/// A part of a token: base64url without padding, and JSON in it.
fn part<T: for<'a> Deserialize<'a>>(text: &str) -> Result<T, Refusal> {
    let json = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Refusal::Malformed)?;
    serde_json::from_slice(&json).map_err(|_| Refusal::Malformed)
}
