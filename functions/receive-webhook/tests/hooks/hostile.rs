//! Requests that no provider sends.

use serde_json::{Value, json};

use crate::desk::{Call, Desk, SECRET, all_configured, in_base64};

/// Statuses that the document describes for POST; none of them is the function's own failure.
const DESCRIBED: [i64; 8] = [200, 202, 401, 403, 404, 413, 415, 503];

#[tokio::test]
async fn nothing_that_comes_makes_it_fail() {
    let mut secrets = all_configured();
    secrets["plain"] = json!({"insecure": true});
    let desk = Desk::open(&secrets).await;
    let names = [
        "plain",
        "stamped",
        "listed",
        "nested",
        "graph",
        "twiml",
        "sipgate",
        "basic",
        "cloudevents",
    ];
    let bodies: [&[u8]; 12] = [
        b"",
        b" ",
        b"\0",
        b"\xff\xfe",
        b"null",
        b"[[[[[[",
        b"{\"entry\":[{\"changes\":[1,2",
        b"{\"value\":[{},{\"clientState\":null}]}",
        b"[1,2,3]",
        b"event=newCall&event=%zz",
        b"--b\r\n\r\n--b--",
        b"\xef\xbb\xbf[{},{}]",
    ];
    let strange = "\u{7f}\u{ffff}%zz\"<>&;=,";
    for name in names {
        for body in bodies {
            let call = Call::post(name, body)
                .query("validationToken=%&hub.mode=%00&a=%zz&&=&")
                .header("authorization", "Basic %%%")
                .header("x-sample-signature", "t=99999999999999999999,v1=,v1")
                .header("x-hub-signature-256", "sha256=")
                .header("x-twilio-signature", "=")
                .header("ce-specversion", "\\\"")
                .header("ce-id", "\"\\")
                .header("host", "a:b:c\"><")
                .header("x-forwarded-proto", "gopher");
            for event in [call.event(), in_base64(call.event(), body)] {
                let answer = desk.handle(event).await;
                assert!(
                    DESCRIBED.contains(&answer.status),
                    "{name} {body:?} {answer:?}"
                );
            }
        }
    }
    let mut bare = json!({"requestContext": {"http": {"method": "POST"}}, "headers": {}});
    assert_eq!(desk.handle(bare.clone()).await.status, 404);
    bare["routeKey"] = json!("POST /v1/webhooks/{source}");
    for source in [
        "plain",
        "twiml",
        strange,
        "",
        &"a".repeat(10_000),
        "stamped%2Eeu",
        ".",
        "..",
        "plain.",
    ] {
        bare["pathParameters"] = json!({"source": source});
        let answer = desk.handle(bare.clone()).await;
        assert!(DESCRIBED.contains(&answer.status), "{source} {answer:?}");
    }
}

#[tokio::test]
async fn a_forged_attribute_or_header_changes_nothing() {
    let desk = Desk::open(&all_configured()).await;
    let call = Call::post("basic", "{}")
        .header("source", "stamped")
        .header("account", "eu")
        .header("encoding", "base64")
        .header("headers", "{}")
        .header("x-kept", "\",\"x-also-kept\":\"forged")
        .signed(SECRET);
    assert_eq!(desk.send(&call).await.status, 202);
    let queued = desk.queued("email-events").await;
    let names: Vec<_> = queued[0].attributes.keys().collect();
    assert_eq!(names, ["headers", "source"]);
    assert_eq!(queued[0].attributes["source"], "basic");
    let headers: Value = serde_json::from_str(&queued[0].attributes["headers"]).unwrap();
    assert_eq!(headers, json!({"x-kept": "\",\"x-also-kept\":\"forged"}));
}
