//! Wires `link-customers`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};
use link_customers::Links;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let links = Links::new(Env::from_process())?;
    // Boxed: the nested futures are deeper than the compiler looks when it lays out `main` at once.
    Box::pin(links.warm_up()).await;
    let links = &links;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(links.handle(event)).await)
    }))
    .await
}
