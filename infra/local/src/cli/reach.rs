//! Where a command for operators works: on the local stack that runs, or on one that is deployed.

use aws::{AwsAccess, Roots};
use clap::Args;
use serde_json::Value;

use super::pop::about;
use super::{CliError, DEFAULT_URL};
use crate::stack;

/// The queues that functions take from, by their names without the stack's. Each has a dead-letter queue.
pub(super) const SOURCE_QUEUES: [&str; 4] = [
    "call-events",
    "chat-events",
    "email-events",
    "journey-events",
];
/// What ends the name of a dead-letter queue.
pub(super) const DEAD_LETTERS: &str = "-dlq";
/// The queue of what was read and refused.
pub(super) const QUARANTINE: &str = "quarantine";
/// The queue of what never reached a queue of events.
pub(super) const UNDELIVERED: &str = "undelivered";

/// Which stack.
#[derive(Debug, Clone, Args)]
pub(super) struct Reach {
    /// The local stack's HTTP API.
    #[arg(long, env = "CORNERSTORE_URL", default_value = DEFAULT_URL)]
    url: String,
    /// Work on AWS in place of the local stack. Region and keys come from the environment (AWS_REGION, AWS_ACCESS_KEY_ID,
    /// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN), and so does another endpoint (AWS_ENDPOINT_URL).
    #[arg(long)]
    aws: bool,
    /// With --aws: the deployed stack's name. The template names its queues after it, such as NAME-call-events-dlq.
    #[arg(
        long,
        env = "CORNERSTORE_STACK",
        default_value = "cornerstore",
        value_name = "NAME"
    )]
    stack: String,
}

/// The queues of a stack.
pub(super) struct Queues {
    pub(super) client: aws_sdk_sqs::Client,
    local: Option<Value>,
    stack: String,
}

impl Reach {
    /// The queues, which are looked up when they are needed.
    pub(super) fn queues(&self) -> Result<Queues, CliError> {
        let (access, local) = self.access("SQS", "sqs")?;
        Ok(Queues {
            client: queue::client(&access),
            local,
            stack: self.stack.clone(),
        })
    }

    /// The table's service, and what the local stack calls its table.
    pub(super) fn table(&self) -> Result<(AwsAccess, Option<String>), CliError> {
        let (access, local) = self.access("DYNAMODB", "dynamodb")?;
        let table = local.and_then(|about| about["table"].as_str().map(str::to_owned));
        Ok((access, table))
    }

    fn access(&self, service: &str, local: &str) -> Result<(AwsAccess, Option<Value>), CliError> {
        if self.aws {
            return Ok((from_environment(service)?, None));
        }
        let about = about(&self.url)?;
        let endpoint = about[local].as_str().unwrap_or_default();
        Ok((AwsAccess::local(endpoint), Some(about)))
    }
}

impl Queues {
    /// A queue's URL, by its name without the stack's.
    pub(super) async fn url(&self, name: &str) -> Result<String, CliError> {
        if let Some(about) = &self.local {
            let url = about["queues"][name].as_str().map(str::to_owned);
            return url.ok_or_else(|| no_queue(name, about));
        }
        let whole = format!("{}-{name}", self.stack);
        let asked = self.client.get_queue_url().queue_name(&whole).send().await;
        let answer =
            asked.map_err(|error| CliError::Queue(whole.clone(), stack::plainly(&error)))?;
        let url = answer.queue_url;
        url.ok_or_else(|| CliError::Queue(whole, "it has no URL".to_owned()))
    }
}

/// How AWS is reached, as the environment says.
pub(super) fn from_environment(service: &str) -> Result<AwsAccess, CliError> {
    let read = |name: &str| std::env::var(name).ok();
    let access = AwsAccess::from_environment(service, read)
        .map_err(|names| CliError::Environment(names.join(", ")))?;
    Ok(AwsAccess {
        roots: Roots::Native,
        ..access
    })
}

/// That there is no such queue, and which there are.
pub(super) fn no_queue(name: &str, about: &Value) -> CliError {
    let known: Vec<&str> = about["queues"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name.as_str())
        .collect();
    CliError::NoQueue {
        name: name.to_owned(),
        known: known.join(", "),
    }
}
