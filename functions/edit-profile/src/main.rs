//! Wires `edit-profile`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use edit_profile::Profiles;
use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let profiles = Profiles::new(Env::from_process())?;
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(profiles.warm_up()).await;
    let profiles = &profiles;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(profiles.handle(event)).await)
    }))
    .await
}
