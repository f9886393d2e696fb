#![doc = include_str!("../README.md")]

pub mod openapi;
mod request;

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::http::HeaderValue;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{Problem, StatusCode, json_with, problem, unless_panicked};
use lambda_runtime::LambdaEvent;
use schemars::JsonSchema;
use serde::Serialize;
use store::{CustomerTraits, Patched, Store, StoreError};
use timeline::{CustomerId, IdentityUri, MAX_PREFERENCES, Profile, Timestamp};

use request::{Asked, MEDIA_TYPES};
pub use request::{MAX_PATCH_BYTES, RANK_HEADER};

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
}

/// A customer as a change leaves it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct ProfiledCustomer {
    /// The customer's id.
    pub id: CustomerId,
    /// The customer's identities, in order.
    pub identities: BTreeSet<IdentityUri>,
    /// What is known of the customer.
    pub profile: Profile,
}

/// Why a request is not answered with what it asks for.
enum Refusal {
    /// Something about the request itself.
    Problem(Problem),
    /// The body is of another media type than those that are read.
    MediaType,
    NotFound(&'static str),
    Stale,
    TooMany,
    Store(StoreError),
}

impl Profiles {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        env.finish(|| Some(Self::on(store?)))
    }

    /// The function on a store that is open already.
    #[must_use]
    pub fn on(store: Store) -> Self {
        Self { store }
    }

    /// Opens the connections, while nobody waits for them yet.
    pub async fn warm_up(&self) {
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
            Some("PATCH /v1/customers/{id}") => self.patch(request, budget).await,
            _ => Err(Refusal::NotFound("There is nothing under this path.")),
        }
    }

    async fn patch(
        &self,
        request: &ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        const NOT_FOUND: Refusal = Refusal::NotFound("No customer has this id.");
        let now = Timestamp::from(clock::now());
        let asked = Asked::read(request, now)?;
        let customer = asked.customer.ok_or(NOT_FOUND)?;
        let until = budget.instant();
        let under = self.store.customer(&customer, until).await;
        let under = under.map_err(Refusal::Store)?.ok_or(NOT_FOUND)?;
        let patched = self
            .store
            .patch_traits(&under, &asked.patch, asked.if_match, until)
            .await;
        match patched.map_err(Refusal::Store)? {
            Patched::Done(traits) => self.shown(traits, now, budget).await,
            Patched::Stale => Err(Refusal::Stale),
            Patched::TooMany => Err(Refusal::TooMany),
        }
    }

    /// The customer as the change leaves it. Where it cannot be read the request fails although the change is made: the
    /// caller sends it again, and it comes to rest.
    async fn shown(
        &self,
        traits: CustomerTraits,
        now: Timestamp,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let profile = self.store.profile(&traits, now, budget.instant()).await;
        let customer = ProfiledCustomer {
            identities: traits.identities(),
            profile: profile.map_err(Refusal::Store)?,
            id: traits.id.clone(),
        };
        let etag = traits.etag();
        Ok(json_with(
            StatusCode::OK,
            &customer,
            &[("etag", etag.as_str())],
        ))
    }
}

fn refuse(refusal: Refusal) -> ApiGatewayV2httpResponse {
    let of = |status, detail: &str| problem(Problem::new(status).detail(detail));
    match refusal {
        Refusal::Problem(told) => problem(told),
        Refusal::MediaType => {
            let mut response = of(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "A JSON merge patch is needed: application/merge-patch+json.",
            );
            // Source: RFC 5789, section 2.2.
            let taken = HeaderValue::from_static(MEDIA_TYPES[0]);
            response.headers.insert("accept-patch", taken);
            response
        }
        Refusal::NotFound(what) => of(StatusCode::NOT_FOUND, what),
        Refusal::Stale => of(
            StatusCode::PRECONDITION_FAILED,
            "The customer has been changed since it was read. Read it again.",
        ),
        Refusal::TooMany => of(
            StatusCode::CONFLICT,
            &format!(
                "A customer has room for {MAX_PREFERENCES} preferences, removed ones included."
            ),
        ),
        Refusal::Store(error) => {
            tracing::error!(error.code = %error, "a profile could not be changed");
            of(
                StatusCode::SERVICE_UNAVAILABLE,
                "The customer cannot be changed right now. The same request may be sent again.",
            )
        }
    }
}
