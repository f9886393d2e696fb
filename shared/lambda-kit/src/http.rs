//! Requests and replies of API Gateway's HTTP API, payload format 2.0.

mod body;
mod reply;
mod request;

pub use aws_lambda_events::http::StatusCode;

pub use body::{BodyError, MAX_BODY_BYTES, body, json_body};
pub use reply::{MAX_FIELD_ERRORS, Problem, json, json_with, problem, unless_panicked};
pub use request::{
    IDEMPOTENCY_KEY, MAX_KEY_BYTES, MAX_QUERY_BYTES, header, idempotency_key, is_repeated,
    path_parameter, query_parameter, subject, unescaped_path_parameter,
};

#[cfg(test)]
mod tests;
