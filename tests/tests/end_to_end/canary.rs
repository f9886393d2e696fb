//! Personal data of one invented customer goes down every path there is, and is looked for wherever others read: log
//! lines, metrics, problems, attributes of the quarantine. The logs are those before anything is redacted, so that the types
//! that hide a value are tried and not the second line behind them.

mod broken;
mod plant;
mod routes;
mod trace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser;
use cornerstore::cli::{self, Cli};
use cornerstore::webhooks::sources_with_webhooks;
use futures_util::stream::{self, StreamExt};
use lambda_kit::telemetry::levels;
use queue::{Message, attribute};
use serde_json::json;
use sources::Context;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::desk::{Desk, Refused};
use crate::personal::{STACK, Stack};
use crate::webhooks::{send, signed_with};

use plant::planted;
use trace::{NAME, PHONE, WORDS, trace_in};

const THIS: &str = "canary::no_path_leads_a_customers_data_to_where_others_read";
/// How many deliveries and canaries there are at least: without them the test would prove nothing.
const LEAST_DELIVERIES: usize = 1500;
/// How many deliveries are on their way at once.
const AT_ONCE: usize = 16;
const LEAST_CANARIES: usize = 5000;
/// Where the measured rows go.
const ROWS: &str = "../docs/proof/canary.json";

/// Canaries by the path that they went down.
#[derive(Default)]
struct Sent(BTreeMap<String, usize>);

impl Sent {
    fn down(&mut self, path: impl Into<String>, canaries: usize) {
        *self.0.entry(path.into()).or_default() += canaries;
    }
}

/// Logs as they are before the redacting writer.
fn log_unredacted() {
    let targets = levels(LevelFilter::DEBUG).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_writer(std::io::stderr);
    tracing_subscriber::registry()
        .with(lines)
        .with(targets)
        .init();
}

#[test]
fn no_path_leads_a_customers_data_to_where_others_read() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(STACK).is_some() {
        log_unredacted();
        let cli = Cli::parse_from(["cornerstore", "up", "--memory", "--port", "0"]);
        runtime.block_on(cli::run(cli)).unwrap();
        return;
    }
    let mut stack = Stack::start(THIS);
    let mut sent = Sent::default();
    let http = stack.http.clone();
    let refused = runtime.block_on(async {
        let desk = Desk::at(&http).await;
        let deliveries = down_the_queues(&desk, &mut sent).await;
        assert!(deliveries >= LEAST_DELIVERIES, "{deliveries}");
        down_the_webhooks(&desk, &mut sent).await;
        routes::good(&desk, &mut sent).await;
        routes::bad(&desk, &mut sent).await;
        let refused = desk.quarantined().await;
        for queue in [
            "call-events-dlq",
            "chat-events-dlq",
            "email-events-dlq",
            "journey-events-dlq",
        ] {
            let dead = desk.take_all(queue).await;
            assert!(dead.is_empty(), "{queue}: {}", dead.len());
        }
        refused
    });
    let written = stack.stop();
    assert!(
        written.contains("record quarantined"),
        "the refusals are logged"
    );
    assert!(refused.len() > 300, "{}", refused.len());
    told_nobody(&written, &refused, &mut sent);
    let mut found = sent.0;
    found.extend(broken::canaries());
    assert!(found.values().all(|canaries| *canaries > 0), "{found:?}");
    let canaries: usize = found.values().sum();
    assert!(canaries >= LEAST_CANARIES, "{canaries}");
    println!("{} paths, {canaries} canaries, 0 found", found.len());
    for (path, canaries) in &found {
        println!("{canaries:6}  {path}");
    }
    write_rows(found.len(), canaries);
}

/// The fixtures of a source that a queue takes as they are, with the headers that belong to each.
fn fixtures(source: &str) -> Vec<(String, Option<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sources/fixtures");
    // A provider's two ways may share one folder.
    let Ok(entries) = std::fs::read_dir(folder.join(source)) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let is_body = |file: &PathBuf| file.extension().is_some_and(|end| end != "headers");
    let bodies = files.into_iter().filter(is_body);
    let with_headers = bodies.map(|file| {
        let body = std::fs::read_to_string(&file).unwrap();
        let headers = std::fs::read_to_string(file.with_extension("headers")).ok();
        (body, headers)
    });
    with_headers.filter(|(body, _)| !body.is_empty()).collect()
}

/// Each fixture of each source, once with its own fields and once with some that nobody knows.
async fn down_the_queues(desk: &Desk, sent: &mut Sent) -> usize {
    let mut deliveries = 0;
    for (queue, sources) in sources::ALL {
        let mut waiting = Vec::new();
        for source in sources {
            let name = source.name();
            for (body, headers) in fixtures(name) {
                for strange in [false, true] {
                    let planted = planted(&body, strange);
                    sent.down(format!("queue {queue}, source {name}"), planted.canaries);
                    waiting.push((name, planted.body, headers.clone()));
                }
            }
        }
        deliveries += waiting.len();
        let sending = waiting.iter().map(|(name, body, headers)| {
            let headers = headers
                .iter()
                .map(|headers| (attribute::HEADERS, headers.clone()));
            let said = [(attribute::SOURCE, (*name).to_owned())];
            // What SQS does not carry as it is goes in base64, as the webhook writes it.
            let message = Message::of(body.as_bytes(), said.into_iter().chain(headers).collect());
            async move {
                let said = message.attributes.iter();
                let said: Vec<_> = said.map(|(name, value)| (*name, value.as_str())).collect();
                desk.send_with(queue, &message.body, &said).await;
            }
        });
        stream::iter(sending)
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<()>>()
            .await;
        // Nothing that is known, with everything that is personal in what a sender can say beside a body.
        for (body, source) in [
            (format!("hello, I am {NAME}, +{PHONE}: {WORDS}"), "cti"),
            (format!("{{\"{NAME}\": \"{WORDS}\"}}"), NAME),
            (
                format!("[[\"{NAME}\"], {{\"specversion\": \"{WORDS}\"}}]"),
                "cloudevents",
            ),
            (format!("{{\"{NAME}\": \"{WORDS}\""), "cloudevents"),
        ] {
            let account = format!("{NAME} +{PHONE}");
            let headers = json!({"x-caller": NAME, "user-agent": WORDS}).to_string();
            let said = [
                ("source", source),
                ("account", &account),
                ("headers", &headers),
                ("caller", WORDS),
            ];
            desk.send_with(queue, &body, &said).await;
            sent.down(format!("queue {queue}, unreadable"), 5);
        }
        desk.settle().await;
    }
    deliveries
}

/// What is said of deliveries that cannot be read, and the names of those that are not used, which go into a metric.
#[test]
fn no_reason_and_no_figure_quotes_what_was_sent() {
    let context = Context {
        received_at: "2026-03-02T09:00:00Z".parse().unwrap(),
        region: None,
    };
    let (mut refused, mut ignored) = (0, 0);
    for (_, sources) in sources::ALL {
        for source in sources {
            let said = BTreeMap::from([("source".to_owned(), source.name().to_owned())]);
            for (body, _) in fixtures(source.name()) {
                for strange in [false, true] {
                    let planted = planted(&body, strange).body;
                    let told: Vec<String> = match sources::read(sources, &planted, &said, &context)
                    {
                        Ok(reading) => {
                            ignored += reading.ignored.len();
                            let why = reading.rejections.iter().map(ToString::to_string);
                            why.chain(reading.ignored.iter().cloned()).collect()
                        }
                        Err(why) => vec![why.to_string()],
                    };
                    refused += told.len();
                    for told in told {
                        assert_eq!(trace_in(&told), None, "{}: {told}", source.name());
                    }
                }
            }
        }
    }
    assert!(refused > 300 && ignored > 50, "{refused} {ignored}");
}

/// A delivery of each source, good and forged; what is said of a forged one quotes nothing.
async fn down_the_webhooks(desk: &Desk, sent: &mut Sent) {
    for (_, source, webhook) in sources_with_webhooks() {
        let name = source.name();
        for kind in source.about().kinds {
            let planted = planted(
                &crate::desk::fixture(&format!("{name}/{}", kind.fixture)),
                false,
            );
            let good = signed_with(desk, source, webhook, kind.fixture, planted.body);
            let mut forged = good.clone();
            for (header, value) in &mut forged.headers {
                if !webhook.headers.contains(&header.as_str()) && header != "content-type" {
                    *value = format!("{NAME} {WORDS}");
                }
            }
            forged.url = format!(
                "{}?validation={WORDS}&phone={PHONE}",
                forged.url.split('?').next().unwrap()
            )
            .replace(' ', "%20");
            forged.body.extend(b" ");
            let heard = send(forged).await;
            assert!(
                heard.status == 401 || heard.status == 200 || heard.status == 202,
                "{name}: {heard:?}"
            );
            assert_eq!(trace_in(&heard.body), None, "{name} {heard:?}");
            let heard = send(good).await;
            assert!(
                matches!(heard.status, 200 | 202),
                "{name} {}: {heard:?}",
                kind.fixture
            );
            assert_eq!(trace_in(&heard.body), None, "{name} {heard:?}");
            sent.down(format!("webhook {name}"), planted.canaries + 3);
        }
    }
    desk.settle().await;
}

/// Looks wherever others read.
fn told_nobody(written: &str, refused: &[Refused], sent: &mut Sent) {
    let leak = written
        .lines()
        .find_map(|line| Some((trace_in(line)?, line)));
    assert_eq!(leak, None, "in the log or the metrics");
    let mut in_bodies = 0;
    for record in refused {
        in_bodies += usize::from(trace_in(&record.body).is_some());
        for (name, value) in &record.said {
            let leak = trace_in(&format!("{name}={value}"));
            assert_eq!(leak, None, "in quarantine's attribute {name}: {value}");
        }
    }
    sent.down("quarantine, bodies with canaries", in_bodies);
}

fn write_rows(paths: usize, canaries: usize) {
    if std::env::var_os("UPDATE_DOCS").is_none() {
        return;
    }
    let rows = json!([{
        "what": "Canary personal data, sent down every path and looked for in logs, metrics, problems and attributes of the quarantine",
        "result": format!("{canaries} canaries down {paths} paths, 0 found"),
        "command": "cargo test -p tests --test end_to_end canary",
    }]);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(ROWS);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, format!("{rows:#}\n")).unwrap();
}
