//! Builds the local stack from `template.yaml` and runs it.

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws::AwsAccess;
use sam_template::{GeneratedSecret, Pseudo, Resolver, Template, TemplateError};
use serde_json::json;
use store::client::dynamodb;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::Storage;
use crate::clock;
use crate::dynamodb::{Embedded, EmbeddedError};
use crate::functions::{FunctionError, LocalFunction};
use crate::gateway::{self, Gateway, Route};
use crate::guard;
use crate::issuer::{Issuer, IssuerError};
use crate::poller::Mapping;
use crate::queues::ensure_queues;
use crate::secret::stack_secret;
use crate::sqs::{Sqs, SqsError};
use crate::table;
use crate::webhooks;

/// The stack's name on this machine.
const STACK_NAME: &str = "cornerstore";
/// Whom agent tokens are meant for.
const AUDIENCE: &str = "cornerstore-local";
/// How long an agent token of `GET /local` is good for.
const TOKEN_TTL: Duration = Duration::from_secs(24 * 3600);
/// The file name of the template.
const TEMPLATE: &str = "template.yaml";

/// How the local stack is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Port of the HTTP API; 0 takes a free one.
    pub port: u16,
    /// Port of SQS's protocol.
    pub sqs_port: u16,
    /// Port of DynamoDB's protocol.
    pub dynamodb_port: u16,
    /// The folder that keeps what must survive a restart; `None` keeps everything in memory.
    pub folder: Option<PathBuf>,
    /// SQS and DynamoDB of another emulator, in place of the embedded ones.
    pub endpoint: Option<String>,
    /// The template, where it is not the one that is found from here upwards.
    pub template: Option<PathBuf>,
    /// Values of the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// The stack's name, which begins the names of its queues and tables.
    pub stack_name: String,
}

impl Options {
    /// Everything in memory and on free ports: for tests and the demo.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            port: 0,
            sqs_port: 0,
            dynamodb_port: 0,
            folder: None,
            endpoint: None,
            template: None,
            parameters: BTreeMap::new(),
            stack_name: STACK_NAME.to_owned(),
        }
    }
}

/// Why the local stack does not run.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// There is no template.
    #[error("there is no template.yaml here or above; name it with --template")]
    NoTemplate,
    /// A file cannot be read or written.
    #[error("{what} cannot be read or written")]
    File {
        /// What it is.
        what: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Another stack uses the folder.
    #[error("another local stack uses {}; end it, or name another folder with --folder", .0.display())]
    InUse(PathBuf),
    /// The stack's secret was cut or written over.
    #[error(
        "{} holds no secret of this stack: every customer's id would change; restore it, or delete the folder",
        .0.display()
    )]
    Secret(PathBuf),
    /// The template holds something that is not understood.
    #[error("the template is not understood")]
    Template(#[from] TemplateError),
    /// A port is taken.
    #[error("port {port} of {what} cannot be used; another one can be given with --{option}")]
    Port {
        /// The port.
        port: u16,
        /// Who wants it.
        what: &'static str,
        /// The option.
        option: &'static str,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The queues cannot be opened or made.
    #[error("the queues cannot be opened")]
    Sqs(#[from] SqsError),
    /// A queue of another emulator cannot be made.
    #[error("the queue {0} cannot be made: {1}")]
    Queue(String, String),
    /// The tables cannot be opened.
    #[error("the tables cannot be opened")]
    DynamoDb(#[from] EmbeddedError),
    /// The table cannot be made.
    #[error("the table cannot be made: {0}")]
    Table(String),
    /// Tokens cannot be issued.
    #[error("agent tokens cannot be issued")]
    Issuer(#[from] IssuerError),
    /// A function cannot start.
    #[error("a function cannot start")]
    Function(#[from] FunctionError),
}

/// A local stack that runs. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// The HTTP API.
    pub http: String,
    /// SQS's protocol.
    pub sqs: String,
    /// DynamoDB's protocol.
    pub dynamodb: String,
    /// The table's name.
    pub table: String,
    /// The URL of each queue, by its name without the stack's.
    pub queues: BTreeMap<String, String>,
    /// The stack's secret, which salts customer ids.
    pub secret: String,
    tasks: Vec<JoinHandle<()>>,
    /// Where the webhooks' secrets are.
    webhooks: webhooks::Files,
    /// Held until the stack ends, so that no other stack opens the same folder.
    _lock: Option<std::fs::File>,
}

impl Running {
    /// The file that holds the webhooks' secrets.
    #[must_use]
    pub fn webhook_secrets(&self) -> &Path {
        &self.webhooks.secrets
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Where the template's references lead on this machine.
struct Local<'a> {
    sqs: &'a str,
    stack_name: &'a str,
    secrets: &'a HashMap<String, String>,
    fallback: &'a str,
}

impl Resolver for Local<'_> {
    fn queue_url(&self, queue: &str) -> String {
        format!("{}/000000000000/{queue}", self.sqs)
    }

    fn table_name(&self, logical_id: &str) -> String {
        format!("{}-{logical_id}", self.stack_name)
    }

    fn secret(&self, secret: &GeneratedSecret) -> String {
        self.secrets
            .get(&secret.logical_id)
            .map_or(self.fallback, String::as_str)
            .to_owned()
    }
}

/// Starts the stack. It serves when this returns.
///
/// # Errors
/// What is in the way, in a sentence that says what to do.
pub async fn start(options: &Options) -> Result<Running, StackError> {
    let text = read_template(options.template.as_deref())?;
    let template = Template::parse(&text)?;
    let lock = options.folder.as_deref().map(lock_folder).transpose()?;
    let mut tasks = Vec::new();
    let (http_listener, http) = listen(options.port, "the HTTP API", "port").await?;
    let (sqs_url, dynamodb_url, sqs) = serve_backends(options, &mut tasks).await?;
    let secret = stack_secret(options.folder.as_deref())?;
    let resolver = Local {
        sqs: &sqs_url,
        stack_name: &options.stack_name,
        secrets: &HashMap::new(),
        fallback: &secret,
    };
    let mut parameters = options.parameters.clone();
    parameters
        .entry("JwtIssuer".to_owned())
        .or_insert_with(|| http.clone());
    parameters
        .entry("JwtAudience".to_owned())
        .or_insert_with(|| AUDIENCE.to_owned());
    parameters
        .entry("WidgetOrigins".to_owned())
        .or_insert_with(|| own_origins(&http));
    let pseudo = Pseudo::local(&options.stack_name);
    let stack = template.resolve(&parameters, &pseudo, &resolver)?;

    let table = dynamodb(&AwsAccess::local(&dynamodb_url));
    table::ensure(&table, &stack.table).await?;
    let sqs_client = queue::client_that_waits(&AwsAccess::local(&sqs_url));
    ensure_queues(&stack.queues, sqs.as_ref(), &sqs_client).await?;

    // Functions reach the table through what holds each to its role; people and tests reach it directly.
    let (guard_listener, guarded_url) = listen(0, "the table's guard", "port").await?;
    let guard = guard::router(&dynamodb_url, &stack.functions);
    tasks.push(spawn("the table's guard", async move {
        axum::serve(guard_listener, guard).await
    }));
    let aws = BTreeMap::from(
        [
            ("AWS_REGION", pseudo.region.as_str()),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_ENDPOINT_URL_SQS", &sqs_url),
            ("AWS_ENDPOINT_URL_DYNAMODB", &guarded_url),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let webhooks = webhooks::open(options.folder.as_deref())?;
    let mut routes = Vec::new();
    let mut functions = BTreeMap::new();
    for function in &stack.functions {
        let code = LocalFunction::start(function, &aws, &webhooks.secrets).await?;
        let code = Arc::new(code);
        for name in [&function.name, &function.binary] {
            functions.insert(name.clone(), code.clone());
        }
        routes.extend(function.http_events.iter().map(|route| Route {
            route: route.clone(),
            function: code.clone(),
        }));
        for event in &function.queue_events {
            let Some(queue) = stack.queue(&event.queue) else {
                continue;
            };
            let region = pseudo.region.clone();
            let mapping = Mapping::new(
                sqs_client.clone(),
                code.clone(),
                queue,
                queue.url.clone(),
                event,
                region,
            );
            tasks.extend((0..mapping.at_once).map(|_| tokio::spawn(mapping.clone().run())));
        }
    }
    let queues: BTreeMap<String, String> = stack
        .queues
        .iter()
        .map(|queue| (queue.short_name.clone(), queue.url.clone()))
        .collect();
    let key = stored(options.folder.as_deref(), "issuer.key");
    let issuer = Issuer::open(
        &key,
        http.clone(),
        vec![AUDIENCE.to_owned()],
        clock::system(),
    )?;
    let about = json!({
        "http": http, "sqs": sqs_url, "dynamodb": dynamodb_url, "queues": queues, "table": stack.table.name,
        "webhook_secrets": webhooks.secrets,
    });
    let gateway = Gateway {
        routes,
        functions,
        issuer,
        about,
        audience: AUDIENCE.to_owned(),
        token_ttl: TOKEN_TTL,
    };
    let router = gateway::router(gateway);
    tasks.push(spawn("the HTTP API", async move {
        axum::serve(http_listener, router).await
    }));
    Ok(Running {
        http,
        sqs: sqs_url,
        dynamodb: dynamodb_url,
        table: stack.table.name,
        queues,
        secret,
        tasks,
        webhooks,
        _lock: lock,
    })
}

/// The stack's own addresses, under which its page for trying the widget is.
fn own_origins(http: &str) -> String {
    format!("{http},{}", http.replace("127.0.0.1", "localhost"))
}

/// Serves the embedded queues and tables, or points at another emulator's.
async fn serve_backends(
    options: &Options,
    tasks: &mut Vec<JoinHandle<()>>,
) -> Result<(String, String, Option<Sqs>), StackError> {
    if let Some(endpoint) = &options.endpoint {
        let endpoint = endpoint.trim_end_matches('/').to_owned();
        return Ok((endpoint.clone(), endpoint, None));
    }
    let (sqs_listener, sqs_url) = listen(options.sqs_port, "the queues", "sqs-port").await?;
    let (dynamodb_listener, dynamodb_url) =
        listen(options.dynamodb_port, "the tables", "dynamodb-port").await?;
    let sqs = Sqs::open(
        &stored(options.folder.as_deref(), "queues.db"),
        clock::system(),
    )?;
    sqs.return_received().await?;
    tasks.push(spawn("the queues", sqs.serve(sqs_listener)));
    let tables = Embedded::open(&stored(options.folder.as_deref(), "tables.db"))?;
    tasks.push(spawn(
        "the tables",
        tables.serve(dynamodb_listener, std::future::pending()),
    ));
    Ok((sqs_url, dynamodb_url, Some(sqs)))
}

fn spawn<E: std::fmt::Display + Send>(
    what: &'static str,
    server: impl Future<Output = Result<(), E>> + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        if let Err(error) = server.await {
            tracing::error!(what, %error, "stopped serving");
        }
    })
}

async fn listen(
    port: u16,
    what: &'static str,
    option: &'static str,
) -> Result<(TcpListener, String), StackError> {
    let failed = |source| StackError::Port {
        port,
        what,
        option,
        source,
    };
    let listener = TcpListener::bind(("127.0.0.1", port))
        .await
        .map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, format!("http://{address}")))
}

fn stored(folder: Option<&Path>, name: &str) -> Storage {
    folder.map_or(Storage::Memory, |folder| Storage::File(folder.join(name)))
}

/// Looks for the template here and above, then beside this program's source.
fn read_template(given: Option<&Path>) -> Result<String, StackError> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|source| StackError::File {
            what: "the template",
            source,
        })
    };
    if let Some(path) = given {
        return read(path);
    }
    let here = std::env::current_dir().unwrap_or_default();
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here
        .ancestors()
        .chain(source.ancestors())
        .map(|folder| folder.join(TEMPLATE))
        .find(|path| path.is_file());
    read(&path.ok_or(StackError::NoTemplate)?)
}

/// Makes the folder and takes it for this stack alone.
fn lock_folder(folder: &Path) -> Result<std::fs::File, StackError> {
    let failed = |source| StackError::File {
        what: "the data folder",
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file = crate::files::open_private(&folder.join("lock")).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StackError::InUse(folder.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}
