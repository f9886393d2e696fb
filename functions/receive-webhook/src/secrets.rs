//! Where the connections' secrets come from, and for how long they are kept.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws::{AwsAccess, Limits};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::error::ProvideErrorMetadata;
use lambda_kit::deadline::Deadline;
use lambda_kit::metrics::Metrics;
use signatures::Secret;

use crate::connection::{Connections, Registry, Unusable};
use crate::figures::{INSECURE_CONNECTIONS, SECRETS_NOT_FETCHED};

/// How long secrets are used before they are fetched again.
pub const SECRETS_TTL: Duration = Duration::from_secs(300);
/// How long they are used at most while they cannot be fetched.
pub const SECRETS_STALE: Duration = Duration::from_secs(3600);
/// How often a wrong signature, or an unknown connection, has them fetched at most: whoever sends those decides how
/// often they come.
pub const REFRESH_PAUSE: Duration = Duration::from_secs(30);
/// How long a failed fetch is not repeated.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);
/// The same three for a file, which costs nothing to read and is written by the person who waits.
const FILE_PAUSE: Duration = Duration::from_secs(1);
/// Longest time of one fetch.
const FETCH_TIMEOUT: Duration = Duration::from_millis(1500);
/// Most tries in that time.
const TRIES: u32 = 2;
/// Longest text of all secrets: what Secrets Manager keeps.
pub const MAX_SECRETS_BYTES: usize = 64 * 1024;

/// Where the secrets are.
pub(crate) enum Place {
    /// A secret of Secrets Manager.
    Manager { client: Client, arn: String },
    /// A file. One that is not there holds no connections.
    File(PathBuf),
}

/// The connections, fetched when they are needed.
pub(crate) struct Secrets {
    place: Place,
    registry: Registry,
    kept: Mutex<Kept>,
    /// Held while fetching, so that one request does it for all.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    connections: Option<(Secret, Arc<Connections>)>,
    /// When those were fetched, in milliseconds since 1970.
    fetched_at: i64,
    /// When it was last tried, and whether that failed.
    tried_at: Option<(i64, bool)>,
}

/// The secrets cannot be had. Deliveries are to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the webhooks' secrets cannot be had")]
pub(crate) struct Unavailable;

/// What one more look at the secrets came to.
pub(crate) enum Newer {
    /// They are others than those that were seen.
    Others(Arc<Connections>),
    /// They were fetched, and are the same.
    Same,
    /// They could not be fetched, so that nobody knows. Deliveries are to come again.
    Unknown,
}

/// Why a fetch failed. Holds the service's own name for it only.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("Secrets Manager gives no secret ({0})")]
    Manager(String),
    #[error("Secrets Manager does not answer in time")]
    OutOfTime,
    #[error("the secret is binary, not text")]
    Binary,
    #[error("the file of secrets cannot be read ({0})")]
    File(std::io::ErrorKind),
    #[error("the secrets are longer than {MAX_SECRETS_BYTES} bytes")]
    TooLong,
    #[error(transparent)]
    Unusable(#[from] Unusable),
}

/// A client of Secrets Manager.
pub(crate) fn client(access: &AwsAccess) -> Client {
    Client::new(&access.config(Limits {
        request: Some(FETCH_TIMEOUT),
        tries: TRIES,
    }))
}

impl Secrets {
    pub(crate) fn new(place: Place, registry: Registry) -> Self {
        Self {
            place,
            registry,
            kept: Mutex::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// The connections, fetched anew when they are older than [`SECRETS_TTL`].
    pub(crate) async fn current(
        &self,
        now: i64,
        deadline: Deadline,
        metrics: &Metrics,
    ) -> Result<Arc<Connections>, Unavailable> {
        let ttl = self.at_most(SECRETS_TTL);
        if let Some(fresh) = self.lock().younger(now, ttl) {
            return Ok(fresh);
        }
        let turn = tokio::time::timeout(deadline.remaining(), self.fetching.lock()).await;
        if turn.is_ok() {
            let wait = {
                let kept = self.lock();
                kept.younger(now, ttl).is_some() || kept.failed_within(now, FAILURE_PAUSE)
            };
            if !wait {
                self.fetch(now, deadline, metrics).await;
            }
        }
        self.lock().younger(now, SECRETS_STALE).ok_or(Unavailable)
    }

    /// The connections after one more fetch, unless the last was within [`REFRESH_PAUSE`]: those that a request has seen
    /// may be older than what it was signed with. After a fetch that failed nothing is known until the next.
    pub(crate) async fn newer_than(
        &self,
        seen: &Arc<Connections>,
        now: i64,
        deadline: Deadline,
        metrics: &Metrics,
    ) -> Newer {
        let pause = self.at_most(REFRESH_PAUSE);
        let turn = tokio::time::timeout(deadline.remaining(), self.fetching.lock()).await;
        if turn.is_ok() && !self.lock().tried_within(now, pause) {
            self.fetch(now, deadline, metrics).await;
        }
        let kept = self.lock();
        match kept.younger(now, SECRETS_STALE) {
            Some(newer) if !Arc::ptr_eq(&newer, seen) => Newer::Others(newer),
            Some(_) if turn.is_ok() && !kept.has_failed() => Newer::Same,
            Some(_) | None => Newer::Unknown,
        }
    }

    async fn fetch(&self, now: i64, deadline: Deadline, metrics: &Metrics) {
        let fetched = self.place.text(deadline).await;
        let mut kept = self.lock();
        let read = fetched.and_then(|text| Ok(kept.renew(text, now, self.registry)?));
        kept.tried_at = Some((now, read.is_err()));
        let known = kept.connections.as_ref();
        let known = known.map(|(_, connections)| Arc::clone(connections));
        drop(kept);
        match read {
            Ok(is_new) => tell(known.as_deref(), is_new, metrics),
            Err(error) => {
                metrics.add(&SECRETS_NOT_FETCHED, 1);
                tracing::error!(%error, "webhook secrets not fetched");
            }
        }
    }

    fn at_most(&self, pause: Duration) -> Duration {
        match self.place {
            Place::Manager { .. } => pause,
            Place::File(_) => FILE_PAUSE,
        }
    }

    /// A panic elsewhere leaves it usable, so a poisoned lock is taken all the same.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says what is wrong or dangerous about the connections: in the log when they are new, and as a figure each time.
fn tell(connections: Option<&Connections>, is_new: bool, metrics: &Metrics) {
    let Some(connections) = connections else {
        return;
    };
    let insecure: Vec<&str> = connections.insecure().collect();
    if !insecure.is_empty() {
        let count = u64::try_from(insecure.len()).unwrap_or(u64::MAX);
        metrics.add(&INSECURE_CONNECTIONS, count);
    }
    if !is_new {
        return;
    }
    for fault in &connections.faults {
        tracing::error!(%fault, "webhook connection unusable");
    }
    if !insecure.is_empty() {
        let connections = insecure.join(", ");
        tracing::warn!(connections, "webhook connections believed without proof");
    }
}

impl Kept {
    /// The connections, if they were fetched within that time. A clock that went back makes them old.
    fn younger(&self, now: i64, than: Duration) -> Option<Arc<Connections>> {
        let (_, connections) = self.connections.as_ref()?;
        within(self.fetched_at, now, than).then(|| Arc::clone(connections))
    }

    fn tried_within(&self, now: i64, pause: Duration) -> bool {
        self.tried_at.is_some_and(|(at, _)| within(at, now, pause))
    }

    fn failed_within(&self, now: i64, pause: Duration) -> bool {
        self.tried_at
            .is_some_and(|(at, failed)| failed && within(at, now, pause))
    }

    fn has_failed(&self) -> bool {
        self.tried_at.is_some_and(|(_, failed)| failed)
    }

    /// Keeps what was fetched. Gives whether the connections are others than before.
    fn renew(&mut self, text: String, now: i64, registry: Registry) -> Result<bool, Unusable> {
        let text = Secret::new(text);
        let same = self
            .connections
            .as_ref()
            .is_some_and(|(old, _)| *old == text);
        if !same {
            let connections = Connections::read(text.expose(), registry)?;
            self.connections = Some((text, Arc::new(connections)));
        }
        self.fetched_at = now;
        Ok(!same)
    }
}

fn within(then: i64, now: i64, time: Duration) -> bool {
    let age = u64::try_from(now.saturating_sub(then));
    age.is_ok_and(|age| u128::from(age) < time.as_millis())
}

impl Place {
    async fn text(&self, deadline: Deadline) -> Result<String, FetchError> {
        let text = match self {
            Self::Manager { client, arn } => {
                let time = deadline.remaining().min(FETCH_TIMEOUT);
                let asked = client.get_secret_value().secret_id(arn).send();
                let answer = tokio::time::timeout(time, asked).await;
                let secret = answer.map_err(|_| FetchError::OutOfTime)?;
                let secret = secret.map_err(|failure| {
                    FetchError::Manager(failure.code().unwrap_or("no answer").to_owned())
                })?;
                secret.secret_string.ok_or(FetchError::Binary)?
            }
            Self::File(path) => file(path).map_err(|error| FetchError::File(error.kind()))?,
        };
        if text.len() > MAX_SECRETS_BYTES {
            return Err(FetchError::TooLong);
        }
        Ok(text)
    }
}

fn file(path: &PathBuf) -> std::io::Result<String> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok("{}".to_owned()),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    // One byte more than may be tells that it is too long.
    file.take(MAX_SECRETS_BYTES as u64 + 1)
        .read_to_string(&mut text)?;
    Ok(text)
}
