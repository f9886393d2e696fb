//! The embedded store, served over HTTP inside the test's own process.

use dynoxide::{Database, server};
use tokio::net::TcpListener;

/// Serves an empty store of its own for as long as the caller's runtime lives, and returns its URL.
///
/// # Panics
/// When it cannot be opened or served: a test without its store proves nothing.
pub async fn serve() -> String {
    let database = Database::memory().expect("a store in memory opens");
    let listener = TcpListener::bind("127.0.0.1:0")
        .await
        .expect("this machine has a free port");
    let address = listener.local_addr().expect("it listens");
    // Nothing stops it but the end of the runtime, which drops the task.
    tokio::spawn(server::serve_on(listener, database));
    format!("http://{address}")
}
