//! The runbooks' commands, run as they stand on a stack in the state that the page is about, and what they print.
#![expect(
    clippy::unwrap_used,
    reason = "what a case shares with others panics as a test does"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use aws::AwsAccess;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::MessageAttributeValue;
use cornerstore::stack::{self, Options, Running};
use serde_json::Value;

/// The call that the states are about.
const CALL: &str = "cti:8437461";
/// Longest time until a command that changes nothing prints what it should.
const PATIENCE: Duration = Duration::from_secs(40);
/// What stands for anything on one line; alone on the last line, for any lines.
const ANYTHING: &str = "…";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A command of a page, and the lines that it is to print.
#[derive(Debug, PartialEq)]
struct Step {
    command: String,
    prints: Vec<String>,
    /// Whether the page says that it ends with an error.
    fails: bool,
}

fn steps(page: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for block in page.split("```sh run").skip(1) {
        let (mark, block) = block.split_once('\n').unwrap_or_default();
        let fails = match mark {
            "" => false,
            " fails" => true,
            other => panic!("a block cannot be marked `sh run{other}`"),
        };
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ cargo run -- "), steps.last_mut()) {
                (Some(command), _) => steps.push(Step {
                    command: command.to_owned(),
                    prints: Vec::new(),
                    fails,
                }),
                (None, Some(step)) => step.prints.push(line.to_owned()),
                (None, None) => panic!("a block begins with a command: {line}"),
            }
        }
    }
    steps
}

/// Whether a line is of an outline, in which `…` stands for anything.
fn fits(outline: &str, line: &str) -> bool {
    let mut parts = outline.split(ANYTHING);
    let Some(rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut rest = rest;
    let mut last = None;
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
        last = Some(part);
    }
    rest.is_empty() || last.is_some_and(|part| part.is_empty() || line.ends_with(part))
}

fn prints(outlines: &[String], printed: &str) -> bool {
    let lines: Vec<&str> = printed.lines().collect();
    let (open, outlines) = match outlines.split_last() {
        Some((last, before)) if last == ANYTHING => (true, before),
        Some(_) | None => (false, outlines),
    };
    let enough = lines.len() == outlines.len() || (open && lines.len() > outlines.len());
    enough
        && outlines
            .iter()
            .zip(lines)
            .all(|(outline, line)| fits(outline, line))
}

#[test]
fn an_outline_fits_what_it_stands_for_only() {
    assert!(fits("a … c", "a b c") && fits("…", "") && fits("a…", "abc"));
    assert!(!fits("a … c", "a b d") && !fits("a", "ab") && !fits("a…c", "acb"));
    let outline = ["a".to_owned(), ANYTHING.to_owned()];
    assert!(prints(&outline, "a\nb\nc") && !prints(&outline, "b\nc"));
    assert!(!prints(&outline[..1], "a\nb"));
}

struct Desk {
    running: Running,
    sqs: aws_sdk_sqs::Client,
    /// What stands in braces in a page's commands.
    names: Vec<(&'static str, String)>,
}

impl Desk {
    async fn in_state(state: &str) -> Self {
        let running = stack::start(&Options::in_memory()).await.unwrap();
        let mut desk = Self {
            sqs: queue::client(&AwsAccess::local(&running.sqs)),
            running,
            names: Vec::new(),
        };
        match state {
            "healthy" => desk.hear_of_a_call().await,
            "dead letters" => {
                for delivery in ["new-call.txt", "hangup.txt"] {
                    desk.put("call-events-dlq", delivery).await;
                }
            }
            "refused" => {
                desk.put("call-events", "bad-direction.txt").await;
                desk.send("call-events", "nonsense", None).await;
                desk.shows("quarantine list", "quarantine: 2 messages");
            }
            "damaged" => {
                desk.hear_of_a_call().await;
                desk.set_rev("7").await;
            }
            "linked" => {
                desk.hear_of_a_call().await;
                let (pop, _) = desk.run("pop --json --phone +14155550142");
                let pop: Value = serde_json::from_str(&pop).unwrap();
                let customer = pop["customer"]["id"].as_str().unwrap().to_owned();
                let link = format!(
                    "api POST /v1/customers/{customer}/links {{\"identity\":\"mailto:ada@example.com\"}}"
                );
                let (answer, worked) = desk.run(&link);
                assert!(worked, "{answer}");
                let (links, _) = desk.run(&format!("api GET /v1/customers/{customer}/links"));
                let id = links
                    .split("\"link_id\":")
                    .nth(1)
                    .and_then(|rest| rest.split('"').nth(1));
                let id = id.unwrap_or_else(|| panic!("{links}")).to_owned();
                desk.names = vec![("{customer}", customer), ("{link}", id)];
            }
            other => panic!("no page is about the state {other}"),
        }
        desk
    }

    async fn hear_of_a_call(&self) {
        for delivery in ["new-call.txt", "hangup.txt"] {
            self.put("call-events", delivery).await;
        }
        self.shows("pop --phone +14155550142", "abandoned");
    }

    async fn put(&self, queue: &str, delivery: &str) {
        let path = root().join("shared/sources/fixtures/cti").join(delivery);
        let body = std::fs::read_to_string(path).unwrap();
        self.send(queue, &body, Some("cti")).await;
    }

    async fn send(&self, queue: &str, body: &str, source: Option<&str>) {
        let send = self
            .sqs
            .send_message()
            .queue_url(&self.running.queues[queue]);
        let source = source.map(|name| {
            let value = MessageAttributeValue::builder().data_type("String");
            let value = value.string_value(name).build().unwrap();
            ("source".to_owned(), value)
        });
        let send = send.set_message_attributes(source.map(|pair| [pair].into()));
        send.message_body(body).send().await.unwrap();
    }

    async fn set_rev(&self, rev: &str) {
        let client = store::client::dynamodb(&AwsAccess::local(&self.running.dynamodb));
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let update = client.update_item().table_name(&self.running.table);
        update
            .key("pk", text(&format!("i#{CALL}")))
            .key("sk", text("i"))
            .update_expression("SET rev = :rev")
            .expression_attribute_values(":rev", AttributeValue::N(rev.to_owned()))
            .send()
            .await
            .unwrap();
    }

    /// Runs a command of a page and says what it printed, and whether it ended well.
    fn run(&self, command: &str) -> (String, bool) {
        let mut command = command.to_owned();
        for (name, value) in &self.names {
            command = command.replace(name, value);
        }
        let output = Command::new("sh")
            .args(["-c", &format!("\"$CORNERSTORE\" {}", quoted(&command))])
            .env("CORNERSTORE", env!("CARGO_BIN_EXE_cornerstore"))
            .env("CORNERSTORE_URL", &self.running.http)
            .current_dir(root())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.success())
    }

    fn shows(&self, command: &str, text: &str) {
        let end = Instant::now() + PATIENCE;
        loop {
            let (printed, _) = self.run(command);
            if printed.contains(text) {
                return;
            }
            assert!(Instant::now() < end, "{command} prints:\n{printed}");
        }
    }
}

/// JSON in a command stands in quotes, as a person would write it.
fn quoted(command: &str) -> String {
    match command.split_once(" {") {
        Some((before, json)) => format!("{before} '{{{json}'"),
        None => command.to_owned(),
    }
}

async fn holds(name: &str) {
    let page = std::fs::read_to_string(root().join("docs/runbooks").join(name)).unwrap();
    let state = page
        .split("<!-- state: ")
        .nth(1)
        .and_then(|rest| rest.split(" -->").next());
    let desk = Desk::in_state(state.expect("a page says what state it is about")).await;
    let steps = steps(&page);
    assert!(!steps.is_empty(), "{name} has no command");
    for step in steps {
        let changes = ["redrive", "replay", "--repair", "DELETE", "send "];
        let again = !changes.iter().any(|word| step.command.contains(word));
        let end = Instant::now() + PATIENCE;
        loop {
            let (printed, worked) = desk.run(&step.command);
            if worked != step.fails && prints(&step.prints, &printed) {
                break;
            }
            assert!(
                again && Instant::now() < end,
                "{name}: {} (worked: {worked}) prints\n{printed}\nand not\n{}",
                step.command,
                step.prints.join("\n")
            );
        }
    }
}

/// Each page is a test of its own, and none is forgotten.
macro_rules! runbooks {
    ($($test:ident $page:literal,)+) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                holds($page).await;
            }
        )+

        #[test]
        fn every_page_is_run() {
            let tested = [$($page),+];
            let index = std::fs::read_to_string(root().join("docs/runbooks/README.md")).unwrap();
            for entry in std::fs::read_dir(root().join("docs/runbooks")).unwrap() {
                let name = entry.unwrap().file_name().into_string().unwrap();
                assert!(name == "README.md" || tested.contains(&name.as_str()), "{name}");
                assert!(name == "README.md" || index.contains(&format!("]({name})")), "{name}");
            }
        }
    };
}

runbooks! {
    dead_letters "dead-letters.md",
    the_quarantine_grows "quarantine-grows.md",
    events_wait "events-wait.md",
    the_table_is_out_of_reach "table-out-of-reach.md",
    a_poison_record "poison-record.md",
    reading_again "reading-again.md",
    a_wrong_link "wrong-link.md",
    missing_or_doubled "missing-or-doubled.md",
    secrets "secrets.md",
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_again_is_sent_once_and_stays() {
    let desk = Desk::in_state("refused").await;
    let (printed, worked) = desk.run("quarantine replay");
    assert!(worked, "{printed}");
    assert!(
        printed.starts_with("quarantine: 2 messages sent to call-events\n"),
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 2 messages");
    let (printed, _) = desk.run("quarantine list");
    assert!(
        !printed.contains("taken by somebody"),
        "all is put back: {printed}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_says_no_queue_stays_and_is_told() {
    let desk = Desk::in_state("healthy").await;
    desk.send("quarantine", "{}", Some("cti")).await;
    let (printed, worked) = desk.run("quarantine replay");
    assert!(!worked);
    assert!(
        printed.contains("1 message left, of which no queue is known"),
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 1 message,");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_message_is_discarded_by_its_whole_id_only() {
    let desk = Desk::in_state("healthy").await;
    desk.send("quarantine", "{}", Some("cti")).await;
    desk.send("quarantine", "[]", Some("cti")).await;
    desk.shows("quarantine list", "quarantine: 2 messages");
    let (printed, _) = desk.run("quarantine list");
    let id = printed.split("such as ").nth(1).unwrap().trim();
    for meant in ["quarantine discard --id", "quarantine replay --id"] {
        let (printed, worked) = desk.run(&format!("{meant} {}", &id[..8]));
        assert!(!worked && printed.contains("no such message"), "{printed}");
    }
    let (printed, worked) = desk.run(&format!("quarantine discard --id {id}"));
    assert!(
        worked && printed == "quarantine: 1 message discarded\n",
        "{printed}"
    );
    desk.shows("quarantine list", "quarantine: 1 message,");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_reached_no_queue_is_seen_and_sent_where_somebody_says() {
    let desk = Desk::in_state("healthy").await;
    let path = root().join("shared/sources/fixtures/cti/new-call.txt");
    let body = std::fs::read_to_string(path).unwrap();
    desk.send("undelivered", &body, Some("+14155550142")).await;
    desk.shows("dlq list", "undelivered: 1 message,");
    let (printed, worked) = desk.run("dlq redrive --queue undelivered");
    assert!(!worked && printed.contains("--to"), "{printed}");
    let (printed, worked) = desk.run("dlq redrive --queue undelivered --to call-events");
    assert!(worked, "{printed}");
    assert_eq!(printed, "undelivered: 1 message sent to call-events\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sender_wrote_beside_a_dead_letter_is_not_shown() {
    let desk = Desk::in_state("healthy").await;
    desk.send("call-events-dlq", "{}", Some("+14155550142"))
        .await;
    desk.shows("dlq list", "source (other)");
    let (printed, _) = desk.run("dlq list");
    let id = printed.split("such as ").nth(1).unwrap();
    let id = id.split_whitespace().next().unwrap();
    let (closed, worked) = desk.run(&format!("dlq show {id}"));
    assert!(worked && !closed.contains("555"), "{closed}");
    let (open, _) = desk.run(&format!("dlq show {id} --body"));
    assert!(open.contains("source: +14155550142"), "{open}");
}
