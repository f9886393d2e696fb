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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use aws_sdk_sqs::error::SdkError;

    use super::*;

    #[tokio::test]
    async fn a_request_that_is_not_answered_ends_in_its_time() {
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", silent.local_addr().unwrap());
        let limits = Limits {
            request: Some(Duration::from_millis(50)),
            tries: 1,
        };
        let client = Client::new(&AwsAccess::local(&endpoint).config(limits));
        let began = Instant::now();
        let request = client.send_message().queue_url(&endpoint).message_body("x");
        let failure = request.send().await.unwrap_err();
        assert!(matches!(failure, SdkError::TimeoutError(_)), "{failure:?}");
        assert!(began.elapsed() < REQUEST_TIMEOUT);
    }
}
