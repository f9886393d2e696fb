//! The functions in this process: event JSON in, answer JSON out, as the Lambda service would call them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use connect_flow::Flow;
use ingest::Ingest;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context, LambdaEvent};
use receive_webhook::Webhooks;
use sam_template::Function;
use screen_pop::Pops;
use serde_json::Value;
use widget_sessions::Widget;

/// Where a deployed function reads the webhooks' secrets, and where it does so here.
const SECRETS_ARN: &str = "WEBHOOK_SECRETS_ARN";
const SECRETS_FILE: &str = "WEBHOOK_SECRETS_FILE";

/// Why a function cannot be had or did not answer.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The template has a function whose crate this program does not contain.
    #[error("the template's function {0} has no code in the local stack; add it to its functions")]
    Unknown(String),
    /// Its environment is incomplete.
    #[error("the function {name} cannot start")]
    Config {
        /// The function's binary.
        name: String,
        /// What is missing.
        #[source]
        source: ConfigError,
    },
    /// The event is not of the form that the function takes.
    #[error("the function refuses the event's form: {0}")]
    Event(serde_json::Error),
    /// It returned an error; a queue then gives the whole batch again.
    #[error("the function failed: {0}")]
    Failed(String),
    /// It took longer than its timeout.
    #[error("the function timed out")]
    TimedOut,
}

/// A function that runs here.
pub(crate) struct LocalFunction {
    timeout: Duration,
    code: Code,
}

enum Code {
    Ingest(Box<Ingest>),
    Pops(Box<Pops>),
    Webhooks(Box<Webhooks>),
    Widget(Box<Widget>),
    Flow(Box<Flow>),
}

impl LocalFunction {
    /// Starts the code of a function with the environment that the template gives it.
    pub(crate) async fn start(
        function: &Function,
        aws: &BTreeMap<String, String>,
        webhook_secrets: &Path,
    ) -> Result<Self, FunctionError> {
        let mut environment = function.environment.clone();
        environment.extend(aws.clone());
        if environment.remove(SECRETS_ARN).is_some() {
            // There is no Secrets Manager here: a file stands for it.
            let path = webhook_secrets.to_string_lossy().into_owned();
            environment.insert(SECRETS_FILE.to_owned(), path);
        }
        let env = Env::from_map(environment);
        let config = |source| FunctionError::Config {
            name: function.binary.clone(),
            source,
        };
        // Figures are for CloudWatch; on a terminal they would only hide what matters.
        let quiet =
            |ingest: Ingest| ingest.with_metrics(Metrics::new(function.binary.clone(), io::sink()));
        let code = match function.binary.as_str() {
            ingest_call::NAME => {
                Code::Ingest(Box::new(quiet(ingest_call::function(env).map_err(config)?)))
            }
            ingest_chat::NAME => {
                Code::Ingest(Box::new(quiet(ingest_chat::function(env).map_err(config)?)))
            }
            ingest_email::NAME => Code::Ingest(Box::new(quiet(
                ingest_email::function(env).map_err(config)?,
            ))),
            ingest_journey::NAME => Code::Ingest(Box::new(quiet(
                ingest_journey::function(env).map_err(config)?,
            ))),
            screen_pop::NAME => Code::Pops(Box::new(Pops::new(env).map_err(config)?)),
            receive_webhook::NAME => {
                let webhooks = Webhooks::new(env).map_err(config)?;
                let metrics = Metrics::new(function.binary.clone(), io::sink());
                Code::Webhooks(Box::new(webhooks.with_metrics(metrics)))
            }
            widget_sessions::NAME => Code::Widget(Box::new(Widget::new(env).map_err(config)?)),
            connect_flow::NAME => Code::Flow(Box::new(Flow::new(env).map_err(config)?)),
            other => return Err(FunctionError::Unknown(other.to_owned())),
        };
        match &code {
            Code::Ingest(ingest) => ingest.warm_up().await,
            Code::Pops(pops) => pops.warm_up().await,
            // It warns by itself of connections that are set to be insecure.
            Code::Webhooks(webhooks) => webhooks.warm_up().await,
            Code::Widget(widget) => widget.warm_up().await,
            Code::Flow(flow) => flow.warm_up().await,
        }
        Ok(Self {
            timeout: Duration::from_secs(function.timeout_s.into()),
            code,
        })
    }

    /// Calls the function once.
    pub(crate) async fn invoke(&self, event: Value) -> Result<Value, FunctionError> {
        let context = self.context();
        let answer = async {
            match &self.code {
                Code::Ingest(ingest) => {
                    let payload = serde_json::from_value(event).map_err(FunctionError::Event)?;
                    let response = ingest.handle(LambdaEvent::new(payload, context)).await;
                    let response =
                        response.map_err(|error| FunctionError::Failed(error.to_string()))?;
                    serde_json::to_value(response).map_err(FunctionError::Event)
                }
                Code::Pops(pops) => {
                    let payload = serde_json::from_value(event).map_err(FunctionError::Event)?;
                    let response = pops.handle(LambdaEvent::new(payload, context)).await;
                    serde_json::to_value(response).map_err(FunctionError::Event)
                }
                Code::Webhooks(webhooks) => {
                    let payload = serde_json::from_value(event).map_err(FunctionError::Event)?;
                    let response = webhooks.handle(LambdaEvent::new(payload, context)).await;
                    serde_json::to_value(response).map_err(FunctionError::Event)
                }
                Code::Widget(widget) => {
                    let payload = serde_json::from_value(event).map_err(FunctionError::Event)?;
                    let response = widget.handle(LambdaEvent::new(payload, context)).await;
                    serde_json::to_value(response).map_err(FunctionError::Event)
                }
                Code::Flow(flow) => {
                    let answer = flow.handle(LambdaEvent::new(event, context)).await;
                    serde_json::to_value(answer).map_err(FunctionError::Event)
                }
            }
        };
        tokio::time::timeout(self.timeout, answer)
            .await
            .unwrap_or(Err(FunctionError::TimedOut))
    }

    fn context(&self) -> Context {
        let mut context = Context::default();
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        context.deadline = u64::try_from((now + self.timeout).as_millis()).unwrap_or(u64::MAX);
        context.request_id = format!("local-{:016x}", fastrand::u64(..));
        context
    }
}
