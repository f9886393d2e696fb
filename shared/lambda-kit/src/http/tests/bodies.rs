//! Bodies of requests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::*;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    text: String,
    #[serde(default)]
    promise: Option<Due>,
    #[serde(default)]
    traits: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Due {
    due_s: u32,
}

fn sent(body: Option<&str>, is_base64: bool) -> ApiGatewayV2httpRequest {
    serde_json::from_value(json!({
        "body": body,
        "isBase64Encoded": is_base64,
        "requestContext": {"http": {"method": "POST"}},
    }))
    .unwrap()
}

fn refused(text: &str) -> Value {
    let refusal = json_body::<Wish>(&sent(Some(text), false)).unwrap_err();
    assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
    serde_json::to_value(refusal).unwrap()
}

#[test]
fn a_body_is_read_as_text_and_from_base64() {
    assert_eq!(body(&sent(Some("Zoë"), false)).unwrap(), "Zoë".as_bytes());
    let encoded = STANDARD.encode("Zoë");
    assert_eq!(body(&sent(Some(&encoded), true)).unwrap(), "Zoë".as_bytes());
    assert_eq!(body(&sent(None, false)).unwrap(), b"".as_slice());
    assert_eq!(
        body(&sent(Some("no base64!"), true)),
        Err(BodyError::Encoding)
    );
}

#[test]
fn a_body_is_read_up_to_its_limit_however_it_is_encoded() {
    for (length, fits) in [
        (MAX_BODY_BYTES - 1, true),
        (MAX_BODY_BYTES, true),
        (MAX_BODY_BYTES + 1, false),
        (MAX_BODY_BYTES + 2, false),
        (MAX_BODY_BYTES * 3, false),
    ] {
        let text = "x".repeat(length);
        let plain = body(&sent(Some(&text), false)).map(|body| body.len());
        let encoded = body(&sent(Some(&STANDARD.encode(&text)), true)).map(|body| body.len());
        let expected = if fits {
            Ok(length)
        } else {
            Err(BodyError::TooLong)
        };
        assert_eq!((plain, encoded), (expected, expected), "{length}");
    }
    let refusal = Problem::from(BodyError::TooLong);
    assert_eq!(refusal.status(), StatusCode::PAYLOAD_TOO_LARGE);
}

#[test]
fn json_becomes_the_form_that_is_asked_for() {
    let wish: Wish = json_body(&sent(
        Some(r#" {"text": "Call her", "promise": {"due_s": 60}} "#),
        false,
    ))
    .unwrap();
    assert_eq!(wish.text, "Call her");
    assert_eq!(wish.promise, Some(Due { due_s: 60 }));
}

#[test]
fn a_body_that_does_not_fit_is_refused_by_its_field() {
    for (text, field, reason) in [
        ("{}", "text", "is missing"),
        (
            r#"{"text": "a", "promise": {}}"#,
            "promise.due_s",
            "is missing",
        ),
        (
            r#"{"text": 7}"#,
            "text",
            "is not of the form that is needed (line 1, column 10)",
        ),
        (
            "7",
            "body",
            "is not of the form that is needed (line 1, column 1)",
        ),
        (
            r#"{"text": "a""#,
            "body",
            "is no JSON from line 1, column 12",
        ),
        (
            r#"{"text": "a"} x"#,
            "body",
            "is no JSON from line 1, column 15",
        ),
    ] {
        assert_eq!(
            refused(text)["errors"],
            json!([{"name": field, "reason": reason}]),
            "{text}"
        );
    }
    for empty in [None, Some(""), Some(" \n")] {
        let refusal = json_body::<Wish>(&sent(empty, false)).unwrap_err();
        assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
    }
}

#[test]
fn a_refused_body_is_not_quoted() {
    for text in [
        r#"{"text": "a", "promise": {"due_s": "Ada 555 0123"}}"#,
        r#"{"text": "a", "promise": "Ada 555 0123"}"#,
        r#"{"text": "a", "Ada 555 0123": 1}"#,
        r#"{"text": "a", "traits": {"Ada 555 0123": 7}}"#,
        r#"{"text": "a", Ada 555 0123"#,
    ] {
        let told = refused(text).to_string();
        assert!(!told.contains("Ada") && !told.contains("0123"), "{told}");
    }
}

#[test]
fn nesting_has_an_end() {
    let deep = "[".repeat(1000);
    let refusal = json_body::<Value>(&sent(Some(&deep), false)).unwrap_err();
    assert_eq!(refusal.status(), StatusCode::BAD_REQUEST);
}
