//! What an agent's desktop asks of the API in the demo.

use serde_json::Value;
use timeline::ScreenPop;

use crate::card;
use crate::cli::{self, CliError};

/// A desk with an agent at it.
pub(super) struct Desk {
    pub(super) url: String,
    pub(super) token: String,
}

impl Desk {
    /// A pop as the API answers it.
    pub(super) async fn pop(
        &self,
        name: &'static str,
        value: &'static str,
    ) -> Result<String, CliError> {
        let (url, token) = (self.url.clone(), self.token.clone());
        aside(move || cli::ask_pop(&url, &token, name, value)).await
    }

    /// A pop as a card.
    pub(super) async fn card(
        &self,
        name: &'static str,
        value: &'static str,
    ) -> Result<String, CliError> {
        let answer = self.pop(name, value).await?;
        let pop: ScreenPop = serde_json::from_str(&answer).map_err(CliError::Pop)?;
        Ok(card::render(&pop, cli::now()))
    }

    /// The id of the customer whom a pop is of.
    pub(super) async fn customer(
        &self,
        name: &'static str,
        value: &'static str,
    ) -> Result<String, CliError> {
        let pop: Value =
            serde_json::from_str(&self.pop(name, value).await?).map_err(CliError::Pop)?;
        let id = pop["customer"]["id"].as_str();
        id.map(str::to_owned)
            .ok_or(CliError::Demo("a customer whom it has just played"))
    }

    /// One request that has to succeed.
    pub(super) async fn ask(
        &self,
        method: &'static str,
        path: String,
        body: Option<Value>,
    ) -> Result<Value, CliError> {
        let (url, token) = (self.url.clone(), self.token.clone());
        let asked = path.clone();
        let body = body.map(|body| body.to_string());
        let answer =
            aside(move || cli::request(&url, &token, method, &asked, body.as_deref(), &[])).await?;
        if (200..300).contains(&answer.status) {
            serde_json::from_str(&answer.body).map_err(CliError::Pop)
        } else {
            Err(CliError::Answer {
                url: format!("{}{path}", self.url),
                status: answer.status,
                body: answer.body,
            })
        }
    }
}

/// Asks without holding up the stack, which may run in this process.
pub(super) async fn aside<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, CliError> + Send + 'static,
) -> Result<T, CliError> {
    tokio::task::spawn_blocking(question)
        .await
        .unwrap_or(Err(CliError::Demo("an answer")))
}
