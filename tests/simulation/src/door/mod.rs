//! The front door: the real `receive-webhook`, and those who knock at it. Providers send again what they heard no yes to, and
//! give up in the end; others forge, and replay what they have seen.

mod forger;
mod provider;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::sink;
use std::rc::Rc;
use std::time::Duration;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use lambda_kit::metrics::Metrics;
use lambda_runtime::LambdaEvent;
use receive_webhook::Webhooks;
use serde_json::json;
use tokio::time::sleep;

use crate::deployed;
use crate::fault::Fault;
use crate::own_clock::OwnClock;
use crate::wire::Worker;
use crate::worker::{context, through};
use crate::world::World;

use provider::Call;
pub(crate) use provider::{connection_of, name_of, provide, secrets};

/// From this number on, workers are environments of the front door.
pub(crate) const FIRST: usize = 1000;
/// The function's name.
const FUNCTION: &str = "receive-webhook";
/// How wrong its clock may be, either way: less than what a signature's time may be off.
const SKEW_MS: i64 = 4 * 60 * 1000;
/// How long a request is on its way at most, where nothing is wrong.
const WAY_MS: u64 = 200;
/// How long a provider waits for an answer that does not come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What became of a delivery, as far as its sender knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Its provider heard a yes, or the queue has it without a front door.
    Taken,
    /// Its provider heard none and sends it no more.
    GivenUp,
}

/// A delivery that was sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    /// Its place in the story.
    pub place: usize,
    /// Whether it came by the front door.
    pub by_door: bool,
    /// What became of it.
    pub fate: Fate,
}

/// What was sent, and what the front door said.
#[derive(Debug, Clone, Default)]
pub(crate) struct Posts {
    /// All that was sent.
    pub sent: Vec<Sent>,
    /// How many requests were answered, by who asked and the status; 0 for no answer.
    pub answered: BTreeMap<(&'static str, i64), u64>,
    /// Answers that there must not be.
    pub wrong: Vec<String>,
}

/// An execution environment of the function.
struct Instance {
    function: Webhooks,
    worker: Worker,
    clock: OwnClock,
}

/// The front door.
pub(crate) struct Door {
    world: World,
    idle: RefCell<Vec<Rc<Instance>>>,
    made: Cell<usize>,
    posts: RefCell<Posts>,
}

impl Door {
    pub(crate) fn new(world: World) -> Self {
        Self {
            world,
            idle: RefCell::default(),
            made: Cell::default(),
            posts: RefCell::default(),
        }
    }

    /// Notes what became of a delivery.
    pub(crate) fn note(&self, sent: Sent) {
        self.posts.borrow_mut().sent.push(sent);
    }

    /// What was sent and said until now.
    pub(crate) fn posts(&self) -> Posts {
        self.posts.borrow().clone()
    }

    /// Whether a fault comes now.
    fn comes(&self, fault: Fault) -> bool {
        let mut inner = self.world.inside();
        let inner = &mut *inner;
        inner.faults.comes(fault, &mut inner.rng)
    }

    /// A time between.
    fn between(&self, least_ms: u64, below_ms: u64) -> Duration {
        Duration::from_millis(self.world.inside().rng.u64(least_ms..below_ms))
    }

    /// Sends a request; the status that its sender hears. `expected` is the one that it has to be where nothing goes wrong,
    /// with 200 for every yes. What `leaves_nothing` must not ask for anything of a queue.
    async fn post(
        &self,
        who: &'static str,
        call: &Call,
        expected: i64,
        leaves_nothing: bool,
    ) -> Option<i64> {
        sleep(self.between(1, WAY_MS)).await;
        if self.comes(Fault::PostLost) {
            sleep(PATIENCE).await;
            return None;
        }
        let status = match self.instance().await {
            Some(instance) => self.invoke(&instance, call, leaves_nothing).await,
            None => None,
        };
        let known = status.unwrap_or_default();
        let is_yes = (200..300).contains(&known);
        let right = known == expected || (is_yes && expected == 200);
        // Nobody answers, the code panics, or what it needs is out of reach: then it says so, whoever asks.
        if !right && !matches!(known, 0 | 500 | 503) {
            let what = format!("{who} at {} is answered {known}", call.connection);
            self.posts.borrow_mut().wrong.push(what);
        }
        *self
            .posts
            .borrow_mut()
            .answered
            .entry((who, known))
            .or_default() += 1;
        if self.comes(Fault::PostAnswerLost) {
            sleep(PATIENCE).await;
            return None;
        }
        status
    }

    /// One that has nothing to do, or a new one; `None` where that fails to start.
    async fn instance(&self) -> Option<Rc<Instance>> {
        let idle = self.idle.borrow_mut().pop();
        if idle.is_some() {
            return idle;
        }
        let worker = Worker::new(FIRST + self.made.get());
        self.made.set(self.made.get() + 1);
        let env = deployed::environment(&self.world, deployed::function(FUNCTION));
        let function = through(&self.world, &worker, || Webhooks::new(env));
        let function = function.expect("the function's environment makes a function");
        let clock = OwnClock::new(&self.world, SKEW_MS);
        let instance = Rc::new(Instance {
            function: function.with_metrics(Metrics::new("simulated", sink())),
            worker,
            clock,
        });
        let warmed = Rc::clone(&instance);
        let clock = instance.clock.clock();
        // A task, since a panic at start is the end of the environment and of nothing else.
        let warming = tokio::task::spawn_local(Box::pin(clock::under(clock, async move {
            warmed.function.warm_up().await;
        })));
        let stopping = warming.abort_handle();
        let is_warm = tokio::select! {
            biased;
            () = instance.worker.killed() => false,
            warm = warming => warm.is_ok(),
        };
        stopping.abort();
        is_warm.then_some(instance)
    }

    async fn invoke(
        &self,
        instance: &Rc<Instance>,
        call: &Call,
        leaves_nothing: bool,
    ) -> Option<i64> {
        let began_ms = self.world.now_ms();
        let event = serde_json::from_value::<ApiGatewayV2httpRequest>(call.event());
        let event = event.expect("a call is a request of API Gateway");
        let time = deployed::timeout(deployed::function(FUNCTION));
        let event = LambdaEvent::new(event, context(&instance.clock, time));
        instance.worker.suspect(leaves_nothing);
        let clock = instance.clock.clock();
        let answering = Box::pin(clock::under(clock, instance.function.handle(event)));
        let status = tokio::select! {
            biased;
            () = instance.worker.killed() => None,
            () = sleep(time) => None,
            answer = answering => Some(answer.status_code),
        };
        self.world.inside().trace.step(
            began_ms,
            instance.worker.who,
            "POST webhook",
            &json!(call.connection),
            &status.unwrap_or_default().to_string(),
        );
        if status.is_some() {
            self.idle.borrow_mut().push(Rc::clone(instance));
        }
        status
    }
}
