//! `rebuild`: interactions compared with their events, and written anew where that is asked for.

mod progress;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use store::client::dynamodb;
use store::{Finding, Look, Outcome, Part, Rebuilt, Store, StoreConfig};
use timeline::{CustomerId, InteractionId};
use tokio::time::Instant;

use super::CliError;
use super::reach::Reach;
use progress::Progress;

/// In how many parts the table is read at once.
const PARTS: i32 = 4;
/// Longest time for one customer, or for one page of the table.
const PATIENCE: Duration = Duration::from_secs(600);
/// Most pages of one part in one call. A page is 500 items, so that this is two thousand million in four parts; with
/// --progress a larger table takes another call.
const MAX_PAGES: u64 = 1_000_000;
/// What seals the places in a file of progress where the stack's secret is not given.
const NO_SECRET: &str = "a file of progress";

/// Compares interactions with their events. There must be no difference; the exit code is 1 where there is.
#[derive(Debug, Args)]
pub(super) struct Rebuild {
    #[command(flatten)]
    reach: Reach,
    #[command(flatten)]
    what: What,
    /// Only look, which is what happens without --repair, too.
    #[arg(long, conflicts_with = "repair")]
    check: bool,
    /// Write what differs anew from its events, never over what somebody wrote meanwhile.
    #[arg(long)]
    repair: bool,
    /// With --aws: the table's name, which is the stack's output TableName.
    #[arg(long, env = "TABLE_NAME", value_name = "NAME")]
    table: Option<String>,
    /// For how many days events were kept, where RetentionDays was set once: what has expired is no difference.
    #[arg(long, env = "RETENTION_DAYS", default_value_t = 0, value_name = "DAYS")]
    retention_days: u32,
    /// With --all: keeps in this file how far it came, and goes on from there when it is called again.
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct What {
    /// All that the index has under a customer's identities, and what is pinned there.
    #[arg(long, value_name = "ID")]
    customer: Option<String>,
    /// One interaction, such as cti:8437461.
    #[arg(long, value_name = "ID")]
    interaction: Option<String>,
    /// The whole table.
    #[arg(long)]
    all: bool,
}

pub(super) async fn rebuild(options: Rebuild) -> Result<(), CliError> {
    let (access, table) = options.reach.table()?;
    let table = table
        .or_else(|| options.table.clone())
        .ok_or(CliError::NoTable)?;
    let days = u64::from(options.retention_days);
    let secret = std::env::var("STACK_SECRET").ok();
    let config = StoreConfig {
        table: table.clone(),
        secret: secret.unwrap_or_else(|| NO_SECRET.to_owned()),
        retention: (days > 0).then(|| Duration::from_secs(days * 86_400)),
    };
    let store = Store::new(dynamodb(&access), config);
    let look = look(options.repair);
    let counts = match (&options.what.interaction, &options.what.customer) {
        (Some(id), _) => {
            let id = InteractionId::try_from(id.clone()).map_err(CliError::Id)?;
            let rebuilt = store.rebuild_interaction(&id, look).await;
            Counts::of(&rebuilt.map_err(CliError::Table)?)
        }
        (None, Some(id)) => {
            let id = CustomerId::try_from(id.clone()).map_err(CliError::Id)?;
            let found = store.customer(&id, look.until).await;
            let found = found.map_err(CliError::Table)?;
            let identity = found.ok_or(CliError::NoCustomer)?;
            let rebuilt = store.rebuild_customer(&identity, look).await;
            Counts::of(&rebuilt.map_err(CliError::Table)?)
        }
        (None, None) => all(&store, &options, &table).await?,
    };
    conclude(counts)
}

/// A look that begins now.
fn look(repair: bool) -> Look<'static> {
    Look {
        repair,
        until: Instant::now() + PATIENCE,
        found: &tell,
    }
}

/// How much was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counts {
    checked: u64,
    differ: u64,
    repaired: u64,
    expired: u64,
    busy: u64,
    unknown: u64,
}

impl Counts {
    fn of(rebuilt: &Rebuilt) -> Self {
        let repaired = |finding: &&Finding| finding.outcome == Outcome::Repaired;
        Self {
            checked: rebuilt.checked,
            differ: rebuilt.findings.len() as u64,
            repaired: rebuilt.findings.iter().filter(repaired).count() as u64,
            expired: rebuilt.expired,
            busy: rebuilt.busy,
            unknown: rebuilt.unknown,
        }
    }

    fn add(&mut self, other: Self) {
        self.checked += other.checked;
        self.differ += other.differ;
        self.repaired += other.repaired;
        self.expired += other.expired;
        self.busy += other.busy;
        self.unknown += other.unknown;
    }
}

/// Says what was seen in one line, and fails where something differs still.
fn conclude(counts: Counts) -> Result<(), CliError> {
    let mut line = format!("{} checked, {} differ", counts.checked, counts.differ);
    for (number, what) in [
        (counts.repaired, "repaired"),
        (counts.expired, "with expired events"),
        (counts.busy, "written to all the time, not compared"),
        (counts.unknown, "unknown items"),
    ] {
        if number > 0 {
            line.push_str(&format!(", {number} {what}"));
        }
    }
    anstream::println!("{line}");
    if counts.differ > counts.repaired || counts.busy > 0 {
        return Err(CliError::Differs);
    }
    Ok(())
}

/// Prints a finding as soon as it is made.
fn tell(finding: &Finding) {
    let what: Vec<_> = finding
        .differences
        .iter()
        .map(ToString::to_string)
        .collect();
    let outcome = match finding.outcome {
        Outcome::Reported => "",
        Outcome::Repaired => "  repaired",
        Outcome::Overtaken => "  written meanwhile, look again",
        Outcome::Beyond => "  left as it is",
        Outcome::Refused => "  not repaired, for the table does not take it",
    };
    anstream::println!(
        "{}  {}{outcome}",
        finding.interaction.as_str(),
        what.join(", ")
    );
}

/// Looks at the whole table, in parts at once.
async fn all(store: &Store, options: &Rebuild, table: &str) -> Result<Counts, CliError> {
    let progress = Progress::open(options.progress.as_deref(), table, options.repair)?;
    let places = progress.open_places();
    let progress = tokio::sync::Mutex::new(progress);
    let has_failed = AtomicBool::new(false);
    let looking = places.into_iter().map(|(number, place)| {
        let (progress, has_failed) = (&progress, &has_failed);
        async move {
            let part = Part { number, of: PARTS };
            let looked = all_of(store, part, place, options.repair, progress, has_failed).await;
            if looked.is_err() {
                has_failed.store(true, Ordering::Relaxed);
            }
            looked
        }
    });
    // Where one part fails, the others end with the page that they are at, so that nothing is repaired unseen.
    let looked = join_all(looking).await;
    looked.into_iter().collect::<Result<(), CliError>>()?;
    if let Some(path) = &options.progress {
        // It is over: a next call begins anew.
        let _ = std::fs::remove_file(path);
    }
    Ok(progress.into_inner().counts())
}

async fn all_of(
    store: &Store,
    part: Part,
    place: String,
    repair: bool,
    progress: &tokio::sync::Mutex<Progress>,
    has_failed: &AtomicBool,
) -> Result<(), CliError> {
    let mut place = Some(place).filter(|place| !place.is_empty());
    for _ in 0..MAX_PAGES {
        if has_failed.load(Ordering::Relaxed) {
            return Ok(());
        }
        let page = store.rebuild_page(part, place.as_deref(), look(repair));
        let page = page.await.map_err(CliError::Table)?;
        let (seen, next) = page.map_err(|_| CliError::OtherProgress)?;
        let mut progress = progress.lock().await;
        progress.advance(part.number, next.clone(), Counts::of(&seen))?;
        place = next;
        if place.is_none() {
            return Ok(());
        }
    }
    Err(CliError::NotAtItsEnd(MAX_PAGES))
}
