//! Signatures that others made: the providers' own published ones, and OpenSSL's over the keys of `tests/keys`.

use signatures::{Refusal, Scheme};

use crate::schemes::{self, *};
use crate::{Sent, secrets};

const TWILIO_URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const TWILIO_FORM: &str = "CallSid=CA1234567890ABCDE&Digits=1234&From=%2B14158675309&To=%2B18005551212&Caller=%2B14158675309";
const ANSWER: &str = r#"{"event":"answer"}"#;

/// Holds, and does not with one more byte of body or another secret.
fn holds(sent: &Sent, scheme: Scheme, secret: &str) {
    assert_eq!(sent.verified(&scheme, &secrets(&[secret])), Ok(()));
    assert_eq!(sent.verified(&scheme, &secrets(&["other", secret])), Ok(()));
    let other = sent.verified(&scheme, &secrets(&["other"]));
    assert!(matches!(other, Err(Refusal::Wrong | Refusal::NoSecret)));
}

fn is_of_its_body(sent: &Sent, scheme: Scheme, secret: &str) {
    holds(sent, scheme, secret);
    let mut longer = sent.clone();
    longer.body.push(b'\n');
    assert_eq!(
        longer.verified(&scheme, &secrets(&[secret])),
        Err(Refusal::Wrong)
    );
}

fn twilio(url: &str, form: &str, signature: &str) -> Sent {
    Sent::new(form)
        .to(url)
        .with("x-twilio-signature", signature)
}

#[test]
fn twilio_published() {
    let sent = twilio(TWILIO_URL, TWILIO_FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
    is_of_its_body(&sent, Scheme::Twilio, "12345");
}

#[test]
fn twilio_published_with_and_without_port() {
    let with_port = "https://mycompany.com:1234/myapp.php?foo=1&bar=2";
    for (url, signature) in [
        (with_port.to_owned(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (TWILIO_URL.to_owned(), "kvajT1Ptam85bY51eRf/AJRuM3w="),
        (
            with_port.replace("https", "http"),
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        (
            TWILIO_URL.replace("https", "http"),
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
        ),
    ] {
        holds(
            &twilio(&url, TWILIO_FORM, signature),
            Scheme::Twilio,
            "12345",
        );
    }
}

#[test]
fn twilio_published_with_values_of_one_name() {
    let form = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
    let sent = twilio(TWILIO_URL, form, "IK+Dwps556ElfBT0I3Rgjkr1wJU=");
    holds(&sent, Scheme::Twilio, "12345");
}

#[test]
fn twilio_published_with_json() {
    let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
    let url = format!("{TWILIO_URL}&bodySHA256={hash}");
    let body = r#"{"property": "value", "boolean": true}"#;
    let sent = twilio(&url, body, "a9nBmqA0ju/hNViExpshrM61xv4=");
    is_of_its_body(&sent, Scheme::Twilio, "12345");
}

#[test]
fn standard_webhooks_published() {
    let sent = Sent::new(r#"{"test": 2432232314}"#)
        .at(1_614_265_330)
        .with("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
        .with("webhook-timestamp", "1614265330")
        .with(
            "webhook-signature",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        );
    is_of_its_body(&sent, STANDARD, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    is_of_its_body(&sent, STANDARD, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
}

#[test]
fn github_and_meta_published() {
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let sent = Sent::new("Hello, World!").with("x-hub-signature-256", signature);
    is_of_its_body(&sent, META, "It's a Secret to Everybody");
    let sent = sent.with(
        "x-hub-signature-256",
        &signature.to_uppercase().replace("SHA", "sha"),
    );
    is_of_its_body(&sent, META, "It's a Secret to Everybody");
}

#[test]
fn zendesk_published() {
    let sent = Sent::new(r#"{"event":"ticket.updated","id":123}"#)
        .at(1_616_648_967)
        .with(
            "x-zendesk-webhook-signature-timestamp",
            "2021-03-25T05:09:27Z",
        )
        .with(
            "x-zendesk-webhook-signature",
            "S/RDdU2ERmj7LHDDoWJ2onPYH+t7/f2+LTM4dL7UiLM=",
        );
    is_of_its_body(
        &sent,
        ZENDESK,
        "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==",
    );
}

#[test]
fn mailgun_published_in_every_kind_of_body() {
    let (time, token) = (
        "1539112500",
        "7VwW7k6Ak7zcTwoSoNm7aTtbk1g67MKAnsYLfUB7PdszbgR5Xi",
    );
    let signature = "ef24c5225322217bb065b80bb54eb4f9206d764e3e16abab07f0a64d1cf477cc";
    let part = |name: &str, value: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let json = format!(r#"{{"timestamp":"{time}","token":"{token}","signature":"{signature}"}}"#);
    for body in [
        format!("timestamp={time}&token={token}&signature={signature}&subject=%C3%A4"),
        format!(r#"{{"signature":{json},"event-data":{{"token":"other"}}}}"#),
        format!(
            "{}{}{}--b--\r\n",
            part("timestamp", time),
            part("token", token),
            part("signature", signature)
        ),
    ] {
        let sent = Sent::new(body).at(1_539_112_500);
        holds(
            &sent,
            MAILGUN,
            "tbsy84uSV1Kt3ZJZELY2TmShPRs91E3yL4tzf96297vBCkDWgL",
        );
    }
}

#[test]
fn sendgrid_published() {
    let key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==";
    let body = concat!(
        r#"[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","#,
        r#""sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","#,
        r#""sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","#,
        r#""smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]"#,
        "\r\n"
    );
    let signature = "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=";
    let sent = Sent::new(body)
        .at(1_600_112_502)
        .with("x-twilio-email-event-webhook-timestamp", "1600112502")
        .with("x-twilio-email-event-webhook-signature", signature);
    is_of_its_body(&sent, SENDGRID, key);
}

/// The fields of Plivo's Go SDK's tests, which are that SDK's order of writing and not the signed one.
const PLIVO_FORM: &str = concat!(
    "Direction=outbound&From=19792014278&ALegUUID=3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "&CallStatus=in-progress&BillRate=0.002&ParentAuthID=MANWVLYTK4ZWU1YTY4QA",
    "&To=sip%3APlivoSignature382029104058171078704104%40phone-qa.voice.plivodev.com",
    "&ALegRequestUUID=3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36&CallUUID=3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "&RequestUUID=3e82ae9d-2c78-4d85-b1a4-6eae7dbafb36",
    "&SIP-H-To=%3Csip%3APlivoSignature382029104058171078704104%4052.9.11.55%3Btransport%3Dudp%3E%3Btag%3D1",
    "&SessionStart=2020-04-08+11%3A34%3A33.238707&Event=StartApp",
);

fn plivo(url: &str, form: &str, nonce: &str, signature: &str) -> Sent {
    Sent::new(form)
        .to(url)
        .with("x-plivo-signature-v3-nonce", nonce)
        .with("x-plivo-signature-v3", signature)
}

#[test]
fn plivo_published_with_and_without_query() {
    let url = "https://plivobin.non-prod.plivops.com/api/v1/validate_signature03.xml";
    let (nonce, token) = (
        "31627761595286130198",
        "Y2Q2ZDgxZmY5YWRiOTI5YmQ1Njg0MTAxZWIyOTc4",
    );
    for (query, signature) in [
        ("", "iAjE5QqI37mbkYe4w3jTMudqEzbDufdqi7sYwTu64e0="),
        ("/?a=b&c=d", "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c="),
        ("/?c=d&a=b", "k7Pusd4OxCIjR5IfA9iedDNu/h/gbdYqdzG/MiYtd1c="),
    ] {
        let sent = plivo(&format!("{url}{query}"), PLIVO_FORM, nonce, signature);
        is_of_its_body(&sent, PLIVO, token);
        let others = format!("AAAA,{signature}");
        is_of_its_body(&sent.with("x-plivo-signature-v3", &others), PLIVO, token);
    }
}

/// None of these is published; they come of Python's `hmac`, over texts as Plivo's SDKs put them together.
#[test]
fn plivo_of_another_implementation() {
    let url = "https://e.example.com/x";
    let query = format!("{url}?b=%C3%A9&c&b=+z&a=1");
    for (url, form, signature) in [
        (url, "", "rYCvmBRcYh05VB1CL4kow0ZUdPfE/5jvGXMxf1Vacj4="),
        (&query, "", "Fj5/vhyXRQAIRbfV0V7b8MarWoZcBWoGl5+TlSkYEB4="),
        (
            &query,
            "Bz=+x&A=2&A=1",
            "zyIkb2o04gxudua1oqYVHCD+pnvSZROU38Z6C3e/668=",
        ),
    ] {
        is_of_its_body(&plivo(url, form, "12345", signature), PLIVO, "tell nobody");
    }
}

/// None is published; this one comes of Python's `hmac`.
#[test]
fn chatwoot_of_another_implementation() {
    let sent = Sent::new(r#"{"event":"message_created","id":1}"#)
        .with("x-chatwoot-timestamp", "1700000000")
        .with(
            "x-chatwoot-signature",
            "sha256=7d32bda3251835e3aab88b62ee1b59926da6b3e695f94646e17bb73be40c4d83",
        );
    is_of_its_body(&sent, CHATWOOT, "tell nobody");
}

/// None is published; this one comes of Python's `hmac`.
#[test]
fn stripe_of_another_implementation() {
    let header = "t=1700000000,v1=0000,v1=3f8630a922dc5764b5b8ff741c6bf499d534e07e72227f503d27e59295b743a9,v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39";
    let sent = Sent::new(r#"{"id":"evt_1"}"#).with("stripe-signature", header);
    is_of_its_body(&sent, schemes::STRIPE, "whsec_tell_nobody");
}

/// None is published; this one comes of Python's `hmac` and `base64`.
#[test]
fn json_web_token_of_another_implementation() {
    let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOiAxNzAwMDAwMDAwLCAianRpIjogIjEiLCAiaXNzIjogIlZvbmFnZSIsICJwYXlsb2FkX2hhc2giOiAiNjkzZWFiODQwZjBhNTA5MTMwNTE3OWZlYTZiNDAyYmQ5MzVkNzdkMDdhYmRlZDJmYzc3MTNjMDgyZTA4ZDQxOCIsICJhcGlfa2V5IjogImFiY2QxMjM0IiwgImFwcGxpY2F0aW9uX2lkIjogIjc4ZDMzNWZhLTMyM2QtMDExNC05YzNkLWQ2ZjBkNDg5NjhjZiJ9.P2DFWABIqm_XPo2aGZEYIr62glj3i4TwFiealHcrnPY";
    let sent = Sent::new(ANSWER).with("authorization", &format!("Bearer {token}"));
    is_of_its_body(&sent, Scheme::JwtOfBody, "tell nobody");
}

#[test]
fn openssl_rsa() {
    let signature = "5eM/cBZOMxCxSIM9M8ysAkgaMLB+A+X46iTYVo+dxsmofRAVdqTiPASbAKYXm8P3SseWYEPnyDUQl9cpbyx1YnsBDnQIVZ+aR3J7hwy/vYprUfEJ3LT42nQ1baVU8Z1xBDnMjPFr/sqGFsNPsQ/o4i4BSHL4S1dcbyWm1TFkx4sAZsKx2sXOMMeEgwClLN9bkaHevIy95J6vUXaG+ja9TSNqv5wKAEtsK1FCen6V5YmT1CB3grrY/R9hLB/HMUcJxhf5Azp1lrkrjvdHFgdlW970M6gAdcdNps2qwHstCDB6ahqQTBWEZHW3pUUOA/rsLNA+7qRLGd7Fv56wY77n5Q==";
    let sent = Sent::new(ANSWER).with("x-sipgate-signature", signature);
    is_of_its_body(&sent, SIPGATE, RSA);
}

#[test]
fn openssl_ecdsa() {
    let signature = "MEUCIQDlLh1wnellrBYVkz2v/T/08ibH902wkP5bOS4cdmckXgIgERhTX9L3Ee91RSiIDUxmqzYXn+KzHekxQXAkbis/c18=";
    let body = ANSWER.strip_prefix('{').unwrap_or_default();
    let sent = Sent::new(body)
        .with("x-twilio-email-event-webhook-timestamp", "{")
        .with("x-twilio-email-event-webhook-signature", signature);
    let Scheme::Signed(scheme) = SENDGRID else {
        unreachable!()
    };
    let scheme = signatures::Signed {
        stamp: None,
        ..scheme
    };
    is_of_its_body(&sent, Scheme::Signed(scheme), ECDSA);
}

#[test]
fn openssl_ed25519() {
    let signature =
        "MKqF1vDqllM1wN0c/cMEJ8zi3yZfkdnlQ6wkD6LD68D6oV0yUeNzvbig3eKk6qkroMjpAs/XhqvPnzoS0H8OBw==";
    let sent = Sent::new(ANSWER).with("x-signature-ed25519", signature);
    is_of_its_body(&sent, ED25519, ED25519_PUBLIC);
}
