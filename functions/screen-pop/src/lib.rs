#![doc = include_str!("../README.md")]

mod answers;
mod may_contact;
pub mod openapi;
mod pops;
mod query;

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{
    Problem, StatusCode, is_repeated, json, json_with, path_parameter, problem, query_parameter,
    unless_panicked,
};
use lambda_kit::metrics::{Metric, Metrics, Unit};
use lambda_runtime::LambdaEvent;
use store::{CursorError, MAX_PAGE, POP_PAGE, Store, StoreError};
use timeline::{
    Customer, CustomerId, Identity, IdentityUri, InteractionId, OwnIdentities, PopState, Region,
    Timestamp, recalled_etag,
};

pub use answers::{CustomerPage, InteractionPage};
pub use may_contact::ContactAnswer;
pub use pops::MAX_CHAIN;
use query::QueryError;

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "screen-pop";

/// Pops that were not whole.
pub const POPS_DEGRADED: Metric = Metric::new(
    "PopsDegraded",
    Unit::Count,
    "Pops of which not everything could be read in time",
);
/// Longest time that a pop takes, answered or degraded: it has to be on the screen before the agent speaks.
pub const POP_BUDGET: Duration = Duration::from_millis(1500);
/// Requests to the table that one pop makes at once.
const CONNECTIONS: usize = 3;
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);

/// The function.
pub struct Pops {
    store: Store,
    region: Option<Region>,
    own: OwnIdentities,
    /// None where nobody collects them.
    metrics: Option<Metrics>,
}

/// Why a request is not answered with what it asks for.
enum Refusal {
    Query(QueryError),
    NotFound(&'static str),
    Cursor,
    Store(StoreError),
}

impl Pops {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        let own = env.optional_parsed::<OwnIdentities>("OWN_IDENTITIES");
        env.finish(|| {
            Some(Self {
                own: own?.unwrap_or_default(),
                ..Self::on(store?, region?)
            })
        })
    }

    /// The function on a store that is open already.
    #[must_use]
    pub fn on(store: Store, region: Option<Region>) -> Self {
        Self {
            store,
            region,
            own: OwnIdentities::default(),
            metrics: None,
        }
    }

    /// The same with its figures written there.
    #[must_use]
    pub fn with_metrics(self, metrics: Metrics) -> Self {
        Self {
            metrics: Some(metrics),
            ..self
        }
    }

    /// The same, for a company with these numbers and addresses.
    #[must_use]
    pub fn of_company(self, own: OwnIdentities) -> Self {
        Self { own, ..self }
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
        let budget = Deadline::after(whole.remaining().min(POP_BUDGET));
        let answer = match request.route_key.as_deref() {
            Some("GET /v1/screen-pop") => self.screen_pop(&request, budget).await,
            Some("GET /v1/customers/{id}") => self.customer(&request, budget).await,
            Some("GET /v1/customers/{id}/timeline") => self.timeline(&request, budget).await,
            Some("GET /v1/customers/{id}/may-contact") => self.may_contact(&request, budget).await,
            Some("GET /v1/interactions/{id}") => self.interaction(&request, budget).await,
            _ => Err(Refusal::NotFound("There is nothing under this path.")),
        };
        answer.unwrap_or_else(refuse)
    }

    async fn screen_pop(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let parameter = |name| query_parameter(request, name);
        let mut parameters = query::PARAMETERS.into_iter();
        if let Some(name) = parameters.find(|name| is_repeated(request, name)) {
            return Err(Refusal::Query(QueryError::Repeated(name)));
        }
        let asked = query::read(parameter, self.region).map_err(Refusal::Query)?;
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        let pop = Box::pin(self.pop(asked, budget.instant())).await;
        if let (PopState::Degraded, Some(metrics)) = (pop.state, &self.metrics) {
            metrics.add(&POPS_DEGRADED, 1);
            metrics.flush_now();
        }
        Ok(json(StatusCode::OK, &pop))
    }

    async fn customer(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let uri = self.asked_customer(request, budget).await?;
        let identity = Identity {
            raw: uri.expose().into(),
            uri,
        };
        let recall = Box::pin(self.store.recall(&identity, budget.instant())).await;
        if recall.incomplete {
            return Err(Refusal::Store(StoreError::Unavailable {
                code: "Incomplete".to_owned(),
            }));
        }
        let customer = Customer::of(
            &identity.uri,
            &recall,
            self.store.salt(),
            Timestamp::from(clock::now()),
        );
        let customer = customer.ok_or(Refusal::NotFound("No customer has this id."))?;
        let etag = recalled_etag(&identity.uri, &recall);
        Ok(json_with(
            StatusCode::OK,
            &customer,
            &[("etag", etag.as_str())],
        ))
    }

    async fn timeline(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let limit = query::limit(query_parameter(request, "limit"), POP_PAGE, MAX_PAGE)
            .map_err(Refusal::Query)?;
        let cursor = query_parameter(request, "cursor");
        let uri = self.asked_customer(request, budget).await?;
        let page = self
            .store
            .timeline(&uri, limit, cursor.as_deref(), budget.instant())
            .await;
        let page = page
            .map_err(Refusal::Store)?
            .map_err(|CursorError| Refusal::Cursor)?;
        Ok(json(
            StatusCode::OK,
            &CustomerPage::of(page, Timestamp::from(clock::now())),
        ))
    }

    async fn interaction(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        const NOT_FOUND: Refusal = Refusal::NotFound("No interaction has this id.");
        let id = path_parameter(request, "id").map(query::unescaped);
        let id: InteractionId = id.and_then(|id| id.parse().ok()).ok_or(NOT_FOUND)?;
        let cursor = query_parameter(request, "cursor");
        let page = self
            .store
            .interaction(&id, cursor.as_deref(), budget.instant())
            .await;
        let page = page
            .map_err(Refusal::Store)?
            .map_err(|CursorError| Refusal::Cursor)?;
        let page = page.ok_or(NOT_FOUND)?;
        Ok(json(
            StatusCode::OK,
            &InteractionPage::of(page, self.store.salt(), Timestamp::from(clock::now())),
        ))
    }

    /// The first identity of the customer that the path names.
    async fn asked_customer(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<IdentityUri, Refusal> {
        const NOT_FOUND: Refusal = Refusal::NotFound("No customer has this id.");
        let id: CustomerId = path_parameter(request, "id")
            .and_then(|id| id.parse().ok())
            .ok_or(NOT_FOUND)?;
        let uri = self
            .store
            .customer(&id, budget.instant())
            .await
            .map_err(Refusal::Store)?;
        uri.ok_or(NOT_FOUND)
    }
}

fn refuse(refusal: Refusal) -> ApiGatewayV2httpResponse {
    match refusal {
        Refusal::Query(error) => problem(
            Problem::new(StatusCode::BAD_REQUEST)
                .detail("The query cannot be understood.")
                .field(error.parameter(), error.to_string()),
        ),
        Refusal::NotFound(what) => problem(Problem::new(StatusCode::NOT_FOUND).detail(what)),
        Refusal::Cursor => problem(
            Problem::new(StatusCode::BAD_REQUEST)
                .detail("The query cannot be understood.")
                .field("cursor", CursorError.to_string()),
        ),
        Refusal::Store(error) => {
            tracing::error!(error.code = %error, "a read failed");
            problem(
                Problem::new(StatusCode::SERVICE_UNAVAILABLE)
                    .detail("The timeline cannot be read right now."),
            )
        }
    }
}
