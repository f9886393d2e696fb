//! The agent's side under load: pops of customers at fixed times, and how long after a ring was accepted a pop shows it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::arrivals::{Arrival, Sent, go, times};
use super::found::Named;
use super::latency::Latency;
use crate::http::{Answer, Http, NoAnswer};
use crate::ledger::Known;
use crate::plan::{OFFICE, telephone};
use crate::stack::Addresses;

/// Pops asked for in a second.
const POPS_PER_SECOND: usize = 10;
/// Calls in a second whose ring is waited for.
const PROBES_PER_SECOND: usize = 2;
/// How long a pop is asked again until it shows the call; what is not seen then is counted.
const PATIENCE: Duration = Duration::from_secs(20);
/// The first pause between two looks, and the longest: each is longer than the one before, so that those who wait long
/// are no load themselves.
const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// Numbers that probes call from.
const PROBING: u64 = 100;

/// What the agents saw.
#[derive(Debug, Default)]
pub struct Seen {
    /// From the time when a pop was due until it was there.
    pub answered: Latency,
    /// From the yes to a ring until a pop shows the call.
    pub visible: Latency,
    /// Calls that no pop showed in time.
    pub unseen: u64,
    /// Pops that could not read everything in time.
    pub degraded: u64,
    /// Pops without an answer, or with an error.
    pub failed: u64,
}

/// A desk that asks for pops.
#[derive(Debug, Clone)]
pub struct Desk {
    http: Http,
    to: Arc<Addresses>,
    bearer: String,
}

impl Desk {
    /// A desk with an agent's token.
    #[must_use]
    pub fn new(http: &Http, to: &Arc<Addresses>) -> Self {
        Self {
            http: http.clone(),
            to: to.clone(),
            bearer: format!("Bearer {}", to.agent_token),
        }
    }

    /// Asks for the pop of a number, in digits.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn pop(&self, digits: &str) -> Result<Answer, NoAnswer> {
        let url = format!("{}/v1/screen-pop?phone=%2B{digits}", self.to.http);
        let headers = [("authorization", self.bearer.as_str())];
        self.http.get(&url, headers).await
    }

    /// Pushes an event of a call as a telephone system does. Whether it was taken.
    async fn push(&self, body: String) -> bool {
        let secret = format!("Bearer {}", self.to.secret("cti"));
        let headers = [
            ("authorization", secret.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
        ];
        let url = format!("{}/v1/webhooks/cti", self.to.http);
        let answer = self.http.post(&url, headers, body).await;
        answer.is_ok_and(|answer| answer.is_success())
    }
}

/// How one pop went.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Popped {
    Whole,
    Degraded,
    Failed,
}

fn judged(answer: &Result<Answer, NoAnswer>) -> Popped {
    match answer {
        Ok(answer) if answer.status == 200 => {
            let pop: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
            match pop.as_ref().and_then(|pop| pop["state"].as_str()) {
                Some("degraded") => Popped::Degraded,
                Some(_) => Popped::Whole,
                None => Popped::Failed,
            }
        }
        Ok(_) | Err(_) => Popped::Failed,
    }
}

/// Asks for pops of these numbers at fixed times.
pub async fn ask(desk: &Desk, numbers: &[String], within: Duration) -> Seen {
    let mut random = fastrand::Rng::new();
    let count = POPS_PER_SECOND * usize::try_from(within.as_secs()).unwrap_or_default();
    let arrivals = times(count, within, &mut random);
    let arrivals = arrivals.into_iter().map(|at| Arrival {
        at,
        what: random.choice(numbers).cloned().unwrap_or_default(),
    });
    let bad = Arc::new([0, 1].map(|_: u8| std::sync::atomic::AtomicU64::new(0)));
    let counted = bad.clone();
    let gone = go(arrivals.collect(), move |number: String| {
        let (desk, bad) = (desk.clone(), bad.clone());
        async move {
            let popped = judged(&desk.pop(&number).await);
            let order = std::sync::atomic::Ordering::Relaxed;
            match popped {
                Popped::Whole => {}
                Popped::Degraded => drop(bad[0].fetch_add(1, order)),
                Popped::Failed => drop(bad[1].fetch_add(1, order)),
            }
            let taken = popped != Popped::Failed;
            Sent { taken, tries: 1 }
        }
    })
    .await;
    let [degraded, failed] =
        [0, 1].map(|place: usize| counted[place].load(std::sync::atomic::Ordering::Relaxed));
    Seen {
        answered: gone.latency,
        degraded,
        failed,
        ..Seen::default()
    }
}

/// Rings at fixed times, and waits for each until a pop shows it. Then the caller hangs up.
pub async fn probe(desk: &Desk, run: u64, named: &Arc<Named>, within: Duration) -> Seen {
    let mut random = fastrand::Rng::new();
    let count = PROBES_PER_SECOND * usize::try_from(within.as_secs()).unwrap_or_default();
    let arrivals = times(count, within, &mut random);
    let arrivals = arrivals
        .into_iter()
        .zip(0u64..)
        .map(|(at, what)| Arrival { at, what });
    let (seen, mut shown) = tokio::sync::mpsc::unbounded_channel();
    go(arrivals.collect(), move |number| {
        let probe = Probe {
            desk: desk.clone(),
            named: named.clone(),
            from: format!("141555501{:02}", number % PROBING),
            call: format!("probe-{run}-{number}"),
        };
        let seen = seen.clone();
        async move {
            let (sent, after) = probe.run().await;
            if sent.taken {
                // The other end waits for all of them.
                let _ = seen.send(after);
            }
            sent
        }
    })
    .await;
    let mut all = Seen::default();
    while let Ok(after) = shown.try_recv() {
        match after {
            Some(after) => all.visible.add(after),
            None => all.unseen += 1,
        }
    }
    all
}

struct Probe {
    desk: Desk,
    named: Arc<Named>,
    from: String,
    call: String,
}

impl Probe {
    async fn run(&self) -> (Sent, Option<Duration>) {
        let (from, call) = (&self.from, &self.call);
        let ring = format!(
            "event=newCall&direction=in&from={from}&to={OFFICE}&callId={call}&user=Reception"
        );
        let taken = self.push("new-call", ring).await;
        let rung = Instant::now();
        let after = if taken { self.shown(rung).await } else { None };
        let hangup = format!(
            "event=hangup&direction=in&from={from}&to={OFFICE}&callId={call}&cause=normalClearing"
        );
        self.push("hangup", hangup).await;
        (Sent { taken, tries: 1 }, after)
    }

    async fn push(&self, event: &str, body: String) -> bool {
        let interaction = format!("cti:{}", self.call);
        self.named.note(&interaction, event, Known::InDoubt);
        let taken = self.desk.push(body).await;
        if taken {
            self.named.note(&interaction, event, Known::Accepted);
        }
        taken
    }

    /// How long after the ring a pop shows the call.
    async fn shown(&self, rung: Instant) -> Option<Duration> {
        let mark = format!("\"cti:{}\"", self.call);
        let mut pause = FIRST_PAUSE;
        while rung.elapsed() < PATIENCE {
            if let Ok(answer) = self.desk.pop(&self.from).await
                && answer.is_success()
                && String::from_utf8_lossy(&answer.body).contains(&mark)
            {
                return Some(rung.elapsed());
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        None
    }
}

/// Numbers of the callers of so many calls.
#[must_use]
pub fn callers(calls: u64, of: u64) -> Vec<String> {
    (0..calls.min(of)).map(telephone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &'static str) -> Result<Answer, NoAnswer> {
        Ok(Answer {
            status,
            body: body.into(),
        })
    }

    #[test]
    fn a_pop_is_whole_or_degraded_and_everything_else_has_failed() {
        assert!(judged(&answer(200, r#"{"state":"match"}"#)) == Popped::Whole);
        assert!(judged(&answer(200, r#"{"state":"degraded"}"#)) == Popped::Degraded);
        for failed in [
            answer(500, r#"{"state":"match"}"#),
            answer(200, "{"),
            answer(200, "{}"),
            Err(NoAnswer::TooLate),
        ] {
            assert!(judged(&failed) == Popped::Failed);
        }
    }
}
