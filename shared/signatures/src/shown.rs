//! Secrets that are shown with each delivery.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;

use crate::constant::equal;
use crate::delivery::{Delivery, Secret};
use crate::place::{self, Draft};
use crate::scheme::Shown;
use crate::sign::SignError;
use crate::verify::{MAX_SCHEMES, Refusal};
use crate::{form, json, keys, url};

/// The user of basic authentication where the secret names none.
const USER: &str = "webhook";

pub(crate) fn verify(
    ways: &[Shown],
    secrets: &[Secret],
    delivery: &Delivery<'_>,
) -> Result<(), Refusal> {
    let secrets: Vec<&str> = secrets.iter().filter_map(keys::shared).collect();
    let mut refusal = Refusal::NoSecret;
    for way in ways
        .iter()
        .take(MAX_SCHEMES)
        .filter(|_| !secrets.is_empty())
    {
        match shows(*way, &secrets, delivery) {
            Ok(()) => return Ok(()),
            Err(why) => refusal = refusal.max(why),
        }
    }
    Err(refusal)
}

pub(crate) fn sign(ways: &[Shown], secret: &Secret, draft: &mut Draft) -> Result<(), SignError> {
    let secret = keys::shared(secret).ok_or(SignError::Key)?;
    let authorization = |value: String| ("authorization".to_owned(), value);
    let (name, value) = match ways.first().ok_or(SignError::Key)? {
        Shown::Bearer => authorization(format!("Bearer {secret}")),
        Shown::Basic if secret.contains(':') => {
            authorization(format!("Basic {}", STANDARD.encode(secret)))
        }
        Shown::Basic => authorization(format!(
            "Basic {}",
            STANDARD.encode(format!("{USER}:{secret}"))
        )),
        Shown::Header(name) => ((*name).to_owned(), secret.to_owned()),
        Shown::Query(name) => {
            draft.url = url::with_query(&draft.url, name, &form::encoded(secret));
            return Ok(());
        }
        Shown::EachItem(list, field) => {
            let body = json::put_each(&draft.body, list, field, secret);
            draft.body = body.ok_or(SignError::Body)?;
            return Ok(());
        }
    };
    draft.headers.insert(name, value);
    Ok(())
}

fn shows(way: Shown, secrets: &[&str], delivery: &Delivery<'_>) -> Result<(), Refusal> {
    let is_one = |shown: &[u8]| secrets.iter().any(|secret| equal(secret.as_bytes(), shown));
    let is_shown = match way {
        Shown::Bearer => {
            let shown = place::authorization(delivery, "bearer")?.ok_or(Refusal::Unsigned)?;
            is_one(shown.as_bytes())
        }
        Shown::Basic => {
            let shown = place::authorization(delivery, "basic")?.ok_or(Refusal::Unsigned)?;
            let shown = STANDARD.decode(shown).map_err(|_| Refusal::Malformed)?;
            is_basic(&shown, secrets)?
        }
        Shown::Header(name) => {
            let shown = place::header(delivery.headers, name)?.ok_or(Refusal::Unsigned)?;
            is_one(shown.as_bytes())
        }
        Shown::Query(name) => {
            let shown = url::query_values(delivery.url, name)
                .next()
                .filter(|s| !s.is_empty());
            let shown = shown.ok_or(Refusal::Unsigned)?;
            if shown.len() > place::MAX_HEADER_BYTES {
                return Err(Refusal::Malformed);
            }
            // A plus may be one, or a space as in forms.
            let plain: Vec<u8> = percent_decode_str(shown).collect();
            let spaced: Vec<u8> = percent_decode_str(&shown.replace('+', " ")).collect();
            is_one(&plain) | is_one(&spaced)
        }
        Shown::EachItem(list, field) => {
            let items = json::each(delivery.body, list, field)?;
            if items.is_empty() || items.iter().any(Option::is_none) {
                return Err(Refusal::Unsigned);
            }
            items.iter().flatten().all(|shown| is_one(shown.as_bytes()))
        }
    };
    if is_shown {
        Ok(())
    } else {
        Err(Refusal::Wrong)
    }
}

/// Whether these credentials are a secret's: all of them where it has a colon, else their password.
fn is_basic(shown: &[u8], secrets: &[&str]) -> Result<bool, Refusal> {
    let colon = shown
        .iter()
        .position(|byte| *byte == b':')
        .ok_or(Refusal::Malformed)?;
    let password = shown.get(colon + 1..).unwrap_or_default();
    Ok(secrets.iter().any(|secret| {
        let wanted = if secret.contains(':') {
            shown
        } else {
            password
        };
        equal(secret.as_bytes(), wanted)
    }))
}
