//! The embedded DynamoDB: `dynoxide-rs` on a file or in memory, with DynamoDB's own protocol.
//!
//! Unlike DynamoDB it never answers `TransactionConflict` or throttles, every read is consistent,
//! and signatures are not checked, so only the loopback address should be served. Its server answers under any
//! `Host`, and web pages of any origin (CORS), and it cannot be wrapped: unlike the queues, the tables can be reached by a
//! web page that is open on this machine and knows the port.

use std::net::SocketAddr;
use std::sync::OnceLock;

use dynoxide::Database;
use tokio::net::TcpListener;

use crate::Storage;
use crate::files::open_private;

/// Why the embedded DynamoDB cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// The file cannot be created or opened.
    #[error("the table file cannot be opened")]
    File(#[source] std::io::Error),
    /// The path is not UTF-8, which SQLite needs.
    #[error("the path of the table file is not UTF-8")]
    Path,
    /// The file is not a database of this program.
    #[error("the table file cannot be read: {0}")]
    Database(String),
    /// The listener has no address.
    #[error("the listener has no address")]
    Listener(#[source] std::io::Error),
    /// The server ended.
    #[error("the DynamoDB server ended: {0}")]
    Server(String),
}

/// A DynamoDB inside this process.
pub struct Embedded {
    database: Database,
    address: OnceLock<SocketAddr>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Embedded")
            .field("address", &self.address.get())
            .finish_non_exhaustive()
    }
}

impl Embedded {
    /// Opens the tables, with what a file holds from before.
    ///
    /// # Errors
    /// The file cannot be opened or is not a database of this program.
    pub fn open(storage: &Storage) -> Result<Self, EmbeddedError> {
        let database = match storage {
            Storage::Memory => Database::memory(),
            Storage::File(path) => {
                let text = path.to_str().ok_or(EmbeddedError::Path)?;
                drop(open_private(path).map_err(EmbeddedError::File)?);
                Database::new(text)
            }
        };
        let database = database.map_err(|error| EmbeddedError::Database(error.to_string()))?;
        Ok(Self {
            database,
            address: OnceLock::new(),
        })
    }

    /// Serves the tables until `shutdown` resolves and the requests under way are answered. From
    /// this call on, [`Self::endpoint`] knows the address.
    ///
    /// # Errors
    /// The listener has no address or stops accepting.
    pub fn serve(
        &self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = Result<(), EmbeddedError>> + Send + 'static {
        let address = listener.local_addr();
        if let Ok(address) = address {
            // Served on a second listener, the tables keep the address of the first.
            let _ = self.address.set(address);
        }
        let database = self.database.clone();
        async move {
            address.map_err(EmbeddedError::Listener)?;
            dynoxide::server::serve_with_shutdown(listener, database, shutdown)
                .await
                .map_err(EmbeddedError::Server)
        }
    }

    /// The URL for SDKs and the CLI, once the tables are served.
    #[must_use]
    pub fn endpoint(&self) -> Option<String> {
        self.address
            .get()
            .map(|address| format!("http://{address}"))
    }
}

#[cfg(test)]
mod tests;
