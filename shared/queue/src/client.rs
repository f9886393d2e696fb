//! The queues' client.

use aws::{AwsAccess, Limits, REQUEST_TIMEOUT};
use aws_sdk_sqs::Client;

/// Most tries of a request by the SDK.
const TRIES: u32 = 3;

/// A client of SQS.
#[must_use]
pub fn client(access: &AwsAccess) -> Client {
    Client::new(&access.config(Limits {
        request: Some(REQUEST_TIMEOUT),
        tries: TRIES,
    }))
}

/// The same for requests that wait for messages: only connecting is bounded.
#[must_use]
pub fn client_that_waits(access: &AwsAccess) -> Client {
    Client::new(&access.config(Limits {
        request: None,
        tries: TRIES,
    }))
}
