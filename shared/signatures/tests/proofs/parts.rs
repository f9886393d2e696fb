//! Schemes that are no plain signature: Twilio's, tokens, and secrets that are shown.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD};
use ring::hmac;
use signatures::{Refusal, Scheme, Shown};

use crate::{NOW, Sent, secrets};

const SECRET: &str = "tell nobody";

fn twilio(url: &str, message: &str, body: &str) -> Result<(), Refusal> {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, SECRET.as_bytes());
    let signature = BASE64.encode(hmac::sign(&key, message.as_bytes()));
    Sent::new(body)
        .to(url)
        .with("x-twilio-signature", &signature)
        .with("authorization", "Basic YWRhOnM6dA==")
        .verified(&Scheme::Twilio, &secrets(&[SECRET]))
}

#[test]
fn twilio_signs_credentials_and_ports_in_every_combination() {
    for host in [
        "e.example.com",
        "e.example.com:443",
        "ada:s:t@e.example.com",
        "ada:s:t@e.example.com:443",
    ] {
        let message = format!("https://{host}/x?y=%20z");
        assert_eq!(
            twilio("https://e.example.com/x?y=%20z", &message, ""),
            Ok(()),
            "{host}"
        );
        assert_eq!(
            twilio("https://e.example.com/x?y=+z", &message, ""),
            Err(Refusal::Wrong)
        );
        assert_eq!(
            twilio("https://f.example.com/x?y=%20z", &message, ""),
            Err(Refusal::Wrong)
        );
    }
    assert_eq!(twilio("no url", "no url", ""), Ok(()));
}

/// Whoever saw a signature of a URL alone could otherwise send any JSON with it.
#[test]
fn twilio_without_a_hash_signs_the_body_as_a_form() {
    let url = "https://e.example.com/x";
    assert_eq!(twilio(url, url, ""), Ok(()));
    assert_eq!(twilio(url, url, r#"{"a":1}"#), Err(Refusal::Wrong));
    assert_eq!(
        twilio(url, &format!("{url}b2a1"), "b=2&a=1"),
        Err(Refusal::Wrong)
    );
    assert_eq!(twilio(url, &format!("{url}a1b 2"), "b=+2&a=1&b=+2"), Ok(()));
    assert_eq!(twilio(url, &format!("{url}a1b 2"), "b=+2&a=1"), Ok(()));
    assert_eq!(twilio(url, &format!("{url}a1b"), "b=&a=1"), Ok(()));
    let many = "a&".repeat(signatures::MAX_FORM_FIELDS + 1);
    assert_eq!(twilio(url, url, &many), Err(Refusal::Malformed));
}

#[test]
fn twilio_with_two_hashes_is_refused() {
    let hash = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881";
    let url = format!("https://e.example.com/x?bodySHA256={hash}");
    assert_eq!(twilio(&url, &url, "x"), Ok(()));
    assert_eq!(twilio(&url, &url, "y"), Err(Refusal::Wrong));
    let url = format!("{url}&bodySHA256={hash}");
    assert_eq!(twilio(&url, &url, "x"), Err(Refusal::Malformed));
    let url = "https://e.example.com/x?bodySHA256=";
    assert_eq!(twilio(url, url, ""), Err(Refusal::Wrong));
}

/// The SHA-256 of `x`.
const HASH: &str =
    r#""payload_hash":"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881""#;

fn token(header: &str, claims: &str, body: &str) -> Result<(), Refusal> {
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
    shown_token(&format!("{signed}.{signature}"), body)
}

fn shown_token(token: &str, body: &str) -> Result<(), Refusal> {
    let sent = Sent::new(body).with("authorization", &format!("bearer {token}"));
    sent.verified(&Scheme::JwtOfBody, &secrets(&[SECRET]))
}

#[test]
fn a_token_never_chooses_its_algorithm() {
    let claims = format!(r#"{{"iat":{NOW},{HASH}}}"#);
    assert_eq!(token(r#"{"alg":"HS256"}"#, &claims, "x"), Ok(()));
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"None"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":null}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        "{}",
        "[]",
        "",
    ] {
        assert_eq!(
            token(header, &claims, "x"),
            Err(Refusal::Malformed),
            "{header}"
        );
    }
    let none = format!(
        "{}.{}.",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        URL_SAFE_NO_PAD.encode(&claims)
    );
    assert_eq!(shown_token(&none, "x"), Err(Refusal::Malformed));
    let empty = none.replacen(
        &URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
        &URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#),
        1,
    );
    assert_eq!(shown_token(&empty, "x"), Err(Refusal::Wrong));
}

#[test]
fn a_token_holds_for_its_body_and_its_time() {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    let iat = format!(r#""iat":{NOW}"#);
    for (claims, body, verdict) in [
        (format!("{{{iat},{HASH}}}"), "x", Ok(())),
        (format!("{{{iat},{HASH}}}"), "y", Err(Refusal::Wrong)),
        (format!("{{{iat},{HASH}}}"), "", Err(Refusal::Wrong)),
        (format!("{{{iat}}}"), "x", Err(Refusal::Unsigned)),
        (format!("{{{iat}}}"), "", Ok(())),
        (format!("{{{HASH}}}"), "x", Err(Refusal::Malformed)),
        (
            format!(r#"{{{iat},{HASH},"exp":{}}}"#, NOW - 300),
            "x",
            Ok(()),
        ),
        (
            format!(r#"{{{iat},{HASH},"exp":{}}}"#, NOW - 301),
            "x",
            Err(Refusal::Stale),
        ),
        (
            format!(r#"{{{iat},{HASH},"exp":{}}}"#, i64::MAX),
            "x",
            Ok(()),
        ),
        (
            format!(r#"{{{iat},{HASH},"nbf":{}}}"#, NOW + 300),
            "x",
            Ok(()),
        ),
        (
            format!(r#"{{{iat},{HASH},"nbf":{}}}"#, NOW + 301),
            "x",
            Err(Refusal::Stale),
        ),
        (
            format!(r#"{{"iat":{},{HASH}}}"#, NOW - 301),
            "x",
            Err(Refusal::Stale),
        ),
        (
            format!(r#"{{"iat":{},{HASH}}}"#, i64::MIN),
            "x",
            Err(Refusal::Stale),
        ),
        (
            format!(r#"{{"iat":"{NOW}",{HASH}}}"#),
            "x",
            Err(Refusal::Malformed),
        ),
        (
            format!(r#"{{{iat},{HASH},"exp":"soon"}}"#),
            "x",
            Err(Refusal::Malformed),
        ),
    ] {
        assert_eq!(token(header, &claims, body), verdict, "{claims} {body}");
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    for text in ["a", "a.b", "a.b.c", "..", "e30.e30.e30.e30", "e30=.e30.e30"] {
        assert_eq!(shown_token(text, ""), Err(Refusal::Malformed), "{text}");
    }
    let basic = Sent::new("").with("authorization", "Basic YTpi");
    assert_eq!(
        basic.verified(&Scheme::JwtOfBody, &secrets(&[SECRET])),
        Err(Refusal::Unsigned)
    );
}

fn basic(credentials: &str, secret: &str) -> Result<(), Refusal> {
    let sent = Sent::new("").with(
        "authorization",
        &format!("Basic {}", BASE64.encode(credentials)),
    );
    sent.verified(&Scheme::Shown(&[Shown::Basic]), &secrets(&[secret]))
}

#[test]
fn basic_credentials_are_compared_whole_or_by_password() {
    assert_eq!(basic("ada:pw", "ada:pw"), Ok(()));
    assert_eq!(basic("ada:pw", "pw"), Ok(()));
    assert_eq!(basic("bo:pw", "ada:pw"), Err(Refusal::Wrong));
    assert_eq!(basic("ada:pw2", "pw"), Err(Refusal::Wrong));
    assert_eq!(basic("ada:", "pw"), Err(Refusal::Wrong));
    assert_eq!(basic("pw", "pw"), Err(Refusal::Malformed));
}

#[test]
fn one_of_several_ways_to_show_is_enough() {
    let ways = Scheme::Shown(&[
        Shown::Bearer,
        Shown::Query("token"),
        Shown::Header("x-token"),
    ]);
    let verdict = |sent: Sent| sent.verified(&ways, &secrets(&["old", "new"]));
    assert_eq!(verdict(Sent::new("").with("x-token", "new")), Ok(()));
    assert_eq!(
        verdict(Sent::new("").with("authorization", "Bearer old")),
        Ok(())
    );
    assert_eq!(
        verdict(Sent::new("").to("https://e.example.com/?token=new")),
        Ok(())
    );
    assert_eq!(
        verdict(Sent::new("").to("https://e.example.com/?token=ne&token=new")),
        Err(Refusal::Wrong)
    );
    assert_eq!(
        verdict(Sent::new("").to("https://e.example.com/?token=")),
        Err(Refusal::Unsigned)
    );
    assert_eq!(verdict(Sent::new("")), Err(Refusal::Unsigned));
    for near in ["ne", "newx", "New", "old,new", "n", "\0"] {
        assert_eq!(
            verdict(Sent::new("").with("x-token", near)),
            Err(Refusal::Wrong),
            "{near}"
        );
    }
}
