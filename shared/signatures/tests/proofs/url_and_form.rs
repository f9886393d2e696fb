//! Signatures over the URL and the form, as Plivo's: what stands between the parts, and what nobody can move.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use proptest::prelude::*;
use ring::hmac;
use signatures::{MAX_FORM_FIELDS, Refusal};

use crate::schemes::PLIVO;
use crate::{Sent, secrets};

const SECRET: &str = "tell nobody";
const NONCE: &str = "05429567804466091622";
const ADDRESS: &str = "https://e.example.com/x";

/// A delivery behind the signature of this text.
fn verdict(message: &str, url: &str, body: &str, nonce: &str) -> Result<(), Refusal> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = BASE64.encode(hmac::sign(&key, message.as_bytes()));
    Sent::new(body)
        .to(url)
        .with("x-plivo-signature-v3", &signature)
        .with("x-plivo-signature-v3-nonce", nonce)
        .verified(&PLIVO, &secrets(&[SECRET]))
}

#[test]
fn the_parts_are_joined_as_plivo_joins_them() {
    for (message, query, body) in [
        ("", "", ""),
        ("", "?", "&&"),
        ("?a=1&b=2", "?b=2&a=1", ""),
        ("?a=1&b=2", "?b=2&a=1#c", ""),
        ("?To+1a1a2b", "", "a=2&b&To=%2B1&a=1"),
        ("?a=&b=2.To+1", "?b=2&a", "To=%2B1"),
        ("?a=1&a=1.b1b1", "?a=1&a=1", "b=1&b=1"),
    ] {
        let message = format!("{ADDRESS}{message}.{NONCE}");
        let url = format!("{ADDRESS}{query}");
        assert_eq!(verdict(&message, &url, body, NONCE), Ok(()), "{message}");
        let other = format!("{body}&c=1");
        let refusal = verdict(&message, &url, &other, NONCE);
        assert_eq!(refusal, Err(Refusal::Wrong), "{message} {other}");
    }
}

/// A form that was signed may have dots. Cut at one of them, it would say less than it said.
#[test]
fn a_nonce_takes_nothing_of_the_form() {
    let message = format!("{ADDRESS}?BillRate0.002CallStatusbusy.{NONCE}");
    let body = "CallStatus=busy&BillRate=0.002";
    assert_eq!(verdict(&message, ADDRESS, body, NONCE), Ok(()));
    let nonce = format!("002CallStatusbusy.{NONCE}");
    let refusal = verdict(&message, ADDRESS, "BillRate=0", &nonce);
    assert_eq!(refusal, Err(Refusal::Malformed));
}

/// The second version signs the address and the nonce with nothing between.
#[test]
fn the_second_version_proves_nothing() {
    let message = format!("{ADDRESS}{NONCE}");
    for body in ["", "CallUUID=1"] {
        let refusal = verdict(&message, ADDRESS, body, NONCE);
        assert_eq!(refusal, Err(Refusal::Wrong));
    }
    let sent = Sent::new("")
        .to("https://answer.url")
        .with("x-plivo-signature-v2-nonce", "12345")
        .with(
            "x-plivo-signature-v2",
            "ehV3IKhLysWBxC1sy8INm0qGoQYdYsHwuoKjsX7FsXc=",
        );
    let refusal = sent.verified(&PLIVO, &secrets(&["my_auth_token"]));
    assert_eq!(refusal, Err(Refusal::Unsigned));
}

/// Whoever saw a signature of a URL alone could otherwise send any JSON with it.
#[test]
fn json_is_a_form_too() {
    let message = format!("{ADDRESS}.{NONCE}");
    let refusal = verdict(&message, ADDRESS, r#"{"CallUUID":"1"}"#, NONCE);
    assert_eq!(refusal, Err(Refusal::Wrong));
}

#[test]
fn too_many_fields_are_refused_in_query_and_form() {
    let many = "a&".repeat(MAX_FORM_FIELDS + 1);
    let refusal = Err(Refusal::Malformed);
    assert_eq!(verdict("", ADDRESS, &many, NONCE), refusal);
    assert_eq!(
        verdict("", &format!("{ADDRESS}?{many}"), "", NONCE),
        refusal
    );
}

proptest! {
    /// Order is of no account, a character is.
    #[test]
    fn any_order_is_believed_and_no_other_value(
        fields in proptest::collection::vec(("[a-c]", "[a-z.]{1,5}"), 1..9),
        turn in 0_usize..9,
        changed in 0_usize..9,
    ) {
        let written = |fields: &[(String, String)]| {
            let pairs = fields.iter().map(|(name, value)| format!("{name}={value}"));
            pairs.collect::<Vec<_>>().join("&")
        };
        let keys = secrets(&[SECRET]);
        let url = format!("{ADDRESS}?{}", written(&fields));
        let sent = Sent::new(written(&fields)).to(&url).signed(&PLIVO, &keys[0]);
        let mut turned = fields.clone();
        turned.rotate_left(turn % fields.len());
        let other = Sent { body: written(&turned).into(), ..sent.clone() };
        let other = other.to(&format!("{ADDRESS}?{}", written(&turned)));
        prop_assert_eq!(other.verified(&PLIVO, &keys), Ok(()));

        turned[changed % fields.len()].1.push('!');
        let in_body = Sent { body: written(&turned).into(), ..sent.clone() };
        prop_assert_eq!(in_body.verified(&PLIVO, &keys), Err(Refusal::Wrong));
        let in_query = sent.to(&format!("{ADDRESS}?{}", written(&turned)));
        prop_assert_eq!(in_query.verified(&PLIVO, &keys), Err(Refusal::Wrong));
    }
}
