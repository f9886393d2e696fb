//! Replies: JSON, and problems as in RFC 9457.

use std::borrow::Cow;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderName, HeaderValue, StatusCode, header};
use futures_util::FutureExt;
use serde::Serialize;

/// The most field errors that one problem lists.
pub const MAX_FIELD_ERRORS: usize = 20;

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// A reply with a JSON body. It is never cached: replies hold personal data.
///
/// A body that cannot be serialised becomes a problem with status 500.
pub fn json(status: StatusCode, body: &impl Serialize) -> ApiGatewayV2httpResponse {
    match serde_json::to_string(body) {
        Ok(text) => reply(status, JSON, text),
        Err(_) => problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR)),
    }
}

/// The same with headers of its own, such as `ETag`. It is `no-store` unless they say otherwise.
///
/// What cannot stand in a header is a fault of the function: it becomes a problem with status 500.
pub fn json_with(
    status: StatusCode,
    body: &impl Serialize,
    headers: &[(&'static str, &str)],
) -> ApiGatewayV2httpResponse {
    let mut response = json(status, body);
    for (name, value) in headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::try_from(*value))
        else {
            return problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR));
        };
        response.headers.insert(name, value);
    }
    response
}

/// A reply that says what went wrong, as RFC 9457 has it.
pub fn problem(problem: Problem) -> ApiGatewayV2httpResponse {
    // A problem is made of strings and numbers, so it always serialises; the fallback is a valid one.
    let text = serde_json::to_string(&problem).unwrap_or_else(|_| "{}".to_owned());
    reply(problem.status(), PROBLEM_JSON, text)
}

/// The answer, or a plain failure when making it panicked. The runtime would report what a panic said, which may quote
/// what somebody sent; where it happened is in the log, by the panic hook of [`crate::telemetry::init`].
pub async fn unless_panicked(
    answer: impl Future<Output = ApiGatewayV2httpResponse>,
) -> ApiGatewayV2httpResponse {
    AssertUnwindSafe(answer)
        .catch_unwind()
        .await
        .unwrap_or_else(|_payload| problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR)))
}

/// What went wrong, for the caller: RFC 9457's members, and `errors` for single fields. It reaches
/// logs of others, so it does not quote what the caller sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    title: Cow<'static, str>,
    #[serde(serialize_with = "status_number")]
    status: StatusCode,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
}

impl Problem {
    /// A problem that says no more than its status does (`about:blank`).
    pub fn new(status: StatusCode) -> Self {
        Self {
            kind: "about:blank".into(),
            title: status.canonical_reason().unwrap_or("Problem").into(),
            status,
            detail: None,
            errors: Vec::new(),
        }
    }

    /// Gives it a type of its own: a URI that identifies it, and the title that goes with it.
    pub fn of_type(
        mut self,
        uri: impl Into<Cow<'static, str>>,
        title: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.kind = uri.into();
        self.title = title.into();
        self
    }

    /// Says what happened this time.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds what is wrong with one field or parameter; past [`MAX_FIELD_ERRORS`] it adds nothing.
    pub fn field(
        mut self,
        name: impl Into<Cow<'static, str>>,
        reason: impl Into<Cow<'static, str>>,
    ) -> Self {
        if self.errors.len() < MAX_FIELD_ERRORS {
            self.errors.push(FieldError {
                name: name.into(),
                reason: reason.into(),
            });
        }
        self
    }

    /// The status that the reply will have.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct FieldError {
    name: Cow<'static, str>,
    reason: Cow<'static, str>,
}

fn reply(status: StatusCode, content_type: &'static str, text: String) -> ApiGatewayV2httpResponse {
    let mut response = ApiGatewayV2httpResponse::default();
    response.status_code = i64::from(status.as_u16());
    let headers = &mut response.headers;
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.body = Some(Body::Text(text));
    response
}

fn status_number<S: serde::Serializer>(
    status: &StatusCode,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}
