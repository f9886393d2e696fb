use serde_json::json;
use sources::{About, Answer, Batch, Context, Envelope, Handshake, Reading, Rejection};

use super::*;

struct Sample;

static ABOUT: About = About {
    title: "Sample",
    summary: "A system that nobody has.",
    setup: &[],
    kinds: &[],
    limits: &[],
    webhook: Some(&Webhook {
        proof: &[signatures::Scheme::Twilio],
        headers: &[],
        batch: Batch::Whole,
        answer: Answer::Ok,
        handshake: Handshake::None,
        retries: "",
    }),
};

impl Source for Sample {
    fn name(&self) -> &'static str {
        "sample"
    }

    fn recognises(&self, _: &Envelope) -> bool {
        true
    }

    fn read(&self, _: &Envelope, _: &Context) -> Result<Reading, Rejection> {
        Ok(Reading::default())
    }

    fn about(&self) -> &'static About {
        &ABOUT
    }
}

fn registry(name: &str) -> Option<(&'static str, &'static dyn Source)> {
    (name == "sample").then_some(("call-events", &Sample))
}

fn read(value: &serde_json::Value) -> Connections {
    Connections::read(&value.to_string(), registry).unwrap()
}

fn faults(value: &serde_json::Value) -> Vec<String> {
    let read = read(value);
    read.faults.iter().map(Fault::to_string).collect()
}

#[test]
fn a_connection_is_written_in_three_ways() {
    let read = read(&json!({
        "sample": "one",
        "sample.eu": ["one", "two"],
        "sample.us-2": {
            "secrets": ["one"], "verify_token": "token", "url": "https://hooks.example.com/in",
            "redirect": "https://example.com/next?a=b", "insecure": false
        }
    }));
    assert_eq!(read.faults, []);
    let of = |name: &str| match read.find(name) {
        Found::Connection(connection) => connection,
        Found::Faulty | Found::Nothing => panic!("{name}"),
    };
    let secrets = |name: &str| of(name).secrets.as_ref().map(Vec::len);
    assert_eq!(
        (secrets("sample"), secrets("sample.eu")),
        (Some(1), Some(2))
    );
    let full = of("sample.us-2");
    assert_eq!(full.account.as_deref(), Some("us-2"));
    assert_eq!(full.url.as_deref(), Some("https://hooks.example.com/in"));
    assert_eq!(
        full.redirect.as_deref(),
        Some("https://example.com/next?a=b")
    );
    assert!(full.verify_token.is_some());
    assert_eq!(read.insecure().count(), 0);
    assert!(!format!("{full:?}").contains("one"));
}

#[test]
fn what_is_wrong_names_the_connection_and_no_value() {
    let cases = [
        (
            json!(1),
            "is neither a secret, a list of secrets, nor an object of settings",
        ),
        (
            json!(null),
            "is neither a secret, a list of secrets, nor an object of settings",
        ),
        (json!(""), "has an empty secret"),
        (
            json!([]),
            "has no secret and does not say that it is `insecure`",
        ),
        (
            json!({}),
            "has no secret and does not say that it is `insecure`",
        ),
        (json!(["hush", 1]), "has a secret that is no text"),
        (
            json!({"secrets": {"a": "hush"}}),
            "has a secret that is no text",
        ),
        (json!("x".repeat(5000)), "has a secret that is too long"),
        (json!(vec!["hush"; 9]), "has more secrets than it may have"),
        (
            json!({"secret": "hush"}),
            "has a setting other than secrets, verify_token, url, redirect and insecure",
        ),
        (
            json!({"secrets": "hush", "insecure": true}),
            "has secrets and is `insecure`, which contradict each other",
        ),
        (
            json!({"insecure": "hush"}),
            "has an `insecure` that is neither true nor false",
        ),
        (
            json!({"secrets": "hush", "verify_token": 1}),
            "has a `verify_token` that is no text",
        ),
        (
            json!({"secrets": "hush", "verify_token": ""}),
            "has an empty secret",
        ),
        (
            json!({"secrets": "hush", "url": "example.com"}),
            "has a `url` that is no http(s) address without a query",
        ),
        (
            json!({"secrets": "hush", "url": "https://a/?b"}),
            "has a `url` that is no http(s) address without a query",
        ),
        (
            json!({"secrets": "hush", "redirect": "javascript:1"}),
            "has a `redirect` that is no http(s) address",
        ),
        (
            json!({"secrets": "hush", "redirect": "https://a/<b>"}),
            "has a `redirect` that is no http(s) address",
        ),
    ];
    for (settings, problem) in cases {
        let value = json!({"sample.eu": settings});
        assert_eq!(
            faults(&value),
            [format!("the connection sample.eu {problem}")]
        );
        assert!(matches!(read(&value).find("sample.eu"), Found::Faulty));
    }
}

#[test]
fn a_setting_or_connection_that_is_there_twice_is_not_guessed_at() {
    let text = r#"{"sample": "a", "sample": "b", "sample.c": {"secrets": "a", "secrets": "b"}}"#;
    let read = Connections::read(text, registry).unwrap();
    let faults: Vec<_> = read.faults.iter().map(Fault::to_string).collect();
    assert_eq!(
        faults,
        [
            "the connection sample is there twice",
            "the connection sample.c has a setting twice"
        ]
    );
    assert!(matches!(read.find("sample"), Found::Faulty));
}

#[test]
fn a_name_that_is_none_is_not_shown() {
    let long = format!("sample.{}", "a".repeat(33));
    for name in [
        "",
        "Hush",
        "sample.",
        ".a",
        "sample.a.b",
        "sample.a_b",
        "hush hush",
        &long,
    ] {
        assert_eq!(
            faults(&json!({name: "hush"})),
            ["the connection in place 1 has a name that is none"]
        );
    }
    let other = json!({"other": "hush"});
    assert_eq!(
        faults(&other),
        ["the connection other is of no source that has a webhook"]
    );
    assert!(matches!(read(&other).find("other"), Found::Nothing));
}

#[test]
fn the_whole_is_bounded() {
    let many = |count: usize| {
        let all = (0..count).map(|n| (format!("sample.a{n}"), json!("hush")));
        serde_json::Value::Object(all.collect()).to_string()
    };
    assert!(Connections::read(&many(MAX_CONNECTIONS), registry).is_ok());
    let error = Connections::read(&many(MAX_CONNECTIONS + 1), registry).err();
    assert_eq!(error, Some(Unusable::TooMany));
    for text in ["", "[]", "{", "{} x", "null"] {
        assert_eq!(
            Connections::read(text, registry).err(),
            Some(Unusable::NotAnObject),
            "{text}"
        );
    }
}
