//! One bit changed, and nothing is believed.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use signatures::{Refusal, Scheme};

use crate::Sent;
use crate::schemes::{ALL, Trial};

fn believed(sent: &Sent, trial: &Trial) -> bool {
    sent.verified(&trial.scheme, &[trial.verifier()]).is_ok()
}

fn signed(trial: &Trial) -> Sent {
    let sent = Sent::new(trial.body).signed(&trial.scheme, &trial.signer());
    assert!(believed(&sent, trial), "{}", trial.name);
    sent
}

/// Every text that differs in one bit. Those that are no UTF-8 no header can hold.
fn flips(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(|bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

#[test]
fn of_the_body() {
    for trial in ALL.iter().filter(|trial| trial.has_body) {
        let sent = signed(trial);
        for bit in 0..sent.body.len() * 8 {
            let mut other = sent.clone();
            other.body[bit / 8] ^= 1 << (bit % 8);
            assert!(!believed(&other, trial), "{} {bit}", trial.name);
        }
    }
}

#[test]
fn of_the_signature_the_time_and_every_other_header() {
    for trial in ALL {
        let sent = signed(trial);
        let is_hex = match trial.scheme {
            Scheme::Signed(signed) => signed.encoding == signatures::Encoding::Hex,
            Scheme::Twilio | Scheme::JwtOfBody | Scheme::Shown(_) => false,
        };
        for (name, value) in &sent.headers {
            for flip in flips(value) {
                let word = value.split(' ').next().unwrap_or_default().len();
                // Hexadecimal digits and the word `Bearer` may be written in either case.
                let is_same = value.eq_ignore_ascii_case(&flip)
                    && (is_hex || (name == "authorization" && value[word..] == flip[word..]));
                // A secret without a colon says nothing of the user.
                let is_user = trial.name == "basic password" && password(&flip) == password(value);
                let other = sent.clone().with(name, &flip);
                assert!(
                    is_same || is_user || !believed(&other, trial),
                    "{} {name}: {flip}",
                    trial.name
                );
            }
            let cut = sent.clone().with(name, &value[..value.len() - 1]);
            assert!(!believed(&cut, trial), "{} {name}", trial.name);
            let refusal = sent
                .clone()
                .without(name)
                .verified(&trial.scheme, &[trial.verifier()]);
            assert_eq!(refusal, Err(Refusal::Unsigned), "{} {name}", trial.name);
            let refusal = sent
                .clone()
                .with(name, " ")
                .verified(&trial.scheme, &[trial.verifier()]);
            assert_eq!(refusal, Err(Refusal::Unsigned), "{} {name}", trial.name);
        }
    }
}

/// What stands behind the colon of basic credentials.
fn password(header: &str) -> Option<Vec<u8>> {
    let encoded = header.strip_prefix("Basic ")?;
    let credentials = STANDARD.decode(encoded).ok()?;
    let colon = credentials.iter().position(|byte| *byte == b':')?;
    Some(credentials[colon..].to_vec())
}

#[test]
fn of_the_url() {
    for trial in ALL.iter().filter(|trial| trial.has_url) {
        let sent = signed(trial);
        for flip in flips(sent.url.split('?').next().unwrap()) {
            let url = sent
                .url
                .replacen(sent.url.split('?').next().unwrap(), &flip, 1);
            assert!(
                !believed(&sent.clone().to(&url), trial),
                "{} {url}",
                trial.name
            );
        }
    }
    for trial in ALL
        .iter()
        .filter(|trial| trial.has_url || trial.name == "query")
    {
        let sent = signed(trial);
        let (before, query) = sent.url.split_once('?').unwrap();
        let (site, proof) = query.split_once('&').unwrap_or(("", query));
        for flip in flips(proof) {
            let url = format!("{before}?{site}&{flip}");
            let is_same = percent(&flip) == percent(proof);
            assert!(
                is_same || !believed(&sent.clone().to(&url), trial),
                "{} {url}",
                trial.name
            );
        }
    }
}

/// What a query's text says: `%2b` is `%2B`.
fn percent(text: &str) -> Vec<u8> {
    percent_encoding::percent_decode_str(text).collect()
}

#[test]
fn of_the_fields_in_a_body() {
    for trial in ALL.iter().filter(|trial| trial.name.starts_with("mailgun")) {
        let sent = signed(trial);
        let body = String::from_utf8(sent.body.clone()).unwrap();
        let signed_part = match body.split_once("&timestamp=") {
            Some((before, _)) => before.len(),
            None => body.find(r#""signature":{"#).unwrap(),
        };
        for flip in flips(&body[signed_part..]) {
            let other = Sent {
                body: format!("{}{flip}", &body[..signed_part]).into(),
                ..sent.clone()
            };
            let is_same = flip.eq_ignore_ascii_case(&body[signed_part..]);
            assert!(is_same || !believed(&other, trial), "{} {flip}", trial.name);
        }
    }
}

#[test]
fn of_one_item_in_a_list() {
    let trial = ALL.iter().find(|trial| trial.name == "each item").unwrap();
    let sent = signed(trial);
    let body = String::from_utf8(sent.body.clone()).unwrap();
    let refusal = |body: String| Sent::new(body).verified(&trial.scheme, &[trial.verifier()]);
    assert_eq!(
        refusal(body.replacen("nobody", "nobodz", 1)),
        Err(Refusal::Wrong)
    );
    assert_eq!(
        refusal(body.replacen("clientState", "clientstate", 1)),
        Err(Refusal::Unsigned)
    );
    assert_eq!(
        refusal(r#"{"value":[]}"#.to_owned()),
        Err(Refusal::Unsigned)
    );
}
