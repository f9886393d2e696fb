//! An embedded SQS: standard queues with the protocol that the AWS CLI and SDKs speak.
//!
//! Messages are durable: an accepted one is in a committed SQLite transaction before its sender
//! is answered. What clients notice is as in SQS: visibility timeouts, receive counts, delays,
//! dead-letter queues, retention, limits, checksums, refusals.
//!
//! Not as in SQS: signatures and policies are not checked, so only the loopback address should
//! be served; there are no FIFO queues, tags, move tasks or limit on messages in flight; a purge
//! is done at once and as often as asked; order is that of becoming visible; a message's receives
//! are counted anew in the dead-letter queue. What is left out is refused by name.

mod actions;
mod arrivals;
mod batch;
mod catalogue;
mod errors;
mod journal;
mod md5;
mod message;
mod messages;
mod protocol;
mod queue;
mod server;
mod storage;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use rusqlite::Connection;
use tokio::net::TcpListener;

pub use self::queue::{ACCOUNT, MAX_MESSAGE_BYTES, QueueSpec, REGION, Redrive};
pub use errors::{Code, SqsError};
pub use messages::Depth;

use crate::Storage;
use crate::clock::Clock;
use arrivals::Arrivals;
use journal::Journal;
use queue::{QueueAttributes, check_name};

/// The queues of one stack. Clones share them.
#[derive(Clone)]
pub struct Sqs {
    journal: Arc<Journal>,
    arrivals: Arc<Arrivals>,
    address: Arc<OnceLock<SocketAddr>>,
    clock: Clock,
}

impl std::fmt::Debug for Sqs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Sqs")
            .field("address", &self.address.get())
            .finish_non_exhaustive()
    }
}

impl Sqs {
    /// Opens the queues, with the messages that a file holds from before.
    ///
    /// # Errors
    /// The file cannot be opened, or is of another version.
    pub fn open(storage: &Storage, clock: Clock) -> Result<Self, SqsError> {
        let journal = Journal::start(storage::open(storage)?).map_err(SqsError::File)?;
        Ok(Self {
            journal: Arc::new(journal),
            arrivals: Arc::new(Arrivals::default()),
            address: Arc::new(OnceLock::new()),
            clock,
        })
    }

    /// Makes the queue, or gives the one that exists these attributes. Its dead-letter queue has
    /// to exist.
    ///
    /// # Errors
    /// A name or attribute that SQS refuses, no such dead-letter queue, or a failing storage.
    pub async fn ensure_queue(&self, spec: QueueSpec) -> Result<(), SqsError> {
        check_name(&spec.name)?;
        let wanted = QueueAttributes::try_from(&spec)?;
        let now = self.now();
        self.run(move |database| {
            actions::check_dead_letters(database, &wanted)?;
            match storage::find_queue(database, &spec.name)? {
                None => storage::insert_queue(database, &spec.name, &wanted, now),
                Some(queue) if queue.attributes == wanted => Ok(()),
                Some(queue) => storage::update_queue(database, queue.id, &wanted, now),
            }
        })
        .await
    }

    /// Makes what was received and not yet deleted visible again. For the start of a stack: who received it ended with the
    /// stack before.
    ///
    /// # Errors
    /// A failing storage.
    pub async fn return_received(&self) -> Result<(), SqsError> {
        let now = self.now();
        self.run(move |database| messages::return_received(database, now))
            .await
    }

    /// Serves the queues until the future is dropped. From this call on, [`Self::queue_url`]
    /// knows the address.
    ///
    /// # Errors
    /// The listener has no address or stops accepting.
    pub fn serve(
        &self,
        listener: TcpListener,
    ) -> impl Future<Output = std::io::Result<()>> + Send + 'static {
        let address = listener.local_addr();
        if let Ok(address) = address {
            // Served on a second listener, the queues keep the address of the first.
            let _ = self.address.set(address);
        }
        let router = server::local_router(self.clone());
        async move {
            address?;
            axum::serve(listener, router).await
        }
    }

    /// The protocol as a router, for a server of the caller's own.
    pub fn router(&self) -> axum::Router {
        server::router(self.clone())
    }

    /// The URL of the queue of this name, once the queues are served.
    #[must_use]
    pub fn queue_url(&self, name: &str) -> Option<String> {
        self.base().map(|base| catalogue::url(&base, name))
    }

    /// How many messages the queue holds.
    ///
    /// # Errors
    /// No such queue, or a failing storage.
    pub async fn depth(&self, name: &str) -> Result<Depth, SqsError> {
        let name = name.to_owned();
        let now = self.now();
        self.run(move |database| messages::depth(database, &storage::queue(database, &name)?, now))
            .await
    }

    fn base(&self) -> Option<String> {
        self.address
            .get()
            .map(|address| format!("http://{address}"))
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, SqsError> + Send + 'static,
    ) -> Result<T, SqsError> {
        self.journal.run(work).await
    }
}
