//! `invoke`: calls a function of the local stack, as Lambda would.

use std::path::PathBuf;

use clap::Args;

use super::send::read_file;
use super::{CliError, DEFAULT_URL, REQUEST_TIMEOUT};

#[derive(Debug, Args)]
pub(super) struct Invoke {
    /// The function, such as connect-flow.
    function: String,
    /// The file with the event; `-` reads the standard input.
    file: PathBuf,
    /// The local stack.
    #[arg(long, env = "CORNERSTORE_URL", default_value = DEFAULT_URL)]
    url: String,
}

/// Calls it and prints the answer.
pub(super) fn invoke(options: &Invoke) -> Result<(), CliError> {
    let url = format!(
        "{}/2015-03-31/functions/{}/invocations",
        options.url.trim_end_matches('/'),
        options.function
    );
    let request = ureq::post(&url)
        .config()
        .timeout_global(Some(REQUEST_TIMEOUT))
        .http_status_as_error(false)
        .build()
        .header("authorization", "AWS4-HMAC-SHA256 local");
    let no_stack = |source| CliError::NoStack {
        url: url.clone(),
        source: Box::new(source),
    };
    let mut response = request.send(read_file(&options.file)?).map_err(no_stack)?;
    let status = response.status().as_u16();
    let body = response.body_mut().read_to_string().map_err(no_stack)?;
    if status == 200 {
        anstream::println!("{body}");
        Ok(())
    } else {
        Err(CliError::Answer { url, status, body })
    }
}
