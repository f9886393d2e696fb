//! One number that receives a thousand calls a minute: everything about it is stored in the same few places.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;

use super::LoadError;
use super::arrivals::{Arrival, Sent, go, times};
use super::found::{Named, look};
use super::pops::{Desk, ask};
use super::report::Report;
use super::rig::Rig;
use super::steady::{DRAIN_LIMIT, tell};
use crate::http::Http;
use crate::ledger::Known;
use crate::stack::Addresses;

/// Calls in a minute.
const CALLS_PER_MINUTE: u64 = 1_000;
/// The number, in digits.
const NUMBER: &str = "14155550142";
/// The system that tells of the calls.
const SENDER: &str = "hot-line";
/// What happens in a call, and at most how long after the ring it is told. Short, so that the events of one call meet
/// each other in different batches.
const STEPS: [(&str, f64); 4] = [
    ("started", 0.0),
    ("answered", 0.6),
    ("ended", 1.2),
    ("record", 1.2),
];
/// How often a delivery is tried, and how long its sender waits before it tries again.
const MAX_TRIES: u32 = 30;
const PAUSE: Duration = Duration::from_millis(500);
/// Interactions that a pop shows at most.
const POP_PAGE: usize = store::POP_PAGE;
/// How long a pop may take meanwhile, in milliseconds: the agent has three seconds.
const POP_LIMIT_MS: f64 = 1_000.0;
/// How many seconds' worth of events may wait at most: who writes against itself without end is further behind.
const BACKLOG_S: u64 = 5;
/// How often the pop is measured while the calls go on.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Plays it.
///
/// # Errors
/// When the stack does not answer.
pub async fn hot_number(seed: u64, within: Duration, report: &mut Report) -> Result<(), LoadError> {
    let rig = Rig::start().await?;
    let named: Arc<Named> = Arc::default();
    let desk = Desk::new(&rig.http, &rig.to);
    let watch = rig.watch();
    let numbers = [NUMBER.to_owned()];
    let arrivals = calls(seed, within);
    let (deliveries, calls) = (arrivals.len(), arrivals.len() / STEPS.len());
    let sending = go(arrivals, |(call, step)| {
        offer(rig.http.clone(), rig.to.clone(), named.clone(), call, step)
    });
    let (gone, seen, sizes) = tokio::join!(
        sending,
        ask(&desk, &numbers, within),
        pop_sizes(&desk, within)
    );
    let series = watch.end();
    let drained = rig.drain(DRAIN_LIMIT).await?;
    report.row(
        "calls of one number",
        format!(
            "{calls} in {} s, {deliveries} events, each a delivery of its own",
            within.as_secs()
        ),
    );
    report.row("accepted after", &gone.latency);
    report.row("deliveries repeated", gone.repeated);
    report.row(
        "backlog, messages",
        format!(
            "most {:.0}, slope {:+.2}/s, empty {:.1} s after the last",
            series.most(|sample| sample.backlog),
            series.slope(|sample| sample.backlog),
            drained.as_secs_f64()
        ),
    );
    report.row(
        "pops answered after",
        format!(
            "{} ({} pops, {} degraded, {} failed)",
            seen.answered,
            seen.answered.count(),
            seen.degraded,
            seen.failed
        ),
    );
    let sizes = sizes?;
    report.row(
        "a pop shows",
        format!(
            "at most {} interactions in {} bytes",
            sizes.interactions, sizes.bytes
        ),
    );
    report.claim(
        sizes.interactions <= POP_PAGE,
        format!(
            "a pop shows at most {POP_PAGE} interactions: {}",
            sizes.interactions
        ),
    );
    let slowest = seen.answered.at(0.99);
    report.claim(
        seen.answered.count() > 0 && seen.failed + seen.degraded == 0 && slowest <= POP_LIMIT_MS,
        format!(
            "every pop is answered, whole and fast: {} failed, {} degraded, p99 {slowest:.0} ms",
            seen.failed, seen.degraded
        ),
    );
    let waiting = series.most(|sample| sample.backlog);
    let room = most_waiting(deliveries, within);
    report.claim(
        waiting <= room,
        format!("at most {room:.0} events wait: {waiting:.0} do"),
    );
    let last = desk.pop(NUMBER).await?;
    let right = shows_newest(&last.body, calls);
    report.claim(
        last.status == 200 && right.is_ok(),
        format!("the last pop shows the newest calls: {right:?}"),
    );
    report.claim(gone.refused == 0, "every delivery is taken in the end");
    let found = look(&rig.to, None, &named).await?;
    tell(report, &rig, found).await
}

/// All deliveries: the number of the call, and which step of it.
fn calls(seed: u64, within: Duration) -> Vec<Arrival<(usize, usize)>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let count = usize::try_from(CALLS_PER_MINUTE * within.as_secs() / 60).unwrap_or(usize::MAX);
    let mut arrivals = Vec::new();
    for (call, rung) in times(count, within, &mut random).into_iter().enumerate() {
        for (step, (_, latest)) in STEPS.iter().enumerate() {
            arrivals.push(Arrival {
                at: rung + Duration::from_secs_f64(latest * random.f64()),
                what: (call, step),
            });
        }
    }
    arrivals
}

fn event(call: usize, step: usize, now: jiff::Timestamp) -> Value {
    let (kind, _) = STEPS.get(step).copied().unwrap_or(STEPS[0]);
    let mut data = json!({ "interaction": call.to_string(), "direction": "inbound" });
    match kind {
        "started" => {
            data["customer"] = json!({ "phone": format!("+{NUMBER}") });
            data["queue"] = json!("Sales");
        }
        "answered" => data["agent"] = json!("Bo Sample"),
        "record" => {
            data["version"] = json!(now.to_string());
            data["customer"] = json!({ "phone": format!("+{NUMBER}") });
            data["agent"] = json!("Bo Sample");
            data["talk_ms"] = json!(600);
        }
        _ => {}
    }
    json!({
        "specversion": "1.0", "type": format!("cornerstore.call.{kind}"), "source": SENDER,
        "id": format!("{call}-{kind}"), "time": now.to_string(), "data": data,
    })
}

async fn offer(
    http: Http,
    to: Arc<Addresses>,
    named: Arc<Named>,
    call: usize,
    step: usize,
) -> Sent {
    let event = event(call, step, jiff::Timestamp::now());
    let interaction = format!("cloudevents:{SENDER}:{call}");
    let id = event["id"].as_str().unwrap_or_default().to_owned();
    let secret = format!("Bearer {}", to.secret("cloudevents"));
    let headers = [
        ("authorization", secret.as_str()),
        ("content-type", "application/cloudevents+json"),
    ];
    let (url, body) = (
        format!("{}/v1/webhooks/cloudevents", to.http),
        event.to_string(),
    );
    for tries in 1..=MAX_TRIES {
        named.note(&interaction, &id, Known::InDoubt);
        let answer = http.post(&url, headers, body.clone()).await;
        if answer.is_ok_and(|answer| answer.is_success()) {
            named.note(&interaction, &id, Known::Accepted);
            return Sent { taken: true, tries };
        }
        sleep(PAUSE).await;
    }
    Sent {
        taken: false,
        tries: MAX_TRIES,
    }
}

/// How many events may wait at most.
#[expect(
    clippy::cast_precision_loss,
    reason = "no run has so many events that a float could not count them"
)]
fn most_waiting(events: usize, within: Duration) -> f64 {
    events as f64 / within.as_secs_f64().max(1.0) * BACKLOG_S as f64
}

/// Whether a pop is whole and shows as many of so many calls as it can, the last one among them; what it shows otherwise.
fn shows_newest(body: &[u8], calls: usize) -> Result<(), String> {
    let pop: Value = serde_json::from_slice(body).unwrap_or_default();
    let shown = pop["timeline"].as_array().map_or(&[][..], Vec::as_slice);
    let newest = format!("cloudevents:{SENDER}:{}", calls.saturating_sub(1));
    let has_newest = shown.iter().any(|call| call["id"] == newest.as_str());
    let state = pop["state"].as_str().unwrap_or_default();
    let expected = calls.min(POP_PAGE);
    if !matches!(state, "" | "degraded") && shown.len() == expected && has_newest {
        return Ok(());
    }
    Err(format!(
        "{state}, {} of {expected}, the newest among them: {has_newest}",
        shown.len()
    ))
}

/// The most that a pop held.
#[derive(Debug, Clone, Copy, Default)]
struct Sizes {
    interactions: usize,
    bytes: usize,
}

async fn pop_sizes(desk: &Desk, within: Duration) -> Result<Sizes, LoadError> {
    let mut sizes = Sizes::default();
    for _ in 0..within.as_secs() {
        let answer = desk.pop(NUMBER).await?;
        if !answer.is_success() {
            return Err(LoadError::Pop(answer.status));
        }
        let pop: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let shown = pop["timeline"].as_array().map_or(0, Vec::len);
        sizes.interactions = sizes.interactions.max(shown);
        sizes.bytes = sizes.bytes.max(answer.body.len());
        sleep(LOOK_EVERY).await;
    }
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pop_is_whole_and_full_and_has_the_last_call() {
        let pop = |state: &str, from: usize, calls: usize| {
            let calls = (from..from + calls).rev();
            let calls: Vec<_> = calls
                .map(|call| json!({"id": format!("cloudevents:{SENDER}:{call}")}))
                .collect();
            json!({"state": state, "timeline": calls}).to_string()
        };
        let shows = |body: String| shows_newest(body.as_bytes(), 100).is_ok();
        assert!(shows(pop("match", 50, POP_PAGE)));
        assert!(!shows(pop("degraded", 50, POP_PAGE)));
        assert!(!shows(pop("match", 49, POP_PAGE)));
        assert!(!shows(pop("match", 51, POP_PAGE - 1)));
        assert!(!shows("{".to_owned()));
    }

    #[test]
    fn a_minute_has_a_thousand_calls_of_four_events_and_a_ring_is_on_time() {
        let arrivals = calls(1, Duration::from_secs(60));
        assert_eq!(arrivals.len(), 4_000);
        let rings: Vec<_> = arrivals.iter().filter(|a| a.what.1 == 0).collect();
        assert_eq!(rings.len(), 1_000);
        assert!(rings.iter().all(|ring| ring.at < Duration::from_secs(60)));
    }
}
