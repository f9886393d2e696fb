//! A customer's day in ten interactions, played through the formats that real systems send, and the pop at its end.

mod desk;
mod people;
mod story;

use std::time::Duration;

use anstyle::{AnsiColor, Style};
use aws::AwsAccess;
use aws_sdk_sqs::types::QueueAttributeName;
use serde_json::{Value, json};

use crate::cli::{self, CliError};
use crate::{card, stack};
use desk::{Desk, aside};
use people::{NOOR_EMAIL, NOOR_PHONE, Played};
use story::{PHONE, Story};
use tokio::time::Instant;

/// Longest time that the stack may take for one step.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// How often a queue is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(25);

const DIM: Style = Style::new().dimmed();
const BOLD: Style = Style::new().bold();
const GREEN: Style = AnsiColor::Green.on_default();

/// Plays the day on the stack that runs at `url`, or on one of its own that keeps everything in memory.
///
/// # Errors
/// When no stack can be had, or it does not take a step in time.
pub async fn play(url: Option<&str>) -> Result<(), CliError> {
    let own = match url {
        Some(_) => None,
        None => Some(stack::start(&stack::Options::in_memory()).await?),
    };
    let url = own
        .as_ref()
        .map_or(url.unwrap_or(cli::DEFAULT_URL), |running| &running.http)
        .to_owned();
    let at = url.clone();
    let about = aside(move || cli::about(&at)).await?;
    let sqs = about["sqs"].as_str().unwrap_or_default();
    let client = queue::client(&AwsAccess::local(sqs));
    let began = Instant::now();

    anstream::println!("{BOLD}A day at Plumb Line Surveyors{BOLD:#} {DIM}on {url}{DIM:#}\n");
    let story = Story::new(cli::now(), format!("{:08x}", fastrand::u32(..)));
    let mut messages = 0;
    for step in story.steps() {
        let Some(queue) = about["queues"][step.queue].as_str() else {
            return Err(CliError::Demo("its queues"));
        };
        anstream::print!(
            "  {:>14}  {:<66}",
            card::ago(step.at, story.now()),
            step.line
        );
        for body in &step.bodies {
            cli::send_body(&client, queue, body, &[]).await?;
            messages += 1;
        }
        drained(&client, queue).await?;
        anstream::println!(" {GREEN}✓{GREEN:#} {DIM}{}{DIM:#}", step.format);
    }
    anstream::println!(
        "\n{DIM}{messages} messages in {:.1} s. What the agent sees while it rings:{DIM:#}\n",
        began.elapsed().as_secs_f32()
    );

    let desk = Desk {
        token: about["agent_token"].as_str().unwrap_or_default().to_owned(),
        url: url.clone(),
    };
    anstream::print!("{}", desk.card("phone", PHONE).await?);
    let stage = Stage {
        desk,
        client,
        queues: about["queues"].clone(),
        story,
    };
    stage.three_identities().await?;
    stage.a_shared_number().await?;
    stage.a_withheld_number().await?;
    stage.a_wrong_link().await?;
    if own.is_none() {
        anstream::println!(
            "\n{DIM}The same again: cargo run -- pop --phone '{PHONE}' --url {url}{DIM:#}"
        );
    }
    Ok(())
}

/// What the scenes behind the day play on.
struct Stage {
    desk: Desk,
    client: aws_sdk_sqs::Client,
    queues: Value,
    story: Story,
}

impl Stage {
    /// A customer who chats, writes and phones under three identities becomes one.
    async fn three_identities(&self) -> Result<(), CliError> {
        heading("One customer under three identities");
        self.play(people::noor(&self.story)).await?;
        self.show("phone", NOOR_PHONE).await?;
        let id = self.desk.customer("phone", NOOR_PHONE).await?;
        let body =
            json!({ "identity": format!("mailto:{NOOR_EMAIL}"), "note": "said so on the phone" });
        self.desk
            .ask("POST", format!("/v1/customers/{id}/links"), Some(body))
            .await?;
        done("the caller says which address is hers: POST /v1/customers/{id}/links");
        let path = format!("/v1/customers/{id}/candidates");
        let candidates = self.desk.ask("GET", path.clone(), None).await?;
        let visitor = candidates["candidates"][0]["identity"].as_str();
        let visitor = visitor.ok_or(CliError::Demo("a candidate"))?;
        let decision = json!({ "decision": "confirm" });
        self.desk
            .ask("POST", format!("{path}/{visitor}"), Some(decision))
            .await?;
        done("and that the chat was hers: POST …/candidates/{identity}");
        self.show("phone", NOOR_PHONE).await
    }

    /// A main number that several customers use.
    async fn a_shared_number(&self) -> Result<(), CliError> {
        heading("A number that several customers use");
        self.play(people::office(&self.story)).await?;
        let path = format!("/v1/identities/tel:{}", people::OFFICE);
        self.desk
            .ask("PUT", path, Some(json!({ "shared": true })))
            .await?;
        done("an agent marks it: PUT /v1/identities/{identity}");
        self.show("phone", people::OFFICE).await
    }

    async fn a_withheld_number(&self) -> Result<(), CliError> {
        heading("A caller without a number");
        self.play(people::withheld(&self.story)).await?;
        self.show("phone", people::WITHHELD).await
    }

    /// Two customers are linked who are not one person, and it is undone.
    async fn a_wrong_link(&self) -> Result<(), CliError> {
        heading("A wrong link, undone");
        let before = (
            self.desk.pop("phone", PHONE).await?,
            self.desk.pop("phone", NOOR_PHONE).await?,
        );
        let id = self.desk.customer("phone", PHONE).await?;
        let body = json!({ "identity": format!("tel:{NOOR_PHONE}") });
        let linked = self
            .desk
            .ask("POST", format!("/v1/customers/{id}/links"), Some(body))
            .await?;
        let both: Value =
            serde_json::from_str(&self.desk.pop("phone", PHONE).await?).map_err(CliError::Pop)?;
        let identities = both["customer"]["identities"]
            .as_array()
            .map_or(0, Vec::len);
        done(&format!(
            "the two are linked by mistake: one customer with {identities} identities"
        ));
        let link = linked["link"]["id"].as_str().unwrap_or_default();
        self.desk
            .ask("DELETE", format!("/v1/customers/{id}/links/{link}"), None)
            .await?;
        let after = (
            self.desk.pop("phone", PHONE).await?,
            self.desk.pop("phone", NOOR_PHONE).await?,
        );
        if after != before {
            return Err(CliError::Demo("both pops to be what they were"));
        }
        done("and unlinked: both pops are what they were, byte for byte");
        Ok(())
    }

    async fn play(&self, played: Vec<Played>) -> Result<(), CliError> {
        for step in played {
            let queue = self.queues[step.queue].as_str();
            let queue = queue.ok_or(CliError::Demo("its queues"))?;
            for body in &step.bodies {
                cli::send_body(&self.client, queue, body, &[]).await?;
            }
            drained(&self.client, queue).await?;
            done(step.line);
        }
        Ok(())
    }

    async fn show(&self, name: &'static str, value: &'static str) -> Result<(), CliError> {
        let card = self.desk.card(name, value).await?;
        anstream::println!();
        for line in card.lines() {
            anstream::println!("    {line}");
        }
        anstream::println!();
        Ok(())
    }
}

fn heading(text: &str) {
    anstream::println!("\n{BOLD}{text}{BOLD:#}\n");
}

fn done(what: &str) {
    anstream::println!("  {GREEN}✓{GREEN:#} {what}");
}

/// Waits until a queue's messages are taken and done.
async fn drained(client: &aws_sdk_sqs::Client, queue: &str) -> Result<(), CliError> {
    const COUNTS: [QueueAttributeName; 2] = [
        QueueAttributeName::ApproximateNumberOfMessages,
        QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
    ];
    let began = Instant::now();
    while began.elapsed() < STEP_TIMEOUT {
        let request = client
            .get_queue_attributes()
            .queue_url(queue)
            .set_attribute_names(Some(COUNTS.to_vec()));
        let answer = request.send().await;
        let answer = answer.map_err(|_| CliError::Demo("the queue"))?;
        let left = |name| {
            answer
                .attributes()
                .and_then(|all| all.get(name))
                .is_some_and(|count| count != "0")
        };
        if !COUNTS.iter().any(left) {
            return Ok(());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Err(CliError::Demo("the functions to take the events"))
}
