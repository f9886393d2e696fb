//! The agents' desks: the real functions of the HTTP API, what they were asked and what they answered.

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use aws_lambda_events::encodings::Body;
use edit_profile::Profiles;
use lambda_runtime::LambdaEvent;
use link_customers::Links;
use sam_template::Function;
use screen_pop::Pops;
use serde_json::{Map, Value, json};
use wrap_up::WrapUps;

use crate::deployed;
use crate::fault::Fault;
use crate::own_clock::{OwnClock, SKEW_MS};
use crate::wire::Worker;
use crate::worker::{context, through};
use crate::world::World;

/// How often an agent asks the same again while nobody answers.
const MOST_TRIES: u32 = 4;
/// The parameter that says where a page goes on.
pub(crate) const CURSOR: &str = "cursor";
/// How long an agent waits before that.
const PAUSE_MS: u64 = 3_000;

/// A request of an agent.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The route, as API Gateway finds it.
    pub route: &'static str,
    /// The parts of its path.
    pub path: Vec<(&'static str, String)>,
    /// Its query, decoded.
    pub query: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Option<Value>,
    /// The key under which it may be sent again.
    pub key: Option<String>,
}

/// What an agent heard.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    /// The status and the body; `None` where nobody answered, so that it may be done or not.
    pub answer: Option<(i64, Value)>,
    /// Whether an earlier try of the same may have been done.
    pub maybe_before: bool,
    /// Whether any try of the same was answered with a yes.
    pub confirmed: bool,
    /// Whether a function panicked by plan while it was asked.
    pub panicked: bool,
    /// What the clock of the function that answered may have told then, in milliseconds since 1970.
    pub clocks_ms: Vec<i64>,
    /// By the world's clock, when it was asked.
    pub asked_ms: i64,
    /// By the same, when it was answered.
    pub answered_ms: i64,
}

impl Heard {
    /// The status; 0 where there is none.
    #[must_use]
    pub(crate) fn status(&self) -> i64 {
        self.answer.as_ref().map_or(0, |(status, _)| *status)
    }

    /// Whether it was not answered, or with a failure, so that nobody knows.
    #[must_use]
    pub(crate) fn is_unknown(&self) -> bool {
        self.status() == 0 || self.status() >= 500
    }
}

/// Asks until there is an answer, as an agent would whose key makes that harmless.
pub(crate) async fn ask(world: &World, who: usize, request: &Request) -> Heard {
    let mut heard = Heard::default();
    for tried in 0..MOST_TRIES {
        let unknown_before = heard.is_unknown() && tried > 0;
        let maybe_before = heard.maybe_before || unknown_before;
        let confirmed = heard.confirmed;
        heard = ask_once(world, who, request).await;
        heard.maybe_before = maybe_before;
        heard.confirmed = confirmed || (200..300).contains(&heard.status());
        if request.key.is_none() || tried + 1 == MOST_TRIES {
            break;
        }
        let again = {
            let mut inner = world.inside();
            let inner = &mut *inner;
            // Also one who was answered may ask again: the answer did not reach the desk.
            inner.faults.comes(Fault::AskedAgain, &mut inner.rng)
        };
        if !(heard.is_unknown() || again) {
            break;
        }
        let pause = world.inside().rng.u64(1..PAUSE_MS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    heard
}

async fn ask_once(world: &World, who: usize, request: &Request) -> Heard {
    let worker = Worker::new(who);
    let clock = OwnClock::new(world, SKEW_MS);
    let asked_ms = world.now_ms();
    let panics = panics(world);
    let function = deployed::routed(request.route);
    let time = deployed::timeout(function);
    let event = LambdaEvent::new(request.event(), context(&clock, time));
    let answering = answer(world, &worker, function, event);
    let answering = clock::under(clock.clock(), answering);
    let answer = tokio::select! {
        biased;
        () = worker.killed() => None,
        () = tokio::time::sleep(time) => None,
        answer = answering => Some(answer),
    };
    let answer = answer.map(|response| (response.status_code, body(&response)));
    {
        let (status, body) = answer
            .as_ref()
            .map_or((0, &Value::Null), |it| (it.0, &it.1));
        let mut inner = world.inside();
        let (asked, ended) = (request.asked(), status.to_string());
        let trace = &mut inner.trace;
        trace.step(asked_ms, who, request.route, &asked, &ended);
        trace.also(body);
    }
    Heard {
        answer,
        maybe_before: false,
        confirmed: false,
        panicked: self::panics(world) > panics,
        clocks_ms: clock.tellings_ms(),
        asked_ms,
        answered_ms: world.now_ms(),
    }
}

/// How many functions have panicked by plan so far.
fn panics(world: &World) -> u64 {
    let inner = world.inside();
    let counts = inner.faults.counts();
    counts.get(&Fault::Panic).copied().unwrap_or(0)
}

/// The answer of the function to which the route leads, made anew as on a cold start.
async fn answer(
    world: &World,
    worker: &Worker,
    function: &Function,
    event: LambdaEvent<ApiGatewayV2httpRequest>,
) -> ApiGatewayV2httpResponse {
    let env = deployed::environment(world, function);
    let whole = "the functions' environment makes a function";
    match function.folder.as_str() {
        "functions/link-customers" => {
            let function = through(world, worker, || Links::new(env)).expect(whole);
            Box::pin(function.handle(event)).await
        }
        "functions/edit-profile" => {
            let function = through(world, worker, || Profiles::new(env)).expect(whole);
            Box::pin(function.handle(event)).await
        }
        "functions/wrap-up" => {
            let function = through(world, worker, || WrapUps::new(env)).expect(whole);
            Box::pin(function.handle(event)).await
        }
        _ => {
            let function = through(world, worker, || Pops::new(env)).expect(whole);
            Box::pin(function.handle(event)).await
        }
    }
}

fn body(response: &ApiGatewayV2httpResponse) -> Value {
    match &response.body {
        Some(Body::Text(text)) => serde_json::from_str(text).unwrap_or_default(),
        Some(Body::Binary(_) | Body::Empty | _) | None => Value::Null,
    }
}

impl Request {
    /// What is asked, for the trace: all but a cursor's text, which is sealed with the system's chance.
    fn asked(&self) -> Value {
        let query = self.query.iter().map(|(name, value)| {
            let value = if *name == CURSOR { "" } else { value };
            json!([name, value])
        });
        json!({
            "path": self.path,
            "query": query.collect::<Vec<_>>(),
            "body": self.body,
            "key": self.key,
        })
    }

    fn event(&self) -> ApiGatewayV2httpRequest {
        let (method, path) = self.route.split_once(' ').unwrap_or_default();
        let mut headers = json!({"content-type": "application/json"});
        if let Some(key) = &self.key {
            headers["idempotency-key"] = json!(key);
        }
        let parts = self.path.iter().map(|(name, value)| {
            let value = Value::String(value.clone());
            ((*name).to_owned(), value)
        });
        let query = self.query.iter();
        let query = query.map(|(name, value)| format!("{name}={}", escaped(value)));
        let event = json!({
            "version": "2.0",
            "routeKey": self.route,
            "rawPath": path,
            "rawQueryString": query.collect::<Vec<_>>().join("&"),
            "headers": headers,
            "pathParameters": parts.collect::<Map<_, _>>(),
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "simulated",
                "authorizer": {"jwt": {"claims": {"sub": "agent-7"}, "scopes": null}},
                "http": {"method": method, "path": path, "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.7", "userAgent": "desk/1.0"},
                "requestId": "simulated",
                "routeKey": self.route,
                "stage": "$default",
                "time": "02/Mar/2026:09:00:00 +0000",
                "timeEpoch": 1_772_442_000_000_i64,
            },
            "body": self.body.as_ref().map(Value::to_string),
            "isBase64Encoded": false,
        });
        serde_json::from_value(event).unwrap_or_default()
    }
}

/// A value as it stands in a query.
fn escaped(value: &str) -> String {
    let mut escaped = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
