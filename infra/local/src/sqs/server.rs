//! The HTTP side: which action a request means, and how its outcome is written.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::errors::{Code, SqsError};
use super::protocol::{GetQueueAttributes, OnQueue};
use super::{Sqs, actions, batch, catalogue};
use crate::gateway::only_this_machine;

/// Largest request: a batch of 1 MiB in which JSON escapes every byte as six.
const MAX_REQUEST_BYTES: usize = 8 * 1024 * 1024;
/// What the header that names the action starts with.
const TARGET_PREFIX: &str = "AmazonSQS.";
const CONTENT_TYPE: &str = "application/x-amz-json-1.0";
/// Actions of SQS that the local stack leaves out.
const LEFT_OUT: [&str; 9] = [
    "AddPermission",
    "CancelMessageMoveTask",
    "ListDeadLetterSourceQueues",
    "ListMessageMoveTasks",
    "ListQueueTags",
    "RemovePermission",
    "StartMessageMoveTask",
    "TagQueue",
    "UntagQueue",
];

/// Any path is served: clients post to the root or to the queue's URL.
pub(super) fn router(sqs: Sqs) -> Router {
    Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
        .with_state(sqs)
}

/// The same for clients on this machine only, under its own names.
pub(super) fn local_router(sqs: Sqs) -> Router {
    router(sqs).layer(axum::middleware::from_fn(only_this_machine))
}

async fn answer(State(sqs): State<Sqs>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &HeaderValue| value.to_str().ok())
    };
    let Some(target) = text(HeaderName::from_static("x-amz-target")) else {
        return older_protocol();
    };
    let base = text(header::HOST).map_or_else(|| sqs.base(), |host| Some(format!("http://{host}")));
    let action = target.strip_prefix(TARGET_PREFIX).unwrap_or(target);
    let outcome = dispatch(&sqs, action, &base.unwrap_or_default(), &body).await;
    let mut response = match outcome {
        Ok(json) => (StatusCode::OK, json).into_response(),
        Err(error) => refusal(action, &error),
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(CONTENT_TYPE));
    if let Ok(id) = HeaderValue::from_str(&actions::new_id()) {
        headers.insert("x-amzn-requestid", id);
    }
    response
}

async fn dispatch(sqs: &Sqs, action: &str, base: &str, body: &[u8]) -> Result<String, SqsError> {
    match action {
        "CreateQueue" => write(&catalogue::create_queue(sqs, base, read(body)?).await?),
        "GetQueueUrl" => write(&catalogue::get_queue_url(sqs, base, read(body)?).await?),
        "ListQueues" => write(&catalogue::list_queues(sqs, base, read(body)?).await?),
        "DeleteQueue" => {
            let OnQueue { queue_url } = read(body)?;
            write(&actions::delete_queue(sqs, queue_url).await?)
        }
        "PurgeQueue" => {
            let OnQueue { queue_url } = read(body)?;
            write(&actions::purge_queue(sqs, queue_url).await?)
        }
        "GetQueueAttributes" => {
            let GetQueueAttributes {
                queue_url,
                attribute_names,
            } = read(body)?;
            write(&actions::queue_attributes(sqs, queue_url, attribute_names).await?)
        }
        "SetQueueAttributes" => write(&actions::set_queue_attributes(sqs, read(body)?).await?),
        "SendMessage" => write(&actions::send_message(sqs, read(body)?).await?),
        "SendMessageBatch" => write(&batch::send(sqs, read(body)?).await?),
        "ReceiveMessage" => write(&actions::receive_message(sqs, read(body)?).await?),
        "DeleteMessage" => write(&actions::delete_message(sqs, read(body)?).await?),
        "DeleteMessageBatch" => write(&batch::delete(sqs, read(body)?).await?),
        "ChangeMessageVisibility" => write(&actions::change_visibility(sqs, read(body)?).await?),
        "ChangeMessageVisibilityBatch" => write(&batch::change_visibility(sqs, read(body)?).await?),
        other if LEFT_OUT.contains(&other) => Err(SqsError::refused(
            Code::UnsupportedOperation,
            format!("The local stack leaves out {other}."),
        )),
        _ => Err(SqsError::refused(Code::InvalidAction, "No such action.")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, SqsError> {
    // The parser's own text may quote the body, so only the place of the fault is told.
    serde_json::from_slice(body).map_err(|error| {
        SqsError::refused(
            Code::Serialization,
            format!(
                "The body is not the JSON of this action (line {}, column {}).",
                error.line(),
                error.column()
            ),
        )
    })
}

fn write<T: Serialize>(answer: &T) -> Result<String, SqsError> {
    serde_json::to_string(answer).map_err(SqsError::Corrupt)
}

fn refusal(action: &str, error: &SqsError) -> Response {
    let code = error.code();
    let (status, fault) = if code.is_sender_fault() {
        (StatusCode::BAD_REQUEST, "Sender")
    } else {
        tracing::error!(action, error = %error, cause = ?std::error::Error::source(error), "an SQS request failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "Receiver")
    };
    let body = json!({ "__type": code.json_type(), "message": error.to_string() }).to_string();
    let mut response = (status, body).into_response();
    if let Ok(value) = HeaderValue::from_str(&format!("{};{fault}", code.query_code())) {
        response.headers_mut().insert("x-amzn-query-error", value);
    }
    response
}

/// Clients from before 2023 post forms and read XML; they are told what to do.
fn older_protocol() -> Response {
    let code = Code::UnsupportedOperation.query_code();
    let body = format!(
        "<?xml version=\"1.0\"?><ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\">\
         <Error><Type>Sender</Type><Code>{code}</Code><Message>The local stack speaks the JSON \
         protocol of SQS (X-Amz-Target: AmazonSQS.Action): use a newer SDK or CLI.</Message>\
         </Error><RequestId>{}</RequestId></ErrorResponse>",
        actions::new_id()
    );
    (
        StatusCode::BAD_REQUEST,
        [(header::CONTENT_TYPE, "text/xml")],
        body,
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use tower::ServiceExt as _;

    use super::*;
    use crate::{Storage, clock};

    #[tokio::test]
    async fn a_name_that_a_web_page_points_here_is_refused() {
        let sqs = Sqs::open(&Storage::Memory, clock::system()).unwrap();
        let status = async |host: &str| {
            let request = Request::post("/")
                .header(header::HOST, host)
                .header("x-amz-target", "AmazonSQS.ListQueues")
                .body(Body::from("{}"));
            let answer = local_router(sqs.clone()).oneshot(request.unwrap()).await;
            answer.unwrap().status()
        };
        for host in ["127.0.0.1:4566", "localhost:4566", "[::1]:4566"] {
            assert_eq!(status(host).await, StatusCode::OK, "{host}");
        }
        for host in ["example.com:4566", "127.0.0.1.example.com", ""] {
            assert_eq!(status(host).await, StatusCode::FORBIDDEN, "{host}");
        }
    }
}
