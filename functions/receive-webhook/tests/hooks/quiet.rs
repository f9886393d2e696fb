//! Nothing personal, and no secret, where others read.

use std::io::Write;
use std::sync::{Arc, Mutex};

use lambda_kit::telemetry;
use serde_json::json;
use tracing_subscriber::filter::LevelFilter;

use crate::desk::{Call, Desk, all_configured};
use crate::services::Fault;

/// Names, numbers, addresses and secrets that the requests hold.
const CANARIES: [&str; 6] = [
    "Canary",
    "5550142",
    "canary@example.com",
    "s3cret-canary",
    "tok3n-canary",
    "whsec",
];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn neither_logs_nor_metrics_nor_attributes_hold_what_was_sent() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = telemetry::subscriber(move || writer.clone(), LevelFilter::TRACE);
    let _guard = tracing::subscriber::set_default(subscriber);
    let mut secrets = all_configured();
    secrets["stamped"] = json!({"secret": "s3cret-canary"});
    secrets["plain.eu"] = json!({"secrets": ["s3cret-canary"], "url": "Canary"});
    secrets["whsec_Canary"] = json!("s3cret-canary");
    secrets["listed"] = json!("s3cret-canary");
    secrets["nested"] = json!({"secrets": "s3cret-canary", "verify_token": "tok3n-canary"});
    secrets["sipgate.open"] = json!({"insecure": true});
    let desk = Desk::open(&secrets).await;
    let body = r#"[{"name":"Canary","phone":"+14155550142"},{"email":"canary@example.com"}]"#;
    let call = |name: &str| {
        Call::post(name, body)
            .header("x-kept", "plain words")
            .header("x-canary", "Canary")
            .query("name=Canary&phone=5550142")
    };
    let calls = [
        call("listed").signed("s3cret-canary"),
        call("listed").signed("whsec-wrong"),
        call("listed"),
        call("nested").signed("s3cret-canary"),
        call("stamped"),
        call("plain.eu"),
        call("Canary"),
        call("basic").header("authorization", "Basic s3cret-canary"),
        call("basic").signed(crate::desk::SECRET),
        Call::get(
            "nested",
            "hub.mode=subscribe&hub.verify_token=tok3n-canary-x&hub.challenge=Canary",
        ),
    ];
    for call in &calls {
        desk.send(call).await;
    }
    desk.fail(&[], Some(Fault::Refusing));
    desk.send(&calls[0]).await;
    desk.fail(&[], Some(Fault::Down));
    desk.send(&calls[0]).await;
    desk.later(300);
    desk.send(&calls[0]).await;
    desk.vault().down = true;
    desk.later(400);
    desk.send(&calls[0]).await;
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let mine: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("receive_webhook"))
        .collect();
    for said in [
        "webhook refused",
        "webhook not queued",
        "webhook connection unusable",
        "webhook secrets not fetched",
        "the connection stamped has a setting other than",
        "the connection plain.eu has a `url` that is no http(s) address",
        "has a name that is none",
    ] {
        assert!(
            mine.iter().any(|line| line.contains(said)),
            "{said}: {mine:#?}"
        );
    }
    let warned = mine
        .iter()
        .filter(|line| line.contains("webhook connections believed without proof"));
    let warned: Vec<_> = warned.collect();
    assert_eq!(warned.len(), 1, "once, and not at each fetch: {warned:#?}");
    assert!(warned[0].contains("sipgate.open"), "{}", warned[0]);
    let figures = desk.figures.text();
    assert!(figures.contains("WebhooksReceived"));
    let mut attributes = Vec::new();
    for queue in ["email-events", "chat-events"] {
        let queued = desk.queued(queue).await;
        attributes.extend(queued.into_iter().flat_map(|queued| queued.attributes));
    }
    assert!(!attributes.is_empty());
    let attributes = format!("{attributes:?}");
    for canary in CANARIES {
        for (place, text) in [
            ("log", &log),
            ("figures", &figures),
            ("attributes", &attributes),
        ] {
            let line = text.lines().find(|line| line.contains(canary));
            assert_eq!(line, None, "{canary} in the {place}");
        }
    }
}
