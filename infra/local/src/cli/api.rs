//! `api`: one request to the HTTP API with an agent's token, for what has no command of its own: links, wrap-ups, notes.

use clap::Args;

use super::{CliError, DEFAULT_URL, REQUEST_TIMEOUT, about};

#[derive(Debug, Args)]
pub(super) struct Api {
    /// The method: GET, POST, PATCH, PUT, DELETE.
    method: String,
    /// The path with its query, such as /v1/customers/cus_…/links?dry_run=true.
    path: String,
    /// The JSON body.
    body: Option<String>,
    /// Headers, such as 'If-Match: "…"'.
    #[arg(long = "header", value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The stack's HTTP API: the local one, or that of a deployed stack together with --token.
    #[arg(long, env = "CORNERSTORE_URL", default_value = DEFAULT_URL)]
    url: String,
    /// An agent's token. The local stack gives one by itself.
    #[arg(long, env = "CORNERSTORE_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// Asks and prints the answer.
pub(super) fn api(options: &Api) -> Result<(), CliError> {
    let path = options.path.as_str();
    // Anything else would be taken for a part of the host's name, or for none.
    if !path.starts_with('/') || !path.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CliError::Path);
    }
    let headers = headers(&options.headers)?;
    let token = match &options.token {
        Some(token) => token.clone(),
        None => about(&options.url)?["agent_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
    };
    let answer = request(
        &options.url,
        &token,
        &options.method,
        path,
        options.body.as_deref(),
        &headers,
    )?;
    if (200..300).contains(&answer.status) {
        anstream::println!("{}", answer.body);
        Ok(())
    } else {
        Err(CliError::Answer {
            url: format!("{}{}", options.url.trim_end_matches('/'), path),
            status: answer.status,
            body: answer.body,
        })
    }
}

fn headers(given: &[String]) -> Result<Vec<(String, String)>, CliError> {
    let split = |header: &String| {
        let (name, value) = header.split_once(':')?;
        Some((name.trim().to_owned(), value.trim().to_owned()))
    };
    let headers: Option<Vec<_>> = given.iter().map(split).collect();
    // A precondition that is passed over would change what was to stay.
    headers.ok_or(CliError::Header)
}

/// Sends one request with an agent's token.
///
/// # Errors
/// When nobody answers, or the method or path is none.
pub(crate) fn request(
    url: &str,
    token: &str,
    method: &str,
    path: &str,
    body: Option<&str>,
    headers: &[(String, String)],
) -> Result<Answer, CliError> {
    let url = format!("{}{path}", url.trim_end_matches('/'));
    let no_stack = |source: ureq::Error| CliError::NoStack {
        url: url.clone(),
        source: Box::new(source),
    };
    let mut request = ureq::http::Request::builder()
        .method(method.to_ascii_uppercase().as_str())
        .uri(&url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(name, value);
    }
    let request = request
        .body(body.unwrap_or_default().to_owned())
        .map_err(|error| no_stack(error.into()))?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        // A GET or DELETE has no body, and an empty one does no harm.
        .allow_non_standard_methods(true)
        .build()
        .into();
    let mut response = agent.run(request).map_err(no_stack)?;
    Ok(Answer {
        status: response.status().as_u16(),
        body: response.body_mut().read_to_string().map_err(no_stack)?,
    })
}
