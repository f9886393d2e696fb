//! Deliveries over HTTPS, with the proof that each provider gives.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use signatures::{Secret, Unsigned};

use super::NotTaken;
use crate::http::Http;
use crate::stack::Addresses;

/// Posts a delivery as its provider would.
///
/// # Errors
/// When it was not accepted, or nobody knows.
pub(super) async fn post(
    http: &Http,
    to: &Addresses,
    source: &'static str,
    media_type: &str,
    body: String,
) -> Result<(), NotTaken> {
    let webhook = sources::find(source).and_then(|(_, source)| source.about().webhook);
    let scheme = webhook.and_then(|webhook| webhook.proof.first());
    let scheme = scheme.ok_or(NotTaken::Source(source))?;
    let url = format!("{}/v1/webhooks/{source}", to.http);
    let headers = BTreeMap::from([("content-type".to_owned(), media_type.to_owned())]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let unsigned = Unsigned {
        url: &url,
        headers: &headers,
        body: body.as_bytes(),
        now: now.map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX)),
    };
    let proof = signatures::sign(scheme, &Secret::new(to.secret(source)), &unsigned)?;
    let headers = proof.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
    let answer = http.post(&proof.url, headers, proof.body).await?;
    if answer.is_success() {
        Ok(())
    } else {
        Err(NotTaken::Status(answer.status))
    }
}
