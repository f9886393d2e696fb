#![doc = include_str!("../README.md")]

mod buckets;
pub mod openapi;
mod origins;
mod replies;
mod request;
mod token;
mod whole;

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use aws::AwsAccess;
use aws_lambda_events::apigw::{ApiGatewayV2httpRequest, ApiGatewayV2httpResponse};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lambda_kit::config::{ConfigError, Env};
use lambda_kit::deadline::Deadline;
use lambda_kit::http::unless_panicked;
use lambda_runtime::LambdaEvent;
use queue::{Message, Sender, attribute};
use serde_json::json;
use timeline::Timestamp;

pub use buckets::MAX_BUCKETS;
pub use replies::SessionStarted;
pub use request::{MAX_ATTRIBUTES, MAX_BODY_BYTES, MAX_EVENTS, SessionRequest, WidgetEvent};
pub use token::{REPEATS_MS, TOKEN_LIFETIME_MS};

use buckets::{Buckets, Whose};
use origins::Origins;
use replies::Refusal;
use token::{Keys, Session};

/// The function's name, which is also that of its folder, its binary and its resource.
pub const NAME: &str = "widget-sessions";
/// The script that a website includes.
pub const SCRIPT: &str = include_str!("../widget.js");
/// Most bytes of it: a visitor's browser loads it with every page that is new to it.
pub const MAX_SCRIPT_BYTES: usize = 5120;

/// Longest time that the queue may take with one request.
const SEND_BUDGET: Duration = Duration::from_secs(5);
/// Longest time that warming up may take.
const WARM_UP: Duration = Duration::from_secs(2);

/// The source that the queue's readers know the events under.
const SOURCE: &str = "widget";

/// Milliseconds since 1970.
type Clock = Box<dyn Fn() -> i64 + Send + Sync>;

/// The function.
pub struct Widget {
    origins: Origins,
    keys: Keys,
    sender: Sender,
    queue_url: String,
    buckets: Mutex<Buckets>,
    clock: Clock,
    etag: String,
}

impl Widget {
    /// The function as its environment describes it.
    ///
    /// # Errors
    /// One error that lists every variable that is missing or wrong.
    pub fn new(mut env: Env) -> Result<Self, ConfigError> {
        let access = AwsAccess::from_environment("SQS", |variable| env.lookup(variable));
        let access = access.map_err(|missing| {
            let missing = missing.into_iter();
            missing.map(|name| (name, "is missing")).collect()
        });
        let access = env.take(access);
        let queue_url = env.required("CHAT_EVENTS_QUEUE_URL");
        let secret = env.required("STACK_SECRET");
        let origins = env.optional_parsed::<Origins>("WIDGET_ORIGINS");
        env.finish(|| {
            Some(Self {
                origins: origins?.unwrap_or_default(),
                keys: Keys::derived_from(&secret?),
                sender: Sender::new(&access?),
                queue_url: queue_url?,
                buckets: Mutex::default(),
                clock: Box::new(system_clock),
                etag: format!("\"{}\"", timeline::opaque(&[SCRIPT])),
            })
        })
    }

    /// The same by another clock, which gives milliseconds since 1970.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self {
            clock: Box::new(clock),
            ..self
        }
    }

    /// Opens the connection to the queue, while nobody waits for it yet.
    pub async fn warm_up(&self) {
        if !self.origins.is_empty() {
            let until = Deadline::after(WARM_UP).instant();
            self.sender.warm_up(&self.queue_url, until).await;
        }
    }

    /// Answers a request of the HTTP API.
    pub async fn handle(
        &self,
        event: LambdaEvent<ApiGatewayV2httpRequest>,
    ) -> ApiGatewayV2httpResponse {
        let whole = Deadline::of(&event.context);
        let budget = Deadline::after(whole.remaining().min(SEND_BUDGET));
        // Boxed: unoptimized, the nested futures are longer than a thread's stack.
        unless_panicked(Box::pin(self.answer(event.payload, budget))).await
    }

    async fn answer(
        &self,
        request: ApiGatewayV2httpRequest,
        budget: Deadline,
    ) -> ApiGatewayV2httpResponse {
        if self.origins.is_empty() {
            return Refusal::Off.answer();
        }
        match request.route_key.as_deref() {
            Some("GET /v1/widget.js") => replies::script(&self.etag, &request),
            Some("OPTIONS /v1/widget/sessions") => match self.origin_of(&request) {
                Ok(origin) => replies::readable_by(&origin, replies::preflight()),
                Err(refusal) => replies::varying(refusal.answer()),
            },
            Some("POST /v1/widget/sessions") => match self.origin_of(&request) {
                Ok(origin) => {
                    let answer = self.take(&request, &origin, budget).await;
                    replies::readable_by(&origin, answer.unwrap_or_else(Refusal::answer))
                }
                Err(refusal) => replies::varying(refusal.answer()),
            },
            Some(_) | None => Refusal::Off.answer(),
        }
    }

    /// The origin of the page that asks, where that may have the widget. A browser names it with every such request, so
    /// that one without it comes from no page at all.
    fn origin_of(&self, request: &ApiGatewayV2httpRequest) -> Result<String, Refusal> {
        let origin = replies::header(request, "origin");
        let origin = origin.filter(|origin| self.origins.allow(origin));
        origin.map(str::to_owned).ok_or(Refusal::Origin)
    }

    async fn take(
        &self,
        request: &ApiGatewayV2httpRequest,
        origin: &str,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        let now = (self.clock)();
        let address = request.request_context.http.source_ip.as_deref();
        self.within_rate(&Whose::address(address.unwrap_or_default()), now)?;
        let body = body_of(request)?;
        let asked = SessionRequest::read(&body).map_err(Refusal::of)?;
        match &asked.token {
            None => self.start(&asked, origin, now),
            Some(token) => {
                let session = self.keys.open(token).filter(|session| {
                    session.expires_at_ms.saturating_add(REPEATS_MS) > now
                        && session.widget == asked.widget
                        && session.origin == origin
                });
                let session = session.ok_or(Refusal::Token)?;
                self.within_rate(&Whose::Visitor(session.visitor.clone()), now)?;
                self.pass_on(&asked, &session, budget).await
            }
        }
    }

    /// Begins a session, of the visitor who shows a secret or of a new one.
    fn start(
        &self,
        asked: &SessionRequest,
        origin: &str,
        now: i64,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        if !asked.events.is_empty() {
            // Under the session of this answer, should it be lost, they could not be told again as the same.
            return Err(Refusal::of(request::Fault {
                field: "token".to_owned(),
                what: "is missing, and events need one",
            }));
        }
        let made = match &asked.visitor_secret {
            Some(secret) if token::is_secret(secret) => None,
            Some(_) => {
                return Err(Refusal::of(request::Fault {
                    field: "visitor_secret".to_owned(),
                    what: "is not 22 to 64 letters, digits, hyphens and underscores",
                }));
            }
            None => Some(self.keys.new_secret().ok_or(Refusal::Failed)?),
        };
        let secret = made.as_ref().or(asked.visitor_secret.as_ref());
        let visitor = self
            .keys
            .visitor(&asked.widget, secret.map_or("", String::as_str));
        self.within_rate(&Whose::Visitor(visitor.clone()), now)?;
        let session = Session {
            widget: asked.widget.clone(),
            visitor,
            session: self.keys.new_session().ok_or(Refusal::Failed)?,
            origin: origin.to_owned(),
            expires_at_ms: now.saturating_add(TOKEN_LIFETIME_MS),
        };
        let expires_at = Timestamp::from_millis(session.expires_at_ms);
        Ok(replies::started(&SessionStarted {
            token: self.keys.sign(&session),
            expires_at: expires_at.map_err(|_| Refusal::Failed)?.to_string(),
            session: session.session,
            visitor_id: session.visitor,
            visitor_secret: made,
        }))
    }

    /// Puts a session's events into the queue. Only then they are accepted. What is wrong with some is told when the
    /// queue has the others.
    async fn pass_on(
        &self,
        asked: &SessionRequest,
        session: &Session,
        budget: Deadline,
    ) -> Result<ApiGatewayV2httpResponse, Refusal> {
        if asked.events.is_empty() {
            return Err(Refusal::of(request::Fault {
                field: "events".to_owned(),
                what: "is empty",
            }));
        }
        let (events, faults) = asked.events();
        if !events.is_empty() {
            let body = json!({
                "source": SOURCE,
                "widget": session.widget,
                "visitor": session.visitor,
                "session": session.session,
                "origin": session.origin,
                "events": events,
            });
            let source = vec![(attribute::SOURCE, SOURCE.to_owned())];
            let message = Message::of(body.to_string().as_bytes(), source);
            let sent = self
                .sender
                .send(&self.queue_url, vec![message], budget.instant())
                .await;
            sent.map_err(|error| {
                tracing::warn!(%error, "the queue takes no events");
                Refusal::Queue
            })?;
        }
        if faults.is_empty() {
            Ok(replies::accepted())
        } else {
            Err(Refusal::Request(faults))
        }
    }

    fn within_rate(&self, whose: &Whose, now: i64) -> Result<(), Refusal> {
        // A panic elsewhere leaves the buckets usable.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.take(whose, now).map_err(Refusal::TooOften)
    }
}

/// The body's bytes, which API Gateway hands on as text or in base64.
fn body_of(request: &ApiGatewayV2httpRequest) -> Result<Vec<u8>, Refusal> {
    let text = request.body.as_deref().unwrap_or_default();
    let longest = if request.is_base64_encoded {
        MAX_BODY_BYTES.div_ceil(3) * 4
    } else {
        MAX_BODY_BYTES
    };
    if text.len() > longest {
        return Err(Refusal::TooLong);
    }
    if !request.is_base64_encoded {
        return Ok(text.as_bytes().to_vec());
    }
    let body = STANDARD.decode(text).map_err(|_| Refusal::Failed)?;
    if body.len() > MAX_BODY_BYTES {
        return Err(Refusal::TooLong);
    }
    Ok(body)
}

fn system_clock() -> i64 {
    let now = clock::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |now| now.as_millis());
    i64::try_from(now).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_small_and_runs_nothing_that_it_is_told() {
        assert!(SCRIPT.len() <= MAX_SCRIPT_BYTES, "{}", SCRIPT.len());
        for never in [
            "eval",
            "Function(",
            "innerHTML",
            "outerHTML",
            "document.write",
            "insertAdjacentHTML",
            "cookie",
            "createElement",
            "import(",
            // Younger than ES2017.
            "?.",
            "??",
            "catch {",
            "...",
        ] {
            assert!(!SCRIPT.contains(never), "{never}");
        }
        assert!(SCRIPT.is_ascii());
    }
}
