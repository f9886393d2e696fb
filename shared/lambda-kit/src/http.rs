//! Requests and replies of API Gateway's HTTP API, payload format 2.0.

use std::borrow::Cow;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderValue, header};
use futures_util::FutureExt;
use serde::Serialize;

pub use aws_lambda_events::http::StatusCode;

/// The longest query string that is looked into; API Gateway allows 10,240 bytes for the request
/// line and all headers. What lies behind is not found.
pub const MAX_QUERY_BYTES: usize = 8 * 1024;

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

/// The first value of a query parameter, decoded; empty when it has no value.
///
/// It is read from the raw query string, because the parsed one joins repeated parameters with
/// commas. As in forms, `+` means a space: a phone number's plus has to come as `%2B`, and a caller
/// who forgets that sends a space in front of the digits.
pub fn query_parameter<'a>(
    request: &'a ApiGatewayV2httpRequest,
    name: &str,
) -> Option<Cow<'a, str>> {
    let Some(raw) = request
        .raw_query_string
        .as_deref()
        .filter(|raw| !raw.is_empty())
    else {
        return request.query_string_parameters.first(name).map(Cow::from);
    };
    let raw = &raw[..raw.floor_char_boundary(MAX_QUERY_BYTES)];
    raw.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (form_decoded(key) == name).then(|| form_decoded(value))
    })
}

/// Whether a query parameter is given more than once, so that which one is meant is not clear.
pub fn is_repeated(request: &ApiGatewayV2httpRequest, name: &str) -> bool {
    let raw = request.raw_query_string.as_deref().unwrap_or_default();
    let raw = &raw[..raw.floor_char_boundary(MAX_QUERY_BYTES)];
    let names = raw
        .split('&')
        .map(|pair| pair.split_once('=').map_or(pair, |(key, _)| key));
    names.filter(|key| form_decoded(key) == name).count() > 1
}

/// The value of a path parameter, when it is there and not empty.
pub fn path_parameter<'a>(request: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    let value = request.path_parameters.get(name)?;
    (!value.is_empty()).then_some(value.as_str())
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

/// Decodes `application/x-www-form-urlencoded`. A broken escape stays as it is, and bytes that are
/// no UTF-8 become the replacement character: both are for the reader of the value to refuse.
fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    let mut rest = text.as_bytes();
    let mut decoded = Vec::with_capacity(rest.len());
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'+', _) => decoded.push(b' '),
            (b'%', [high, low, after @ ..]) => match (hex(*high), hex(*low)) {
                (Some(high), Some(low)) => {
                    decoded.push(high << 4 | low);
                    rest = after;
                }
                _ => decoded.push(b'%'),
            },
            (byte, _) => decoded.push(*byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

fn hex(digit: u8) -> Option<u8> {
    let value = char::from(digit).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests;
