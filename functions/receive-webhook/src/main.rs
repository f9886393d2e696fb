//! Wires `receive-webhook`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};
use receive_webhook::Webhooks;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let webhooks = Webhooks::new(Env::from_process())?;
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(webhooks.warm_up()).await;
    let webhooks = &webhooks;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(webhooks.handle(event)).await)
    }))
    .await
}
