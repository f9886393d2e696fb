//! The functions with everything around them broken: a table and queues that quote what they refuse, that fail, that
//! stay silent, that are not there; and parsers that panic with a record in their message.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use connect_flow::Flow;
use edit_profile::Profiles;
use ingest::Ingest;
use lambda_kit::config::Env;
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use link_customers::Links;
use screen_pop::Pops;
use serde_json::{Value, json};
use sources::{About, Context, Envelope, Reading, Rejection, Source};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use widget_sessions::Widget;
use wrap_up::WrapUps;

use super::fixtures;
use super::log_unredacted;
use super::plant::planted;
use super::trace::{MAIL, NAME, PHONE, WORDS, trace_in};

const BROKEN: &str = "CORNERSTORE_TESTS_BREAK";
const THIS: &str = "canary::broken::nothing_that_breaks_tells_a_customers_data";
/// How long a function has: it does not wait for what stays silent.
const TIME: Duration = Duration::from_millis(1500);
/// Most bytes of a request that the broken services read.
const MAX_REQUEST: usize = 64 * 1024;

/// How the table and the queues are broken.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// They refuse, and quote what they refuse, as DynamoDB does.
    Quoting,
    /// They fail, and their answer holds what was sent.
    Failing,
    /// They take the request and never answer.
    Silent,
    /// Nobody listens.
    Away,
}

const FAULTS: [Fault; 4] = [Fault::Quoting, Fault::Failing, Fault::Silent, Fault::Away];

/// What stands in for a service under that fault.
async fn service(fault: Fault) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (status, kind) = match fault {
        Fault::Quoting => (
            "400 Bad Request",
            "com.amazon.coral.validate#ValidationException",
        ),
        Fault::Failing => ("500 Internal Server Error", "InternalServerError"),
        Fault::Silent => ("", ""),
        Fault::Away => return url,
    };
    tokio::spawn(async move {
        let mut silent = Vec::new();
        while let Ok((mut client, _)) = listener.accept().await {
            if status.is_empty() {
                silent.push(client);
                continue;
            }
            let mut request = vec![0; MAX_REQUEST];
            // The answer does not depend on what was read.
            let _ = client.read(&mut request).await;
            let message = format!("The value {NAME} of +{PHONE} <{MAIL}> is refused: {WORDS}");
            let body = json!({"__type": kind, "message": message, "Message": message}).to_string();
            let head = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                body.len()
            );
            let _ = client.write_all(format!("{head}{body}").as_bytes()).await;
        }
    });
    url
}

fn env(url: &str) -> Env {
    let queues = ["CALL", "CHAT", "EMAIL", "JOURNEY"].map(|kind| {
        (
            format!("{kind}_EVENTS_QUEUE_URL"),
            format!("{url}/000000000000/main"),
        )
    });
    let rest = [
        ("TABLE_NAME", "table"),
        (
            "STACK_SECRET",
            "a-secret-of-the-tests-that-is-long-enough-for-all",
        ),
        ("DEFAULT_REGION", "US"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "local"),
        ("AWS_SECRET_ACCESS_KEY", "local"),
        ("WIDGET_ORIGINS", "https://www.example.com"),
        ("AWS_ENDPOINT_URL_SQS", url),
        ("AWS_ENDPOINT_URL_DYNAMODB", url),
    ];
    let rest = rest.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let quarantine = (
        "QUARANTINE_QUEUE_URL".to_owned(),
        format!("{url}/000000000000/quarantine"),
    );
    Env::from_map(rest.into_iter().chain(queues).chain([quarantine]))
}

fn event<T: serde::de::DeserializeOwned>(payload: Value) -> LambdaEvent<T> {
    let mut context = LambdaContext::default();
    let end = SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + TIME;
    context.deadline = u64::try_from(end.as_millis()).unwrap();
    LambdaEvent::new(serde_json::from_value(payload).unwrap(), context)
}

fn batch(bodies: &[(&str, String)]) -> Value {
    let records = bodies.iter().enumerate().map(|(place, (source, body))| {
        json!({
            "messageId": format!("message-{place}"), "receiptHandle": "handle", "body": body,
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772442000000"},
            "messageAttributes": {"source": {"stringValue": source, "dataType": "String"}},
            "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:test-call-events",
        })
    });
    json!({"Records": records.collect::<Vec<_>>()})
}

fn request(
    route: &str,
    parameters: Value,
    query: &str,
    body: Value,
) -> LambdaEvent<ApiGatewayV2httpRequest> {
    let method = route.split(' ').next().unwrap();
    event(json!({
        "routeKey": route, "rawPath": "/v1", "rawQueryString": query, "pathParameters": parameters,
        "headers": {"content-type": "application/json", "origin": "https://www.example.com", "user-agent": NAME},
        "requestContext": {"http": {"method": method, "sourceIp": "192.0.2.7"}, "authorizer": {"jwt": {"claims": {"sub": "agent-7"}}}},
        "body": body.to_string(), "isBase64Encoded": false
    }))
}

/// A problem or a degraded answer, which quotes nothing.
fn judge(what: &str, fault: Fault, response: &ApiGatewayV2httpResponse) {
    let body = format!("{:?}", response.body);
    let is_told = response.status_code >= 500 || body.contains("degraded");
    // An answer that is given names whom was asked for; a problem names nobody.
    if response.status_code >= 400 {
        assert_eq!(trace_in(&body), None, "{what} {fault:?}: {body}");
    }
    assert!(is_told, "{what} {fault:?} {}: {body}", response.status_code);
}

async fn break_everything() -> BTreeMap<String, usize> {
    let mut sent: BTreeMap<String, usize> = BTreeMap::new();
    for fault in FAULTS {
        let url = service(fault).await;
        for (queue, all) in sources::ALL {
            let function = Ingest::new("ingest", all, env(&url)).unwrap();
            let mut bodies = Vec::new();
            for source in all {
                let fixture = fixtures(source.name()).into_iter().next();
                let body = fixture
                    .map_or_else(|| format!("{{\"{NAME}\": \"{WORDS}\"}}"), |(body, _)| body);
                let planted = planted(&body, true);
                bodies.push((source.name(), planted.body));
                *sent
                    .entry(format!("{fault:?} table and queues, {queue}"))
                    .or_default() += planted.canaries;
            }
            let answer = function.handle(event(batch(&bodies))).await.unwrap();
            assert!(!answer.batch_item_failures.is_empty(), "{queue} {fault:?}");
        }
        for (what, response) in ask_everything(&url).await {
            judge(what, fault, &response);
            *sent
                .entry(format!("{fault:?} table and queues, {what}"))
                .or_default() += 3;
        }
        let flow = Flow::new(env(&url)).unwrap();
        let call = json!({"Details": {"ContactData": {"ContactId": "c1", "Channel": "VOICE", "InitiationMethod": "INBOUND",
            "CustomerEndpoint": {"Address": format!("+{PHONE}"), "Type": "TELEPHONE_NUMBER"}}, "Parameters": {"name": NAME}},
            "Name": "ContactFlowEvent"});
        let _ = flow.handle(event(call)).await;
        *sent
            .entry(format!("{fault:?} table and queues, connect-flow"))
            .or_default() += 2;
    }
    sent
}

/// One request to each function that answers.
async fn ask_everything(url: &str) -> Vec<(&'static str, ApiGatewayV2httpResponse)> {
    let customer = json!({"id": format!("cus_{}", "a".repeat(26))});
    let call = json!({"id": "cti:4711"});
    let query = format!("phone=%2B{PHONE}");
    let pop = Pops::new(env(url)).unwrap();
    let links = Links::new(env(url)).unwrap();
    let profiles = Profiles::new(env(url)).unwrap();
    let acts = WrapUps::new(env(url)).unwrap();
    let widget = Widget::new(env(url)).unwrap();
    let session = json!({"widget": "shop", "visitor": null, "events": [{"type": "message", "id": "1", "text": WORDS}]});
    let began = widget
        .handle(request("POST /v1/widget/sessions", json!({}), "", session))
        .await;
    assert!(
        began.status_code == 201 || began.status_code >= 400,
        "{began:?}"
    );
    vec![
        (
            "screen-pop",
            pop.handle(request("GET /v1/screen-pop", json!({}), &query, json!({})))
                .await,
        ),
        (
            "customer",
            pop.handle(request(
                "GET /v1/customers/{id}",
                customer.clone(),
                "",
                json!({}),
            ))
            .await,
        ),
        (
            "link-customers",
            links
                .handle(request(
                    "POST /v1/customers/{id}/links",
                    customer.clone(),
                    "",
                    json!({"identity": format!("mailto:{MAIL}"), "note": NAME}),
                ))
                .await,
        ),
        (
            "edit-profile",
            profiles
                .handle(request(
                    "PATCH /v1/customers/{id}",
                    customer,
                    "",
                    json!({"name": NAME, "address": WORDS}),
                ))
                .await,
        ),
        (
            "wrap-up",
            acts.handle(request(
                "POST /v1/interactions/{id}/notes",
                call,
                "",
                json!({"text": format!("{NAME} {WORDS}")}),
            ))
            .await,
        ),
    ]
}

/// A source that panics with the record in its message, as an index out of its bounds would.
struct Panicking;

impl Source for Panicking {
    fn name(&self) -> &'static str {
        "cti"
    }

    fn recognises(&self, _envelope: &Envelope) -> bool {
        true
    }

    fn read(&self, envelope: &Envelope, _context: &Context) -> Result<Reading, Rejection> {
        panic!("cannot read {:?}", envelope.object());
    }

    fn about(&self) -> &'static About {
        sources::CALLS[0].about()
    }
}

static PANICKING: &[&dyn Source] = &[&Panicking];

/// The deployed functions' own set-up, whose hook says where a panic was and not what it said.
async fn panic_over_a_record() {
    lambda_kit::telemetry::init();
    let url = service(Fault::Away).await;
    let function = Ingest::new("ingest-call", PANICKING, env(&url)).unwrap();
    let body = json!({"name": NAME, "text": WORDS, "to": MAIL}).to_string();
    let answer = function
        .handle(event(batch(&[("cti", body)])))
        .await
        .unwrap();
    assert_eq!(
        answer.batch_item_failures.len(),
        1,
        "it comes again, and goes to the dead letters at last"
    );
}

/// What the broken functions were sent, by path.
pub(super) fn canaries() -> BTreeMap<String, usize> {
    let (told, _) = played("faults");
    let line = told
        .lines()
        .find_map(|line| line.split_once("SENT ").map(|(_, rest)| rest.to_owned()));
    serde_json::from_str(&line.unwrap()).unwrap()
}

/// This test once more in a process of its own, so that all that it writes is seen.
fn played(part: &str) -> (String, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", THIS, "--nocapture"])
        .env(BROKEN, part)
        .env("LOG_LEVEL", "debug")
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{out}\n{err}");
    (out.into_owned(), err.into_owned())
}

#[test]
fn nothing_that_breaks_tells_a_customers_data() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match std::env::var(BROKEN).as_deref() {
        Ok("faults") => {
            log_unredacted();
            let sent = runtime.block_on(break_everything());
            println!("\nSENT {}", json!(sent));
            return;
        }
        Ok("panic") => return runtime.block_on(panic_over_a_record()),
        Ok(_) | Err(_) => {}
    }
    for (part, said) in [("faults", "refused"), ("panic", "panicked")] {
        let (out, err) = played(part);
        let written = format!("{out}\n{err}");
        assert!(written.contains(said), "{part}: {written}");
        let leak = written
            .lines()
            .find_map(|line| Some((trace_in(line)?, line)));
        assert_eq!(leak, None, "{part}");
    }
}
