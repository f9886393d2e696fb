//! Twilio's signature: the URL, then each field of the form, sorted, its name and its value without anything between.
//! Source: <https://www.twilio.com/docs/usage/security#validating-requests>.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::constant::{equal, is_sha256, sha256};
use crate::delivery::{Delivery, Secret};
use crate::place::{self, Draft};
use crate::scheme::{Algorithm, KeyForm};
use crate::sign::SignError;
use crate::url::{self, Parts};
use crate::verify::Refusal;
use crate::{form, keys};

const SIGNATURE: &str = "x-twilio-signature";
/// Where the URL holds the SHA-256 of a body that is no form.
const BODY_HASH: &str = "bodySHA256";

pub(crate) fn verify(secrets: &[Secret], delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let keys: Vec<hmac::Key> = secrets.iter().filter_map(key).collect();
    if keys.is_empty() {
        return Err(Refusal::NoSecret);
    }
    let signature = place::header(delivery.headers, SIGNATURE)?.ok_or(Refusal::Unsigned)?;
    let signature = STANDARD.decode(signature).map_err(|_| Refusal::Malformed)?;
    let fields = signed_fields(delivery)?;
    for url in urls(delivery)? {
        let mut message = url.into_bytes();
        message.extend_from_slice(&fields);
        if keys
            .iter()
            .any(|key| equal(hmac::sign(key, &message).as_ref(), &signature))
        {
            return Ok(());
        }
    }
    Err(Refusal::Wrong)
}

pub(crate) fn sign(secret: &Secret, draft: &mut Draft) -> Result<(), SignError> {
    let key = key(secret).ok_or(SignError::Key)?;
    let has_hash = url::query_values(&draft.url, BODY_HASH).next().is_some();
    if place::is_json(&draft.body) && !has_hash {
        draft.url = url::with_query(&draft.url, BODY_HASH, &sha256(&draft.body));
    }
    let fields = signed_fields(&draft.delivery(0)).map_err(|_| SignError::Body)?;
    let message = [draft.url.as_bytes(), &fields].concat();
    let signature = STANDARD.encode(hmac::sign(&key, &message));
    draft.headers.insert(SIGNATURE.to_owned(), signature);
    Ok(())
}

fn key(secret: &Secret) -> Option<hmac::Key> {
    keys::hmac(secret, KeyForm::Text, Algorithm::HmacSha1)
}

/// What is signed behind the URL. With the body's hash in the URL that is nothing, once the hash is the body's. Without
/// it the body always counts as a form, so that no other body is taken unsigned.
fn signed_fields(delivery: &Delivery<'_>) -> Result<Vec<u8>, Refusal> {
    let mut hashes = url::query_values(delivery.url, BODY_HASH);
    match (hashes.next(), hashes.next()) {
        (Some(hash), None) if is_sha256(hash, delivery.body) => return Ok(Vec::new()),
        (Some(_), None) => return Err(Refusal::Wrong),
        (Some(_), Some(_)) => return Err(Refusal::Malformed),
        (None, _) => {}
    }
    // A value that stands twice under one name is signed once.
    let mut fields = form::sorted(delivery.body)?;
    fields.dedup();
    Ok(form::run_together(fields).collect())
}

/// The URLs that Twilio may have signed. It is not told apart whether it names the port, nor are the credentials of
/// basic authentication, which stand in its URL and come to us in a header.
fn urls(delivery: &Delivery<'_>) -> Result<Vec<String>, Refusal> {
    let mut urls = vec![delivery.url.to_owned()];
    let Some(parts) = Parts::of(delivery.url) else {
        return Ok(urls);
    };
    urls.push(parts.other_port(parts.credentials));
    let credentials = place::authorization(delivery, "basic")?
        .filter(|_| parts.credentials.is_none())
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    if let Some(credentials) = credentials {
        urls.push(parts.same_port(Some(&credentials)));
        urls.push(parts.other_port(Some(&credentials)));
    }
    Ok(urls)
}
