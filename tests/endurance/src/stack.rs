//! The real local stack: the program `cornerstore`, on a folder that is kept from one life to the next.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::http::{Http, NoAnswer};

/// Longest time that a start may take.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Longest file of secrets that is read.
const MAX_SECRETS: u64 = 64 * 1024;

/// What builds this program and the one that it starts: one alone would find the other as old as it is.
pub const BUILD: &str = "cargo build --profile trial -p cornerstore -p endurance";

/// The website whose pages have the widget. An own one, since the stack's port is another after each start.
pub const WIDGET_ORIGIN: &str = "https://shop.example.com";

/// Why there is no stack.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// There is no program beside this one.
    #[error("there is no program {}; build it: cargo build --profile trial -p cornerstore -p endurance", .0.display())]
    NoProgram(PathBuf),
    /// It cannot be started, or its files cannot be read.
    #[error("{0} failed")]
    Io(&'static str, #[source] std::io::Error),
    /// It ended before it served.
    #[error("the stack ended before it served; its log is {}", .0.display())]
    Ended(PathBuf),
    /// It does not get ready.
    #[error("the stack does not get ready; its log is {}", .0.display())]
    NotReady(PathBuf),
    /// It does not say where its parts are.
    #[error("the stack does not answer")]
    NoAnswer(#[from] NoAnswer),
    /// What it says cannot be understood.
    #[error("what the stack says of itself is not understood: {0}")]
    Said(&'static str),
}

/// Where the parts of a stack are that runs, and what proves deliveries to it.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// The HTTP API.
    pub http: String,
    /// SQS's protocol.
    pub sqs: String,
    /// DynamoDB's protocol.
    pub dynamodb: String,
    /// The table's name.
    pub table: String,
    /// The queues' URLs, by their short names.
    pub queues: BTreeMap<String, String>,
    /// A token of an agent.
    pub agent_token: String,
    /// The first secret of each webhook.
    pub secrets: BTreeMap<String, String>,
}

impl Addresses {
    /// The URL of a queue.
    #[must_use]
    pub fn queue(&self, name: &str) -> &str {
        self.queues.get(name).map_or("", String::as_str)
    }

    /// The secret of a webhook.
    #[must_use]
    pub fn secret(&self, source: &str) -> &str {
        self.secrets.get(source).map_or("", String::as_str)
    }

    async fn ask(http: &Http, url: &str) -> Result<Self, StackError> {
        let answer = http.get(&format!("{url}/local"), []).await?;
        let said: Value = serde_json::from_slice(&answer.body)
            .map_err(|_| StackError::Said("its addresses are no JSON"))?;
        let text = |name: &'static str| {
            let text = said[name].as_str().map(str::to_owned);
            text.ok_or(StackError::Said(name))
        };
        let queues = said["queues"].as_object();
        let queues = queues.ok_or(StackError::Said("queues"))?;
        Ok(Self {
            http: text("http")?,
            sqs: text("sqs")?,
            dynamodb: text("dynamodb")?,
            table: text("table")?,
            queues: queues
                .iter()
                .filter_map(|(name, url)| Some((name.clone(), url.as_str()?.to_owned())))
                .collect(),
            agent_token: text("agent_token")?,
            secrets: secrets(Path::new(&text("webhook_secrets")?))?,
        })
    }
}

/// The first secret of each connection in the stack's file.
fn secrets(path: &Path) -> Result<BTreeMap<String, String>, StackError> {
    let failed = |error| StackError::Io("reading the webhooks' secrets", error);
    if std::fs::metadata(path).map_err(failed)?.len() > MAX_SECRETS {
        return Err(StackError::Said("the webhooks' secrets are too long"));
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    let file: BTreeMap<String, Value> = serde_json::from_str(&text)
        .map_err(|_| StackError::Said("the webhooks' secrets are no JSON object"))?;
    let first = |entry: &Value| {
        let in_list = |list: &Value| list[0].as_str().map(str::to_owned);
        let text = entry.as_str().map(str::to_owned);
        text.or_else(|| in_list(entry))
            .or_else(|| in_list(&entry["secrets"]))
    };
    Ok(file
        .into_iter()
        .filter_map(|(name, entry)| Some((name, first(&entry)?)))
        .collect())
}

/// How stacks are started.
#[derive(Debug, Clone)]
pub struct Program {
    binary: PathBuf,
    folder: PathBuf,
    more: Vec<String>,
}

impl Program {
    /// The program `cornerstore` beside the one that runs, on this folder.
    ///
    /// # Errors
    /// When it has not been built.
    pub fn beside_this(folder: &Path) -> Result<Self, StackError> {
        let this =
            std::env::current_exe().map_err(|error| StackError::Io("looking about", error))?;
        let name = "cornerstore";
        // A test's own program lies one folder deeper.
        let places = this.ancestors().skip(1).take(2);
        let found = places
            .map(|place| place.join(name))
            .find(|path| path.is_file());
        let binary = found.ok_or_else(|| StackError::NoProgram(this.with_file_name(name)))?;
        Ok(Self {
            binary,
            folder: folder.to_owned(),
            more: Vec::new(),
        })
    }

    /// Uses another emulator's queues and table. Its queues hide messages for so many seconds only: nobody gives back
    /// there what a stack had in hand when it was killed.
    ///
    /// # Errors
    /// When the template cannot be read or written.
    pub fn use_endpoint(&mut self, url: &str, hidden_s: u32) -> Result<(), StackError> {
        let failed = |error| StackError::Io("shortening the template's times", error);
        let template = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
        let text = std::fs::read_to_string(template).map_err(failed)?;
        let lines = text.lines().map(|line| {
            let name = line.trim_start();
            let indent = &line[..line.len() - name.len()];
            if name.starts_with("VisibilityTimeout:") {
                format!("{indent}VisibilityTimeout: {hidden_s}\n")
            } else {
                format!("{line}\n")
            }
        });
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let path = self.folder.join("template.yaml");
        std::fs::write(&path, lines.collect::<String>()).map_err(failed)?;
        let path = path
            .to_str()
            .ok_or(StackError::Said("a path that is no text"))?;
        self.more = ["--endpoint", url, "--template", path]
            .map(str::to_owned)
            .to_vec();
        Ok(())
    }

    /// Lines of the stack's log that tell of a panic, at most a few.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        const MOST: usize = 10;
        let log = std::fs::read(self.folder.join("stack.log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines = log.lines().filter(|line| line.contains("panicked"));
        lines.take(MOST).map(str::to_owned).collect()
    }

    /// Where the stack keeps what it has.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts a stack, which is not ready yet. It dies with what is returned.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn spawn(&self) -> Result<Starting, StackError> {
        let failed = |error| StackError::Io("starting the stack", error);
        std::fs::create_dir_all(&self.folder).map_err(failed)?;
        let log_path = self.folder.join("stack.log");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&log_path)
            .map_err(failed)?;
        let child = Command::new(&self.binary)
            .args(["up", "--port", "0", "--folder"])
            .arg(self.data())
            .args(["--widget-origins", WIDGET_ORIGIN])
            .args(&self.more)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(log))
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        Ok(Starting { child, log_path })
    }
}

/// A stack that has been started and does not serve yet.
#[derive(Debug)]
pub struct Starting {
    child: Child,
    log_path: PathBuf,
}

impl Starting {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Waits until it serves.
    ///
    /// # Errors
    /// When it ends, or takes too long.
    pub async fn ready(mut self, http: &Http) -> Result<Stack, StackError> {
        let stdout = self.child.stdout.take();
        let stdout = stdout.ok_or(StackError::Said("it has no output"))?;
        let mut lines = BufReader::new(stdout).lines();
        let url = async {
            while let Ok(Some(line)) = lines.next_line().await {
                if let Some(url) = line.strip_prefix("ready ") {
                    return Some(url.to_owned());
                }
            }
            None
        };
        let url = tokio::time::timeout(START_LIMIT, url).await;
        let url = url.map_err(|_| StackError::NotReady(self.log_path.clone()))?;
        let url = url.ok_or_else(|| StackError::Ended(self.log_path.clone()))?;
        let addresses = Addresses::ask(http, &url).await?;
        Ok(Stack {
            child: self.child,
            addresses,
        })
    }

    /// Kills it as the kernel would for want of memory: nothing is flushed, nobody is told.
    ///
    /// # Errors
    /// When it cannot be killed.
    pub async fn kill(mut self) -> Result<(), StackError> {
        let killed = self.child.kill().await;
        killed.map_err(|error| StackError::Io("killing the stack", error))
    }
}

/// A stack that serves. It dies when this is dropped.
#[derive(Debug)]
pub struct Stack {
    child: Child,
    /// Where its parts are.
    pub addresses: Addresses,
}

impl Stack {
    /// Its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// Kills it with signal 9.
    ///
    /// # Errors
    /// When it cannot be killed, such as because it has ended by itself.
    pub async fn kill(mut self) -> Result<(), StackError> {
        if let Ok(Some(_)) = self.child.try_wait() {
            return Err(StackError::Said("it has ended by itself"));
        }
        let killed = self.child.kill().await;
        killed.map_err(|error| StackError::Io("killing the stack", error))
    }
}

/// The most memory that a process has held, in bytes, as the kernel counts it.
#[must_use]
pub fn peak_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// How many bytes the files directly in a folder have.
#[must_use]
pub fn bytes_in(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.filter_map(|entry| Some(entry.metadata().ok()?.len()));
    sizes.sum()
}
