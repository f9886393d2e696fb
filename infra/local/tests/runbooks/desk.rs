//! A stack in the state that a page is about.

use std::process::Command;
use std::time::Instant;

use aws::AwsAccess;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_sqs::types::MessageAttributeValue;
use cornerstore::stack::{self, Options, Running};
use serde_json::Value;

use crate::{PATIENCE, root};

/// The call that the states are about.
pub(crate) const CALL: &str = "cti:8437461";

/// A stack in a state, and who works on it.
pub(crate) struct Desk {
    pub(crate) running: Running,
    pub(crate) sqs: aws_sdk_sqs::Client,
    /// What stands in braces in a page's commands.
    names: Vec<(&'static str, String)>,
}

impl Desk {
    pub(crate) async fn in_state(state: &str) -> Self {
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

    pub(crate) async fn put(&self, queue: &str, delivery: &str) {
        let path = root().join("shared/sources/fixtures/cti").join(delivery);
        let body = std::fs::read_to_string(path).unwrap();
        self.send(queue, &body, Some("cti")).await;
    }

    pub(crate) async fn send(&self, queue: &str, body: &str, source: Option<&str>) {
        let said = source.map(|name| ("source", name));
        self.send_saying(queue, body, &said.into_iter().collect::<Vec<_>>())
            .await;
    }

    /// Sends a message with attributes.
    pub(crate) async fn send_saying(&self, queue: &str, body: &str, said: &[(&str, &str)]) {
        let mut send = self
            .sqs
            .send_message()
            .queue_url(&self.running.queues[queue]);
        for (name, text) in said {
            let value = MessageAttributeValue::builder().data_type("String");
            let value = value.string_value(*text).build().unwrap();
            send = send.message_attributes(*name, value);
        }
        send.message_body(body).send().await.unwrap();
    }

    /// Has taken messages of a queue and keeps them for a while; says under which receipts.
    pub(crate) async fn take(&self, queue: &str, messages: i32) -> Vec<String> {
        let url = &self.running.queues[queue];
        let receive = self.sqs.receive_message().queue_url(url);
        let receive = receive.max_number_of_messages(messages);
        let taken = receive.visibility_timeout(600).send().await.unwrap();
        let taken = taken.messages.unwrap_or_default().into_iter();
        taken.filter_map(|message| message.receipt_handle).collect()
    }

    /// Puts back what was taken.
    pub(crate) async fn put_back(&self, queue: &str, receipts: &[String]) {
        for receipt in receipts {
            let change = self.sqs.change_message_visibility();
            let change = change.queue_url(&self.running.queues[queue]);
            let change = change.receipt_handle(receipt).visibility_timeout(0);
            change.send().await.unwrap();
        }
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
    pub(crate) fn run(&self, command: &str) -> (String, bool) {
        let (printed, code) = self.run_in(command, &[]);
        (printed, code == Some(0))
    }

    /// The same in another environment, with the exit code.
    pub(crate) fn run_in(
        &self,
        command: &str,
        environment: &[(&str, &str)],
    ) -> (String, Option<i32>) {
        let mut command = command.to_owned();
        for (name, value) in &self.names {
            command = command.replace(name, value);
        }
        let output = Command::new("sh")
            .args(["-c", &format!("\"$CORNERSTORE\" {}", quoted(&command))])
            .env("CORNERSTORE", env!("CARGO_BIN_EXE_cornerstore"))
            .env("CORNERSTORE_URL", &self.running.http)
            .envs(environment.iter().copied())
            .current_dir(root())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (String::from_utf8(text).unwrap(), output.status.code())
    }

    /// The id of a message that a list names.
    pub(crate) fn id_in(&self, list: &str) -> String {
        self.shows(list, "such as ");
        let (printed, _) = self.run(list);
        let id = printed.split("such as ").nth(1);
        let id = id.and_then(|rest| rest.split_whitespace().next());
        id.unwrap_or_else(|| panic!("{printed}")).to_owned()
    }

    /// When the events of an interaction were received, once there are so many.
    pub(crate) fn receptions(&self, interaction: &str, events: usize) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        loop {
            let (printed, _) = self.run(&format!("api GET /v1/interactions/{interaction}"));
            let answer: Value = serde_json::from_str(&printed).unwrap_or_default();
            let stored = answer["events"].as_array().into_iter().flatten();
            let times = stored.filter_map(|event| Some(event["received_at"].as_str()?.to_owned()));
            let mut times: Vec<String> = times.collect();
            if times.len() == events {
                times.sort();
                return times;
            }
            assert!(Instant::now() < end, "{printed}");
        }
    }

    pub(crate) fn shows(&self, command: &str, text: &str) {
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
