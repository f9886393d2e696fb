//! Wires `wrap-up`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};
use wrap_up::WrapUps;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let wrap_ups = WrapUps::new(Env::from_process())?;
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(wrap_ups.warm_up()).await;
    let wrap_ups = &wrap_ups;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(wrap_ups.handle(event)).await)
    }))
    .await
}
