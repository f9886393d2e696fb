#![doc = include_str!("../README.md")]

mod answers;
mod candidates;
mod identities;
mod links;
pub mod openapi;
mod preview;

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{
    Problem, StatusCode, problem, query_parameter, subject, unescaped_path_parameter,
    unless_panicked,
};
use lambda_runtime::LambdaEvent;
use store::{Store, StoreError};
use timeline::{Actor, CustomerId, IdentityUri, OwnIdentities, Region};

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "link-customers";

/// Longest time until an answer.
pub const ANSWER_BUDGET: Duration = Duration::from_secs(5);
/// Requests to the table that one answer makes at once.
const CONNECTIONS: usize = 2;
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);

/// The function.
pub struct Links {
    store: Store,
    region: Option<Region>,
    own: OwnIdentities,
}

/// Why a request is not answered with what it asks for.
enum Refusal {
    /// What is asked for cannot be done.
    Problem(Problem),
    /// The table was not read or written in time.
    Store(StoreError),
    /// An answer of its own.
    Answer(Box<ApiGatewayV2httpResponse>),
}

impl Refusal {
    fn not_found(what: &'static str) -> Self {
        Self::Problem(Problem::new(StatusCode::NOT_FOUND).detail(what))
    }

    fn bad_field(name: &'static str, reason: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        let problem = Problem::new(StatusCode::BAD_REQUEST);
        Self::Problem(
            problem
                .detail("The request cannot be understood.")
                .field(name, reason),
        )
    }

    fn impossible(detail: impl Into<String>) -> Self {
        Self::Problem(Problem::new(StatusCode::UNPROCESSABLE_ENTITY).detail(detail))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Links {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        let own = env.parsed_or("OWN_IDENTITIES", OwnIdentities::default());
        env.finish(|| Some(Self::on(store?, region?, own?)))
    }

    /// The function on a store that is open already, with the region of national numbers and the company's own numbers
    /// and addresses.
    #[must_use]
    pub fn on(store: Store, region: Option<Region>, own: OwnIdentities) -> Self {
        Self { store, region, own }
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
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        match request.route_key.as_deref() {
            Some("GET /v1/customers/{id}/links") => self.links(request, budget).await,
            Some("POST /v1/customers/{id}/links") => self.link(request, budget).await,
            Some("DELETE /v1/customers/{id}/links/{link_id}") => self.unlink(request, budget).await,
            Some("GET /v1/customers/{id}/candidates") => self.candidates(request, budget).await,
            Some("POST /v1/customers/{id}/candidates/{identity+}") => {
                self.decide(request, budget).await
            }
            Some("PUT /v1/identities/{identity+}") => self.put_identity(request, budget).await,
            _ => Err(Refusal::not_found("There is nothing under this path.")),
        }
    }

    /// The identity from which the id in the path was made. Any id that a customer ever had leads to one.
    async fn asked_customer(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<IdentityUri, Refusal> {
        let id = unescaped_path_parameter(request, "id");
        self.customer(id.as_deref().unwrap_or_default(), budget)
            .await?
            .ok_or_else(|| Refusal::not_found("No customer has this id."))
    }

    async fn customer(&self, id: &str, budget: Deadline) -> Result<Option<IdentityUri>, Refusal> {
        let Ok(id) = id.parse::<CustomerId>() else {
            return Ok(None);
        };
        Ok(self.store.customer(&id, budget.instant()).await?)
    }
}

/// Who asks, as the token says.
fn asker(request: &ApiGatewayV2httpRequest) -> Result<Actor, Refusal> {
    let nobody = || Problem::new(StatusCode::FORBIDDEN).detail("The token names nobody.");
    Ok(subject(request).map(Actor::agent).ok_or_else(nobody)?)
}

/// Whether the request only wants to know what it would change.
fn is_dry_run(request: &ApiGatewayV2httpRequest) -> Result<bool, Refusal> {
    match query_parameter(request, "dry_run").as_deref() {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        // Read as a no, a misspelt yes would write.
        Some(_) => Err(Refusal::bad_field("dry_run", "is neither true nor false")),
    }
}

fn refuse(refusal: Refusal) -> ApiGatewayV2httpResponse {
    match refusal {
        Refusal::Problem(what) => problem(what),
        Refusal::Answer(answer) => *answer,
        Refusal::Store(error) => {
            tracing::error!(error.code = %error, "the table was not read or written");
            problem(
                Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                    .detail("The table cannot be read or written right now. The same request may be sent again."),
            )
        }
    }
}
