//! `rebuild`: interactions compared with their events, and written anew where that is asked for.

use std::collections::BTreeMap;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;
use store::client::dynamodb;
use store::{Finding, Outcome, Part, Rebuilt, Store, StoreConfig};
use timeline::{CustomerId, InteractionId};
use tokio::time::Instant;

use super::CliError;
use super::reach::Reach;
use crate::files::open_private;

/// In how many parts the table is read at once.
const PARTS: i32 = 4;
/// Longest time for one customer, or for one page of the table.
const PATIENCE: Duration = Duration::from_secs(600);
/// Most pages of one part: of 500 items each, it is more than any table has.
const MAX_PAGES: u64 = 1_000_000_000;
/// How often progress is told, in pages.
const TELL_EVERY: u64 = 20;
/// Largest file of progress that is read.
const MAX_PROGRESS: u64 = 64 * 1024;
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
        table,
        secret: secret.unwrap_or_else(|| NO_SECRET.to_owned()),
        retention: (days > 0).then(|| Duration::from_secs(days * 86_400)),
    };
    let store = Store::new(dynamodb(&access), config);
    let until = Instant::now() + PATIENCE;
    let repair = options.repair;
    let rebuilt = match (&options.what.interaction, &options.what.customer) {
        (Some(id), _) => {
            let id = InteractionId::try_from(id.clone()).map_err(CliError::Id)?;
            let rebuilt = store.rebuild_interaction(&id, repair, until).await;
            told(rebuilt.map_err(CliError::Table)?)
        }
        (None, Some(id)) => {
            let id = CustomerId::try_from(id.clone()).map_err(CliError::Id)?;
            let found = store.customer(&id, until).await.map_err(CliError::Table)?;
            let identity = found.ok_or(CliError::NoCustomer)?;
            let rebuilt = store.rebuild_customer(&identity, repair, until).await;
            told(rebuilt.map_err(CliError::Table)?)
        }
        (None, None) => all(&store, &options).await?,
    };
    conclude(&rebuilt)
}

/// Says what was seen in one line, and fails where something differs still.
fn conclude(rebuilt: &Rebuilt) -> Result<(), CliError> {
    let repaired = |finding: &&Finding| finding.outcome == Outcome::Repaired;
    let mended = rebuilt.findings.iter().filter(repaired).count();
    let differ = rebuilt.findings.len();
    let mut line = format!("{} checked, {differ} differ", rebuilt.checked);
    for (number, what) in [
        (mended as u64, "repaired"),
        (rebuilt.expired, "with expired events"),
        (rebuilt.busy, "written to all the time, not compared"),
        (rebuilt.unknown, "unknown items"),
    ] {
        if number > 0 {
            line.push_str(&format!(", {number} {what}"));
        }
    }
    anstream::println!("{line}");
    if differ > mended || rebuilt.busy > 0 {
        return Err(CliError::Differs);
    }
    Ok(())
}

/// Prints findings as they come.
fn told(rebuilt: Rebuilt) -> Rebuilt {
    for finding in &rebuilt.findings {
        let what: Vec<_> = finding
            .differences
            .iter()
            .map(ToString::to_string)
            .collect();
        let outcome = match finding.outcome {
            Outcome::Reported => "",
            Outcome::Repaired => "  repaired",
            Outcome::Overtaken => "  written meanwhile, look again",
            Outcome::Beyond => "  cannot be rebuilt from its events",
        };
        anstream::println!(
            "{}  {}{outcome}",
            finding.interaction.as_str(),
            what.join(", ")
        );
    }
    rebuilt
}

/// Where each part of the table goes on; a part that is done has none.
type Places = BTreeMap<i32, Option<String>>;

/// How far a look at the whole table has come.
struct Progress {
    file: Option<std::fs::File>,
    places: Places,
    pages: u64,
    sum: Rebuilt,
}

impl Progress {
    fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let mut progress = Self {
            file: None,
            places: (0..PARTS).map(|part| (part, Some(String::new()))).collect(),
            pages: 0,
            sum: Rebuilt::default(),
        };
        if let Some(path) = path {
            let failed = |source| CliError::File {
                path: path.display().to_string(),
                source,
            };
            let file = open_private(path).map_err(failed)?;
            let mut text = String::new();
            let mut limited = (&file).take(MAX_PROGRESS);
            limited.read_to_string(&mut text).map_err(failed)?;
            if !text.is_empty() {
                let places = serde_json::from_str::<Places>(&text);
                let places = places.map_err(|error| failed(error.into()))?;
                progress.places.extend(places);
            }
            progress.file = Some(file);
        }
        Ok(progress)
    }

    fn advance(&mut self, part: i32, next: Option<String>, seen: Rebuilt) -> Result<(), CliError> {
        self.sum.add(told(seen));
        self.places.insert(part, next);
        self.pages += 1;
        if self.pages.is_multiple_of(TELL_EVERY) {
            anstream::eprintln!("{} checked so far", self.sum.checked);
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        let text = serde_json::to_string(&self.places).map_err(CliError::Json)?;
        let mut write = || {
            file.rewind()?;
            file.set_len(0)?;
            file.write_all(text.as_bytes())
        };
        write().map_err(CliError::Progress)
    }
}

/// Looks at the whole table, in parts at once.
async fn all(store: &Store, options: &Rebuild) -> Result<Rebuilt, CliError> {
    let progress = Progress::open(options.progress.as_deref())?;
    let places = progress.places.clone();
    let progress = tokio::sync::Mutex::new(progress);
    let parts = places
        .into_iter()
        .filter_map(|(part, place)| Some((part, place?)));
    let looking = parts.map(|(number, place)| {
        let progress = &progress;
        async move {
            let part = Part { number, of: PARTS };
            let mut place = Some(place).filter(|place| !place.is_empty());
            for _ in 0..MAX_PAGES {
                let until = Instant::now() + PATIENCE;
                let page = store.rebuild_page(part, place.as_deref(), options.repair, until);
                let page = page.await.map_err(CliError::Table)?;
                let (seen, next) = page.map_err(|_| CliError::OtherProgress)?;
                progress.lock().await.advance(number, next.clone(), seen)?;
                place = next;
                if place.is_none() {
                    break;
                }
            }
            Ok::<_, CliError>(())
        }
    });
    try_join_all(looking).await?;
    if let Some(path) = &options.progress {
        // It is over: a next call begins anew.
        let _ = std::fs::remove_file(path);
    }
    Ok(progress.into_inner().sum)
}
