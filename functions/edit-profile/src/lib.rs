#![doc = include_str!("../README.md")]

pub mod openapi;

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{Problem, StatusCode, problem, unless_panicked};
use lambda_runtime::LambdaEvent;
use store::Store;
use timeline::Region;

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "edit-profile";

/// Longest time until an answer.
pub const ANSWER_BUDGET: Duration = Duration::from_secs(5);
/// Requests to the table that one answer makes at once.
const CONNECTIONS: usize = 2;
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);

/// The function.
pub struct Profiles {
    store: Store,
    #[expect(dead_code, reason = "the routes read national numbers in it")]
    region: Option<Region>,
}

/// Why a request is not answered with what it asks for.
enum Refusal {
    NotFound(&'static str),
}

impl Profiles {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        env.finish(|| Some(Self::on(store?, region?)))
    }

    /// The function on a store that is open already.
    #[must_use]
    pub fn on(store: Store, region: Option<Region>) -> Self {
        Self { store, region }
    }

    /// Opens the connection and loads the numbering plans, while nobody waits for it yet.
    pub async fn warm_up(&self) {
        timeline::warm_up();
        self.store
            .warm_up(CONNECTIONS, Deadline::after(WARM_UP).instant())
            .await;
    }

    /// Answers a request of the HTTP API.
    pub async fn handle(
        &self,
        event: LambdaEvent<ApiGatewayV2httpRequest>,
    ) -> ApiGatewayV2httpResponse {
        let whole = Deadline::of(&event.context);
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        unless_panicked(Box::pin(self.answer(event.payload, whole))).await
    }

    async fn answer(
        &self,
        request: ApiGatewayV2httpRequest,
        whole: Deadline,
    ) -> ApiGatewayV2httpResponse {
        let answer = self.routed(
            &request,
            Deadline::after(whole.remaining().min(ANSWER_BUDGET)),
        );
        answer.await.unwrap_or_else(refuse)
    }

    /// The answer of the route that API Gateway has found.
    async fn routed(
        &self,
        _request: &ApiGatewayV2httpRequest,
        _budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        Err(Refusal::NotFound("There is nothing under this path."))
    }
}

fn refuse(refusal: Refusal) -> ApiGatewayV2httpResponse {
    match refusal {
        Refusal::NotFound(what) => problem(Problem::new(StatusCode::NOT_FOUND).detail(what)),
    }
}
