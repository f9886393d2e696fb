//! What an agent sees of sampled customers: exactly the interactions that they had.
//!
//! A pop that could not read everything in its time says so: it is `degraded`, and an agent looks again. So does this
//! check, a few times. What is compared is a pop that claims to be whole.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::table::Found;
use super::{Differences, VerifyError};
use crate::http::Http;
use crate::plan::{Channel, Plan, Spot, telephone};
use crate::stack::Addresses;

/// Most interactions that a pop shows; who has more is no good sample.
const MAX_SHOWN: usize = 50;
/// How often a pop is asked for until it is whole.
const MAX_LOOKS: u32 = 10;
/// The state of a pop that is not whole.
const DEGRADED: &str = "degraded";
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// Guests of the CloudEvents have so many talks each.
pub const TALKS_OF_GUEST: u64 = 4;

/// How many pops there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pops {
    /// Customers whose pop was compared with what they had.
    pub compared: u64,
    /// Pops on the way there that were degraded, and asked for again.
    pub degraded: u64,
}

/// Asks for the pops of so many customers, half of them callers.
///
/// # Errors
/// When the API does not answer.
pub async fn pops(
    http: &Http,
    at: &Addresses,
    plan: &Plan,
    found: &Found,
    samples: u64,
    differences: &mut Differences,
) -> Result<Pops, VerifyError> {
    let mut pops = Pops::default();
    let talks = conversations(plan, Channel::CloudEvents);
    for sample in 0..samples {
        let (query, prefix, ids) = if sample % 2 == 0 {
            let caller = fastrand::u64(..plan.callers());
            let calls =
                (0..conversations(plan, Channel::Cti)).skip(usize::try_from(caller).unwrap_or(0));
            let calls = calls.step_by(usize::try_from(plan.callers()).unwrap_or(1));
            let named = |call: &u64| named(plan, found, Channel::Cti, *call);
            let ids: BTreeSet<String> = calls
                .filter(named)
                .map(|call| format!("cti:{:x}.{call}", plan.seed))
                .collect();
            (format!("phone=%2B{}", telephone(caller)), "cti:", ids)
        } else {
            let guest = fastrand::u64(..talks.div_ceil(TALKS_OF_GUEST));
            let of_guest = guest * TALKS_OF_GUEST..((guest + 1) * TALKS_OF_GUEST).min(talks);
            let named = |talk: &u64| named(plan, found, Channel::CloudEvents, *talk);
            let ids: BTreeSet<String> = of_guest
                .filter(named)
                .map(|talk| format!("cloudevents:garden-desk:{:x}-{talk}", plan.seed))
                .collect();
            (
                format!("email=guest{guest}%40example.com"),
                "cloudevents:",
                ids,
            )
        };
        if ids.is_empty() || ids.len() > MAX_SHOWN {
            continue;
        }
        let (pop, degraded) = whole(http, at, &query, prefix).await?;
        pops.compared += 1;
        pops.degraded += u64::from(degraded);
        if pop.shown != ids || pop.state == DEGRADED {
            differences.note("a pop that shows other interactions", || {
                format!(
                    "sample {sample} is a {} that shows {} and has {}",
                    pop.state,
                    pop.shown.len(),
                    ids.len()
                )
            });
        }
    }
    Ok(pops)
}

fn conversations(plan: &Plan, channel: Channel) -> u64 {
    let numbers = plan.numbers(channel);
    (numbers.end - numbers.start) / channel.steps()
}

/// Whether an event of the conversation is there that names the customer.
fn named(plan: &Plan, found: &Found, channel: Channel, conversation: u64) -> bool {
    let naming = match channel {
        Channel::CloudEvents => 0..1,
        Channel::Cti | Channel::Connect | Channel::WhatsApp | Channel::Widget => 0..channel.steps(),
    };
    naming
        .filter_map(|step| {
            plan.number(Spot {
                channel,
                conversation,
                step,
            })
        })
        .any(|number| found.has(number))
}

/// What a pop says.
struct Pop {
    state: String,
    shown: BTreeSet<String>,
}

/// The pop once it is whole, or as it is after the last look, and how many were degraded.
async fn whole(
    http: &Http,
    at: &Addresses,
    query: &str,
    prefix: &str,
) -> Result<(Pop, u32), VerifyError> {
    let mut degraded = 0;
    loop {
        let pop = ask(http, at, query, prefix).await?;
        if pop.state != DEGRADED {
            return Ok((pop, degraded));
        }
        degraded += 1;
        if degraded == MAX_LOOKS {
            return Ok((pop, degraded));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn ask(http: &Http, at: &Addresses, query: &str, prefix: &str) -> Result<Pop, VerifyError> {
    let url = format!("{}/v1/screen-pop?{query}", at.http);
    let token = format!("Bearer {}", at.agent_token);
    let answer = http.get(&url, [("authorization", token.as_str())]).await;
    let answer = answer.map_err(crate::senders::NotTaken::from)?;
    let pop: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let (Some(state), Some(timeline)) = (pop["state"].as_str(), pop["timeline"].as_array()) else {
        return Err(VerifyError::Pop(answer.status));
    };
    let ids = timeline.iter().filter_map(|entry| entry["id"].as_str());
    Ok(Pop {
        state: state.to_owned(),
        shown: ids
            .filter(|id| id.starts_with(prefix))
            .map(str::to_owned)
            .collect(),
    })
}
