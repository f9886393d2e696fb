//! What an SDK's error says to a person.

use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};

/// What a service or the way to it said, for a person: without the request and the response.
pub(crate) fn plainly<E: ProvideErrorMetadata>(
    error: &SdkError<E, aws_smithy_runtime_api::http::Response>,
) -> String {
    match error {
        SdkError::ServiceError(service) => {
            let service = service.err();
            let code = service.code().unwrap_or("it refuses");
            format!(
                "{code}: {}",
                service.message().unwrap_or("without a reason")
            )
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            "no connection is made in time".to_owned()
        }
        SdkError::DispatchFailure(failure) if failure.is_io() => {
            "no connection is made, or it breaks".to_owned()
        }
        SdkError::DispatchFailure(_) => "the request cannot be sent".to_owned(),
        SdkError::TimeoutError(_) => "it does not answer in time".to_owned(),
        SdkError::ConstructionFailure(_) | SdkError::ResponseError(_) | _ => {
            "it answers what nobody understands".to_owned()
        }
    }
}

/// The same of an emulator on this machine, which may not be up.
pub(crate) fn of_emulator<E: ProvideErrorMetadata>(
    error: &SdkError<E, aws_smithy_runtime_api::http::Response>,
) -> String {
    let why = plainly(error);
    if matches!(error, SdkError::DispatchFailure(_)) {
        return format!("{why}; is the emulator up?");
    }
    why
}

/// Whether nobody answered at all.
pub(crate) fn is_unreached<E>(error: &SdkError<E, aws_smithy_runtime_api::http::Response>) -> bool {
    matches!(
        error,
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_)
    )
}
