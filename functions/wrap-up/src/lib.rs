#![doc = include_str!("../README.md")]

mod acts;
mod forms;
pub mod openapi;

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::{
    Problem, StatusCode, json, json_body, json_with, problem, subject, unescaped_path_parameter,
    unless_panicked,
};
use lambda_runtime::LambdaEvent;
use store::{Appended, Store, StoreError};
use timeline::{
    Event, IdError, Interaction, InteractionId, MAX_PROMISES, OwnIdentities, PromiseEnd, PromiseId,
    PromiseState, Region, Summary, Timestamp,
};

pub use acts::SOURCE;
use acts::{Act, Draft};
pub use forms::{
    EndForm, InteractionForm, MAX_ADDRESS_BYTES, MAX_LINE_CHARS, MAX_NOTE_BYTES, NoteForm,
    PromiseForm, WrapUpForm,
};
pub use lambda_kit::http::{IDEMPOTENCY_KEY, MAX_KEY_BYTES};

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "wrap-up";

/// Longest time until an answer.
pub const ANSWER_BUDGET: Duration = Duration::from_secs(5);
/// Requests to the table that one answer makes at once.
const CONNECTIONS: usize = 2;
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);
/// How often a request is tried whose twin arrives at the same moment.
const MAX_TURNS: usize = 2;

const NO_ROUTE: Refusal = Refusal::NotFound("There is nothing under this path.");
// Calls are known at the desk before their events are through the queue.
const NO_INTERACTION: Refusal = Refusal::NotFound(
    "No interaction has this id yet. Where its events are still under way, the same request may be sent again in a \
     moment.",
);
const NO_PROMISE: Refusal = Refusal::NotFound(
    "The interaction has no promise with this id yet. Where its events are still under way, the same request may be \
     sent again in a moment.",
);
const OTHER_CONTENT: Refusal =
    Refusal::Conflict("Something else was sent under this Idempotency-Key before; that stays.");
const TOO_MANY_PROMISES: Refusal =
    Refusal::Conflict("The interaction would have more than 16 open promises; nothing was stored.");
const NOT_KEPT: Refusal = Refusal::Conflict(
    "Too many others were promised on this interaction at the same moment, so that a promise is not in view. Do not \
     tell the customer of it.",
);

/// The function.
pub struct WrapUps {
    store: Store,
    region: Option<Region>,
    own: OwnIdentities,
}

/// Why a request is not answered with what it asks for.
enum Refusal {
    Form(Problem),
    Nobody,
    NotFound(&'static str),
    Conflict(&'static str),
    TooLong,
    Unnamed(IdError),
    Store(StoreError),
}

impl WrapUps {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        let own = env.optional_parsed::<OwnIdentities>("OWN_IDENTITIES");
        env.finish(|| Some(Self::on(store?, region?, own?.unwrap_or_default())))
    }

    /// The function on a store that is open already.
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
        let budget = Deadline::after(whole.remaining().min(ANSWER_BUDGET));
        let invocation = event.context.request_id;
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        let answer = Box::pin(async {
            let answer = self.routed(&event.payload, &invocation, budget).await;
            answer.unwrap_or_else(refuse)
        });
        unless_panicked(answer).await
    }

    /// The answer of the route that API Gateway has found.
    async fn routed(
        &self,
        request: &ApiGatewayV2httpRequest,
        invocation: &str,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let route = request.route_key.as_deref();
        let route = route.and_then(|route| route.strip_prefix("POST /v1/interactions"));
        let route = route.ok_or(NO_ROUTE)?;
        let agent = subject(request).ok_or(Refusal::Nobody)?;
        let asked = Asked {
            act: Act::of(request, agent, invocation).map_err(Refusal::Form)?,
            request,
            now: Timestamp::from(clock::now()),
            budget,
        };
        match route {
            "" => self.interaction(&asked).await,
            "/{id}/wrap-up" => self.wrap_up(&asked).await,
            "/{id}/notes" => self.note(&asked).await,
            "/{id}/promises/{promise}" => self.promise(&asked).await,
            _ => Err(NO_ROUTE),
        }
    }

    async fn wrap_up(&self, asked: &Asked<'_>) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let form: WrapUpForm = json_body(asked.request).map_err(Refusal::Form)?;
        form.check(asked.now).map_err(Refusal::Form)?;
        let interaction = self.asked_interaction(asked).await?;
        let before = interaction.summary();
        form.check_after(&before).map_err(Refusal::Form)?;
        let draft = Draft::wrap_up(before.id, before.channel, &form, &asked.act);
        // Those of a request that is sent again are there already.
        let new = draft
            .promises()
            .filter(|id| interaction.promise(id).is_none());
        let open = before.promises.iter().filter(|promise| promise.is_open());
        let (new, open) = (new.count(), open.count());
        if new > 0 && new + open > MAX_PROMISES {
            return Err(TOO_MANY_PROMISES);
        }
        let after = self.store(asked, &draft).await?;
        Ok(json(StatusCode::CREATED, &after))
    }

    async fn note(&self, asked: &Asked<'_>) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let form: NoteForm = json_body(asked.request).map_err(Refusal::Form)?;
        form.check(asked.now).map_err(Refusal::Form)?;
        let before = self.asked_interaction(asked).await?.summary();
        form.check_after(&before).map_err(Refusal::Form)?;
        let draft = Draft::note(before.id, before.channel, &form, &asked.act);
        let after = self.store(asked, &draft).await?;
        Ok(json(StatusCode::CREATED, &after))
    }

    async fn promise(&self, asked: &Asked<'_>) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let form: EndForm = json_body(asked.request).map_err(Refusal::Form)?;
        form.check(asked.now).map_err(Refusal::Form)?;
        let id = unescaped_path_parameter(asked.request, "promise");
        let id = id.and_then(|id| PromiseId::try_from(id.into_owned()).ok());
        let id = id.ok_or(NO_PROMISE)?;
        let interaction = self.asked_interaction(asked).await?;
        let before = interaction.summary();
        form.check_after(&before).map_err(Refusal::Form)?;
        let state = interaction.promise(&id).ok_or(NO_PROMISE)?.state;
        let is_so = match form.how {
            PromiseEnd::Kept => state == PromiseState::Kept,
            PromiseEnd::Withdrawn => state == PromiseState::Withdrawn,
        };
        // A key binds its content also where there is nothing to do.
        if is_so && !asked.act.is_repeatable {
            return Ok(json(StatusCode::CREATED, &before.as_of(asked.now)));
        }
        let draft = Draft::end(before.id, before.channel, id, &form, &asked.act);
        let after = self.store(asked, &draft).await?;
        Ok(json(StatusCode::CREATED, &after))
    }

    async fn interaction(&self, asked: &Asked<'_>) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let form: InteractionForm = json_body(asked.request).map_err(Refusal::Form)?;
        let customer = form
            .check(self.region, &self.own, asked.now)
            .map_err(Refusal::Form)?;
        let id = asked.act.interaction().map_err(Refusal::Unnamed)?;
        let draft = Draft::interaction(id.clone(), &form, customer, &asked.act);
        let after = self.store(asked, &draft).await?;
        let location = format!("/v1/interactions/{id}");
        Ok(json_with(
            StatusCode::CREATED,
            &after,
            &[("location", &location)],
        ))
    }

    /// The interaction that the path names.
    async fn asked_interaction(&self, asked: &Asked<'_>) -> Result<Interaction, Refusal> {
        let id = unescaped_path_parameter(asked.request, "id");
        let id: Option<InteractionId> = id.and_then(|id| id.parse().ok());
        self.folded(&id.ok_or(NO_INTERACTION)?, asked).await
    }

    async fn folded(&self, id: &InteractionId, asked: &Asked<'_>) -> Result<Interaction, Refusal> {
        let folded = self.store.folded(id, asked.budget.instant()).await;
        folded.map_err(Refusal::Store)?.ok_or(NO_INTERACTION)
    }

    /// Stores what is drafted, all of it in one append, and gives the interaction as it stands then. Whoever is answered
    /// with it may tell the customer so: it is stored.
    async fn store(&self, asked: &Asked<'_>, draft: &Draft) -> Result<Summary, Refusal> {
        for _ in 0..MAX_TURNS {
            let stored = self.stored_before(asked, draft).await?;
            // What is sent again says the same of the same time, though it comes later.
            let then = stored.first().and_then(|event| event.occurred_at);
            let events = draft.events(&asked.act, then.unwrap_or(asked.now), asked.now);
            let events = events.map_err(Refusal::Unnamed)?;
            if !stored.is_empty() && !are_the_same(&stored, &events) {
                return Err(OTHER_CONTENT);
            }
            // Also what is stored already: only the append makes sure that the customer is entered.
            let until = asked.budget.instant();
            let outcomes = self.store.append(&events, until).await;
            if !is_stored(outcomes)? {
                continue;
            }
            let after = self.folded(&draft.id, asked).await?;
            if !keeps(&after, draft) {
                return Err(NOT_KEPT);
            }
            return Ok(after.summary().as_of(asked.now));
        }
        Err(OTHER_CONTENT)
    }

    /// What was stored under the request's key before.
    async fn stored_before(&self, asked: &Asked<'_>, draft: &Draft) -> Result<Vec<Event>, Refusal> {
        if !asked.act.is_repeatable {
            return Ok(Vec::new());
        }
        let until = asked.budget.instant();
        let prefix = asked.act.prefix();
        let stored = self.store.events_alike(&draft.id, &prefix, until).await;
        stored.map_err(Refusal::Store)
    }
}

/// A request, and by whom and when it is made.
struct Asked<'a> {
    request: &'a ApiGatewayV2httpRequest,
    act: Act,
    now: Timestamp,
    budget: Deadline,
}

/// Whether all is stored; not so where something else is under one of the ids.
fn is_stored(outcomes: Vec<Appended>) -> Result<bool, Refusal> {
    let mut stored = true;
    for outcome in outcomes {
        match outcome {
            Appended::Stored | Appended::Duplicate => {}
            Appended::ReadDifferently | Appended::Conflict => stored = false,
            Appended::TooLarge => return Err(Refusal::TooLong),
            Appended::Failed(error) => return Err(Refusal::Store(error)),
        }
    }
    Ok(stored)
}

/// Whether every promise that was made is in view until it is kept. Others that are made at the same moment may leave no
/// room for it, and nobody may tell the customer of a promise that nobody sees.
fn keeps(after: &Interaction, draft: &Draft) -> bool {
    let shown = after.summary().promises;
    draft.promises().all(|id| {
        let is_over = || after.promise(id).is_some_and(|status| !status.is_open());
        shown.iter().any(|status| &status.promise.id == id) || is_over()
    })
}

/// Whether they say the same, whenever they arrived.
fn are_the_same(stored: &[Event], events: &[Event]) -> bool {
    let said = |events: &[Event]| -> BTreeSet<(String, String)> {
        let each = events.iter();
        each.map(|event| (event.id.to_string(), event.content_hash()))
            .collect()
    };
    said(stored) == said(events)
}

fn refuse(refusal: Refusal) -> ApiGatewayV2httpResponse {
    let told = |status, detail: &str| problem(Problem::new(status).detail(detail));
    match refusal {
        Refusal::Form(form) => problem(form),
        Refusal::Nobody => told(
            StatusCode::FORBIDDEN,
            "The token does not say who asks: it has no `sub`.",
        ),
        Refusal::NotFound(what) => told(StatusCode::NOT_FOUND, what),
        Refusal::Conflict(what) => told(StatusCode::CONFLICT, what),
        Refusal::TooLong => told(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is longer than can be stored; nothing was.",
        ),
        Refusal::Unnamed(error) => {
            tracing::error!(error.code = %error, "an id could not be made");
            problem(Problem::new(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Refusal::Store(error) => {
            tracing::error!(error.code = %error, "a write failed");
            told(
                StatusCode::SERVICE_UNAVAILABLE,
                "It is not known to be stored. The same request, under the same Idempotency-Key, may be sent again.",
            )
        }
    }
}
