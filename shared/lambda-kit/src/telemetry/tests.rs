use std::io::Write;

use super::*;
use crate::captured::Captured;

#[test]
fn phone_numbers_are_redacted() {
    let cases = [
        ("+14155550123", "[phone]"),
        ("call from +1 (415) 555-0123.", "call from [phone]."),
        ("+44 20 7946 0958, again", "[phone], again"),
        ("+49 30 / 901820", "[phone]"),
        ("+1\u{a0}415\u{2011}555\u{2011}0123", "[phone]"),
        (r#"{"uri":"tel:+14155550123"}"#, r#"{"uri":"tel:[phone]"}"#),
        ("phone=%2B14155550123&x=1", "phone=[phone]&x=1"),
        ("phone=%2b14155550123", "phone=[phone]"),
        ("+15550100 +15550101", "[phone] [phone]"),
        ("+1 415 555 0123 415 555 0124", "[phone]"),
        ("+1555010", "[phone]"),
    ];
    for (text, expected) in cases {
        assert_eq!(redact(text), expected, "{text}");
    }
}

#[test]
fn email_addresses_are_redacted() {
    let cases = [
        ("ada@example.com", "[email]"),
        (
            "from <Ada.O'Neil+bid@mail.example.co.uk>.",
            "from <[email]>.",
        ),
        ("ada+15550100123@example.com", "[email]"),
        (
            "mailto:ada@example.com, bob@example.org",
            "mailto:[email], [email]",
        ),
        ("write to ada@example.com.", "write to [email]."),
        ("email=ada%40example.com&x=1", "email=[email]&x=1"),
        ("zoë@bücher.example", "[email]"),
        ("a@b@example.com", "a@[email]"),
    ];
    for (text, expected) in cases {
        assert_eq!(redact(text), expected, "{text}");
    }
}

#[test]
fn ids_times_and_durations_are_left_alone() {
    let cases = [
        "2026-11-21T18:29:00.123456Z",
        "2026-11-21T18:29:00+01:00",
        "2026-11-21T18:29:00.123456+0530",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
        "arn:aws:sqs:eu-central-1:123456789012:call-events",
        "cus_mzxw6ytboi2dcmrtgq3tqojq",
        "i#connect:0f8fad5b-d9cb-469f-a165-70867728950e",
        r#"{"duration_ms":12345678901,"timestamp_ms":1795285740123}"#,
        "1.5e+16",
        "kit@1.2.3",
        "image@sha256:0123456789",
        "user@host",
        "@example.com",
        "+123456",
        "a + b = 12345678",
        "",
    ];
    for text in cases {
        let redacted = redact(text);
        assert_eq!(redacted, text);
        assert!(matches!(redacted, std::borrow::Cow::Borrowed(_)), "{text}");
    }
}

#[test]
fn json_stays_json_when_an_escape_stands_before_an_address() {
    for before in ["", "\n", "\t", "\\", "\\n", "\u{1b}", "\"", "\\\\", "ü\r"] {
        let text = format!("{before}ada@example.com{before}+14155550123{before}");
        let line = serde_json::to_string(&text).unwrap();
        let read: String = serde_json::from_str(&redact(&line)).unwrap();
        assert!(!read.contains("example"), "{read:?}");
        assert!(!read.contains("5550123"), "{read:?}");
        assert!(!read.contains("ada"), "{read:?}");
    }
}

#[test]
fn hostile_lines_take_linear_time() {
    // A scan that is not linear does not come to the end of these in any bearable time.
    for part in [
        "a%40", "a@", "+1 ", "+1", "%2B1", "aaaa", "1", "\\", "a.", "@a.", "\\@a.b",
    ] {
        let text = part.repeat((1 << 18) / part.len());
        assert!(redact(&text).len() <= text.len() * 4);
    }
}

#[test]
fn a_number_cut_across_writes_is_redacted() {
    let captured = Captured::default();
    let writers = Redacting::new(captured.clone());
    let mut writer = writers.make_writer();
    writer.write_all(b"one +1415").unwrap();
    assert_eq!(captured.text(), "");
    writer.write_all(b"5550123\ntwo ada@exam").unwrap();
    assert_eq!(captured.text(), "one [phone]\n");
    writer.write_all(b"ple.com").unwrap();
    drop(writer);
    assert_eq!(captured.text(), "one [phone]\ntwo [email]");
}

#[test]
fn an_event_is_one_flat_json_line_with_its_spans_once() {
    let captured = Captured::default();
    let subscriber = subscriber(captured.clone(), LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        let _outer = tracing::info_span!("invoke", request_id = "r-1").entered();
        let _inner = tracing::info_span!("record").entered();
        tracing::info!(interaction.id = "connect:1", duration_ms = 12, "stored");
    });
    let lines = captured.json_lines();
    assert_eq!(lines.len(), 1);
    let line = &lines[0];
    assert_eq!(line["message"], "stored");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["interaction.id"], "connect:1");
    assert_eq!(line["duration_ms"], 12);
    assert_eq!(line["spans"][0]["request_id"], "r-1");
    assert_eq!(line["spans"][1]["name"], "record");
    assert!(line.get("span").is_none());
    assert!(line.get("fields").is_none());
    let timestamp = line["timestamp"].as_str().unwrap();
    assert!(
        timestamp.ends_with('Z') && timestamp.contains('T'),
        "{timestamp}"
    );
}

#[test]
fn a_logged_number_does_not_reach_the_writer() {
    let captured = Captured::default();
    let subscriber = subscriber(captured.clone(), LevelFilter::INFO);
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(caller = "+14155550123", "mail of ada@example.com refused");
    });
    let lines = captured.json_lines();
    assert_eq!(lines[0]["caller"], "[phone]");
    assert_eq!(lines[0]["message"], "mail of [email] refused");
}

#[test]
fn libraries_do_not_log_payloads_even_when_debugging() {
    let captured = Captured::default();
    let subscriber = subscriber(captured.clone(), LevelFilter::TRACE);
    tracing::subscriber::with_default(subscriber, || {
        tracing::trace!(target: "lambda_runtime::requests", "raw payload");
        tracing::debug!(target: "aws_smithy_runtime::client", "request body");
        tracing::info!(target: "aws_smithy_runtime::client", "slow");
        tracing::trace!(target: "ingest_call", "ours");
    });
    let messages: Vec<_> = captured
        .json_lines()
        .into_iter()
        .map(|line| line["message"].clone())
        .collect();
    assert_eq!(messages, ["slow", "ours"]);
}

#[test]
fn a_quiet_level_quietens_libraries_too() {
    let captured = Captured::default();
    let subscriber = subscriber(captured.clone(), LevelFilter::ERROR);
    tracing::subscriber::with_default(subscriber, || {
        tracing::warn!(target: "hyper", "library");
        tracing::warn!("ours");
    });
    assert_eq!(captured.text(), "");
}

#[test]
fn an_unknown_level_is_info() {
    assert_eq!(level(None), LevelFilter::INFO);
    assert_eq!(level(Some("loud")), LevelFilter::INFO);
    assert_eq!(level(Some("")), LevelFilter::INFO);
    assert_eq!(level(Some(" DEBUG ")), LevelFilter::DEBUG);
    assert_eq!(level(Some("off")), LevelFilter::OFF);
}

#[test]
fn a_panic_is_logged_by_its_place_and_not_by_its_text() {
    // The hook is called from a hook of this test's own, which leaves other threads' panics alone.
    let captured = Captured::default();
    let subscriber = subscriber(captured.clone(), LevelFilter::INFO);
    let this = std::thread::current().id();
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().id() == this {
            log_panic(panic);
        } else {
            before(panic);
        }
    }));
    let outcome = tracing::subscriber::with_default(subscriber, || {
        crate::batch::catch_panic(|| panic!("the body of Ada Lovelace"))
    });
    drop(std::panic::take_hook());
    assert_eq!(outcome, Err::<(), _>(crate::batch::Panicked));
    assert!(!captured.text().contains("Ada"));
    let lines = captured.json_lines();
    assert_eq!(lines[0]["message"], "panicked");
    assert!(
        lines[0]["panic.file"]
            .as_str()
            .unwrap()
            .ends_with("tests.rs")
    );
    assert!(lines[0]["panic.line"].as_u64().unwrap() > 0);
}

#[test]
fn a_sensitive_value_never_shows() {
    let secret = Sensitive::new("hunter2".to_owned());
    assert_eq!(format!("{secret} {secret:?}"), "[redacted] [redacted]");
    assert_eq!(serde_json::to_string(&secret).unwrap(), r#""[redacted]""#);
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(secret.into_exposed(), "hunter2");
    let read: Sensitive<String> = serde_json::from_str(r#""hunter2""#).unwrap();
    assert_eq!(read.expose(), "hunter2");
}

#[test]
fn an_error_is_told_with_its_causes() {
    let cause = io::Error::other("connection reset");
    let error = crate::batch::QuarantineError::new(cause);
    assert_eq!(
        causes(&error),
        "the quarantine queue did not take a record: connection reset"
    );
}

#[test]
fn what_a_sender_chose_stays_within_its_field() {
    let captured = Captured::default();
    let writer = captured.clone();
    let chosen = "id\r\n{\"level\":\"ERROR\",\"_aws\":{}}\u{1b}[2J\u{2028}\0\",\"x\":\"y";
    tracing::subscriber::with_default(
        subscriber(move || writer.clone(), LevelFilter::INFO),
        || {
            tracing::warn!(record.message_id = chosen, "record {chosen}");
        },
    );
    let text = captured.text();
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.trim_end().chars().any(char::is_control), "{text:?}");
    let lines = captured.json_lines();
    assert_eq!(lines[0]["level"], "WARN");
    assert_eq!(lines[0]["record.message_id"], chosen);
    assert!(
        lines[0]["_aws"].is_null() && lines[0]["x"].is_null(),
        "{text}"
    );
}
