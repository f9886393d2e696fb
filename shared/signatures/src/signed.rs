//! Signatures over parts of a delivery.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::constant::{equal, hex_bytes};
use crate::delivery::{Delivery, Secret};
use crate::keys::{self, Private};
use crate::place::{self, Draft, MAX_SIGNATURES};
use crate::scheme::{Algorithm, Encoding, Part, Place, Signed, Stamp};
use crate::sign::{SignError, random_id};
use crate::stamp::{self, SignedAt};
use crate::url_and_form;
use crate::verify::Refusal;

pub(crate) fn verify(
    scheme: &Signed,
    secrets: &[Secret],
    delivery: &Delivery<'_>,
) -> Result<(), Refusal> {
    let keys: Vec<Key> = secrets
        .iter()
        .filter_map(|secret| Key::read(scheme, secret))
        .collect();
    if keys.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let signatures = signatures(scheme, delivery)?;
    let signed_at = match scheme.stamp {
        Some(stamp) => {
            let text = place::value(delivery, stamp.place)?;
            let at = SignedAt::read(&text, stamp.form).ok_or(Refusal::Malformed)?;
            Some((at, stamp.repeated_for_s))
        }
        None => None,
    };
    let message = message(scheme.message, delivery)?;
    if !keys.iter().any(|key| key.made(&signatures, &message)) {
        return Err(Refusal::Wrong);
    }
    match signed_at {
        Some((at, repeated_for_s)) if at.is_stale_after(delivery.now, repeated_for_s) => {
            Err(Refusal::Stale)
        }
        Some(_) | None => Ok(()),
    }
}

pub(crate) fn sign(
    scheme: &Signed,
    secret: &Secret,
    draft: &mut Draft,
    now: i64,
) -> Result<(), SignError> {
    let is_message_in_body = scheme.message.contains(&Part::Body);
    if is_message_in_body && matches!(scheme.signature, Place::Body(_)) {
        return Err(SignError::Body);
    }
    if let Some(stamp) = scheme.stamp
        && lacks_its_time(&draft.delivery(now), stamp, now)
    {
        let text = stamp::written(now, stamp.form).ok_or(SignError::Time)?;
        draft.put(stamp.place, &text)?;
    }
    for part in scheme.message {
        if let Part::Value(place) | Part::AfterLastDot(place) = part
            && place::value(&draft.delivery(now), *place).is_err()
        {
            draft.put(*place, &random_id()?)?;
        }
    }
    let message = message(scheme.message, &draft.delivery(now)).map_err(|_| SignError::Body)?;
    let bytes = match keys::hmac(secret, scheme.key, scheme.algorithm) {
        Some(key) => hmac::sign(&key, &message).as_ref().to_vec(),
        None => Private::read(secret, scheme.algorithm)
            .and_then(|key| key.sign(&message))
            .ok_or(SignError::Key)?,
    };
    let text = match scheme.encoding {
        Encoding::Hex => data_encoding::HEXLOWER.encode(&bytes),
        Encoding::Base64 => STANDARD.encode(bytes),
    };
    draft.put(scheme.signature, &format!("{}{text}", scheme.prefix))
}

/// Whether a delivery that is to be signed has no time yet, or an earlier delivery's.
fn lacks_its_time(delivery: &Delivery<'_>, stamp: Stamp, now: i64) -> bool {
    match place::value(delivery, stamp.place) {
        Err(_) => true,
        Ok(text) => SignedAt::read(&text, stamp.form).is_some_and(|at| at.is_stale(now)),
    }
}

/// The signatures that can be read. Those that cannot are passed over where another can.
fn signatures(scheme: &Signed, delivery: &Delivery<'_>) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut is_there = false;
    let mut signatures = Vec::new();
    for text in place::values(delivery, scheme.signature)? {
        let texts = match scheme.separator {
            Some(separator) => text.split(separator).collect(),
            None => vec![&*text],
        };
        let texts = texts
            .into_iter()
            .filter_map(|text| text.trim().strip_prefix(scheme.prefix));
        for text in texts.take(MAX_SIGNATURES.saturating_sub(signatures.len())) {
            is_there |= !text.is_empty();
            signatures.extend(bytes(text, scheme.encoding).filter(|bytes| !bytes.is_empty()));
        }
    }
    match (signatures.is_empty(), is_there) {
        (false, _) => Ok(signatures),
        (true, true) => Err(Refusal::Malformed),
        (true, false) => Err(Refusal::Unsigned),
    }
}

fn bytes(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
    match encoding {
        Encoding::Hex => hex_bytes(text),
        Encoding::Base64 => STANDARD.decode(text).ok(),
    }
}

fn message<'a>(parts: &[Part], delivery: &Delivery<'a>) -> Result<Cow<'a, [u8]>, Refusal> {
    if let [Part::Body] = parts {
        return Ok(Cow::Borrowed(delivery.body));
    }
    let mut message = Vec::new();
    for part in parts {
        match part {
            Part::Body => message.extend_from_slice(delivery.body),
            Part::Text(text) => message.extend_from_slice(text.as_bytes()),
            Part::Value(place) => {
                message.extend_from_slice(place::value(delivery, *place)?.as_bytes());
            }
            Part::UrlAndForm => url_and_form::write(delivery, &mut message)?,
            Part::AfterLastDot(place) => {
                let value = place::value(delivery, *place)?;
                if value.contains('.') {
                    return Err(Refusal::Malformed);
                }
                message.push(b'.');
                message.extend_from_slice(value.as_bytes());
            }
        }
    }
    Ok(Cow::Owned(message))
}

/// A secret as the key of a scheme.
enum Key {
    Hmac(hmac::Key),
    Public(ring::signature::UnparsedPublicKey<Vec<u8>>),
}

impl Key {
    fn read(scheme: &Signed, secret: &Secret) -> Option<Self> {
        match scheme.algorithm {
            Algorithm::HmacSha1 | Algorithm::HmacSha256 => {
                keys::hmac(secret, scheme.key, scheme.algorithm).map(Self::Hmac)
            }
            Algorithm::RsaSha256 | Algorithm::EcdsaP256 | Algorithm::Ed25519 => {
                keys::public(secret, scheme.key, scheme.algorithm).map(Self::Public)
            }
        }
    }

    /// Whether one of the signatures is this key's.
    fn made(&self, signatures: &[Vec<u8>], message: &[u8]) -> bool {
        match self {
            // The message, which may be long, is gone through once for all signatures.
            Self::Hmac(key) => {
                let tag = hmac::sign(key, message);
                signatures
                    .iter()
                    .any(|signature| equal(tag.as_ref(), signature))
            }
            Self::Public(key) => signatures
                .iter()
                .any(|signature| key.verify(message, signature).is_ok()),
        }
    }
}
