//! What the table answers to a request that it does not do.

use serde_json::{Map, Value, json};

/// A refusal, as DynamoDB words it for programs.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub struct Refused {
    /// The HTTP status.
    pub status: u16,
    /// DynamoDB's name for it.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// What the answer holds beside code and message: an object, empty for most.
    pub extra: Value,
}

impl Refused {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status: 400,
            code,
            message: message.into(),
            extra: Value::Object(Map::new()),
        }
    }

    /// The request is wrong, or it is one that the simulated table does not know.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// DynamoDB may well understand it, but the simulated table does not.
    pub(crate) fn not_simulated(what: &str) -> Self {
        Self::invalid(format!("not simulated: {what}"))
    }

    pub(crate) fn no_such_table() -> Self {
        Self::new(
            "ResourceNotFoundException",
            "Cannot do operations on a non-existent table",
        )
    }

    /// A condition does not hold, with the item that is there where the request asks for it.
    pub(crate) fn condition_failed(item: Option<Value>) -> Self {
        let refused = Self::new(
            "ConditionalCheckFailedException",
            "The conditional request failed",
        );
        match item {
            Some(item) => Self {
                extra: json!({"Item": item}),
                ..refused
            },
            None => refused,
        }
    }

    /// A transaction is cancelled, with one reason for each of its writes.
    pub(crate) fn cancelled(reasons: Vec<Value>) -> Self {
        let codes = reasons.iter().map(|reason| reason["Code"].as_str());
        let codes: Vec<&str> = codes.map(|code| code.unwrap_or("None")).collect();
        let message = format!(
            "Transaction cancelled, please refer cancellation reasons for specific reasons [{}]",
            codes.join(", ")
        );
        Self {
            extra: json!({"CancellationReasons": reasons}),
            ..Self::new("TransactionCanceledException", message)
        }
    }

    pub(crate) fn other_request_under_token() -> Self {
        Self::new(
            "IdempotentParameterMismatchException",
            "the request differs from the one that was sent with this ClientRequestToken before",
        )
    }

    /// The body of the HTTP answer.
    #[must_use]
    pub fn body(&self) -> Value {
        let mut body = json!({
            "__type": format!("com.amazonaws.dynamodb.v20120810#{}", self.code),
            "message": self.message,
        });
        if let (Value::Object(body), Value::Object(extra)) = (&mut body, &self.extra) {
            body.extend(extra.clone());
        }
        body
    }
}
