//! `rebuild`: interactions compared with their events, and written anew where that is asked for.

mod progress;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use store::client::dynamodb;
use store::{Finding, Look, Outcome, Part, Rebuilt, Store, StoreConfig, StoreError};
use timeline::{CustomerId, InteractionId};
use tokio::time::Instant;

use super::CliError;
use super::reach::{Reach, place, variable};
use progress::Progress;

/// In how many parts the table is read at once.
const PARTS: i32 = 4;
/// Longest time for one customer, or for one page of the table.
const PATIENCE: Duration = Duration::from_secs(600);
/// Most pages of one part in one call. A page is 500 items, so that this is two thousand million in four parts; with
/// --progress a larger table takes another call.
const MAX_PAGES: u64 = 1_000_000;
/// The variable that names the deployed stack's table.
const TABLE_VARIABLE: &str = "TABLE_NAME";
/// What seals the places in a file of progress where the stack's secret is not given.
const NO_SECRET: &str = "a file of progress";

/// Compares interactions with their events. There must be no difference; the exit code is 1 where there is, and 2 where
/// not all could be compared.
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
    /// With --aws: the table's name, which is the stack's output TableName. Else TABLE_NAME says it.
    // Read from the environment by hand, as the stack's name is.
    #[arg(long, value_name = "NAME", requires = "aws")]
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
    let counts = compare(&options).await;
    let counts = counts.map_err(|error| CliError::NotCompared(Box::new(error)))?;
    anstream::println!("{}", line(counts));
    conclude(counts, options.repair)
}

/// The table that is compared, and what its failures say of it.
struct Table {
    store: Store,
    name: String,
    at: String,
}

impl Table {
    fn of(options: &Rebuild) -> Result<Self, CliError> {
        let (access, local) = options.reach.table()?;
        let said = || options.table.clone().or_else(|| variable(TABLE_VARIABLE));
        let name = local.or_else(said).ok_or(CliError::NoTable)?;
        let days = u64::from(options.retention_days);
        let secret = std::env::var("STACK_SECRET").ok();
        let config = StoreConfig {
            table: name.clone(),
            secret: secret.unwrap_or_else(|| NO_SECRET.to_owned()),
            retention: (days > 0).then(|| Duration::from_secs(days * 86_400)),
        };
        let at = place(&access);
        if options.repair && options.reach.is_on_aws() {
            anstream::eprintln!("the table {name} {at}");
        }
        Ok(Self {
            store: Store::new(dynamodb(&access), config),
            name,
            at,
        })
    }

    fn failed(&self, source: StoreError) -> CliError {
        CliError::Table {
            table: self.name.clone(),
            at: self.at.clone(),
            source,
        }
    }
}

async fn compare(options: &Rebuild) -> Result<Counts, CliError> {
    let table = Table::of(options)?;
    let look = look(options.repair);
    let rebuilt = match (&options.what.interaction, &options.what.customer) {
        (Some(id), _) => {
            let id = InteractionId::try_from(id.clone()).map_err(CliError::Id)?;
            table.store.rebuild_interaction(&id, look).await
        }
        (None, Some(id)) => {
            let id = CustomerId::try_from(id.clone()).map_err(CliError::Id)?;
            let found = table.store.customer(&id, look.until).await;
            let found = found.map_err(|error| table.failed(error))?;
            let identity = found.ok_or(CliError::NoCustomer)?;
            table.store.rebuild_customer(&identity, look).await
        }
        (None, None) => return all(&table, options).await,
    };
    rebuilt
        .map(|rebuilt| Counts::of(&rebuilt))
        .map_err(|error| table.failed(error))
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

/// What was seen, in one line.
fn line(counts: Counts) -> String {
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
    line
}

/// Fails where something differs still, or nobody can say. An item that is not known is no interaction that could be
/// repaired, so that only a look fails for it.
fn conclude(counts: Counts, repair: bool) -> Result<(), CliError> {
    if counts.differ > counts.repaired {
        return Err(CliError::Differs);
    }
    if counts.busy > 0 {
        return Err(CliError::NotCompared(Box::new(CliError::Busy(counts.busy))));
    }
    if counts.unknown > 0 && !repair {
        return Err(CliError::Unknown(counts.unknown));
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
async fn all(table: &Table, options: &Rebuild) -> Result<Counts, CliError> {
    let progress = Progress::open(options.progress.as_deref(), &table.name, options.repair)?;
    let places = progress.open_places();
    let progress = tokio::sync::Mutex::new(progress);
    let has_failed = AtomicBool::new(false);
    let looking = places.into_iter().map(|(number, place)| {
        let (progress, has_failed) = (&progress, &has_failed);
        async move {
            let part = Part { number, of: PARTS };
            let looked = all_of(table, part, place, options.repair, progress, has_failed).await;
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
    table: &Table,
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
        let page = table
            .store
            .rebuild_page(part, place.as_deref(), look(repair));
        let page = page.await.map_err(|error| table.failed(error))?;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_ends_well_only_where_all_is_known_and_the_same() {
        let seen = |differ: u64, repaired: u64, busy: u64, unknown: u64| Counts {
            checked: 10,
            differ,
            repaired,
            busy,
            unknown,
            expired: 1,
        };
        for (counts, repair, code) in [
            (seen(0, 0, 0, 0), false, None),
            (seen(1, 0, 0, 0), false, Some(1)),
            (seen(2, 2, 0, 0), true, None),
            (seen(2, 1, 0, 0), true, Some(1)),
            (seen(1, 0, 1, 1), false, Some(1)),
            (seen(0, 0, 1, 1), false, Some(2)),
            (seen(0, 0, 0, 1), false, Some(1)),
            (seen(0, 0, 0, 1), true, None),
        ] {
            let ended = conclude(counts, repair);
            let ended = ended.err().map(|error| error.exit_code());
            assert_eq!(ended, code, "{counts:?}");
        }
    }
}
