//! One HTTP client, as plain as a provider's: a POST with a time limit, and the status that came back.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// How long a provider waits for an answer.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer that is read.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Why there is no answer. What the stack did with the request is then not known.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The request cannot be written down.
    #[error("the request cannot be made")]
    Request(#[from] hyper::http::Error),
    /// Nobody listens, or the connection broke.
    #[error("the connection failed")]
    Connection(#[from] hyper_util::client::legacy::Error),
    /// The answer broke off.
    #[error("the answer broke off")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It takes too long.
    #[error("no answer in time")]
    TooLate,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// Whether it says that the request was taken.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// A client whose clones share their connections.
#[derive(Debug, Clone)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl Http {
    /// Posts a body.
    ///
    /// # Errors
    /// When no whole answer came in time.
    pub async fn post<'a>(
        &self,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: impl Into<Bytes>,
    ) -> Result<Answer, NoAnswer> {
        self.send(Method::POST, url, headers, body.into()).await
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// When no whole answer came in time.
    pub async fn get<'a>(
        &self,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Answer, NoAnswer> {
        self.send(Method::GET, url, headers, Bytes::new()).await
    }

    async fn send<'a>(
        &self,
        method: Method,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: Bytes,
    ) -> Result<Answer, NoAnswer> {
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::new(body))?;
        let answer = async {
            let answer = self.client.request(request).await?;
            let status = answer.status().as_u16();
            let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
            let body = body.map_err(NoAnswer::Body)?.to_bytes();
            Ok(Answer { status, body })
        };
        tokio::time::timeout(PATIENCE, answer)
            .await
            .unwrap_or(Err(NoAnswer::TooLate))
    }
}
