//! `pop`: the card of a caller.

use clap::Args;
use serde_json::Value;
use timeline::ScreenPop;

use super::{CliError, DEFAULT_URL, REQUEST_TIMEOUT, now};
use crate::card;

#[derive(Debug, Args)]
pub(super) struct Pop {
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
    /// An interaction's id: the pop of its customer, such as after a transfer.
    #[arg(long)]
    interaction: Option<String>,
}

pub(super) fn pop(options: &Pop) -> Result<(), CliError> {
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
        ("interaction", &who.interaction),
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
