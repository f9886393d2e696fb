//! Figures in CloudWatch's embedded metric format: one JSON log line per invocation, from which
//! CloudWatch makes metrics.
//!
//! Each metric is declared once, as a constant. The only dimension is the function: an id would
//! make a metric (and its price) of every customer.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

use serde_json::{Map, Value, json};

use crate::telemetry::redact;

/// The namespace of all metrics.
pub const NAMESPACE: &str = "Cornerstore";

/// The one dimension.
pub const DIMENSION: &str = "Function";

/// The most metrics of one line; a limit of the format.
pub const MAX_METRICS: usize = 100;

/// The most values of one metric in one line; a limit of the format.
pub const MAX_VALUES: usize = 100;

/// The most names of ignored events that are told apart in one line; the rest count as `other`.
pub const MAX_IGNORED_NAMES: usize = 20;

/// The most characters of an ignored event's name that are kept, because the sender chose it.
pub const MAX_IGNORED_NAME_CHARS: usize = 64;

/// The property with the names of ignored events and how often each came.
const IGNORED: &str = "Ignored";
const OTHER: &str = "other";
/// The property with how many values did not fit.
const DROPPED: &str = "DroppedValues";

/// Records whose content is stored.
pub const RECORDS_DONE: Metric = Metric::new("RecordsDone", Unit::Count, "Records stored");
/// Records that said nothing new.
pub const RECORDS_DUPLICATE: Metric = Metric::new(
    "RecordsDuplicate",
    Unit::Count,
    "Records of which everything was stored before",
);
/// Records that went back to their queue.
pub const RECORDS_RETRIED: Metric = Metric::new(
    "RecordsRetried",
    Unit::Count,
    "Records returned to their queue",
);
/// Records that were refused for good.
pub const RECORDS_QUARANTINED: Metric = Metric::new(
    "RecordsQuarantined",
    Unit::Count,
    "Records put into the quarantine queue",
);
/// Events that nobody uses.
pub const RECORDS_IGNORED: Metric = Metric::new(
    "RecordsIgnored",
    Unit::Count,
    "Events of known envelopes that nobody uses",
);
/// Records whose judging panicked; they are among the retried ones too.
pub const RECORDS_PANICKED: Metric = Metric::new(
    "RecordsPanicked",
    Unit::Count,
    "Records whose judging panicked",
);
/// How long a batch took.
pub const BATCH_DURATION: Metric = Metric::new(
    "BatchDuration",
    Unit::Milliseconds,
    "Time from a batch's arrival to its answer",
);

/// The metrics that this crate emits by itself.
pub const ALL: [Metric; 7] = [
    RECORDS_DONE,
    RECORDS_DUPLICATE,
    RECORDS_RETRIED,
    RECORDS_QUARANTINED,
    RECORDS_IGNORED,
    RECORDS_PANICKED,
    BATCH_DURATION,
];

/// A metric's declaration. Declare it as a `const`, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metric {
    name: &'static str,
    unit: Unit,
    help: &'static str,
}

impl Metric {
    /// Declares a metric. A name that is not of ASCII letters and digits does not compile in a
    /// `const`, nor does one that the format or this module uses for something else.
    pub const fn new(name: &'static str, unit: Unit, help: &'static str) -> Self {
        assert!(is_free(name), "the name is not usable for a metric");
        Self { name, unit, help }
    }

    /// Its name in CloudWatch.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its unit.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// What it counts or measures.
    pub const fn help(&self) -> &'static str {
        self.help
    }
}

/// CloudWatch's units, those in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How many; the values of an invocation are added up.
    Count,
    /// A time; each value is kept, so that percentiles are right.
    Milliseconds,
    /// A size; each value is kept.
    Bytes,
}

impl Unit {
    /// CloudWatch's name of the unit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
            Self::Bytes => "Bytes",
        }
    }
}

/// Collects the figures of an invocation until they are flushed.
pub struct Metrics {
    function: String,
    collected: Mutex<Collected>,
    writer: Mutex<Box<dyn Write + Send>>,
}

#[derive(Default)]
struct Collected {
    values: BTreeMap<&'static str, (Unit, Vec<u64>)>,
    ignored: BTreeMap<String, u64>,
    dropped: u64,
}

impl Metrics {
    /// Figures of the named function, written to standard output, where Lambda picks them up.
    pub fn to_stdout(function: impl Into<String>) -> Self {
        Self::new(function, io::stdout())
    }

    /// Figures of the named function, written to `writer`.
    pub fn new(function: impl Into<String>, writer: impl Write + Send + 'static) -> Self {
        Self {
            function: function.into(),
            collected: Mutex::default(),
            writer: Mutex::new(Box::new(writer)),
        }
    }

    /// Adds a value. What the format has no room for is dropped and told as `DroppedValues`.
    pub fn add(&self, metric: &Metric, value: u64) {
        lock(&self.collected).add(metric, value);
    }

    /// Counts an ignored event by its name. The name becomes a property of the line, never a
    /// dimension, and is cut and redacted, since the sender chose it.
    pub fn ignored(&self, name: &str) {
        let short: String = name.chars().take(MAX_IGNORED_NAME_CHARS).collect();
        let name = redact(&short).into_owned();
        let mut collected = lock(&self.collected);
        collected.add(&RECORDS_IGNORED, 1);
        let names = &mut collected.ignored;
        let known = names.contains_key(&name) || names.len() < MAX_IGNORED_NAMES;
        let name = if known { name } else { OTHER.to_owned() };
        *names.entry(name).or_default() += 1;
    }

    /// Writes what was collected as one line with this time (milliseconds since the Unix epoch) and
    /// begins anew. Nothing collected writes nothing. A line that cannot be written is lost and
    /// logged: figures never fail an invocation.
    pub fn flush(&self, now_ms: i64) {
        let collected = std::mem::take(&mut *lock(&self.collected));
        if collected.values.is_empty() {
            return;
        }
        let mut line = self.line(collected, now_ms).to_string();
        line.push('\n');
        let mut writer = lock(&self.writer);
        let written = writer
            .write_all(line.as_bytes())
            .and_then(|()| writer.flush());
        if let Err(error) = written {
            tracing::warn!(%error, "metrics lost");
        }
    }

    /// [`Metrics::flush`] with the time of day.
    pub fn flush_now(&self) {
        let now = clock::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.flush(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    }

    fn line(&self, collected: Collected, now_ms: i64) -> Value {
        let mut line = Map::new();
        let mut declared = Vec::new();
        for (name, (unit, values)) in collected.values {
            declared.push(json!({"Name": name, "Unit": unit.name()}));
            let value = match values.as_slice() {
                [single] => json!(single),
                several => json!(several),
            };
            line.insert(name.to_owned(), value);
        }
        if !collected.ignored.is_empty() {
            line.insert(IGNORED.to_owned(), json!(collected.ignored));
        }
        if collected.dropped > 0 {
            line.insert(DROPPED.to_owned(), json!(collected.dropped));
        }
        line.insert(DIMENSION.to_owned(), json!(self.function));
        let directive = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [[DIMENSION]],
            "Metrics": declared,
        });
        line.insert(
            "_aws".to_owned(),
            json!({"Timestamp": now_ms, "CloudWatchMetrics": [directive]}),
        );
        Value::Object(line)
    }
}

impl Collected {
    fn add(&mut self, metric: &Metric, value: u64) {
        let full = self.values.len() >= MAX_METRICS;
        if full && !self.values.contains_key(metric.name) {
            self.dropped += 1;
            return;
        }
        let entry = self.values.entry(metric.name);
        let (unit, values) = entry.or_insert_with(|| (metric.unit, Vec::new()));
        match (unit, values.as_mut_slice()) {
            (Unit::Count, [sum]) => *sum = sum.saturating_add(value),
            (_, kept) if kept.len() < MAX_VALUES => values.push(value),
            _ => self.dropped += 1,
        }
    }
}

/// A panic elsewhere leaves the figures usable, so a poisoned lock is taken all the same.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether a metric may have this name: constant, so that declarations are checked when compiled.
const fn is_free(name: &str) -> bool {
    let bytes = name.as_bytes();
    let mut index = 0;
    while index < bytes.len() {
        if !bytes[index].is_ascii_alphanumeric() {
            return false;
        }
        index += 1;
    }
    !(bytes.is_empty() || equal(name, DIMENSION) || equal(name, IGNORED) || equal(name, DROPPED))
}

const fn equal(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut index = 0;
    while index < a.len() && index < b.len() && a[index] == b[index] {
        index += 1;
    }
    index == a.len() && index == b.len()
}

#[cfg(test)]
mod tests;
