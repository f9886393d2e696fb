//! What SQS answers when it refuses, under the names that its clients match on.

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum SqsError {
    /// The caller asked for what SQS refuses.
    #[error("{message}")]
    Refused {
        /// What kind of refusal.
        code: Code,
        /// What the caller reads.
        message: String,
    },
    /// SQLite failed; the caller may try again.
    #[error("the queue storage failed")]
    Storage(#[from] rusqlite::Error),
    /// The file cannot be created.
    #[error("the queue file cannot be opened")]
    File(#[source] std::io::Error),
    /// The transaction that held the work did not reach the disk.
    #[error("the queue storage could not commit: {0}")]
    NotCommitted(String),
    /// The thread that owns the storage has ended or could not begin; nothing was done.
    #[error("the queue storage did not answer")]
    Stopped,
    /// A file of another version of this program.
    #[error("the queue file has version {found}, this program reads version {known}")]
    Version {
        /// What the file says.
        found: i64,
        /// What this program writes.
        known: i64,
    },
    /// A stored row does not read back.
    #[error("a stored queue or message does not read back")]
    Corrupt(#[source] serde_json::Error),
}

impl SqsError {
    /// A refusal with a message of its own.
    pub(super) fn refused(code: Code, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// A value outside what a parameter takes.
    pub(super) fn invalid(parameter: &str, reason: &str) -> Self {
        Self::refused(
            Code::InvalidParameterValue,
            format!("The value of parameter {parameter} is invalid. Reason: {reason}"),
        )
    }

    /// A parameter that the action cannot do without.
    pub(super) fn missing(parameter: &str) -> Self {
        Self::refused(
            Code::MissingParameter,
            format!("The request must contain the parameter {parameter}."),
        )
    }

    /// The refusal's kind, or `InternalError` for what is not the caller's fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Storage(_)
            | Self::File(_)
            | Self::NotCommitted(_)
            | Self::Stopped
            | Self::Version { .. }
            | Self::Corrupt(_) => Code::InternalError,
        }
    }
}

/// The refusals of SQS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// Two entries of a batch share an id.
    BatchEntryIdsNotDistinct,
    /// The entries of a batch are too long together.
    BatchRequestTooLong,
    /// A batch without entries.
    EmptyBatchRequest,
    /// The local stack failed.
    InternalError,
    /// No action of SQS has this name.
    InvalidAction,
    /// No attribute of queues has this name.
    InvalidAttributeName,
    /// A queue attribute outside its range.
    InvalidAttributeValue,
    /// An entry id that is not 1 to 80 letters, digits, hyphens and underscores.
    InvalidBatchEntryId,
    /// Characters that SQS does not carry.
    InvalidMessageContents,
    /// A value outside what a parameter takes.
    InvalidParameterValue,
    /// The message is not being worked on.
    MessageNotInflight,
    /// A parameter is missing.
    MissingParameter,
    /// No such queue.
    QueueDoesNotExist,
    /// The queue exists with other attributes.
    QueueNameExists,
    /// A text that was never a receipt handle of this queue.
    ReceiptHandleIsInvalid,
    /// The body is not the JSON of this action.
    Serialization,
    /// More than ten entries.
    TooManyEntriesInBatchRequest,
    /// A part of SQS that the local stack leaves out.
    UnsupportedOperation,
}

impl Code {
    /// The name in `__type` of a JSON answer.
    #[must_use]
    pub fn json_type(self) -> &'static str {
        match self {
            Self::BatchEntryIdsNotDistinct => "com.amazonaws.sqs#BatchEntryIdsNotDistinct",
            Self::BatchRequestTooLong => "com.amazonaws.sqs#BatchRequestTooLong",
            Self::EmptyBatchRequest => "com.amazonaws.sqs#EmptyBatchRequest",
            Self::InternalError => "com.amazon.coral.service#InternalFailure",
            Self::InvalidAction => "com.amazon.coral.service#UnknownOperationException",
            Self::InvalidAttributeName => "com.amazonaws.sqs#InvalidAttributeName",
            Self::InvalidAttributeValue => "com.amazonaws.sqs#InvalidAttributeValue",
            Self::InvalidBatchEntryId => "com.amazonaws.sqs#InvalidBatchEntryId",
            Self::InvalidMessageContents => "com.amazonaws.sqs#InvalidMessageContents",
            Self::InvalidParameterValue => {
                "com.amazon.coral.service#InvalidParameterValueException"
            }
            Self::MessageNotInflight => "com.amazonaws.sqs#MessageNotInflight",
            Self::MissingParameter => "com.amazon.coral.service#MissingRequiredParameterException",
            Self::QueueDoesNotExist => "com.amazonaws.sqs#QueueDoesNotExist",
            Self::QueueNameExists => "com.amazonaws.sqs#QueueNameExists",
            Self::ReceiptHandleIsInvalid => "com.amazonaws.sqs#ReceiptHandleIsInvalid",
            Self::Serialization => "com.amazon.coral.service#SerializationException",
            Self::TooManyEntriesInBatchRequest => "com.amazonaws.sqs#TooManyEntriesInBatchRequest",
            Self::UnsupportedOperation => "com.amazonaws.sqs#UnsupportedOperation",
        }
    }

    /// The name from the older protocol, which SDKs still show (`x-amzn-query-error`).
    #[must_use]
    pub fn query_code(self) -> &'static str {
        match self {
            Self::BatchEntryIdsNotDistinct => "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
            Self::BatchRequestTooLong => "AWS.SimpleQueueService.BatchRequestTooLong",
            Self::EmptyBatchRequest => "AWS.SimpleQueueService.EmptyBatchRequest",
            Self::InternalError => "InternalFailure",
            Self::InvalidAction => "InvalidAction",
            Self::InvalidAttributeName => "InvalidAttributeName",
            Self::InvalidAttributeValue => "InvalidAttributeValue",
            Self::InvalidBatchEntryId => "AWS.SimpleQueueService.InvalidBatchEntryId",
            Self::InvalidMessageContents => "InvalidMessageContents",
            Self::InvalidParameterValue => "InvalidParameterValue",
            Self::MessageNotInflight => "AWS.SimpleQueueService.MessageNotInflight",
            Self::MissingParameter => "MissingParameter",
            Self::QueueDoesNotExist => "AWS.SimpleQueueService.NonExistentQueue",
            Self::QueueNameExists => "QueueAlreadyExists",
            Self::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            Self::Serialization => "MalformedInput",
            Self::TooManyEntriesInBatchRequest => {
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
            }
            Self::UnsupportedOperation => "AWS.SimpleQueueService.UnsupportedOperation",
        }
    }

    /// Whether the caller is at fault.
    #[must_use]
    pub fn is_sender_fault(self) -> bool {
        self != Self::InternalError
    }
}
