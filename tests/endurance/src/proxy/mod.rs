//! A proxy in front of an emulator's SQS and DynamoDB that does to requests what networks and services do: late answers,
//! broken ones, none, refusals. What fails and when is chosen from a seed.

mod faults;
mod wire;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

pub use faults::{Fault, Faults};

/// How long a connection is held that is never answered. Longer than any client waits.
const HELD: Duration = Duration::from_secs(15);

/// A proxy that runs until it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it is reached.
    pub url: String,
    faults: Arc<Faults>,
    calm: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Starts one in front of the emulator at `upstream`, calm at first. One request of so many is spoilt.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(upstream: SocketAddr, seed: u64, one_in: u32) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let faults = Arc::new(Faults::new(seed, one_in));
        let calm = Arc::new(AtomicBool::new(true));
        let (shared, still) = (faults.clone(), calm.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                };
                let (faults, calm) = (shared.clone(), still.clone());
                tokio::spawn(async move {
                    // A connection that breaks is what this is for.
                    let _ = serve(client, upstream, &faults, &calm).await;
                });
            }
        });
        Ok(Self {
            url,
            faults,
            calm,
            task,
        })
    }

    /// Lets everything through, or not any more.
    pub fn be_calm(&self, calm: bool) {
        self.calm.store(calm, Ordering::Relaxed);
    }

    /// How often each fault was done.
    #[must_use]
    pub fn counts(&self) -> Vec<(&'static str, u64)> {
        self.faults.counts()
    }
}

/// One request and its answer. Connections are not used twice, so that each can end in its own way.
async fn serve(
    mut client: TcpStream,
    upstream: SocketAddr,
    faults: &Faults,
    calm: &AtomicBool,
) -> io::Result<()> {
    let request = wire::read_request(&mut client).await?;
    let fault = if calm.load(Ordering::Relaxed) {
        None
    } else {
        faults.draw()
    };
    let Some(fault) = fault else {
        let answer = wire::forward(upstream, &request).await?;
        return client.write_all(&answer).await;
    };
    match fault {
        Fault::Late(delay) => {
            tokio::time::sleep(delay).await;
            let answer = wire::forward(upstream, &request).await?;
            client.write_all(&answer).await
        }
        Fault::ResetBefore => client.set_zero_linger(),
        Fault::ResetInAnswer => {
            let answer = wire::forward(upstream, &request).await?;
            client.write_all(&answer[..answer.len() / 2]).await?;
            client.set_zero_linger()
        }
        Fault::Truncated => {
            let answer = wire::forward(upstream, &request).await?;
            let body = wire::body_start(&answer);
            let end = body + (answer.len() - body) / 2;
            client.write_all(&answer[..end]).await?;
            client.shutdown().await
        }
        Fault::SilentBefore => {
            tokio::time::sleep(HELD).await;
            Ok(())
        }
        Fault::SilentAfter => {
            wire::forward(upstream, &request).await?;
            tokio::time::sleep(HELD).await;
            Ok(())
        }
        Fault::ErrorBefore => client.write_all(&wire::internal_error()).await,
        Fault::ErrorAfter => {
            wire::forward(upstream, &request).await?;
            client.write_all(&wire::internal_error()).await
        }
        Fault::Throttled => client.write_all(&wire::throttled(&request)).await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::*;
    use crate::http::Http;

    /// An upstream that answers each request with its body once more.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut request = vec![0; 4096];
                let read = client.read(&mut request).await.unwrap();
                let start = wire::body_start(&request[..read]);
                let body = &request[start..read];
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
                client
                    .write_all(&[head.as_bytes(), body].concat())
                    .await
                    .unwrap();
            }
        });
        address
    }

    #[tokio::test]
    async fn a_calm_proxy_changes_nothing() {
        let proxy = Proxy::start(echo().await, 1, 1).await.unwrap();
        let answer = Http::default()
            .post(&proxy.url, [], "what is sent")
            .await
            .unwrap();
        assert_eq!(
            (answer.status, &answer.body[..]),
            (200, &b"what is sent"[..])
        );
        assert_eq!(
            proxy.counts().iter().map(|(_, count)| count).sum::<u64>(),
            0
        );
    }

    #[tokio::test]
    async fn of_many_spoilt_requests_none_but_late_ones_come_back_whole() {
        let proxy = Proxy::start(echo().await, 1, 1).await.unwrap();
        proxy.be_calm(false);
        let http = Http::default();
        let mut whole = 0;
        for _ in 0..40 {
            let asked = http.post(&proxy.url, [], "what is sent");
            let answer = tokio::time::timeout(Duration::from_millis(700), asked).await;
            whole += u64::from(
                answer.is_ok_and(|answer| answer.is_ok_and(|answer| answer.is_success())),
            );
        }
        let counts = proxy.counts();
        let late = counts.iter().find(|(name, _)| *name == "late").unwrap().1;
        assert_eq!(whole, late, "{counts:?}");
        assert!(counts.iter().all(|(_, count)| *count > 0), "{counts:?}");
    }
}
