//! The command line: `up`, `demo`, `send`, `pop`.

use std::io::Read;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::types::MessageAttributeValue;
use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use store::client::{AwsAccess, Roots, timeouts};
use timeline::{ScreenPop, Timestamp};

use crate::{card, demo, stack};

/// Where the local stack is expected.
pub const DEFAULT_URL: &str = "http://127.0.0.1:8787";
/// Longest time that a request of the command line may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest file that `send` reads: what SQS takes.
const MAX_FILE: u64 = 1024 * 1024;

/// The customer timeline on this machine: starts the local stack, sends events to it, shows pops.
#[derive(Debug, Parser)]
#[command(name = "cornerstore", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the local stack (what happens without a command, too).
    Up(Up),
    /// Play a customer's day and show the pop that the last agent sees.
    Demo(Demo),
    /// Send files to a queue, each as one message.
    Send(Send),
    /// Show the pop of a caller.
    Pop(Pop),
}

#[derive(Debug, Clone, Args)]
struct Up {
    /// Port of the HTTP API; the queues and tables take the next two.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Port of the queues.
    #[arg(long)]
    sqs_port: Option<u16>,
    /// Port of the tables.
    #[arg(long)]
    dynamodb_port: Option<u16>,
    /// Keep nothing after the end.
    #[arg(long)]
    memory: bool,
    /// The folder that keeps queues, tables and keys.
    #[arg(long, default_value = ".cornerstore")]
    folder: PathBuf,
    /// Use SQS and DynamoDB of another emulator (such as LocalStack) in place of the embedded ones.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The template; found from here upwards when not given.
    #[arg(long)]
    template: Option<PathBuf>,
    /// Country whose numbering plan national phone numbers follow, such as US or DE.
    #[arg(long, value_name = "COUNTRY", value_parser = country)]
    region: Option<String>,
}

#[derive(Debug, Args)]
struct Demo {
    /// Play on a stack that runs there, in place of one of its own in memory.
    #[arg(long)]
    url: Option<String>,
}

#[derive(Debug, Args)]
struct Send {
    /// The queue: call-events, chat-events or email-events.
    #[arg(long)]
    queue: Option<String>,
    /// The queue's full URL, for a deployed stack; keys and region come from the environment.
    #[arg(long, conflicts_with = "queue")]
    queue_url: Option<String>,
    /// The source that the events are of, where their shape should not decide.
    #[arg(long)]
    source: Option<String>,
    /// The local stack.
    #[arg(long, default_value = DEFAULT_URL)]
    url: String,
    /// Files to send; `-` reads the standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
struct Pop {
    #[command(flatten)]
    who: Who,
    /// The stack's HTTP API: the local one, or that of a deployed stack together with --token.
    #[arg(long, env = "CORNERSTORE_URL", default_value = DEFAULT_URL)]
    url: String,
    /// An agent's token. The local stack gives one by itself.
    #[arg(long, env = "CORNERSTORE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print the JSON as it is.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// A phone number in any writing.
    #[arg(long)]
    phone: Option<String>,
    /// An email address.
    #[arg(long)]
    email: Option<String>,
    /// An identity, such as visitor:shop/4f2a.
    #[arg(long)]
    identity: Option<String>,
}

/// Why a command did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The stack does not run.
    #[error("the local stack cannot run")]
    Stack(#[from] stack::StackError),
    /// Nobody answers.
    #[error("no stack answers at {url}; start one with `cargo run`")]
    NoStack {
        /// Where it was looked for.
        url: String,
        /// Why not.
        #[source]
        source: Box<ureq::Error>,
    },
    /// The answer is not what a stack answers.
    #[error("{url} answers {status}: {body}")]
    Answer {
        /// Who answered.
        url: String,
        /// With which status.
        status: u16,
        /// With what.
        body: String,
    },
    /// A pop is not of the form that this program knows.
    #[error("the pop is not of the form that this program knows")]
    Pop(#[source] serde_json::Error),
    /// A file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which.
        path: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// A file is longer than a message can be.
    #[error("{0} is longer than the {MAX_FILE} bytes that a queue takes")]
    TooLong(String),
    /// A message must have a body.
    #[error("{0} is empty")]
    Empty(String),
    /// The stack has no such queue.
    #[error("there is no queue {name}; there are {known}")]
    NoQueue {
        /// Which was asked for.
        name: String,
        /// Which there are.
        known: String,
    },
    /// Neither a queue nor its URL is given.
    #[error("name a queue with --queue, or its URL with --queue-url")]
    WhichQueue,
    /// The environment does not say how to reach AWS.
    #[error("the environment lacks {0}; `aws configure export-credentials --format env` prints it")]
    Environment(String),
    /// The queue did not take a message.
    #[error("the queue did not take the message: {0}")]
    Send(String),
    /// The demo did not come to its end.
    #[error("the demo waits in vain for {0}")]
    Demo(&'static str),
}

/// Does what the command line says.
///
/// # Errors
/// What went wrong, in a sentence that says what to do.
pub async fn run(cli: Cli) -> Result<(), CliError> {
    match cli.command {
        None => up(cli.up).await,
        Some(Command::Up(options)) => up(options).await,
        Some(Command::Demo(options)) => demo::play(options.url.as_deref()).await,
        Some(Command::Send(options)) => send(options).await,
        Some(Command::Pop(options)) => pop(&options),
    }
}

async fn up(up: Up) -> Result<(), CliError> {
    let next = |given: Option<u16>, after: u16| match (given, up.port) {
        (Some(port), _) => port,
        (None, 0) => 0,
        (None, port) => port.saturating_add(after),
    };
    let mut options = stack::Options {
        port: up.port,
        sqs_port: next(up.sqs_port, 1),
        dynamodb_port: next(up.dynamodb_port, 2),
        folder: (!up.memory).then_some(up.folder),
        endpoint: up.endpoint,
        template: up.template,
        ..stack::Options::in_memory()
    };
    options
        .parameters
        .extend(up.region.map(|region| ("DefaultRegion".to_owned(), region)));
    let running = stack::start(&options).await?;
    for (name, url) in &running.queues {
        anstream::println!("{name:<18} {url}");
    }
    anstream::println!("{:<18} {} at {}", "table", running.table, running.dynamodb);
    anstream::println!("{:<18} {}/local", "addresses, token", running.http);
    anstream::println!("ready {}", running.http);
    // Without a signal handler there is nothing to wait for but the end of the process.
    let _ = stop_signal().await;
    Ok(())
}

/// A country's code, if there is such a country.
fn country(code: &str) -> Result<String, timeline::PhoneError> {
    code.parse::<timeline::Region>()
        .map(|_| code.to_ascii_uppercase())
}

async fn stop_signal() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

async fn send(options: Send) -> Result<(), CliError> {
    let (client, queue_url) = match (&options.queue, &options.queue_url) {
        (_, Some(url)) => (aws_client()?, url.clone()),
        (Some(name), None) => {
            let about = about(&options.url)?;
            let sqs = about["sqs"].as_str().unwrap_or_default();
            let url = about["queues"][name]
                .as_str()
                .ok_or_else(|| no_queue(name, &about))?;
            (
                ingest::queue_client(&AwsAccess::local(sqs), timeouts()),
                url.to_owned(),
            )
        }
        (None, None) => return Err(CliError::WhichQueue),
    };
    for path in &options.files {
        let body = read_file(path)?;
        let id = send_body(&client, &queue_url, &body, options.source.as_deref()).await?;
        anstream::println!("{} sent as {id}", path.display());
    }
    Ok(())
}

/// Sends one message and says its id.
pub(crate) async fn send_body(
    client: &aws_sdk_sqs::Client,
    queue_url: &str,
    body: &str,
    source: Option<&str>,
) -> Result<String, CliError> {
    let mut request = client
        .send_message()
        .queue_url(queue_url)
        .message_body(body);
    if let Some(source) = source {
        let value = MessageAttributeValue::builder()
            .data_type("String")
            .string_value(source)
            .build();
        request = request.message_attributes(
            "source",
            value.map_err(|error| CliError::Send(error.to_string()))?,
        );
    }
    let sent = request.send().await;
    let sent = sent.map_err(|error| CliError::Send(stack::plainly(&error)))?;
    Ok(sent.message_id.unwrap_or_default())
}

fn aws_client() -> Result<aws_sdk_sqs::Client, CliError> {
    let read = |name: &str| std::env::var(name).ok();
    let access = AwsAccess::from_environment("SQS", read)
        .map_err(|names| CliError::Environment(names.join(", ")))?;
    let access = AwsAccess {
        roots: Roots::Native,
        ..access
    };
    Ok(ingest::queue_client(&access, timeouts()))
}

fn no_queue(name: &str, about: &Value) -> CliError {
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

fn read_file(path: &PathBuf) -> Result<String, CliError> {
    let shown = path.display().to_string();
    let failed = |source| CliError::File {
        path: shown.clone(),
        source,
    };
    let mut text = String::new();
    let read = if shown == "-" {
        std::io::stdin()
            .take(MAX_FILE + 1)
            .read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_string(&mut text))
    };
    read.map_err(failed)?;
    if text.trim().is_empty() {
        return Err(CliError::Empty(shown));
    }
    if text.len() as u64 > MAX_FILE {
        Err(CliError::TooLong(shown))
    } else {
        Ok(text)
    }
}

fn pop(options: &Pop) -> Result<(), CliError> {
    let token = match &options.token {
        Some(token) => token.clone(),
        None => about(&options.url)?["agent_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    let who = &options.who;
    let asked = [
        ("phone", &who.phone),
        ("email", &who.email),
        ("identity", &who.identity),
    ];
    let (name, value) = asked
        .iter()
        .find_map(|(name, value)| Some((*name, value.as_deref()?)))
        .unwrap_or_default();
    let answer = ask_pop(&options.url, &token, name, value)?;
    if options.json {
        anstream::println!("{answer}");
    } else {
        let pop: ScreenPop = serde_json::from_str(&answer).map_err(CliError::Pop)?;
        anstream::print!("{}", card::render(&pop, now()));
    }
    Ok(())
}

/// What a local stack says of itself.
pub(crate) fn about(url: &str) -> Result<Value, CliError> {
    let url = format!("{}/local", url.trim_end_matches('/'));
    let text = get(&url, ureq::get(&url))?;
    serde_json::from_str(&text).map_err(|_| CliError::Answer {
        url,
        status: 200,
        body: "something else".to_owned(),
    })
}

/// The pop's JSON.
pub(crate) fn ask_pop(url: &str, token: &str, name: &str, value: &str) -> Result<String, CliError> {
    let url = format!("{}/v1/screen-pop", url.trim_end_matches('/'));
    let request = ureq::get(&url)
        .query(name, value)
        .header("authorization", format!("Bearer {token}"));
    get(&url, request)
}

fn get(
    url: &str,
    request: ureq::RequestBuilder<ureq::typestate::WithoutBody>,
) -> Result<String, CliError> {
    let request = request
        .config()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        .build();
    let no_stack = |source: ureq::Error| CliError::NoStack {
        url: url.to_owned(),
        source: Box::new(source),
    };
    let mut response = request.call().map_err(no_stack)?;
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string().map_err(no_stack)?;
    if status == 200 {
        Ok(body)
    } else {
        Err(CliError::Answer {
            url: url.to_owned(),
            status,
            body,
        })
    }
}

/// The time on this machine.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX)).unwrap_or(Timestamp::EPOCH)
}
