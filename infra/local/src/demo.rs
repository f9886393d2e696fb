//! A customer's day in ten interactions, played through the formats that real systems send, and the pop at its end.

mod story;

use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use aws::AwsAccess;
use aws_sdk_sqs::types::QueueAttributeName;
use timeline::ScreenPop;

use crate::cli::{self, CliError};
use crate::{card, stack};
use story::{EMAIL, PHONE, Story};

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
    let about = ask(&url, cli::about).await?;
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
            cli::send_body(&client, queue, body, None).await?;
            messages += 1;
        }
        drained(&client, queue).await?;
        anstream::println!(" {GREEN}✓{GREEN:#} {DIM}{}{DIM:#}", step.format);
    }
    anstream::println!(
        "\n{DIM}{messages} messages in {:.1} s. What the agent sees while it rings:{DIM:#}\n",
        began.elapsed().as_secs_f32()
    );

    let token = about["agent_token"].as_str().unwrap_or_default();
    anstream::print!("{}", pop(&url, token, "phone", PHONE).await?);
    anstream::println!(
        "\n{DIM}The mail itself came from {EMAIL}: an identity of its own until the two are linked. Its pop:{DIM:#}\n"
    );
    anstream::print!("{}", pop(&url, token, "email", EMAIL).await?);
    if own.is_none() {
        anstream::println!(
            "\n{DIM}The same again: cargo run -- pop --phone '{PHONE}' --url {url}{DIM:#}"
        );
    }
    Ok(())
}

async fn pop(
    url: &str,
    token: &str,
    name: &'static str,
    value: &'static str,
) -> Result<String, CliError> {
    let token = token.to_owned();
    let answer = ask(url, move |url| cli::ask_pop(url, &token, name, value)).await?;
    let pop: ScreenPop = serde_json::from_str(&answer).map_err(CliError::Pop)?;
    Ok(card::render(&pop, cli::now()))
}

/// Asks without holding up the stack, which may run in this process.
async fn ask<T: Send + 'static>(
    url: &str,
    question: impl FnOnce(&str) -> Result<T, CliError> + Send + 'static,
) -> Result<T, CliError> {
    let url = url.to_owned();
    tokio::task::spawn_blocking(move || question(&url))
        .await
        .unwrap_or(Err(CliError::Demo("an answer")))
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
