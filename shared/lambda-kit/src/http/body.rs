//! The body of a request, within its limit.

use std::borrow::Cow;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use aws_lambda_events::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;

use super::Problem;

/// The longest body, decoded, that is read: a text of 32 KiB fits also where its sender writes all that is not ASCII as
/// `\uXXXX`, which makes it up to six times as long.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// The deepest and the longest that a field's place is told.
const MAX_SEGMENTS: usize = 8;
const MAX_NAME: usize = 40;

/// Why a body cannot be had. Never quotes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It is longer than [`MAX_BODY_BYTES`]: 413.
    #[error("the body is longer than {MAX_BODY_BYTES} bytes")]
    TooLong,
    /// The gateway says that it is base64, and it is not: 400.
    #[error("the body is no base64")]
    Encoding,
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        let (status, detail) = match error {
            BodyError::TooLong => (
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("The body may have {MAX_BODY_BYTES} bytes."),
            ),
            BodyError::Encoding => (
                StatusCode::BAD_REQUEST,
                "The body cannot be decoded.".to_owned(),
            ),
        };
        Self::new(status).detail(detail)
    }
}

/// The body's bytes, which API Gateway hands on as text or in base64; none when there is none.
///
/// # Errors
/// A body that is too long or cannot be decoded is to be refused; [`Problem`] takes the error.
pub fn body(request: &ApiGatewayV2httpRequest) -> Result<Cow<'_, [u8]>, BodyError> {
    let text = request.body.as_deref().unwrap_or_default();
    let within = |length: usize| match length <= MAX_BODY_BYTES {
        true => Ok(()),
        false => Err(BodyError::TooLong),
    };
    if !request.is_base64_encoded {
        within(text.len())?;
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    // Before it is decoded, so that no more is decoded than may be read. Padding counts as two bytes at most.
    within((text.len() / 4 * 3).saturating_sub(2))?;
    let bytes = STANDARD.decode(text).map_err(|_| BodyError::Encoding)?;
    within(bytes.len())?;
    Ok(Cow::Owned(bytes))
}

/// The body as JSON of a form. Nesting ends where serde_json ends it (128 levels).
///
/// # Errors
/// A problem to answer with: 413 for a body that is too long, else 400. It names the field and the place in the text,
/// and nothing of what was sent: of a field's path only what can be a name of ours, since keys are the caller's as well.
pub fn json_body<T: DeserializeOwned>(request: &ApiGatewayV2httpRequest) -> Result<T, Problem> {
    let bytes = body(request)?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        let problem = Problem::new(StatusCode::BAD_REQUEST);
        return Err(problem.detail("A body of JSON is needed."));
    }
    let mut json = serde_json::Deserializer::from_slice(&bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = place(error.path());
        refused(error.inner(), path)
    })?;
    match json.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(refused(&error, String::new())),
    }
}

fn refused(error: &serde_json::Error, path: String) -> Problem {
    let at = format!("line {}, column {}", error.line(), error.column());
    let problem = Problem::new(StatusCode::BAD_REQUEST);
    match error.classify() {
        Category::Data => {
            let problem = problem.detail("The body is not of the form that is needed.");
            match missing(error) {
                Some(name) => problem.field(below(path, &name), "is missing"),
                None => problem.field(
                    below(path, ""),
                    format!("is not of the form that is needed ({at})"),
                ),
            }
        }
        Category::Syntax | Category::Eof | Category::Io => problem
            .detail("The body is no JSON.")
            .field("body", format!("is no JSON from {at}")),
    }
}

/// The field that is missing, which is a name of the form's own and not one that was sent.
fn missing(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (name, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(known_name(name).to_owned())
}

fn below(path: String, name: &str) -> String {
    match (path.is_empty(), name.is_empty()) {
        (true, true) => "body".to_owned(),
        (true, false) => name.to_owned(),
        (false, true) => path,
        (false, false) => format!("{path}.{name}"),
    }
}

/// Where in the body a field stands, such as `promise.due_at` or `tags[2]`.
fn place(path: &serde_path_to_error::Path) -> String {
    let mut place = String::new();
    for segment in path.iter().take(MAX_SEGMENTS) {
        match segment {
            Segment::Seq { index } => place.push_str(&format!("[{index}]")),
            Segment::Map { key } => place = below(place, known_name(key)),
            Segment::Enum { variant } => place = below(place, known_name(variant)),
            Segment::Unknown => {}
        }
    }
    place
}

/// The name, if it can be one of ours: letters and underscores. Numbers and addresses are none.
fn known_name(name: &str) -> &str {
    let ours = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    match name.len() <= MAX_NAME && name.bytes().all(ours) {
        true => name,
        false => "*",
    }
}
