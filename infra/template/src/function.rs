//! Functions and what calls them.

use std::{collections::BTreeMap, fmt};

use serde_json::Value;

use crate::{
    error::{Place, TemplateError},
    fields::{CloudOnly, Fields},
    http::{Api, HttpRoute},
    queue::Queue,
    role::TablePermissions,
    scope::Scope,
};

const CLOUD_ONLY: CloudOnly = &[
    (
        "Architectures",
        "locally the functions run in the stack's process",
    ),
    ("Description", "a text for people"),
    ("LoggingConfig", "local logs go to the terminal"),
    ("Role", "read by itself: what it allows with the table"),
];

/// A Lambda function.
#[derive(Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in the account.
    pub name: String,
    /// The folder of its crate, from the template's own.
    pub folder: String,
    /// The binary that is built of it.
    pub binary: String,
    /// Seconds that a call may take.
    pub timeout_s: u32,
    /// Its memory, by which its share of the processor goes.
    pub memory_mb: u32,
    /// Its environment variables.
    pub environment: BTreeMap<String, String>,
    /// The queues that call it.
    pub queue_events: Vec<QueueEvent>,
    /// The routes that call it.
    pub http_events: Vec<HttpRoute>,
    /// What its role allows it to do with the table.
    pub table: TablePermissions,
}

/// How a queue calls a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEvent {
    /// The queue's logical id.
    pub queue: String,
    /// The most messages of one call.
    pub batch_size: u32,
    /// Seconds for which a batch is gathered.
    pub window_s: u32,
    /// Whether the function says which messages failed.
    pub report_batch_item_failures: bool,
    /// The most calls at once.
    pub maximum_concurrency: Option<u32>,
}

/// Lambda's own default where the template is silent.
const DEFAULT_BATCH_SIZE: u32 = 10;

impl Function {
    pub(crate) fn read(
        logical_id: &str,
        metadata: Option<&Value>,
        mut fields: Fields<'_>,
        scope: &Scope<'_>,
        known: (&[Queue], &[Api]),
    ) -> Result<Self, TemplateError> {
        let (queues, apis) = known;
        for (name, expected) in [("Runtime", "provided.al2023"), ("Handler", "bootstrap")] {
            if fields.text(name)? != expected {
                return Err(fields.unexpected(name, expected));
            }
        }
        let mut function = Self {
            logical_id: logical_id.to_owned(),
            name: fields.text("FunctionName")?,
            folder: fields.text("CodeUri")?.trim_end_matches('/').to_owned(),
            binary: binary(logical_id, metadata, scope)?,
            timeout_s: fields.number("Timeout")?,
            memory_mb: fields.number("MemorySize")?,
            environment: environment(&mut fields)?,
            queue_events: Vec::new(),
            http_events: Vec::new(),
            table: TablePermissions::default(),
        };
        for (_, mut event) in fields.named("Events")? {
            let kind = event.text("Type")?;
            let properties = event
                .nested("Properties")?
                .ok_or_else(|| event.missing("Properties"))?;
            match kind.as_str() {
                "SQS" => function
                    .queue_events
                    .push(QueueEvent::read(properties, queues)?),
                "HttpApi" => function
                    .http_events
                    .push(HttpRoute::read(properties, apis)?),
                _ => return Err(event.unexpected("Type", "SQS or HttpApi")),
            }
            event.finish(&[])?;
        }
        fields.finish(CLOUD_ONLY)?;
        Ok(function)
    }
}

/// Names the environment's variables without their values, which hold secrets.
impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            logical_id,
            name,
            folder,
            binary,
            timeout_s,
            memory_mb,
            environment,
            queue_events,
            http_events,
            table,
        } = self;
        f.debug_struct("Function")
            .field("logical_id", logical_id)
            .field("name", name)
            .field("folder", folder)
            .field("binary", binary)
            .field("timeout_s", timeout_s)
            .field("memory_mb", memory_mb)
            .field("environment", &environment.keys())
            .field("queue_events", queue_events)
            .field("http_events", http_events)
            .field("table", table)
            .finish()
    }
}

impl QueueEvent {
    fn read(mut fields: Fields<'_>, queues: &[Queue]) -> Result<Self, TemplateError> {
        let arn = fields.text("Queue")?;
        let queue = queues
            .iter()
            .find(|queue| queue.arn == arn)
            .ok_or_else(|| fields.unexpected("Queue", "a queue of this template"))?;
        let responses = fields.texts("FunctionResponseTypes")?;
        if responses
            .iter()
            .any(|kind| kind != "ReportBatchItemFailures")
        {
            return Err(fields.unexpected("FunctionResponseTypes", "ReportBatchItemFailures"));
        }
        let maximum_concurrency = match fields.nested("ScalingConfig")? {
            None => None,
            Some(mut scaling) => {
                let most = scaling.number("MaximumConcurrency")?;
                scaling.finish(&[])?;
                Some(most)
            }
        };
        let event = Self {
            queue: queue.logical_id.clone(),
            batch_size: fields
                .optional_number("BatchSize")?
                .unwrap_or(DEFAULT_BATCH_SIZE),
            window_s: fields
                .optional_number("MaximumBatchingWindowInSeconds")?
                .unwrap_or(0),
            report_batch_item_failures: !responses.is_empty(),
            maximum_concurrency,
        };
        fields.finish(&[])?;
        Ok(event)
    }
}

fn environment(fields: &mut Fields<'_>) -> Result<BTreeMap<String, String>, TemplateError> {
    let Some(mut environment) = fields.nested("Environment")? else {
        return Ok(BTreeMap::new());
    };
    let variables = match environment.nested("Variables")? {
        None => BTreeMap::new(),
        Some(variables) => variables.remaining_texts()?,
    };
    environment.finish(&[])?;
    Ok(variables)
}

fn binary(
    logical_id: &str,
    metadata: Option<&Value>,
    scope: &Scope<'_>,
) -> Result<String, TemplateError> {
    let place = Place::of(logical_id).child("Metadata");
    let metadata = metadata.ok_or_else(|| TemplateError::MissingProperty {
        place: place.clone(),
    })?;
    let mut metadata = Fields::new(scope, place, metadata)?;
    if metadata.text("BuildMethod")? != "rust-cargolambda" {
        return Err(metadata.unexpected("BuildMethod", "rust-cargolambda"));
    }
    let mut properties = metadata
        .nested("BuildProperties")?
        .ok_or_else(|| metadata.missing("BuildProperties"))?;
    let binary = properties.text("Binary")?;
    properties.finish(&[])?;
    metadata.finish(&[])?;
    Ok(binary)
}
