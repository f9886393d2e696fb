//! The table's client. Its tries are this crate's own, which are bounded by the time left, and none of the SDK's.

use aws::{AwsAccess, Limits, REQUEST_TIMEOUT};

/// A client of the table's service.
#[must_use]
pub fn dynamodb(access: &AwsAccess) -> aws_sdk_dynamodb::Client {
    aws_sdk_dynamodb::Client::new(&access.config(Limits {
        request: Some(REQUEST_TIMEOUT),
        tries: 1,
    }))
}
