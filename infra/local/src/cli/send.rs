//! `send`: files to a webhook, signed as the provider would, or to a queue.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws::AwsAccess;
use clap::Args;
use queue::{Message, attribute};
use signatures::{Proof, Secret, Unsigned};
use sources::Webhook;

use super::error::is_local;
use super::pop::about;
use super::reach::{from_environment, no_queue};
use super::{CliError, DEFAULT_URL, MAX_FILE, REQUEST_TIMEOUT, now, with_causes};
use crate::plainly::plainly;
use crate::webhooks::{self, Connection};

#[derive(Debug, Args)]
pub(super) struct Send {
    /// The source. Alone: the files are posted to its webhook, signed as the provider would. With a queue: the source that
    /// the events are of, where their shape should not decide. `cti.berlin` is the account berlin of cti.
    #[arg(long)]
    source: Option<String>,
    /// The queue: call-events, chat-events, email-events or journey-events.
    #[arg(long)]
    queue: Option<String>,
    /// The queue's full URL, for a deployed stack; keys and region come from the environment.
    #[arg(long, conflicts_with = "queue")]
    queue_url: Option<String>,
    /// The stack's HTTP API: the local one, or that of a deployed stack together with --secret.
    #[arg(long, env = "CORNERSTORE_URL", default_value = DEFAULT_URL)]
    url: String,
    /// What signs the deliveries of a webhook. The local stack's own secrets are known.
    #[arg(long, env = "CORNERSTORE_WEBHOOK_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// A header of the provider's, such as `webhook-id: msg_42`. Those in a file `<name>.headers` beside the file (a
    /// JSON object) are sent, too.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// Files to send; `-` reads the standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Sends what the command line says.
pub(super) async fn send(options: Send) -> Result<(), CliError> {
    match (&options.queue, &options.queue_url, &options.source) {
        (None, None, Some(source)) => post(&options, source),
        (None, None, None) => Err(CliError::WhereTo),
        (Some(_), _, _) | (None, Some(_), _) => put(&options).await,
    }
}

/// Puts each file onto a queue.
async fn put(options: &Send) -> Result<(), CliError> {
    let (client, queue_url) = match (&options.queue, &options.queue_url) {
        (_, Some(url)) => (queue::client(&from_environment("SQS")?), url.clone()),
        (Some(name), None) => {
            let about = about(&options.url)?;
            let sqs = about["sqs"].as_str().unwrap_or_default();
            let url = about["queues"][name]
                .as_str()
                .ok_or_else(|| no_queue(name, &about))?;
            (queue::client(&AwsAccess::local(sqs)), url.to_owned())
        }
        (None, None) => return Err(CliError::WhereTo),
    };
    for path in &options.files {
        let body = read_file(path)?;
        let attributes = attributes(options, &headers_for(options, path)?)?;
        let id = send_body(&client, &queue_url, &body, &attributes).await?;
        anstream::println!("{} sent as {id}", path.display());
    }
    Ok(())
}

/// A record's attributes, as the webhook would write them.
fn attributes(
    options: &Send,
    headers: &BTreeMap<String, String>,
) -> Result<Vec<(&'static str, String)>, CliError> {
    let mut attributes = Vec::new();
    if let Some(connection) = &options.source {
        let (name, account) = connection
            .split_once('.')
            .map_or((connection.as_str(), None), |(name, account)| {
                (name, Some(account))
            });
        attributes.push((attribute::SOURCE, name.to_owned()));
        attributes.extend(account.map(|account| (attribute::ACCOUNT, account.to_owned())));
    }
    if !headers.is_empty() {
        let headers = serde_json::to_string(headers).map_err(CliError::Json)?;
        attributes.push((attribute::HEADERS, headers));
    }
    Ok(attributes)
}

/// Posts each file to a webhook.
fn post(options: &Send, name: &str) -> Result<(), CliError> {
    let webhook = webhook_of(name)?;
    let connection = match &options.secret {
        Some(secret) => Connection {
            secret: Some(secret.clone()),
            url: None,
        },
        None => local_connection(&options.url, name)?,
    };
    let mut failed = 0;
    for path in &options.files {
        match post_one(options, name, webhook, &connection, path) {
            Ok(status) => anstream::println!("{} posted to {name}: {status}", path.display()),
            // Without an answer there is nobody to send the others to.
            Err(error @ CliError::NoStack { .. }) => return Err(error),
            Err(error) => {
                failed += 1;
                anstream::eprintln!("{}: {}", path.display(), with_causes(&error));
            }
        }
    }
    match failed {
        0 => Ok(()),
        failed => Err(CliError::NotAll {
            failed,
            all: options.files.len(),
        }),
    }
}

/// Posts one file and says the status of its success.
fn post_one(
    options: &Send,
    name: &str,
    webhook: &Webhook,
    connection: &Connection,
    path: &Path,
) -> Result<u16, CliError> {
    let body = read_file(path)?;
    let mut headers = headers_for(options, path)?;
    let body = as_sent(&body, &mut headers);
    let target = format!("{}/v1/webhooks/{name}", options.url.trim_end_matches('/'));
    let unsigned = Unsigned {
        url: connection.url.as_deref().unwrap_or(&target),
        headers: &headers,
        body: body.as_bytes(),
        now: now().millis() / 1000,
    };
    let proof = signed(webhook, name, connection.secret.as_deref(), &unsigned)?;
    // Signed for the address that the provider is told, sent to where the stack is.
    let query = proof.url.strip_prefix(unsigned.url).unwrap_or_default();
    deliver(&format!("{target}{query}"), &proof)
}

/// How the deliveries of a connection come; its name is its source's, or that and an account's.
fn webhook_of(connection: &str) -> Result<&'static Webhook, CliError> {
    let name = connection.split('.').next().unwrap_or(connection);
    let (_, source) = sources::find(name).ok_or_else(|| CliError::NoSource(name.to_owned()))?;
    let webhook = source.about().webhook;
    webhook.ok_or_else(|| CliError::NoWebhook(name.to_owned()))
}

/// A connection of the local stack, which says where it keeps them. What another machine says is no file of ours.
fn local_connection(url: &str, name: &str) -> Result<Connection, CliError> {
    if !is_local(url) {
        return Err(CliError::NoSecrets(url.to_owned()));
    }
    let about = about(url)?;
    let path = about["webhook_secrets"]
        .as_str()
        .ok_or_else(|| CliError::NoSecrets(url.to_owned()))?;
    let connection = webhooks::connection(Path::new(path), name);
    let connection = connection.map_err(|source| CliError::File {
        path: path.to_owned(),
        source,
    })?;
    connection.ok_or_else(|| CliError::NoSecret {
        connection: name.to_owned(),
        secrets: path.to_owned(),
    })
}

/// A delivery with its proof: by the first scheme that can sign with the secret, or none where none is asked for.
fn signed(
    webhook: &Webhook,
    name: &str,
    secret: Option<&str>,
    unsigned: &Unsigned<'_>,
) -> Result<Proof, CliError> {
    let Some(secret) = secret.map(Secret::new) else {
        return Ok(Proof {
            url: unsigned.url.to_owned(),
            headers: unsigned.headers.clone(),
            body: unsigned.body.to_vec(),
        });
    };
    let mut refused = None;
    for scheme in webhook.proof {
        match signatures::sign(scheme, &secret, unsigned) {
            Ok(proof) => return Ok(proof),
            Err(error) => refused = refused.or(Some(error)),
        }
    }
    Err(match refused {
        Some(error) => CliError::Sign(name.to_owned(), error),
        None => CliError::NoWebhook(name.to_owned()),
    })
}

/// Sends a delivery and says the status of a success.
fn deliver(url: &str, proof: &Proof) -> Result<u16, CliError> {
    let mut request = ureq::post(url)
        .config()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        .build();
    for (name, value) in &proof.headers {
        request = request.header(name, value);
    }
    let no_stack = |source| CliError::NoStack {
        url: url.to_owned(),
        source: Box::new(source),
    };
    let mut response = request.send(proof.body.as_slice()).map_err(no_stack)?;
    let status = response.status().as_u16();
    if response.status().is_success() {
        return Ok(status);
    }
    Err(CliError::Answer {
        url: url.to_owned(),
        status,
        body: response.body_mut().read_to_string().map_err(no_stack)?,
    })
}

/// The provider's headers of a file: those beside it and those of the command line.
fn headers_for(options: &Send, path: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let mut headers = headers_beside(path)?;
    headers.extend(options.headers.iter().filter_map(|header| {
        let (name, value) = header.split_once(':')?;
        Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
    }));
    Ok(headers)
}

/// The headers in the file beside, where there is one.
fn headers_beside(path: &Path) -> Result<BTreeMap<String, String>, CliError> {
    let beside = path.with_extension("headers");
    if !beside.is_file() {
        return Ok(BTreeMap::new());
    }
    let shown = beside.display().to_string();
    serde_json::from_str(&read_file(&beside)?).map_err(|error| CliError::File {
        path: shown,
        source: error.into(),
    })
}

/// The body as a provider sends it, with the type that its shape says. A form has no line's end.
fn as_sent<'a>(body: &'a str, headers: &mut BTreeMap<String, String>) -> &'a str {
    let (kind, body) = match body.trim_start().get(..2) {
        Some(start) if start.starts_with(['{', '[']) => ("application/json".to_owned(), body),
        Some("--") => {
            let boundary = body.trim_start().lines().next().unwrap_or_default();
            let boundary = boundary.trim_end().trim_start_matches("--");
            (format!("multipart/form-data; boundary={boundary}"), body)
        }
        Some(_) | None => (
            "application/x-www-form-urlencoded".to_owned(),
            body.trim_end_matches(['\r', '\n']),
        ),
    };
    headers.entry("content-type".to_owned()).or_insert(kind);
    body
}

/// Sends one message and says its id.
pub(crate) async fn send_body(
    client: &aws_sdk_sqs::Client,
    queue_url: &str,
    body: &str,
    attributes: &[(&'static str, String)],
) -> Result<String, CliError> {
    let message = Message::of(body.as_bytes(), attributes.to_vec());
    let request = message.request(client, queue_url);
    let request = request.map_err(|error| CliError::Send(error.to_string()))?;
    let sent = request.send().await;
    let sent = sent.map_err(|error| CliError::Send(plainly(&error)))?;
    Ok(sent.message_id.unwrap_or_default())
}

pub(super) fn read_file(path: &Path) -> Result<String, CliError> {
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
