//! The run: senders that go on, a stack that is killed under them, and the check at the end.

mod killing;
mod report;
mod watch;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch as whereabouts;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::http::Http;
use crate::ledger::Ledger;
use crate::plan::{Channel, Plan};
use crate::proxy::Proxy;
use crate::senders::{SenderError, Senders, Whereabouts, poison, stack};
use crate::stack::{Addresses, Program, StackError};
use crate::verify::{Differences, VerifyError, pops, queues, table};

pub use killing::Kills;
pub use report::{Report, Row};
use watch::Watch;

/// Of so many events, one piece of poison is sent beside them.
const POISON_ONE_IN: u64 = 500;
/// How often dead letters are put back before the run has failed.
const PUT_BACK: usize = 5;
/// Pops that are compared.
const SAMPLES: u64 = 200;
/// Most memory that a stack may take, in bytes: it is not to grow with what it has taken in.
pub const MAX_MEMORY: u64 = 256 * 1024 * 1024;
/// Most bytes on disk for each event, beside what an empty stack has.
const MAX_DISK_OF_EVENT: u64 = 12 * 1024;
const MAX_DISK_EMPTY: u64 = 64 * 1024 * 1024;
/// Of so many requests of the stack, the proxy spoils one.
const SPOILT_ONE_IN: u32 = 25;

/// What a run is to do.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Events that are sent.
    pub events: u64,
    /// Kills.
    pub kills: u32,
    /// Chooses all that is left to chance but for the machine's own.
    pub seed: u64,
    /// Where the stack keeps its data.
    pub folder: PathBuf,
    /// LocalStack, in place of the embedded queues and table.
    pub localstack: Option<SocketAddr>,
    /// Takes one event out of the table before the check, which must then fail.
    pub tamper: bool,
}

/// Why a run did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum CrashError {
    /// The stack.
    #[error("the stack failed")]
    Stack(#[from] StackError),
    /// A sender.
    #[error("a sender failed")]
    Sender(#[from] SenderError),
    /// The check.
    #[error("the check could not be made")]
    Verify(#[from] VerifyError),
    /// The proxy, or a file.
    #[error("{0} failed")]
    Io(&'static str, #[source] std::io::Error),
    /// A task panicked.
    #[error("a task ended before its time")]
    Task(#[from] tokio::task::JoinError),
}

/// Runs it to its end.
///
/// # Errors
/// When it cannot be brought to its end; what the check finds is in the report.
pub async fn run(asked: &Asked) -> Result<Report, CrashError> {
    fastrand::seed(asked.seed);
    let began = Instant::now();
    let plan = Arc::new(Plan::new(asked.seed, asked.events));
    let ledger = Arc::new(Ledger::new(plan.events()));
    let pieces = (plan.events() / POISON_ONE_IN).max(8);
    let poisoned = Arc::new(Ledger::new(pieces));
    let http = Http::default();
    let mut program = Program::beside_this(&asked.folder)?;
    let proxy = match asked.localstack {
        None => None,
        Some(upstream) => {
            let proxy = Proxy::start(upstream, asked.seed, SPOILT_ONE_IN).await;
            let proxy = proxy.map_err(|error| CrashError::Io("the proxy", error))?;
            program.use_endpoint(&proxy.url, SHORT_HIDDEN_S)?;
            Some(proxy)
        }
    };
    let (tell, told) = whereabouts::channel(None);
    let watch = Watch::start(program.data());
    let mut killing = killing::Killing::new(&program, &http, tell, &watch, proxy.as_ref());

    killing.start(1).await?;
    let mut senders = start_senders(&plan, &ledger, &poisoned, &http, &told, asked.seed);
    let serving = killing::serving_kills(asked.kills, plan.events());
    for (at, starting) in serving {
        tokio::select! {
            () = ledger.reaches(at) => {}
            ended = all_ended(&mut senders) => ended?,
        }
        killing.kill_while_serving().await?;
        killing.start(starting).await?;
    }
    all_ended(&mut senders).await?;
    let sent_in = began.elapsed();
    killing.kill_while_draining(asked.kills).await?;

    let at = killing.addresses()?;
    let plain = plain(&at, asked.localstack);
    let limit = drain_limit(plan.events());
    let mut put_back = 0;
    for _ in 0..PUT_BACK {
        queues::drained(&http, &plain, limit).await?;
        let moved = queues::put_back(&http, &plain).await?;
        put_back += moved;
        if moved == 0 {
            break;
        }
    }
    queues::drained(&http, &plain, limit).await?;
    let drained_in = began.elapsed();
    if let Some(proxy) = &proxy {
        proxy.be_calm(true);
    }
    if asked.tamper {
        table::lose_one(&plain.dynamodb, &plain.table).await?;
    }
    let mut differences = Differences::default();
    let found = table::table(
        &plain.dynamodb,
        &plain.table,
        &plan,
        &ledger,
        &mut differences,
    );
    let found = found.await?;
    let quarantined = queues::quarantine(
        &http,
        &plain,
        asked.seed,
        &poisoned,
        pieces,
        &mut differences,
    )
    .await?;
    let compared = pops::pops(&http, &at, &plan, &found, SAMPLES, &mut differences).await?;
    if queues::put_back(&http, &plain).await? > 0 {
        differences.note("a dead letter that stays one", String::new);
    }
    let kills = killing.end().await?;
    let peaks = watch.peaks();
    if peaks.memory > MAX_MEMORY {
        differences.note("more memory than a stack may take", || {
            peaks.memory.to_string()
        });
    }
    if peaks.disk > MAX_DISK_EMPTY + plan.events() * MAX_DISK_OF_EVENT {
        differences.note("more disk than the events may take", || {
            peaks.disk.to_string()
        });
    }
    if kills.all() < asked.kills {
        differences.note("fewer kills than were asked for", || {
            kills.all().to_string()
        });
    }
    let faults = proxy.map(|proxy| proxy.counts()).unwrap_or_default();
    for (name, _) in faults.iter().filter(|(_, count)| *count == 0) {
        differences.note("a sort of fault that no request met", || (*name).to_owned());
    }
    for line in program.panics() {
        differences.note("a panic in the stack's log", || line);
    }
    Ok(Report {
        asked: asked.clone(),
        counts: ledger.counts(),
        poison: poisoned.counts(),
        kills,
        found,
        quarantined,
        put_back,
        pops: compared,
        sent_in,
        drained_in,
        checked_in: began.elapsed(),
        peaks,
        faults,
        differences,
    })
}

/// How long messages of LocalStack's queues are hidden: what was in hand when the stack was killed comes again then.
const SHORT_HIDDEN_S: u32 = 12;

/// The queues and the table without the proxy in front of them.
fn plain(at: &Addresses, localstack: Option<SocketAddr>) -> Addresses {
    let mut plain = at.clone();
    if let Some(localstack) = localstack {
        let behind = at.sqs.clone();
        let url = format!("http://{localstack}");
        for queue in plain.queues.values_mut() {
            *queue = queue.replace(&behind, &url);
        }
        plain.sqs.clone_from(&url);
        plain.dynamodb = url;
    }
    plain
}

fn drain_limit(events: u64) -> Duration {
    Duration::from_secs(180 + events / 100)
}

async fn all_ended(senders: &mut JoinSet<Result<(), SenderError>>) -> Result<(), CrashError> {
    while let Some(ended) = senders.join_next().await {
        ended??;
    }
    Ok(())
}

/// How many senders a channel has at the same time.
fn at_once(channel: Channel) -> usize {
    match channel {
        Channel::Cti => 8,
        Channel::Connect => 3,
        Channel::CloudEvents | Channel::WhatsApp | Channel::Widget => 2,
    }
}

fn start_senders(
    plan: &Arc<Plan>,
    ledger: &Arc<Ledger>,
    poisoned: &Arc<Ledger>,
    http: &Http,
    told: &Whereabouts,
    seed: u64,
) -> JoinSet<Result<(), SenderError>> {
    let mut running = JoinSet::new();
    for channel in Channel::ALL {
        let senders = Senders::new(plan.clone(), ledger.clone(), http.clone(), channel);
        let senders = Arc::new(senders);
        for _ in 0..at_once(channel) {
            let (senders, told) = (senders.clone(), told.clone());
            running.spawn(async move { senders.run(told).await });
        }
    }
    let (pieces, events) = (poisoned.len(), plan.events());
    let (poisoned, ledger, http) = (poisoned.clone(), ledger.clone(), http.clone());
    let told = told.clone();
    running.spawn(async move {
        for piece in 0..pieces {
            // Spread over the run, as far as that gets.
            ledger
                .reaches(events / 20 * 19 / pieces.max(1) * piece)
                .await;
            send_poison(&http, &poisoned, seed, piece, told.clone()).await?;
        }
        Ok(())
    });
    running
}

async fn send_poison(
    http: &Http,
    poisoned: &Ledger,
    seed: u64,
    piece: u64,
    mut told: Whereabouts,
) -> Result<(), SenderError> {
    const PAUSE: Duration = Duration::from_millis(300);
    const MAX_TRIES: u32 = 2_000;
    for _ in 0..MAX_TRIES {
        let to = stack(&mut told).await?;
        poisoned.sending(&[piece]);
        if poison::send(http, &to, seed, piece).await.is_ok() {
            poisoned.accepted(&[piece]);
            return Ok(());
        }
        poisoned.failed();
        tokio::time::sleep(PAUSE).await;
    }
    Err(SenderError::NoStack)
}
