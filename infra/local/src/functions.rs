//! The functions in this process: event JSON in, answer JSON out, as the Lambda service would call them.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use connect_flow::Flow;
use edit_profile::Profiles;
use ingest::Ingest;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::metrics::Metrics;
use lambda_runtime::{Context, LambdaEvent};
use link_customers::Links;
use receive_webhook::Webhooks;
use sam_template::Function;
use screen_pop::Pops;
use serde_json::Value;
use widget_sessions::Widget;
use wrap_up::WrapUps;

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
    Links(Box<Links>),
    Profiles(Box<Profiles>),
    WrapUps(Box<WrapUps>),
    Webhooks(Box<Webhooks>),
    Widget(Box<Widget>),
    Flow(Box<Flow>),
}

impl Code {
    /// The code under a binary's name.
    fn start(binary: &str, env: Env) -> Result<Self, FunctionError> {
        let config = |source| FunctionError::Config {
            name: binary.to_owned(),
            source,
        };
        // Figures are for CloudWatch; on a terminal they would only hide what matters.
        let silent = || Metrics::new(binary.to_owned(), io::sink());
        let quiet = |ingest: Result<Ingest, _>| {
            let ingest = ingest.map_err(config)?.with_metrics(silent());
            Ok(Self::Ingest(Box::new(ingest)))
        };
        Ok(match binary {
            ingest_call::NAME => quiet(ingest_call::function(env))?,
            ingest_chat::NAME => quiet(ingest_chat::function(env))?,
            ingest_email::NAME => quiet(ingest_email::function(env))?,
            ingest_journey::NAME => quiet(ingest_journey::function(env))?,
            screen_pop::NAME => Self::Pops(Box::new(Pops::new(env).map_err(config)?)),
            link_customers::NAME => Self::Links(Box::new(Links::new(env).map_err(config)?)),
            edit_profile::NAME => Self::Profiles(Box::new(Profiles::new(env).map_err(config)?)),
            wrap_up::NAME => Self::WrapUps(Box::new(WrapUps::new(env).map_err(config)?)),
            receive_webhook::NAME => {
                let webhooks = Webhooks::new(env).map_err(config)?;
                Self::Webhooks(Box::new(webhooks.with_metrics(silent())))
            }
            widget_sessions::NAME => Self::Widget(Box::new(Widget::new(env).map_err(config)?)),
            connect_flow::NAME => Self::Flow(Box::new(Flow::new(env).map_err(config)?)),
            other => return Err(FunctionError::Unknown(other.to_owned())),
        })
    }
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
        // By its name it is told from the others where permissions are looked at.
        environment.insert("AWS_ACCESS_KEY_ID".to_owned(), function.binary.clone());
        if environment.remove(SECRETS_ARN).is_some() {
            // There is no Secrets Manager here: a file stands for it.
            let path = webhook_secrets.to_string_lossy().into_owned();
            environment.insert(SECRETS_FILE.to_owned(), path);
        }
        let code = Code::start(&function.binary, Env::from_map(environment))?;
        match &code {
            Code::Ingest(ingest) => ingest.warm_up().await,
            Code::Pops(pops) => pops.warm_up().await,
            Code::Links(links) => links.warm_up().await,
            Code::Profiles(profiles) => profiles.warm_up().await,
            Code::WrapUps(wrap_ups) => wrap_ups.warm_up().await,
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
                Code::Pops(pops) => response(pops.handle(request(event, context)?).await),
                Code::Links(links) => response(links.handle(request(event, context)?).await),
                Code::Profiles(profiles) => {
                    response(profiles.handle(request(event, context)?).await)
                }
                Code::WrapUps(wrap_ups) => {
                    response(wrap_ups.handle(request(event, context)?).await)
                }
                Code::Webhooks(webhooks) => {
                    response(webhooks.handle(request(event, context)?).await)
                }
                Code::Widget(widget) => response(widget.handle(request(event, context)?).await),
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

/// The event of the HTTP API.
fn request(
    event: Value,
    context: Context,
) -> Result<LambdaEvent<ApiGatewayV2httpRequest>, FunctionError> {
    let payload = serde_json::from_value(event).map_err(FunctionError::Event)?;
    Ok(LambdaEvent::new(payload, context))
}

fn response(response: ApiGatewayV2httpResponse) -> Result<Value, FunctionError> {
    serde_json::to_value(response).map_err(FunctionError::Event)
}
