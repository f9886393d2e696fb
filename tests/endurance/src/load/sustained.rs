//! The rate that a stack takes for as long as it likes, hours at a part of it, and twice as much as it takes.

use std::time::Duration;

use super::LoadError;
use super::report::Report;
use super::steady::{Ground, MEMORY_OF_EVENT, Steady};

/// Where the search begins, in events a second.
const FIRST_RATE: u64 = 200;
/// Rates that are looked at: below and above there is nothing to find out.
const LEAST_RATE: u64 = 10;
const MOST_RATE: u64 = 20_000;
/// How long one look takes.
const LOOK: Duration = Duration::from_secs(10);
/// Looks of a search at most, on the way up or down and between the last two.
const LOOKS: u32 = 14;
const BETWEEN: u32 = 4;
/// How often a rate is confirmed before the search is given up, each time a sixth lower: a short look, on a table that is
/// nearly empty, finds more than is taken for long.
const CONFIRMATIONS: u32 = 8;
/// The part of the sustained rate that a soak runs at, in hundredths.
const SOAK_PERCENT: u64 = 70;

/// How long a pop may take under twice the load, in milliseconds: the agent has three seconds.
const POP_LIMIT_MS: f64 = 1_000.0;

/// Finds the highest rate that a stack keeps up with for a short while.
async fn search(ground: &mut Ground) -> Result<u64, LoadError> {
    let mut rate = FIRST_RATE;
    let (mut keeps_up, mut falls_behind) = (None, None);
    for _ in 0..LOOKS {
        if look(ground, rate).await? {
            keeps_up = Some(rate);
            if falls_behind.is_some() || rate >= MOST_RATE {
                break;
            }
            rate = (rate * 8 / 5).min(MOST_RATE);
        } else {
            falls_behind = Some(rate);
            if keeps_up.is_some() || rate <= LEAST_RATE {
                break;
            }
            rate = (rate / 2).max(LEAST_RATE);
        }
    }
    let (Some(mut low), Some(mut high)) = (keeps_up, falls_behind) else {
        return Ok(keeps_up.unwrap_or(LEAST_RATE));
    };
    for _ in 0..BETWEEN {
        let middle = u64::midpoint(low, high);
        if look(ground, middle).await? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// One short look, from empty queues, with the pops that are asked for all the while.
async fn look(ground: &mut Ground, rate: u64) -> Result<bool, LoadError> {
    let behind = ground.run(rate, LOOK).await?.falls_behind();
    say(rate, LOOK, behind.as_deref());
    Ok(behind.is_none())
}

/// Tells who waits how far the search is.
fn say(rate: u64, within: Duration, behind: Option<&str>) {
    let seconds = within.as_secs();
    let how = behind.unwrap_or("kept up with");
    eprintln!("{rate} events/s for {seconds} s: {how}");
}

/// The rate that is given, or the one that is found.
async fn rate_of(ground: &mut Ground, given: Option<u64>) -> Result<u64, LoadError> {
    match given {
        Some(rate) => Ok(rate),
        None => search(ground).await,
    }
}

/// Finds the rate and confirms it over a longer time.
///
/// # Errors
/// When the stack does not answer.
pub async fn sustained(
    seed: u64,
    within: Duration,
    given: Option<u64>,
    report: &mut Report,
) -> Result<(), LoadError> {
    let mut ground = Ground::new(seed).await?;
    let mut rate = rate_of(&mut ground, given).await?;
    let mut why = None;
    for _ in 0..CONFIRMATIONS {
        let run = ground.run(rate, within).await?;
        why = run.falls_behind();
        say(rate, within, why.as_deref());
        if why.is_none() {
            run.tell(report);
            answered(&run, report);
            break;
        }
        rate = (rate * 5 / 6).max(LEAST_RATE);
    }
    report.claim(
        why.is_none(),
        format!("a rate is kept up with for {} s: {why:?}", within.as_secs()),
    );
    ground.account(report).await?;
    Ok(())
}

/// Claims that pops stay whole where the stack keeps up.
fn answered(run: &Steady, report: &mut Report) {
    report.claim(
        run.seen.answered.count() > 0 && run.poor_pops() == 0 && run.seen.unseen == 0,
        format!(
            "every pop is answered and whole, and every ring is seen: {} failed, {} degraded, {} unseen",
            run.seen.failed, run.seen.degraded, run.seen.unseen
        ),
    );
}

/// Runs for long at a part of the sustained rate: neither backlog nor memory grow.
///
/// # Errors
/// When the stack does not answer.
pub async fn soak(
    seed: u64,
    within: Duration,
    given: Option<u64>,
    report: &mut Report,
) -> Result<(), LoadError> {
    let mut ground = Ground::new(seed).await?;
    let sustained = rate_of(&mut ground, given).await?;
    let run = ground
        .run((sustained * SOAK_PERCENT / 100).max(1), within)
        .await?;
    run.tell(report);
    let behind = run.falls_behind();
    report.claim(behind.is_none(), format!("the stack keeps up: {behind:?}"));
    let grew = run.memory_of_event();
    report.claim(
        grew <= MEMORY_OF_EVENT,
        format!("the memory does not grow with what is stored: {grew:.0} bytes for each event"),
    );
    answered(&run, report);
    ground.account(report).await?;
    Ok(())
}

/// Runs at twice the sustained rate: the backlog grows, nothing is lost, and pops go on.
///
/// # Errors
/// When the stack does not answer.
pub async fn overload(
    seed: u64,
    within: Duration,
    given: Option<u64>,
    report: &mut Report,
) -> Result<(), LoadError> {
    let mut ground = Ground::new(seed).await?;
    let sustained = rate_of(&mut ground, given).await?;
    let run = ground.run(sustained * 2, within).await?;
    run.tell(report);
    report.claim(
        run.falls_behind().is_some(),
        "twice the sustained rate is more than the stack takes",
    );
    report.claim(
        run.seen.failed == 0,
        format!("every pop is answered: {} were not", run.seen.failed),
    );
    let slowest = run.seen.answered.at(0.99);
    report.claim(
        slowest <= POP_LIMIT_MS && run.seen.degraded == 0,
        format!(
            "pops stay whole and fast: p99 {slowest:.0} ms, {} degraded",
            run.seen.degraded
        ),
    );
    report.row(
        "queues empty after",
        format!(
            "{:.1} s, from {} messages at the end",
            run.emptied.as_secs_f64(),
            run.left
        ),
    );
    ground.account(report).await?;
    Ok(())
}
