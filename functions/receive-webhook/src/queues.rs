//! The queues that webhooks write to. A delivery is taken only when its queue has all of its pieces.

use std::collections::BTreeMap;

use aws::AwsAccess;
use lambda_kit::deadline::Deadline;
use queue::{Message, SendError, Sender};

/// The queues, by the names that [`sources::find`] gives them.
pub(crate) struct Queues {
    sender: Sender,
    urls: BTreeMap<&'static str, String>,
}

/// A delivery is not in its queue, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotQueued {
    #[error("there is no queue of this name")]
    NoQueue,
    #[error(transparent)]
    NotSent(#[from] SendError),
}

impl Queues {
    pub(crate) fn new(access: &AwsAccess, urls: BTreeMap<&'static str, String>) -> Self {
        Self {
            sender: Sender::new(access),
            urls,
        }
    }

    /// Sends all messages. After an `Err` the provider has to send again.
    pub(crate) async fn send(
        &self,
        queue: &str,
        messages: Vec<Message>,
        deadline: Deadline,
    ) -> Result<(), NotQueued> {
        let url = self.urls.get(queue).ok_or(NotQueued::NoQueue)?;
        Ok(self.sender.send(url, messages, deadline.instant()).await?)
    }
}
