#![doc = include_str!("../README.md")]

mod answer;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_runtime::LambdaEvent;
use serde_json::Value;
use sources::Context;
use store::{Appended, POP_PAGE, Store};
use timeline::{
    Event, Identity, OwnIdentities, PopState, Recall, Region, ScreenPop, Summary, Timestamp,
};

use answer::Answer;
pub use answer::{MAX_ANSWER_BYTES, MAX_OPEN, MAX_WARNINGS};

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "connect-flow";

/// Longest time that an answer takes where the environment does not say otherwise: the caller hears silence meanwhile.
pub const FLOW_BUDGET: Duration = Duration::from_secs(3);
/// Longest time that the environment may give. Amazon Connect itself waits eight seconds, the start of a function
/// included.
pub const MAX_FLOW_BUDGET: Duration = Duration::from_millis(7500);
/// Shortest: within less, no table answers.
pub const MIN_FLOW_BUDGET: Duration = Duration::from_millis(100);
/// How long before Lambda would stop the invocation the answer is ready.
const ANSWER_BEFORE: Duration = Duration::from_millis(250);
/// Requests to the table at once: three of a pop, one of an append.
const CONNECTIONS: usize = 4;
/// Most interactions before the contact that count. One place of a pop's page is the contact's own, taken or not.
pub const MAX_INTERACTIONS: usize = POP_PAGE - 1;
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);

/// The function.
pub struct Flow {
    store: Store,
    region: Option<Region>,
    own: OwnIdentities,
    budget: Duration,
}

impl Flow {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let store = Store::from_environment(|variable| env.lookup(variable));
        let store = env.take(store);
        let reading = sources::reading_in(env.lookup("DEFAULT_REGION").as_deref());
        let region = env.optional_parsed::<Region>("DEFAULT_REGION");
        let own = env.parsed_or("OWN_IDENTITIES", OwnIdentities::default());
        let default = u64::try_from(FLOW_BUDGET.as_millis()).unwrap_or(u64::MAX);
        let budget = env.parsed_or("FLOW_BUDGET_MS", default);
        let budget = budget.map(Duration::from_millis);
        if budget.is_some_and(|budget| !(MIN_FLOW_BUDGET..=MAX_FLOW_BUDGET).contains(&budget)) {
            env.refuse("FLOW_BUDGET_MS", "is not between 100 and 7500");
        }
        env.finish(|| {
            let flow = Self::on(store?.reading_as(reading), region?, budget?);
            Some(flow.of_company(own?))
        })
    }

    /// The function on a store that is open already.
    #[must_use]
    pub fn on(store: Store, region: Option<Region>, budget: Duration) -> Self {
        Self {
            store,
            region,
            own: OwnIdentities::default(),
            budget,
        }
    }

    /// The same, for a company with these numbers and addresses.
    #[must_use]
    pub fn of_company(self, own: OwnIdentities) -> Self {
        Self { own, ..self }
    }

    /// Opens the connections and loads the numbering plans, while nobody waits for it yet.
    pub async fn warm_up(&self) {
        timeline::warm_up();
        self.store
            .warm_up(CONNECTIONS, Deadline::after(WARM_UP).instant())
            .await;
    }

    /// Answers a flow. Whatever happens, it answers, and in time: a call goes on with less knowledge, and never stops.
    pub async fn handle(&self, event: LambdaEvent<Value>) -> BTreeMap<String, String> {
        let left = Deadline::from_context(&event.context, ANSWER_BEFORE).remaining();
        let budget = Deadline::after(left.min(self.budget));
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        let answer = AssertUnwindSafe(Box::pin(self.answer(event.payload, budget)));
        let answer = answer.catch_unwind().await;
        answer
            .unwrap_or_else(|_payload| Answer::of(PopState::Degraded, false))
            .within(MAX_ANSWER_BYTES)
    }

    async fn answer(&self, payload: Value, budget: Deadline) -> Answer {
        let context = Context {
            received_at: Timestamp::from(clock::now()),
            region: self.region,
        };
        let reading = match sources::connect_flow(payload, &context) {
            Ok(reading) => reading,
            Err(rejection) => {
                tracing::warn!(error.code = rejection.code(), error.message = %rejection, "a flow's event is not understood");
                return Answer::of(PopState::Degraded, false);
            }
        };
        let Some(event) = reading.events.into_iter().next() else {
            return Answer::of(PopState::Unknown, false);
        };
        let of_company = event.customer.is_some();
        let event = event.without_own(&self.own);
        let of_company = of_company && event.customer.is_none();
        let Some(customer) = event.customer.clone() else {
            let stored = self.store_event(&event, budget).await;
            // An address that nobody can read is somebody's, and of the company's own nothing is known; no address at all
            // is nobody's.
            let state = if event.unread_customer.is_some() || of_company {
                PopState::Unknown
            } else {
                PopState::Anonymous
            };
            return Answer::of(state, stored);
        };
        // At once, so that the caller waits for the longer of the two only.
        let (stored, recall) = futures_util::future::join(
            Box::pin(self.store_event(&event, budget)),
            Box::pin(self.recall(&customer, budget)),
        )
        .await;
        let recall = before(recall, &event);
        let pop = ScreenPop::assemble(&customer, recall, self.store.salt(), context.received_at);
        Answer::of_pop(&pop, stored)
    }

    /// Whether the table has the event by now. Where it has not, the contact record brings the number later. Nothing of it
    /// is to be noted: a flow's event claims no other identity and says nothing of the person, since what a flow knows of
    /// both changes in the course of a contact; the contact record says it.
    async fn store_event(&self, event: &Event, budget: Deadline) -> bool {
        let events = std::slice::from_ref(event);
        let append = self.store.append(events, budget.instant());
        let appended = tokio::time::timeout_at(budget.instant(), append).await;
        let appended = appended.unwrap_or_default();
        match appended.first() {
            Some(Appended::Stored | Appended::Duplicate | Appended::ReadDifferently) => true,
            Some(Appended::Conflict) => {
                tracing::warn!("a contact's event is stored with other content");
                false
            }
            Some(Appended::TooLarge) => false,
            Some(Appended::Failed(error)) => {
                tracing::warn!(error.code = %error, "a contact is not tied to its number");
                false
            }
            None => {
                tracing::warn!("a contact is not tied to its number in time");
                false
            }
        }
    }

    async fn recall(&self, customer: &Identity, budget: Deadline) -> Recall {
        let recall = self.store.recall(customer, budget.instant());
        tokio::time::timeout_at(budget.instant(), recall)
            .await
            .unwrap_or_else(|_| Recall {
                incomplete: true,
                ..Recall::default()
            })
    }
}

/// What was before this contact. Whether the contact itself is found already is a matter of luck, and an answer that
/// depends on it would differ from try to try.
fn before(mut recall: Recall, event: &Event) -> Recall {
    let is_before = |summary: &Summary| summary.id != event.interaction_id;
    recall.recent.retain(is_before);
    recall.pinned.retain(is_before);
    // A contact that is found has taken the place of the oldest on the page.
    recall.more |= recall.recent.len() > MAX_INTERACTIONS;
    recall.recent.truncate(MAX_INTERACTIONS);
    if recall.recent.is_empty() && !recall.more {
        recall.first_seen_at = None;
    }
    recall
}
