//! Personal data stays in bodies and in the table: not in logs, not in queue attributes, whatever comes in and
//! however it is judged. The stack runs in a process of its own, so that all it writes is seen.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use clap::Parser;
use cornerstore::cli::{self, Cli};
use serde_json::{Value, json};

use crate::desk::{Desk, Refused, fixture};

/// Set in the environment of the process that is to be the stack.
pub(crate) const STACK: &str = "CORNERSTORE_TESTS_BE_THE_STACK";
const THIS: &str = "personal::neither_logs_nor_queue_attributes_hold_personal_data";

/// Values that stand in for a customer's own, and what of them must not be seen anywhere.
const PHONE: &str = "14155550177";
const NAME: &str = "Quillon Vantongeren";
const MAIL: &str = "quillon.v@example.net";
const WORDS: &str = "marzipan zeppelin";
pub(crate) const TRACES: [&str; 8] = [
    "4155550177",
    "555-0177",
    "555 0177",
    "quillon",
    "vantongeren",
    "example.net",
    "marzipan",
    "zeppelin",
];

#[test]
fn neither_logs_nor_queue_attributes_hold_personal_data() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(STACK).is_some() {
        cornerstore::log::init();
        let cli = Cli::parse_from(["cornerstore", "up", "--memory", "--port", "0"]);
        runtime.block_on(cli::run(cli)).unwrap();
        return;
    }
    let mut stack = Stack::start(THIS);
    let refused = runtime.block_on(tell_everything(&stack.http));
    let written = stack.stop();
    assert!(
        written.contains("record quarantined"),
        "the refusals are logged: {written}"
    );
    assert!(refused.len() >= 10, "{}", refused.len());
    for trace in TRACES {
        let told = written
            .lines()
            .find(|line| line.to_lowercase().contains(trace));
        assert_eq!(told, None, "{trace} is logged");
        for refused in &refused {
            let said = format!("{:?}", refused.said).to_lowercase();
            assert!(!said.contains(trace), "{trace} is in the attributes {said}");
        }
    }
}

/// Deliveries of each source with the canaries in place of the fixtures' values: good, refused, in conflict.
pub(crate) fn deliveries() -> Vec<(&'static str, String)> {
    let good = [
        ("call-events", "cti/new-call.txt"),
        ("call-events", "cti/new-call.json"),
        ("call-events", "amazon-connect/record.json"),
        (
            "call-events",
            "amazon-connect/event-connected-to-agent.json",
        ),
        ("chat-events", "chatwoot/message-incoming.json"),
        ("chat-events", "chatwoot/message-private-note.json"),
        ("chat-events", "chatwoot/conversation-created.json"),
        ("chat-events", "amazon-connect-chat/message-customer.json"),
        ("chat-events", "cloudevents/array.json"),
        ("email-events", "ses/text-utf8.json"),
        ("email-events", "ses/html-only.json"),
        ("email-events", "ses/bounce-permanent.json"),
    ];
    let bad = [
        ("call-events", "cti/bad-no-call-id.txt"),
        (
            "call-events",
            "amazon-connect/bad-record-no-contact-id.json",
        ),
        ("chat-events", "chatwoot/bad-no-message-id.json"),
        ("chat-events", "chatwoot/bad-time.json"),
        ("chat-events", "amazon-connect-chat/bad-no-id.json"),
        ("chat-events", "cloudevents/bad-customer-phone.json"),
        ("chat-events", "cloudevents/bad-customer-email.json"),
        ("email-events", "ses/bad-no-message-id.json"),
        ("email-events", "ses/bad-timestamp.json"),
    ];
    let mut all: Vec<(&str, String)> = good
        .into_iter()
        .chain(bad)
        .map(|(queue, path)| (queue, with_canaries(&fixture(path))))
        .collect();
    all.push((
        "call-events",
        format!("hello, I am {NAME}, {PHONE}, {MAIL}: {WORDS}"),
    ));
    all.push((
        "chat-events",
        format!("{{\"{MAIL}\": \"{WORDS}\", \"{NAME}\": {PHONE}}}"),
    ));
    all.push((
        "email-events",
        format!("{{\"notificationType\": \"{NAME} {MAIL} +{PHONE} {WORDS}\", \"mail\": {{}}}}"),
    ));
    all.push((
        "call-events",
        format!("event={NAME}&callId={MAIL}&from={PHONE}&to={PHONE}&direction={WORDS}")
            .replace(' ', "+"),
    ));
    // The same id with other content.
    let other = with_canaries(&fixture("cti/new-call.txt"))
        .replace("user[]=", &format!("user[]={WORDS}").replace(' ', "+"));
    all.push(("call-events", other));
    all
}

fn with_canaries(fixture: &str) -> String {
    let mut text = fixture.to_owned();
    for (from, to) in [
        ("14155550142", PHONE),
        ("14155550123", PHONE),
        ("Ada Example", NAME),
        ("Bea+Lind", "Quillon+Vantongeren"),
        ("Bea Lind", NAME),
        ("ada.example@example.com", MAIL),
        ("ada@example.com", MAIL),
        ("Ada@Example.com", MAIL),
        ("Where is my", WORDS),
        ("Third time this month", WORDS),
        ("Is my table ready?", WORDS),
        ("yesterday by Ada", NAME),
        ("Hello", WORDS),
    ] {
        text = text.replace(from, to);
    }
    text
}

async fn tell_everything(http: &str) -> Vec<Refused> {
    let desk = Desk::at(http).await;
    for (queue, body) in deliveries() {
        desk.send(queue, &body).await;
        desk.settle().await;
    }
    let source = format!("{NAME} {MAIL}");
    desk.send_with("call-events", WORDS, &[("source", "cti")])
        .await;
    let stored = desk.pop(&format!("phone={PHONE}")).await;
    assert_eq!(stored["state"], "match", "the canaries are stored");
    assert!(stored.to_string().contains(NAME), "{stored}");
    for query in [
        format!("email={MAIL}"),
        format!("phone={PHONE}{PHONE}{PHONE}"),
        format!("phone={}", source.replace(' ', "+")),
        format!("email={}", NAME.replace(' ', "+")),
        format!("identity=visitor:shop/{MAIL}"),
        format!("identity={PHONE}"),
    ] {
        desk.get(&format!("/v1/screen-pop?{query}")).await;
    }
    tell_all_of(&desk, &stored).await;
    for path in [
        format!("interactions/cti:{PHONE}"),
        format!("customers/{MAIL}"),
        format!("customers/{MAIL}/timeline?cursor={PHONE}"),
        format!("{MAIL}/{PHONE}"),
    ] {
        desk.get(&format!("/v1/{path}")).await;
    }
    desk.quarantined().await
}

/// What agents say of a customer, by each route: taken and refused.
async fn tell_all_of(desk: &Desk, pop: &Value) {
    let customer = pop["customer"]["id"].as_str().unwrap();
    let interaction = pop["timeline"][0]["id"].as_str().unwrap();
    let promise = json!({"promised": "email", "text": WORDS, "owner": NAME, "due_at": "2026-03-03T09:00:00Z"});
    let call = json!({
        "channel": "call", "direction": "inbound", "customer": format!("+{PHONE}"), "subject": WORDS, "note": WORDS,
        "started_at": "2026-03-02T09:00:00Z", "agent": NAME, "promises": [promise.clone()]
    });
    let said = [
        (
            "POST",
            format!("customers/{customer}/links"),
            json!({"identity": MAIL, "note": WORDS}),
        ),
        (
            "PATCH",
            format!("customers/{customer}"),
            json!({"name": NAME, "address": WORDS, "preferences": {"tea": WORDS}}),
        ),
        (
            "POST",
            format!("interactions/{interaction}/wrap-up"),
            json!({"note": WORDS, "promises": [promise]}),
        ),
        (
            "POST",
            format!("interactions/{interaction}/notes"),
            json!({"text": format!("{NAME} {MAIL}")}),
        ),
        ("POST", "interactions".to_owned(), call),
        (
            "PUT",
            format!("identities/tel:+{PHONE}"),
            json!({"shared": true}),
        ),
    ];
    for (method, path, body) in said {
        let taken = desk.tell(method, &format!("/v1/{path}"), body).await;
        assert!(
            [200, 201].contains(&taken.status),
            "{method} {path}: {}",
            taken.body
        );
        // The same route with what cannot be: the refusals tell nothing either.
        for wrong in [json!({WORDS: NAME}), json!(MAIL), json!([PHONE])] {
            let refused = desk.tell(method, &format!("/v1/{path}"), wrong).await;
            assert_eq!(refused.status, 400, "{method} {path}: {}", refused.body);
        }
    }
    let decided = json!({"decision": "confirm"});
    let path = format!("/v1/customers/{customer}/candidates/mailto:{MAIL}");
    desk.tell("POST", &path, decided).await;
    for path in [
        format!("customers/{customer}/links"),
        format!("customers/{customer}/candidates"),
        format!(
            "customers/{customer}/may-contact?purpose=sales&channel=call&identity=tel:%2B{PHONE}"
        ),
        format!("screen-pop?interaction={interaction}"),
        format!("screen-pop?interaction=cti:{MAIL}"),
    ] {
        desk.get(&format!("/v1/{path}")).await;
    }
}

/// The stack in a process of its own.
pub(crate) struct Stack {
    child: Child,
    pub(crate) http: String,
    written: Arc<Mutex<String>>,
    readers: Vec<JoinHandle<()>>,
}

impl Stack {
    /// This very test program once more, with the stack's part to play in that test: it is the same code as the
    /// binary's, and it is built already.
    pub(crate) fn start(test: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--nocapture"])
            .env(STACK, "1")
            .env("LOG_LEVEL", "debug")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let written: Arc<Mutex<String>> = Arc::default();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut err = child.stderr.take().unwrap();
        let note = |written: &Arc<Mutex<String>>| {
            let written = Arc::clone(written);
            move |text: &str| written.lock().unwrap().push_str(text)
        };
        let (to_out, to_err) = (note(&written), note(&written));
        let errors = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let _ = err.read_to_end(&mut bytes);
            to_err(&String::from_utf8_lossy(&bytes));
        });
        let mut http = None;
        while http.is_none() {
            let mut line = String::new();
            assert_ne!(
                out.read_line(&mut line).unwrap(),
                0,
                "the stack ended: {}",
                written.lock().unwrap()
            );
            http = line.trim().strip_prefix("ready ").map(str::to_owned);
            to_out(&line);
        }
        let rest = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = out.read_to_string(&mut text);
            to_out(&text);
        });
        Self {
            child,
            http: http.unwrap(),
            written,
            readers: vec![errors, rest],
        }
    }

    /// Ends it and gives all that it has written.
    pub(crate) fn stop(&mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        self.written.lock().unwrap().clone()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
