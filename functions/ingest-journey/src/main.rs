//! Wires `ingest-journey`: telemetry, configuration, clients, run.

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let function = ingest_journey::function(Env::from_process())?;
    function.warm_up().await;
    let function = &function;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        function.handle(event).await
    }))
    .await
}
