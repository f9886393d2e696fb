//! Wires `widget-sessions`: telemetry, configuration, clients, run.

use std::convert::Infallible;

use lambda_kit::config::Env;
use lambda_runtime::{LambdaEvent, service_fn};
use widget_sessions::Widget;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    lambda_kit::telemetry::init();
    let widget = Widget::new(Env::from_process())?;
    widget.warm_up().await;
    let widget = &widget;
    lambda_runtime::run(service_fn(|event: LambdaEvent<_>| async move {
        Ok::<_, Infallible>(Box::pin(widget.handle(event)).await)
    }))
    .await
}
