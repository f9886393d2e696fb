//! Wires `screen-pop`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};
use screen_pop::Pops;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let pops = Pops::new(Env::from_process())?;
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(pops.warm_up()).await;
    let pops = &pops;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(pops.handle(event)).await)
    }))
    .await
}
