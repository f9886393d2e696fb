//! What an agent sees of sampled customers: exactly the interactions that they had.

use std::collections::BTreeSet;

use serde_json::Value;

use super::table::Found;
use super::{Differences, VerifyError};
use crate::http::Http;
use crate::plan::{Channel, Plan, Spot, telephone};
use crate::stack::Addresses;

/// Most interactions that a pop shows; who has more is no good sample.
const MAX_SHOWN: usize = 50;
/// Guests of the CloudEvents have so many talks each.
pub const TALKS_OF_GUEST: u64 = 4;

/// Asks for the pops of so many customers, half of them callers. Gives how many were compared.
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
) -> Result<u64, VerifyError> {
    let mut compared = 0;
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
        let shown = shown(http, at, &query, prefix).await?;
        compared += 1;
        if shown != ids {
            differences.note("a pop that shows other interactions", || {
                format!(
                    "sample {sample} shows {} and has {}",
                    shown.len(),
                    ids.len()
                )
            });
        }
    }
    Ok(compared)
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

async fn shown(
    http: &Http,
    at: &Addresses,
    query: &str,
    prefix: &str,
) -> Result<BTreeSet<String>, VerifyError> {
    let url = format!("{}/v1/screen-pop?{query}", at.http);
    let token = format!("Bearer {}", at.agent_token);
    let answer = http.get(&url, [("authorization", token.as_str())]).await;
    let answer = answer.map_err(crate::senders::NotTaken::from)?;
    let pop: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let timeline = pop["timeline"]
        .as_array()
        .ok_or(VerifyError::Pop(answer.status))?;
    let ids = timeline.iter().filter_map(|entry| entry["id"].as_str());
    Ok(ids
        .filter(|id| id.starts_with(prefix))
        .map(str::to_owned)
        .collect())
}
