//! What is answered, and to whom a browser may show it.

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use aws_lambda_events::http::{HeaderName, HeaderValue, header};
use lambda_kit::http::{Problem, StatusCode, json, problem};
use schemars::JsonSchema;
use serde::Serialize;

use crate::SCRIPT;
use crate::request::Fault;

/// For how long browsers keep the script, in seconds, as they are told.
const SCRIPT_FRESH: &str = "public, max-age=3600";
/// For how long browsers remember what a preflight said, in seconds.
const PREFLIGHT_FRESH: &str = "7200";
/// When a request may come again that the queue could not take, in seconds.
const QUEUE_RETRY: u64 = 5;

/// A session that has begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SessionStarted {
    /// What the session's events are sent with.
    pub token: String,
    /// When the token expires, in RFC 3339. For a day longer it takes events, which may be sent again.
    pub expires_at: String,
    /// The session's id.
    pub session: String,
    /// The visitor's id, as in `visitor:shop/<id>`. It tells who it is and lets nobody be that visitor.
    pub visitor_id: String,
    /// The secret of a new visitor, for the browser to keep and to begin the next session with. Absent where the
    /// request brought one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visitor_secret: Option<String>,
}

/// Why a request is not answered with what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No page may have the widget, or there is nothing under this path.
    Off,
    Origin,
    TooLong,
    /// What is wrong with it, at least one.
    Request(Vec<Fault>),
    Token,
    /// After so many seconds it may come again.
    TooOften(u64),
    Queue,
    Failed,
}

impl Refusal {
    /// For one fault.
    pub(crate) fn of(fault: Fault) -> Self {
        Self::Request(vec![fault])
    }

    pub(crate) fn answer(self) -> ApiGatewayV2httpResponse {
        let about = |status, detail: &str| problem(Problem::new(status).detail(detail));
        match self {
            Self::Off => about(StatusCode::NOT_FOUND, "There is nothing under this path."),
            Self::Origin => about(
                StatusCode::FORBIDDEN,
                "The request names no origin that may have the widget.",
            ),
            Self::TooLong => about(
                StatusCode::PAYLOAD_TOO_LARGE,
                "The body is longer than 65,536 bytes.",
            ),
            Self::Request(faults) => {
                let whole = Problem::new(StatusCode::BAD_REQUEST)
                    .detail("The request cannot be understood.");
                problem(
                    faults
                        .into_iter()
                        .fold(whole, |all, one| all.field(one.field, one.what)),
                )
            }
            Self::Token => {
                let refused = about(
                    StatusCode::UNAUTHORIZED,
                    "The token has expired, or is not of this widget and origin.",
                );
                with(refused, header::WWW_AUTHENTICATE, "Widget")
            }
            Self::TooOften(seconds) => retry_after(
                about(StatusCode::TOO_MANY_REQUESTS, "Too much is sent at once."),
                seconds,
            ),
            Self::Queue => retry_after(
                about(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The events cannot be taken right now.",
                ),
                QUEUE_RETRY,
            ),
            Self::Failed => problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR)),
        }
    }
}

pub(crate) fn started(session: &SessionStarted) -> ApiGatewayV2httpResponse {
    json(StatusCode::CREATED, session)
}

pub(crate) fn accepted() -> ApiGatewayV2httpResponse {
    let answer = empty(StatusCode::ACCEPTED);
    with(answer, header::CACHE_CONTROL, "no-store")
}

pub(crate) fn preflight() -> ApiGatewayV2httpResponse {
    let answer = empty(StatusCode::NO_CONTENT);
    let answer = with(answer, header::ACCESS_CONTROL_ALLOW_METHODS, "POST");
    let answer = with(answer, header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type");
    with(answer, header::ACCESS_CONTROL_MAX_AGE, PREFLIGHT_FRESH)
}

/// The script, or that the browser has it. Any page may load it; which may send is decided where it sends.
pub(crate) fn script(etag: &str, request: &ApiGatewayV2httpRequest) -> ApiGatewayV2httpResponse {
    let known = header(request, "if-none-match").unwrap_or_default();
    let mut known = known.split(',').map(str::trim);
    let is_known = known.any(|known| known == "*" || known.trim_start_matches("W/") == etag);
    let mut answer = empty(if is_known {
        StatusCode::NOT_MODIFIED
    } else {
        StatusCode::OK
    });
    if !is_known {
        answer.body = Some(Body::Text(SCRIPT.to_owned()));
        answer = with(
            answer,
            header::CONTENT_TYPE,
            "text/javascript; charset=utf-8",
        );
    }
    for (name, value) in [
        (header::CACHE_CONTROL, SCRIPT_FRESH),
        (header::ETAG, etag),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "cross-origin",
        ),
    ] {
        answer = with(answer, name, value);
    }
    answer
}

/// Lets the pages of this origin read the answer, whatever it is: a script that may not see a refusal cannot obey it.
/// Cookies are not asked for and not let in.
pub(crate) fn readable_by(
    origin: &str,
    answer: ApiGatewayV2httpResponse,
) -> ApiGatewayV2httpResponse {
    let answer = with(answer, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    let answer = with(answer, header::ACCESS_CONTROL_EXPOSE_HEADERS, "retry-after");
    varying(answer)
}

/// Says to what keeps answers that another origin gets another one.
pub(crate) fn varying(answer: ApiGatewayV2httpResponse) -> ApiGatewayV2httpResponse {
    with(answer, header::VARY, "Origin")
}

/// A header of a request.
pub(crate) fn header<'a>(request: &'a ApiGatewayV2httpRequest, name: &str) -> Option<&'a str> {
    request.headers.get(name)?.to_str().ok()
}

fn retry_after(answer: ApiGatewayV2httpResponse, seconds: u64) -> ApiGatewayV2httpResponse {
    with(answer, header::RETRY_AFTER, &seconds.to_string())
}

fn empty(status: StatusCode) -> ApiGatewayV2httpResponse {
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(status.as_u16());
    answer
}

fn with(
    mut answer: ApiGatewayV2httpResponse,
    name: HeaderName,
    value: &str,
) -> ApiGatewayV2httpResponse {
    // Constants, numbers, and origins of the configuration: none has a character that a header cannot have.
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers.insert(name, value);
    }
    answer
}
