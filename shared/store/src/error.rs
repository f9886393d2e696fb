//! What can go wrong between here and the table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why the table did not do what was asked. Never holds keys or values of items.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The time left was used up by retries. What was asked may succeed later.
    #[error("the table did not do it within the time left ({last})")]
    OutOfTime {
        /// What the last try met: the table's own name for it, `Contended` where somebody else wrote first, or `Untried`
        /// where no time was left for a try.
        last: String,
    },
    /// The table or the network failed for a moment. May succeed at once, or later.
    #[error("the table cannot be reached or is overloaded ({code})")]
    Unavailable {
        /// The table's own name for it.
        code: String,
    },
    /// The table refuses the request as such: missing table, missing permission. Succeeds once that is mended.
    #[error("the table refuses the request ({code})")]
    Refused {
        /// The table's own name for it.
        code: String,
    },
    /// A stored item cannot be read back.
    #[error("a stored {item} cannot be read: {problem}")]
    Unreadable {
        /// Which kind of item.
        item: &'static str,
        /// What is wrong with it, without its content.
        problem: String,
    },
}

/// What a try met that somebody else was before each time.
pub(crate) const CONTENDED: &str = "Contended";
/// What was met where no time was left for a try.
pub(crate) const UNTRIED: &str = "Untried";

impl StoreError {
    pub(crate) fn out_of_time(last: &str) -> Self {
        Self::OutOfTime {
            last: last.to_owned(),
        }
    }

    /// Somebody else wrote first, as often as it was tried.
    pub(crate) fn contended() -> Self {
        Self::Unavailable {
            code: CONTENDED.to_owned(),
        }
    }

    pub(crate) fn unreadable(item: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self::Unreadable {
            item,
            problem: problem.to_string(),
        }
    }
}

/// Names that DynamoDB gives to conditions that pass by themselves.
const TRANSIENT: [&str; 9] = [
    "ThrottlingException",
    "ThrottlingError",
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "TransactionConflictException",
    "TransactionConflict",
    "TransactionInProgressException",
    "ReplicatedWriteConflictException",
];

/// Whether DynamoDB's name for an error or cancellation reason is of one that passes by itself.
pub(crate) fn passes_by_itself(code: &str) -> bool {
    TRANSIENT.contains(&code)
}

/// Sorts an error of the SDK: its message may quote keys, so only its code is kept.
pub(crate) fn sort<E: ProvideErrorMetadata>(
    error: &SdkError<E, aws_smithy_runtime_api::http::Response>,
) -> StoreError {
    match error {
        SdkError::TimeoutError(_) => StoreError::Unavailable {
            code: "timeout".to_owned(),
        },
        SdkError::DispatchFailure(_) => StoreError::Unavailable {
            code: "connection".to_owned(),
        },
        SdkError::ResponseError(_) => StoreError::Unavailable {
            code: "response".to_owned(),
        },
        SdkError::ServiceError(service) => {
            let code = service.err().code().unwrap_or("unknown").to_owned();
            let status = service.raw().status().as_u16();
            if status >= 500 || status == 429 || passes_by_itself(&code) {
                StoreError::Unavailable { code }
            } else {
                StoreError::Refused { code }
            }
        }
        SdkError::ConstructionFailure(_) | _ => StoreError::Refused {
            code: "request".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::error::ErrorMetadata;
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_smithy_runtime_api::http::{Response, StatusCode};

    use super::*;

    #[test]
    fn what_passes_by_itself_is_told_from_what_does_not() {
        for (status, code, passes) in [
            (500, "InternalServerError", true),
            (503, "ServiceUnavailable", true),
            (429, "TooManyRequests", true),
            (400, "ThrottlingException", true),
            (400, "ValidationException", false),
            (400, "ResourceNotFoundException", false),
        ] {
            let metadata = ErrorMetadata::builder().code(code).build();
            let status = StatusCode::try_from(status).unwrap();
            let answer = Response::new(status, "".into());
            let error = SdkError::service_error(GetItemError::generic(metadata), answer);
            let is_transient = matches!(sort(&error), StoreError::Unavailable { .. });
            assert_eq!(is_transient, passes, "{code}");
        }
    }
}
