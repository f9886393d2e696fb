//! Where a command for operators works: on the local stack that runs, or on one that is deployed.

use std::time::Duration;

use aws::{AwsAccess, Limits, Roots};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use clap::Args;
use serde_json::Value;

use super::pop::about;
use super::{CliError, DEFAULT_URL};
use crate::plainly::{is_unreached, of_emulator, plainly};

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

/// The deployed stack's name where nothing says another.
const STACK: &str = "cornerstore";
/// The variable that names the deployed stack.
const STACK_VARIABLE: &str = "CORNERSTORE_STACK";
/// Longest time of one request: ten messages of 1 MB have to come over a slow line, or one has to go.
const PATIENCE: Duration = Duration::from_secs(60);
/// Most tries of a request.
const TRIES: u32 = 3;

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
    /// With --aws: the deployed stack's name, after which the template names its queues, such as NAME-call-events-dlq.
    /// Else CORNERSTORE_STACK says it, else it is cornerstore.
    // Read from the environment by hand: a variable that is always set must not forbid the local stack, and the option
    // without --aws must not be passed over.
    #[arg(long, value_name = "NAME", requires = "aws")]
    stack: Option<String>,
}

/// The queues of a stack.
pub(super) struct Queues {
    pub(super) client: aws_sdk_sqs::Client,
    local: Option<Value>,
    stack: String,
    /// Where they are looked for.
    at: String,
}

impl Reach {
    /// The queues, which are looked up when they are needed.
    pub(super) fn queues(&self) -> Result<Queues, CliError> {
        let (access, local) = self.access("SQS", "sqs")?;
        let limits = Limits {
            request: Some(PATIENCE),
            tries: TRIES,
        };
        Ok(Queues {
            client: aws_sdk_sqs::Client::new(&access.config(limits)),
            local,
            stack: self.stack(),
            at: place(&access),
        })
    }

    /// The same for what changes them: on AWS it says first which stack that is.
    pub(super) fn queues_to_change(&self) -> Result<Queues, CliError> {
        let queues = self.queues()?;
        if self.aws {
            anstream::eprintln!("the stack {} {}", queues.stack, queues.at);
        }
        Ok(queues)
    }

    /// Whether what is meant is deployed, and not the local stack.
    pub(super) fn is_on_aws(&self) -> bool {
        self.aws
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

    fn stack(&self) -> String {
        let said = self.stack.clone().or_else(|| variable(STACK_VARIABLE));
        said.unwrap_or_else(|| STACK.to_owned())
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
        let answer = asked.map_err(|error| self.failed(&whole, &error))?;
        let url = answer.queue_url;
        url.ok_or_else(|| CliError::Queue(whole, "it has no URL".to_owned()))
    }

    /// That a queue did not do what was asked, and where it was looked for if nobody was there.
    pub(super) fn failed<E: ProvideErrorMetadata>(
        &self,
        queue: &str,
        error: &SdkError<E, aws_smithy_runtime_api::http::Response>,
    ) -> CliError {
        let why = match &self.local {
            Some(_) => of_emulator(error),
            None => plainly(error),
        };
        let why = if is_unreached(error) {
            format!("{why} ({})", self.at)
        } else {
            why
        };
        CliError::Queue(queue.to_owned(), why)
    }
}

/// Where a service is looked for.
pub(super) fn place(access: &AwsAccess) -> String {
    match &access.endpoint {
        Some(endpoint) => format!("at {endpoint}"),
        None => format!("in {}", access.region),
    }
}

/// A variable of the environment that says something.
pub(super) fn variable(name: &str) -> Option<String> {
    let said = std::env::var(name).ok();
    said.filter(|said| !said.trim().is_empty())
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
