//! Wires `screen-pop`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_kit::metrics::Metrics;
use lambda_runtime::{LambdaEvent, service_fn};
use screen_pop::{NAME, Pops};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let env = Env::from_process();
    let metrics = Metrics::to_stdout(env.function_name(NAME));
    let pops = Pops::new(env)?.with_metrics(metrics);
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(pops.warm_up()).await;
    let pops = &pops;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(pops.handle(event)).await)
    }))
    .await
}
